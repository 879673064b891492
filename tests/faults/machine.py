"""A machine of one's own: PostgreSQL, Temporal and a worker as processes that can be killed and put back.

Its journeys live on an accelerated clock of their own.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import asyncpg
import psutil

from activities.directory import Directory
from domain.clock import Clock
from migrations.run import upgrade
from runtime.database import open_pool
from runtime.keys import KeyRing
from runtime.settings import Settings
from sandbox.residents import Resident
from sandbox.server import Sandbox, run_sandbox
from starter.journeys import Journeys
from starter.office import Office, open_office
from starter.stack import postgres, temporal_server
from starter.stack.ports import HOST, Ports
from starter.stack.probes import http_answers
from starter.stack.record import StartedProcess
from starter.stack.suwinet_papers import SuwinetPapers
from tests import servers

POSTGRESQL, TEMPORAL, WORKER = "postgresql", "temporal", "worker"
PROCESSES = (POSTGRESQL, TEMPORAL, WORKER)
DAY = timedelta(days=1)
READY_SECONDS = 60.0
_PROJECT = Path(__file__).parents[2]


class Machine:
    """Three processes, and what they keep on disk.

    Args:
        folder: for data, keys and logs.
        sandbox: the registries and the mailbox, which never die here.
        speed: how many seconds of a journey pass in one real second.
        first: the journeys' time at the start.
        disk: where the servers keep their data; None: in ``folder``.
        papers: with which Suwinet is asked; None: it is not.
        more: further settings, as in the environment without MEEDOEN_.
    """

    def __init__(
        self,
        folder: Path,
        sandbox: Sandbox,
        *,
        speed: float,
        first: datetime,
        disk: Path | None = None,
        papers: SuwinetPapers | None = None,
        **more: str,
    ) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self._more = dict(more)
        if papers is not None:
            self._more |= {
                "suwinet_url": sandbox.suwinet_url,
                "suwinet_certificate": str(papers.certificate),
                "suwinet_private_key": str(papers.key),
            }
        self.ports = Ports(
            temporal=servers.free_port(),
            temporal_ui=servers.free_port(),
            worker=servers.free_port(),
            postgres=servers.free_port(),
        )
        self.clock = Clock(speed=speed, real=datetime.now(UTC), logical=first)
        self.processes: dict[str, asyncio.subprocess.Process] = {}
        # Durable: a server that answers before it has written loses what it answered when it is killed.
        self.cluster = postgres.open_cluster(folder / "postgres", folder / "password")
        self.disk = folder if disk is None else disk
        if disk is not None:
            self._move_data(disk)
        KeyRing.create(folder / "keys.json")
        self.settings = Settings(_env_file=None, **self._values())  # type: ignore[call-arg,arg-type]

    def _move_data(self, disk: Path) -> None:
        moved = disk / "postgres"
        shutil.copytree(self.cluster.data, moved)
        if self.cluster.account is not None:
            for path in (moved, *moved.rglob("*")):
                os.chown(path, *self.cluster.account)
        self.cluster = replace(self.cluster, data=moved)

    def _values(self) -> dict[str, str]:
        return {
            "environment": "test",
            "temporal_address": f"{HOST}:{self.ports.temporal}",
            "database_url": self.cluster.url(self.ports.postgres),
            "owner_database_url": self.cluster.url(self.ports.postgres, postgres.OWNER),
            "key_file": str(self.folder / "keys.json"),
            "brp_base_url": self.sandbox.brp_base_url,
            "smtp_port": str(self.sandbox.smtp_port),
            "worker_http_port": str(self.ports.worker),
            "graceful_shutdown_seconds": "3",
        } | self._more

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the worker and of commands."""
        outside = {name: value for name, value in os.environ.items() if not name.startswith("MEEDOEN_")}
        ours = {f"MEEDOEN_{name.upper()}": value for name, value in self._values().items()}
        return outside | ours | {"PYTHONPATH": str(_PROJECT)}

    # -- processes -----------------------------------------------------------------------------------

    async def start(self, name: str) -> None:
        """Start a process, without waiting until it answers."""
        command, account, where = {
            POSTGRESQL: (
                self.cluster.command(self.ports.postgres),
                self.cluster.account,
                self.cluster.folder,
            ),
            TEMPORAL: (temporal_server.command(self.temporal_file, self.ports), None, self.folder),
            WORKER: ([sys.executable, "-m", "worker"], None, self.folder),
        }[name]
        user, group = account or (None, None)
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=where,
                env=self.environment,
                user=user,
                group=group,
                extra_groups=None if account is None else [],
                start_new_session=True,
            )
        # One that ended at once, for want of a server that it needs, leaves nothing to stop.
        with contextlib.suppress(psutil.NoSuchProcess):
            servers.remember(StartedProcess.of(name, self.processes[name].pid, ()))

    async def ready(self, name: str) -> None:
        """Wait until a process answers that somebody started once."""
        async with asyncio.timeout(READY_SECONDS):
            while not await self._answers(name):
                if self.processes[name].returncode is not None:
                    raise AssertionError(self._log(name))
                await asyncio.sleep(0.05)

    async def answers(self, name: str) -> None:
        """Wait until a process answers that somebody starts again each time it ends."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                while self.processes[name].returncode is not None or not await self._answers(name):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(self._log(name)) from None

    def _log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()[-4000:]

    async def up(self, *names: str) -> None:
        """Start these, in order, each when the one before it answers."""
        for name in names or PROCESSES:
            await self.start(name)
            await self.ready(name)

    async def _answers(self, name: str) -> bool:
        match name:
            case "postgresql":
                return await self.cluster.answers(self.ports.postgres)
            case "temporal":
                return await temporal_server.answers(self.ports.temporal)
            case _:
                return await http_answers(self.ports.worker, "/gezond", only=200)

    async def kill(self, name: str) -> None:
        """kill -9 of a process and all that it started."""
        process = self.processes[name]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    async def stop(self, name: str) -> None:
        """An orderly end."""
        process = self.processes[name]
        if process.returncode is None:
            process.send_signal(signal.SIGINT if name == POSTGRESQL else signal.SIGTERM)
            await process.wait()

    async def stand_still(self, name: str) -> None:
        """A process that is there and does nothing."""
        os.killpg(self.processes[name].pid, signal.SIGSTOP)

    async def go_on(self, name: str) -> None:
        os.killpg(self.processes[name].pid, signal.SIGCONT)

    async def end(self) -> None:
        for name in list(self.processes):
            if self.processes[name].returncode is None:
                await self.kill(name)
        postgres.remove_cluster(self.folder / "postgres")

    # -- what is kept --------------------------------------------------------------------------------

    @property
    def temporal_file(self) -> Path:
        return self.disk / "temporal.db"

    async def back_up(self, name: str) -> None:
        """Keep what a server has, as a backup of this moment."""
        await self._copy(name, "", ".bewaard")

    async def put_back(self, name: str) -> None:
        """Let a server have what it had at the last backup. The worker must not be running."""
        await self._copy(name, ".bewaard", "")

    async def lose(self, name: str) -> None:
        """Let Temporal forget everything."""
        assert name == TEMPORAL
        await self.stop(name)
        for file in self.disk.glob("temporal.db*"):
            if not file.name.endswith(".bewaard"):
                file.unlink()
        await self.up(name)

    async def _copy(self, name: str, source: str, target: str) -> None:
        if name == TEMPORAL:
            await self.stop(TEMPORAL)
            for part in ("", "-wal", "-shm"):
                here = Path(f"{self.temporal_file}{part}{target}")
                here.unlink(missing_ok=True)
                if Path(f"{self.temporal_file}{part}{source}").exists():
                    shutil.copy2(f"{self.temporal_file}{part}{source}", here)
            await self.up(TEMPORAL)
            return
        names = {"": postgres.DATABASE, ".bewaard": "bewaard"}
        connection = await asyncpg.connect(
            self.cluster.url(self.ports.postgres, postgres.SUPERUSER, "postgres")
        )
        try:
            await connection.execute(f'DROP DATABASE IF EXISTS "{names[target]}" WITH (FORCE)')
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", names[source]
            )
            await connection.execute(
                f'CREATE DATABASE "{names[target]}" TEMPLATE "{names[source]}" OWNER "{postgres.OWNER}"'
            )
        finally:
            await connection.close()

    # -- people --------------------------------------------------------------------------------------

    @asynccontextmanager
    async def office(self) -> AsyncIterator[Office]:
        """What people work with, on the clock of this machine's journeys."""
        async with open_office(self.settings) as office:
            yield replace(
                office,
                journeys=Journeys(
                    office.client,
                    office.clients,
                    office.notes,
                    office.journal,
                    task_queue=self.settings.task_queue,
                    clock=self.clock,
                    patience=timedelta(seconds=5),
                ),
                clock=self.clock,
            )

    def now(self) -> datetime:
        """The journeys' time."""
        return self.clock.now(datetime.now(UTC))

    async def meedoen(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """Run the command: exit code, output, errors."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "starter.cli", *arguments,
            env=self.environment | environment, cwd=self.folder,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def machine(
    folder: Path,
    *,
    speed: float = 86400.0,
    first: datetime,
    disk: Path | None = None,
    residents: Iterable[Resident] = (),
    suwinet: bool = False,
    **more: str,
) -> AsyncIterator[Machine]:
    """Everything up, with the fictional staff in their places.

    Args:
        folder: see `Machine`, also for speed, first, disk and more.
        residents: who are known to the registries beside those of the sandbox.
        suwinet: whether Suwinet is asked too.
    """
    folder.mkdir(exist_ok=True)
    papers = SuwinetPapers(folder / "suwinet") if suwinet else None
    if papers is not None:
        await asyncio.to_thread(papers.make)
    async with run_sandbox(mail_dir=folder / "mail", more=residents) as sandbox:
        it = Machine(folder, sandbox, speed=speed, first=first, disk=disk, papers=papers, **more)
        try:
            await it.up(POSTGRESQL, TEMPORAL)
            await it.cluster.make_database(it.ports.postgres)
            await asyncio.to_thread(upgrade, it.settings.owner_url)
            async with open_pool(it.settings) as pool:
                staff = (files("sandbox") / "medewerkers.toml").read_text(encoding="utf-8")
                await Directory(pool).load(staff, "sandbox/medewerkers.toml")
            await it.up(WORKER)
            yield it
        finally:
            await it.end()


__all__ = ["DAY", "POSTGRESQL", "PROCESSES", "TEMPORAL", "WORKER", "Machine", "machine"]
