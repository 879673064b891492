"""How a process hears that it has to stop."""

import asyncio
import signal


def stop_requested() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set. Call it in the running loop of the main thread."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
