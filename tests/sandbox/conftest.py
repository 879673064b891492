"""A running sandbox, reached over real HTTP and real SMTP."""

from collections.abc import AsyncIterator, Iterator

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
