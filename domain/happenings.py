"""What can happen to a journey: an act, a finding, or time passing."""

import hashlib
import json
from datetime import date, datetime
from typing import Literal

from pydantic import Field, JsonValue

from domain.base import Carried, Explained
from domain.findings import Finding


class Refused(Explained):
    """An act is refused; the message is a Dutch sentence: what, why and what to do."""


class AtHousehold(Refused):
    """The act belongs in the file of the household, where the same act can be recorded."""

    def __init__(self, sentence: str, household: str) -> None:
        super().__init__(sentence)
        self.household = household


SYSTEM = "systeem"
"""The role of the program itself, for what it notices and no person does."""


class Actor(Carried):
    """Who did it: a person of the directory (or a role, in a dry run). A code, never a name."""

    code: str
    role: str
    team: str = ""


PROGRAM = Actor(code=SYSTEM, role=SYSTEM)
"""The program itself."""


class Act(Carried):
    """Something that a person did (handeling).

    ``effective`` is the civil date from which it counts and may lie ahead; ``recorded_at`` is when it was
    written down and is taken from the journey's own clock unless that clock is scripted.
    """

    id: str = Field(min_length=1, max_length=100)
    name: str
    by: Actor
    effective: date
    recorded_at: datetime | None = None
    data: dict[str, JsonValue] = {}
    expected_version: int | None = None
    """The version of the screen that the person looked at; None: not checked."""
    note: str | None = None
    """Reference to a free text in PostgreSQL. The text itself never enters a journey."""

    def content_hash(self) -> str:
        """Fingerprint of what the act says, without when it was sent."""
        said = self.model_dump(mode="json", exclude={"id", "recorded_at", "expected_version"})
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


MomentKind = Literal["opschorting_voorbij", "gepland", "breuk", "open", "signaal", "slot"]


class Moment(Carried):
    """An instant at which something becomes true by itself.

    ``at`` is the computed instant that counts; the journey gets up for it later (`domain.decide.next_wake`).
    """

    at: datetime
    kind: MomentKind
    ref: str = ""
    """The term's id, or the act's id."""
    index: int = 0
    """Which signal of the term."""

    @property
    def name(self) -> str:
        """The same for the same moment, also when a story is told again."""
        return f"{self.kind}:{self.ref}:{self.index}"


class TimePassed(Carried):
    """A moment has come."""

    moment: Moment


Happening = Act | Finding | TimePassed


EventKind = Literal[
    "journey_started",
    "stage_entered",
    "route_chosen",
    "term_started",
    "term_met",
    "term_breached",
    "term_cancelled",
    "escalated",
    "act_accepted",
    "act_refused",
    "finding",
    "task_opened",
    "message_sent",
    "journey_closed",
    "restored",
]


class Event(Carried):
    """One line of a journey's story. ``at`` is the computed instant (UTC)."""

    at: datetime
    event: EventKind
    stage: str | None = None
    route: str | None = None
    """The route that was chosen."""
    term: str | None = None
    term_id: str | None = None
    due: date | None = None
    rung: int | None = None
    role: str | None = None
    act: str | None = None
    act_id: str | None = None
    task: str | None = None
    text: str = ""

    def identity(self) -> str:
        """What makes two events the same one, when a correction tells the story again."""
        due = self.due if self.event == "term_started" else None
        return "|".join(
            str(part)
            for part in (
                self.event,
                self.stage if self.event == "stage_entered" else "",
                self.term_id,
                due,
                self.rung,
                self.role,
                self.act_id,
                self.task,
                self.text if self.event == "message_sent" else "",
                *((self.route,) if self.event == "route_chosen" else ()),
            )
        )


class Recipient(Carried):
    """Where a message goes: to a role, within a team when one is named, to a person when one is known."""

    role: str
    team: str = ""
    person: str = ""


class Message(Carried):
    """A message to staff. Holds a client number and no personal data."""

    key: str
    """Unique and stable within the journey: the Message-ID is made of it."""
    at: datetime
    to: Recipient
    template: str
    params: dict[str, str]
    digest: bool = False
    """Goes out in the weekly digest of its reader, and not by itself."""

    @property
    def said(self) -> tuple[str, ...]:
        """What makes two messages say the same, when a correction tells the story again.

        Who heard of a rung does not hear it again because the last day was a day earlier than we thought.
        """
        if self.template == "taak":
            return self.template, self.params["taak"]
        if self.template == "trede":
            return self.params["termijn"], self.params["trede"], self.to.role
        return (self.key,)


class LookUp(Carried):
    """A question for a registry that is waiting for an answer."""

    id: str
    question: str
    asked_at: datetime
    by: str = ""
    """Who asked, when somebody did; empty: a moment of the journey came."""
    not_before: datetime | None = None
    """Asked again after this; None: at once."""


class Telling(Carried):
    """What another file has to know: an act that is recorded there, until it was.

    ``to`` is the id of a journey or a household; empty: the household of this client, whichever that is.
    """

    id: str
    """The id of the act there, so that it counts once however often it is told."""
    to: str = ""
    act: str = ""
    """Empty: nothing to record, only the register of memberships changes."""
    data: dict[str, JsonValue] = {}
    by: Actor
    effective: date
    at: datetime
    """When it was decided on, by the clock of the file that tells it (UTC)."""
    leaves: tuple[int, ...] = ()
    """Client numbers that the register takes out of this household first."""
    joins: tuple[int, ...] = ()
    """Client numbers that the register lets into this household again, if they belong to no other."""
    into: str = ""
    """The household into which the register puts everybody of this one first."""


class Told(Carried):
    """What another file was told last."""

    version: int
    facts: dict[str, JsonValue]
