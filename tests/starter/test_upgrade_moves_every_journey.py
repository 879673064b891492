"""``meedoen upgrade`` moves three hundred open journeys, also when it is killed half-way."""

import asyncio
import contextlib
import json
import os
import random
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from stdnum.nl import bsn as bsn_number

from activities.journal import Journal
from domain.happenings import Actor
from runtime.keys import KeyRing
from sandbox.faults import Fault, FaultKind
from starter.journeys import NotHeld
from starter.office import Office
from starter.upgrade import AT_ONCE
from starter.versions import Versions
from tests.starter.second_release import CHANGED_RULE, NEW_FIELD, make_release
from tests.starter.stand import Stand, stand
from workflows.messages import STATE_QUERY

pytestmark = pytest.mark.faults

JOURNEYS = 300
IN_THE_MIDDLE_OF_A_QUESTION = 30
ME = Actor(code="consulent", role="consulent")


def people(count: int) -> list[str]:
    """Numbers that pass the elfproef and belong to nobody."""
    numbers = (f"{number:09}" for number in range(999_900_000, 999_999_999))
    return [
        number for _, number in zip(range(count * 12), numbers, strict=False) if bsn_number.is_valid(number)
    ][:count]


@pytest.mark.timeout(240)
async def test_three_hundred_journeys_move_none_stranded_none_asked_twice(
    database: str, tmp_path: Path
) -> None:
    async with (
        stand(database, tmp_path, build_id="a", graceful_shutdown_seconds="10") as place,
        place.office() as office,
    ):
        assert (await place.meedoen("upgrade", "--no-worker")).code == 0
        bsns = people(JOURNEYS)
        journeys = await _start(office, bsns[:-IN_THE_MIDDLE_OF_A_QUESTION])
        staff = Staff(office, journeys)
        second = make_release(tmp_path / "release-b", CHANGED_RULE, NEW_FIELD)
        versions = Versions(office.journeys._client, office.pool, place.settings.task_queue)
        try:
            async with staff.at_work():
                # These are being asked about when the upgrade comes.
                place.sandbox.faults.set(Fault(kind=FaultKind.SLOW, seconds=6))
                journeys += await _start(office, bsns[-IN_THE_MIDDLE_OF_A_QUESTION:])
                first = await Upgrading.begin(place, second)
                moved = 0
                while moved < JOURNEYS // 10:
                    assert first.process.returncode is None, first.said()
                    moved = (await _builds(versions, journeys)).count("b")
                first.process.kill()
                await first.process.wait()
                assert (await _builds(versions, journeys)).count("b") < JOURNEYS, "it was not half-way"

                again = await Upgrading.begin(place, second)
                assert await again.process.wait() == 0, again.said()
                assert await asyncio.wait_for(_ended(place), 60) == 0
                await staff.acted(20)
            report = json.loads(again.out.read_text())
            await _all_is_right(place, office, versions, journeys, staff, report)
        finally:
            _kill_workers(tmp_path)


async def _all_is_right(
    place: Stand,
    office: Office,
    versions: Versions,
    journeys: list[str],
    staff: "Staff",
    report: dict[str, Any],
) -> None:
    assert report["left"] == [] and report["stopping"] == []
    assert report["retired"] == ["a"]
    assert report["moved"] + report["already"] == JOURNEYS
    assert report["moved"] > 0 and report["already"] > 0
    assert await _builds(versions, journeys) == ["b"] * JOURNEYS
    assert "vanaf nu anders vastgelegd" in staff.last_answer
    for journey_id in journeys:
        await _is_whole(place, office, journey_id, staff.answered.get(journey_id, []))
    asked = await office.pool.fetch(
        "SELECT journey_id, count(*) AS times FROM look_up WHERE question = 'brp_persoon' GROUP BY 1"
    )
    assert {row["journey_id"]: row["times"] for row in asked} == dict.fromkeys(journeys, 1)


class Staff:
    """People who act on journeys all the time, and send what was not held again."""

    def __init__(self, office: Office, journeys: list[str]) -> None:
        self._office = office
        self._journeys = journeys
        self.answered: dict[str, list[str]] = {}
        self.last_answer = ""
        self._at_work = True

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        working = [asyncio.create_task(self._work(random.Random(number))) for number in range(4)]
        try:
            yield
            # The day ends with an answer to every act that was sent.
            self._at_work = False
            await asyncio.gather(*working)
        finally:
            for task in working:
                task.cancel()

    async def acted(self, more: int) -> None:
        """Wait until so many acts more were answered."""
        before = self._count()
        while self._count() < before + more:
            await asyncio.sleep(0.05)

    def _count(self) -> int:
        return sum(map(len, self.answered.values()))

    async def _work(self, luck: random.Random) -> None:
        while self._at_work:
            journey_id = luck.choice(self._journeys)
            await self._act(journey_id, f"trede-{luck.getrandbits(64):x}", luck.randint(1, 6))
            await asyncio.sleep(0.02)

    async def _act(self, journey_id: str, act_id: str, trede: int) -> None:
        while True:
            with contextlib.suppress(NotHeld):
                answer = await self._office.journeys.act(
                    journey_id, "trede_gemeten", by=ME, act_id=act_id, data={"trede": trede}
                )
                self.answered.setdefault(journey_id, []).append(act_id)
                self.last_answer = answer.text
                return


class Upgrading:
    """``meedoen upgrade`` of the second release, in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, out: Path, err: Path) -> None:
        self.process = process
        self.out = out
        self.err = err

    @classmethod
    async def begin(cls, place: Stand, release: Path) -> "Upgrading":
        out, err = place.folder / "upgrade.out", place.folder / "upgrade.err"
        with out.open("wb") as said, err.open("ab") as told:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "starter.cli", "upgrade", "--json", "--patience", "1.5",
                env=_as(place, release), cwd=place.folder, stdout=said, stderr=told,
            )  # fmt: skip
        return cls(process, out, err)

    def said(self) -> str:
        return self.out.read_text() + self.err.read_text()


def _as(place: Stand, release: Path) -> dict[str, str]:
    return place.environment | {"PYTHONPATH": str(release), "MEEDOEN_BUILD_ID": "b"}


def _kill_workers(folder: Path) -> None:
    """The command leaves its worker running, as it should; here nobody else stops it."""
    for number in re.findall(r"\(proces (\d+)\)", (folder / "upgrade.err").read_text()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(number), signal.SIGKILL)


async def _start(office: Office, bsns: list[str]) -> list[str]:
    gate = asyncio.Semaphore(16)

    async def one(bsn: str) -> str:
        async with gate:
            return (await office.journeys.start(gemeente="deventer", by=ME, bsn=bsn)).journey_id

    return list(await asyncio.gather(*map(one, bsns)))


async def _builds(versions: Versions, journeys: list[str]) -> list[str]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(journey_id: str) -> str:
        async with gate:
            place = await versions.place(journey_id)
        assert place is not None, f"{journey_id} does not run"
        return place.build_id

    return list(await asyncio.gather(*map(one, journeys)))


async def _ended(place: Stand) -> int:
    assert place.worker is not None
    return await place.worker.wait()


async def _is_whole(place: Stand, office: Office, journey_id: str, acts: list[str]) -> None:
    journal = Journal(office.pool, KeyRing.load(place.settings.key_file), place.settings.mail_domain)
    state = await office.journeys._client.get_workflow_handle(journey_id).query(STATE_QUERY, result_type=dict)
    assert state["tried_release"] == "nieuw"
    held = [item["act"]["id"] for item in state["log"] if item["act"]]
    assert sorted(held[1:]) == sorted(acts)
    until = time.monotonic() + 20
    while len(entries := await journal.entries(journey_id)) < state["seq"] and time.monotonic() < until:
        await asyncio.sleep(0.05)
    written = [entry.happening["id"] for entry in entries if entry.kind == "act" and entry.happening]
    assert written == held
    assert await journal.verify(journey_id) == []
