"""The accelerated clock stands still while the stack is down, and never goes back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtime.demo_clock import ClockAnchor
from starter.stack.clock import LEASE, LogicalClock, moved_over_standstill
from starter.stack.errors import StackError

DAY_PER_SECOND = 86400.0
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SPRING = datetime(2027, 3, 1, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_ten_seconds_are_ten_days() -> None:
    anchor = ClockAnchor(real=NOON, logical=SPRING, speed=DAY_PER_SECOND)
    assert anchor.logical_at(after(10)) == SPRING + timedelta(days=10)


def test_an_hour_of_standstill_takes_no_logical_time() -> None:
    before = ClockAnchor(real=NOON, logical=SPRING, speed=DAY_PER_SECOND)
    resumed = moved_over_standstill(before, ran_until=after(10), now=after(3610), speed=DAY_PER_SECOND)
    assert resumed.logical_at(after(3610)) == SPRING + timedelta(days=10)
    assert resumed.logical_at(after(3611)) == SPRING + timedelta(days=11)


def test_another_speed_goes_on_from_the_same_instant() -> None:
    before = ClockAnchor(real=NOON, logical=SPRING, speed=DAY_PER_SECOND)
    resumed = moved_over_standstill(before, ran_until=after(5), now=after(60), speed=1)
    assert resumed.logical_at(after(62)) == SPRING + timedelta(days=5, seconds=2)


def test_a_heartbeat_from_before_the_anchor_does_not_turn_the_clock_back() -> None:
    before = ClockAnchor(real=NOON, logical=SPRING, speed=DAY_PER_SECOND)
    resumed = moved_over_standstill(before, ran_until=after(-30), now=after(10), speed=DAY_PER_SECOND)
    assert resumed.logical == SPRING


def test_a_heartbeat_from_the_future_counts_no_further_than_now() -> None:
    before = ClockAnchor(real=NOON, logical=SPRING, speed=DAY_PER_SECOND)
    resumed = moved_over_standstill(before, ran_until=after(999), now=after(10), speed=DAY_PER_SECOND)
    assert resumed.logical == SPRING + timedelta(days=10)


def test_an_orderly_stop_is_exact(tmp_path: Path) -> None:
    clock = LogicalClock(tmp_path)
    clock.resume(DAY_PER_SECOND, now=NOON, first=SPRING)
    clock.beat(after(7))
    clock.stand_still(after(7.5))
    resumed = LogicalClock(tmp_path).resume(DAY_PER_SECOND, now=after(86400))
    assert resumed.logical == SPRING + timedelta(days=7.5)
    assert resumed.real == after(86400)


def test_after_a_kill_the_clock_is_never_behind_and_at_most_a_lease_ahead(tmp_path: Path) -> None:
    killed_at = after(7.9)
    clock = LogicalClock(tmp_path)
    anchor = clock.resume(DAY_PER_SECOND, now=NOON, first=SPRING)
    clock.beat(after(7))
    resumed = LogicalClock(tmp_path).resume(DAY_PER_SECOND, now=after(500))
    assert anchor.logical_at(killed_at) <= resumed.logical <= anchor.logical_at(killed_at + LEASE)


def test_a_kill_during_the_very_start_leaves_a_clock_that_goes_on(tmp_path: Path) -> None:
    clock = LogicalClock(tmp_path)
    clock.resume(DAY_PER_SECOND, now=NOON, first=SPRING)
    (tmp_path / "heartbeat").unlink()
    assert LogicalClock(tmp_path).resume(DAY_PER_SECOND, now=after(60)).logical == SPRING


def test_stops_in_a_row_add_up(tmp_path: Path) -> None:
    start = NOON
    LogicalClock(tmp_path).resume(DAY_PER_SECOND, now=start, first=SPRING)
    for _ in range(3):
        LogicalClock(tmp_path).stand_still(start + timedelta(seconds=4))
        start += timedelta(hours=1)
        anchor = LogicalClock(tmp_path).resume(DAY_PER_SECOND, now=start)
    assert anchor.logical == SPRING + timedelta(days=12)


def test_standing_still_twice_changes_nothing(tmp_path: Path) -> None:
    clock = LogicalClock(tmp_path)
    clock.resume(DAY_PER_SECOND, now=NOON, first=SPRING)
    clock.stand_still(after(2))
    stored = clock.anchor()
    clock.stand_still(after(50))
    assert clock.anchor() == stored


def test_without_a_clock_there_is_nothing_to_stop(tmp_path: Path) -> None:
    LogicalClock(tmp_path).stand_still(NOON)
    assert LogicalClock(tmp_path).anchor() is None


def test_an_unreadable_anchor_gives_a_sentence_and_is_kept(tmp_path: Path) -> None:
    (tmp_path / "clock.json").write_text('{"real": ')
    with pytest.raises(StackError, match=r"onleesbaar.*Zet het bestand terug"):
        LogicalClock(tmp_path).resume(DAY_PER_SECOND, now=NOON)
    assert (tmp_path / "clock.json").read_text() == '{"real": '
