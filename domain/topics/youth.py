"""Younger than 27: when one may apply, school first, and the birthdays that change what holds.

These rules follow facts and not the route: the papers about school of a young partner are asked for on route
regulier too (Pw art. 41 lid 5), and the zoektermijn holds for a young statushouder as well (art. 41 lid 8).
"""

from domain.declaration import ActSpec
from domain.draft import Draft
from domain.facts import Facts


def school_first(draft: Draft, facts: Facts) -> None:
    """Route jongere: somebody finds out whether school is possible before anything else."""


ACTS: tuple[ActSpec, ...] = ()
