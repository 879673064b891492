"""Fixtures that tests of every folder share, and the orderly end of a test run."""

import asyncio
import atexit
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from runtime.exit import end_process
from runtime.settings import Settings
from starter.stack import postgres
from starter.stack.temporal_server import LIVELY, SKIPPING
from tests import servers, specifications
from tests.personal import watched
from tests.servers import SharedPostgres


class _Run:
    """What is known about this run in this process."""

    session: pytest.Session | None = None
    folder: Path | None = None
    ended_well = False


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    # A demo that was run in this folder left its settings; no test reads them.
    Settings.model_config["env_file"] = None
    if not hasattr(config, "workerinput"):
        _Run.folder = servers.begin_run()
    atexit.register(_end)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    _Run.session = session


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_unconfigure(config: pytest.Config) -> Generator[None, None, None]:
    yield
    if _Run.folder is not None:
        servers.end_run(_Run.folder)
    _Run.ended_well = True


def _end() -> None:
    """Leave with pytest's own exit code.

    A process that used Temporal may crash while the interpreter is taken down, after all reports were
    written; the run would then count as failed, or a failed one as something else.
    """
    if _Run.session is not None and _Run.ended_well:
        end_process(int(_Run.session.exitstatus))


@pytest.fixture(autouse=True)
def _logs_hold_nothing_personal(request: pytest.FixtureRequest) -> Iterator[None]:
    folder = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    with watched(folder):
        yield


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _shared_postgres() -> SharedPostgres:
    return await asyncio.to_thread(servers.shared_postgres)


@pytest.fixture(scope="session")
def postgres_url(_shared_postgres: SharedPostgres) -> str:
    """Address of an empty PostgreSQL server, as superuser. Shared: leave nothing behind."""
    return _shared_postgres.superuser_url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _template(_shared_postgres: SharedPostgres) -> str:
    from migrations.run import upgrade

    return await asyncio.to_thread(servers.migrated_template, _shared_postgres, upgrade)


@pytest_asyncio.fixture(loop_scope="session")
async def database(_shared_postgres: SharedPostgres, _template: str) -> AsyncIterator[str]:
    """Address of a fresh database with all tables and no rows, for this test only."""
    async with servers.fresh_database(_shared_postgres, _template) as url:
        yield url


@pytest.fixture
def owner_database(database: str) -> str:
    """The same database as ``database``, as the owner of its tables."""
    return database.replace(f"//{postgres.ROLE}:", f"//{postgres.OWNER}:")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal() -> AsyncIterator[WorkflowEnvironment]:
    """A Temporal server in real time, shared by the tests of one worker: use ids and queues of your own."""
    async with servers.temporal_server_for_tests(LIVELY, skip_time=False) as environment:
        yield environment


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def time_skipping() -> AsyncIterator[WorkflowEnvironment]:
    """A Temporal server where every workflow has a clock that skips, shared by the tests of one worker.

    Start a workflow that waits for people inside ``with time_skipping.with_time_skipping_disabled():`` and
    move its clock with ``await time_skipping.fast_forward(handle, ...)``.
    """
    async with servers.temporal_server_for_tests(SKIPPING, skip_time=True) as environment:
        yield environment


@pytest.fixture(scope="session")
def official_folder() -> Path:
    """The folder with the official test persons, fields and OpenAPI of the BRP; skips when it is not there."""
    return specifications.brp_folder()


@pytest.fixture(scope="session")
def testset() -> Path:
    """The CSV file with the official test persons; skips when it is not there."""
    return specifications.brp_testset()
