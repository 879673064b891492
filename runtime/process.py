"""How each of our long-running processes begins and ends."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import NoReturn

from domain.base import Explained
from runtime.exit import end_process
from runtime.logging import configure_logging
from runtime.settings import Settings, load_settings


def run_process(run: Callable[[Settings], Awaitable[None]]) -> NoReturn:
    """Read the settings, set up the log, run, and leave with the right exit code.

    0: it ended in order; 2: something is wrong that a sentence on standard error explains. Any other error is
    a fault of ours and shows itself as one (1).
    """

    async def running(settings: Settings) -> None:
        await run(settings)

    try:
        settings = load_settings()
        configure_logging(settings.log_level)
        asyncio.run(running(settings))
    except Explained as error:
        print(error, file=sys.stderr)
        end_process(2)
    end_process(0)
