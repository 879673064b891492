"""Temporal: whether it is there, knows us, and has workers."""

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.service import RPCError, RPCStatusCode

from domain.attributes import SEARCH_ATTRIBUTES
from runtime.settings import Settings
from starter.doctor.examine import Check
from starter.doctor.result import APPLICATION, NETWORK, Told, right, wrong
from starter.doctor.tools import Tools
from watchdog.checks.pollers import silent_queues
from watchdog.sources import Sources

_REACHED, _NAMED = "temporal.bereikbaar", "temporal.namespace"


def temporal_checks(settings: Settings, tools: Tools) -> list[Check]:
    """The checks of Temporal."""
    return [
        Check(_REACHED, "Temporal", lambda: _temporal(tools), who=NETWORK),
        Check(_NAMED, "Namespace", lambda: _namespace(tools), (_REACHED,)),
        Check("temporal.zoekvelden", "Zoekvelden", lambda: _attributes(tools), (_NAMED,)),
        Check("temporal.worker", "Workers", lambda: _workers(settings, tools), (_NAMED,)),
    ]


async def _temporal(tools: Tools) -> Told:
    client = await tools.temporal()
    if not await client.service_client.check_health():
        return wrong(
            "Temporal antwoordt, maar zegt dat het niet gezond is. Kijk in het logboek van Temporal.", NETWORK
        )
    return right("Temporal antwoordt en zegt dat het gezond is.")


async def _namespace(tools: Tools) -> Told:
    client = await tools.temporal()
    try:
        await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=client.namespace), timeout=tools.rpc
        )
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return wrong(
                f"De namespace {client.namespace} bestaat niet in Temporal. Maak hem (de job temporal-namespace van "
                "docker-compose.yml doet dat), of verbeter MEEDOEN_TEMPORAL_NAMESPACE.",
                APPLICATION,
            )
        return wrong(f"Temporal laat ons niet bij de namespace ({error.status.name}).", NETWORK)
    return right(f"De namespace {client.namespace} bestaat.")


async def _attributes(tools: Tools) -> Told:
    client = await tools.temporal()
    request = ListSearchAttributesRequest(namespace=client.namespace)
    known = (
        await client.operator_service.list_search_attributes(request, timeout=tools.rpc)
    ).custom_attributes
    missing = [name for name, _ in SEARCH_ATTRIBUTES if name not in known]
    if missing:
        return wrong(
            f"In Temporal ontbreken zoekvelden ({', '.join(missing)}). Een worker maakt ze bij zijn start; start er "
            "een, of voer de job temporal-namespace van docker-compose.yml uit.",
            APPLICATION,
        )
    return right("Alle zoekvelden staan in Temporal.")


async def _workers(settings: Settings, tools: Tools) -> Told:
    troubles = await silent_queues(Sources(settings, client=await tools.temporal()))
    if troubles:
        return wrong(f"{troubles[0].sentence} {troubles[0].remedy}", APPLICATION)
    return right(f"Er is een worker die werk haalt uit de wachtrij {settings.task_queue}.")
