"""What holds for every term and every date."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.calendars import civil_date
from domain.terms import compute, suspended_days, unused_days
from runtime.policies import load_policy

POLICY = load_policy("deventer")
DAYS = POLICY.calendars
# Terms of years end beyond the table; there the weekends are enough for what is asked here.
EVERY_DAY = POLICY.calendars_open_ended
# The longest term that rolls is three months, and a start may be moved by a month.
starts = st.dates(date(2026, 1, 1), date(2028, 5, 1))
keys = st.sampled_from(sorted(POLICY.terms))
ending = st.sampled_from(sorted(k for k, rule in POLICY.terms.items() if not rule.counts.opens))
rolling = st.sampled_from(sorted(key for key, rule in POLICY.terms.items() if rule.rollover == "atw"))


@given(rolling, starts)
def test_a_rolled_end_is_never_free_and_never_earlier(key: str, start: date) -> None:
    found = compute(POLICY.term(key), start, DAYS)
    assert found.legal_end >= found.raw_end
    assert DAYS.why_free(found.legal_end) is None
    # And not a day later than needed.
    between = (found.raw_end + timedelta(days=n) for n in range((found.legal_end - found.raw_end).days))
    assert all(DAYS.why_free(day) for day in between)


@given(keys, st.dates(date(2026, 1, 1), date(2028, 3, 1)), st.integers(0, 60))
def test_standing_still_n_days_moves_the_raw_end_by_n_days(key: str, start: date, days: int) -> None:
    rule = POLICY.term(key)
    moved = compute(rule, start, EVERY_DAY, added_days=days)
    assert moved.raw_end - compute(rule, start, EVERY_DAY).raw_end == timedelta(days=days)
    if rule.rollover == "atw":
        assert EVERY_DAY.why_free(moved.legal_end) is None


@given(ending, starts)
def test_breach_is_the_first_instant_after_the_last_day(key: str, start: date) -> None:
    found = compute(POLICY.term(key), start, EVERY_DAY)
    assert found.breach_at is not None
    assert civil_date(found.breach_at) == found.legal_end + timedelta(days=1)
    assert civil_date(found.breach_at - timedelta(microseconds=1)) == found.legal_end


@given(ending, starts)
def test_the_target_is_an_opening_day_that_is_not_after_the_raw_end(key: str, start: date) -> None:
    found = compute(POLICY.term(key), start, EVERY_DAY)
    assert EVERY_DAY.is_open(found.target)
    assert found.target <= found.raw_end


@given(keys, starts, st.integers(1, 30))
def test_a_later_start_never_ends_earlier(key: str, start: date, later: int) -> None:
    rule = POLICY.term(key)
    moved = compute(rule, start + timedelta(days=later), EVERY_DAY)
    assert moved.legal_end >= compute(rule, start, EVERY_DAY).legal_end


@given(rolling, st.dates(date(2026, 1, 1), date(2028, 3, 1)), st.integers(1, 60))
def test_standing_still_longer_never_ends_earlier_and_always_rolls_last(
    key: str, start: date, days: int
) -> None:
    rule = POLICY.term(key)
    moved = compute(rule, start, DAYS, added_days=days)
    expected = compute(rule, start, DAYS).raw_end + timedelta(days=days)
    assert moved.raw_end == expected
    while DAYS.why_free(expected):
        expected += timedelta(days=1)
    assert moved.legal_end == expected
    assert moved.legal_end >= compute(rule, start, DAYS, added_days=days - 1).legal_end


@given(st.dates(date(2026, 1, 1), date(2028, 6, 1)), st.integers(0, 60), st.integers(0, 60))
def test_the_two_readings_of_standing_still_differ_by_a_day_at_most(
    invited: date, length: int, earlier: int
) -> None:
    completed = invited + timedelta(days=length)
    short, full = (suspended_days(invited, completed, reading) for reading in ("C-I-1", "C-I"))
    assert 0 <= short <= full <= short + 1
    assert full == unused_days(invited, completed)


@given(st.sampled_from(sorted(key for key, rule in POLICY.terms.items() if rule.counts.opens)), starts)
def test_what_opens_never_rolls_and_is_never_breached(key: str, start: date) -> None:
    found = compute(POLICY.term(key), start, DAYS)
    assert found.legal_end == found.raw_end
    assert found.breach_at is None
    assert found.opens_at is not None
    assert civil_date(found.opens_at) == found.legal_end
