"""What checks look at."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import asyncpg
from temporalio.client import Client

from domain.clock import Clock
from runtime.demo_clock import clock_of
from runtime.settings import Settings
from watchdog.trouble import Trouble

RPC = timedelta(seconds=10)
"""For one question to Temporal."""

POSTGRESQL, TEMPORAL = "postgresql", "temporal"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Sources:
    """PostgreSQL and Temporal, as far as they answered in this round.

    Args:
        settings: of this process.
        pool: None: PostgreSQL does not answer.
        client: None: Temporal does not answer.
        now: the clock of this machine.
        clock: by which clock journeys live.
    """

    settings: Settings
    pool: asyncpg.Pool | None = None
    client: Client | None = None
    now: Callable[[], datetime] = _now
    clock: Callable[[Settings], Clock] = clock_of

    @property
    def database(self) -> asyncpg.Pool:
        """For checks that need PostgreSQL."""
        assert self.pool is not None
        return self.pool

    @property
    def temporal(self) -> Client:
        """For checks that need Temporal."""
        assert self.client is not None
        return self.client

    @property
    def grace(self) -> timedelta:
        """How late something may be, in real time."""
        return timedelta(seconds=self.settings.watchdog_grace_seconds)


class Check(NamedTuple):
    """One thing to look at."""

    name: str
    """In Dutch, for logs and for the sentence when the check itself fails."""
    look: Callable[[Sources], Awaitable[Sequence[Trouble]]]
    needs: frozenset[str] = frozenset()
    """What must answer; while it does not, the check is silent."""
    causes: tuple[str, ...] = ()
    """Those that are known beforehand, for the metric."""
