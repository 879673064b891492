"""How much may be asked of a registry, and when: the numbers that hold for all workers together."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Self

from pydantic import Field, field_validator, model_validator

from domain.base import Frozen
from domain.calendars import AMSTERDAM, ONE_DAY

_TIME = "([01][0-9]|2[0-3]):([0-5][0-9])"
_WINDOW = re.compile(f"{_TIME}-{_TIME}")
_MINUTES_A_DAY = 24 * 60
_MINUTE_IN_MICROSECONDS = 60_000_000


class Limits(Frozen):
    """What one municipality may ask of one registry."""

    failures: int = Field(default=5, ge=1, le=1000)
    """After so many calls in a row without an answer nobody calls for a while."""
    pause_seconds: int = Field(default=30, ge=1, le=86400)
    """The first pause; every further one lasts twice as long."""
    longest_pause_minutes: int = Field(default=15, ge=1, le=1440)
    per_minute: int = Field(default=60, ge=1, le=60_000)
    """Calls in any minute, evenly spread."""
    maintenance: tuple[str, ...] = ()
    """Daily windows in which nobody calls, such as ``02:00-05:00``, by the clock on the wall in Amsterdam. One
    that ends before it begins goes on until the next day."""

    @field_validator("maintenance")
    @classmethod
    def _windows_that_can_be_read(cls, windows: tuple[str, ...]) -> tuple[str, ...]:
        shut: set[int] = set()
        for window in windows:
            if _WINDOW.fullmatch(window) is None:
                raise ValueError(
                    "een onderhoudsvenster is geweigerd; schrijf begin en einde, zoals 02:00-05:00"
                )
            begin, end = (at.hour * 60 + at.minute for at in _times(window))
            if begin == end:
                raise ValueError("een onderhoudsvenster is geweigerd: begin en einde zijn hetzelfde")
            shut.update(
                minute % _MINUTES_A_DAY for minute in range(begin, end + _MINUTES_A_DAY * (end < begin))
            )
        if len(shut) == _MINUTES_A_DAY:
            raise ValueError(
                "de onderhoudsvensters zijn geweigerd: samen duren zij de hele dag, en dan wordt er nooit iets "
                "gevraagd; laat tijd over"
            )
        return windows

    @model_validator(mode="after")
    def _pauses_grow(self) -> Self:
        if self.longest_pause_minutes * 60 < self.pause_seconds:
            raise ValueError(
                "longest_pause_minutes is geweigerd: de langste pauze mag niet korter zijn dan de eerste "
                "(pause_seconds)"
            )
        return self

    @property
    def interval(self) -> timedelta:
        """Between two calls; rounded up, so that no minute ever holds one too many."""
        return timedelta(microseconds=-(-_MINUTE_IN_MICROSECONDS // self.per_minute))

    def pause(self, number: int) -> timedelta:
        """How long the pause lasts; ``number`` 1 is the first."""
        doubled = self.pause_seconds << min(number - 1, 20)
        return timedelta(seconds=min(doubled, self.longest_pause_minutes * 60))

    def clear_of_maintenance(self, instant: datetime) -> datetime:
        """The first moment (UTC), from this one on, at which no maintenance is going on."""
        # Windows may follow on each other; together they leave time, so this ends.
        while (end := self._end_of_maintenance(instant)) is not None:
            instant = end
        return instant

    def _end_of_maintenance(self, instant: datetime) -> datetime | None:
        today = instant.astimezone(AMSTERDAM).date()
        for window in self.maintenance:
            begins, ends = _times(window)
            for day in (today - ONE_DAY, today):
                begin = _on_the_wall(datetime.combine(day, begins), last=False)
                end = _on_the_wall(datetime.combine(day + ONE_DAY * (ends < begins), ends), last=True)
                if begin <= instant < end:
                    return end
        return None


def _times(window: str) -> tuple[time, time]:
    begin, _, end = window.partition("-")
    return time.fromisoformat(begin), time.fromisoformat(end)


def _on_the_wall(moment: datetime, *, last: bool) -> datetime:
    """When the clock on the wall shows this (UTC).

    In the hour that comes twice, the first or the last time. In the hour that is left out, the moment at which it
    is left out: summer time begins on a whole hour (Directive 2000/84/EC, article 2).
    """
    local = moment.replace(tzinfo=AMSTERDAM, fold=int(last))
    instant = local.astimezone(UTC)
    if instant.astimezone(AMSTERDAM).replace(tzinfo=None) == moment:
        return instant
    return local.replace(fold=0).astimezone(UTC).replace(minute=0)
