"""The weekly digest (weekoverzicht): when what can wait is told, all of it in one message per reader."""

from datetime import date, datetime, time, timedelta

from pydantic import Field

from domain.base import Frozen
from domain.calendars import AMSTERDAM, Calendars


class Digest(Frozen):
    """When a municipality sends it. On a closed day it goes on the next opening day, at the same time."""

    weekday: int = Field(default=1, ge=1, le=7)
    """1 is Monday, 7 is Sunday."""
    at: time | None = None
    """Local time; None: when the municipality opens."""

    def last_moment(self, days: Calendars, now: datetime) -> datetime:
        """The last instant (UTC) at or before ``now`` at which a digest was due.

        Args:
            days: the municipality's calendars, without an end.
            now: an instant (UTC).
        """
        today = now.astimezone(AMSTERDAM).date()
        planned = today - timedelta(days=(today.isoweekday() - self.weekday) % 7)
        while (moment := self._moment(days, planned)) > now:
            planned -= timedelta(days=7)
        return moment

    def _moment(self, days: Calendars, planned: date) -> datetime:
        opening = days.opening(days.first_open(planned))
        if self.at is None:
            return opening
        return datetime.combine(opening.astimezone(AMSTERDAM), self.at, AMSTERDAM).astimezone(opening.tzinfo)
