"""What more happens at the moment of a term, beside what every term does."""

from collections.abc import Callable

from domain.draft import Draft
from domain.journey import Deadline

Moment = Callable[[Draft, Deadline], None]

OPENED: dict[str, Moment] = {}
"""When a waiting time is over (`Counts.opens`), by the key of its term."""
BREACHED: dict[str, Moment] = {}
"""When a term has passed unmet, by its key."""
ENDED: dict[str, Moment] = {}
"""When a period is over, by the key of its term. Nothing was missed: the term is no breach, it has ended."""
