"""Tells the first start of a workflow from every other moment that Temporal hands it data.

The payload converter cannot see the difference: continue-as-new hands over its state as if it were a
start, and a worker that lost its cache reads the start again, months later. What Temporal sends to the
worker does say it: the first task of a first run is not a replay, continues nothing, and has a history
too short to hold a completed task. So the runner looks at each task before the workflow does, and the
converter asks `in_progress`.
"""

import inspect
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from temporalio.converter import create_payload_validation_error
from temporalio.exceptions import ApplicationError
from temporalio.worker import WorkflowInstance
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from temporalio.workflow import Info

from domain.problems import WHOLE, Problem

SHORTEST_WITH_A_COMPLETED_TASK = 6
"""Events: started; task scheduled, started, completed; next task scheduled, started.

Needed beside the replay flag: the SDK lumps a first task that gave no commands together with the task
after it, and then calls neither of them a replay.
"""

# Not a context variable: tasks of the workflow would copy it and still hold it in later tasks.
_this_thread = threading.local()


def in_progress() -> bool:
    """Whether this thread is carrying out the first task of a first run, never yet completed."""
    return bool(getattr(_this_thread, "first", False))


def refusal(problems: Sequence[Problem]) -> ApplicationError:
    """The failure that ends a start with input that does not fit, without that input."""
    listed = [{"veld": problem.field, "probleem": problem.problem} for problem in problems]
    # The SDK's own function decides type and flags; its message is English and fixed.
    standard = create_payload_validation_error({"problemen": listed})
    return ApplicationError(
        f"De start is geweigerd: {'; '.join(map(str, problems))}. Verbeter de invoer en start opnieuw.",
        *standard.details,
        type=standard.type,
        non_retryable=standard.non_retryable,
    )


class FirstStartRunner(SandboxedWorkflowRunner):
    """The SDK's sandbox, with an eye on first starts."""

    def create_instance(self, det: Any) -> WorkflowInstance:
        """See base class."""
        return _Watched(super().create_instance(det), det.defn.run_fn)


class _Watched(WorkflowInstance):
    def __init__(self, inner: WorkflowInstance, run: Any) -> None:
        self._inner = inner
        self._run = run

    def activate(self, act: Any) -> Any:
        """Let the workflow do its task; a first start with too little or too much input is refused here.

        Left to itself such a start would hang: Python refuses the call, which counts as an error in our
        code and is tried again for ever.
        """
        start = _first_start(act)
        if start is not None:
            problem = _count_problem(self._run, len(start.arguments))
            if problem is not None:
                raise refusal([problem])
        with _first(start is not None):
            return self._inner.activate(act)

    def get_serialization_context(self, command_info: Any) -> Any:
        return self._inner.get_serialization_context(command_info)

    def get_external_store_context(self, command_info: Any) -> Any:
        return self._inner.get_external_store_context(command_info)

    def get_info(self) -> Info:
        return self._inner.get_info()

    def get_thread_id(self) -> int | None:
        return self._inner.get_thread_id()


def _first_start(act: Any) -> Any:
    start = next((job.initialize_workflow for job in act.jobs if job.HasField("initialize_workflow")), None)
    if start is None or start.continued_from_execution_run_id or act.is_replaying:
        return None
    return start if act.history_length < SHORTEST_WITH_A_COMPLETED_TASK else None


@contextmanager
def _first(first: bool) -> Iterator[None]:
    _this_thread.first = first
    try:
        yield
    finally:
        _this_thread.first = False


def _count_problem(run: Any, given: int) -> Problem | None:
    parameters = list(inspect.signature(run).parameters.values())[1:]
    if any(parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    needed = sum(parameter.default is inspect.Parameter.empty for parameter in parameters)
    if given < needed:
        return Problem(WHOLE, "ontbreekt")
    if given > len(parameters):
        return Problem(WHOLE, f"bestaat uit {given} gegevens; het moeten er {len(parameters)} zijn")
    return None
