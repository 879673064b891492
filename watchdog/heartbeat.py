"""The watchdog is watched too: by a metric, a page and a file that an outside monitor can read."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import structlog
from prometheus_client import REGISTRY, CollectorRegistry, Gauge

from domain.calendars import AMSTERDAM
from runtime.private_file import write_private
from runtime.settings import Settings
from watchdog.alarms import folder_of
from watchdog.trouble import Looked

INTERVALS = 3
"""So many intervals may pass between two whole rounds."""
FILE = "hartslag"

_log = structlog.get_logger(__name__)


class Heartbeat:
    """Says after each round that there was one, and what it found.

    Args:
        settings: the interval, and the folder of the file ``hartslag``.
        known_causes: shown as 0 from the beginning, so that a monitor can tell "well" from "not looked at".
        registry: where the metrics go.
    """

    def __init__(
        self, settings: Settings, known_causes: Iterable[str] = (), registry: CollectorRegistry = REGISTRY
    ) -> None:
        self._interval = timedelta(seconds=settings.watchdog_seconds)
        self._file = folder_of(settings) / FILE
        self._last = datetime.now(UTC)
        self._trouble = Gauge(
            "meedoen_trouble", "1: this cause is seen now", labelnames=["cause"], registry=registry
        )
        self._round = Gauge(
            "meedoen_watchdog_last_round_timestamp_seconds",
            "When the last whole round ended",
            registry=registry,
        )
        self._shown = set(known_causes)
        for cause in self._shown:
            self._trouble.labels(cause).set(0)

    def beat(self, looked: Looked) -> None:
        """One whole round was done."""
        self._last = datetime.now(UTC)
        found = {trouble.cause for _, trouble in looked.troubles}
        # One that was seen once stays on the page as 0: a series that vanishes looks like a dead watchdog.
        self._shown |= found
        for cause in self._shown:
            self._trouble.labels(cause).set(int(cause in found))
        self._round.set(self._last.timestamp())
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._file, f"{self._last.isoformat(timespec='seconds')}\n")
        except OSError as error:
            _log.error("de hartslag kan niet worden geschreven", exc_info=error)

    async def stale(self) -> str | None:
        """For the health page: None, or a sentence when the last whole round is too long ago."""
        if datetime.now(UTC) - self._last <= INTERVALS * self._interval:
            return None
        return (
            f"De bewaking heeft sinds {self._last.astimezone(AMSTERDAM):%d-%m-%Y %H:%M:%S} geen hele ronde "
            "gedaan. Herstart haar en lees haar logboek; zolang bewaakt niemand de klantroutes."
        )
