"""Route E, arbeidsbeperkt: work with support, in a guaranteed job or with loonkostensubsidie (LKS).

assessment and registration at UWV -> loonwaarde -> decision on LKS within five weeks -> guaranteed job ->
job coach -> loonwaarde measured again -> aftercare.
"""

from datetime import date

from domain.declaration import Route, StageSpec
from domain.draft import Draft
from domain.facts import Facts, Kind, Reason, Verdict, pension_date
from domain.journey import Stage
from domain.policy import Policy
from domain.routes.common import COMMON_ACTS
from domain.routes.stages import stages
from domain.topics.work_limits import keep_review

_GROUNDS: dict[Kind, str] = {
    "lks_doelgroep": "Hoort bij de doelgroep loonkostensubsidie.",
    "doelgroepregister": "Staat in het doelgroepregister.",
    "wajong": "Heeft een Wajong-uitkering.",
    "wsw": "Heeft een Wsw-indicatie.",
}


def entry(facts: Facts, on: date, policy: Policy) -> Verdict:
    """LKS group (Pw art. 10c), register (Wfsv art. 38b), Wajong or Wsw. Nobody who gave no sign is asked."""
    birth = facts.birth_of()
    latest = birth.latest() if birth else None
    if latest is not None and pension_date(latest, policy) <= on:
        return Verdict.no("te_oud", "De AOW-leeftijd is bereikt.")
    for kind, text in _GROUNDS.items():
        if facts.says(kind, on):
            return Verdict.yes(kind, text)
    asked = [kind for kind in _GROUNDS if facts.asked_in_vain(kind, on)]
    if asked:
        return Verdict.unknown(
            Reason(
                "doelgroep_onbekend",
                "Of deze persoon bij een doelgroep voor werk met steun hoort, is onbekend.",
            )
        )
    return Verdict.no("geen_doelgroep", "Niets wijst op een doelgroep voor werk met steun.")


def _settle(draft: Draft, facts: Facts) -> None:
    keep_review(draft, draft.today)


ARBEIDSBEPERKT = Route(
    key="arbeidsbeperkt",
    label="Werk met steun, banenafspraak",
    source="Participatiewet art. 10, 10c en 10d; Wfsv art. 38b; begroting 2019: garantiebanen",
    entry=entry,
    stages=stages(
        StageSpec(
            stage=Stage.INTAKE,
            label="Intake",
            purpose="Kennismaken, en kijken wat iemand kan met de goede steun",
            awaits=("eerste_gesprek", "nieuwe_uitnodiging"),
            next_step="Voer het eerste gesprek; begin bij wat iemand kan.",
        ),
        StageSpec(
            stage=Stage.PLAN,
            label="Plan",
            purpose="Samen kiezen welk werk past en welke steun daarbij hoort",
            awaits=("plan",),
            next_step="Stel samen het plan vast en regel zo nodig registratie bij UWV.",
        ),
        StageSpec(
            stage=Stage.MNA,
            label="Meedoen en ervaring opdoen",
            purpose="Groeien naar werk op een plek die past",
            awaits=("start_mna", "check_in", "herplaatsing"),
            next_step="Zorg voor een passende plek en zoek een werkgever met een garantiebaan.",
        ),
        StageSpec(
            stage=Stage.UITSTROOM,
            label="Naar een baan met steun",
            purpose="Een garantiebaan, met loonkostensubsidie en een jobcoach waar dat nodig is",
            awaits=("check_in", "herplaatsing"),
            next_step="Zoek samen een werkgever en regel loonwaarde, subsidie en jobcoach.",
        ),
        StageSpec(
            stage=Stage.NAZORG,
            label="Aan het werk blijven",
            purpose="Zorgen dat de baan en de steun blijven passen",
            awaits=("nazorg_1", "nazorg_3", "nazorg_6", "afsluiting"),
            next_step="Vraag inwoner en werkgever hoe het gaat.",
        ),
    ),
    acts=COMMON_ACTS,
    settle=_settle,
)
