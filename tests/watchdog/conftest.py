"""What the watchdog looks at, for real: a fresh database, and a Temporal server that reports failures soon."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from temporalio.client import Client

from activities.clients import Clients
from activities.journal import Journal
from runtime.database import open_pool
from runtime.keys import KEY_BYTES, KeyRing
from runtime.settings import Settings
from runtime.temporal import connect
from starter.stack.temporal_server import LIVELY
from tests import servers
from tests.activities.postbus import Postbus, listening
from watchdog.sources import Sources

SOON = {
    **LIVELY,
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": 2,
    # Off in production; a server where somebody switched it on may not blind the watchdog.
    "frontend.WorkflowPauseEnabled": True,
}
MAIL_DOMAIN = "meedoen.deventer.example"
BEHEER = "beheer@deventer.example"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server_address() -> AsyncIterator[str]:
    async with servers.temporal_server_for_tests(SOON, skip_time=False) as environment:
        yield environment.client.service_client.config.target_host


@pytest.fixture(scope="session")
def keys() -> KeyRing:
    return KeyRing(active="k1", secrets={"k1": os.urandom(KEY_BYTES)}, hash_secret=os.urandom(KEY_BYTES))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(server_address: str, keys: KeyRing) -> Client:
    """With keys, as workers have them."""
    return await connect(Settings(temporal_address=server_address), keys)


@pytest_asyncio.fixture(loop_scope="session")
async def postbus() -> AsyncIterator[Postbus]:
    async with listening(Postbus()) as running:
        yield running


@pytest.fixture
def settings(database: str, server_address: str, postbus: Postbus, tmp_path: Path) -> Settings:
    return Settings(
        environment="test",
        database_url=database,
        temporal_address=server_address,
        task_queue=f"bewaakt-{uuid4().hex}",
        key_file=tmp_path / "keys.json",
        smtp_port=postbus.port,
        mail_domain=MAIL_DOMAIN,
        alarm_to=BEHEER,
        watchdog_folder=tmp_path / "bewaking",
    )


@pytest_asyncio.fixture(loop_scope="session")
async def pool(settings: Settings) -> AsyncIterator[asyncpg.Pool]:
    async with open_pool(settings) as pool:
        yield pool


@pytest_asyncio.fixture(loop_scope="session")
async def sources(settings: Settings, pool: asyncpg.Pool) -> Sources:
    """As a round gives them to the checks: without keys."""
    return Sources(settings, pool, await connect(settings, None))


@pytest.fixture
def clients(pool: asyncpg.Pool, keys: KeyRing) -> Clients:
    return Clients(pool, keys)


@pytest.fixture
def journal(pool: asyncpg.Pool, keys: KeyRing) -> Journal:
    return Journal(pool, keys, MAIL_DOMAIN)


@pytest.fixture
def gemeente() -> str:
    """One of its own: the Temporal server is shared, and so are ids of journeys."""
    return f"proef{uuid4().hex[:8]}"
