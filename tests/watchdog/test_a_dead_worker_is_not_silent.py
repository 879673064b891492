"""The whole of it, in processes of their own: a worker is killed, moments pass, people hear of it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from domain.happenings import Actor
from runtime.settings import STATE_DIR
from starter.stack.clock import LogicalClock
from tests import servers
from tests.starter.stand import Stand, stand
from watchdog.checks.moments import CAUSE

BEHEER = "beheer@deventer.example"
ME = Actor(code="consulent", role="consulent")
DAY_PER_SECOND = 86400.0
SECONDS = 60.0


@asynccontextmanager
async def watchdog(place: Stand) -> AsyncIterator[asyncio.subprocess.Process]:
    with (place.folder / "watchdog.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "watchdog", env=place.environment, cwd=place.folder, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0, (place.folder / "watchdog.log").read_text()


def told(place: Stand) -> list[str]:
    """Subjects of the mails to the administrator about moments that pass, oldest first.

    On a busy machine other things may stand still for a moment too, and be told with right.
    """
    mails = reversed(place.sandbox.mailbox.newest_first())
    return [mail.subject for mail in mails if BEHEER in mail.to and mail.subject.endswith(CAUSE)]


async def heard(place: Stand, *subjects: str) -> None:
    """Wait until exactly these were told."""
    deadline = asyncio.get_running_loop().time() + SECONDS
    while told(place) != list(subjects):
        log = place.folder / "watchdog.log"
        assert asyncio.get_running_loop().time() < deadline, (told(place), log.read_text()[-4000:])
        await asyncio.sleep(0.1)


async def rounds(place: Stand, many: int) -> None:
    """Wait until the watchdog has done so many more rounds."""
    url = f"http://127.0.0.1:{place.settings.watchdog_http_port}"
    seen: set[str] = set()
    async with asyncio.timeout(SECONDS), httpx2.AsyncClient(trust_env=False) as http:
        while len(seen) <= many:
            try:
                page = (await http.get(f"{url}/metrics")).text
                seen |= {line for line in page.splitlines() if line.startswith("meedoen_watchdog_last_round")}
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.1)
        assert (await http.get(f"{url}/gezond")).status_code == 200


async def stands(place: Stand, why: str) -> None:
    """Wait until ``meedoen watch`` gives this as what holds the first journey up.

    A worker that was killed with a task in hand keeps it, for Temporal, until the task's own time-out.
    """
    deadline = asyncio.get_running_loop().time() + SECONDS
    while True:
        wrong = await place.meedoen("watch", "--json")
        assert wrong.code == 1
        (trouble,) = [t for t in wrong.json["troubles"] if t["cause"] == CAUSE]
        if why in (said := trouble["examples"][0]["why"]):
            return
        assert asyncio.get_running_loop().time() < deadline, said


@pytest.mark.long
async def test_people_hear_that_moments_pass_and_that_it_is_over(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / STATE_DIR).mkdir()
    LogicalClock(tmp_path / STATE_DIR).resume(DAY_PER_SECOND, first=datetime(2026, 5, 4, 8, 0, tzinfo=UTC))
    more = {
        "ENVIRONMENT": "demo",
        "SPEED": str(DAY_PER_SECOND),
        "ALARM_TO": BEHEER,
        "WATCHDOG_SECONDS": "1",
        # Longer than a busy machine holds a worker up, short enough for a test.
        "WATCHDOG_GRACE_SECONDS": "5",
        "WATCHDOG_HTTP_PORT": str(servers.free_port()),
        # Whatever room the machine has that runs this test.
        "WATCHDOG_DISKS": "/dev/shm" if os.path.isdir("/dev/shm") else "/",
    }
    began, ended = (f"[Meedoen] {what}: {CAUSE}" for what in ("alarm", "voorbij"))
    async with stand(database, tmp_path, **more) as place:
        async with place.office() as office:
            for number in range(5):
                await office.journeys.start(gemeente="deventer", by=ME, reference=f"kenmerk-{number}")
        async with watchdog(place):
            await rounds(place, 4)
            assert told(place) == []
            async with asyncio.timeout(SECONDS):
                while (well := await place.meedoen("watch")).code:
                    pass
            assert well.out == "Alles loopt.\n"

            await place.stop_worker(signal.SIGKILL)
            await heard(place, began)
            await stands(place, "wacht al")
        # Another watchdog on the same folder knows what was told.
        async with watchdog(place):
            await rounds(place, 3)
            assert told(place) == [began]
            await place.start_worker()
            await heard(place, began, ended)
        assert (tmp_path / "bewaking" / "hartslag").exists()
