"""What a registry answered, reduced to what the rules need (bevinding).

Unknown is never "no": a registry that knows nobody, one that stays silent and one that answers
nonsense are three different outcomes, and none of them decides against a resident.
"""

from datetime import date, datetime
from enum import StrEnum

from domain.base import Carried

TOLD = "doorgegeven"
"""The question of whether another file took in what it was told."""


class Outcome(StrEnum):
    """How a look-up ended."""

    FOUND = "gevonden"
    NOT_FOUND = "niet_gevonden"
    NO_ANSWER = "geen_antwoord"
    INCOMPREHENSIBLE = "onbegrijpelijk"
    REFUSED_US = "geweigerd"
    """400, 401 or 403: our own mistake or a missing authorisation, for the administrator."""


class PartialDate(Carried):
    """A civil date of which only the year, or year and month, or nothing at all may be known.

    Source: Haal Centraal BRP Personen bevragen 2.7, ``AbstractDatum`` (Datum, JaarMaandDatum,
    JaarDatum, DatumOnbekend).
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None

    @classmethod
    def of(cls, whole: date) -> "PartialDate":
        return cls(year=whole.year, month=whole.month, day=whole.day)

    def earliest(self) -> date | None:
        """The first day that this can mean; None when not even the year is known."""
        if self.year is None:
            return None
        return date(self.year, self.month or 1, self.day or 1)

    def latest(self) -> date | None:
        """The last day that this can mean; None when not even the year is known."""
        if self.year is None:
            return None
        if self.month is None:
            return date(self.year, 12, 31)
        if self.day is None:
            following = date(self.year + (self.month == 12), self.month % 12 + 1, 1)
            return date.fromordinal(following.toordinal() - 1)
        return date(self.year, self.month, self.day)


class BrpPerson(Carried):
    """The few facts of the BRP that choose a route. No name and no address: the rules need none."""

    birth: PartialDate | None = None
    municipality_code: str | None = None
    """Gemeentecode of four digits (BRP table 33), None when not registered in a municipality."""
    secret: bool = False
    """Geheimhouding: carried, never shown."""
    deceased: bool = False
    deceased_on: PartialDate | None = None
    suspension: str | None = None
    """Reden opschorting bijhouding: O overlijden, E emigratie, M ministerieel besluit, R RNI, . onbekend."""
    under_investigation: bool = False


class Finding(Carried):
    """One answer of one registry to one question."""

    id: str
    """Stable per question, so that an answer that arrives twice counts once."""
    question: str
    """What was asked: ``brp_persoon``."""
    outcome: Outcome
    answered_at: datetime
    person: BrpPerson | None = None
    reason: str = ""
    """A Dutch sentence for the person who reads it; holds no personal data."""
    file: str = ""
    """Of something that was told: the file that took it in."""
