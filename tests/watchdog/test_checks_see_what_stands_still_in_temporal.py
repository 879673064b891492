"""Each trouble that Temporal can show is seen, and nothing is said while all is well."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
from temporalio.api.workflowservice.v1 import (
    PauseWorkflowExecutionRequest,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Worker

from runtime.settings import Settings
from runtime.temporal import worker_version
from tests.watchdog.waiting_workflow import Waits, Writes, nothing, refuses
from watchdog.checks.clocks import (
    CLOCKS,
    OF_WORKER,
    OURS,
    offset_of_postgresql,
    offset_of_temporal,
)
from watchdog.checks.failing_tasks import CAUSE, FAILING_TASKS
from watchdog.checks.mail import MAIL
from watchdog.checks.pollers import NO_CURRENT, NO_WORKER, POLLERS, silent_queues
from watchdog.sources import Sources
from watchdog.temporal_view import how_it_stands
from watchdog.trouble import Trouble
from workflows.files import ClientRoute

SECONDS = 30.0


def worker(client: Client, settings: Settings, **more: Any) -> Worker:
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=[Waits, Writes],
        activities=[nothing, refuses],
        deployment_config=worker_version(settings),
        graceful_shutdown_timeout=timedelta(),
        **more,
    )


async def until(look: Callable[[], Awaitable[Sequence[Trouble]]], *causes: str) -> Sequence[Trouble]:
    """The troubles, once they are exactly these causes."""
    troubles: Sequence[Trouble] = await look()
    deadline = asyncio.get_running_loop().time() + SECONDS
    while sorted(each.cause for each in troubles) != sorted(causes):
        assert asyncio.get_running_loop().time() < deadline, troubles
        await asyncio.sleep(0.1)
        troubles = await look()
    return troubles


async def make_current(client: Client, settings: Settings) -> None:
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace, deployment_name=settings.task_queue, build_id=settings.build_id
    )
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                await client.workflow_service.set_worker_deployment_current_version(request)
                return
            except RPCError:
                await asyncio.sleep(0.1)


async def test_a_queue_without_a_worker_is_trouble_and_with_one_it_is_well(
    sources: Sources, client: Client, pool: asyncpg.Pool
) -> None:
    (trouble,) = await POLLERS.look(sources)
    assert trouble.cause == NO_WORKER
    assert "klantroutes en activiteiten" in trouble.sentence
    await pool.execute(
        "INSERT INTO worker VALUES ('machine-1:77', '0.2.0', now(), '2026-11-01T10:00Z', now(), NULL)"
    )
    (trouble,) = await POLLERS.look(sources)
    assert (
        "De laatste (machine-1:77) heeft niets meer laten horen sinds 01-11-2026 10:00 UTC"
        in trouble.sentence
    )
    async with worker(client, sources.settings):
        await until(lambda: POLLERS.look(sources))
    # As it looks two minutes after the worker has died.
    await until(lambda: silent_queues(sources, fresh=timedelta()), NO_WORKER)


async def test_a_version_that_still_has_journeys_and_lost_its_worker_is_named(
    sources: Sources, client: Client
) -> None:
    old, new = (sources.settings.model_copy(update={"build_id": build}) for build in ("0.1.0", "0.2.0"))
    async with worker(client, old):
        await until(lambda: POLLERS.look(sources), NO_CURRENT)
        await make_current(client, old)
        handle = await client.start_workflow("Waits", id=uuid4().hex, task_queue=old.task_queue)
        await until(lambda: POLLERS.look(sources))
        # It is pinned once a worker has taken it.
        async with asyncio.timeout(SECONDS):
            while (await handle.describe()).history_length < 4:
                await asyncio.sleep(0.05)
    stopped = datetime.now(UTC)

    def since() -> timedelta:
        return datetime.now(UTC) - stopped

    async with worker(client, new):
        await make_current(client, new)
        (trouble,) = await until(lambda: silent_queues(sources, fresh=since()), "versie-zonder-worker:0.1.0")
        assert "1 klantroute op die versie staat stil" in trouble.sentence
        # Nothing is left on the old version, so nobody has to run it.
        await handle.terminate()
        await until(lambda: silent_queues(sources, fresh=since()))


async def test_a_journey_whose_state_does_not_load_is_named(
    sources: Sources, client: Client, gemeente: str
) -> None:
    queue, journey = sources.settings.task_queue, f"klantroute-{gemeente}-1-1"
    given = {"gemeente": gemeente, "client_number": 1, "journey_number": 1, "carried": {"fase": "Zeemeermin"}}
    async with Worker(client, task_queue=queue, workflows=[ClientRoute]):
        assert await FAILING_TASKS.look(sources) == ()
        handle = await client.start_workflow(
            "ClientRoute", given, id=journey, task_queue=queue, task_timeout=timedelta(seconds=1)
        )
        (trouble,) = await until(lambda: FAILING_TASKS.look(sources), CAUSE)
    assert trouble.sentence.startswith("De taak van 1 klantroute mislukt steeds opnieuw.")
    assert [str(example) for example in trouble.examples] == [
        f"{journey}: de code geeft een fout of kan haar toestand niet lezen"
    ]
    assert "Zeemeermin" not in str(trouble)
    await handle.terminate()
    await until(lambda: FAILING_TASKS.look(sources))


async def test_why_a_journey_does_nothing_is_told_as_temporal_knows_it(
    sources: Sources, client: Client
) -> None:
    async def stands(workflow_id: str, said: str) -> None:
        deadline = asyncio.get_running_loop().time() + SECONDS
        while said not in (told := await how_it_stands(sources.temporal, workflow_id, datetime.now(UTC))):
            assert asyncio.get_running_loop().time() < deadline, told
            await asyncio.sleep(0.1)

    queue, waits, writes = sources.settings.task_queue, uuid4().hex, uuid4().hex
    await client.start_workflow("Waits", id=waits, task_queue=queue)
    await stands(waits, "haar taak wacht al 0 seconden op een worker")
    async with worker(client, sources.settings):
        await stands(waits, "wacht in Temporal op iets anders dan het leesmodel zegt")
        await client.start_workflow("Writes", id=writes, task_queue=queue)
        await stands(writes, "haar activiteit journaal mislukt steeds")
        request = PauseWorkflowExecutionRequest(
            namespace=client.namespace, workflow_id=waits, request_id=uuid4().hex, reason="proef"
        )
        await client.workflow_service.pause_workflow_execution(request)
        await stands(waits, "iemand heeft haar in Temporal gepauzeerd")
    for workflow_id in (waits, writes):
        await client.get_workflow_handle(workflow_id).terminate()
    await stands(waits, "in Temporal is zij hard beëindigd")
    await stands("klantroute-weg-1-1", "Temporal kent haar niet")


async def test_clocks_on_one_machine_agree_to_far_less_than_what_counts_as_trouble(
    sources: Sources, pool: asyncpg.Pool
) -> None:
    for offset in (
        await offset_of_postgresql(pool, sources),
        await offset_of_temporal(sources.temporal, sources),
    ):
        assert abs(offset.ahead) <= offset.within + timedelta(milliseconds=50)
        assert offset.within < timedelta(seconds=2)
    assert await CLOCKS.look(sources) == []


async def test_a_clock_that_differs_is_named_with_how_much(sources: Sources, pool: asyncpg.Pool) -> None:
    behind = Sources(
        sources.settings, pool, sources.client, now=lambda: datetime.now(UTC) - timedelta(seconds=9)
    )
    (trouble,) = await CLOCKS.look(behind)
    # PostgreSQL and Temporal agree with each other, so it is this machine.
    assert trouble.cause == OURS
    assert "loopt 9 seconden achter" in trouble.sentence

    await pool.execute(
        """
        INSERT INTO worker VALUES
            ('goed', '', now(), now(), now() + interval '1 second', NULL),
            ('voor', '', now(), now(), now() + interval '7 seconds', NULL),
            ('dood', '', now(), now() - interval '1 hour', now(), NULL),
            ('gestopt', '', now(), now(), now() - interval '1 hour', now())
        """
    )
    (trouble,) = await CLOCKS.look(sources)
    assert trouble.cause == OF_WORKER
    assert trouble.sentence.startswith("De klok van de machine van worker voor loopt 7 seconden voor.")


async def test_the_watchdogs_own_questions_leave_nothing_in_the_list_of_journeys(
    sources: Sources, client: Client
) -> None:
    before = await client.count_workflows("")
    await offset_of_temporal(sources.temporal, sources)
    await POLLERS.look(sources)
    assert (await client.count_workflows("")).count == before.count


async def test_a_mail_server_that_does_not_answer_is_named(sources: Sources) -> None:
    assert await MAIL.look(sources) == ()
    nobody = Sources(sources.settings.model_copy(update={"smtp_port": 1}))
    (trouble,) = await MAIL.look(nobody)
    assert "MEEDOEN_SMTP_HOST" in trouble.sentence
