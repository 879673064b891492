"""Journeys that ran before households were kept join one by one, with their next run, and no history breaks."""

import asyncio

from domain.households import household_id
from tests.workflows.journeys import Journeys


async def test_it_joins_at_the_next_thing_that_happens_in_its_next_run(journeys: Journeys) -> None:
    journey = await journeys.start(limit=12)
    first_run = (await journey.handle.describe()).run_id
    assert not (await journey.state()).households
    journeys.world.households = True
    try:
        async with asyncio.timeout(30):
            day = 1
            while (await journey.handle.describe()).run_id == first_run:
                await journey.act(f"2026-05-{day:02}T10:00", "contact_gezocht", hoe="telefoon", bereikt=False)
                day += 1
            # The run has moved on and knows; what happens next takes it to its household.
            await journey.act(f"2026-05-{day:02}T10:00", "contact_gezocht", hoe="telefoon", bereikt=False)
            while not (state := await journey.state()).household_id:
                await asyncio.sleep(0.05)
    finally:
        journeys.world.households = False
    assert state.household_id == household_id(state.gemeente, 1)
    told = [one.telling for one in journeys.world.told if one.file == state.id]
    assert [(one.act, one.to) for one in told] == [("lid_gemeld", "")]
    assert told[0].data["zoekt"] is True
