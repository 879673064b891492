"""After a backup was put back, or a journey was lost, Temporal and the journal are brought together again."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from starter.office import Office
from starter.reconcile import Kind, Report
from tests.faults.agreement import everything_agrees
from tests.faults.machine import POSTGRESQL, TEMPORAL, WORKER, Machine, machine
from tests.faults.people import ME, Staff

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

HUNDRED = 100
NEW = 5
WOKEN = 10
FIRST = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
DAYS_PER_SECOND = 0.2
PATIENCE = timedelta(seconds=15)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Machine]:
    async with machine(tmp_path, speed=86400 * DAYS_PER_SECOND, first=FIRST) as it:
        yield it


async def settled(office: Office) -> None:
    """Everything that was decided is written."""
    async with asyncio.timeout(60):
        while (await office.reconciler(PATIENCE).run()).found:
            pass


async def mended(office: Office) -> Report:
    """Repair, and look again: nothing differs any more."""
    report = await office.reconciler(PATIENCE).run(repair=True)
    assert not report.left, report.left
    again = await office.reconciler(PATIENCE).run()
    assert not again.found, again.found
    return report


async def test_postgresql_was_put_back(place: Machine) -> None:
    async with place.office() as office:
        staff = Staff(office, random.Random(1))
        before = await staff.start(HUNDRED)
        await settled(office)
    await place.stop(WORKER)
    await place.back_up(POSTGRESQL)
    await place.up(WORKER)
    async with place.office() as office:
        staff.office = office
        await staff.act_everywhere()
        lost = await staff.start(NEW, first=HUNDRED)
        note = await office.journeys.act(
            before[0], "trede_gemeten", by=ME, data={"trede": 3}, note="Zij heeft een hond.", act_id="noot"
        )
        assert note.seq
        await settled(office)

    await place.stop(WORKER)
    await place.put_back(POSTGRESQL)
    await place.up(WORKER)
    async with place.office() as office:
        staff.office = office
        # Somebody reports before anybody has mended anything: the number of another may not be used again.
        (newcomer,) = await staff.start(1, first=1000)
        assert newcomer not in lost
        await staff.act_everywhere(but=lost)
        report = await mended(office)
        await everything_agrees(office, staff.answered)

    kinds = {difference.journey_id: difference.kind for difference in report.found}
    assert {kinds[journey] for journey in lost} == {Kind.UNKNOWN}
    assert {kinds[journey] for journey in before} == {Kind.JOURNAL_BEHIND}
    # What is in PostgreSQL only is lost: who the newcomers of that time were, and what was said in words.
    assert len(report.lost) == NEW + 1
    assert sum("meedoen identify" in sentence for sentence in report.lost) == NEW
    assert sum("vrije tekst" in sentence for sentence in report.lost) == 1


async def test_temporal_was_put_back(place: Machine) -> None:
    async with place.office() as office:
        staff = Staff(office, random.Random(2))
        before = await staff.start(HUNDRED)
        await settled(office)
        await place.stop(WORKER)
        await place.back_up(TEMPORAL)
        await place.up(WORKER)
    async with place.office() as office:
        staff.office = office
        await staff.act_everywhere()
        started = await staff.start(NEW, first=HUNDRED)
        await settled(office)

        await place.stop(WORKER)
        await place.put_back(TEMPORAL)
        await place.up(WORKER)
    async with place.office() as office:
        staff.office = office
        # People go on before anybody has mended anything: what they record is held by Temporal alone.
        staff.journeys = before
        await staff.act_everywhere()
        report = await mended(office)
        await everything_agrees(office, staff.answered)

    kinds = {difference.journey_id: difference.kind for difference in report.found}
    assert {kinds[journey] for journey in before} <= {Kind.TEMPORAL_BEHIND, Kind.APART, Kind.JOURNAL_BEHIND}
    assert {kinds[journey] for journey in started} == {Kind.NOT_RUNNING}
    assert len(kinds) == HUNDRED + NEW
    assert report.lost == []


async def test_journeys_were_lost_from_temporal(place: Machine) -> None:
    async with place.office() as office:
        staff = Staff(office, random.Random(3))
        await staff.start(HUNDRED)
        await staff.act_everywhere()
        await settled(office)
        await place.stop(WORKER)
        await place.lose(TEMPORAL)
        await place.up(WORKER)
    async with place.office() as office:
        staff.office = office
        # An act in a journey that is lost starts it again from its journal, without anybody mending it.
        everybody, staff.journeys = staff.journeys, staff.journeys[:WOKEN]
        await staff.act_everywhere()
        staff.journeys = everybody
        report = await mended(office)
        await staff.act_everywhere()
        await settled(office)
        await everything_agrees(office, staff.answered)

    assert len(report.found) == HUNDRED - WOKEN
    assert {difference.kind for difference in report.found} == {Kind.NOT_RUNNING}
    assert report.lost == []
