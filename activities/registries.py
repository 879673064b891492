"""What every client of a registry has in common: how it is asked, and how silence is told.

No error, sentence or log line of a client repeats what was sent or received.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from domain.findings import Finding

SYSTEM_USER = "Systeem"
"""Who asks when no employee did: a moment of the journey came, or an event."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """How one question about one person is asked."""

    question_id: str
    """Becomes the id of the finding; the same for every attempt at one question."""
    question: str
    """A key of ``domain.questions.QUESTIONS``."""
    purpose: str
    """Doelbinding, as agreed with the registry."""
    now: Callable[[], datetime]
    """Stamps the finding, read when the answer is complete."""
    user: str = SYSTEM_USER
    trace: str = ""
    """W3C ``traceparent``; empty: none is sent."""


class Answered(NamedTuple):
    """What a registry said of one person."""

    finding: Finding
    partners: tuple[str, ...] | None = None
    """Burgerservicenummers of who is the partner now. They belong in no finding: nothing that a journey keeps may
    name somebody else. None: the registry said nothing of it."""
    address: str | None = None
    """Which object of the BAG somebody lives in, to see who lives there too. None: unknown, abroad, or secret: who
    asked for geheimhouding is found by nobody's address."""
    children: tuple[str, ...] = ()
    """Burgerservicenummers of children, whatever their age and wherever they live."""


class RegistryClient(Protocol):
    """Asks one registry, or several behind one broker."""

    async def ask(self, bsn: str, call: Call) -> Answered:
        """Ask about one person.

        Raises:
            RegistryUnavailable: no answer now; try again later.
        """


class RegistryUnavailable(Exception):
    """The registry gave no answer now and may give one later.

    Attributes:
        sentence: Dutch, for the person who waits; holds no personal data.
        retry_after: how long the registry asks us to wait (at most a day), None when it does not say.
    """

    def __init__(self, sentence: str, retry_after: timedelta | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.retry_after = retry_after


class RegistryRefused(Exception):
    """The registry will not answer us, and says so; asking again changes nothing.

    Attributes:
        what: what happened, in a few Dutch words that come after its name: "weigert onze vraag".
        mend: what an administrator has to look at.
        status: of HTTP; None: that was not what said it.
    """

    def __init__(self, what: str, mend: str, *, status: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend
        self.status = status


class NotUnderstood(Exception):
    """Says in a few Dutch words what is wrong with an answer, without any of its data."""
