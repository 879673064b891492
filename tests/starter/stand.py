"""The whole product on loopback for a test: real Temporal, PostgreSQL, BRP, mail and a worker process."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx2
from temporalio.testing import WorkflowEnvironment

from activities.directory import Directory
from runtime.database import open_pool
from runtime.keys import KeyRing
from runtime.settings import Settings
from sandbox.server import Sandbox, run_sandbox
from starter.office import Office, open_office
from starter.stack.suwinet_papers import SuwinetPapers
from starter.stack.temporal_server import LIVELY
from tests import servers

READY_SECONDS = 60.0


@dataclass(frozen=True)
class Said:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Stand:
    """Everything that runs, and the ways in."""

    def __init__(
        self, settings: Settings, environment: Mapping[str, str], sandbox: Sandbox, folder: Path
    ) -> None:
        self.settings = settings
        self.environment = dict(environment)
        self.sandbox = sandbox
        self.folder = folder
        self.worker: asyncio.subprocess.Process | None = None

    async def start_worker(self, module: str = "worker", **environment: str) -> None:
        """Start a worker process and wait until it says that it is well."""
        log = (self.folder / "worker.log").open("ab")
        self.worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, env=self.environment | environment, cwd=self.folder, stdout=log,
            stderr=log,
        )  # fmt: skip
        log.close()
        url = f"http://127.0.0.1:{self.settings.worker_http_port}/gezond"
        async with asyncio.timeout(READY_SECONDS), httpx2.AsyncClient(trust_env=False) as http:
            while True:
                if self.worker.returncode is not None:
                    raise AssertionError((self.folder / "worker.log").read_text())
                try:
                    if (await http.get(url)).status_code == 200:
                        return
                except httpx2.TransportError:
                    await asyncio.sleep(0.05)

    async def stop_worker(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.worker is not None
        if self.worker.returncode is None:
            self.worker.send_signal(number)
        return await self.worker.wait()

    async def meedoen(self, *arguments: str, stdin: str = "", **environment: str) -> Said:
        """Run the command as people do."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "starter.cli", *arguments,
            env=self.environment | environment, cwd=self.folder,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate(stdin.encode())
        assert process.returncode is not None
        return Said(process.returncode, out.decode(), err.decode())

    @asynccontextmanager
    async def office(self) -> AsyncIterator[Office]:
        async with open_office(self.settings) as office:
            yield office


@contextmanager
def _in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _suwinet(folder: Path, sandbox: Sandbox) -> dict[str, str]:
    papers = SuwinetPapers(folder / "suwinet")
    papers.make()
    return {
        "SUWINET_URL": sandbox.suwinet_url,
        "SUWINET_CERTIFICATE": str(papers.certificate),
        "SUWINET_PRIVATE_KEY": str(papers.key),
    }


@asynccontextmanager
async def stand(
    database: str,
    folder: Path,
    *,
    testset: Path | None = None,
    worker: bool = True,
    server: AbstractAsyncContextManager[WorkflowEnvironment] | None = None,
    suwinet: bool = False,
    **more: str,
) -> AsyncIterator[Stand]:
    """Put everything up.

    Args:
        database: address of a fresh database.
        folder: for keys and logs.
        testset: official test persons for the BRP.
        worker: start a worker too.
        server: another Temporal server than one in memory.
        suwinet: whether Suwinet is asked too.
        more: further settings, as in the environment without MEEDOEN_.
    """
    key_file = folder / "keys.json"
    KeyRing.create(key_file)
    bounce_port = servers.free_port()
    async with (
        server or servers.temporal_server_for_tests(LIVELY, skip_time=False) as temporal,
        run_sandbox(testset=testset, bounce_port=bounce_port) as sandbox,
    ):
        values = (
            (_suwinet(folder, sandbox) if suwinet else {})
            | {
                "ENVIRONMENT": "test",
                "TEMPORAL_ADDRESS": temporal.client.service_client.config.target_host,
                "DATABASE_URL": database,
                "KEY_FILE": str(key_file),
                "BRP_BASE_URL": sandbox.brp_base_url,
                "SMTP_PORT": str(sandbox.smtp_port),
                "BOUNCE_PORT": str(bounce_port),
                "WORKER_HTTP_PORT": str(servers.free_port()),
                "GRACEFUL_SHUTDOWN_SECONDS": "3",
            }
            | {name.upper(): value for name, value in more.items()}
        )
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("MEEDOEN_")
        } | {f"MEEDOEN_{name}": value for name, value in values.items()}
        environment["PYTHONPATH"] = str(Path(__file__).parents[2])
        with _in(folder):
            settings = Settings(_env_file=None, **{name.lower(): value for name, value in values.items()})  # type: ignore[arg-type]
        async with open_pool(settings) as pool:
            staff = (files("sandbox") / "medewerkers.toml").read_text(encoding="utf-8")
            await Directory(pool).load(staff, "sandbox/medewerkers.toml")
        place = Stand(settings, environment, sandbox, folder)
        try:
            if worker:
                await place.start_worker()
            yield place
        finally:
            if place.worker is not None:
                await place.stop_worker(signal.SIGKILL)
