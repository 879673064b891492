"""Plays a scenario with the real workflow on the real server, with its time skipped.

Nothing leaves: the journal is kept in memory, no registry is asked and no message is sent. The clock is
scripted, so that every event carries the instant that the rules computed.
"""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from temporalio import activity
from temporalio.client import WorkflowUpdateFailedError
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.contracts import (
    OPEN_JOURNEY,
    TELL,
    WRITE_JOURNAL,
    JournalBatch,
    JourneyRef,
    OpenedJourney,
    ToTell,
)
from domain.calendars import AMSTERDAM, civil_date
from domain.clock import Clock
from domain.findings import TOLD, Finding, Outcome
from domain.happenings import Actor, Event
from domain.households import household_id
from domain.journey import JourneyState, Resident, journey_id
from domain.policy import Policy
from domain.routes import act_of_any_route
from runtime.keys import KeyRing
from runtime.plugin import meedoen_plugin
from starter.dry_run.scenario import Scenario, Step, actor_of
from starter.dry_run.together import Lived, Together
from starter.stack import temporal_server
from workflows.files import ClientRoute
from workflows.messages import STATE_QUERY, StartJourney, SubmittedAct


@asynccontextmanager
async def time_skipping_server(keys: KeyRing, *, strict: bool = False) -> AsyncIterator[WorkflowEnvironment]:
    """A real Temporal server that skips the time that a journey waits.

    Args:
        keys: the ring that payloads are sealed with.
        strict: for tests, see ``runtime.plugin.meedoen_plugin``.
    """
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=str(temporal_server.program()),
        dev_server_log_level="error",
        dev_server_extra_args=[
            # Its banner would stand between the lines of --json.
            *("--output", "none"),
            *temporal_server.search_attributes(),
            *temporal_server.dynamic_config(temporal_server.SKIPPING),
        ],
        plugins=[meedoen_plugin(keys, strict_sandbox=strict)],
        runtime=Runtime(telemetry=TelemetryConfig()),
    )
    try:
        yield environment
    finally:
        await environment.shutdown()


class InMemory:
    """The outside world of dry runs: policies are given, the journal is a list per journey."""

    def __init__(self) -> None:
        self.policies: dict[str, Policy] = {}
        self.journals: dict[str, list[Event]] = {}
        self.batches: list[JournalBatch] = []
        self.households = False
        """Whether journeys look for a household; scenarios of one person have none."""
        self.told: list[ToTell] = []

    @activity.defn(name=OPEN_JOURNEY)
    async def open_journey(self, ref: JourneyRef) -> OpenedJourney:
        return OpenedJourney(policy=self.policies[ref.journey_id], households=self.households)

    @activity.defn(name=TELL)
    async def tell(self, order: ToTell) -> Finding:
        self.told.append(order)
        return Finding(
            id=order.telling.id,
            question=TOLD,
            outcome=Outcome.FOUND,
            answered_at=order.telling.at,
            file=order.telling.to or household_id(order.gemeente, 1),
        )

    @activity.defn(name=WRITE_JOURNAL)
    async def write_journal(self, batch: JournalBatch) -> None:
        self.batches.append(batch)
        for entry in batch.entries:
            told = self.journals.setdefault(entry.journey_id, [])
            told.extend(entry.events)

    def worker(self, environment: WorkflowEnvironment, task_queue: str) -> Worker:
        return Worker(
            environment.client,
            task_queue=task_queue,
            workflows=[ClientRoute],
            activities=[self.open_journey, self.write_journal, self.tell],
        )


class DryRun:
    """One server and one worker on which scenarios are played one after the other."""

    def __init__(self, environment: WorkflowEnvironment, world: InMemory, task_queue: str) -> None:
        self._environment = environment
        self._world = world
        self._task_queue = task_queue
        self._count = 0

    async def play(self, scenario: Scenario, policy: Policy, people: Sequence[Actor] = ()) -> list[Event]:
        """Play a scenario to its end.

        Args:
            scenario: what happens.
            policy: the numbers.
            people: persons of the directory that ``by`` may name.

        Returns:
            Every event, in the order in which the journey lived it.
        """
        self._count += 1
        identity = journey_id("proef", self._count, 1)
        self._world.policies[identity] = policy
        told = self._world.journals.setdefault(identity, [])
        with self._environment.with_time_skipping_disabled():
            handle = await self._environment.client.start_workflow(
                ClientRoute.run,
                StartJourney(
                    gemeente="proef",
                    client_number=self._count,
                    journey_number=1,
                    route=scenario.route,
                    resident=Resident(birth=scenario.resident.birth, household=scenario.resident.household),
                    clock=Clock(logical=scenario.start, scripted=True),
                ),
                id=identity,
                task_queue=self._task_queue,
            )
        origin: datetime | None = None

        async def skip_to(instant: datetime) -> None:
            ahead = scenario.start + (await self._environment.get_current_time(handle) - origin_now())
            if instant > ahead:
                await self._environment.fast_forward(handle, instant - ahead)

        def origin_now() -> datetime:
            assert origin is not None
            return origin

        described = await handle.describe()
        origin = described.start_time
        refused: list[tuple[int, Event]] = []
        for number, step in enumerate(scenario.step, start=1):
            await skip_to(step.instant)
            try:
                await self._act(handle, scenario, step, number, people)
            except WorkflowUpdateFailedError as error:
                text = getattr(error.cause, "message", str(error.cause))
                # Everything up to here was told before the refusal.
                await self._settle(handle, told)
                refused.append(
                    (len(told), Event(at=step.instant, event="act_refused", act=step.act, text=text))
                )
        await skip_to(scenario.end)
        await self._settle(handle, told)
        with self._environment.with_time_skipping_disabled():
            if (await handle.describe()).close_time is None:
                await handle.terminate("einde van de proef")
        events = list(told)
        for position, event in reversed(refused):
            events.insert(position, event)
        return [event for event in events if event.at <= scenario.end]

    async def play_together(
        self, scenario: Scenario, policy: Policy, people: Sequence[Actor] = ()
    ) -> list[Lived]:
        """Play a scenario of several people to its end: see `Together`."""
        self._count += 1
        return await Together(
            self._environment, scenario, policy, f"{self._task_queue}-samen-{self._count}"
        ).play(people)

    async def _act(
        self, handle: Any, scenario: Scenario, step: Step, number: int, people: Sequence[Actor]
    ) -> None:
        spec = act_of_any_route(step.act)
        assert spec is not None
        await handle.execute_update(
            step.act,
            SubmittedAct(
                id=step.id or f"stap-{number}",
                by=actor_of(step, spec, people),
                effective=step.effective or civil_date(step.instant),
                data=step.data,
                recorded_at=step.instant,
            ),
        )

    async def _settle(self, handle: Any, told: list[Event]) -> None:
        """Until the journal holds everything that the journey decided."""
        while True:
            state = await handle.query(STATE_QUERY, result_type=JourneyState)
            written = sum(
                len(batch.entries) for batch in self._world.batches if batch.entries[0].journey_id == state.id
            )
            if written >= state.seq:
                return


@asynccontextmanager
async def dry_runs() -> AsyncIterator[DryRun]:
    """A place to play scenarios in, with keys that last as long as it does."""
    keys = KeyRing(active="proef", secrets={"proef": os.urandom(32)}, hash_secret=os.urandom(32))
    async with time_skipping_server(keys) as environment:
        world = InMemory()
        async with world.worker(environment, "proef"):
            yield DryRun(environment, world, "proef")


def lived_line(lived: Lived) -> dict[str, Any]:
    """One event of several people, with whose it is."""
    whose = {"resident": lived.resident} if lived.resident else {"household": lived.file}
    return line(lived.event) | whose


def line(event: Event) -> dict[str, Any]:
    """One event as the command prints it with ``--json``."""
    said: dict[str, Any] = {
        "at": event.at.isoformat().replace("+00:00", "Z"),
        "local": event.at.astimezone(AMSTERDAM).isoformat(),
        "event": event.event,
    }
    for name in ("stage", "route", "term", "due", "rung", "role", "act", "act_id", "term_id", "task", "text"):
        value = getattr(event, name)
        if value not in (None, ""):
            said[name] = value.isoformat() if hasattr(value, "isoformat") else value
    return said
