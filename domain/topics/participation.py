"""The plan, and bringing supply and demand together. What comes of a plan stands in its own topics."""

from datetime import date

from pydantic import Field

from domain.acts import Nothing
from domain.base import Frozen
from domain.declaration import ActSpec, Arms
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.households import Domain
from domain.journey import JourneyState, Stage
from domain.roles import COACH
from domain.topics.check_ins import keep_check_ins
from domain.topics.ladder import ask_first_measurement


class PlanVastgesteld(Frozen):
    akkoord: bool = Field(description="De inwoner is het eens met het plan")
    akkoord_op: date | None = None
    doelen: tuple[Domain, ...] = ()
    reden: str = Field(default="", max_length=200, description="Nodig als de inwoner niet akkoord is")


def check_plan(state: JourneyState, act: Act, data: PlanVastgesteld) -> None:
    if not data.akkoord and not data.reden:
        raise Refused(
            "Een plan waar de inwoner niet mee akkoord is, heeft een reden nodig: vul 'reden' in. "
            "Liever nog: pas het plan aan tot het gedragen wordt."
        )


def plan_vastgesteld(draft: Draft, act: Act, data: PlanVastgesteld) -> None:
    """The first plan opens the way to an activity, and somebody measures where the resident stands."""
    if not draft.state.acts("plan_vastgesteld"):
        ask_first_measurement(draft, act.effective)


def take_plan(draft: Draft, on: date) -> None:
    """The plan of the household is agreed: the same as when it had been agreed in this journey."""
    waiting = draft.state.open_terms("plan")
    # A plan of long ago starts nothing before this journey came so far.
    since = max([on, *(term.dates.start for term in waiting)])
    draft.meet("plan", since)
    if draft.state.stage is Stage.PLAN:
        draft.enter(Stage.MNA)
        draft.arm("start_mna", since)
        ask_first_measurement(draft, since)


def bemiddeling_gestart(draft: Draft, act: Act, data: Nothing) -> None:
    keep_check_ins(draft, act.effective)


ACTS = (
    ActSpec(
        name="plan_vastgesteld",
        label="Plan vastgesteld",
        origin="eigen",
        roles=COACH,
        stages=frozenset({Stage.PLAN, Stage.MNA, Stage.UITSTROOM}),
        data=PlanVastgesteld,
        meets=("plan",),
        moves_to=Stage.MNA,
        moves_from=frozenset({Stage.PLAN}),
        arms=(Arms(term="start_mna"),),
        check=check_plan,
        rule=plan_vastgesteld,
        plannable=True,
        at_household=True,
        may_arm=("trede_nulmeting",),
        why="Een gedragen plan opent de weg naar een activiteit",
    ),
    ActSpec(
        name="bemiddeling_gestart",
        label="Bemiddeling gestart",
        origin="eigen",
        roles=COACH,
        stages=frozenset({Stage.MNA}),
        moves_to=Stage.UITSTROOM,
        rule=bemiddeling_gestart,
        may_arm=("check_in",),
        plannable=True,
        why="Vraag en aanbod bij elkaar brengen; de activiteit loopt door",
    ),
)
