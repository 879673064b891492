"""A fresh database with the parts that live in it."""

import os
from collections.abc import AsyncIterator
from importlib.resources import files

import asyncpg
import pytest
import pytest_asyncio

from activities.clients import Clients
from activities.directory import Directory
from activities.journal import Journal
from activities.notes import Notes
from activities.worklist import Worklist
from runtime.database import open_pool
from runtime.keys import KEY_BYTES, KeyRing
from runtime.settings import Settings
from tests.activities.broker import Broker
from tests.activities.broker import broker as broker_running
from tests.activities.postbus import Postbus, listening

MAIL_DOMAIN = "meedoen.deventer.example"


@pytest.fixture(scope="session")
def keys() -> KeyRing:
    return KeyRing(active="k1", secrets={"k1": os.urandom(KEY_BYTES)}, hash_secret=os.urandom(KEY_BYTES))


@pytest.fixture
def settings(database: str) -> Settings:
    return Settings(
        environment="test",
        database_url=database,
        mail_from="meedoen@deventer.example",
        mail_domain=MAIL_DOMAIN,
    )


@pytest_asyncio.fixture(loop_scope="session")
async def pool(settings: Settings) -> AsyncIterator[asyncpg.Pool]:
    async with open_pool(settings) as pool:
        yield pool


@pytest_asyncio.fixture(loop_scope="session")
async def owner(owner_database: str) -> AsyncIterator[asyncpg.Pool]:
    """The database as somebody who owns the tables reaches it."""
    async with asyncpg.create_pool(owner_database, min_size=1, max_size=2) as pool:
        yield pool


@pytest_asyncio.fixture(scope="module")
async def shared_broker() -> AsyncIterator[Broker]:
    async with broker_running() as running:
        yield running


@pytest.fixture
def broker(shared_broker: Broker) -> Broker:
    """What stands in for Suwinet, of which nothing was asked yet."""
    shared_broker.received.clear()
    return shared_broker


@pytest_asyncio.fixture(loop_scope="session")
async def postbus() -> AsyncIterator[Postbus]:
    async with listening(Postbus()) as running:
        yield running


@pytest.fixture
def mail(settings: Settings, postbus: Postbus) -> Settings:
    """Settings that point at the postbus."""
    return settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": postbus.port})


@pytest.fixture
def journal(pool: asyncpg.Pool, keys: KeyRing) -> Journal:
    return Journal(pool, keys, MAIL_DOMAIN)


@pytest.fixture
def clients(pool: asyncpg.Pool, keys: KeyRing) -> Clients:
    return Clients(pool, keys)


@pytest.fixture
def notes(pool: asyncpg.Pool, keys: KeyRing) -> Notes:
    return Notes(pool, keys)


@pytest.fixture
def worklist(pool: asyncpg.Pool, keys: KeyRing) -> Worklist:
    return Worklist(pool, keys)


@pytest_asyncio.fixture(loop_scope="session")
async def directory(pool: asyncpg.Pool) -> Directory:
    """The fictional directory of Deventer, loaded."""
    directory = Directory(pool)
    file = files("sandbox") / "medewerkers.toml"
    await directory.load(file.read_text(encoding="utf-8"), file.name)
    return directory
