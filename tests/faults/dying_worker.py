"""A worker that dies, as by kill -9, at one chosen point of what files tell each other.

``DIE_AT`` counts the points from 1: before and after every change of the register of memberships, and before and
after every act that is recorded in another file. ``DIED`` is a file that is made just before, to tell a death from
a scenario that had no such point.
"""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import worker
from activities.households import Households
from activities.telling import TellActivity
from runtime.process import run_process

_left = int(os.environ["DIE_AT"])


def _point() -> None:
    global _left
    _left -= 1
    if _left == 0:
        Path(os.environ["DIED"]).touch()
        os._exit(137)


def _with_points(call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def surrounded(*args: Any, **kwargs: Any) -> Any:
        _point()
        found = await call(*args, **kwargs)
        _point()
        return found

    return surrounded


for _owner, _name in (
    (Households, "find"),
    (Households, "leave"),
    (Households, "move"),
    (TellActivity, "_record"),
):
    setattr(_owner, _name, _with_points(getattr(_owner, _name)))


if __name__ == "__main__":
    run_process(worker.run)
