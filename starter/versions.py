"""What is so about versions: which workers work, which version is current, where each journey stands.

Everything is read as raw messages: a journey that somebody paused breaks the SDK's own ``describe`` and
``list`` (its status is unknown to them).
"""

from dataclasses import dataclass
from uuid import uuid4

import asyncpg
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.enums.v1 import (
    TaskQueueType,
    VersioningBehavior,
    WorkerDeploymentVersionStatus,
    WorkerVersioningMode,
)
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    SignalWorkflowExecutionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from runtime.executions import OPEN, RUNNING, described, listed
from runtime.presence import GONE_AFTER_SECONDS
from workflows.messages import IS_FILE, WAKE_SIGNAL

WITHOUT = ""
"""The build id of workers and journeys without a version."""
_IDENTITY = "meedoen upgrade"


@dataclass(frozen=True)
class Place:
    """Where one open journey stands."""

    journey_id: str
    build_id: str
    """Empty: on no version (yet): never had one, or the first task of this run was not done."""
    attempt: int
    """Of the task that is under way or waits; 0: nothing to do at this moment. More than 1: it failed."""
    paused: bool


class Versions:
    """Reads and changes which version runs what.

    Args:
        client: the connection to Temporal.
        pool: the database: presence of workers, retired versions, open journeys.
        task_queue: where workers listen; the deployment has the same name.
    """

    def __init__(self, client: Client, pool: asyncpg.Pool, task_queue: str) -> None:
        self._client = client
        self._pool = pool
        self._task_queue = task_queue

    # -- workers -------------------------------------------------------------------------------------

    async def works(self, build_id: str) -> bool:
        """Whether a worker of this version polls.

        Temporal names a poller for minutes after its death, so the worker's own row has to be fresh too.
        Workers of release 0.1.0 write no rows; of a version without any, Temporal is believed.
        """
        live, known = await self._pool.fetchrow(_LIVE, build_id, GONE_AFTER_SECONDS)
        if known and not live:
            return False
        answer = await self._client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=self._client.namespace,
                task_queue=TaskQueue(name=self._task_queue),
                task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
            ),
            retry=True,
        )
        versioned = WorkerVersioningMode.WORKER_VERSIONING_MODE_VERSIONED
        polling = {
            poller.deployment_options.build_id
            if poller.deployment_options.worker_versioning_mode == versioned
            else WITHOUT
            for poller in answer.pollers
        }
        return build_id in polling

    async def live_workers(self, build_ids: set[str]) -> set[str]:
        """Those of these versions of which a worker process was there a moment ago."""
        records = await self._pool.fetch(_LIVE_OF, list(build_ids), GONE_AFTER_SECONDS)
        return {record["build_id"] for record in records}

    async def retire(self, build_ids: set[str]) -> set[str]:
        """Have the workers of these versions stop by themselves, and none start again.

        Returns:
            Those that were not retired before.
        """
        records = await self._pool.fetch(_RETIRE, list(build_ids))
        return {record["build_id"] for record in records}

    async def restore(self, build_id: str) -> None:
        """Let workers of this version work again."""
        await self._pool.execute("DELETE FROM worker_version WHERE build_id = $1", build_id)

    # -- the current version -------------------------------------------------------------------------

    async def current(self) -> str:
        """The version on which journeys start and go on as new; empty: none is set."""
        deployment = await self._deployment()
        return str(deployment.routing_config.current_deployment_version.build_id) if deployment else WITHOUT

    async def once_current(self) -> set[str]:
        """Every version that journeys may have been on: not one that somebody only prepares."""
        deployment = await self._deployment()
        never = (
            WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_INACTIVE,
            WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_CREATED,
        )
        return {
            str(version.deployment_version.build_id)
            for version in (deployment.version_summaries if deployment else ())
            if version.status not in never
        }

    async def make_current(self, build_id: str) -> bool:
        """Have journeys start and go on as new on this version. False: Temporal does not know it yet."""
        request = SetWorkerDeploymentCurrentVersionRequest(
            namespace=self._client.namespace,
            deployment_name=self._task_queue,
            build_id=build_id,
            identity=_IDENTITY,
        )
        try:
            await self._client.workflow_service.set_worker_deployment_current_version(request, retry=True)
        except RPCError as error:
            # Unknown until a worker has polled, and incomplete until it has polled for activities too.
            if error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION):
                return False
            raise
        return True

    async def _deployment(self) -> WorkerDeploymentInfo | None:
        try:
            answer = await self._client.workflow_service.describe_worker_deployment(
                DescribeWorkerDeploymentRequest(
                    namespace=self._client.namespace, deployment_name=self._task_queue
                ),
                retry=True,
            )
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        return answer.worker_deployment_info

    # -- journeys ------------------------------------------------------------------------------------

    async def journeys(self) -> set[str]:
        """Every journey that may be running.

        Temporal's lists lag a few seconds; what was registered in the database stands there at once.
        """
        found = {record["journey_id"] for record in await self._pool.fetch(_OPEN_JOURNEYS)}
        query = f"{IS_FILE} AND TaskQueue = '{self._task_queue}' AND ExecutionStatus IN ('Running', 'Paused')"
        async for info in listed(self._client, query):
            found.add(str(info.execution.workflow_id))
        return found

    async def place(self, journey_id: str) -> Place | None:
        """Where a journey stands, as Temporal itself knows it; None: it does not run."""
        answer = await described(self._client, journey_id)
        if answer is None:
            return None
        info = answer.workflow_execution_info
        if info.status not in OPEN:
            return None
        return Place(
            journey_id=journey_id,
            # Between two versions a run is said to upgrade by itself; once it has done a task it is pinned.
            build_id=str(info.versioning_info.deployment_version.build_id)
            if info.versioning_info.behavior == VersioningBehavior.VERSIONING_BEHAVIOR_PINNED
            else WITHOUT,
            attempt=answer.pending_workflow_task.attempt if answer.HasField("pending_workflow_task") else 0,
            paused=info.status != RUNNING,
        )

    async def wake(self, journey_id: str) -> None:
        """Make a journey look whether there is a newer version. One that has just ended is left alone."""
        try:
            await self._client.workflow_service.signal_workflow_execution(
                SignalWorkflowExecutionRequest(
                    namespace=self._client.namespace,
                    workflow_execution=WorkflowExecution(workflow_id=journey_id),
                    signal_name=WAKE_SIGNAL,
                    identity=_IDENTITY,
                    request_id=uuid4().hex,
                ),
                retry=True,
            )
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise


_LIVE = """
    SELECT coalesce(bool_or(stopped_at IS NULL AND seen_at > now() - make_interval(secs => $2)), false),
        count(*) > 0
    FROM worker WHERE build_id = $1
"""
_LIVE_OF = """
    SELECT DISTINCT build_id FROM worker
    WHERE build_id = ANY($1) AND stopped_at IS NULL AND seen_at > now() - make_interval(secs => $2)
"""
_RETIRE = """
    INSERT INTO worker_version (build_id, retired_at) SELECT unnest($1::text[]), now()
    ON CONFLICT DO NOTHING RETURNING build_id
"""
_OPEN_JOURNEYS = "SELECT journey_id FROM overview WHERE status IN ('open', 'aangemeld')"
