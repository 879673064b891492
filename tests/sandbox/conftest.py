"""A running sandbox, reached over real HTTP and real SMTP."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from sandbox.server import Sandbox, run_sandbox

QUESTION = {
    "type": "RaadpleegMetBurgerservicenummer",
    "burgerservicenummer": ["999900006"],
    "fields": ["geboorte.datum", "gemeenteVanInschrijving", "overlijden.datum"],
}


@pytest_asyncio.fixture(scope="session")
async def shared_sandbox() -> AsyncIterator[Sandbox]:
    async with run_sandbox() as running:
        yield running


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Iterator[Sandbox]:
    """A sandbox without faults and with an empty mailbox; what it has logged before stays."""
    shared_sandbox.faults.set(None)
    shared_sandbox.mailbox.refuse(None)
    shared_sandbox.mailbox.clear()
    yield shared_sandbox
    shared_sandbox.faults.set(None)


@pytest_asyncio.fixture(scope="session")
async def shared_http(shared_sandbox: Sandbox) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=shared_sandbox.url, trust_env=False, timeout=20) as client:
        yield client


@pytest.fixture
def http(sandbox: Sandbox, shared_http: httpx2.AsyncClient) -> httpx2.AsyncClient:
    return shared_http


@pytest.fixture
def question() -> dict[str, object]:
    """A good question about Marieke Veldhuis, to spoil in one way per test."""
    return dict(QUESTION)


@pytest.fixture(scope="session")
def official_folder() -> Path:
    """The folder with the official test persons and the official list of fields."""
    given = os.environ.get("MEEDOEN_TESTSET")
    beside = Path(__file__).parents[3] / "shared/data/haalcentraal-brp"
    folder = Path(given).parent if given else beside
    if not folder.is_dir():
        pytest.skip("De officiële bestanden van de BRP zijn er niet; zet MEEDOEN_TESTSET op het CSV-bestand.")
    return folder


@pytest.fixture(scope="session")
def testset(official_folder: Path) -> Path:
    """The official CSV file with test persons."""
    given = os.environ.get("MEEDOEN_TESTSET")
    found = [Path(given)] if given else sorted(official_folder.glob("2022*.csv"))
    if not found or not found[0].is_file():
        pytest.skip("De officiële testpersonen zijn er niet; zet MEEDOEN_TESTSET op het CSV-bestand.")
    return found[0]
