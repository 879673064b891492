"""Everything was down for three days: what came due meanwhile is told once, in order, as late, and spread.

The melding is of Monday 1 June 2026, so the talk is due on Monday 8 June and the breach is at 00:00 on the
9th. Rung 1 belongs to the opening of Tuesday 9 June, rung 2 to that of Wednesday 10 June, one opening day later,
rung 3 to Friday 12 June (policies/deventer.toml, ladder belofte). Everything stands still from Monday 8 June
10:00 to Thursday 11 June 10:00 local time, so breach, rung 1 and rung 2 come late and rung 3 does not come yet.
"""

import asyncio
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from domain.calendars import AMSTERDAM
from domain.clock import Clock
from starter.office import Office
from tests.faults.machine import PROCESSES, WORKER, machine
from tests.faults.people import Staff
from workflows.messages import CLOCK_SIGNAL

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

JOURNEYS = 100
DOWN = datetime(2026, 6, 8, 10, 0, tzinfo=AMSTERDAM)
BACK = DOWN + timedelta(days=3)
MINUTE_PER_SECOND = 60.0


async def test_every_rung_comes_once_in_order_late_and_spread(tmp_path: Path) -> None:
    async with machine(tmp_path, speed=MINUTE_PER_SECOND, first=DOWN - timedelta(hours=1)) as place:
        async with place.office() as office:
            started = await Staff(office, random.Random(4)).start(JOURNEYS, melding=date(2026, 6, 1))
            for journey_id in started:
                assert await office.worklist.wait_for(journey_id, seq=1, timeout=30)
            for name in reversed(PROCESSES):
                await place.stop(name)

        await place.up(*(name for name in PROCESSES if name != WORKER))
        clock = Clock(speed=MINUTE_PER_SECOND, real=datetime.now(UTC), logical=BACK)
        async with place.office() as office:
            for journey_id in started:
                await office.client.get_workflow_handle(journey_id).signal(CLOCK_SIGNAL, clock)
            await place.up(WORKER)
            await told_of(office, started)

            handled: Counter[datetime] = Counter()
            for journey_id in started:
                handled[await as_it_should_be(office, journey_id)] += 1
            messages = await office.pool.fetch(
                "SELECT params FROM outbox WHERE template = 'trede' ORDER BY id"
            )
    minutes = sorted(handled)
    print(
        f"\n{JOURNEYS} journeys went on over {(minutes[-1] - minutes[0]) / timedelta(minutes=1):.0f} minutes, "
        f"at most {max(handled.values())} in one minute; policy spreads over 30"
    )
    # A stable hash over half an hour: nothing like all of them at once.
    assert len(handled) > 15
    assert max(handled.values()) < JOURNEYS / 4
    assert {message["params"]["bedoeld"] for message in messages} == {"2026-06-09", "2026-06-10"}


async def told_of(office: Office, journeys: list[str]) -> None:
    async with asyncio.timeout(180):
        while await office.pool.fetchval(
            "SELECT count(*) FROM overview WHERE journey_id = ANY ($1::text[]) AND escalation < 2", journeys
        ):
            await asyncio.sleep(0.5)


async def as_it_should_be(office: Office, journey_id: str) -> datetime:
    """The minute in which the journey went on."""
    entries = await office.journal.entries(journey_id)
    said = [
        (event.event, event.rung, f"{event.at.astimezone(AMSTERDAM):%d-%m %H:%M}")
        for entry in entries
        for event in entry.events
        if event.event in ("term_breached", "escalated")
    ]
    opening = "08:30"
    assert said == [
        ("term_breached", None, "09-06 00:00"),
        ("escalated", 1, f"09-06 {opening}"),
        ("escalated", 2, f"10-06 {opening}"),
    ], said
    late = [entry for entry in entries if DOWN <= entry.at < BACK]
    assert all(entry.handled_at >= BACK for entry in late)
    told = [
        entry
        for entry in late
        if any(event.event in ("term_breached", "escalated") for event in entry.events)
    ]
    assert [entry.name for entry in told] == ["breuk", "signaal", "signaal"]
    assert [entry.late_seconds // 86400 for entry in told] == [2, 2, 1]
    first = min(entry.handled_at for entry in late)
    return first.replace(second=0, microsecond=0)
