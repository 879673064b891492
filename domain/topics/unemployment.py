"""The end of a WW benefit: from some weeks before it, somebody can report for bijstand (Participatiewet 41(6))."""

from datetime import date

from pydantic import Field

from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act
from domain.journey import Deadline, Stage, Track
from domain.roles import ANYONE
from domain.terms import compute
from domain.topics import moments

WINDOW = "melding_uit_ww"


class EindeWw(Frozen):
    per: date = Field(description="Dag waarop de WW eindigt")


def einde_ww_gemeld(draft: Draft, act: Act, data: EindeWw) -> None:
    """A later message about another day takes the place of the earlier one."""
    draft.cancel((WINDOW,), "er is een nieuwe datum voor het einde van de WW")
    opens = compute(draft.policy.term(WINDOW), data.per, draft.days).legal_end
    if opens <= draft.today or draft.state.stage is Stage.GESLOTEN:
        _tell(draft, act.id, data.per, opens)
    else:
        draft.arm(WINDOW, data.per, track=Track.INKOMEN)


def opened(draft: Draft, term: Deadline) -> None:
    _tell(draft, term.id, term.dates.start, term.due)


def _tell(draft: Draft, ref: str, ends: date, opens: date) -> None:
    draft.open_task(
        "einde_ww",
        ref,
        f"De WW van de inwoner eindigt op {say(ends)}. Melden voor bijstand kan vanaf {say(opens)} (Participatiewet "
        "art. 41 lid 6). Vertel dit en help met de melding als dat nodig is.",
        track=Track.INKOMEN,
    )


moments.OPENED[WINDOW] = opened

ACTS = (
    ActSpec(
        name="einde_ww_gemeld",
        label="Einde WW gemeld",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=EindeWw,
        rule=einde_ww_gemeld,
        may_arm=(WINDOW,),
        why="Participatiewet art. 41 lid 6: melden kan vanaf vier weken voor het einde van de WW",
    ),
)
