"""Askers of a registry: many tasks, and a process of its own: ``python -m tests.activities.askers URL NAME COUNT``."""

import asyncio
import sys

from activities.gate import Gate, NotNow
from domain.limits import Limits
from runtime.database import open_pool
from runtime.settings import Settings

FAST = Limits(per_minute=3000)
"""A call every 20 ms."""


async def ask_until_called(gate: Gate, key: str, limits: Limits) -> int:
    """Ask, and come back when told, until the call was made; how often that took."""
    times = 0
    while True:
        times += 1
        try:
            async with gate.passage("deventer", "brp", key, limits):
                return times
        except NotNow as not_now:
            if not_now.retry_after is None:
                raise
            wait = not_now.retry_after
        await asyncio.sleep(wait.total_seconds())


async def main(url: str, name: str, count: int) -> int:
    """The most that one of the askers had to ask."""
    settings = Settings(environment="test", database_url=url)
    async with open_pool(settings) as pool:
        gate = Gate(pool)
        asking = [ask_until_called(gate, f"{name}-{number}", FAST) for number in range(count)]
        return max(await asyncio.gather(*asking))


if __name__ == "__main__":
    print(asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
