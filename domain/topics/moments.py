"""What more happens at the moment of a term, beside what every term does."""

from collections.abc import Callable

from domain.draft import Draft
from domain.journey import Deadline

Moment = Callable[[Draft, Deadline], None]

OPENED: dict[str, Moment] = {}
"""When a waiting time is over (`Counts.opens`), by the key of its term."""
BREACHED: dict[str, Moment] = {}
"""When a term has passed unmet, by its key."""
LAPSED: dict[str, Moment] = {}
"""When a quiet term has passed, by its key."""
STILL_OVER: dict[str, Moment] = {}
"""When a term has stood still until its last day, by the ground of the suspension; each resumes it."""
SETTLED: list[Callable[[Draft], None]] = []
"""What has to agree again after every happening. Cheap, and the same when run twice."""
HOUSEHOLD_SETTLED: list[Callable[[Draft], None]] = []
"""The same for the file of a household."""
RUNS_ON: set[str] = set()
"""Terms that closing a journey does not end, beside those of track bezwaar."""
EXTENDS_AT_MOST: dict[str, str] = {}
"""Terms that can be extended once, by at most the length of another term."""
OWN_EXTENSION: dict[str, str] = {}
"""Terms that are extended by an act of their own, with the sentence that says which."""
ENDED: dict[str, Moment] = {}
"""When a period is over, by the key of its term. Nothing was missed: the term is no breach, it has ended."""
