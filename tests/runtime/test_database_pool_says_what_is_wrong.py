"""The connection to PostgreSQL: plain values in and out, and a sentence when there is none."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from runtime.database import DatabaseUnreachable, listening, open_pool
from runtime.settings import Settings
from tests.servers import free_port


def at(url: str) -> Settings:
    return Settings(environment="test", database_url=url)


async def test_json_and_instants_are_plain_values(database: str) -> None:
    async with open_pool(at(database)) as pool:
        value = {"tekst": "één", "lijst": [1, None]}
        assert await pool.fetchval("SELECT $1::jsonb", value) == value
        assert await pool.fetchval("SELECT '2026-05-01 09:00+02'::timestamptz") == datetime(
            2026, 5, 1, 7, 0, tzinfo=UTC
        )
        assert await pool.fetchval("SHOW timezone") == "UTC"


async def test_a_statement_that_hangs_is_ended_by_the_server(database: str) -> None:
    async with open_pool(at(database), application="meedoen-worker") as pool:
        assert await pool.fetchval("SHOW statement_timeout") == "30s"
        assert await pool.fetchval("SHOW lock_timeout") == "10s"
        assert await pool.fetchval("SHOW application_name") == "meedoen-worker"


@pytest.mark.parametrize("wrong", ["port", "password", "name", "address"])
async def test_no_connection_is_a_sentence_without_the_password(database: str, wrong: str) -> None:
    secret = database.split(":")[2].split("@")[0]
    url = {
        "port": f"postgresql://meedoen:{secret}@127.0.0.1:{free_port()}/meedoen",
        "password": database.replace(secret, "heel-geheim"),
        "name": f"{database}_weg",
        "address": f"mysql://meedoen:{secret}@127.0.0.1/x",
    }[wrong]

    with pytest.raises(DatabaseUnreachable, match="MEEDOEN_DATABASE_URL") as refused:
        async with open_pool(at(url)):
            pass

    assert secret not in str(refused.value)
    assert "heel-geheim" not in str(refused.value)


async def test_a_pool_survives_the_loss_of_its_connections(database: str, postgres_url: str) -> None:
    admin = await asyncpg.connect(postgres_url)
    async with open_pool(at(database), largest=1) as pool:
        async with listening(pool, "kanaal") as heard:
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
                database.rpartition("/")[2],
            )
            # Whoever listens is told that nothing will come any more.
            assert await asyncio.wait_for(heard.get(), timeout=20) is None
        assert await pool.fetchval("SELECT 1") == 1
    await admin.close()


async def test_what_is_said_on_a_channel_is_heard_by_who_listens(database: str) -> None:
    async with open_pool(at(database)) as pool, listening(pool, "kanaal") as heard:
        await pool.execute("SELECT pg_notify('ander', 'nee'), pg_notify('kanaal', 'ja')")
        assert await asyncio.wait_for(heard.get(), timeout=20) == "ja"
