"""Keys and clients of ours for the tests of the plumbing."""

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from runtime.keys import KeyRing
from runtime.settings import Settings
from runtime.temporal import connect
from tests.runtime.rings import ring


@pytest.fixture(scope="session")
def keys() -> KeyRing:
    return ring("k1")


@pytest.fixture(scope="session")
def temporal_address(temporal: WorkflowEnvironment) -> str:
    return temporal.client.service_client.config.target_host


@pytest.fixture(scope="session")
async def client(temporal_address: str, keys: KeyRing) -> Client:
    return await connect(Settings(temporal_address=temporal_address), keys)


@pytest.fixture
def task_queue(request: pytest.FixtureRequest) -> str:
    return str(request.node.nodeid)
