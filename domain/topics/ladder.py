"""The participatieladder: measured at the start, every half year and at the end."""

from datetime import date

from dateutil.relativedelta import relativedelta
from pydantic import Field

from domain.base import Frozen
from domain.declaration import OPEN_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act
from domain.journey import JourneyState, Stage
from domain.mna import Measurement
from domain.policy import Policy
from domain.roles import COACH

MEASURING = ("trede_nulmeting", "trede_meting", "trede_eindmeting")
_REPEATS_IN = frozenset({Stage.PLAN, Stage.MNA, Stage.UITSTROOM})


class Trede(Frozen):
    trede: int = Field(ge=1, le=6, description="Trede op de participatieladder")


def valid_from(on: date, policy: Policy) -> date:
    """The oldest day of which a measurement still counts: as long ago as one has to be repeated."""
    rule = policy.term("trede_meting")
    assert rule.unit in ("weken", "maanden", "jaren")
    back = {
        "weken": relativedelta(weeks=rule.length),
        "maanden": relativedelta(months=rule.length),
        "jaren": relativedelta(years=rule.length),
    }[rule.unit]
    return on - back


def measuring(state: JourneyState) -> bool:
    """Whether somebody is asked to measure already."""
    return any(state.open_terms(key) for key in MEASURING)


def ask_first_measurement(draft: Draft, on: date) -> None:
    """Before an activity begins, unless somebody measured lately."""
    if not draft.knows("trede_nulmeting"):
        return
    oldest = valid_from(on, draft.policy)
    if not any(oldest <= measured.on for measured in draft.state.measurements):
        draft.arm("trede_nulmeting", on)


def measure_again(draft: Draft, on: date) -> None:
    """A journey that opens again: the next measurement counts from the last one that is still valid."""
    if not draft.knows("trede_nulmeting"):
        return
    known = draft.state.measurements
    if known and known[-1].on >= valid_from(on, draft.policy):
        draft.arm("trede_meting", known[-1].on)
    else:
        draft.arm("trede_nulmeting", on)


def ask_last_measurement(draft: Draft, on: date) -> None:
    if not draft.knows("trede_eindmeting"):
        return
    if not draft.state.open_terms("trede_eindmeting") and not any(
        m.on >= on for m in draft.state.measurements
    ):
        draft.arm("trede_eindmeting", on)


def trede_gemeten(draft: Draft, act: Act, data: Trede) -> None:
    """A measurement that is heard of late takes its place in the row and does not hide a newer one."""
    row = sorted(
        (*draft.state.measurements, Measurement(on=act.effective, step=data.trede)), key=lambda m: m.on
    )
    draft.set(measurements=tuple(row), ladder_step=row[-1].step)
    latest = row[-1].on
    for key in MEASURING:
        for term in draft.state.open_terms(key):
            # The first one may lie before the plan; a repeated one lies after the one before it.
            counts = (
                valid_from(term.dates.start, draft.policy) if key == "trede_nulmeting" else term.dates.start
            )
            if act.effective >= counts:
                draft.fulfil(term, act.effective)
    repeats = draft.state.stage in _REPEATS_IN and draft.knows("trede_meting")
    if repeats and not draft.state.open_terms("trede_meting"):
        draft.arm("trede_meting", latest)


ACTS = (
    ActSpec(
        name="trede_gemeten",
        label="Trede gemeten",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        data=Trede,
        rule=trede_gemeten,
        may_arm=("trede_meting",),
        why="Een treetje hoger op de participatieladder: gemeten bij de start, elk half jaar en aan het einde",
    ),
)
