"""Plan and participation: activities, check-ins, ladder."""

from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from domain.acts import Nothing, Reason
from domain.base import Frozen
from domain.declaration import OPEN_STAGES, ActSpec, Arms
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.journey import JourneyState, Placement, Stage
from domain.roles import COACH


class PlanVastgesteld(Frozen):
    akkoord: bool = Field(description="De inwoner is het eens met het plan")
    akkoord_op: date | None = None
    doelen: tuple[Literal["opgroeien", "onderwijs", "zorg", "werk"], ...] = ()
    reden: str = Field(default="", max_length=200, description="Nodig als de inwoner niet akkoord is")


MnaVorm = Literal[
    "vrijwilligerswerk",
    "werkervaringsplaats",
    "participatieplaats",
    "additioneel_werk",
    "stadswerkplaats",
    "maatschappelijke_activiteit",
]


class MnaGestart(Frozen):
    vorm: MnaVorm
    plek: str = Field(min_length=2, max_length=80, description="Bij wie: KonnecteD, Cambio, buurthuis")


class MnaGestopt(Frozen):
    reden: str = Reason


class CheckIn(Frozen):
    aanwezig: bool = True
    vervolg: str = Field(default="door", max_length=60)


class Trede(Frozen):
    trede: int = Field(ge=1, le=6, description="Trede op de participatieladder")


def check_plan(state: JourneyState, act: Act, data: PlanVastgesteld) -> None:
    if not data.akkoord and not data.reden:
        raise Refused(
            "Een plan waar de inwoner niet mee akkoord is, heeft een reden nodig: vul 'reden' in. "
            "Liever nog: pas het plan aan tot het gedragen wordt."
        )


def mna_gestart(draft: Draft, act: Act, data: MnaGestart) -> None:
    draft.set(
        placements=(
            *draft.state.placements,
            Placement(kind=data.vorm, place=data.plek, since=act.effective),
        )
    )
    keep_check_ins(draft, act.effective)


def keep_check_ins(draft: Draft, start: date) -> None:
    if not draft.state.open_terms("check_in"):
        draft.arm("check_in", start)


def check_mna_gestopt(state: JourneyState, act: Act, data: MnaGestopt) -> None:
    if not any(placement.until is None for placement in state.placements):
        raise Refused("Er loopt geen activiteit die kan stoppen. Leg eerst de start van een activiteit vast.")


def mna_gestopt(draft: Draft, act: Act, data: MnaGestopt) -> None:
    """MNA lasts as long as there is no own place: after each stop somebody looks for a new one."""
    placements = list(draft.state.placements)
    for index in reversed(range(len(placements))):
        if placements[index].until is None:
            placements[index] = placements[index].model_copy(
                update={"until": act.effective, "why_stopped": data.reden}
            )
            break
    draft.set(placements=tuple(placements))
    if all(placement.until for placement in placements) and not draft.state.open_terms("herplaatsing"):
        draft.arm("herplaatsing", act.effective)


def check_in_vastgelegd(draft: Draft, act: Act, data: CheckIn) -> None:
    """The series keeps its own dates: the next one counts from the date that this one had."""
    met = draft.meet("check_in", act.effective)
    planned = met[-1].dates.raw_end if met else act.effective
    # Held long before its date it was an extra one; counting on from the plan would leave a gap.
    extra = planned - act.effective > timedelta(days=14)
    keep_check_ins(draft, act.effective if extra else planned)


def bemiddeling_gestart(draft: Draft, act: Act, data: Nothing) -> None:
    keep_check_ins(draft, act.effective)


def trede_gemeten(draft: Draft, act: Act, data: Trede) -> None:
    draft.set(ladder_step=data.trede)


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
        plannable=True,
        why="Een gedragen plan opent de weg naar een activiteit",
    ),
    ActSpec(
        name="mna_gestart",
        label="Activiteit gestart",
        origin="eigen",
        roles=COACH,
        stages=frozenset({Stage.MNA, Stage.UITSTROOM}),
        data=MnaGestart,
        meets=("start_mna", "herplaatsing"),
        rule=mna_gestart,
        plannable=True,
        why="Iedereen met arbeidsvermogen doet mee zolang er geen eigen plek is",
    ),
    ActSpec(
        name="mna_gestopt",
        label="Activiteit gestopt",
        origin="eigen",
        roles=COACH,
        stages=frozenset({Stage.MNA, Stage.UITSTROOM}),
        data=MnaGestopt,
        check=check_mna_gestopt,
        rule=mna_gestopt,
        plannable=True,
        why="Na elke stop loopt een termijn voor een nieuwe plek",
    ),
    ActSpec(
        name="check_in_vastgelegd",
        label="Check-in vastgelegd",
        origin="eigen",
        roles=COACH,
        stages=frozenset({Stage.MNA, Stage.UITSTROOM}),
        data=CheckIn,
        rule=check_in_vastgelegd,
        why="Elke vier weken contact",
    ),
    ActSpec(
        name="trede_gemeten",
        label="Trede gemeten",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        data=Trede,
        rule=trede_gemeten,
        why="Een treetje hoger op de participatieladder",
    ),
    ActSpec(
        name="bemiddeling_gestart",
        label="Bemiddeling gestart",
        origin="eigen",
        roles=COACH,
        stages=frozenset({Stage.MNA}),
        moves_to=Stage.UITSTROOM,
        rule=bemiddeling_gestart,
        plannable=True,
        why="Vraag en aanbod bij elkaar brengen; de activiteit loopt door",
    ),
)
