"""The one clock through which a journey reads time: ``logical + (real - anchor) x speed``.

Production runs at speed 1 without an anchor. The demo runs faster, dry runs start at any date.
"""

from datetime import datetime, timedelta

from domain.base import Carried


class Clock(Carried):
    """How a journey's own time follows from the server's time.

    ``real`` and ``logical`` are the same moment on both clocks (UTC). Without them the two are equal.
    """

    speed: float = 1.0
    real: datetime | None = None
    logical: datetime | None = None
    scripted: bool = False
    """A dry run: whoever acts says at which instant, and the clock stands on whole seconds."""

    def anchored(self, real_now: datetime) -> "Clock":
        """A clock that was given a start date begins to run now."""
        if self.logical is not None and self.real is None:
            return self.model_copy(update={"real": real_now})
        return self

    def now(self, real_now: datetime) -> datetime:
        """The journey's time (UTC)."""
        if self.real is None or self.logical is None:
            return real_now
        passed = self.logical + (real_now - self.real) * self.speed
        return passed.replace(microsecond=0) if self.scripted else passed

    def real_until(self, instant: datetime, real_now: datetime) -> timedelta:
        """How long the server's clock still runs until the journey's clock reaches an instant."""
        if self.real is None or self.logical is None:
            return instant - real_now
        return (instant - self.logical) / self.speed - (real_now - self.real)

    def real_span(self, span: timedelta) -> timedelta:
        """How long a span of the journey's time takes on the server's clock."""
        return span / self.speed
