"""Plays a scenario of several people: every journey and household on the real server, all clocks in lockstep.

Each workflow has a clock of its own there, so they are moved together, from one moment at which one of them gets up to
the next; in between everybody hears what the others told. Logical time travels in what they tell.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.contracts import (
    OPEN_JOURNEY,
    WRITE_JOURNAL,
    JournalBatch,
    JourneyRef,
    OpenedJourney,
)
from activities.households import Place
from activities.telling import TellActivity
from domain.calendars import civil_date
from domain.clock import Clock
from domain.decide import next_wake
from domain.happenings import PROGRAM, Actor, Event, Refused
from domain.households import household_id, read_household_id
from domain.journey import JourneyState, Resident, journey_id
from domain.policy import Policy
from domain.routes import act_of_any_route
from starter.dry_run.register import MemoryRegister
from starter.dry_run.scenario import NamedResident, Scenario, Step, actor_of
from workflows.acting import Acts
from workflows.files import ClientRoute, Household
from workflows.messages import STATE_QUERY, ActAnswer, StartJourney, SubmittedAct

GEMEENTE = "proef"
_NEVER = datetime.max.replace(tzinfo=UTC)
_FIRST_HOUSEHOLD = 101
"""So that a household has no number that looks like a resident's."""


@dataclass(frozen=True)
class Lived:
    """An event with whose it is."""

    event: Event
    file: str
    resident: str
    """Empty: it is the household's."""


@dataclass
class _File:
    handle: WorkflowHandle[Any, Any]
    logical: datetime
    started: datetime


class _Households:
    """The register of memberships in memory, as `activities.telling` asks for it."""

    def __init__(self, register: MemoryRegister) -> None:
        self._register = register

    async def find(self, gemeente: str, client_number: int, *, now: datetime) -> Place:
        number = self._register.find(client_number)
        return Place(number, household_id(gemeente, number))

    async def leave(self, gemeente: str, household: int, clients: Sequence[int]) -> None:
        self._register.leave(household, clients)

    async def join(self, gemeente: str, household: int, clients: Sequence[int]) -> None:
        self._register.join(household, clients)

    async def move(self, gemeente: str, household: int, into: int) -> None:
        self._register.move(household, into)


class Together:
    """One scenario with several people.

    Args:
        environment: a server that skips time.
        scenario: what happens; it has residents.
        policy: the numbers.
        task_queue: of its own.
    """

    def __init__(
        self, environment: WorkflowEnvironment, scenario: Scenario, policy: Policy, task_queue: str
    ) -> None:
        self._environment = environment
        self._scenario = scenario
        self._policy = policy
        self._queue = task_queue
        self._register = MemoryRegister(first=_FIRST_HOUSEHOLD)
        self._number = {one.name: n for n, one in enumerate(scenario.residents, start=1)}
        self._files: dict[str, _File] = {}
        self._written: dict[str, int] = {}
        self._told: list[tuple[str, Event]] = []
        self._asked: set[tuple[str, str]] = set()
        for one in scenario.residents:
            if one.partner:
                self._register.relate(self._number[one.name], [self._number[one.partner]])

    # -- the outside world -------------------------------------------------------------------------------

    @activity.defn(name=OPEN_JOURNEY)
    async def open_journey(self, ref: JourneyRef) -> OpenedJourney:
        return OpenedJourney(policy=self._policy, households=True)

    @activity.defn(name=WRITE_JOURNAL)
    async def write_journal(self, batch: JournalBatch) -> None:
        for entry in batch.entries:
            if entry.seq > self._written.get(entry.journey_id, 0):
                self._written[entry.journey_id] = entry.seq
                self._told += [(entry.journey_id, event) for event in entry.events]

    async def _record(self, file: str, name: str, /, **said: Any) -> ActAnswer:
        at: datetime = said["recorded_at"]
        acts = Acts(self._environment.client, self._queue, Clock(logical=at, scripted=True))
        submitted = SubmittedAct(
            id=said["act_id"],
            by=said["by"],
            effective=said["effective"],
            data=said["data"],
            recorded_at=at,
        )
        # A household that begins here would run through all its terms at once.
        with self._environment.with_time_skipping_disabled():
            answer = await acts.submit(file, name, submitted, _nothing_known)
        await self._follow(file, at)
        return answer

    async def _follow(self, file: str, logical: datetime) -> None:
        """Keep the clock of a file that began just now."""
        if file not in self._files:
            handle = self._environment.client.get_workflow_handle(file)
            started = (await handle.describe()).start_time
            self._files.setdefault(file, _File(handle, logical, started))

    # -- time ----------------------------------------------------------------------------------------------

    async def _forward(self, file: _File, instant: datetime) -> None:
        now = file.logical + (await self._environment.get_current_time(file.handle) - file.started)
        if instant > now:
            await self._environment.fast_forward(file.handle, instant - now)

    async def _states(self) -> dict[str, JourneyState]:
        """How every file stands, once nothing is under way between them.

        Files are asked one after the other: who was asked first may have heard something by the time that the last
        one answers. So all have to stand the same twice.
        """
        before: dict[str, JourneyState] = {}
        while True:
            states = {
                name: await file.handle.query(STATE_QUERY, result_type=JourneyState)
                for name, file in dict(self._files).items()
            }
            quiet = len(states) == len(self._files) and all(
                not state.tellings and self._written.get(name, 0) >= state.seq
                for name, state in states.items()
            )
            if quiet and states == before:
                return states
            before = states if quiet else {}
            await asyncio.sleep(0.01)

    async def _earliest(self) -> datetime:
        """When the first of all files gets up by itself."""
        wakes = [next_wake(state, self._policy) for state in (await self._states()).values()]
        return min((wake for wake in wakes if wake is not None), default=_NEVER)

    async def _skip_to(self, instant: datetime) -> None:
        """Move all clocks on together, from one waking to the next."""
        while True:
            earliest = await self._earliest()
            target = min(earliest, instant)
            # A timer fires a few milliseconds late.
            ahead = target + timedelta(seconds=1) if earliest <= instant else target
            for file in list(self._files.values()):
                await self._forward(file, ahead)
            if earliest > instant:
                await self._states()
                return
            # Until whoever had to get up did.
            while await self._earliest() <= target:  # noqa: ASYNC110 the server tells it to nobody
                await asyncio.sleep(0.01)

    # -- what happens --------------------------------------------------------------------------------------

    async def play(self, people: Sequence[Actor] = ()) -> list[Lived]:
        """Play it to its end; every event in the order in which it was lived."""
        telling = TellActivity(_Households(self._register), self._record, _nothing_known)
        async with Worker(
            self._environment.client,
            task_queue=self._queue,
            workflows=[ClientRoute, Household],
            activities=[self.open_journey, self.write_journal, telling.tell],
        ):
            for number, step in enumerate(self._scenario.step, start=1):
                if self._files:
                    await self._skip_to(step.instant)
                await self._step(step, number, people)
                await self._states()
                await self._suggest(step)
            await self._skip_to(self._scenario.end)
            for file in self._files.values():
                with self._environment.with_time_skipping_disabled():
                    if (await file.handle.describe()).close_time is None:
                        await file.handle.terminate("einde van de proef")
        names = {journey_id(GEMEENTE, number, 1): name for name, number in self._number.items()}
        return [Lived(event, file, names.get(file, "")) for file, event in self._in_order()]

    def _in_order(self) -> list[tuple[str, Event]]:
        """What all files told, by time; within a file as it was told, for a correction tells of before."""
        latest: dict[str, datetime] = {}
        placed = []
        for file, event in self._told:
            latest[file] = max(latest.get(file, event.at), event.at)
            placed.append((latest[file], file, event))
        placed.sort(key=lambda one: one[0])
        return [(file, event) for _, file, event in placed if event.at <= self._scenario.end]

    async def _step(self, step: Step, number: int, people: Sequence[Actor]) -> None:
        resident = self._scenario.named(step.resident)
        file = journey_id(GEMEENTE, self._number[step.resident], 1)
        if file not in self._files:
            await self._begin(resident, file, step.instant)
        if act_of_any_route(step.act) is None:
            # Only a household has this act: that of whoever the step names.
            state = await self._files[file].handle.query(STATE_QUERY, result_type=JourneyState)
            file = state.household_id or file
        spec = act_of_any_route(step.act, households=True)
        assert spec is not None
        try:
            await self._record(
                file,
                step.act,
                by=actor_of(step, spec, people),
                data=step.data,
                act_id=step.id or f"stap-{number}",
                effective=step.effective or civil_date(step.instant),
                recorded_at=step.instant,
            )
        except Refused as refusal:
            await self._states()
            event = Event(at=step.instant, event="act_refused", act=step.act, text=str(refusal))
            self._told.append((file, event))

    async def _begin(self, resident: NamedResident, file: str, at: datetime) -> None:
        with self._environment.with_time_skipping_disabled():
            await self._environment.client.start_workflow(
                ClientRoute.run,
                StartJourney(
                    gemeente=GEMEENTE,
                    client_number=self._number[resident.name],
                    journey_number=1,
                    route=resident.route,
                    resident=Resident(birth=resident.birth, household=resident.household),
                    clock=Clock(logical=at, scripted=True),
                ),
                id=file,
                task_queue=self._queue,
            )
        await self._follow(file, at)

    async def _suggest(self, step: Step) -> None:
        """People at one address: once both have a household, each is told of the other."""
        for one in self._scenario.residents:
            if not one.same_address_as:
                continue
            homes = []
            for name in (one.name, one.same_address_as):
                found = self._files.get(journey_id(GEMEENTE, self._number[name], 1))
                state = await found.handle.query(STATE_QUERY, result_type=JourneyState) if found else None
                homes.append(read_household_id(state.household_id) if state else None)
            first, second = homes
            if not first or not second or first == second or (one.name, one.same_address_as) in self._asked:
                continue
            self._asked.add((one.name, one.same_address_as))
            await self._record(
                household_id(*first),
                "mogelijk_samen",
                by=PROGRAM,
                data={"huishouden": second[1], "grond": "adres"},
                act_id=f"adres-{second[1]}",
                effective=civil_date(step.instant),
                recorded_at=step.instant,
            )
            await self._states()


async def _nothing_known(file: str) -> JourneyState | None:
    """Nothing leaves a dry run, so no journal tells of a file that has ended."""
    return None


__all__ = ["Lived", "Together"]
