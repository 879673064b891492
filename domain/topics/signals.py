"""Signals from others, and messages that do not arrive."""

from typing import Literal

from pydantic import Field

from domain.base import Frozen
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import SYSTEM, Act
from domain.roles import ANYONE


class Signaal(Frozen):
    van: str = Field(min_length=2, max_length=60, description="Welke organisatie of wie het meldt")
    soort: str = Field(default="overig", max_length=60)


class BerichtNietAangekomen(Frozen):
    """Never an address or a name: the outbox knows those."""

    bericht: str = Field(min_length=1, max_length=300, description="Kenmerk van het bericht")
    sjabloon: str = Field(default="", max_length=60)
    rol: str = Field(min_length=1, max_length=60, description="Voor wie het was")
    team: str = Field(default="", max_length=60)
    termijn: str = Field(default="", max_length=120, description="Kenmerk van de termijn")
    taak: str = Field(default="", max_length=200, description="Kenmerk van de taak")
    reden: Literal["geweigerd", "opgegeven", "teruggekomen"]


def signaal_ontvangen(draft: Draft, act: Act, data: Signaal) -> None:
    draft.open_task("signaal", act.id, f"Signaal van {data.van} ({data.soort}). Bekijk wat nodig is.")


UNDELIVERED = "bericht_mislukt"
_WHY_UNDELIVERED = {
    "geweigerd": "de mailserver weigert het",
    "opgegeven": "het kon al die tijd niet verstuurd worden",
    "teruggekomen": "het kwam terug",
}


def bericht_niet_aangekomen(draft: Draft, act: Act, data: BerichtNietAangekomen) -> None:
    """A person tells what the message could not. One such task at a time, and none about itself."""
    state = draft.state
    if state.open_tasks(UNDELIVERED):
        return
    term = state.term(data.termijn)
    task_id = data.taak or (term.task if term else None)
    task = next((task for task in state.tasks if task.id == task_id), None)
    if task is not None and task.kind == UNDELIVERED:
        return
    if task is not None:
        about = f", over de taak '{task.kind}',"
    elif term is not None:
        about = f", over de termijn '{draft.rule_of(term).description}' ({term.id}),"
    else:
        about = ""
    whom = f"{data.rol} (team {data.team})" if data.team else data.rol
    # Not to whom this message did not come either.
    role = "beheer" if data.rol == "teamleider" else "teamleider"
    draft.open_task(
        UNDELIVERED,
        act.id,
        f"Een bericht voor de rol {whom}{about} is niet aangekomen: {_WHY_UNDELIVERED[data.reden]}. Vertel het zelf "
        "aan wie het had moeten krijgen, en laat beheer het adres in de medewerkerslijst herstellen.",
        role=role,
        reasons=(data.reden,),
    )


ACTS = (
    ActSpec(
        name="signaal_ontvangen",
        label="Signaal ontvangen",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Signaal,
        rule=signaal_ontvangen,
        why="Vroegsignalering en berichten van partners",
    ),
    ActSpec(
        name="bericht_niet_aangekomen",
        label="Bericht niet aangekomen",
        origin="van_buiten",
        roles=frozenset({SYSTEM}),
        stages=ALL_STAGES,
        data=BerichtNietAangekomen,
        rule=bericht_niet_aangekomen,
        why="Wie een bericht niet krijgt, weet van niets: dan moet een mens het zeggen",
    ),
)
