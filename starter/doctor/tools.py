"""What several checks share: one connection to PostgreSQL and one to Temporal, opened when first asked for."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from types import TracebackType
from typing import Self

import asyncpg
from temporalio.client import Client

from runtime.database import open_pool
from runtime.settings import Settings
from runtime.temporal import connect


class Tools:
    """Use it as an async context manager; at the end everything is closed."""

    rpc = timedelta(seconds=5)
    """For one question to Temporal."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open = AsyncExitStack()
        self._opening_pool, self._connecting = asyncio.Lock(), asyncio.Lock()
        self._pool: asyncpg.Pool | None = None
        self._temporal: Client | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def pool(self) -> asyncpg.Pool:
        """Connections to PostgreSQL.

        Raises:
            DatabaseUnreachable: it does not answer, or does not let us in.
        """
        async with self._opening_pool:
            if self._pool is None:
                opening = open_pool(self._settings, application="meedoen-doctor", largest=3)
                self._pool = await self._open.enter_async_context(opening)
            return self._pool

    async def temporal(self) -> Client:
        """A client that reads no payload.

        Raises:
            TemporalUnreachable: it does not answer.
        """
        async with self._connecting:
            if self._temporal is None:
                self._temporal = await connect(self._settings, None)
            return self._temporal
