"""The database's data folder: made whole or not at all, and nothing around it is opened to others."""

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import pytest

from starter.stack import postgres
from starter.stack.errors import StackError
from starter.stack.postgres import Cluster, open_cluster, remove_cluster
from starter.stack.processes import Child, ProcessGroup
from tests.servers import free_port

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to hand the server to somebody else")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder below two closed ones, as in root's home."""
    inner = tmp_path / "home" / "project"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o700)
    inner.chmod(0o750)
    return inner


@pytest.fixture
def place(home: Path) -> Iterator[Path]:
    yield home / "postgres"
    remove_cluster(home / "postgres")


def modes_above(path: Path) -> dict[Path, int]:
    return {parent: parent.stat().st_mode for parent in path.parents}


@asynccontextmanager
async def running(cluster: Cluster, folder: Path) -> AsyncIterator[int]:
    port = free_port()
    group = ProcessGroup(folder, folder / "processes.json", lambda sentence: None)
    child = Child(
        name="postgresql",
        label="PostgreSQL",
        command=cluster.command(port),
        probe=lambda: cluster.answers(port),
        folder=cluster.folder,
        account=cluster.account,
        stop_signals=postgres.STOP_SIGNALS,
    )
    try:
        await group.start(child)
        yield port
    finally:
        await group.stop_all()


@contextmanager
def initdb_that_stops_halfway(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    real = subprocess.run

    def cut_off(command: list[str], **options: object) -> object:
        real(command, **options)  # type: ignore[call-overload]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", cut_off)
        yield


async def test_no_parent_folder_changes(place: Path, home: Path, tmp_path: Path) -> None:
    before = modes_above(place)
    cluster = open_cluster(place, home / "password", durable=False)
    async with running(cluster, tmp_path) as port:
        await cluster.make_database(port)
    assert modes_above(place) == before


async def test_data_outlives_the_server_and_asks_for_the_password(
    place: Path, home: Path, tmp_path: Path
) -> None:
    cluster = open_cluster(place, home / "password", durable=False)
    async with running(cluster, tmp_path) as port:
        await cluster.make_database(port)
        await cluster.make_database(port)
        connection = await asyncpg.connect(cluster.url(port, postgres.OWNER))
        await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        await connection.close()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(f"postgresql://meedoen:fout@127.0.0.1:{port}/meedoen")
    again = open_cluster(place, home / "password", durable=False)
    async with running(again, tmp_path) as port:
        connection = await asyncpg.connect(again.url(port, postgres.OWNER))
        assert await connection.fetchval("SELECT answer FROM kept") == 42
        assert not await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        await connection.close()


async def test_the_log_holds_no_values_of_a_statement_that_fails(
    place: Path, home: Path, tmp_path: Path
) -> None:
    cluster = open_cluster(place, home / "password", durable=False)
    async with running(cluster, tmp_path) as port:
        await cluster.make_database(port)
        connection = await asyncpg.connect(cluster.url(port, postgres.OWNER))
        await connection.execute("CREATE TABLE person (number text PRIMARY KEY)")
        await connection.execute("INSERT INTO person VALUES ($1)", "999990019")
        for statement in ("INSERT INTO person VALUES ('999990019')", "SELECT '999990019'::date"):
            with pytest.raises(asyncpg.PostgresError):
                await connection.execute(statement)
        await connection.close()
    log = (tmp_path / "postgresql.log").read_text()
    assert "ready to accept connections" in log
    assert "999990019" not in log


async def test_a_killed_server_starts_again(place: Path, home: Path, tmp_path: Path) -> None:
    cluster = open_cluster(place, home / "password")
    async with running(cluster, tmp_path) as port:
        connection = await asyncpg.connect(cluster.url(port, postgres.SUPERUSER, "postgres"))
        await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        server = int((cluster.data / "postmaster.pid").read_text().split()[0])
        os.kill(server, 9)
        await connection.close()
    # The number of the dead server may by now be that of any other program: here, of this test.
    lock = cluster.data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{cluster.data}\n")
    again = open_cluster(place, home / "password")
    async with running(again, tmp_path) as port:
        connection = await asyncpg.connect(again.url(port, postgres.SUPERUSER, "postgres"))
        assert await connection.fetchval("SELECT answer FROM kept") == 42
        await connection.close()


def test_a_cut_off_set_up_leaves_no_data_folder(
    place: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with initdb_that_stops_halfway(monkeypatch), pytest.raises(KeyboardInterrupt):
        open_cluster(place, home / "password", durable=False)
    assert not place.exists()
    open_cluster(place, home / "password", durable=False)
    assert (place / "PG_VERSION").read_text().strip() == postgres.MAJOR


def test_data_that_cannot_be_used_is_refused_and_kept(place: Path, home: Path) -> None:
    open_cluster(place, home / "password", durable=False)
    (home / "password").rename(home / "elsewhere")
    with pytest.raises(StackError, match="wachtwoord van de database ontbreekt"):
        open_cluster(place, home / "password", durable=False)
    (place / "PG_VERSION").write_text("17\n")
    with pytest.raises(StackError, match=r"PostgreSQL 17.*PostgreSQL 18"):
        open_cluster(place, home / "password", durable=False)
    assert (place / "base").is_dir()


@as_root
def test_a_copied_folder_cannot_take_the_data_of_the_original(
    place: Path, home: Path, tmp_path: Path
) -> None:
    open_cluster(place, home / "password", durable=False)
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "postgres").symlink_to(place.readlink())
    with pytest.raises(StackError, match="is een kopie van"):
        open_cluster(copy / "postgres", home / "password", durable=False)


@as_root
def test_data_follows_a_project_that_is_moved(home: Path) -> None:
    before, after = home / "a" / ".meedoen", home / "b" / ".meedoen"
    before.mkdir(parents=True)
    data = open_cluster(before / "postgres", before / "password", durable=False).data
    before.parent.rename(after.parent)
    try:
        assert open_cluster(after / "postgres", after / "password", durable=False).data == data
    finally:
        remove_cluster(after / "postgres")
    assert not data.exists()


@as_root
def test_data_of_a_deleted_stack_is_cleaned_up(home: Path, place: Path) -> None:
    stack = home / "old" / ".meedoen"
    stack.mkdir(parents=True)
    data = open_cluster(stack / "postgres", stack / "password", durable=False).data
    (stack / "postgres").unlink()
    open_cluster(place, home / "password", durable=False)
    assert not data.exists()
