"""What a worker process says about itself in PostgreSQL, and how it hears that its version is over.

A worker whose version is retired ends by itself: whoever upgrades knows which journeys are left on a
version, and the process that started a worker (compose, systemd, a person) need not be asked to stop it.
See docs/decisions/0009-workers-retire-themselves.md.
"""

import asyncio
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from uuid import uuid4

import asyncpg
import structlog

from domain.base import Explained

BEAT_SECONDS = 10.0
GONE_AFTER_SECONDS = 35.0
"""A worker that was not seen for this long counts as dead: three beats and a little."""
_ONE_BEAT_AT_MOST = 8.0

_log = structlog.get_logger(__name__)
_TROUBLE = (
    OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError,
)  # fmt: skip


class VersionRetired(Explained):
    """This version may not work any more; the message is a Dutch sentence."""


class Presence:
    """The row of this process in table ``worker``, for ``async with Presence(...)``.

    A database that is down stops nothing: the row is behind until it is back.

    Args:
        pool: the database.
        build_id: version of this worker's code; empty: without version.
        stop: set once the version is retired, as if SIGTERM had come.
        beat_seconds: how often the row is written.
    """

    def __init__(
        self, pool: asyncpg.Pool, build_id: str, stop: asyncio.Event, *, beat_seconds: float = BEAT_SECONDS
    ) -> None:
        self._pool = pool
        self._build_id = build_id
        self._stop = stop
        self._beat_seconds = beat_seconds
        self._instance = uuid4().hex
        self._started_at = datetime.now(UTC)
        self._beating: asyncio.Task[None] | None = None
        self._silent = False

    async def __aenter__(self) -> Self:
        """Say that this process is there.

        Raises:
            VersionRetired: its version was retired before it started.
        """
        if await self._beat():
            await self._write(_STOPPED, self._instance)
            raise VersionRetired(_RETIRED.format(version=_named(self._build_id)))
        await self._write(_FORGET)
        self._beating = asyncio.create_task(self._go_on())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say that this process ends in order."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        await self._write(_STOPPED, self._instance)

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(self._beat_seconds)
            if await self._beat() and not self._stop.is_set():
                _log.info(
                    "deze versie is afgelost; de worker maakt af wat loopt en stopt", versie=self._build_id
                )
                self._stop.set()

    async def _beat(self) -> bool:
        """Write the row; True: the version is retired. Not knowing is not retired."""
        return bool(
            await self._write(_SEEN, self._instance, self._build_id, self._started_at, datetime.now(UTC))
        )

    async def _write(self, statement: str, *values: object) -> object:
        try:
            async with asyncio.timeout(_ONE_BEAT_AT_MOST):
                said: object = await self._pool.fetchval(statement, *values)
        except _TROUBLE as error:
            if not self._silent:
                _log.warning("aanwezigheid niet bijgewerkt", reden=type(error).__name__)
            self._silent = True
            return None
        self._silent = False
        return said


def _named(build_id: str) -> str:
    return f"Versie {build_id!r}" if build_id else "Werken zonder versie (MEEDOEN_BUILD_ID is leeg)"


_RETIRED = (
    "{version} is afgelost: alle klantroutes zijn overgestapt en deze worker zou niets te doen krijgen. Start "
    "een worker van de versie die nu geldt, of ga met 'meedoen upgrade --to' terug naar deze."
)
_SEEN = """
    INSERT INTO worker (instance, build_id, started_at, seen_at, local_at)
    VALUES ($1, $2, $3, now(), $4)
    ON CONFLICT (instance) DO UPDATE SET seen_at = now(), local_at = excluded.local_at
    RETURNING EXISTS (SELECT FROM worker_version v WHERE v.build_id = $2)
"""
_STOPPED = "UPDATE worker SET stopped_at = now(), seen_at = now() WHERE instance = $1"
_FORGET = "DELETE FROM worker WHERE coalesce(stopped_at, seen_at) < now() - interval '30 days'"
