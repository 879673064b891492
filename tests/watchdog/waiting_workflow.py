"""Workflows that go nowhere. In a module of their own: the sandbox imports all of it once more."""

from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import RetryPolicy


@workflow.defn
class Waits:
    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: False)


@workflow.defn
class Writes:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(
            "journaal",
            start_to_close_timeout=timedelta(seconds=5),
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=10), backoff_coefficient=1),
        )


@activity.defn(name="journaal")
async def refuses() -> None:
    raise OSError


@activity.defn
async def nothing() -> None:
    return None
