"""What may travel with a resident who moves to another municipality on the platform."""

from datetime import date

from pydantic import Field

from domain.base import Frozen
from domain.journey import JourneyState
from domain.topics.routing import facts_of

TRAVELLING_TERMS = ("inburgering", "leerroute_wissel")
"""Terms of national law that run on wherever somebody lives (Wet inburgering 2021 art. 11 lid 3, 15 lid 4)."""


class LopendeTermijn(Frozen):
    termijn: str = Field(max_length=60)
    begin: date
    einde: date


class Transfer(Frozen):
    """The carry-over. Codes and dates only: no notes, no tasks, nothing of the application or of money."""

    van: str = Field(max_length=120, description="De klantroute in de vorige gemeente")
    route: str = Field(max_length=60)
    fase: str = Field(max_length=60, description="De fase daar; hier begint de intake")
    trede: int | None = Field(default=None, ge=1, le=6)
    huishouden: str = Field(default="onbekend", max_length=60)
    inburgering: tuple[LopendeTermijn, ...] = ()


def carry_over(state: JourneyState, on: date) -> Transfer:
    """What the journey in the next municipality begins with.

    The end of the inburgering does not change by a move, so its dates go along as they stand.

    Args:
        state: where the journey stands here.
        on: the day of the handover.
    """
    return Transfer(
        van=state.id,
        route=state.route,
        fase=state.stage.value,
        trede=state.ladder_step,
        huishouden=facts_of(state).household_on(on),
        inburgering=tuple(
            LopendeTermijn(termijn=term.term, begin=term.dates.start, einde=term.due)
            for term in state.open_terms()
            if term.term in TRAVELLING_TERMS
        ),
    )
