"""Work that is done in rounds in the background: when somebody calls, and now and then anyway."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import asyncpg
import structlog

from runtime.database import listening

STOP_SECONDS = 10.0

_log = structlog.get_logger(__name__)


class Rounds:
    """Calls ``work`` again and again while its ``async with`` lasts.

    A round that fails is logged and tried again, later each time up to six times ``seconds``: whatever it
    was, the next round may go better, and nobody else does this work.

    Args:
        pool: the database; one of its connections listens.
        channel: of ``pg_notify``; a call on it starts a round at once.
        work: one round. It looks at `stopping` when it takes long.
        seconds: the longest wait between two rounds.
        trouble: the event that is logged when a round fails.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        channel: str,
        work: Callable[[], Awaitable[Any]],
        *,
        seconds: float,
        trouble: str,
    ) -> None:
        self._pool = pool
        self._channel = channel
        self._work = work
        self._seconds = seconds
        self._trouble = trouble
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def stopping(self) -> bool:
        """Whether the round under way should be the last."""
        return self._stop.is_set()

    async def __aenter__(self) -> Self:
        """Start in the background."""
        self._stop.clear()
        self._task = asyncio.create_task(self._run(), name=self._channel)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the round under way end, for ten seconds at most."""
        self._stop.set()
        task, self._task = self._task, None
        if task is None:
            return
        await asyncio.wait((task,), timeout=STOP_SECONDS)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                async with listening(self._pool, self._channel) as heard:
                    alive = True
                    while alive and not self._stop.is_set():
                        await self._work()
                        failures = 0
                        alive = await self._wait(self._seconds, heard)
            except Exception as error:
                failures += 1
                _log.warning(self._trouble, poging=failures, exc_info=error)
                await self._wait(min(self._seconds * 6, 0.5 * 2 ** min(failures, 10)))

    async def _wait(self, seconds: float, heard: asyncio.Queue[str | None] | None = None) -> bool:
        """Until somebody calls, we stop, or the time is over; False: the line is dead."""
        waiting: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._stop.wait())]
        if heard is not None:
            waiting.append(asyncio.ensure_future(heard.get()))
        try:
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()
        if heard is None or not waiting[1].done() or waiting[1].cancelled():
            return True
        said = [waiting[1].result()]
        while not heard.empty():
            # One round does everything, however many calls there were.
            said.append(heard.get_nowait())
        return None not in said


class InRounds:
    """What works in rounds while its ``async with`` lasts; it sets ``_rounds``."""

    _rounds: Rounds

    async def __aenter__(self) -> Self:
        """Start in the background."""
        await self._rounds.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the round under way; what is left waits for another process."""
        await self._rounds.__aexit__(kind, error, trace)
