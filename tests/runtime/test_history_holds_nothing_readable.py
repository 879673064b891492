"""What Temporal stores cannot be read without the keys: data, failures, summaries."""

from datetime import date, timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.worker import Worker

from runtime.codec import ENCODING, EncryptingCodec
from runtime.keys import KeyRing
from runtime.settings import Settings
from runtime.temporal import connect
from tests.runtime.histories import bytes_of, payloads_of, stored, wait_for
from tests.runtime.rings import ring
from tests.runtime.sample_workflows import Fails, Journey, Start, break_down

START = Start(client="0150-7", reported=date(2026, 5, 1))
# The SDK answers a second failing try of a task with silence, so the next one comes after this time.
SOON = timedelta(seconds=1)
WORDS = "Zeemeermin woont in de Grote Vijver"


async def _failed_journey(client: Client, task_queue: str) -> tuple[str, ApplicationError]:
    async with Worker(client, task_queue=task_queue, workflows=[Fails], activities=[break_down]):
        handle = await client.start_workflow(
            "Fails",
            WORDS,
            id=task_queue,
            task_queue=task_queue,
            memo={"notitie": WORDS},
            static_summary=WORDS,
            static_details=WORDS,
        )
        with pytest.raises(WorkflowFailureError) as caught:
            await handle.result()
    assert isinstance(caught.value.cause, ActivityError)
    assert isinstance(caught.value.cause.cause, ApplicationError)
    return handle.id, caught.value.cause.cause


async def test_no_word_of_input_failure_or_summary_is_in_history(client: Client, task_queue: str) -> None:
    journey, failure = await _failed_journey(client, task_queue)
    # Who has the keys reads all of it.
    assert failure.message == WORDS
    assert failure.details == ({"bijlage": WORDS},)
    history = await stored(client.get_workflow_handle(journey))
    held = bytes_of(history)
    for word in WORDS.split():
        if len(word) > 3:
            assert word.encode() not in held
    assert b"break_down" in held
    assert b"sample_workflows.py" not in held


async def test_every_payload_in_history_is_sealed_and_opens_for_the_ring(
    client: Client, keys: KeyRing, task_queue: str
) -> None:
    journey, _ = await _failed_journey(client, task_queue)
    payloads = payloads_of(await stored(client.get_workflow_handle(journey)))
    assert len(payloads) >= 8
    assert {payload.metadata["encoding"] for payload in payloads} == {ENCODING}
    opened = await EncryptingCodec(keys).decode(payloads)
    assert sum(WORDS.encode() in payload.data for payload in opened) >= 6


async def test_journey_started_before_a_rotation_goes_on_after_it(
    temporal_address: str, client: Client, task_queue: str
) -> None:
    async with Worker(client, task_queue=task_queue, workflows=[Journey]):
        before = await client.start_workflow(
            "Journey", START, id=task_queue, task_queue=task_queue, task_timeout=SOON
        )
        assert await before.query("client") == "0150-7"
    rotated = await connect(Settings(temporal_address=temporal_address), ring("k1", "k2"))
    async with Worker(rotated, task_queue=task_queue, workflows=[Journey]):
        handle = rotated.get_workflow_handle(task_queue)
        assert await handle.query("client") == "0150-7"
        await handle.execute_update("go_on")
    keys_used = {p.metadata["meedoen-key"] for p in payloads_of(await stored(handle))}
    # The start is only in the run before.
    assert keys_used == {b"k2"}
    await handle.terminate()


async def test_worker_without_the_key_leaves_the_journey_running(
    temporal_address: str, client: Client, task_queue: str
) -> None:
    handle = await client.start_workflow(
        "Journey", START, id=task_queue, task_queue=task_queue, task_timeout=SOON
    )
    other = await connect(Settings(temporal_address=temporal_address), ring("k9"))
    async with Worker(other, task_queue=task_queue, workflows=[Journey]):
        await wait_for(handle, EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED)
    async with Worker(client, task_queue=task_queue, workflows=[Journey]):
        assert await handle.query("client") == "0150-7"
    await handle.terminate()
