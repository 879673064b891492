"""Check-ins during an activity: every four weeks, and what a partner notes counts as one."""

from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from domain.base import Frozen
from domain.declaration import ActSpec
from domain.draft import Draft
from domain.happenings import Act
from domain.journey import Stage
from domain.roles import ANYONE, COACH
from domain.topics.no_shows import missed_at_activity

_KEEPS_IN_TOUCH = frozenset({Stage.MNA, Stage.UITSTROOM})
_EXTRA = timedelta(days=14)
"""Held so long before its date it was an extra one."""


class CheckIn(Frozen):
    aanwezig: bool = True
    welbevinden: Literal["onbekend", "goed", "wisselend", "zorgelijk"] = "onbekend"
    vaardigheden: Literal["onbekend", "vooruit", "gelijk", "achteruit"] = "onbekend"
    vervolg: str = Field(
        default="door", max_length=60, description="Korte code, bijvoorbeeld: door, nieuwe_plek"
    )


class Aanwezigheid(Frozen):
    """Attendance and nothing of health; the partner uses its own reference."""

    plaatsing: str = Field(default="", description="Kenmerk van de plaatsing")
    aanwezig: bool = True


def keep_check_ins(draft: Draft, start: date) -> None:
    if not draft.state.open_terms("check_in"):
        draft.arm("check_in", start)


def check_in_vastgelegd(draft: Draft, act: Act, data: CheckIn) -> None:
    """The series keeps its own dates: the next one counts from the date that this one had.

    Who did not come was not spoken to: the check-in stays due, and the second miss in a row is heard.
    """
    if not data.aanwezig:
        keep_check_ins(draft, act.effective)
        missed_at_activity(draft, act)
        return
    met = draft.meet("check_in", act.effective)
    planned = met[-1].dates.raw_end if met else act.effective
    # Counting on from the plan would leave a gap after an extra one.
    extra = planned - act.effective > _EXTRA
    keep_check_ins(draft, act.effective if extra else planned)
    if data.welbevinden == "zorgelijk":
        draft.open_task(
            "zorg_om_inwoner",
            act.id,
            "Bij de check-in ging het niet goed met de inwoner. Bespreek wat nodig is, zo nodig met de regisseur.",
        )


def aanwezigheid_geregistreerd(draft: Draft, act: Act, data: Aanwezigheid) -> None:
    """A partner registers day by day; only what lies near its date stands in for a check-in.

    Otherwise the series would run ahead with every day on which somebody was there.
    """
    if draft.state.stage not in _KEEPS_IN_TOUCH:
        return
    if not data.aanwezig:
        missed_at_activity(draft, act)
        return
    waiting = draft.state.open_terms("check_in")
    near = [term for term in waiting if term.dates.raw_end - act.effective <= _EXTRA]
    if near:
        met = draft.meet("check_in", act.effective)
        if met:
            keep_check_ins(draft, met[-1].dates.raw_end)


ACTS = (
    ActSpec(
        name="check_in_vastgelegd",
        label="Check-in vastgelegd",
        origin="eigen",
        roles=COACH,
        stages=_KEEPS_IN_TOUCH,
        data=CheckIn,
        rule=check_in_vastgelegd,
        may_arm=("check_in",),
        why="Elke vier weken contact",
    ),
    ActSpec(
        name="aanwezigheid_geregistreerd",
        label="Aanwezigheid geregistreerd",
        origin="van_buiten",
        roles=ANYONE,
        stages=_KEEPS_IN_TOUCH,
        data=Aanwezigheid,
        rule=aanwezigheid_geregistreerd,
        why="Wat een partner over aanwezigheid meldt, telt als check-in",
    ),
)
