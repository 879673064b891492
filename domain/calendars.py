"""Days: which are free, which count, and when the municipality is open.

Several calendars, never one. The Algemene termijnenwet (ATW) knows its own free days, a legal working
day is another thing, the municipality has its own opening days and the banks their own payment days.
A day is a civil date in Europe/Amsterdam; an instant is UTC.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.base import Carried, Explained, remembered

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
ONE_DAY = timedelta(days=1)

WEEKDAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
MONTHS = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)


class CalendarNotCovered(Explained):
    """The calendar's table says nothing about this day; the message says what to do."""


@lru_cache(maxsize=8192)
def say(day: date, *, weekday: bool = True) -> str:
    """A date as a person reads it: ``donderdag 7 mei 2026``."""
    words = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    return f"{WEEKDAYS[day.weekday()]} {words}" if weekday else words


@lru_cache(maxsize=8192)
def start_of_day(day: date) -> datetime:
    """The instant (UTC) at which a civil day begins in Amsterdam."""
    return datetime.combine(day, time(), AMSTERDAM).astimezone(UTC)


@lru_cache(maxsize=8192)
def civil_date(instant: datetime) -> date:
    """The civil day in Amsterdam in which an instant falls."""
    return instant.astimezone(AMSTERDAM).date()


class Calendars(Carried):
    """The days of one municipality, as plain data that travels with its policy.

    All mappings go from a date to the Dutch name of that day. Outside ``covered_from`` to
    ``covered_through`` (inclusive) every question raises CalendarNotCovered: a year that the table of
    equated days does not hold is never guessed.
    """

    covered_from: date
    covered_through: date
    holidays: dict[date, str]
    """Feestdagen, ATW art. 3 lid 1: the free days of the law, weekends apart."""
    equated: dict[date, str]
    """Days equated with a feestdag by royal decree, ATW art. 3 lid 3. Still working days."""
    closed: dict[date, str]
    """The municipality's own closing days."""
    bank_closed: dict[date, str]
    """Days on which banks make no payments, weekends apart."""
    open_weekdays: tuple[int, ...]
    """Monday is 0."""
    opens: time
    closes: time

    def _covered(self, day: date) -> date:
        if not self.covered_from <= day <= self.covered_through:
            raise CalendarNotCovered(
                f"De kalender loopt van {say(self.covered_from, weekday=False)} tot en met "
                f"{say(self.covered_through, weekday=False)} en zegt niets over {say(day, weekday=False)}. "
                f"Vul {day.year} aan in policies/kalender.toml, met het besluit over gelijkgestelde dagen."
            )
        return day

    def why_free(self, day: date) -> str | None:
        """Why the ATW calls this day free: weekend, feestdag or equated day; None when it is not."""
        self._covered(day)
        if name := self.holidays.get(day):
            return name
        if day in self.equated:
            return "gelijkgestelde dag"
        return "weekend" if day.weekday() >= 5 else None

    def is_working_day(self, day: date) -> bool:
        """A legal working day: Monday to Friday, no feestdag. An equated day counts as one."""
        self._covered(day)
        return day.weekday() < 5 and day not in self.holidays

    def is_open(self, day: date) -> bool:
        """Whether the municipality works on this day."""
        known = self._opens.get(day)
        if known is None:
            self._covered(day)
            known = self._opens[day] = day.weekday() in self.open_weekdays and day not in self.closed
        return known

    @remembered
    def _opens(self) -> dict[date, bool]:
        """What was asked before: the rules ask of the same days again and again."""
        return {}

    @remembered
    def _openings(self) -> dict[date, datetime]:
        """Openings that were asked for before."""
        return {}

    @remembered
    def _counted(self) -> dict[tuple[date, int], date]:
        """Opening days that were counted before."""
        return {}

    def is_payment_day(self, day: date) -> bool:
        """Whether banks make payments on this day."""
        self._covered(day)
        return day.weekday() < 5 and day not in self.bank_closed

    def first_open(self, day: date) -> date:
        """The first opening day on or after this day."""
        while not self.is_open(day):
            day += ONE_DAY
        return day

    def last_open(self, day: date) -> date:
        """The last opening day on or before this day."""
        while not self.is_open(day):
            day -= ONE_DAY
        return day

    def plus_open(self, day: date, count: int) -> date:
        """The opening day that lies ``count`` opening days after (negative: before) this day."""
        asked = day, count
        found = self._counted.get(asked)
        if found is None:
            step = ONE_DAY if count > 0 else -ONE_DAY
            for _ in range(abs(count)):
                day += step
                while not self.is_open(day):
                    day += step
            found = self._counted[asked] = day
        return found

    def plus_working(self, day: date, count: int) -> date:
        """The legal working day that lies ``count`` working days after (negative: before) this day."""
        step = ONE_DAY if count > 0 else -ONE_DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_working_day(day):
                day += step
        return day

    def payment_cut_off(self, due: date, days: int) -> date:
        """The last day to hand in a payment that takes ``days`` payment days and must arrive by ``due``."""
        while not self.is_payment_day(due):
            due -= ONE_DAY
        for _ in range(days):
            due -= ONE_DAY
            while not self.is_payment_day(due):
                due -= ONE_DAY
        return due

    def opening(self, day: date) -> datetime:
        """The instant (UTC) at which the municipality opens on this day."""
        found = self._openings.get(day)
        if found is None:
            found = datetime.combine(day, self.opens, AMSTERDAM).astimezone(UTC)
            self._openings[day] = found
        return found

    def next_open_instant(self, instant: datetime) -> datetime:
        """The instant itself when the municipality is open then, else the next opening (UTC)."""
        local = instant.astimezone(AMSTERDAM)
        day = local.date()
        if self.is_open(day):
            at = local.time()
            if at < self.opens:
                return self.opening(day)
            if at < self.closes:
                return instant
        return self.opening(self.first_open(day + ONE_DAY))
