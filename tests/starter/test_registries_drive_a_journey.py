"""A journey asks the real registries through the whole product: what they say becomes facts, questions and log lines.

Lisa (999900171), born on 16 May 2004, left mbo without startkwalificatie, says DUO (sandbox/residents.toml).
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from domain.journey import JourneyState
from sandbox.faults import Fault, FaultKind
from starter.office import Office
from tests.starter.held import COACH, DESK, act, state_of
from tests.starter.stand import Stand, stand

LISA, MARIEKE = "999900171", "999900006"


@pytest_asyncio.fixture(loop_scope="session")
async def place(database: str, tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(database, tmp_path, suwinet=True) as it:
        yield it


async def answered(office: Office, journey: str, question: str) -> JourneyState:
    """The journey, once a question of it has an answer."""
    async with asyncio.timeout(60):
        while True:
            state = await state_of(office, journey)
            if any(item.finding and item.finding.question == question for item in state.log):
                return state
            await asyncio.sleep(0.05)


async def test_what_duo_says_is_a_fact_and_stands_beside_what_the_resident_says(place: Stand) -> None:
    async with place.office() as office:
        started = await office.journeys.start(gemeente="deventer", by=DESK, bsn=LISA)
        await act(office, started.journey_id, "feit_vastgelegd", feit="school", waarde="geen", bron="opgave")
        state = await answered(office, started.journey_id, "duo_onderwijs")
        facts = {row.kind: (row.value, row.source) for row in state.resident.facts}
        assert facts["startkwalificatie"] == ("nee", "duo")
        finding = next(item.finding for item in state.log if item.finding and item.finding.school)
        assert finding.purpose == "Uitvoering Participatiewet: school voor uitkering"
    shown = await place.meedoen("lookups", "1", "--json")
    assert [line["question"] for line in shown.json["lookups"]] == ["brp_persoon", "duo_onderwijs"]
    assert {line["status_code"] for line in shown.json["lookups"]} == {1}
    said = await place.meedoen("show", "1", "--alles")
    assert "DUO: startkwalificatie nee" in said.out


async def test_somebody_of_whom_school_is_no_matter_is_not_asked_about_at_duo(place: Stand) -> None:
    async with place.office() as office:
        started = await office.journeys.start(gemeente="deventer", by=DESK, bsn=MARIEKE)
        await answered(office, started.journey_id, "brp_persoon")
        await act(office, started.journey_id, "aanvraag_ingediend")
        await answered(office, started.journey_id, "uwv_inkomen")
        await answered(office, started.journey_id, "bijstandsregelingen")
        asked = await office.pool.fetch("SELECT DISTINCT question FROM look_up")
        assert "duo_onderwijs" not in {row["question"] for row in asked}


async def test_a_refusal_is_a_task_for_who_works_on_it_and_whoever_mended_it_asks_again(place: Stand) -> None:
    place.sandbox.faults.set(Fault(kind=FaultKind.UNAUTHORISED))
    async with place.office() as office:
        started = await office.journeys.start(gemeente="deventer", by=DESK, bsn=MARIEKE)
        state = await answered(office, started.journey_id, "brp_persoon")
        (task,) = state.open_tasks("controleer_handmatig")
        assert "sleutel" in task.text
        place.sandbox.faults.set(None)
        await act(office, started.journey_id, "registratie_bevraagd", by=COACH, vraag="brp_persoon")
        async with asyncio.timeout(60):
            while (await state_of(office, started.journey_id)).open_tasks("controleer_handmatig"):
                await asyncio.sleep(0.05)
        (call, *_) = place.sandbox.calls.newest_first()
        # Who asked by hand is named to the registry; the moments of a journey are asked by the system.
        assert call.gebruiker == COACH.code
