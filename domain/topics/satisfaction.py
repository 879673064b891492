"""Klanttevredenheid: residents are asked at fixed moments.

A journey knows only that somebody was asked. The answer is anonymous and stands elsewhere.
"""

from datetime import date
from typing import Literal

from domain.base import Frozen
from domain.declaration import OPEN_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.journey import JourneyState, Stage
from domain.roles import FRONT

ASKING = ("klanttevredenheid", "tevredenheid_halfjaar")
_HALF_YEARLY = frozenset({Stage.INTAKE, Stage.PLAN, Stage.MNA, Stage.UITSTROOM})


class TevredenheidGevraagd(Frozen):
    hoe: Literal["brief", "email", "telefoon", "gesprek"] = "gesprek"


def ask_how_content(draft: Draft, moment: Literal["na_intake", "uitstroom"], on: date) -> None:
    """A fixed moment has come; whether it is one, policy says (`targets.satisfaction_moments`)."""
    moments = draft.policy.targets.satisfaction_moments
    if moment in moments:
        if not draft.state.open_terms("klanttevredenheid"):
            draft.arm("klanttevredenheid", on)
    elif moment == "na_intake" and "halfjaar" in moments:
        draft.arm("tevredenheid_halfjaar", on)


def check_asked(state: JourneyState, act: Act, data: TevredenheidGevraagd) -> None:
    if not any(state.open_terms(key) for key in ASKING):
        raise Refused(
            "De inwoner hoeft nu niets gevraagd te worden. Vraag weer op het volgende vaste moment."
        )


def tevredenheid_gevraagd(draft: Draft, act: Act, data: TevredenheidGevraagd) -> None:
    """Who was just asked is not asked again: one question serves every moment, and half a year begins."""
    for key in ASKING:
        for term in draft.state.open_terms(key):
            draft.fulfil(term, act.effective)
    if "halfjaar" in draft.policy.targets.satisfaction_moments and draft.state.stage in _HALF_YEARLY:
        draft.arm("tevredenheid_halfjaar", act.effective)


ACTS = (
    ActSpec(
        name="tevredenheid_gevraagd",
        label="Gevraagd hoe tevreden",
        origin="eigen",
        roles=FRONT | {"werkconsulent"},
        stages=OPEN_STAGES,
        data=TevredenheidGevraagd,
        check=check_asked,
        rule=tevredenheid_gevraagd,
        may_arm=("tevredenheid_halfjaar",),
        why="Begroting: klanttevredenheid minimaal 7,2, gevraagd op vaste momenten",
    ),
)
