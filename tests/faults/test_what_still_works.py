"""One part is down: what still works, what people are told, and what happens when it is back.

Each test is a line of the table in docs/guarantees.md.
"""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from temporalio.service import RPCError

from domain.happenings import Actor, Refused
from sandbox.faults import Fault, FaultKind
from starter.journeys import NotHeld
from starter.office import Office
from tests.faults.machine import POSTGRESQL, TEMPORAL, WORKER, Machine, machine
from tests.faults.people import ME

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

FIRST = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
DAY_PER_SECOND = 86400.0
OFFICE = Actor(code="toegang", role="toegang")


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Machine]:
    async with machine(tmp_path, speed=DAY_PER_SECOND, first=FIRST) as it:
        yield it


async def until(so: Callable[[], object], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await so():  # type: ignore[misc]
            await asyncio.sleep(0.1)


async def reported(office: Office, reference: str = "een") -> str:
    started = await office.journeys.start(
        gemeente="deventer", by=ME, reference=reference, melding=date(2026, 5, 1)
    )
    assert await office.worklist.wait_for(started.journey_id, seq=started.seq, timeout=30)
    return started.journey_id


async def step(office: Office, journey_id: str, act_id: str) -> None:
    await office.journeys.act(journey_id, "trede_gemeten", by=ME, act_id=act_id, data={"trede": 3})


async def acts_of(office: Office, journey_id: str) -> list[str | None]:
    entries = await office.journal.entries(journey_id)
    return [
        event.act_id
        for entry in entries
        for event in entry.events
        if event.event == "act_accepted" and event.act == "trede_gemeten"
    ]


async def test_without_postgresql_temporal_holds_acts_and_time_goes_on(place: Machine) -> None:
    async with place.office() as office:
        journey = await reported(office)
        await place.stop(POSTGRESQL)

        await step(office, journey, "zonder-database")
        code, _, said = await place.meedoen("list")
        assert (code, "De database antwoordt niet" in said) == (2, True), said
        code, _, said = await place.meedoen("act", journey, "gesprek_gevoerd", "--by", "consulent")
        assert (code, "De database antwoordt niet" in said) == (2, True), said
        # The talk was due on 8 May; its breach is at 00:00 on the 9th, whatever is down.
        await until(lambda: _true(place.now() > datetime(2026, 5, 13, tzinfo=UTC)))

        await place.up(POSTGRESQL)
        await until(lambda: _escalated(office, journey), 120)
        assert await acts_of(office, journey) == ["zonder-database"]
        entries = await office.journal.entries(journey)
        breach = next(e for entry in entries for e in entry.events if e.event == "term_breached")
        assert breach.at == datetime(2026, 5, 8, 22, tzinfo=UTC)
        assert await office.journal.verify(journey) == []
        # What was held up leaves nothing behind that needs mending.
        await until(lambda: _agrees(office), 120)


async def test_without_temporal_people_can_look_and_are_told_what_to_do(place: Machine) -> None:
    async with place.office() as office:
        journey = await reported(office)
    await place.stop(TEMPORAL)

    code, out, said = await place.meedoen("list")
    assert (code, "deventer" in out) == (0, True), said
    code, out, said = await place.meedoen("show", journey)
    assert (code, "Eerste gesprek" in out) == (0, True), said
    for command in (
        ("act", journey, "trede_gemeten", "--by", "consulent", "--set", "trede=3", "--id", "later"),
        ("start", "--kenmerk", "twee", "--by", "toegang"),
    ):
        code, _, said = await place.meedoen(*command)
        assert (code, "Temporal antwoordt niet" in said) == (2, True), said

    await place.up(TEMPORAL)
    async with place.office() as office:
        await step(office, journey, "later")
        second = await reported(office, "twee")
        await until(lambda: _escalated(office, journey), 120)
        await until(lambda: _escalated(office, second), 120)
        assert await acts_of(office, journey) == ["later"]


async def test_a_start_that_temporal_never_heard_of_is_simply_done_again(place: Machine) -> None:
    async with place.office() as office:
        await place.stop(TEMPORAL)
        with pytest.raises(NotHeld):
            await office.journeys.start(gemeente="deventer", by=OFFICE, reference="een")
        # Nobody waits under a number without a journey.
        assert await office.worklist.journeys("deventer", status=None) == []
        await place.up(TEMPORAL)

        again = await office.journeys.start(gemeente="deventer", by=OFFICE, reference="een")

        assert again.outcome == "gestart"
        assert await office.worklist.wait_for(again.journey_id, seq=1, timeout=30)


async def test_a_start_without_a_worker_is_held_by_the_next_one(place: Machine) -> None:
    async with place.office() as office:
        await place.stop(WORKER)
        with pytest.raises(NotHeld):
            await office.journeys.start(gemeente="deventer", by=OFFICE, reference="een")
        # What Temporal remembered of it is gone too; the journey itself is started and holds no melding.
        await place.kill(TEMPORAL)
        await place.up(TEMPORAL, WORKER)

        again = await office.journeys.start(gemeente="deventer", by=OFFICE, reference="een")

        assert again.outcome == "gestart"
        assert await office.worklist.wait_for(again.journey_id, seq=1, timeout=30)
        (row,) = await office.worklist.journeys("deventer", status=None)
        assert row.next_term.startswith("eerste_gesprek")


async def test_a_refused_start_leaves_nothing_and_a_corrected_one_starts(place: Machine) -> None:
    async with place.office() as office:
        with pytest.raises(Refused, match="1899"):
            await office.journeys.start(
                gemeente="deventer", by=OFFICE, reference="een", melding=date(1899, 5, 1)
            )
        assert await office.worklist.journeys("deventer", status=None) == []

        again = await office.journeys.start(gemeente="deventer", by=OFFICE, reference="een")

        assert again.outcome == "gestart"


async def test_without_a_worker_an_act_is_refused_in_time_and_counts_once_afterwards(place: Machine) -> None:
    async with place.office() as office:
        journey = await reported(office)
        await place.stop(WORKER)
        with pytest.raises(NotHeld, match="Draait er een worker"):
            await step(office, journey, "zonder-worker")

        await place.up(WORKER)
        await step(office, journey, "zonder-worker")

        await until(lambda: _has(office, journey, "zonder-worker"))
        assert await acts_of(office, journey) == ["zonder-worker"]


async def test_without_a_mail_server_journeys_go_on_and_messages_wait(place: Machine) -> None:
    async with place.office() as office:
        place.sandbox.mailbox.refuse("452")
        journey = await reported(office)
        await until(lambda: _escalated(office, journey), 120)
        waiting = await office.pool.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL")
        assert waiting > 0
        assert place.sandbox.mailbox.newest_first() == ()

        place.sandbox.mailbox.refuse(None)
        # As if the pause between two attempts were over.
        await office.pool.execute("UPDATE outbox SET not_before = now() WHERE sent_at IS NULL")
        await until(lambda: _all_sent(office))
        ids = [mail.message_id for mail in place.sandbox.mailbox.newest_first()]
        assert len(ids) >= waiting
        assert len(set(ids)) == len(ids)


async def test_a_silent_registry_stops_no_journey(place: Machine) -> None:
    place.sandbox.faults.set(Fault(kind=FaultKind.UNAVAILABLE))
    (person, *_) = place.sandbox.register.all()
    async with place.office() as office:
        started = await office.journeys.start(gemeente="deventer", by=ME, bsn=person.bsn)
        await until(lambda: _escalated(office, started.journey_id), 120)
        # Two days of patience (policies/deventer.toml), and never less than an honest attempt; then a person.
        await until(lambda: _asks_a_person(office), 120)
        shown = await office.worklist.journey(started.journey_id)
    assert shown is not None
    talk = next(term for term in shown.terms if term.term == "eerste_gesprek")
    assert talk.legal_end == talk.start + timedelta(days=7)
    assert [task.kind for task in shown.tasks] == ["controleer_handmatig"]


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of its own, small enough to fill, where the account of PostgreSQL can come."""
    if os.geteuid() != 0:
        pytest.skip("Een kleine schijf maken kan hier niet: daarvoor is root nodig.")
    folder = Path(tempfile.mkdtemp(dir="/var/tmp", prefix="meedoen-schijf-"))
    folder.chmod(0o755)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300m,mode=755", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        folder.rmdir()
        pytest.skip("Een kleine schijf maken kan hier niet: deze root mag geen schijf aankoppelen.")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)
        folder.rmdir()


async def test_a_full_disk_loses_nothing(small_disk: Path, tmp_path: Path) -> None:
    """Temporal and PostgreSQL share the disk, and both can write nothing any more."""
    async with machine(tmp_path / "werk", speed=1.0, first=FIRST, disk=small_disk) as place:
        async with place.office() as office:
            journey = await reported(office)
            await step(office, journey, "ervoor")
            await until(lambda: _has(office, journey, "ervoor"))

        fill = small_disk / "vol"
        _fill(fill)
        async with place.office() as office:
            held: list[str] = []
            refused = 0
            # Files that were large enough already take some more; then nothing does.
            for number in range(3000):
                try:
                    async with asyncio.timeout(8):
                        await step(office, journey, f"vol-{number}")
                except (NotHeld, RPCError, TimeoutError):
                    refused += 1
                    if refused == 3:
                        break
                else:
                    held.append(f"vol-{number}")
            assert refused, f"{len(held)} acts were held on a full disk"
            print(f"{len(held)} acts were held on a full disk before it took no more")
        fill.unlink()

        # Whoever watches over the servers starts them again; that is all there is to do.
        for name in (POSTGRESQL, TEMPORAL, WORKER):
            if place.processes[name].returncode is not None:
                await place.start(name)
            await place.ready(name)
        async with place.office() as office:
            await until(lambda: _held(office, journey, "erna"), 120)
            await until(lambda: _has(office, journey, "erna"), 120)
            told = await acts_of(office, journey)
            assert told[0] == "ervoor"
            assert set(held) <= set(told)
            assert len(told) == len(set(told))
            assert await office.journal.verify(journey) == []


def _fill(file: Path) -> None:
    with suppress(OSError), file.open("wb", buffering=0) as target:
        while True:
            target.write(b"\0" * 65536)


async def _true(it: bool) -> bool:
    return it


async def _escalated(office: Office, journey_id: str) -> bool:
    try:
        return bool(
            await office.pool.fetchval(
                "SELECT escalation >= 1 FROM overview WHERE journey_id = $1", journey_id
            )
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False


async def _has(office: Office, journey_id: str, act_id: str) -> bool:
    return act_id in await acts_of(office, journey_id)


async def _held(office: Office, journey_id: str, act_id: str) -> bool:
    with suppress(NotHeld):
        await step(office, journey_id, act_id)
        return True
    return False


async def _agrees(office: Office) -> bool:
    return not (await office.reconciler(timedelta(seconds=2)).run()).found


async def _asks_a_person(office: Office) -> bool:
    return bool(await office.worklist.tasks("deventer"))


async def _all_sent(office: Office) -> bool:
    return not await office.pool.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL")
