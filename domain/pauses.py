"""What stands still while somebody is ill, away or exempt.

Illness, a pause and an exemption make the municipality's own promises wait, never a term of law. How many
days a term lost follows from the flags alone, so it does not matter in which order people heard of them.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from domain.calendars import ONE_DAY
from domain.journey import Flag, FlagKind
from domain.terms import Kind, TermRule

_MNA_TERMS = frozenset({"plan", "start_mna", "herplaatsing", "check_in"})
_WAITS_FOR: dict[FlagKind, frozenset[str]] = {
    FlagKind.ZIEK: _MNA_TERMS,
    FlagKind.PAUZE: _MNA_TERMS,
    # Who is exempt may still take part and still has somebody who keeps in touch.
    FlagKind.ONTHEFFING: frozenset({"start_mna", "herplaatsing"}),
}


class StoodStill(NamedTuple):
    """What flags did to a term."""

    days: int
    """Days that it lost to what is over."""
    because: Flag | None = None
    """What still holds it; None: it runs."""
    first: date | None = None
    last: date | None = None
    """The first and the last of the days that it lost."""


def can_wait(rule: TermRule) -> bool:
    """Whether a pause touches this term at all. Terms of law run on, whatever happens to somebody."""
    return rule.kind is not Kind.STATUTORY and any(rule.key in keys for keys in _WAITS_FOR.values())


def stood_still(flags: Iterable[Flag], key: str, after: date, end: date) -> StoodStill:
    """How many days a term lost.

    Args:
        flags: everything that holds or held.
        key: which term.
        after: the day of its start event; the day after it is the first that counts.
        end: its last day, had nothing held.
    """
    holding = [flag for flag in flags if key in _WAITS_FOR.get(flag.kind, ())]
    if not holding:
        return StoodStill(0)
    lost: list[date] = []
    left, day, because = (end - after).days, after, None
    while left > 0 and because is None:
        day += ONE_DAY
        held = [flag for flag in holding if flag.since <= day and (flag.ended is None or day < flag.ended)]
        because = next((flag for flag in held if flag.ended is None), None)
        if held:
            if because is None:
                lost.append(day)
        else:
            left -= 1
    return StoodStill(len(lost), because, *((lost[0], lost[-1]) if lost else ()))
