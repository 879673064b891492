"""A journey that moves to a new run lets a registry answer first; acts and time go on meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import WorkflowHandle

from activities.contracts import LOOK_UP, Question
from domain.clock import Clock
from domain.findings import Finding, Outcome
from domain.journey import JourneyState
from tests.workflows.journeys import Journeys, instant
from workflows.messages import STATE_QUERY, SubmittedAct

START = "2026-04-30T10:00"


class Registry:
    """A registry that answers when it is let."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.may_answer = asyncio.Event()

    @activity.defn(name=LOOK_UP)
    async def look_up(self, question: Question) -> Finding:
        self.asked.append(question.id)
        await self.may_answer.wait()
        return Finding(
            id=question.id,
            question=question.question,
            outcome=Outcome.NOT_FOUND,
            answered_at=question.asked_at,
            reason="proef",
        )


@asynccontextmanager
async def asking(journeys: Journeys) -> AsyncIterator[tuple[Registry, WorkflowHandle[Any, Any]]]:
    """A journey in the middle of a question, with a history that is long enough to move."""
    registry = Registry()
    gemeente, number = journeys.id()
    clock = Clock(logical=instant(START), scripted=True)
    async with journeys.asking(registry.look_up, gemeente, number, clock, history_limit=20) as handle:
        await act(handle, "melding", 0)
        for minute in range(1, 4):
            await act(handle, "trede_gemeten", minute, trede=minute)
        history = await journeys.environment.client.get_workflow_handle(handle.id).fetch_history()
        assert len(history.events) > 20
        yield registry, handle
        registry.may_answer.set()
        await journeys.environment.client.get_workflow_handle(handle.id).terminate()


async def act(handle: WorkflowHandle[Any, Any], name: str, minute: int, **data: Any) -> None:
    await handle.execute_update(
        name,
        SubmittedAct(
            id=f"{name}-{minute}",
            by={"code": "consulent", "role": "consulent"},  # type: ignore[arg-type]
            effective=instant(START).date(),
            data=data,
            recorded_at=instant(f"2026-04-30T10:{minute:02}"),
        ),
    )


async def run_of(journeys: Journeys, handle: WorkflowHandle[Any, Any]) -> str:
    described = await journeys.environment.client.get_workflow_handle(handle.id).describe()
    assert described.run_id is not None
    return described.run_id


async def until_moved(journeys: Journeys, handle: WorkflowHandle[Any, Any]) -> None:
    async with asyncio.timeout(90):
        while await run_of(journeys, handle) == handle.first_execution_run_id:
            await asyncio.sleep(0.02)


async def test_an_answer_on_its_way_is_awaited_and_the_registry_asked_once(journeys: Journeys) -> None:
    async with asking(journeys) as (registry, handle):
        await act(handle, "trede_gemeten", 10, trede=5)
        state = await handle.query(STATE_QUERY, result_type=JourneyState)
        assert state.ladder_step == 5
        assert await run_of(journeys, handle) == handle.first_execution_run_id

        registry.may_answer.set()
        await until_moved(journeys, handle)
        current = journeys.environment.client.get_workflow_handle(handle.id)
        state = await current.query(STATE_QUERY, result_type=JourneyState)
        assert [item.finding.outcome for item in state.log if item.finding] == [Outcome.NOT_FOUND]
        assert state.look_ups == ()
        assert registry.asked == ["brp_persoon-1"]


@pytest.mark.long
async def test_a_silent_registry_holds_a_move_up_for_half_a_minute_only(journeys: Journeys) -> None:
    async with asking(journeys) as (registry, handle):
        assert await run_of(journeys, handle) == handle.first_execution_run_id
        await until_moved(journeys, handle)
        async with asyncio.timeout(30):
            while len(registry.asked) < 2:
                await asyncio.sleep(0.02)
        assert set(registry.asked) == {"brp_persoon-1"}
