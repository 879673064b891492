"""Journeys on the real server that skips time, with the outside world in memory."""

import os
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from runtime.keys import KEY_BYTES, KeyRing
from starter.dry_run.runner import DryRun, InMemory, time_skipping_server
from tests.workflows.journeys import Journeys


@pytest.fixture(scope="session")
def keys() -> KeyRing:
    return KeyRing(active="t", secrets={"t": os.urandom(KEY_BYTES)}, hash_secret=os.urandom(KEY_BYTES))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def journeys(keys: KeyRing) -> AsyncIterator[Journeys]:
    """A server and a worker, shared by the tests of one process."""
    async with time_skipping_server(keys, strict=True) as environment:
        world = InMemory()
        queue = f"proef-{uuid4().hex}"
        async with world.worker(environment, queue):
            yield Journeys(environment, world, queue)


@pytest.fixture
def dry_run(journeys: Journeys) -> DryRun:
    return journeys.dry_run
