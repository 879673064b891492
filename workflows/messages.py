"""What goes into and comes out of a journey. One model per message."""

from datetime import date, datetime
from typing import ClassVar

from pydantic import Field, JsonValue

from domain.base import Carried, Frozen
from domain.clock import Clock
from domain.happenings import Act, Actor
from domain.journey import JourneyState, Resident

CLIENT_ROUTE = "ClientRoute"
HOUSEHOLD_WORKFLOW = "Household"
IS_FILE = f"WorkflowType IN ('{CLIENT_ROUTE}', '{HOUSEHOLD_WORKFLOW}')"
"""In a query to Temporal: every journey and household."""
CLOCK_SIGNAL = "klok"
WAKE_SIGNAL = "wek"
STATE_QUERY = "toestand"
SHOWN_QUERY = "overzicht"
STANDING_QUERY = "stand"
RESTORE_UPDATE = "herstel"
"""Puts a journey back to what its journal tells; sent by ``meedoen reconcile --repair`` and nobody else."""


AT_HOUSEHOLD = "BijHuishouden"
"""Error type of an act that belongs to the household; its detail is the household's id."""


class StartJourney(Frozen):
    """Starts a journey or a household, or goes on with one (``carried``) in a new run."""

    carries_state: ClassVar[bool] = True
    """For the converter: with ``carried`` filled, input that cannot be read parks instead of failing."""

    gemeente: str
    client_number: int = Field(ge=1)
    journey_number: int = Field(ge=1)
    route: str = "regulier"
    resident: Resident = Resident()
    clock: Clock = Clock()
    history_limit: int | None = Field(default=None, ge=1)
    """Continue as new after this many events; None: the usual number. For tests."""
    carried: JourneyState | None = None


class SubmittedAct(Frozen):
    """An act as it is sent; its name is the name of the update."""

    id: str = Field(min_length=1, max_length=100)
    by: Actor
    effective: date | None = None
    """From when it counts; None: today, on the journey's clock."""
    data: dict[str, JsonValue] = {}
    expected_version: int | None = None
    note: str | None = None
    recorded_at: datetime | None = None
    """Only for a scripted clock."""

    def act(self, name: str, today: date) -> Act:
        return Act(
            id=self.id,
            name=name,
            by=self.by,
            effective=self.effective or today,
            recorded_at=self.recorded_at,
            data=self.data,
            expected_version=self.expected_version,
            note=self.note,
        )


class ActAnswer(Carried):
    """What the person hears: Temporal holds the act."""

    journey_id: str
    text: str
    stage: str
    version: int
    seq: int
    """The journal entry that the read model has to reach before it shows this act."""


class RestoreJourney(Carried):
    """The state that a journey has to go on from, after Temporal or the journal lost something."""

    state: JourneyState
    by: Actor
    why: str
    """In Dutch, for the time line."""


class RestoredJourney(Carried):
    """What came of it."""

    seq: int
    repeated: int = 0
    """How many acts only Temporal held; they were recorded once more."""
    not_repeated: int = 0
    """How many of them did not fit any more; each is a task for a person now."""


class Standing(Carried):
    """Where a journey stands, at one moment."""

    state: JourneyState
    unwritten: tuple[int, ...] = ()
    """Numbers of the entries that the journey still has to write, or is writing."""


class JourneyResult(Carried):
    """How a journey ended."""

    journey_id: str
    stage: str
    exit: str
    closed_at: datetime | None
