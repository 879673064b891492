"""A start from Temporal UI that cannot be a journey ends with a sentence; carried state only waits."""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError, WorkflowHandle

from domain.journey import JourneyState, journey_id
from tests.workflows.journeys import Journeys


def said(error: BaseException) -> str:
    return " ".join(
        str(getattr(e, "message", e)) + str(getattr(e, "details", "")) for e in (error, error.__cause__) if e
    )


async def start(
    journeys: Journeys, value: object, *, registered: bool = True
) -> WorkflowHandle[object, object]:
    gemeente, number = journeys.id()
    with journeys.environment.with_time_skipping_disabled():
        return await journeys.environment.client.start_workflow(
            "ClientRoute", value, id=journey_id(gemeente, number, 1), task_queue=journeys.queue
        )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"gemeente": "deventer"}, "client_number"),
        ({"gemeente": "deventer", "client_number": "veel", "journey_number": 1}, "client_number"),
        ({"gemeente": "deventer", "client_number": 1, "journey_number": 1, "naam": "Jansen"}, "naam"),
        ("Jansen", "groep velden"),
        (None, "JSON"),
    ],
)
async def test_wrong_json_fails_readably_and_does_not_repeat_what_was_typed(
    journeys: Journeys, value: object, words: str
) -> None:
    handle = await start(journeys, value)
    with pytest.raises(WorkflowFailureError) as failure:
        await handle.result()
    text = said(failure.value) + said(failure.value.cause)
    assert words in text
    assert "Jansen" not in text


async def test_a_start_without_a_melding_guards_nothing_and_says_so(journeys: Journeys) -> None:
    journey = await journeys.start(melding=False)
    await journeys.environment.fast_forward(journey.handle, timedelta(minutes=2))
    with pytest.raises(WorkflowFailureError) as failure:
        await journey.handle.result()
    assert "zonder melding" in said(failure.value.cause)


async def test_carried_state_that_cannot_be_read_waits_and_never_fails(journeys: Journeys) -> None:
    gemeente, number = journeys.id()
    state = JourneyState(gemeente=gemeente, client_number=number, journey_number=1).model_dump(mode="json")
    handle = await start(
        journeys,
        {
            "gemeente": gemeente,
            "client_number": number,
            "journey_number": 1,
            "carried": state | {"stage": "een fase van een latere versie"},
        },
    )
    # The first task fails and is tried again; the journey itself goes on waiting.
    for _ in range(200):
        described = await handle.describe()
        pending = described.raw_description.pending_workflow_task
        if pending.attempt > 1:
            break
    assert described.status is WorkflowExecutionStatus.RUNNING
    assert pending.attempt > 1
    await handle.terminate()
