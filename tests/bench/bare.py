"""A bare Temporal workflow that takes the same number of updates, as a yardstick, and its worker."""

import asyncio
import sys

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker


@activity.defn(name="bare_note")
async def note(text: str) -> None:
    """Nothing: the cost of an activity and no more."""


@workflow.defn(name="Bare")
class Bare:
    """Counts updates, with one empty activity behind each, as our journal is behind each act."""

    def __init__(self) -> None:
        self._count = 0
        self._noted = 0

    @workflow.run
    async def run(self) -> int:
        from datetime import timedelta

        while True:
            await workflow.wait_condition(lambda: self._count > self._noted)
            self._noted = self._count
            await workflow.execute_activity(note, "x", start_to_close_timeout=timedelta(seconds=10))

    @workflow.update
    async def count(self, text: str) -> int:
        self._count += 1
        return self._count


async def main(address: str, queue: str) -> None:
    client = await Client.connect(address)
    async with Worker(client, task_queue=queue, workflows=[Bare], activities=[note]):
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
