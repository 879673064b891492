"""Run the stack in a process of its own.

``python -m tests.starter.stack_program FOLDER OFFSET FIRST_INSTANT [--stubborn-worker]``

PostgreSQL and Temporal are the real ones; our own servers are stand-ins. Each hook prints a line.
"""

import asyncio
import signal
import sys
import time
from datetime import datetime
from pathlib import Path

from rich.console import Console

from runtime.demo_clock import ClockAnchor
from runtime.settings import Settings
from starter.stack import run
from starter.stack.options import Programs, StackOptions

STAND_IN = str(Path(__file__).with_name("stand_in.py"))
DAY = 86400.0


def stand_ins(*, stubborn: bool) -> Programs:
    """Programs that only answer; a stubborn worker does not stop when it is asked to."""
    return Programs(
        sandbox=(sys.executable, STAND_IN, "sandbox"),
        codec=(sys.executable, STAND_IN, "codec"),
        worker=(sys.executable, STAND_IN, "worker", *(["--stubborn"] if stubborn else [])),
        watchdog=(sys.executable, STAND_IN, "watchdog"),
    )


async def _clock(anchor: ClockAnchor) -> None:
    print(f"hook: klok {anchor.model_dump_json()}", flush=True)


async def _ready(settings: Settings) -> None:
    print(f"hook: klaar {settings.environment} {settings.speed}", flush=True)


def _keys(path: Path) -> None:
    path.write_text("{}", encoding="utf-8")


def options(folder: Path, offset: int, first: datetime, *, stubborn: bool) -> StackOptions:
    """The options of a stack for tests."""
    return StackOptions(
        folder=folder,
        port_offset=offset,
        speed=DAY,
        first_instant=first,
        programs=stand_ins(stubborn=stubborn),
        migrate=lambda url: None,
        make_keys=_keys,
        on_clock_resumed=_clock,
        after_ready=_ready,
        durable=False,
    )


class _Clocks:
    """Stands in for ``time``: SIGUSR1 moves the wall clock a night ahead of the one that stops in sleep."""

    def __init__(self) -> None:
        self.slept = 0.0
        self.monotonic = time.monotonic

    def time(self) -> float:
        return time.time() + self.slept

    def sleep_a_night(self, *_: object) -> None:
        self.slept += 8 * 3600


if __name__ == "__main__":
    clocks = _Clocks()
    signal.signal(signal.SIGUSR1, clocks.sleep_a_night)
    run.time = clocks  # type: ignore[attr-defined, assignment]
    folder, offset, first, *flags = sys.argv[1:]
    chosen = options(Path(folder), int(offset), datetime.fromisoformat(first), stubborn=bool(flags))
    sys.exit(asyncio.run(run.run_stack(chosen, Console(highlight=False, soft_wrap=True, width=200))))
