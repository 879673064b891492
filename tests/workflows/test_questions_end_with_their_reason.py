"""A question to a registry ends with its answer, its patience or its reason, and is never asked without a pause."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.exceptions import ApplicationError

from activities.contracts import LOOK_UP, Question
from domain.clock import Clock
from domain.findings import Finding
from domain.journey import JourneyState, journey_id
from domain.policy import Patience
from tests.workflows.journeys import Journeys, instant
from workflows.messages import STATE_QUERY, SubmittedAct

DAY_PER_SECOND = 86400.0


class Silent:
    """A registry that is away, and says when to come back."""

    def __init__(self, back_in: timedelta) -> None:
        self.asked: list[str] = []
        self._back_in = back_in
        self.heard = asyncio.Event()

    @activity.defn(name=LOOK_UP)
    async def look_up(self, question: Question) -> Finding:
        self.asked.append(question.id)
        self.heard.set()
        raise ApplicationError(
            "De BRP antwoordt niet.", type="RegistryUnavailable", next_retry_delay=self._back_in
        )


@asynccontextmanager
async def asking(
    journeys: Journeys, registry: Silent, clock: Clock, hours: int = 48
) -> AsyncIterator[WorkflowHandle[Any, Any]]:
    gemeente, number = journeys.id()
    journeys.world.policies[journey_id(gemeente, number, 1)] = journeys.policy.model_copy(
        update={"patience": {"brp": Patience(hours=hours)}}
    )
    async with journeys.asking(registry.look_up, gemeente, number, clock) as handle:
        with journeys.environment.with_time_skipping_disabled():
            await _send(handle, "melding")
            try:
                yield handle
            finally:
                await handle.terminate()


async def _send(handle: WorkflowHandle[Any, Any], name: str, **data: Any) -> None:
    by = {"code": "consulent", "role": "consulent"}
    await handle.execute_update(
        name, SubmittedAct.model_validate({"id": f"{name}-1", "by": by, "data": data})
    )


async def _pending(handle: WorkflowHandle[Any, Any]) -> list[str]:
    """Names of the activities that Temporal still tries."""
    described = await handle.describe()
    return [one.activity_type.name for one in described.raw_description.pending_activities]


async def test_a_closed_journey_asks_no_registry_any_more(journeys: Journeys) -> None:
    registry = Silent(timedelta(milliseconds=200))
    async with asking(journeys, registry, Clock()) as handle:
        await registry.heard.wait()
        assert LOOK_UP in await _pending(handle)
        await _send(handle, "overlijden_gemeld")
        state = await handle.query(STATE_QUERY, result_type=JourneyState)
        assert state.look_ups == ()
        async with asyncio.timeout(20):
            while LOOK_UP in await _pending(handle):
                await asyncio.sleep(0.05)


@pytest.mark.parametrize(("hours", "speed"), [(48, DAY_PER_SECOND), (1, 3600.0)])
async def test_a_registry_that_wants_more_time_than_there_is_patience_is_not_stormed(
    journeys: Journeys, hours: int, speed: float
) -> None:
    """The patience is an instant at this speed; an honest attempt and the pause after it take twenty seconds each."""
    registry = Silent(timedelta(hours=2))
    clock = Clock(logical=instant("2026-04-30T10:00"), speed=speed)
    async with asking(journeys, registry, clock, hours) as handle:
        async with asyncio.timeout(60):
            while not (state := await handle.query(STATE_QUERY, result_type=JourneyState)).open_tasks(
                "controleer_handmatig"
            ):
                await asyncio.sleep(0.1)
        # Silent for its whole patience: then a person was asked, and the registry is asked again after a pause.
        (waiting,) = state.look_ups
        assert waiting.not_before is not None
        assert len(registry.asked) == 1
