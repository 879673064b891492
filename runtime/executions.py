"""Workflow executions in the server's own messages.

The SDK's objects refuse a status that they have no name for, so one journey that somebody paused would break
every list that it stands in.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    DescribeWorkflowExecutionResponse,
    ListWorkflowExecutionsRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

RUNNING = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING
PAUSED = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_PAUSED
OPEN = (RUNNING, PAUSED)
_PAGE = 1000
_SHORT = timedelta(seconds=5)
"""Whoever asks this holds something up meanwhile."""


async def known(client: Client, workflow_id: str) -> bool:
    """Whether Temporal has a workflow by this id, running or not.

    Raises:
        RPCError: see `described`; also that there is no answer in time.
    """
    return await described(client, workflow_id, within=_SHORT) is not None


async def described(
    client: Client, workflow_id: str, *, within: timedelta | None = None
) -> DescribeWorkflowExecutionResponse | None:
    """The newest run of a workflow; None: Temporal does not know it.

    Args:
        client: the connection.
        workflow_id: which workflow.
        within: how long it may take, once; None: tried again while the server is not there.

    Raises:
        RPCError: any other answer.
    """
    request = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
    )
    try:
        return await client.workflow_service.describe_workflow_execution(
            request, timeout=within, retry=within is None
        )
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


async def listed(
    client: Client, query: str, *, within: timedelta | None = None
) -> AsyncIterator[WorkflowExecutionInfo]:
    """All runs that a query finds. Temporal's lists lag a few seconds.

    Args:
        client: the connection.
        query: in Temporal's own language.
        within: how long each page may take, see `described`.
    """
    token = b""
    while True:
        page = await client.workflow_service.list_workflow_executions(
            ListWorkflowExecutionsRequest(
                namespace=client.namespace, query=query, page_size=_PAGE, next_page_token=token
            ),
            timeout=within,
            retry=within is None,
        )
        for info in page.executions:
            yield info
        token = page.next_page_token
        if not token:
            return
