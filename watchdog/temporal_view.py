"""Questions to Temporal, answered in its own messages.

Not through the SDK's objects: they refuse a status that they do not know, such as paused, and the watchdog
must see exactly such journeys.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.enums.v1 import PendingWorkflowTaskState, WorkflowExecutionStatus
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsRequest,
    ListWorkflowExecutionsRequest,
)
from temporalio.client import Client

from runtime.executions import PAUSED, RUNNING, described, listed
from watchdog.sources import RPC

_FEW_ATTEMPTS = 3
_STATUS = {
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_COMPLETED: "afgelopen",
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_FAILED: "mislukt",
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_CANCELED: "afgebroken",
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_TERMINATED: "hard beëindigd",
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_TIMED_OUT: "verlopen",
}


async def count(client: Client, query: str, *, within: timedelta = RPC) -> int:
    """How many workflows a query finds."""
    request = CountWorkflowExecutionsRequest(namespace=client.namespace, query=query)
    return int((await client.workflow_service.count_workflow_executions(request, timeout=within)).count)


async def first(client: Client, query: str, most: int) -> Sequence[WorkflowExecutionInfo]:
    """The first workflows that a query finds."""
    request = ListWorkflowExecutionsRequest(namespace=client.namespace, query=query, page_size=most)
    return (await client.workflow_service.list_workflow_executions(request, timeout=RPC)).executions


async def ids(client: Client, query: str) -> list[str]:
    """The ids of all workflows that a query finds."""
    return [info.execution.workflow_id async for info in listed(client, query, within=RPC)]


async def how_it_stands(client: Client, workflow_id: str, now: datetime) -> str:
    """Why a journey does nothing, in a Dutch phrase, as far as Temporal knows.

    Args:
        client: the connection.
        workflow_id: which journey.
        now: to say how long something waits.
    """
    told = await described(client, workflow_id, within=RPC)
    if told is None:
        return "Temporal kent haar niet; zie 'meedoen reconcile'"
    status = told.workflow_execution_info.status
    if status == PAUSED:
        return "iemand heeft haar in Temporal gepauzeerd"
    if status != RUNNING:
        what = _STATUS.get(status, f"in toestand {status}")
        return f"in Temporal is zij {what}; zie 'meedoen reconcile'"
    task = told.pending_workflow_task
    if told.HasField("pending_workflow_task"):
        if task.attempt > _FEW_ATTEMPTS:
            return f"haar taak mislukt steeds (poging {task.attempt})"
        if task.state == PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_SCHEDULED:
            waits = int((now - utc(task.scheduled_time)).total_seconds())
            return f"haar taak wacht al {waits} seconden op een worker"
        # A worker that died keeps its task on its name until the task's own time-out.
        since = int((now - utc(task.started_time)).total_seconds())
        return f"een worker nam haar taak {since} seconden geleden aan en heeft nog niet geantwoord"
    for activity in told.pending_activities:
        if activity.attempt > _FEW_ATTEMPTS:
            return f"haar activiteit {activity.activity_type.name} mislukt steeds (poging {activity.attempt})"
    if told.pending_activities:
        return f"zij wacht op haar activiteit {told.pending_activities[0].activity_type.name}"
    return "zij wacht in Temporal op iets anders dan het leesmodel zegt; zie 'meedoen reconcile'"


def reported_problem(info: WorkflowExecutionInfo) -> str:
    """Why its task fails, in a Dutch phrase."""
    payload = info.search_attributes.indexed_fields["TemporalReportedProblems"]
    causes = [line.partition("=")[2] for line in json.loads(payload.data) if line.startswith("cause=")]
    cause = causes[0].removeprefix("WorkflowTaskFailedCause") if causes else ""
    return _CAUSES.get(cause, f"haar taak mislukt steeds ({cause or 'oorzaak onbekend'})")


def utc(stamp: Any) -> datetime:
    """A protobuf timestamp as an instant."""
    instant: datetime = stamp.ToDatetime(tzinfo=UTC)
    return instant


_CAUSES = {
    "NonDeterministicError": "de code past niet bij wat er al gebeurd is (een andere versie dan die haar begon)",
    "WorkflowWorkerUnhandledFailure": "de code geeft een fout of kan haar toestand niet lezen",
}
