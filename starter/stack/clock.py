"""The accelerated clock, which stands still while the stack is down.

The anchor ties one real instant to one logical instant. While the stack runs, the logical clock goes on
from there, ``speed`` times as fast. A heartbeat tells, after a crash, until when it may have run.
"""

import contextlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from runtime.demo_clock import CLOCK_FILE, ClockAnchor, ClockUnreadable, read_anchor
from runtime.private_file import write_private
from starter.stack.errors import StackError

BEAT = timedelta(seconds=1)
LEASE = 2 * BEAT
"""After its last heartbeat a stack may have run this much longer. A clock that jumps a little ahead is
harmless; one that goes back is not."""


def moved_over_standstill(
    anchor: ClockAnchor, ran_until: datetime, now: datetime, speed: float
) -> ClockAnchor:
    """The anchor after a standstill: the logical clock goes on where it was.

    Args:
        anchor: the anchor before the standstill.
        ran_until: real instant at which the clock stopped.
        now: real instant at which it starts again.
        speed: the speed from now on; it may differ from before.
    """
    stopped = max(anchor.real, min(ran_until, now))
    return ClockAnchor(real=now, logical=anchor.logical_at(stopped), speed=speed)


class LogicalClock:
    """The anchor and the heartbeat on disk.

    Args:
        folder: where ``clock.json`` and ``heartbeat`` are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._anchor = folder / CLOCK_FILE
        self._heartbeat = folder / "heartbeat"

    def anchor(self) -> ClockAnchor | None:
        """The anchor in force, or None before the first start.

        Raises:
            StackError: the file cannot be read as an anchor.
        """
        try:
            return read_anchor(self._folder)
        except ClockUnreadable as error:
            raise StackError(str(error)) from None

    def resume(self, speed: float, now: datetime | None = None, first: datetime | None = None) -> ClockAnchor:
        """Let the clock go on, or start it for the first time, and store the new anchor.

        Args:
            speed: logical seconds per real second.
            now: the real instant; None: the present.
            first: logical instant of a first start; None: the same as ``now``.
        """
        now = now or datetime.now(UTC)
        old = self.anchor()
        if old is None:
            new = ClockAnchor(real=now, logical=first or now, speed=speed)
        else:
            new = moved_over_standstill(old, self._ran_until(old), now, speed)
        write_private(self._anchor, new.model_dump_json())
        self.beat(now)
        return new

    def beat(self, now: datetime | None = None) -> None:
        """Say that the clock runs. The file's time is the message: a half-written beat cannot exist."""
        self._heartbeat.touch()
        if now is not None:
            os.utime(self._heartbeat, (now.timestamp(), now.timestamp()))

    def stand_still(self, now: datetime | None = None) -> None:
        """Note, at an orderly end, exactly where the clock stands. Without a clock: nothing to note."""
        old = self.anchor()
        if old is None or not self._heartbeat.exists():
            return
        now = now or datetime.now(UTC)
        write_private(self._anchor, moved_over_standstill(old, now, now, old.speed).model_dump_json())
        with contextlib.suppress(FileNotFoundError):
            self._heartbeat.unlink()

    def forget(self) -> None:
        """Remove anchor and heartbeat, together with the data that they belong to."""
        self._anchor.unlink(missing_ok=True)
        self._heartbeat.unlink(missing_ok=True)

    def _ran_until(self, anchor: ClockAnchor) -> datetime:
        try:
            beat = datetime.fromtimestamp(self._heartbeat.stat().st_mtime, UTC)
        except FileNotFoundError:
            return anchor.real
        return beat + LEASE
