"""Data that does not fit: a first start fails at once, everything that a journey lives on waits."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, Worker

from runtime.keys import KeyRing
from runtime.plugin import meedoen_plugin
from runtime.settings import Settings
from runtime.temporal import connect
from tests.runtime.histories import bytes_of, stored, wait_for
from tests.runtime.sample_workflows import (
    Asks,
    AsksMore,
    Count,
    Counts,
    CountsLaterRelease,
    Journey,
    JourneyLaterRelease,
    JourneyStricterRelease,
    Start,
    State,
    look_up,
    look_up_with_reason,
)

TASK_FAILED = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
# The SDK answers a second failing try of a task with silence, so the next one comes after this time.
SOON = timedelta(seconds=1)
GOOD = Start(client="0150-7", reported=date(2026, 5, 1))


async def _start(client: Client, kind: str, given: object, task_queue: str) -> WorkflowHandle[Any, Any]:
    return await client.start_workflow(
        kind, given, id=task_queue, task_queue=task_queue, task_timeout=SOON, result_type=None
    )


async def _status(client: Client, workflow_id: str) -> WorkflowExecutionStatus | None:
    return (await client.get_workflow_handle(workflow_id).describe()).status


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ([{"client": "0150-7", "reported": "Zeemeermin"}], "reported is geen datum"),
        (
            [{"client": "0150-7", "reported": "2026-05-01", "household": "Zeemeermin"}],
            "household is geen heel",
        ),
        ([{"reported": "2026-05-01"}], "client ontbreekt"),
        ([{"client": "0150-7", "reported": "2026-05-01", "Zee meermin": 1}], "… bestaat niet"),
        (["Zeemeermin"], "het geheel moet een groep velden zijn"),
        ([None], "het geheel is geen JSON"),
        ([], "het geheel ontbreekt"),
        ([{"client": "0150-7"}, "Zeemeermin"], "bestaat uit 2 gegevens"),
    ],
)
async def test_wrong_first_start_fails_at_once_in_dutch(
    client: Client, task_queue: str, given: list[Any], problem: str
) -> None:
    async with Worker(client, task_queue=task_queue, workflows=[Journey]):
        handle = await client.start_workflow("Journey", args=given, id=task_queue, task_queue=task_queue)
        with pytest.raises(WorkflowFailureError) as caught:
            await handle.result()
    refusal = caught.value.cause
    assert isinstance(refusal, ApplicationError)
    assert refusal.type == "PayloadValidationError"
    assert refusal.message.startswith("De start is geweigerd: ")
    assert problem in refusal.message
    assert refusal.details[0]["problemen"]
    assert "meermin" not in f"{refusal.message} {refusal.details}"
    history = await stored(handle)
    assert all(event.event_type != TASK_FAILED for event in history)
    assert b"meermin" not in bytes_of(history)


async def test_wrong_json_typed_without_our_codec_fails_too(
    temporal_address: str, client: Client, task_queue: str
) -> None:
    bare = await Client.connect(temporal_address)
    async with Worker(client, task_queue=task_queue, workflows=[Journey]):
        started = await bare.start_workflow(
            "Journey", {"client": 7, "reported": "2026-05-01"}, id=task_queue, task_queue=task_queue
        )
        with pytest.raises(WorkflowFailureError) as caught:
            await client.get_workflow_handle(started.id).result()
    assert "client is geen tekst" in str(caught.value.cause)


async def test_wrong_first_start_fails_at_once_on_a_server_that_skips_time(
    time_skipping: WorkflowEnvironment, keys: KeyRing, task_queue: str
) -> None:
    address = time_skipping.client.service_client.config.target_host
    client = await connect(Settings(temporal_address=address), keys)
    async with Worker(client, task_queue=task_queue, workflows=[Journey]):
        handle = await client.start_workflow("Journey", {"client": 7}, id=task_queue, task_queue=task_queue)
        with pytest.raises(WorkflowFailureError, match="Workflow execution failed") as caught:
            await handle.result()
    assert "reported ontbreekt" in str(caught.value.cause)


async def test_carried_state_that_does_not_load_waits_for_a_worker_that_can_read_it(
    client: Client, task_queue: str
) -> None:
    async with Worker(client, task_queue=task_queue, workflows=[Journey]):
        handle = await client.start_workflow(
            "Journey", GOOD, id=task_queue, task_queue=task_queue, task_timeout=SOON
        )
        first_run = handle.first_execution_run_id
        await handle.execute_update("go_on")
        await wait_for(
            client.get_workflow_handle(task_queue, run_id=first_run),
            EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
        )
    current = client.get_workflow_handle(task_queue)
    async with Worker(client, task_queue=task_queue, workflows=[JourneyLaterRelease]):
        failed = await wait_for(current, TASK_FAILED)
    assert b"ladder" not in failed.SerializeToString()
    assert await _status(client, task_queue) == WorkflowExecutionStatus.RUNNING
    async with Worker(client, task_queue=task_queue, workflows=[Journey]):
        await current.execute_update("go_on")
        assert await current.result() == "trede 3"


async def test_state_of_a_model_that_declares_nothing_waits_too(client: Client, task_queue: str) -> None:
    async with Worker(client, task_queue=task_queue, workflows=[Counts]):
        handle = await _start(client, "Counts", Count(), task_queue)
        await wait_for(handle, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW)
    current = client.get_workflow_handle(task_queue)
    async with Worker(client, task_queue=task_queue, workflows=[CountsLaterRelease]):
        await wait_for(current, TASK_FAILED)
    assert await _status(client, task_queue) == WorkflowExecutionStatus.RUNNING
    await current.terminate()


async def test_state_in_a_first_run_waits_as_well(client: Client, task_queue: str) -> None:
    given = {"client": "0150-7", "reported": "2026-05-01", "carried": {"rung": "hoog"}}
    async with Worker(client, task_queue=task_queue, workflows=[Journey]):
        handle = await client.start_workflow("Journey", given, id=task_queue, task_queue=task_queue)
        await wait_for(handle, TASK_FAILED)
    assert await _status(client, task_queue) == WorkflowExecutionStatus.RUNNING
    await handle.terminate()


async def test_running_journey_survives_a_release_that_refuses_its_start(
    client: Client, task_queue: str
) -> None:
    async with Worker(client, task_queue=task_queue, workflows=[Journey]):
        handle = await client.start_workflow(
            "Journey", GOOD, id=task_queue, task_queue=task_queue, task_timeout=SOON
        )
        assert await handle.query("client") == "0150-7"
    async with Worker(client, task_queue=task_queue, workflows=[JourneyStricterRelease]):
        # An update, because the SDK does not call the first task a replay when the next one carries one.
        asking = asyncio.create_task(handle.execute_update("go_on"))
        await wait_for(handle, TASK_FAILED)
    assert await _status(client, task_queue) == WorkflowExecutionStatus.RUNNING
    async with Worker(client, task_queue=task_queue, workflows=[Journey]):
        await asking
    await client.get_workflow_handle(task_queue).terminate()


async def test_activity_result_that_does_not_fit_waits(client: Client, task_queue: str) -> None:
    async with Worker(client, task_queue=task_queue, workflows=[AsksMore], activities=[look_up]):
        handle = await client.start_workflow(
            "Asks", "wie", id=task_queue, task_queue=task_queue, task_timeout=SOON
        )
        await wait_for(handle, TASK_FAILED)
    assert await _status(client, task_queue) == WorkflowExecutionStatus.RUNNING
    async with Worker(client, task_queue=task_queue, workflows=[Asks], activities=[look_up]):
        assert await handle.result() == 7


async def test_activity_input_that_does_not_fit_fails_once_and_for_all(
    client: Client, task_queue: str
) -> None:
    async with Worker(client, task_queue=task_queue, workflows=[Asks], activities=[look_up_with_reason]):
        handle = await client.start_workflow("Asks", "Zeemeermin", id=task_queue, task_queue=task_queue)
        with pytest.raises(WorkflowFailureError) as caught:
            await handle.result()
    activity_failure = caught.value.cause
    assert isinstance(activity_failure, ActivityError)
    assert isinstance(activity_failure.cause, ApplicationError)
    assert activity_failure.cause.non_retryable
    assert "Zeemeermin" not in str(activity_failure.cause.cause)
    assert "moet een groep velden zijn" in str(activity_failure.cause.cause)


async def test_history_replays_with_the_same_plugin(client: Client, keys: KeyRing, task_queue: str) -> None:
    carried = GOOD.model_copy(update={"carried": State(rung=2)})
    async with Worker(client, task_queue=task_queue, workflows=[Journey]):
        handle = await client.start_workflow("Journey", carried, id=task_queue, task_queue=task_queue)
        await handle.execute_update("go_on")
        assert await handle.result() == "trede 2"
    history = await handle.fetch_history()
    replayed = await Replayer(workflows=[Journey], plugins=[meedoen_plugin(keys)]).replay_workflow(history)
    assert replayed.replay_failure is None
