"""The cooling-off period (afkoelingsperiode): for a while creditors cannot collect (Wgs art. 5)."""

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

PERIOD = "afkoelingsperiode"


class Afkoelingsperiode(Frozen):
    tot: date | None = Field(
        default=None, description="Laatste dag volgens de rechter; leeg: zo lang als de wet toelaat"
    )


def ingegaan(draft: Draft, act: Act, data: Afkoelingsperiode) -> None:
    """The effective day is the first one. A day that the law does not know is a question, never a longer period."""
    if draft.state.stage is Stage.GESLOTEN:
        _ask(
            draft,
            act.id,
            "De rechter gaf een afkoelingsperiode; deze klantroute is gesloten. Bekijk of de inwoner hulp krijgt.",
        )
        return
    longest = compute(draft.policy.term(PERIOD), act.effective, draft.days).legal_end
    until = data.tot or longest
    if not act.effective <= until <= longest:
        _ask(
            draft,
            act.id,
            f"De laatste dag van de afkoelingsperiode ({say(until)}) past niet: zij kan van {say(act.effective)} "
            f"tot en met {say(longest)} duren (Wet gemeentelijke schuldhulpverlening art. 5 lid 1). Controleer de "
            "uitspraak.",
        )
        until = longest
    draft.cancel((PERIOD,), "er is een nieuwe uitspraak")
    draft.arm(PERIOD, act.effective, track=Track.SCHULDEN, until=until)


def over(draft: Draft, term: Deadline) -> None:
    _ask(
        draft,
        term.id,
        f"De afkoelingsperiode liep tot en met {say(term.due)}. Schuldeisers kunnen weer invorderen: bekijk of het "
        "plan voor de schulden klaar is en bereid de inwoner voor.",
    )


def _ask(draft: Draft, ref: str, text: str) -> None:
    draft.open_task(PERIOD, ref, text, track=Track.SCHULDEN)


moments.ENDED[PERIOD] = over

ACTS = (
    ActSpec(
        name="afkoelingsperiode_ingegaan",
        label="Afkoelingsperiode ingegaan",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Afkoelingsperiode,
        rule=ingegaan,
        may_arm=(PERIOD,),
        why="Wgs art. 5 lid 1: de rechter bepaalt hoe lang, hoogstens zes maanden",
    ),
    ActSpec(
        name="afkoelingsperiode_beeindigd",
        label="Afkoelingsperiode beëindigd",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        cancels=(PERIOD,),
        why="De rechter kan de afkoelingsperiode eerder beëindigen",
    ),
)
