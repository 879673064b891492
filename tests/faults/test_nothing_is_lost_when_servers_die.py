"""Two hundred times kill -9 of worker, PostgreSQL and Temporal among a hundred journeys that move.

The seed of a run is printed; MEEDOEN_FAULTS_SEED repeats who is killed when and who does what.
"""

import asyncio
import os
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from domain.clock import Clock
from runtime.policies import load_policy
from starter.office import Office
from tests.faults.agreement import everything_agrees, told_as_if_nothing_had_happened
from tests.faults.machine import PROCESSES, Machine, machine
from tests.faults.people import Staff
from workflows.messages import CLOCK_SIGNAL

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(1500)]

KILLS = int(os.environ.get("MEEDOEN_FAULTS_KILLS", "200"))
JOURNEYS = 100
FIRST = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
DAYS_PER_SECOND = 0.25
MEAN_SECONDS_BETWEEN_KILLS = 2.0


async def test_two_hundred_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    seed = int(os.environ.get("MEEDOEN_FAULTS_SEED", str(random.SystemRandom().randrange(10**6))))
    print(f"\nMEEDOEN_FAULTS_SEED={seed} repeats this run; {KILLS} kills")
    luck = random.Random(seed)
    async with machine(tmp_path, speed=86400 * DAYS_PER_SECOND, first=FIRST) as place:
        async with place.office() as office:
            staff = Staff(office, random.Random(seed + 1))
            await staff.start(JOURNEYS)
            async with staff.at_work(people=4):
                killed = await killing(place, luck)
                print(f"{datetime.now(UTC):%H:%M:%S} everything runs again")
            await stand_still(place, office)
            await agreed(office)

            await everything_agrees(office, staff.answered)
            policy = load_policy("deventer")
            for journey_id in staff.journeys:
                await told_as_if_nothing_had_happened(office, journey_id, policy)
            repeated = await messages_arrived(place, office)
            entries = await office.pool.fetchval("SELECT count(*) FROM journal")
        days = (place.now() - FIRST) / timedelta(days=1)
    print(
        f"killed {dict(killed)}; {len(staff.answered)} acts answered, {staff.refused} refused in a sentence; "
        f"{entries} entries in the journal over {days:.0f} days; {repeated} messages came more than once"
    )


async def killing(place: Machine, luck: random.Random) -> Counter[str]:
    """Kill somebody at random moments, and have everybody started again at once."""
    over = asyncio.Event()

    async def keep_up(name: str) -> None:
        while not over.is_set():
            await place.processes[name].wait()
            if over.is_set():
                return
            # What was killed together with its database refuses to start until that is back.
            await asyncio.sleep(0.2)
            await place.start(name)

    keeping = [asyncio.create_task(keep_up(name)) for name in PROCESSES]
    killed: Counter[str] = Counter()
    try:
        while sum(killed.values()) < KILLS:
            for task in keeping:
                assert not task.done(), "a server is not started again"
            await asyncio.sleep(luck.expovariate(1 / MEAN_SECONDS_BETWEEN_KILLS))
            name = luck.choice(PROCESSES)
            if place.processes[name].returncode is None:
                await place.kill(name)
                killed[name] += 1
        # Still kept up: PostgreSQL refuses to start until the last process of the one that was killed is gone.
        for name in PROCESSES:
            await place.answers(name)
    finally:
        over.set()
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)
    return killed


async def stand_still(place: Machine, office: Office) -> None:
    """Let the journeys live as slowly as we do, so that they can be compared."""
    still = Clock(speed=1.0, real=datetime.now(UTC), logical=place.now())
    place.clock = still
    for record in await office.pool.fetch("SELECT journey_id FROM journey"):
        await office.client.get_workflow_handle(record["journey_id"]).signal(CLOCK_SIGNAL, still)


async def agreed(office: Office) -> None:
    """Without any repair: what was under way arrives by itself."""
    async with asyncio.timeout(180):
        while found := (await office.reconciler(timedelta(seconds=20)).run()).found:
            print(*(difference.sentence for difference in found[:3]), sep="\n")


async def messages_arrived(place: Machine, office: Office) -> int:
    """Every message went, and came more than once under its own Message-ID only. How many did."""
    async with asyncio.timeout(180):
        # What is for the weekly digest waits for its day.
        while await office.pool.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL AND NOT bundled"):
            await asyncio.sleep(0.5)
    sent = await office.pool.fetch("SELECT message_id FROM outbox WHERE NOT bundled")
    wanted = {record["message_id"] for record in sent}
    came: Counter[str] = Counter()
    for file in (place.folder / "mail").iterdir():
        came[str(message_from_bytes(file.read_bytes())["Message-ID"])] += 1
    assert set(came) == wanted
    return sum(times > 1 for times in came.values())
