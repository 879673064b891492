"""What the worker checks about itself, for whoever watches it."""

from collections.abc import Awaitable, Callable, Mapping

import asyncpg
from temporalio.client import Client

Check = Callable[[], Awaitable[str | None]]
"""None: well; else a sentence that says what is wrong."""


def checks(client: Client, pool: asyncpg.Pool, outbox: Check) -> Mapping[str, Check]:
    """One check per thing that the worker cannot do without.

    Args:
        client: the connection to Temporal.
        pool: the database.
        outbox: whether messages wait too long.
    """

    async def temporal() -> str | None:
        if await client.service_client.check_health():
            return None
        return "Temporal antwoordt, maar zegt dat het niet gezond is. Kijk in het logboek van Temporal."

    async def postgresql() -> str | None:
        await pool.fetchval("SELECT 1")
        return None

    return {"temporal": temporal, "postgresql": postgresql, "berichten": outbox}
