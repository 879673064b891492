"""The connection to PostgreSQL."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from domain.base import Explained
from runtime.settings import Settings

CONNECT_SECONDS = 5.0
CLOSE_SECONDS = 5.0
CALL_SECONDS = 60.0

_SESSION = {
    "timezone": "UTC",
    # Nothing here takes seconds; what does is stuck, and a stuck statement holds locks.
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    # Longer than sending a mail, which happens while its row is locked.
    "idle_in_transaction_session_timeout": "120s",
}

_TROUBLE = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
UNREACHABLE = (OSError, TimeoutError, *_TROUBLE)
"""What a connection, a pool or a statement may raise when PostgreSQL is not there."""


class DatabaseUnreachable(Explained):
    """PostgreSQL does not answer or does not let us in; the message is a Dutch sentence."""


@asynccontextmanager
async def open_pool(
    settings: Settings, *, application: str = "meedoen", largest: int = 10
) -> AsyncIterator[asyncpg.Pool]:
    """Connections to the database, for ``async with open_pool(settings) as pool``.

    jsonb columns are Python values. Connections that break are replaced when they are next needed.

    Args:
        settings: ``database_url``.
        application: name under which PostgreSQL shows the connections.
        largest: most connections at once.

    Raises:
        DatabaseUnreachable: no answer within five seconds, or no access.
    """
    try:
        pool = await asyncpg.create_pool(
            settings.database_url.get_secret_value(),
            min_size=1,
            max_size=largest,
            timeout=CONNECT_SECONDS,
            command_timeout=CALL_SECONDS,
            server_settings={"application_name": application, **_SESSION},
            init=_prepare,
        )
    except (ValueError, *UNREACHABLE) as error:
        state = getattr(error, "sqlstate", None)
        raise DatabaseUnreachable(
            f"De database antwoordt niet ({type(error).__name__}{f' {state}' if state else ''}). Controleer "
            "of PostgreSQL draait en of MEEDOEN_DATABASE_URL klopt."
        ) from None
    try:
        yield pool
    finally:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await pool.close()
        except TimeoutError:
            pool.terminate()


@asynccontextmanager
async def listening(pool: asyncpg.Pool, channel: str) -> AsyncIterator[asyncio.Queue[str | None]]:
    """What others say on a channel (``pg_notify``), from now on.

    Notifications may be missed while a connection is down: look at the table too.

    Args:
        pool: one of its connections is used meanwhile.
        channel: name of the channel.

    Yields:
        The payloads as they come; None once the connection is gone.
    """
    heard: asyncio.Queue[str | None] = asyncio.Queue()

    def hear(_: Any, __: int, ___: str, payload: str) -> None:
        heard.put_nowait(payload)

    def lost(_: Any) -> None:
        heard.put_nowait(None)

    async with pool.acquire() as connection:
        connection.add_termination_listener(lost)
        await connection.add_listener(channel, hear)
        try:
            yield heard
        finally:
            # A connection that is gone has nothing left to stop.
            with suppress(*UNREACHABLE):
                connection.remove_termination_listener(lost)
                await connection.remove_listener(channel, hear)


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog", format="text"
    )
