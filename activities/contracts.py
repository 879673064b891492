"""What workflows know of activities: their names and what goes in and out. Nothing heavy is imported."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from domain.base import Carried
from domain.happenings import Telling
from domain.journey import JourneyState
from domain.policy import Policy
from domain.projection import JournalEntry

# In Dutch: supervisors read these names on the time line in Temporal UI.
OPEN_JOURNEY = "beleid_ophalen"
WRITE_JOURNAL = "journaal"
LOOK_UP = "register_bevragen"
TELL = "doorgeven"


StateOf = Callable[[str], Awaitable[JourneyState | None]]
"""The state of a journey that has left Temporal, as its journal tells it; None: nothing is known of it."""


class JourneyRef(Carried):
    """Which journey."""

    gemeente: str
    client_number: int
    journey_number: int
    journey_id: str


class OpenedJourney(Carried):
    """What a run of a journey needs before it can decide anything."""

    policy: Policy
    households: bool = False
    """Households are kept here: a journey that belongs to none looks for its own from now on."""
    connected: tuple[str, ...] = ("brp",)
    """The registries that can be asked here (`domain.questions.Registry`)."""


class JournalBatch(Carried):
    """Decisions to be written down, in order."""

    entries: tuple[JournalEntry, ...]


class Question(Carried):
    """A question for a registry about the client of a journey."""

    id: str
    question: str
    gemeente: str
    client_number: int
    journey_id: str
    asked_at: datetime
    """On the journey's clock."""
    by: str = ""
    """Who asked, when somebody did; empty: a moment of the journey came."""


class ToTell(Carried):
    """Something that another file has to know."""

    telling: Telling
    file: str
    """Which file tells it."""
    gemeente: str
    number: int
    """Of a journey the client number, of a household its own."""
