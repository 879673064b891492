"""A backup is whole or it is not there; it is proved, put back beside what there is, and readable."""

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from activities.clients import Clients
from activities.journal import Journal
from runtime.database import open_pool
from runtime.keys import KeyRing
from starter.stack import postgres, temporal_server
from tests.activities.told import breached, register
from tests.servers import free_port
from tests.starter.stand import Said, Stand, stand

BSNS = ("999900006", "999900018", "999900031")


@pytest_asyncio.fixture(loop_scope="session")
async def place(database: str, postgres_url: str, tmp_path: Path) -> AsyncIterator[Stand]:
    """The product without a worker, with the addresses that an administrator has."""
    async with stand(
        database,
        tmp_path,
        worker=False,
        OWNER_DATABASE_URL=database.replace(f"//{postgres.ROLE}:", f"//{postgres.OWNER}:"),
        SUPERUSER_DATABASE_URL=postgres_url,
    ) as product:
        yield product
    name = database.rpartition("/")[2]
    connection = await asyncpg.connect(postgres_url)
    for row in await connection.fetch("SELECT datname FROM pg_database WHERE datname LIKE $1", f"{name}_%"):
        await connection.execute(f'DROP DATABASE "{row["datname"]}" WITH (FORCE)')
    await connection.close()


async def write(place: Stand, *bsns: str) -> None:
    """Journeys with a whole ladder told, in the journal."""
    keys = KeyRing.load(place.settings.key_file)
    async with open_pool(place.settings) as pool:
        for bsn in bsns:
            told = breached(await register(Clients(pool, keys), bsn=bsn))
            await Journal(pool, keys, place.settings.mail_domain).write(told.entries())


async def only_backup(place: Stand, *more: str) -> Path:
    said = await place.meedoen("backup", "kopie", "--only", "postgresql", "--json", *more)
    assert said.code == 0, said.err
    return Path(said.json["folder"])


async def restore(place: Stand, folder: Path, *more: str) -> Said:
    return await place.meedoen("restore", str(folder), "--only", "postgresql", "--yes", *more)


async def databases(postgres_url: str, place: Stand) -> set[str]:
    """The databases of this test, by what comes after the name."""
    name = place.settings.database_url.get_secret_value().rpartition("/")[2]
    connection = await asyncpg.connect(postgres_url)
    rows = await connection.fetch("SELECT datname FROM pg_database WHERE starts_with(datname, $1)", name)
    await connection.close()
    return {row["datname"].removeprefix(name) for row in rows}


def manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return found


async def test_what_was_saved_while_people_write_is_put_back_and_readable(
    place: Stand, postgres_url: str
) -> None:
    await write(place, BSNS[0])
    await write(place, BSNS[1])
    busy = asyncio.create_task(write_on(place))
    folder = await only_backup(place)
    busy.cancel()
    await asyncio.gather(busy, return_exceptions=True)
    saved = manifest(folder)["contents"]
    assert saved["journeys"] >= 2
    assert {path.stat().st_mode & 0o077 for path in (folder, *folder.rglob("*"))} == {0}
    assert "password" not in (folder / "manifest.json").read_text()
    await write(place, BSNS[2])

    proved = await place.meedoen("backup", "--check", str(folder))
    assert (proved.code, proved.out[:3]) == (0, "Ja:")
    assert await databases(postgres_url, place) == {""}

    said = await restore(place, folder)

    assert said.code == 0, said.err
    assert "Sindsdien kwamen er" in said.err
    for step in ("python -m migrations", "meedoen reconcile --repair", "meedoen verify"):
        assert step in said.out
    keys = KeyRing.load(place.settings.key_file)
    async with open_pool(place.settings) as pool:
        journal = Journal(pool, keys, place.settings.mail_domain)
        ids = [row["journey_id"] for row in await pool.fetch("SELECT journey_id FROM overview")]
        assert (len(ids), await pool.fetchval("SELECT count(*) FROM journal")) == (
            saved["journeys"], saved["entries"],
        )  # fmt: skip
        for journey_id in ids:
            assert await journal.verify(journey_id) == []
            # One that was registered at that very moment has no entry yet.
            assert (await journal.state(journey_id) is None) == (not await journal.entries(journey_id))
        # The program's own role adds to the journal and does not change it.
        for statement in ("UPDATE journal SET name = name", "DELETE FROM journal", "TRUNCATE journal"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await pool.execute(statement)
    await write(place, BSNS[2])
    # What was there is there still, under another name.
    [kept] = await databases(postgres_url, place) - {""}
    assert kept.startswith("_voor_herstel_")
    assert kept in said.out


async def write_on(place: Stand) -> None:
    number = 0
    keys = KeyRing.load(place.settings.key_file)
    async with open_pool(place.settings) as pool:
        while True:
            number += 1
            told = breached(await register(Clients(pool, keys), bsn=None, identity=f"kenmerk:{number}"))
            await Journal(pool, keys, place.settings.mail_domain).write(told.entries())


async def test_the_doors_of_the_database_stay_as_they_were(
    place: Stand, postgres_url: str, database: str
) -> None:
    name = database.rpartition("/")[2]
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')
    await admin.execute(f'GRANT CONNECT ON DATABASE "{name}" TO {postgres.ROLE}')
    before = await admin.fetchval("SELECT datacl::text FROM pg_database WHERE datname = $1", name)
    said = await restore(place, await only_backup(place))
    assert said.code == 0, said.err
    after = await admin.fetchval("SELECT datacl::text FROM pg_database WHERE datname = $1", name)
    await admin.close()
    assert sorted(after.strip("{}").split(",")) == sorted(before.strip("{}").split(","))


async def test_clients_that_were_erased_since_are_named_so_that_they_are_erased_again(
    place: Stand,
) -> None:
    keys = KeyRing.load(place.settings.key_file)
    async with open_pool(place.settings) as pool:
        ended = breached(await register(Clients(pool, keys))).act(
            "2026-06-01T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="op eigen verzoek"
        )
        await Journal(pool, keys, place.settings.mail_domain).write(ended.entries())
    folder = await only_backup(place)
    async with open_pool(place.settings) as pool:
        await Clients(pool, keys).erase("deventer", 1)
    said = await restore(place, folder)
    assert said.code == 0, said.err
    assert "deventer-1. Wis ze opnieuw" in said.out


async def test_a_damaged_backup_is_refused_by_name_and_changes_nothing(
    place: Stand, postgres_url: str
) -> None:
    await write(place, BSNS[0])
    folder = await only_backup(place)
    for file, expected in (
        ("meedoen.dump", "meedoen.dump is veranderd"),
        ("beleid/deventer.toml", "beleid/deventer.toml is veranderd"),
        ("manifest.json", "manifest.json"),
    ):
        broken = folder.with_name("kapot")
        shutil.rmtree(broken, ignore_errors=True)
        shutil.copytree(folder, broken)
        content = bytearray((broken / file).read_bytes())
        content[len(content) // 2] ^= 1
        (broken / file).write_bytes(content)
        for said in (await restore(place, broken), await place.meedoen("backup", "--check", str(broken))):
            assert said.code == 2
            assert expected in said.err
            assert "Traceback" not in said.err
    (folder / "meedoen.dump").unlink()
    assert "meedoen.dump ontbreekt" in (await restore(place, folder)).err
    assert await databases(postgres_url, place) == {""}


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


async def test_a_backup_that_is_killed_leaves_nothing_that_looks_whole(place: Stand, tmp_path: Path) -> None:
    slow = tmp_path / "traag"
    for name in ("pg_dump", "pg_restore"):
        program(
            slow,
            name,
            '[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99.1" && exit\n'
            f"echo half > {tmp_path}/half\nexec sleep 60",
        )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "starter.cli",
        "backup", "kopie", "--only", "postgresql",
        env=place.environment | {"MEEDOEN_POSTGRES_PROGRAMS": str(slow)}, cwd=tmp_path, start_new_session=True,
    )  # fmt: skip
    async with asyncio.timeout(30):
        while not (tmp_path / "half").exists():
            await asyncio.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    await process.wait()

    [left] = (tmp_path / "kopie").iterdir()
    assert left.name.startswith(".bezig-")
    assert "geen hele reservekopie" in (await restore(place, left)).err
    # The next one is not in its way, and one that is stopped in order cleans up.
    folder = await only_backup(place)
    assert manifest(folder)["contents"]["journeys"] == 0


async def test_a_restore_that_fails_leaves_the_database_as_it_was(
    place: Stand, postgres_url: str, tmp_path: Path
) -> None:
    await write(place, BSNS[0])
    folder = await only_backup(place)
    broken = tmp_path / "stuk"
    for name in ("pg_dump", "pg_restore"):
        program(
            broken,
            name,
            '[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99.1" && exit\necho "disk full" >&2\nexit 1',
        )
    said = await place.meedoen(
        "restore", str(folder), "--only", "postgresql", "--yes", MEEDOEN_POSTGRES_PROGRAMS=str(broken)
    )
    assert said.code == 2
    assert "pg_restore is mislukt" in said.err
    assert "disk full" in said.err
    assert await databases(postgres_url, place) == {""}
    failed = await place.meedoen(
        "backup", "nieuw", "--only", "postgresql", MEEDOEN_POSTGRES_PROGRAMS=str(broken)
    )
    assert failed.code == 2
    assert list((tmp_path / "nieuw").iterdir()) == []


async def test_programs_that_are_too_old_are_refused_by_version(place: Stand, tmp_path: Path) -> None:
    for name in ("pg_dump", "pg_restore"):
        program(tmp_path / "oud", name, 'echo "pg_dump (PostgreSQL) 9.6.1"')
    said = await place.meedoen(
        "backup", "kopie", "--only", "postgresql", MEEDOEN_POSTGRES_PROGRAMS=str(tmp_path / "oud")
    )
    assert said.code == 2
    assert "oud (versie 9)" in said.err
    assert "MEEDOEN_POSTGRES_PROGRAMS" in said.err


async def test_wrong_or_missing_keys_are_said_in_a_sentence(place: Stand, tmp_path: Path) -> None:
    await write(place, BSNS[0])
    folder = await only_backup(place)
    assert not [path for path in folder.rglob("*") if "key" in path.name]
    KeyRing.create(tmp_path / "andere" / "keys.json")
    for file, words in (
        (tmp_path / "andere" / "keys.json", "horen niet bij deze reservekopie"),
        (tmp_path / "weg.json", "Zonder sleutels"),
    ):
        for command in (("restore", str(folder), "--yes"), ("backup", "--check", str(folder))):
            said = await place.meedoen(*command, MEEDOEN_KEY_FILE=str(file))
            assert said.code == 2
            assert words in said.err
            assert "kluis" in said.err


async def test_keys_are_copied_apart_for_the_owner_only(place: Stand, tmp_path: Path) -> None:
    said = await place.meedoen("backup-keys", "sleutels.json")
    assert said.code == 0
    assert "kluis" in said.out
    copy = tmp_path / "sleutels.json"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert KeyRing.load(copy).key_ids == ("k1",)
    assert "bestaat al" in (await place.meedoen("backup-keys", "sleutels.json")).err
    folder = await only_backup(place)
    inside = await place.meedoen("backup-keys", str(folder / "sleutels.json"))
    assert (inside.code, "ligt in een reservekopie" in inside.err) == (2, True)


async def test_nothing_is_put_back_under_a_process_that_works_or_without_a_yes(
    place: Stand, postgres_url: str
) -> None:
    folder = await only_backup(place)
    async with open_pool(place.settings) as pool:
        said = await restore(place, folder)
        assert said.code == 2
        assert "dit draait nog: meedoen in database" in said.err
        await pool.execute(
            "INSERT INTO worker (instance, build_id, started_at, seen_at, local_at) "
            "VALUES ('w', '', now(), now(), now())"
        )
    said = await restore(place, folder)
    assert "een worker" in said.err
    asked = await place.meedoen("restore", str(folder), "--force")
    assert (asked.code, "--yes" in asked.err) == (2, True)
    assert await databases(postgres_url, place) == {""}
    forced = await restore(place, folder, "--force")
    assert forced.code == 0, forced.err


async def test_both_sides_need_a_place_that_is_known(place: Stand) -> None:
    said = await place.meedoen("backup", "kopie")
    assert said.code == 2
    assert "MEEDOEN_TEMPORAL_DATABASE_URLS" in said.err


async def test_databases_of_temporal_go_along_in_production(
    place: Stand, postgres_url: str, database: str
) -> None:
    owner = place.settings.owner_url
    name = database.rpartition("/")[2]
    admin = await asyncpg.connect(postgres_url)
    urls = []
    for side in ("_temporal", "_visibility"):
        await admin.execute(f'CREATE DATABASE "{name}{side}" OWNER {postgres.OWNER}')
        urls.append(f"{owner}{side}")
        connection = await asyncpg.connect(urls[-1])
        await connection.execute("CREATE TABLE executions AS SELECT 1 AS shard")
        await connection.close()
    both = " ".join(urls)
    made = await place.meedoen("backup", "kopie", "--json", MEEDOEN_TEMPORAL_DATABASE_URLS=both)
    assert made.code == 0, made.err
    assert made.json["manifest"]["temporal_at"] < made.json["manifest"]["made_at"]
    connection = await asyncpg.connect(urls[0])
    await connection.execute("INSERT INTO executions VALUES (2)")
    await connection.close()
    said = await place.meedoen(
        "restore", made.json["folder"], "--yes", "--only", "temporal", MEEDOEN_TEMPORAL_DATABASE_URLS=both
    )
    assert said.code == 0, said.err
    connection = await asyncpg.connect(urls[0])
    assert await connection.fetchval("SELECT count(*) FROM executions") == 1
    await connection.close()
    await admin.close()
    kept = {name.partition("_voor")[0] for name in await databases(postgres_url, place) if "_voor_" in name}
    assert kept == {"_temporal", "_visibility"}


async def test_temporal_of_the_local_stack_is_saved_while_it_runs_and_put_back_when_it_does_not(
    place: Stand, tmp_path: Path
) -> None:
    port = free_port()
    there = {"MEEDOEN_TEMPORAL_ADDRESS": f"127.0.0.1:{port}"}

    async def server() -> WorkflowEnvironment:
        return await WorkflowEnvironment.start_local(
            dev_server_existing_path=str(temporal_server.program()),
            dev_server_log_level="error",
            dev_server_database_filename=str(tmp_path / "temporal.db"),
            dev_server_extra_args=["--sqlite-pragma", "journal_mode=WAL"],
            port=port,
        )

    running = await server()
    await running.client.start_workflow("Iets", id="toen", task_queue="niemand")
    made = await place.meedoen("backup", "kopie", "--json", **there)
    assert made.code == 0, made.err
    await running.client.start_workflow("Iets", id="later", task_queue="niemand")
    folder = made.json["folder"]
    refused = await place.meedoen("restore", folder, "--yes", "--only", "temporal", **there)
    assert (refused.code, "Temporal" in refused.err) == (2, True)
    await running.shutdown()
    assert (await place.meedoen("backup", "--check", folder)).out.startswith("Ja:")

    said = await place.meedoen("restore", folder, "--yes", "--only", "temporal", **there)

    assert said.code == 0, said.err
    [kept] = [
        path
        for path in tmp_path.glob("temporal.db.voor_herstel_*")
        if not path.name.endswith(("-wal", "-shm"))
    ]
    assert kept.name in said.out
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    running = await server()
    known = [found.id async for found in running.client.list_workflows()]
    await running.shutdown()
    assert known == ["toen"]


@pytest.mark.long
async def test_the_local_stack_puts_back_with_nothing_running(tmp_path: Path) -> None:
    from migrations.run import upgrade
    from runtime.settings import Settings
    from starter.backup.local_server import local_postgres
    from starter.backup.places import Places
    from starter.stack.folder import StackFolder

    folder = StackFolder(tmp_path / ".meedoen")
    folder.make()
    KeyRing.create(folder.keys)
    cluster = await asyncio.to_thread(
        postgres.open_cluster, folder.postgres, folder.postgres_password, durable=False
    )
    with closing(sqlite3.connect(folder.temporal_database)) as connection:
        connection.execute("CREATE TABLE executions AS SELECT 1 AS shard")
    port = free_port()
    values = {
        "ENVIRONMENT": "demo",
        "DATABASE_URL": cluster.url(port),
        "OWNER_DATABASE_URL": cluster.url(port, postgres.OWNER),
        "KEY_FILE": str(folder.keys),
        "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}",
    }
    settings = Settings(_env_file=None, **{name.lower(): value for name, value in values.items()})  # type: ignore[arg-type]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MEEDOEN_")}
    environment |= {f"MEEDOEN_{name}": value for name, value in values.items()}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    here = Stand(settings, environment, None, tmp_path)  # type: ignore[arg-type]
    try:
        async with local_postgres(Places.of(settings)):
            await asyncio.to_thread(upgrade, settings.owner_url)
            await write(here, BSNS[0])
            made = await here.meedoen("backup", "kopie", "--json")
            assert made.code == 0, made.err
            await write(here, BSNS[1])
        said = await here.meedoen("restore", made.json["folder"], "--yes")
        assert said.code == 0, said.err
        async with local_postgres(Places.of(settings)), open_pool(settings) as pool:
            assert await pool.fetchval("SELECT count(*) FROM journey") == 1
        assert len(list(folder.root.glob("temporal.db.voor_herstel_*"))) == 1
    finally:
        postgres.remove_cluster(folder.postgres)
