"""A version or a queue that no worker asks for work: whatever falls due there waits in silence."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.enums.v1 import TaskQueueType, WorkerDeploymentVersionStatus, WorkerVersioningMode
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeTaskQueueResponse,
    DescribeWorkerDeploymentRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from watchdog.sources import RPC, TEMPORAL, Check, Sources
from watchdog.temporal_view import count, utc
from watchdog.trouble import Trouble

FRESH = timedelta(minutes=2)
"""A worker that waits for work asks again every minute."""
STUCK = timedelta(minutes=2)

NO_WORKER = "geen-worker"
NO_CURRENT = "geen-huidige-versie"
BACKLOG = "wachtrij-loopt-vol"
NO_WORKER_FOR = "versie-zonder-worker"

_KINDS = (
    (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, "klantroutes"),
    (TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY, "activiteiten"),
)
_TAKES_NEW = (
    WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_CURRENT,
    WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_RAMPING,
)
_DRAINING = WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINING
_VERSIONED = WorkerVersioningMode.WORKER_VERSIONING_MODE_VERSIONED


async def silent_queues(sources: Sources, *, fresh: timedelta = FRESH) -> Sequence[Trouble]:
    """Trouble with the workers of our queue.

    Args:
        sources: needs Temporal.
        fresh: how long ago a worker may have asked for work.
    """
    client, queue = sources.temporal, sources.settings.task_queue
    # By Temporal's own word and our clock; a clock that is off has its own check.
    since = sources.now() - fresh
    asked = {kind: await _described(client, queue, kind) for kind, _ in _KINDS}
    pollers = {kind: [each for each in asked[kind].pollers if _asks(each, since)] for kind, _ in _KINDS}
    deployment = await _deployment(client, queue)
    missing = [label for kind, label in _KINDS if not pollers[kind]]
    if missing:
        # Then no version has one either: one cause is enough.
        return (await _no_worker(sources, missing),)
    troubles = [*_backlogs(sources, asked)]
    if deployment is None:
        return troubles
    for version in deployment.version_summaries:
        build = version.deployment_version.build_id
        silent = [label for kind, label in _KINDS if not any(_is_of(each, build) for each in pollers[kind])]
        if not silent:
            continue
        if version.status in _TAKES_NEW:
            troubles.append(_no_worker_for(queue, build, silent, await _open_on(client, queue, build)))
        elif version.status == _DRAINING and (left := await _open_on(client, queue, build)):
            # Temporal notices that a version is empty some minutes after it is.
            troubles.append(_no_worker_for(queue, build, silent, left))
    unversioned = any(not _is_versioned(each) for each in pollers[TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW])
    if not deployment.routing_config.current_deployment_version.build_id and not unversioned:
        troubles.append(_no_current(queue))
    return troubles


async def _described(
    client: Client, queue: str, kind: "TaskQueueType.ValueType"
) -> DescribeTaskQueueResponse:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=kind,
        report_stats=True,
    )
    return await client.workflow_service.describe_task_queue(request, timeout=RPC)


async def _deployment(client: Client, name: str) -> WorkerDeploymentInfo | None:
    request = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=name)
    try:
        told = await client.workflow_service.describe_worker_deployment(request, timeout=RPC)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return told.worker_deployment_info


async def _open_on(client: Client, queue: str, build: str) -> int:
    return await count(
        client, f'TemporalWorkerDeploymentVersion = "{queue}:{build}" AND ExecutionStatus = "Running"'
    )


def _asks(poller: PollerInfo, since: datetime) -> bool:
    return utc(poller.last_access_time) >= since


def _is_versioned(poller: PollerInfo) -> bool:
    return poller.deployment_options.worker_versioning_mode == _VERSIONED


def _is_of(poller: PollerInfo, build: str) -> bool:
    return _is_versioned(poller) and poller.deployment_options.build_id == build


def _backlogs(
    sources: Sources, asked: dict["TaskQueueType.ValueType", DescribeTaskQueueResponse]
) -> Iterator[Trouble]:
    waits = max(asked[kind].stats.approximate_backlog_age.ToTimedelta() for kind, _ in _KINDS)
    if waits < STUCK:
        return
    yield Trouble(
        cause=BACKLOG,
        sentence=f"Er draaien workers, maar werk wacht al {_minutes(waits)} in de wachtrij van Temporal.",
        remedy=(
            "Beheer: kijk in het logboek van de workers of ze ergens op vastlopen, en zet er een worker bij: "
            "docker compose up --detach --scale worker=2."
        ),
    )


async def _no_worker(sources: Sources, missing: Sequence[str]) -> Trouble:
    seen = ""
    if sources.pool is not None:
        last = await sources.pool.fetchrow(_LAST_SEEN)
        if last is not None:
            how = "is netjes gestopt" if last["stopped_at"] else "heeft niets meer laten horen"
            seen = f" De laatste ({last['instance']}) {how} sinds {last['seen_at']:%d-%m-%Y %H:%M} UTC."
    return Trouble(
        cause=NO_WORKER,
        sentence=(
            f"Geen enkele worker vraagt Temporal om werk ({' en '.join(missing)}, wachtrij "
            f"{sources.settings.task_queue}). Alle klantroutes staan stil.{seen}"
        ),
        remedy=(
            "Beheer: start de workers (docker compose up --detach worker). Stoppen ze weer, lees dan de "
            "laatste regels van hun logboek (docker compose logs worker)."
        ),
    )


def _no_worker_for(queue: str, build: str, silent: Sequence[str], left: int) -> Trouble:
    return Trouble(
        cause=f"{NO_WORKER_FOR}:{build}",
        sentence=(
            f"Versie {build} heeft geen worker meer ({' en '.join(silent)}, wachtrij {queue}), en {left} "
            f"klantroute{'s' if left != 1 else ''} op die versie {'staan' if left != 1 else 'staat'} stil."
        ),
        remedy=(
            f"Beheer: start weer een worker met MEEDOEN_BUILD_ID={build}, of maak de overgang af met "
            "'meedoen upgrade'."
        ),
    )


def _no_current(queue: str) -> Trouble:
    return Trouble(
        cause=NO_CURRENT,
        sentence=(
            f"De workers van wachtrij {queue} draaien onder een versie, maar geen versie is de huidige. "
            "Nieuwe klantroutes wachten."
        ),
        remedy="Beheer: maak de versie van de workers de huidige met 'meedoen upgrade'.",
    )


def _minutes(span: timedelta) -> str:
    return f"{int(span.total_seconds() // 60)} minuten"


_LAST_SEEN = "SELECT instance, seen_at, stopped_at FROM worker ORDER BY seen_at DESC LIMIT 1"

POLLERS = Check("workers en versies", silent_queues, frozenset({TEMPORAL}), (NO_WORKER, NO_CURRENT, BACKLOG))
