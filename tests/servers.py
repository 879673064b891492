"""Real servers for tests, started once and shared.

One PostgreSQL serves the whole run, all workers of pytest-xdist included; each test gets a fresh database
made from a template in which the migrations ran once. Temporal runs once per worker.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import asyncpg
import psutil
from temporalio.testing import WorkflowEnvironment

from starter.stack import guard, postgres, temporal_server
from starter.stack.ports import HOST
from starter.stack.record import StartedProcess, read_record, stop_processes, survivors, write_record

RUN_VARIABLE = "MEEDOEN_TEST_RUN"
TEMPLATE = "meedoen_template"
_PREFIX = "meedoen-test-"
_READY_SECONDS = 60.0


@dataclass(frozen=True)
class SharedPostgres:
    """The PostgreSQL server of this test run."""

    port: int
    password: str

    def url(self, database: str, role: str = postgres.ROLE) -> str:
        """Address of a database, for the program's own role unless another is asked."""
        return f"postgresql://{role}:{self.password}@{HOST}:{self.port}/{database}"

    @property
    def superuser_url(self) -> str:
        """Address for making and dropping databases."""
        return self.url("postgres", postgres.SUPERUSER)


def begin_run() -> Path:
    """Make the folder of a test run; only the process that leads the run calls this."""
    _clear_killed_runs()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    (folder / "leader").write_text(str(os.getpid()), encoding="ascii")
    os.environ[RUN_VARIABLE] = str(folder)
    return folder


def end_run(folder: Path) -> None:
    """Stop what the run has started and delete its data."""
    stop_processes(survivors(folder / "processes.json"), grace_seconds=5)
    postgres.remove_cluster(folder / "postgres")
    shutil.rmtree(folder, ignore_errors=True)


def shared_postgres() -> SharedPostgres:
    """Start the server, or join the one that another worker has started. Blocks; call it in a thread."""
    folder = _run_folder()
    with _alone(folder):
        note = folder / "postgres.json"
        if note.exists():
            return SharedPostgres(**json.loads(note.read_text(encoding="utf-8")))
        cluster = postgres.open_cluster(folder / "postgres", folder / "password", durable=False)
        port = free_port()
        user, group = cluster.account or (None, None)
        with (folder / "postgres.log").open("ab") as log:
            process = subprocess.Popen(
                [*cluster.command(port), "-c", "max_connections=200"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=cluster.folder,
                user=user,
                group=group,
                extra_groups=None if user is None else [],
                start_new_session=True,
            )
        _remember(folder, StartedProcess.of("postgresql", process.pid, postgres.STOP_SIGNALS))
        asyncio.run(_until_answers(cluster, port, process))
        shared = SharedPostgres(port, cluster.password)
        note.write_text(json.dumps(asdict(shared)), encoding="utf-8")
        return shared


def migrated_template(shared: SharedPostgres, migrate: Callable[[str], None]) -> str:
    """The name of a database in which the migrations have run, once per test run. Blocks."""
    folder = _run_folder()
    with _alone(folder):
        done = folder / "template-ready"
        if not done.exists():
            asyncio.run(_execute(shared, f'DROP DATABASE IF EXISTS "{TEMPLATE}"'))
            asyncio.run(_execute(shared, f'CREATE DATABASE "{TEMPLATE}" OWNER "{postgres.OWNER}"'))
            migrate(shared.url(TEMPLATE, postgres.OWNER))
            done.touch()
    return TEMPLATE


@asynccontextmanager
async def fresh_database(shared: SharedPostgres, template: str) -> AsyncIterator[str]:
    """The address of a copy of the template, dropped afterwards with whatever is still connected."""
    name = f"t_{secrets.token_hex(6)}"
    await _execute(shared, f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER "{postgres.OWNER}"')
    try:
        yield shared.url(name)
    finally:
        await _execute(shared, f'DROP DATABASE "{name}" WITH (FORCE)')


@asynccontextmanager
async def temporal_server_for_tests(
    settings: Mapping[str, object], *, skip_time: bool
) -> AsyncIterator[WorkflowEnvironment]:
    """A Temporal server of its own, in memory, with the search attributes of Meedoen.

    Args:
        settings: dynamic configuration.
        skip_time: give every workflow a clock of its own that skips; see the SDK's documentation.
    """
    start = WorkflowEnvironment.start_time_skipping_v2 if skip_time else WorkflowEnvironment.start_local
    environment = await start(
        dev_server_existing_path=str(temporal_server.program()),
        dev_server_log_level="error",
        dev_server_extra_args=[
            *temporal_server.search_attributes(),
            *temporal_server.dynamic_config(settings),
        ],
    )
    with _alone(_run_folder()):
        for child in psutil.Process().children():
            if child.name().startswith("temporal"):
                _remember(_run_folder(), StartedProcess.of("temporal", child.pid, ()))
    try:
        yield environment
    finally:
        await environment.shutdown()


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def remember(process: StartedProcess) -> None:
    """Have a process that a test started stopped at the end of the run, also when the run is killed."""
    with _alone(_run_folder()):
        _remember(_run_folder(), process)


def _clear_killed_runs() -> None:
    for note in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/leader"):
        # Another run may be making or deleting its folder at this moment.
        with contextlib.suppress(OSError, ValueError):
            if not psutil.pid_exists(int(note.read_text(encoding="ascii"))):
                end_run(note.parent)


def _run_folder() -> Path:
    return Path(os.environ[RUN_VARIABLE])


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _remember(folder: Path, process: StartedProcess) -> None:
    """Have the process stopped at the end of the run, also when the run is killed. The lock must be held."""
    record = folder / "processes.json"
    known = read_record(record)
    if not known:
        leader = int((folder / "leader").read_text(encoding="ascii"))
        command = guard.command(StartedProcess.of("pytest", leader, ()), record)
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
    write_record(record, [*known, process])


async def _until_answers(cluster: postgres.Cluster, port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _READY_SECONDS
    while not await cluster.answers(port):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"PostgreSQL for the tests did not start; see the log beside {cluster.data}.")
        await asyncio.sleep(0.05)
    await cluster.make_database(port)


async def _execute(shared: SharedPostgres, statement: str) -> None:
    connection = await asyncpg.connect(shared.superuser_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
