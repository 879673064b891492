"""The watchdog process: look, tell, wait, and never stop over what it sees."""

import asyncio
import contextlib

import structlog

from runtime.metrics import OpsServer
from runtime.process import run_process
from runtime.settings import Settings
from runtime.stopping import stop_requested
from watchdog.alarms import Alarms
from watchdog.heartbeat import Heartbeat
from watchdog.rounds import KNOWN_CAUSES, Watcher

_log = structlog.get_logger(__name__)


async def run(settings: Settings) -> None:
    """Watch until SIGTERM or SIGINT."""
    stop, watcher, alarms = stop_requested(), Watcher(settings), Alarms(settings)
    heartbeat = Heartbeat(settings, KNOWN_CAUSES)
    if not settings.alarm_addresses:
        _log.warning("MEEDOEN_ALARM_TO is leeg: alarmen komen alleen in dit logboek en in de metingen")
    host, port = settings.watchdog_http_host, settings.watchdog_http_port
    async with OpsServer(host=host, port=port, checks={"bewaking": heartbeat.stale}):
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            next_round = loop.time() + settings.watchdog_seconds
            await _round(watcher, alarms, heartbeat)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), max(next_round - loop.time(), 0.1))


async def _round(watcher: Watcher, alarms: Alarms, heartbeat: Heartbeat) -> None:
    try:
        looked = await watcher.look()
        heartbeat.beat(looked)
        await alarms.follow(looked)
    except Exception as error:
        # A fault of ours; without a beat the page says so after three intervals.
        _log.critical("een ronde van de bewaking is mislukt", exc_info=error)


if __name__ == "__main__":
    run_process(run)
