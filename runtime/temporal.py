"""The connection to Temporal and the search attributes that journeys are found by."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, TypedDict

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, VersioningBehavior, WorkerDeploymentVersion
from temporalio.runtime import Runtime
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkerDeploymentConfig

from domain import attributes
from domain.attributes import AttributeKind
from domain.base import Explained
from runtime.keys import KeyRing
from runtime.plugin import meedoen_plugin
from runtime.sdk import plain_runtime
from runtime.settings import Settings

CONNECT_SECONDS = 5.0

MUNICIPALITY = SearchAttributeKey.for_keyword(attributes.MUNICIPALITY.name)
ROUTE = SearchAttributeKey.for_keyword(attributes.ROUTE.name)
STAGE = SearchAttributeKey.for_keyword(attributes.STAGE.name)
CASEWORKER = SearchAttributeKey.for_keyword(attributes.CASEWORKER.name)
NEXT_DEADLINE: SearchAttributeKey[datetime] = SearchAttributeKey.for_datetime(attributes.NEXT_DEADLINE.name)
ESCALATION: SearchAttributeKey[int] = SearchAttributeKey.for_int(attributes.ESCALATION.name)
SEARCH_ATTRIBUTES: tuple[SearchAttributeKey[Any], ...] = (
    MUNICIPALITY,
    ROUTE,
    STAGE,
    CASEWORKER,
    NEXT_DEADLINE,
    ESCALATION,
)

_INDEXED = {
    AttributeKind.KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    AttributeKind.INSTANT: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
    AttributeKind.NUMBER: IndexedValueType.INDEXED_VALUE_TYPE_INT,
}


class TemporalUnreachable(Explained):
    """Temporal does not answer; the message is a Dutch sentence."""


class SearchAttributeConflict(Explained):
    """A search attribute exists with another kind; the message is a Dutch sentence."""


async def connect(
    settings: Settings, keys: KeyRing | None, *, lazy: bool = False, runtime: Runtime | None = None
) -> Client:
    """A client that encrypts what it sends and reads what others of us sent.

    Args:
        settings: address and namespace.
        keys: see `meedoen_plugin`; None: a client that only looks at what Temporal itself knows. It can
            read no payload.
        lazy: connect at the first call instead of now; such a client cannot carry a worker.
        runtime: the SDK's native part with metrics (`runtime.metrics.SdkMetrics`); None: the one without.

    Raises:
        TemporalUnreachable: no answer within five seconds.
    """
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await Client.connect(
                settings.temporal_address,
                namespace=settings.temporal_namespace,
                plugins=[] if keys is None else [meedoen_plugin(keys)],
                lazy=lazy,
                runtime=plain_runtime() if runtime is None else runtime,
            )
    except (RuntimeError, TimeoutError, RPCError):
        # The SDK's message is a dump of its transport.
        raise TemporalUnreachable(
            f"Temporal antwoordt niet op {settings.temporal_address}. Controleer of de server draait en "
            "of MEEDOEN_TEMPORAL_ADDRESS klopt."
        ) from None


async def register_search_attributes(client: Client) -> None:
    """Make the search attributes known to the namespace; does nothing for those that are there.

    A workflow that sets an unknown attribute hangs in retries, so this comes before the first journey.

    Raises:
        SearchAttributeConflict: one exists with another kind.
        RPCError: Temporal refuses or does not answer.
    """
    missing = await _missing(client)
    if not missing:
        return
    request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
    try:
        await client.operator_service.add_search_attributes(request)
    except RPCError as error:
        # Somebody else was first.
        if error.status != RPCStatusCode.ALREADY_EXISTS or await _missing(client):
            raise


async def _missing(client: Client) -> dict[str, IndexedValueType.ValueType]:
    request = ListSearchAttributesRequest(namespace=client.namespace)
    known = (await client.operator_service.list_search_attributes(request)).custom_attributes
    missing = {}
    for name, kind in attributes.SEARCH_ATTRIBUTES:
        wanted = _INDEXED[kind]
        if name not in known:
            missing[name] = wanted
        elif known[name] != wanted:
            raise SearchAttributeConflict(
                f"Het zoekveld {name} bestaat in Temporal al als een andere soort dan {kind.value}. "
                "Hernoem of verwijder het daar en probeer het opnieuw."
            )
    return missing


def worker_version(settings: Settings) -> WorkerDeploymentConfig | None:
    """The version under which a worker takes journeys; None on the local stack.

    With a version a journey stays with the code that it runs on until it continues as new. Without one
    every edit is taken at once, and no journey is stranded on a version that nobody runs any more.
    """
    if not settings.build_id:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(deployment_name=settings.task_queue, build_id=settings.build_id),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.PINNED,
    )


class WorkerOptions(TypedDict):
    """How a worker takes and leaves work."""

    max_cached_workflows: int
    max_concurrent_workflow_tasks: int
    sticky_queue_schedule_to_start_timeout: timedelta
    graceful_shutdown_timeout: timedelta
    deployment_config: WorkerDeploymentConfig | None


def worker_options(settings: Settings) -> WorkerOptions:
    """The part of a worker that follows from the settings."""
    return WorkerOptions(
        max_cached_workflows=settings.max_cached_workflows,
        # Python does one at a time anyway. A worker that starts again finds every journey cold, and a hundred
        # histories told side by side would each take longer than the ten seconds that the server gives: none
        # would ever be done (seen in the fault tests).
        max_concurrent_workflow_tasks=4,
        # A journey that a dead worker held is taken over after this long.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=3),
        graceful_shutdown_timeout=timedelta(seconds=settings.graceful_shutdown_seconds),
        deployment_config=worker_version(settings),
    )
