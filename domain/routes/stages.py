"""The stages that routes share, with what is different told by each route."""

from domain.declaration import StageSpec
from domain.journey import Stage

_PLAIN = (
    StageSpec(
        stage=Stage.INTAKE,
        label="Intake",
        purpose="Kennismaken: wat kan en wil de inwoner, en wat is er nodig",
        awaits=("eerste_gesprek", "nieuwe_uitnodiging"),
        next_step="Voer het eerste gesprek.",
    ),
    StageSpec(
        stage=Stage.PLAN,
        label="Plan",
        purpose="Samen een plan maken dat de inwoner draagt",
        awaits=("plan",),
        next_step="Stel samen het plan vast.",
    ),
    StageSpec(
        stage=Stage.MNA,
        label="Maatschappelijk nuttige activiteit",
        purpose="Meedoen zolang er nog geen eigen plek is",
        awaits=("start_mna", "check_in", "herplaatsing"),
        next_step="Zorg voor een passende activiteit en houd contact.",
    ),
    StageSpec(
        stage=Stage.UITSTROOM,
        label="Uitstroom",
        purpose="Naar werk of onderwijs",
        awaits=("check_in", "herplaatsing"),
        next_step="Zoek samen een plek naar werk of onderwijs.",
    ),
    StageSpec(
        stage=Stage.NAZORG,
        label="Nazorg",
        purpose="Zorgen dat het blijft goed gaan",
        awaits=("nazorg_1", "nazorg_3", "nazorg_6", "afsluiting"),
        next_step="Vraag hoe het gaat.",
    ),
    StageSpec(
        stage=Stage.GESLOTEN,
        label="Gesloten",
        purpose="Afgerond; wat nog binnenkomt wordt bewaard",
        awaits=(),
        next_step="Niets.",
    ),
)


def stages(*own: StageSpec) -> tuple[StageSpec, ...]:
    """The stages in order, with a route's own in the place of the plain ones."""
    found = {spec.stage: spec for spec in own}
    return tuple(found.get(spec.stage, spec) for spec in _PLAIN)
