"""A worker's row in PostgreSQL, and its end when its version is over."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from runtime.database import open_pool
from runtime.presence import Presence, VersionRetired
from runtime.settings import Settings

OFTEN = 0.05


def settings(database: str) -> Settings:
    return Settings(database_url=SecretStr(database))


async def until(pool: asyncpg.Pool, query: str, *values: Any) -> None:
    async with asyncio.timeout(20):
        while not await pool.fetchval(query, *values):
            await asyncio.sleep(0.02)


async def test_the_row_is_kept_fresh_and_closed_in_order(database: str) -> None:
    async with open_pool(settings(database)) as pool:
        before = await pool.fetchval("SELECT now()")
        async with Presence(pool, "0.2.0", asyncio.Event(), beat_seconds=OFTEN):
            row = await pool.fetchrow("SELECT * FROM worker")
            assert (row["build_id"], row["stopped_at"]) == ("0.2.0", None)
            assert row["seen_at"] >= before
            assert abs(row["local_at"] - datetime.now(UTC)) < timedelta(minutes=1)
            assert abs(row["started_at"] - row["local_at"]) < timedelta(minutes=1)
            await until(pool, "SELECT seen_at > $1 FROM worker", row["seen_at"])
            async with Presence(pool, "0.2.0", asyncio.Event()):
                assert await pool.fetchval("SELECT count(*) FROM worker") == 2
        assert await pool.fetchval("SELECT count(*) FROM worker WHERE stopped_at IS NULL") == 0


async def test_a_retired_version_asks_for_an_orderly_end(database: str) -> None:
    stop, other = asyncio.Event(), asyncio.Event()
    async with open_pool(settings(database)) as pool:
        async with (
            Presence(pool, "0.1.0", stop, beat_seconds=OFTEN),
            Presence(pool, "0.2.0", other, beat_seconds=OFTEN),
        ):
            await pool.execute("INSERT INTO worker_version VALUES ('0.1.0', now())")
            await asyncio.wait_for(stop.wait(), 20)
            seen = await pool.fetchval("SELECT max(seen_at) FROM worker WHERE build_id = '0.1.0'")
            # It is still there while it finishes its work.
            await until(pool, "SELECT max(seen_at) > $1 FROM worker WHERE build_id = '0.1.0'", seen)
            assert not other.is_set()


async def test_a_retired_version_may_not_start(database: str) -> None:
    async with open_pool(settings(database)) as pool:
        await pool.execute("INSERT INTO worker_version VALUES ('0.1.0', now())")
        with pytest.raises(VersionRetired, match=r"Versie '0\.1\.0' is afgelost") as caught:
            async with Presence(pool, "0.1.0", asyncio.Event()):
                raise AssertionError("it started")
        assert "meedoen upgrade --to" in str(caught.value)
        assert await pool.fetchval("SELECT count(*) FROM worker WHERE stopped_at IS NULL") == 0
        await pool.execute("DELETE FROM worker_version")
        async with Presence(pool, "0.1.0", asyncio.Event()):
            assert await pool.fetchval("SELECT count(*) FROM worker WHERE stopped_at IS NULL") == 1


async def test_a_database_that_is_down_stops_no_worker(database: str, postgres_url: str) -> None:
    name = database.rpartition("/")[2]
    superuser = await asyncpg.connect(postgres_url)
    stop = asyncio.Event()
    try:
        async with open_pool(settings(database)) as pool:
            async with Presence(pool, "0.2.0", stop, beat_seconds=OFTEN) as presence:
                await superuser.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
                await superuser.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
                )
                async with asyncio.timeout(20):
                    while not presence._silent:
                        await asyncio.sleep(0.02)
                assert not stop.is_set()
                back = await superuser.fetchval("SELECT now()")
                await superuser.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
                async with asyncio.timeout(20):
                    while presence._silent:
                        await asyncio.sleep(0.02)
                await until(pool, "SELECT seen_at > $1 FROM worker", back)
            assert not stop.is_set()
            assert await pool.fetchval("SELECT stopped_at IS NOT NULL FROM worker")
    finally:
        await superuser.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await superuser.close()


async def test_rows_of_long_ago_are_cleared_away(database: str) -> None:
    async with open_pool(settings(database)) as pool:
        long_ago = datetime.now(UTC) - timedelta(days=40)
        await pool.execute("INSERT INTO worker VALUES ('oud', '0.1.0', $1, $1, $1, NULL)", long_ago)
        async with Presence(pool, "0.2.0", asyncio.Event()):
            assert await pool.fetchval("SELECT count(*) FROM worker WHERE instance = 'oud'") == 0
