"""What holds for every term and every date."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.calendars import civil_date
from domain.terms import compute
from runtime.policies import load_policy

POLICY = load_policy("deventer")
DAYS = POLICY.calendars
# The longest term is half a year, and a start may be moved by a month: the table ends on 31 December 2028.
starts = st.dates(date(2026, 1, 1), date(2028, 5, 1))
keys = st.sampled_from(sorted(POLICY.terms))
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
    moved = compute(rule, start, DAYS, added_days=days)
    assert moved.raw_end - compute(rule, start, DAYS).raw_end == timedelta(days=days)
    if rule.rollover == "atw":
        assert DAYS.why_free(moved.legal_end) is None


@given(keys, starts)
def test_breach_is_the_first_instant_after_the_last_day(key: str, start: date) -> None:
    found = compute(POLICY.term(key), start, DAYS)
    assert found.breach_at is not None
    assert civil_date(found.breach_at) == found.legal_end + timedelta(days=1)
    assert civil_date(found.breach_at - timedelta(microseconds=1)) == found.legal_end


@given(keys, starts)
def test_the_target_is_an_opening_day_that_is_not_after_the_raw_end(key: str, start: date) -> None:
    found = compute(POLICY.term(key), start, DAYS)
    assert DAYS.is_open(found.target)
    assert found.target <= found.raw_end


@given(keys, starts, st.integers(1, 30))
def test_a_later_start_never_ends_earlier(key: str, start: date, later: int) -> None:
    rule = POLICY.term(key)
    assert (
        compute(rule, start + timedelta(days=later), DAYS).legal_end >= compute(rule, start, DAYS).legal_end
    )
