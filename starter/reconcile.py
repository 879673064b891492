"""Lays Temporal and the journal side by side, journey by journey, and mends what can be mended.

Temporal knows what runs, the journal knows what happened. They agree but for moments, until one of them is
put back from a backup or loses something. Then:

* the journal lacks entries that Temporal holds: they are taken from the histories and written again;
* Temporal lacks entries that the journal holds, or lost the journey: the journey goes on from the journal,
  and acts that only Temporal held are recorded once more;
* what neither holds any more is named as lost.

Every step looks at what is so and does what is missing: cut off and started again it goes on.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
from pydantic import ValidationError
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    DescribeWorkflowExecutionResponse,
    ListWorkflowExecutionsRequest,
    ResetActivityRequest,
)
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from activities.clients import Clients
from activities.contracts import WRITE_JOURNAL, JournalBatch
from activities.journal import Journal, JournalConflict, JournalError
from activities.kept_policies import KeptPolicies
from activities.notes import Notes
from domain.clock import Clock
from domain.decide import next_moment
from domain.happenings import Actor
from domain.journey import JourneyState, read_journey_id
from domain.policy import Policy
from domain.projection import JournalEntry, lost_entry, snapshot
from workflows.messages import (
    CLIENT_ROUTE,
    RESTORE_UPDATE,
    STATE_QUERY,
    RestoredJourney,
    RestoreJourney,
    StartJourney,
)

CUT_OFF_START = timedelta(minutes=15)
"""A registration without a journey is a start that was cut off when it is older than this."""
AT_ONCE = 8
ROUNDS = 4
_CALL = timedelta(seconds=10)
_LOOK_AGAIN_SECONDS = 0.5
_RUNNING = (
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING,
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_PAUSED,
)
_BY = Actor(code="beheer", role="beheer")

_T = TypeVar("_T")
Progress = Callable[[int, int], None]
"""Takes how many journeys were looked at and how many there are."""


class Kind(StrEnum):
    """What is wrong between Temporal and the journal of a journey."""

    JOURNAL_BEHIND = "journaal_loopt_achter"
    TEMPORAL_BEHIND = "temporal_loopt_achter"
    APART = "spreken_elkaar_tegen"
    NOT_RUNNING = "loopt_niet"
    UNKNOWN = "onbekend_in_postgresql"
    NEVER_STARTED = "nooit_gestart"
    SILENT = "antwoordt_niet"
    UNREADABLE = "journaal_onleesbaar"
    LISTS_BEHIND = "lijsten_lopen_achter"


@dataclass(frozen=True)
class Difference:
    """One difference, as it was found."""

    journey_id: str
    kind: Kind
    sentence: str


@dataclass
class Report:
    """What was found and what came of it."""

    journeys: int = 0
    found: list[Difference] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    """A sentence for each journey that was mended."""
    lost: list[str] = field(default_factory=list)
    """A sentence for everything that nobody holds any more."""
    left: list[Difference] = field(default_factory=list)
    """What still differs."""


@dataclass(frozen=True)
class _Registered:
    """What PostgreSQL knows of a journey without reading its journal."""

    seq: int
    shown_seq: int
    registered_at: datetime
    erased: bool


@dataclass(frozen=True)
class _Run:
    """What Temporal knows of a journey without asking it."""

    run_id: str
    running: bool


class Reconciler:
    """Compares and mends.

    Args:
        client: the connection to Temporal.
        pool: the database.
        journal: what happened.
        clients: who is registered.
        notes: free texts, to see which were lost.
        kept: the policies that decisions were made by.
        policy_of: the policy of a municipality of today.
        task_queue: where workers listen.
        clock: what journeys that are started again read time by.
        patience: how long a difference may be a matter of lagging.
    """

    def __init__(
        self,
        client: Client,
        pool: asyncpg.Pool,
        *,
        journal: Journal,
        clients: Clients,
        notes: Notes,
        kept: KeptPolicies,
        policy_of: Callable[[str], Policy],
        task_queue: str,
        clock: Clock,
        patience: timedelta = timedelta(seconds=5),
    ) -> None:
        self._client = client
        self._pool = pool
        self._journal = journal
        self._clients = clients
        self._notes = notes
        self._kept = kept
        self._policy_of = policy_of
        self._task_queue = task_queue
        self._clock = clock
        self._patience = patience

    async def run(self, *, repair: bool = False, progress: Progress = lambda _done, _all: None) -> Report:
        """Look at every journey that PostgreSQL or Temporal knows.

        Args:
            repair: mend what can be mended.
            progress: see `Progress`.
        """
        journeys = sorted({*await self._pool_ids(), *await self._temporal_ids()})
        report = Report(journeys=len(journeys))
        differences = await self._lasting(journeys, progress)
        report.found = list(differences.values())
        # Filling a journal can show that its journey is not running either, and so on.
        for _ in range(ROUNDS if repair else 0):
            if not differences:
                break
            said = await self._mend_all(differences, report)
            before, differences = differences, await self._lasting(list(differences))
            if differences == before and not said:
                break
        report.left = list(differences.values())
        for sentences in (report.mended, report.lost):
            sentences.sort()
        return report

    async def _lasting(
        self, journeys: Sequence[str], progress: Progress = lambda _done, _all: None
    ) -> dict[str, Difference]:
        """The differences that are still there when what was under way has had time to arrive."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience.total_seconds()
        found = await self._each(journeys, self._compare, progress)
        while True:
            differing = {journey_id: each for journey_id, each in found.items() if each is not None}
            if not differing or loop.time() >= until:
                return differing
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            found = await self._each(list(differing), self._compare)

    async def _mend_all(self, differences: Mapping[str, Difference], report: Report) -> bool:
        """Whether anything was done."""
        said = await self._each(differences, lambda journey_id: self._mend(differences[journey_id], report))
        report.mended += [sentence for sentence in said.values() if sentence]
        return any(said.values())

    async def _each(
        self,
        journeys: Collection[str],
        do: Callable[[str], Awaitable[_T]],
        progress: Progress = lambda _done, _all: None,
    ) -> dict[str, _T]:
        """Do something for every journey, a few at once; the answers in the order of the journeys."""
        done, gate = 0, asyncio.Semaphore(AT_ONCE)

        async def one(journey_id: str) -> tuple[str, _T]:
            nonlocal done
            async with gate:
                answer = await do(journey_id)
            done += 1
            progress(done, len(journeys))
            return journey_id, answer

        return dict(await asyncio.gather(*(one(journey_id) for journey_id in journeys)))

    # -- comparing -----------------------------------------------------------------------------------

    async def _compare(self, journey_id: str) -> Difference | None:
        registered, run = await asyncio.gather(self._registered(journey_id), self._run(journey_id))

        def differs(kind: Kind, sentence: str) -> Difference:
            return Difference(journey_id, kind, f"{journey_id}: {sentence}")

        if registered is None:
            if run is None:
                return None
            if not run.running and not await self._entries(journey_id, after=0):
                return None  # a start that was refused and never was a journey
            return differs(
                Kind.UNKNOWN,
                "Temporal kent deze klantroute en PostgreSQL niet. Waarschijnlijk is de database teruggezet.",
            )
        if run is None or not run.running:
            return await self._compare_ended(journey_id, registered, run, differs)
        try:
            state = await self._state_in_temporal(journey_id)
        except _NO_ANSWER as error:
            return differs(
                Kind.SILENT,
                f"de klantroute geeft in Temporal geen antwoord ({type(error).__name__}). Draait er een worker "
                "van haar versie, en lukken haar taken? 'meedoen watch' zegt waarom.",
            )
        if state.seq > registered.seq:
            return differs(
                Kind.JOURNAL_BEHIND,
                f"Temporal is bij regel {state.seq}, het journaal bij regel {registered.seq}.",
            )
        if state.seq < registered.seq:
            return differs(
                Kind.TEMPORAL_BEHIND,
                f"het journaal is bij regel {registered.seq}, Temporal bij regel {state.seq}.",
            )
        told, problem = await self._told(journey_id, differs)
        if problem is not None:
            return problem
        if told is not None and told != state:
            return differs(Kind.APART, f"bij regel {state.seq} zegt Temporal iets anders dan het journaal.")
        return self._compare_lists(registered, differs)

    async def _compare_ended(
        self,
        journey_id: str,
        registered: _Registered,
        run: _Run | None,
        differs: Callable[[Kind, str], Difference],
    ) -> Difference | None:
        """Of a journey that does not run: whether it may be so."""
        if run is not None:
            later = await self._entries(journey_id, after=registered.seq)
            if later:
                return differs(
                    Kind.JOURNAL_BEHIND,
                    f"Temporal was bij regel {max(later)}, het journaal is bij regel {registered.seq}.",
                )
        if registered.seq == 0:
            if registered.erased or datetime.now(UTC) - registered.registered_at < CUT_OFF_START:
                return None
            return differs(
                Kind.NEVER_STARTED,
                "is aangemeld en nooit gestart. Doe dezelfde start of import nog een keer; er komt niets dubbel.",
            )
        told, problem = await self._told(journey_id, differs)
        if problem is not None:
            return problem
        if told is None:
            if await self._pool.fetchval(_IS_OPEN, journey_id):
                return differs(
                    Kind.NOT_RUNNING, "loopt niet in Temporal, en haar journaal vertelt haar stand niet."
                )
            return None
        moment = next_moment(told, await self._policy(told))
        if moment is not None and moment.kind != "slot":
            return differs(Kind.NOT_RUNNING, "hoort te lopen, maar Temporal kent haar niet meer als lopend.")
        return self._compare_lists(registered, differs)

    def _compare_lists(
        self, registered: _Registered, differs: Callable[[Kind, str], Difference]
    ) -> Difference | None:
        if registered.shown_seq == registered.seq or registered.erased:
            return None
        return differs(
            Kind.LISTS_BEHIND,
            f"de lijsten tonen regel {registered.shown_seq}, het journaal is bij regel {registered.seq}. "
            "Maak ze opnieuw met 'meedoen rebuild'.",
        )

    async def _told(
        self, journey_id: str, differs: Callable[[Kind, str], Difference]
    ) -> tuple[JourneyState | None, Difference | None]:
        try:
            return await self._journal.state(journey_id), None
        except (JournalError, ValidationError) as error:
            return None, differs(
                Kind.UNREADABLE,
                f"haar stand in het journaal is niet te lezen ({type(error).__name__}). Controleer met "
                "'meedoen verify'.",
            )

    async def _registered(self, journey_id: str) -> _Registered | None:
        record = await self._pool.fetchrow(_REGISTERED, journey_id)
        return None if record is None else _Registered(**dict(record))

    async def _run(self, journey_id: str) -> _Run | None:
        found = await self._describe(journey_id)
        if found is None:
            return None
        info = found.workflow_execution_info
        return _Run(run_id=info.execution.run_id, running=info.status in _RUNNING)

    async def _describe(self, journey_id: str) -> DescribeWorkflowExecutionResponse | None:
        # Raw: the client's own class does not know every status that the server has.
        request = DescribeWorkflowExecutionRequest(
            namespace=self._client.namespace, execution=WorkflowExecution(workflow_id=journey_id)
        )
        try:
            return await self._client.workflow_service.describe_workflow_execution(request)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise

    async def _state_in_temporal(self, journey_id: str) -> JourneyState:
        state: JourneyState = await self._client.get_workflow_handle(journey_id).query(
            STATE_QUERY, result_type=JourneyState, rpc_timeout=_CALL
        )
        return state

    async def _entries(self, journey_id: str, *, after: int) -> dict[int, JournalEntry]:
        """What the histories of a journey hold of its journal, by number, later than an entry."""
        found: dict[int, JournalEntry] = {}
        # The newest run comes first, and what it decided counts: an older one may hold entries that were
        # decided again after the journey was put back.
        for run_id in await self._run_ids(journey_id):
            of_run = await self._entries_of_run(journey_id, run_id)
            before = min(found, default=None)
            found |= {seq: entry for seq, entry in of_run.items() if before is None or seq < before}
            if found and min(found) <= after + 1:
                break
        return {seq: entry for seq, entry in found.items() if seq > after}

    async def _entries_of_run(self, journey_id: str, run_id: str) -> dict[int, JournalEntry]:
        handle: WorkflowHandle[Any, Any] = self._client.get_workflow_handle(journey_id, run_id=run_id)
        found: dict[int, JournalEntry] = {}
        async for event in handle.fetch_history_events():
            if event.event_type != EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                continue
            scheduled = event.activity_task_scheduled_event_attributes
            if scheduled.activity_type.name != WRITE_JOURNAL:
                continue
            (batch,) = await self._client.data_converter.decode(scheduled.input.payloads, [JournalBatch])
            for entry in batch.entries:
                # A number that comes again takes the place of what stood there and after it.
                found = {seq: earlier for seq, earlier in found.items() if seq < entry.seq}
                found[entry.seq] = entry
        return found

    async def _run_ids(self, journey_id: str) -> list[str]:
        """Every run that Temporal still keeps, the newest first."""
        runs: list[tuple[datetime, str]] = []
        token = b""
        while True:
            page = await self._client.workflow_service.list_workflow_executions(
                ListWorkflowExecutionsRequest(
                    namespace=self._client.namespace,
                    query=f'WorkflowId = "{journey_id}"',
                    page_size=100,
                    next_page_token=token,
                )
            )
            runs += [(info.start_time.ToDatetime(), info.execution.run_id) for info in page.executions]
            token = page.next_page_token
            if not token:
                break
        newest = await self._run(journey_id)
        ids = [run_id for _, run_id in sorted(runs, reverse=True)]
        # The list lags; the newest run is known for certain.
        if newest is not None and newest.run_id not in ids:
            ids.insert(0, newest.run_id)
        return ids

    async def _pool_ids(self) -> list[str]:
        return [record["journey_id"] for record in await self._pool.fetch("SELECT journey_id FROM journey")]

    async def _temporal_ids(self) -> set[str]:
        ids: set[str] = set()
        token = b""
        while True:
            page = await self._client.workflow_service.list_workflow_executions(
                ListWorkflowExecutionsRequest(
                    namespace=self._client.namespace,
                    query=f'WorkflowType = "{CLIENT_ROUTE}"',
                    page_size=1000,
                    next_page_token=token,
                )
            )
            ids |= {info.execution.workflow_id for info in page.executions}
            token = page.next_page_token
            if not token:
                return {journey_id for journey_id in ids if read_journey_id(journey_id) is not None}

    async def _policy(self, state: JourneyState) -> Policy:
        return await self._kept.find(state.policy_hash) or self._policy_of(state.gemeente)

    # -- mending -------------------------------------------------------------------------------------

    async def _mend(self, difference: Difference, report: Report) -> str:
        """What was done, as a sentence; empty: nothing can be done from here."""
        journey_id = difference.journey_id
        match difference.kind:
            case Kind.UNKNOWN:
                return await self._register_again(journey_id, report)
            case Kind.JOURNAL_BEHIND:
                return await self._fill_journal(journey_id, report)
            case Kind.TEMPORAL_BEHIND | Kind.APART | Kind.NOT_RUNNING:
                return await self._go_on_from_journal(journey_id, difference.kind, report)
            case _:
                return ""

    async def _register_again(self, journey_id: str, report: Report) -> str:
        parts = read_journey_id(journey_id)
        assert parts is not None
        gemeente, client_number, journey_number = parts
        new_client = await self._clients.register_again(
            gemeente, client_number, journey_number, now=datetime.now(UTC)
        )
        if new_client:
            report.lost.append(
                f"{journey_id}: wie dit is, staat nergens meer. Zoek het op in de aanmeldingen van die tijd en "
                f"leg het vast met 'meedoen identify {gemeente}-{client_number}'."
            )
        return f"{journey_id}: opnieuw geregistreerd in PostgreSQL."

    async def _fill_journal(self, journey_id: str, report: Report) -> str:
        registered = await self._registered(journey_id)
        assert registered is not None
        # The last one that both hold shows whether they tell the same story up to there.
        held = await self._entries(journey_id, after=registered.seq - 1)
        if registered.seq in held and not await self._journal.agrees(held[registered.seq]):
            return await self._go_on_from_journal(journey_id, Kind.APART, report)
        state = await self._last_state(journey_id)
        last = self._last_to_fill(registered.seq, held, state, await self._is_writing(journey_id))
        gap = [seq for seq in range(registered.seq + 1, last + 1) if seq not in held]
        lines = {seq: entry for seq, entry in held.items() if seq <= last}
        if gap:
            now = datetime.now(UTC)
            lines |= {entry.seq: entry for entry in await self._lost(journey_id, gap, held, state, now)}
        if not lines:
            return ""
        try:
            await self._journal.write([lines[seq] for seq in sorted(lines)])
        except JournalConflict:
            return await self._go_on_from_journal(journey_id, Kind.APART, report)
        if gap:
            report.lost.append(
                f"{journey_id}: {_lines(gap)} van het journaal {'staat' if len(gap) == 1 else 'staan'} nergens "
                "meer. De klantroute zelf is heel; wie daar wat vastlegde, is niet meer te zeggen."
            )
        fresh = [seq for seq in lines if seq > registered.seq and seq not in gap]
        await self._missing_notes(journey_id, [lines[seq] for seq in sorted(fresh)], report)
        await self._try_at_once(journey_id)
        if not fresh and not gap:
            return ""
        return (
            f"{journey_id}: {len(fresh)} {'regel' if len(fresh) == 1 else 'regels'} van het journaal opnieuw "
            "geschreven uit Temporal."
        )

    def _last_to_fill(
        self, written: int, held: Mapping[int, JournalEntry], state: JourneyState | None, writing: bool
    ) -> int:
        """Up to which entry the journal can be filled from outside."""
        scheduled = max(held, default=written)
        if state is None:
            return scheduled
        # What a journey is still writing it writes itself, as soon as the entries before it are there.
        return min(scheduled, state.seq) if writing else state.seq

    async def _lost(
        self,
        journey_id: str,
        gap: Sequence[int],
        held: Mapping[int, JournalEntry],
        state: JourneyState | None,
        now: datetime,
    ) -> list[JournalEntry]:
        """Entries for what nobody holds any more; they say so, and what is known of the state."""
        if state is None:
            # Not one that answers: what stands beside the gap shows at least what it looked like.
            near = held[min((seq for seq in held if seq > gap[-1]), default=max(held))]
            return [
                lost_entry(near.snapshot, seq=seq, at=now, by=_BY, policy_hash=near.policy_hash)
                for seq in gap
            ]
        shown = snapshot(state, await self._policy(state))
        return [
            lost_entry(
                shown,
                seq=seq,
                at=now,
                by=_BY,
                policy_hash=state.policy_hash,
                # Entries after the gap only say what became of things, so they lead to the same state.
                state=state if seq == gap[-1] else None,
            )
            for seq in gap
        ]

    async def _last_state(self, journey_id: str) -> JourneyState | None:
        """The state in Temporal, of a run that has ended too; None: it does not answer."""
        try:
            return await self._state_in_temporal(journey_id)
        except _NO_ANSWER:
            return None

    async def _is_writing(self, journey_id: str) -> bool:
        """Whether a write of the journal is under way or waits to be tried again."""
        found = await self._describe(journey_id)
        return found is not None and any(
            pending.activity_type.name == WRITE_JOURNAL for pending in found.pending_activities
        )

    async def _missing_notes(self, journey_id: str, entries: Sequence[JournalEntry], report: Report) -> None:
        references = [note for entry in entries if (note := entry.happening.get("note"))]
        for note in references:
            if not await self._notes.exists(note):
                report.lost.append(
                    f"{journey_id}: de vrije tekst met kenmerk {note} staat nergens meer. Vraag wie haar "
                    "schreef om haar opnieuw vast te leggen."
                )

    async def _try_at_once(self, journey_id: str) -> None:
        """A write that waits to be tried again need not wait any longer."""
        request = ResetActivityRequest(
            namespace=self._client.namespace,
            execution=WorkflowExecution(workflow_id=journey_id),
            type=WRITE_JOURNAL,
        )
        try:
            await self._client.workflow_service.reset_activity(request)
        except RPCError:
            return  # nothing waits, or this server cannot; it is tried again within a minute anyway

    async def _go_on_from_journal(self, journey_id: str, kind: Kind, report: Report) -> str:
        state = await self._journal.state(journey_id)
        if state is None:
            return ""
        order = RestoreJourney(state=state, by=_BY, why=_WHY[kind])
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            CLIENT_ROUTE,
            StartJourney(
                gemeente=state.gemeente,
                client_number=state.client_number,
                journey_number=state.journey_number,
                route=state.route,
                clock=self._clock,
                carried=state,
            ),
            id=journey_id,
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            static_summary=f"Klantroute {state.gemeente}-{state.client_number}, teruggezet",
            result_type=dict,
        )
        try:
            done: RestoredJourney = await self._client.execute_update_with_start_workflow(
                RESTORE_UPDATE,
                order,
                id=f"herstel-{state.seq}-{uuid4().hex}",
                start_workflow_operation=start,
                result_type=RestoredJourney,
                rpc_timeout=_CALL,
            )
        except (WorkflowUpdateFailedError, *_NO_ANSWER):
            return ""
        for act in done.not_repeated:
            report.lost.append(
                f"{journey_id}: '{act.name}' van {act.by.code} per {act.effective:%d-%m-%Y} (kenmerk "
                f"{act.act_id}) past niet meer na het terugzetten: {act.why} Leg haar zo nodig zelf vast."
            )
        again = (
            f" {len(done.repeated)} {'handeling is' if len(done.repeated) == 1 else 'handelingen zijn'} "
            "opnieuw vastgelegd."
            if done.repeated
            else ""
        )
        return f"{journey_id}: gaat verder vanaf regel {state.seq} van het journaal.{again}"


def _lines(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"regel {numbers[0]}"
    return f"{len(numbers)} regels ({numbers[0]} tot en met {numbers[-1]})"


_NO_ANSWER = (
    RPCError,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    TimeoutError,
)
_WHY = {
    Kind.TEMPORAL_BEHIND: "Temporal miste wat hier gebeurd is; de klantroute gaat verder vanaf het journaal.",
    Kind.APART: "Temporal en het journaal spraken elkaar tegen; de klantroute gaat verder vanaf het journaal.",
    Kind.NOT_RUNNING: "De klantroute was weg uit Temporal en is opnieuw gestart vanaf het journaal.",
}
_REGISTERED = """
    SELECT j.seq, coalesce(o.seq, 0) AS shown_seq, j.registered_at, c.erased_at IS NOT NULL AS erased
    FROM journey j JOIN overview o USING (journey_id)
        JOIN client c ON c.gemeente = j.gemeente AND c.client_number = j.client_number
    WHERE j.journey_id = $1
"""
_IS_OPEN = "SELECT EXISTS (SELECT FROM overview WHERE journey_id = $1 AND status = 'open')"
