"""When the weekly digest goes: the day and time of policy, or the next opening day, across summer time."""

from datetime import time

import pytest

from domain.digest import Digest
from domain.policy import PolicyError
from runtime.policies import load_policy
from tests.domain.story import instant
from tests.domain.test_policy_files_are_checked import with_local

MONDAY = Digest(weekday=1, at=time(10))


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2027-05-10T10:00", "2027-05-10T10:00"),
        ("2027-05-10T09:59", "2027-05-03T10:00"),
        ("2027-05-16T23:00", "2027-05-10T10:00"),
        # Mon 17 May 2027 is tweede pinksterdag: it goes on Tuesday.
        ("2027-05-17T23:00", "2027-05-10T10:00"),
        ("2027-05-18T09:59", "2027-05-10T10:00"),
        ("2027-05-18T10:00", "2027-05-18T10:00"),
        # Tweede paasdag 2027, the day after the clock went forward; and the Monday after it went back.
        ("2027-03-30T10:00", "2027-03-30T10:00"),
        ("2027-03-30T09:59", "2027-03-22T10:00"),
        ("2027-11-01T10:00", "2027-11-01T10:00"),
        # Over the turn of the year: Mon 27 Dec 2027 is an opening day, Sat 1 January is no Monday.
        ("2028-01-02T12:00", "2027-12-27T10:00"),
    ],
)
def test_the_last_moment(now: str, last: str) -> None:
    days = load_policy("deventer").calendars_open_ended
    assert MONDAY.last_moment(days, instant(now)) == instant(last)


def test_without_a_time_it_goes_when_the_municipality_opens() -> None:
    days = load_policy("deventer").calendars_open_ended
    assert Digest().last_moment(days, instant("2027-05-20T12:00")) == instant("2027-05-18T08:30")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('at = "10:00:00"', 'at = "07:00:00"', "digest.at"),
        ('at = "10:00:00"', 'at = "17:00:00"', "digest.at"),
        ("weekday = 1\n", "weekday = 8\n", "digest.weekday"),
        ("weekday = 1\n", "dag = 1\n", "digest.dag"),
    ],
)
def test_a_moment_that_cannot_be_is_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        with_local(old, new)
