"""While PostgreSQL is slow an answer of a registry comes in and the journey has to move: it must not hang."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.worker import Worker

from activities.contracts import (
    LOOK_UP,
    OPEN_JOURNEY,
    WRITE_JOURNAL,
    JournalBatch,
    JourneyRef,
    OpenedJourney,
    Question,
)
from domain.findings import BrpPerson, Finding, Outcome, PartialDate
from domain.happenings import Actor
from domain.journey import JourneyState, Resident, journey_id
from tests.workflows.journeys import Journeys
from workflows.files import ClientRoute
from workflows.messages import STATE_QUERY, ActAnswer, StartJourney, SubmittedAct


class SlowWorld:
    """Writes only once it is let go; the registry answers at once."""

    def __init__(self, journeys: Journeys) -> None:
        self._policy = journeys.policy
        self.let_go = asyncio.Event()
        self.asked = asyncio.Event()
        self.written: list[int] = []

    @activity.defn(name=OPEN_JOURNEY)
    async def open_journey(self, ref: JourneyRef) -> OpenedJourney:
        return OpenedJourney(policy=self._policy)

    @activity.defn(name=WRITE_JOURNAL)
    async def write(self, batch: JournalBatch) -> None:
        await self.let_go.wait()
        self.written += [entry.seq for entry in batch.entries]

    @activity.defn(name=LOOK_UP)
    async def look_up(self, question: Question) -> Finding:
        self.asked.set()
        return Finding(
            id=question.id,
            question=question.question,
            outcome=Outcome.FOUND,
            answered_at=datetime.now(UTC),
            person=BrpPerson(birth=PartialDate(year=1985), municipality_code="0150"),
        )


async def test_an_answer_that_comes_while_the_journey_wants_to_move_is_taken_in(journeys: Journeys) -> None:
    world, queue = SlowWorld(journeys), f"traag-{uuid4().hex}"
    client = journeys.environment.client
    gemeente, number = journeys.id()
    identity = journey_id(gemeente, number, 1)
    async with Worker(
        client,
        task_queue=queue,
        workflows=[ClientRoute],
        activities=[world.open_journey, world.write, world.look_up],
    ):
        with journeys.environment.with_time_skipping_disabled():
            handle: WorkflowHandle[Any, Any] = await client.start_workflow(
                ClientRoute.run,
                StartJourney(
                    gemeente=gemeente,
                    client_number=number,
                    journey_number=1,
                    resident=Resident(has_bsn=True),
                    # It wants a new run from the first decision on.
                    history_limit=8,
                ),
                id=identity,
                task_queue=queue,
            )
        me = Actor(code="consulent", role="consulent")
        await handle.execute_update("melding", SubmittedAct(id="m", by=me), result_type=ActAnswer)
        await asyncio.wait_for(world.asked.wait(), 20)
        world.let_go.set()
        async with asyncio.timeout(20):
            while True:
                state = await client.get_workflow_handle(identity).query(
                    STATE_QUERY, result_type=JourneyState
                )
                if any(item.finding for item in state.log) and world.written == [1, 2]:
                    break
                await asyncio.sleep(0.05)
        assert state.look_ups == ()
        async with asyncio.timeout(20):
            # The move itself comes with the task after the last write.
            while True:
                described = await client.get_workflow_handle(identity).describe()
                if described.run_id != handle.first_execution_run_id:
                    break
                await asyncio.sleep(0.05)
        await client.get_workflow_handle(identity).terminate()
