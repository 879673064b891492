"""One plugin makes every process speak to Temporal in the same way.

Worker, starter, tests and replayer take `meedoen_plugin`; a process that would compose its own converter
could write histories that the others cannot read.
"""

from typing import Any

import structlog
import temporalio.activity
from temporalio.plugin import SimplePlugin
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor
from temporalio.worker.workflow_sandbox import SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

from runtime.converter import data_converter
from runtime.first_start import FirstStartRunner
from runtime.keys import KeyRing

PASSED_THROUGH = ("domain", "activities")
"""Packages that workflows share with the worker (with all that they import) instead of loading a copy
for every run.

The rules are pure, so a copy protects nothing, and loading sixty models again costs a megabyte and 40 ms
for each journey that is started. Workflow modules themselves stay inside the sandbox: there it catches a
clock or a random number.
"""


class ActivityContext(Interceptor):
    """Binds the journey to everything that an activity logs.

    Failures of activities and of workflow tasks are logged by the SDK itself, which alone sees those
    outside our code (a payload that does not decode, a history that does not replay, a deadlock);
    `runtime.logging` turns its records into one line each, without personal data.
    """

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """See base class."""
        return _BindActivity(next)


class _BindActivity(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = temporalio.activity.info()
        # Not unbound: the context ends with the activity's task, after the SDK has logged its failure.
        structlog.contextvars.bind_contextvars(
            klantroute=info.workflow_id, activiteit=info.activity_type, poging=info.attempt
        )
        return await self.next.execute_activity(input)


def workflow_runner(*, strict: bool = False) -> FirstStartRunner:
    """The sandbox that workflow code runs in.

    Args:
        strict: for tests: a module that is loaded again for every run without being meant to is an
            error instead of a warning.
    """
    unintended = (
        SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
        if strict
        else SandboxImportNotificationPolicy.WARN_ON_UNINTENTIONAL_PASSTHROUGH
    )
    return FirstStartRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(
            *PASSED_THROUGH
        ).with_import_notification_policy(SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT | unintended)
    )


def meedoen_plugin(keys: KeyRing, *, strict_sandbox: bool = False) -> SimplePlugin:
    """Data converter, codec, failure converter, sandbox and log context in one.

    Give it to ``Client.connect`` (workers of that client take it over) or to ``Replayer``.

    Args:
        keys: the ring that payloads are sealed with.
        strict_sandbox: see `workflow_runner`.
    """
    return SimplePlugin(
        "meedoen",
        data_converter=data_converter(keys),
        interceptors=[ActivityContext()],
        workflow_runner=workflow_runner(strict=strict_sandbox),
    )
