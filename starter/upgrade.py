"""Moves every open journey to one version of the code.

Every step looks at what is so and does what is missing. An upgrade that was killed goes on when it is
started again, and one that is started twice does no harm.
"""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import asyncpg
from temporalio.service import RPCError

from domain.base import Explained
from runtime.settings import Settings
from starter.versions import WITHOUT, Place, Versions

AT_ONCE = 32
"""Questions to Temporal at once."""
AWAKE_AT_ONCE = 64
"""Journeys that were woken and have not moved yet: more would only queue before the workers."""
_AGAIN_AFTER = 5.0
"""Seconds after which a journey that did not move and has nothing to do is woken again."""
_BETWEEN = 0.25
_T = TypeVar("_T")
_R = TypeVar("_R")


class UpgradeRefused(Explained):
    """The upgrade cannot begin or go on; the message is a Dutch sentence."""


@dataclass(frozen=True)
class Left:
    """A journey that is not on the version yet, and why."""

    journey_id: str
    build_id: str
    reason: str


@dataclass
class UpgradeReport:
    """What came of it."""

    version: str
    moved: int = 0
    already: int = 0
    left: list[Left] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    """Old versions whose workers stop by themselves."""
    stopping: list[str] = field(default_factory=list)
    """Those of them whose workers had not stopped yet."""


@dataclass(frozen=True)
class Watching:
    """Who is told how it goes. ``say``: a sentence; ``progress``: (journeys on the version, all)."""

    say: Callable[[str], None] = lambda sentence: None
    progress: Callable[[int, int], None] = lambda done, total: None


class Upgrade:
    """One upgrade, from whatever state things are in.

    Args:
        versions: reads and changes what is so.
        target: the version that all journeys have to be on.
        patience_seconds: how long to wait for workers and journeys.
        start_worker: starts a worker of the target version and says where its log is; None: somebody
            else does.
        watching: who is told how it goes.
    """

    def __init__(
        self,
        versions: Versions,
        target: str,
        *,
        patience_seconds: float,
        start_worker: Callable[[], str] | None,
        watching: Watching,
    ) -> None:
        self._versions = versions
        self._target = target
        self._until = time.monotonic() + patience_seconds
        self._start_worker = start_worker
        self._watching = watching
        self._called = False
        self._there: set[str] = set()
        self._moved: set[str] = set()
        self._seen_elsewhere: set[str] = set()
        self._woken: dict[str, float] = {}

    async def run(self) -> UpgradeReport:
        """Do what is missing.

        Raises:
            UpgradeRefused: no worker of the version came, somebody made another version current, or Temporal
                or the database stopped answering. Running it again goes on.
        """
        try:
            return await self._steps()
        except (RPCError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            server = "Temporal" if isinstance(error, RPCError) else "De database"
            raise UpgradeRefused(
                f"{server} antwoordde niet meer ({type(error).__name__}). Wat over is blijft over; draai deze "
                "opdracht opnieuw en zij gaat verder."
            ) from error

    async def _steps(self) -> UpgradeReport:
        await self._versions.restore(self._target)
        await self._worker()
        await self._make_current()
        elsewhere = await self._move_all()
        report = UpgradeReport(
            self._target,
            moved=len(self._moved),
            already=len(self._there - self._moved),
            left=[await self._why(place) for place in elsewhere],
        )
        await self._retire(elsewhere, report)
        return report

    # -- the steps -----------------------------------------------------------------------------------

    async def _worker(self) -> None:
        while not await self._works():
            self._patience(
                f"Er luistert geen worker van versie {self._target!r}, dus is er niets overgestapt. Start er een "
                f"met MEEDOEN_BUILD_ID={self._target} (lees anders in zijn logboek waarom hij stopt) en draai "
                "deze opdracht opnieuw."
            )
            await asyncio.sleep(_BETWEEN)

    async def _works(self) -> bool:
        """Whether a worker of the version polls; if not, see once to it that one comes."""
        if await self._versions.works(self._target):
            self._called = False
            return True
        if not self._called:
            self._called = True
            if self._start_worker is None:
                self._watching.say(
                    f"Er luistert geen worker van versie {self._target!r}; start er een met "
                    f"MEEDOEN_BUILD_ID={self._target}. Het gaat vanzelf verder als die er is."
                )
            elif not await self._versions.live_workers({self._target}):
                self._watching.say(self._start_worker())
        return False

    async def _make_current(self) -> None:
        while await self._versions.current() != self._target:
            if not await self._versions.make_current(self._target):
                self._patience(
                    f"Temporal neemt versie {self._target!r} nog niet aan als de versie die geldt. Controleer of "
                    "haar worker draait en draai deze opdracht opnieuw."
                )
                await asyncio.sleep(_BETWEEN)

    async def _move_all(self) -> list[Place]:
        """Wake journeys until none is elsewhere or patience is over; those that are elsewhere then."""
        while True:
            journeys = await self._versions.journeys()
            self._there &= journeys
            places = await _each(journeys - self._there, self._versions.place)
            elsewhere = [place for place in places if place and not self._is_there(place)]
            self._watching.progress(len(self._there), len(self._there) + len(elsewhere))
            if not elsewhere or time.monotonic() > self._until:
                return sorted(elsewhere, key=lambda place: place.journey_id)
            await self._works()
            # After a restore a journey may stand on a version again that was retired since.
            for build_id in {place.build_id for place in elsewhere} - {WITHOUT}:
                await self._versions.restore(build_id)
            await _each(self._to_wake(elsewhere), self._wake)
            await asyncio.sleep(_BETWEEN)

    def _is_there(self, place: Place) -> bool:
        if place.build_id != self._target:
            self._seen_elsewhere.add(place.journey_id)
            return False
        self._there.add(place.journey_id)
        if place.journey_id in self._seen_elsewhere:
            self._moved.add(place.journey_id)
        return True

    def _to_wake(self, elsewhere: Iterable[Place]) -> list[str]:
        now = time.monotonic()
        recently = {name for name, at in self._woken.items() if now - at < _AGAIN_AFTER}
        # One with something to do will look by itself; waking it once more would only add to its history.
        asleep = [place.journey_id for place in elsewhere if not place.attempt and not place.paused]
        waiting = recently.intersection(asleep)
        fresh = sorted(set(asleep) - recently, key=lambda name: self._woken.get(name, 0.0))
        return fresh[: max(0, AWAKE_AT_ONCE - len(waiting))]

    async def _wake(self, journey_id: str) -> None:
        self._woken[journey_id] = time.monotonic()
        await self._versions.wake(journey_id)

    async def _retire(self, elsewhere: list[Place], report: UpgradeReport) -> None:
        if await self._versions.current() != self._target:
            raise UpgradeRefused(
                f"Terwijl klantroutes overstapten is een andere versie dan {self._target!r} gaan gelden. Spreek af "
                "wie er bijwerkt en draai de opdracht opnieuw voor de versie die moet gelden."
            )
        in_use = {place.build_id for place in elsewhere}
        # A journey that is on no version yet may still need an old one: to go back to, or to move from.
        if WITHOUT in in_use:
            return
        old = await self._versions.once_current() | await self._versions.live_workers({WITHOUT})
        old -= in_use | {self._target}
        if not old:
            return
        report.retired = sorted(await self._versions.retire(old))
        until = time.monotonic() + _STOP_SECONDS
        stopping = await self._versions.live_workers(old)
        if stopping:
            self._watching.say("Alle klantroutes zijn over; de oude workers maken af wat loopt en stoppen.")
        while stopping and time.monotonic() < until:
            await asyncio.sleep(_BETWEEN)
            stopping = await self._versions.live_workers(old)
        report.stopping = sorted(stopping)

    # -- words ---------------------------------------------------------------------------------------

    async def _why(self, place: Place) -> Left:
        return Left(place.journey_id, place.build_id, await self._reason(place))

    async def _reason(self, place: Place) -> str:
        if place.paused:
            return "Zij is in Temporal gepauzeerd. Hervat haar daar en draai deze opdracht opnieuw."
        own = place.build_id or (self._target if place.attempt else WITHOUT)
        if place.attempt and not await self._versions.works(own):
            named = f"versie {own!r}" if own else "de code zonder versie"
            setting = f"MEEDOEN_BUILD_ID={own}" if own else "een lege MEEDOEN_BUILD_ID"
            return (
                f"Zij wacht op een worker van {named} en die is er niet. Start er een met {setting} en draai "
                "deze opdracht opnieuw."
            )
        if place.attempt > 1:
            return (
                f"Haar taak mislukt steeds (poging {place.attempt}). Zij wacht en gaat verder zodra er goede code "
                "is; het logboek van de worker en Temporal UI zeggen wat er niet past. Teruggaan kan met "
                "'meedoen upgrade --to' en de vorige versie."
            )
        return "Zij was nog bezig met schrijven of met een vraag aan een register. Draai deze opdracht zo opnieuw."

    def _patience(self, sentence: str) -> None:
        if time.monotonic() > self._until:
            raise UpgradeRefused(sentence)


_STOP_SECONDS = 60.0
"""How long to look whether old workers stop: two beats and the time in which they finish their work."""


def worker_starter(settings: Settings, folder: Path) -> Callable[[], str]:
    """Starts a worker of this very code, which goes on when this process ends.

    Args:
        settings: ``build_id`` and all others, which the worker finds in the same places.
        folder: where its log goes.

    Returns:
        A function that starts it and says so in a sentence.
    """
    log = folder / f"worker-{re.sub(r'[^A-Za-z0-9._-]', '_', settings.build_id)}.log"

    def start() -> str:
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "worker"],
                env=os.environ
                | {
                    "MEEDOEN_BUILD_ID": settings.build_id,
                    # The old worker still answers on the usual one.
                    "MEEDOEN_WORKER_HTTP_PORT": str(
                        _free_port(settings.worker_http_host, settings.worker_http_port)
                    ),
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return f"Een worker van versie {settings.build_id!r} is gestart (proces {process.pid}); zijn logboek is {log}."

    return start


def _free_port(host: str, usual: int) -> int:
    import socket

    for port in (usual, 0):
        with suppress(OSError), socket.create_server((host, port)) as listener:
            return int(listener.getsockname()[1])
    return usual


async def _each(items: Iterable[_T], ask: Callable[[_T], Awaitable[_R]]) -> list[_R]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(item: _T) -> _R:
        async with gate:
            return await ask(item)

    return list(await asyncio.gather(*(one(item) for item in items)))
