"""What the watchdog looks at: one small check each, in no particular order."""

from watchdog.checks.clocks import CLOCKS
from watchdog.checks.failing_tasks import FAILING_TASKS
from watchdog.checks.mail import MAIL
from watchdog.checks.moments import MOMENTS
from watchdog.checks.pollers import POLLERS
from watchdog.checks.records import JOURNAL, MESSAGES, STARTS
from watchdog.checks.registries import REGISTRIES
from watchdog.checks.room import DISKS, WRITES
from watchdog.sources import Check

CHECKS: tuple[Check, ...] = (
    MOMENTS,
    FAILING_TASKS,
    POLLERS,
    MESSAGES,
    JOURNAL,
    STARTS,
    REGISTRIES,
    CLOCKS,
    DISKS,
    WRITES,
    MAIL,
)
