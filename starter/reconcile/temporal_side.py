"""What Temporal knows of journeys: which run, where they stand, and what their histories hold."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import (
    ResetActivityRequest,
)
from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError

from activities.contracts import WRITE_JOURNAL, JournalBatch
from domain.journey import JourneyState, read_journey_id
from domain.projection import JournalEntry
from domain.restoring import RESTORED
from runtime.executions import OPEN, described, listed
from starter.journeys import started_for
from workflows.messages import IS_FILE, STANDING_QUERY, STATE_QUERY, Standing

CALL = timedelta(seconds=10)
"""How long one question to a journey may take."""
NO_ANSWER = (
    RPCError,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    TimeoutError,
)
"""What it looks like when a journey gives no answer."""


@dataclass(frozen=True)
class Run:
    """What Temporal knows of a journey without asking it."""

    run_id: str
    running: bool
    registered: str
    """Which registration it was started for (`starter.journeys`); empty: not known."""


class TemporalSide:
    """Asks Temporal.

    Args:
        client: the connection.
        task_queue: where our workers listen; other installations in the same namespace are left alone.
    """

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def journeys(self) -> set[str]:
        """Every journey that Temporal still keeps, running or not."""
        ids = {
            info.execution.workflow_id
            async for info in listed(self._client, f"{IS_FILE} AND TaskQueue = '{self._task_queue}'")
        }
        return {journey_id for journey_id in ids if read_journey_id(journey_id) is not None}

    async def run(self, journey_id: str) -> Run | None:
        """The newest run; None: Temporal does not know the journey."""
        found = await described(self._client, journey_id)
        if found is None:
            return None
        info = found.workflow_execution_info
        return Run(
            run_id=info.execution.run_id,
            running=info.status in OPEN,
            registered=await started_for(self._client, info),
        )

    async def state(self, journey_id: str) -> JourneyState:
        """Where a journey stands, also one that has ended.

        Raises:
            RPCError: and the others of `NO_ANSWER`.
        """
        state: JourneyState = await self._client.get_workflow_handle(journey_id).query(
            STATE_QUERY, result_type=JourneyState, rpc_timeout=CALL
        )
        return state

    async def standing(self, journey_id: str) -> Standing | None:
        """Where a journey stands and what it still has to write; None: it does not say."""
        try:
            found: Standing = await self._client.get_workflow_handle(journey_id).query(
                STANDING_QUERY, result_type=Standing, rpc_timeout=CALL
            )
        except NO_ANSWER:
            return None
        return found

    async def entries(self, journey_id: str, *, after: int) -> dict[int, JournalEntry]:
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
                if entry.name == RESTORED and entry.kind == "herstel":
                    # What this run decided before it was put back is not what happened.
                    since = int(entry.happening.get("vanaf", 0))
                    found = {seq: earlier for seq, earlier in found.items() if seq > since}
                # A number that comes again takes the place of what stood there and after it.
                found = {seq: earlier for seq, earlier in found.items() if seq < entry.seq}
                found[entry.seq] = entry
        return found

    async def try_at_once(self, journey_id: str) -> None:
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

    async def _run_ids(self, journey_id: str) -> list[str]:
        """Every run that Temporal still keeps, the newest first."""
        runs = [
            (info.start_time.ToDatetime(), info.execution.run_id)
            async for info in listed(self._client, f'WorkflowId = "{journey_id}"')
        ]
        ids = [run_id for _, run_id in sorted(runs, reverse=True)]
        newest = await self.run(journey_id)
        # The list lags; the newest run is known for certain.
        if newest is not None and newest.run_id not in ids:
            ids.insert(0, newest.run_id)
        return ids
