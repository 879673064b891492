"""Dwangsom: what a municipality owes for every day that it decides too late (Awb par. 4.1.3.2).

It runs when the decision term has passed and a written ingebrekestelling came, and then two weeks more.
Amounts are policy (policies/landelijk.toml), because they are indexed (Awb 4:17 lid 2).
"""

from datetime import date, timedelta

from pydantic import Field

from domain.base import Carried
from domain.calendars import ONE_DAY

FIRST_DAY_READING = "dwangsom_eerste_dag"
"""The setting that says which day is the first; the text of Awb 4:17 lid 3 leaves a day open."""
LAST_OF_TWO_WEEKS = "laatste_dag"
"""Reading: the day on which the two weeks are over. The default, ``dag_erna``, is the day after it."""


class PenaltyStep(Carried):
    """So many days at so much a day."""

    days: int = Field(ge=1)
    euro: int = Field(ge=1)


class PenaltyLine(Carried):
    """One step on the calendar: both days included."""

    since: date
    through: date
    euro_per_day: int
    euro: int
    total_euro: int
    """Owed when the decision comes after the last day of this line."""


class Dwangsom(Carried):
    """The amounts, in the order in which they run. Several applicants share one dwangsom (4:17 lid 6)."""

    source: str = ""
    steps: tuple[PenaltyStep, ...] = ()

    @property
    def days(self) -> int:
        """For how many days it runs at most: 42."""
        return sum(step.days for step in self.steps)

    @property
    def maximum_euro(self) -> int:
        """What it comes to after all those days: € 1442."""
        return self.after(self.days)

    def after(self, days: int) -> int:
        """What is owed in euros after so many days; days before the first count as none."""
        owed, left = 0, max(0, days)
        for step in self.steps:
            owed += min(left, step.days) * step.euro
            left -= min(left, step.days)
        return owed

    def lines(self, first: date) -> tuple[PenaltyLine, ...]:
        """The same on the calendar, from its first day. No day is left out: it runs on free days too."""
        found: list[PenaltyLine] = []
        since, total = first, 0
        for step in self.steps:
            through = since + timedelta(days=step.days - 1)
            total += step.days * step.euro
            found.append(
                PenaltyLine(
                    since=since,
                    through=through,
                    euro_per_day=step.euro,
                    euro=step.days * step.euro,
                    total_euro=total,
                )
            )
            since = through + ONE_DAY
        return tuple(found)


def first_day(last_of_two_weeks: date, reading: str) -> date:
    """The first day for which a dwangsom is owed (Awb 4:17 lid 3).

    Args:
        last_of_two_weeks: the last day of the two weeks after the ingebrekestelling, rolled.
        reading: policy ``dwangsom_eerste_dag``.
    """
    return last_of_two_weeks if reading == LAST_OF_TWO_WEEKS else last_of_two_weeks + ONE_DAY
