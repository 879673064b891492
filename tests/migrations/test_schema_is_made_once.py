"""Migrating: all of it or nothing, once, whoever asks at the same time."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from migrations.run import MigrationError, upgrade
from starter.stack import postgres
from tests import servers
from tests.servers import SharedPostgres


@pytest_asyncio.fixture(loop_scope="session")
async def empty(_shared_postgres: SharedPostgres) -> AsyncIterator[str]:
    """A database without any table."""
    async with servers.fresh_database(_shared_postgres, "template1") as url:
        yield url.replace(f"//{postgres.ROLE}:", f"//{postgres.OWNER}:")


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        records = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {record["tablename"] for record in records}
    finally:
        await connection.close()


async def test_processes_that_migrate_at_the_same_time_make_one_schema(empty: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(upgrade, empty) for _ in range(4)))

    assert {"client", "journey", "journal", "term_row", "task_row", "outbox", "staff"} <= await tables(empty)


async def test_migrating_again_keeps_what_is_there(owner_database: str) -> None:
    database = owner_database
    connection = await asyncpg.connect(database)
    await connection.execute("INSERT INTO client_counter VALUES ('deventer', 41)")

    await asyncio.to_thread(upgrade, database)

    assert await connection.fetchval("SELECT last_client_number FROM client_counter") == 41
    await connection.close()


async def test_a_migration_that_fails_leaves_nothing(empty: str) -> None:
    connection = await asyncpg.connect(empty)
    # The last table but one is in the way.
    await connection.execute("CREATE TABLE look_up (id bigint)")
    await connection.close()

    with pytest.raises(MigrationError):
        await asyncio.to_thread(upgrade, empty)

    assert await tables(empty) == {"look_up"}


async def test_a_database_that_does_not_answer_gives_a_sentence_without_the_password() -> None:
    url = f"postgresql://meedoen:heel-geheim@127.0.0.1:{servers.free_port()}/meedoen"

    with pytest.raises(MigrationError, match="MEEDOEN_DATABASE_URL") as refused:
        await asyncio.to_thread(upgrade, url)

    assert "heel-geheim" not in str(refused.value)


async def test_the_command_migrates_the_database_of_the_settings(empty: str, tmp_path: Path) -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "migrations"],
        env={**os.environ, "MEEDOEN_DATABASE_URL": empty},
        # Not in the folder of the project: a demo that was run there left its settings.
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout.strip()) == (0, "De database is bij."), done.stderr
    assert "journal" in await tables(empty)


async def test_the_command_says_in_a_sentence_that_it_failed() -> None:
    url = f"postgresql://meedoen@127.0.0.1:{servers.free_port()}/meedoen"
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "migrations"],
        env={**os.environ, "MEEDOEN_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("De database kon niet worden bijgewerkt")
    assert "Traceback" not in done.stderr


async def test_what_the_first_release_left_is_shown_by_the_next(empty: str) -> None:
    await asyncio.to_thread(upgrade, empty, "0001")
    connection = await asyncpg.connect(empty)
    for statement in (
        """
        INSERT INTO client (gemeente, client_number, data_key_id, data_key, registered_at)
        SELECT 'deventer', number, 'k', 'x', now() FROM generate_series(1, 2) AS number
        """,
        """
        INSERT INTO journey (journey_id, gemeente, client_number, journey_number, status, current, stage,
            next_wake, seq, registered_at, updated_at)
        VALUES
            ('klantroute-deventer-1-1', 'deventer', 1, 1, 'open', true, 'intake', '2026-05-08T07:00Z', 4,
                now(), now()),
            ('klantroute-deventer-2-1', 'deventer', 2, 1, 'aangemeld', true, '', NULL, 0, now(), now())
        """,
        """
        INSERT INTO task (journey_id, id, kind, role, team, text, reasons, opened_at, outcome)
        VALUES ('klantroute-deventer-1-1', 't1', 'k', 'r', 't', 'Bel.', '{}', now(), '')
        """,
    ):
        await connection.execute(statement)

    await asyncio.to_thread(upgrade, empty)

    rows = await connection.fetch("SELECT status, stage, seq FROM overview ORDER BY client_number")
    assert [tuple(row) for row in rows] == [("open", "intake", 4), ("aangemeld", "", 0)]
    assert await connection.fetchval("SELECT text FROM task") == "Bel."
    await connection.close()
