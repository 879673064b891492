"""What is wrong, in words for the person who can mend it."""

from pydantic import AwareDatetime

from domain.base import Frozen

MOST_EXAMPLES = 5


class Example(Frozen):
    """One journey that shows the trouble."""

    journey_id: str
    why: str = ""
    """What Temporal says of it, in Dutch; empty: nothing more is known."""

    def __str__(self) -> str:
        return f"{self.journey_id}: {self.why}" if self.why else self.journey_id


class Trouble(Frozen):
    """One cause, however many journeys it touches. Holds no personal data."""

    cause: str
    """The same in every round in which it lasts; also the label of the metric."""
    sentence: str
    """What is wrong."""
    remedy: str
    """Who can mend it, and how."""
    examples: tuple[Example, ...] = ()


class Looked(Frozen):
    """What one round found."""

    at: AwareDatetime
    """When the round began."""
    troubles: tuple[tuple[str, Trouble], ...]
    """The name of the check, and what it found."""
    judged: frozenset[str]
    """The checks that came to a judgement: only of these can it be said that a trouble is over."""
