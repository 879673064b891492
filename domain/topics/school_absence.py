"""Absence from school of somebody young: after some weeks somebody looks for contact (WEB 9.2.1 and 9.2.2)."""

from datetime import date

from pydantic import Field

from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act
from domain.journey import Deadline, Stage
from domain.roles import ANYONE
from domain.terms import compute
from domain.topics import moments

ABSENT = "verzuim_melding"


class Verzuim(Frozen):
    sinds: date = Field(description="Eerste dag van het verzuim")


def verzuim_gemeld(draft: Draft, act: Act, data: Verzuim) -> None:
    """Absence goes on from its first day, whoever reports it again."""
    if draft.state.open_terms(ABSENT):
        return
    last = compute(draft.policy.on(data.sinds).term(ABSENT), data.sinds, draft.days).legal_end
    if last < draft.today or draft.state.stage is Stage.GESLOTEN:
        _contact(draft, act.id, data.sinds)
    else:
        draft.arm(ABSENT, data.sinds)


def four_weeks_over(draft: Draft, term: Deadline) -> None:
    _contact(draft, term.id, term.dates.start)


def _contact(draft: Draft, ref: str, since: date) -> None:
    draft.open_task(
        "verzuim",
        ref,
        f"De inwoner verzuimt van school sinds {say(since)}. Zoek contact met inwoner, school en Doorstroompunt, en "
        "kijk of dit een voortijdig schoolverlater is: jonger dan 27, zonder startkwalificatie (Wet educatie en "
        "beroepsonderwijs art. 9.2.1 en 9.2.2).",
    )


moments.ENDED[ABSENT] = four_weeks_over

ACTS = (
    ActSpec(
        name="verzuim_gemeld",
        label="Verzuim van school gemeld",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Verzuim,
        rule=verzuim_gemeld,
        may_arm=(ABSENT,),
        why="WEB art. 9.2.1 en 9.2.2: na vier weken verzuim zoekt iemand contact",
    ),
    ActSpec(
        name="verzuim_voorbij",
        label="Weer naar school",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        cancels=(ABSENT,),
        why="Wie weer naar school gaat verzuimt niet meer",
    ),
)
