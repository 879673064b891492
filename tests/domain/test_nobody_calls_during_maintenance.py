"""Maintenance windows follow the clock on the wall in Amsterdam, also when that clock changes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.calendars import AMSTERDAM
from domain.limits import Limits

MINUTE = timedelta(minutes=1)


def clear(window: str, instant: str) -> str:
    """From when on there is no maintenance, as UTC."""
    at = datetime.fromisoformat(instant).astimezone(UTC)
    return Limits(maintenance=(window,)).clear_of_maintenance(at).strftime("%d %H:%M")


@pytest.mark.parametrize(
    ("window", "asked", "clear_at"),
    [
        # Winter: one hour from UTC. The end itself is free.
        ("02:00-05:00", "2026-01-10T00:59Z", "10 00:59"),
        ("02:00-05:00", "2026-01-10T01:00Z", "10 04:00"),
        ("02:00-05:00", "2026-01-10T03:59Z", "10 04:00"),
        ("02:00-05:00", "2026-01-10T04:00Z", "10 04:00"),
        # Over midnight, on either side of it.
        ("23:30-01:30", "2026-07-10T21:45Z", "10 23:30"),
        ("23:30-01:30", "2026-07-10T23:10Z", "10 23:30"),
        ("23:30-01:30", "2026-07-10T21:15Z", "10 21:15"),
        # The night that summer time begins: 02:00 becomes 03:00, and the window is an hour shorter.
        ("02:00-05:00", "2027-03-28T00:59Z", "28 00:59"),
        ("02:00-05:00", "2027-03-28T01:00Z", "28 03:00"),
        ("02:30-02:45", "2027-03-28T00:59Z", "28 00:59"),
        ("02:30-02:45", "2027-03-28T01:00Z", "28 01:00"),
        ("01:30-02:30", "2027-03-28T00:30Z", "28 01:00"),
        ("02:30-03:30", "2027-03-28T00:45Z", "28 00:45"),
        ("02:30-03:30", "2027-03-28T01:10Z", "28 01:30"),
        # The night that it ends: 02:00 to 03:00 comes twice, and both count.
        ("02:00-05:00", "2026-10-25T00:00Z", "25 04:00"),
        ("02:00-02:30", "2026-10-25T00:10Z", "25 01:30"),
        ("02:00-02:30", "2026-10-25T01:10Z", "25 01:30"),
        ("01:00-02:00", "2026-10-24T23:30Z", "25 01:00"),
    ],
)
def test_a_window_ends_when_the_clock_on_the_wall_says_so(window: str, asked: str, clear_at: str) -> None:
    assert clear(window, asked) == clear_at


def test_windows_that_follow_on_each_other_are_one_wait() -> None:
    limits = Limits(maintenance=("22:00-23:30", "23:30-00:00", "00:00-06:00"))
    at = datetime(2026, 7, 10, 20, 30, tzinfo=UTC)
    assert limits.clear_of_maintenance(at) == datetime(2026, 7, 11, 4, 0, tzinfo=UTC)


times = st.times().map(lambda at: at.strftime("%H:%M"))
nights = st.sampled_from([datetime(2026, 10, 25, tzinfo=UTC), datetime(2027, 3, 28, tzinfo=UTC)])
instants = st.builds(
    lambda day, minutes: day + minutes * MINUTE,
    nights | st.just(datetime(2026, 1, 1, tzinfo=UTC)),
    st.integers(0, 6 * 60) | st.integers(0, 2 * 365 * 24 * 60),
)


@given(times, times, instants)
def test_a_moment_outside_the_window_is_never_held_up_and_inside_it_always(
    begin: str, end: str, instant: datetime
) -> None:
    if begin == end:
        return
    limits = Limits(maintenance=(f"{begin}-{end}",))
    after = limits.clear_of_maintenance(instant)
    shown = instant.astimezone(AMSTERDAM).strftime("%H:%M")
    inside = begin <= shown < end if begin < end else shown >= begin or shown < end

    assert limits.clear_of_maintenance(after) == after
    assert after >= instant
    assert after - instant <= timedelta(hours=25)
    if inside:
        assert after > instant
    elif after > instant:
        # Only in the night that an hour comes twice: the window lasts from its first beginning to its last end.
        assert (
            instant.astimezone(AMSTERDAM).utcoffset()
            != (instant + 2 * MINUTE * 60).astimezone(AMSTERDAM).utcoffset()
            or instant.astimezone(AMSTERDAM).utcoffset()
            != (instant - 2 * MINUTE * 60).astimezone(AMSTERDAM).utcoffset()
        )


@given(st.integers(1, 60_000))
def test_no_minute_holds_one_call_too_many(per_minute: int) -> None:
    interval = Limits(per_minute=per_minute).interval
    # This many calls apart by the interval do not fit in less than a minute.
    assert per_minute * interval >= MINUTE
    assert per_minute * interval < MINUTE * 1.01


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"maintenance": ["2:00-5:00"]}, "schrijf begin en einde"),
        ({"maintenance": ["02:00-24:00"]}, "schrijf begin en einde"),
        ({"maintenance": ["02:00-02:00"]}, "hetzelfde"),
        ({"maintenance": ["00:00-12:00", "12:00-00:00"]}, "laat tijd over"),
        ({"pause_seconds": 120, "longest_pause_minutes": 1}, "langste pauze"),
    ],
)
def test_limits_that_cannot_work_are_refused_with_what_to_write(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Limits.model_validate(wrong)


def test_pauses_double_up_to_the_longest() -> None:
    limits = Limits(pause_seconds=30, longest_pause_minutes=15)
    assert [limits.pause(number).total_seconds() for number in (1, 2, 3, 5, 6, 7, 1000)] == [
        30, 60, 120, 480, 900, 900, 900,
    ]  # fmt: skip
