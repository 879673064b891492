"""A workflow that waits for ever. In a module of its own: the sandbox imports all of it once more."""

from temporalio import activity, workflow
from temporalio.common import VersioningBehavior


@workflow.defn(versioning_behavior=VersioningBehavior.PINNED)
class Waits:
    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: False)


@activity.defn
async def nothing() -> None:
    return None
