"""When a registry may be called: the rules of the gate, without a database and without a clock."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, Self

from domain.limits import Limits

LONGEST_ASKED = timedelta(days=1)
"""No registry keeps us away longer than this with one Retry-After."""
PROBE_AGAIN = timedelta(seconds=5)
"""How long those who wait leave a probe alone before they look again."""
PUNCTUAL = timedelta(seconds=1)
"""Who comes so soon after their turn just waits for the call of somebody else to be an interval ago."""

Reason = Literal["drukte", "storing", "gevraagd", "proef", "onderhoud"]
"""Why no call may be made: too many questions, a pause after failures, a pause that the registry asked for, a probe
that is under way, maintenance."""


class Bar(NamedTuple):
    """No call before this moment."""

    until: datetime
    reason: Reason


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What all workers together know of one registry, for one municipality."""

    epoch: int = 0
    """Grows with every pause, probe and recovery: a call of an earlier epoch says nothing of this one."""
    failures: int = 0
    """Calls in a row without an answer."""
    since: datetime | None = None
    """Since when nobody calls (the circuit is open); None: calls are made."""
    pauses: int = 0
    """How many pauses there have been since then."""
    until: datetime | None = None
    """End of the pause."""
    asked: bool = False
    """The registry itself said until when."""
    probe_until: datetime | None = None
    """One asker probes; one that dies has this long."""
    last_call: datetime | None = None

    def bar(self, limits: Limits, now: datetime) -> Bar | None:
        """What keeps everybody from calling now; None: nothing does."""
        found: Bar | None = None
        if self.last_call is not None:
            # A clock that was set back may not keep us away for the time that it lost.
            free = min(self.last_call, now) + limits.interval
            if free > now:
                found = Bar(free, "drukte")
        if self.until is not None and self.until > now:
            found = Bar(self.until, "gevraagd" if self.asked else "storing")
        elif self.since is not None and self.probe_until is not None and self.probe_until > now:
            found = Bar(min(self.probe_until, now + PROBE_AGAIN), "proef")
        maintained = limits.clear_of_maintenance(now)
        if maintained > now:
            found = Bar(maintained, "onderhoud")
        if found is None:
            return None
        return found._replace(until=limits.clear_of_maintenance(found.until))

    def called(self, now: datetime, lease: timedelta) -> Self:
        """A call goes out; while the circuit is open it is the one probe."""
        if self.since is None:
            return replace(self, last_call=now)
        return replace(self, last_call=now, epoch=self.epoch + 1, probe_until=now + lease)

    def answered(self, epoch: int) -> Self:
        """The registry answered a call of this epoch."""
        if epoch != self.epoch:
            return self
        if self.since is None:
            return replace(self, failures=0)
        return replace(
            self, epoch=epoch + 1, failures=0, since=None, pauses=0, until=None, asked=False, probe_until=None
        )

    def failed(self, epoch: int, limits: Limits, now: datetime, retry_after: timedelta | None) -> Self:
        """The registry gave no answer to a call of this epoch."""
        wait = min(retry_after or timedelta(), LONGEST_ASKED)
        if epoch != self.epoch:
            # One of many calls that were under way together; what the registry asks for holds all the same.
            until = now + wait
            if wait <= timedelta() or (self.until is not None and self.until >= until):
                return self
            return self._pausing(now, until, pauses=max(self.pauses, 1), asked=True)
        counted = replace(self, failures=self.failures + 1)
        if wait > timedelta():
            return counted._pausing(now, now + wait, pauses=max(self.pauses, 1), asked=True)
        if self.since is None and counted.failures < limits.failures:
            return counted
        pauses = self.pauses + 1
        return counted._pausing(now, now + limits.pause(pauses), pauses=pauses, asked=False)

    def gave_up(self, epoch: int) -> Self:
        """A call of this epoch ended without saying anything of the registry: another may probe."""
        return replace(self, probe_until=None) if epoch == self.epoch else self

    def _pausing(self, now: datetime, until: datetime, *, pauses: int, asked: bool) -> Self:
        return replace(
            self,
            epoch=self.epoch + 1,
            since=self.since or now,
            until=until,
            pauses=pauses,
            asked=asked,
            probe_until=None,
        )


class Line(NamedTuple):
    """Who waits for a turn, as one asker sees it."""

    mine: datetime | None = None
    """The turn that this asker has; None: none, or it expired."""
    ahead: int = 0
    """How many have an earlier turn than mine."""
    last: datetime | None = None
    """The last turn that anybody has."""


class Go(NamedTuple):
    """Call now."""


class Wait(NamedTuple):
    """Come back at this moment."""

    at: datetime
    reason: Reason
    move_line: bool = False
    """Everybody's turn moves, in order, to ``at`` and after."""


def turn(bar: Bar | None, line: Line, limits: Limits, now: datetime) -> Go | Wait:
    """Whose turn it is.

    Who has no turn gets the first one after all the others. Who has one goes when it has come, and sooner when nobody
    is ahead. When nobody may call for a while, or everybody is late because the workers were away, the whole line moves
    behind that, once, and keeps its order.
    """
    free = now if bar is None else bar.until
    reason: Reason = "drukte" if bar is None else bar.reason
    if line.mine is None:
        at = free if line.last is None else max(free, line.last + limits.interval)
        return Go() if at <= now else Wait(limits.clear_of_maintenance(at), reason)
    if bar is None:
        return Go() if line.mine <= now or not line.ahead else Wait(line.mine, reason)
    if line.mine >= free:
        return Wait(line.mine, reason)
    if bar.reason == "drukte" and free - line.mine <= max(limits.interval, PUNCTUAL):
        return Wait(free, reason)
    return Wait(free, reason, move_line=True)
