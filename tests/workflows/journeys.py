"""Starts journeys for tests and moves their clocks."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from uuid import uuid4

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from domain.calendars import AMSTERDAM
from domain.clock import Clock
from domain.findings import PartialDate
from domain.happenings import Actor
from domain.journey import JourneyState, Resident, journey_id
from domain.routes import ROUTES
from runtime.policies import load_policy
from starter.dry_run.runner import DryRun, InMemory
from workflows.files import ClientRoute
from workflows.messages import STATE_QUERY, ActAnswer, JourneyResult, StartJourney, SubmittedAct

_numbers = count(1)


def instant(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=AMSTERDAM).astimezone(UTC)


class Journey:
    """One journey under test, on a scripted clock."""

    def __init__(
        self,
        environment: WorkflowEnvironment,
        handle: WorkflowHandle[Any, Any],
        origin: datetime,
        real: datetime,
    ) -> None:
        self.environment = environment
        self.handle = handle
        self._origin = origin
        self._real = real

    async def until(self, local: str) -> None:
        """Let time pass up to a local moment."""
        now = self._origin + (await self.environment.get_current_time(self.handle) - self._real)
        if instant(local) > now:
            await self.environment.fast_forward(self.handle, instant(local) - now)

    async def act(
        self,
        local: str,
        name: str,
        *,
        by: str = "",
        effective: str = "",
        act_id: str = "",
        version: int | None = None,
        **data: Any,
    ) -> ActAnswer:
        await self.until(local)
        roles = ROUTES["regulier"].act(name).roles
        by = by or ("consulent" if "consulent" in roles else min(roles))
        return await self.send(
            name,
            SubmittedAct(
                id=act_id or f"{name}@{local}",
                by=Actor(code=by, role=by),
                effective=date.fromisoformat(effective or local[:10]),
                data=data,
                expected_version=version,
                recorded_at=instant(local),
            ),
        )

    async def send(self, name: str, *args: Any) -> ActAnswer:
        return await self.handle.execute_update(name, args=list(args), result_type=ActAnswer)

    async def refused(self, name: str, *args: Any) -> str:
        """The sentence with which an act is refused."""
        try:
            answer = await self.send(name, *args)
        except WorkflowUpdateFailedError as error:
            return str(getattr(error.cause, "message", error.cause))
        raise AssertionError(f"{name} was not refused but answered: {answer.text}")

    async def state(self) -> JourneyState:
        # A run that has just begun has no task yet in which it could be asked.
        async with asyncio.timeout(30):
            while True:
                try:
                    return await self.handle.query(STATE_QUERY, result_type=JourneyState)
                except RPCError as error:
                    if error.status is not RPCStatusCode.FAILED_PRECONDITION:
                        raise
                await asyncio.sleep(0.05)

    async def counted(self) -> Counter[str]:
        """How often each kind of history event stands in the current run."""
        history = await self.handle.fetch_history()
        return Counter(
            EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in history.events
        )


class Journeys:
    """Where journeys for tests live."""

    def __init__(self, environment: WorkflowEnvironment, world: InMemory, queue: str) -> None:
        self.environment = environment
        self.world = world
        self.queue = queue
        self.dry_run = DryRun(environment, world, queue)
        self.policy = load_policy("deventer")

    def id(self) -> tuple[str, int]:
        number = next(_numbers)
        gemeente = f"proef{uuid4().hex[:8]}"
        identity = journey_id(gemeente, number, 1)
        self.world.policies[identity] = self.policy
        return gemeente, number

    @asynccontextmanager
    async def asking(
        self,
        look_up: Callable[..., Any],
        gemeente: str,
        number: int,
        clock: Clock,
        *,
        history_limit: int | None = None,
    ) -> AsyncIterator[WorkflowHandle[Any, Any]]:
        """A journey of somebody with a number, with a worker of its own whose registries are this activity."""
        identity = journey_id(gemeente, number, 1)
        queue = f"vraag-{identity}"
        async with Worker(
            self.environment.client,
            task_queue=queue,
            workflows=[ClientRoute],
            activities=[self.world.open_journey, self.world.write_journal, look_up],
        ):
            with self.environment.with_time_skipping_disabled():
                handle: WorkflowHandle[Any, Any] = await self.environment.client.start_workflow(
                    ClientRoute.run,
                    StartJourney(
                        gemeente=gemeente,
                        client_number=number,
                        journey_number=1,
                        resident=Resident(has_bsn=True),
                        clock=clock,
                        history_limit=history_limit,
                    ),
                    id=identity,
                    task_queue=queue,
                )
            yield handle

    async def start(
        self, local: str = "2026-04-30T10:00", *, melding: bool = True, limit: int | None = None
    ) -> Journey:
        gemeente, number = self.id()
        with self.environment.with_time_skipping_disabled():
            handle: WorkflowHandle[Any, JourneyResult] = await self.environment.client.start_workflow(
                ClientRoute.run,
                StartJourney(
                    gemeente=gemeente,
                    client_number=number,
                    journey_number=1,
                    resident=Resident(birth=PartialDate(year=1985, month=1, day=15)),
                    clock=Clock(logical=instant(local), scripted=True),
                    history_limit=limit,
                ),
                id=journey_id(gemeente, number, 1),
                task_queue=self.queue,
            )
        started = (await handle.describe()).start_time
        journey = Journey(self.environment, handle, instant(local), started)
        if melding:
            await journey.act(local, "melding")
        return journey

    def told(self, journey: Journey, *kinds: str) -> list[str]:
        """``05-08 eerste_gesprek-1 eigenaar`` for the events of some kinds, as the journal holds them."""
        return [
            " ".join(
                part
                for part in (
                    f"{e.at.astimezone(AMSTERDAM):%y-%m-%d}",
                    e.term_id or e.stage or "",
                    e.role or "",
                )
                if part
            )
            for e in self.world.journals.get(journey.handle.id, [])
            if e.event in kinds
        ]
