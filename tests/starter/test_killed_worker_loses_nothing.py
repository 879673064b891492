"""kill -9 of the worker among twenty moving journeys: no act lost, no entry double."""

import asyncio
import random
import signal
from pathlib import Path

import pytest

from domain.happenings import Actor
from domain.journey import JourneyState
from starter.journeys import NotHeld
from tests.starter.stand import Stand, stand
from workflows.messages import STATE_QUERY

KILLS = 3
ACTS = 6
ME = Actor(code="consulent", role="consulent")


@pytest.mark.long
async def test_every_answered_act_is_in_the_journal_once(database: str, tmp_path: Path) -> None:
    async with stand(database, tmp_path, GRACEFUL_SHUTDOWN_SECONDS="0") as place, place.office() as office:
        started = await asyncio.gather(
            *(
                office.journeys.start(gemeente="deventer", by=ME, reference=f"kenmerk-{number}")
                for number in range(20)
            )
        )
        answered: dict[str, list[str]] = {item.journey_id: [] for item in started}

        async def work(journey_id: str) -> None:
            for number in range(ACTS):
                act_id = f"trede-{number}"
                while True:
                    try:
                        await office.journeys.act(
                            journey_id, "trede_gemeten", by=ME, act_id=act_id, data={"trede": 1 + number % 6}
                        )
                        break
                    except NotHeld:
                        # What a person does too: send the same act again.
                        continue
                answered[journey_id].append(act_id)

        working = asyncio.gather(*(work(journey_id) for journey_id in answered))
        luck = random.Random(20)
        for _ in range(KILLS):
            already = sum(map(len, answered.values()))
            while sum(map(len, answered.values())) < already + luck.randint(1, 15) and not working.done():
                await asyncio.sleep(0.01)
            await place.stop_worker(signal.SIGKILL)
            await place.start_worker()
        await working

        for journey_id, acts in answered.items():
            state = await office.journeys._client.get_workflow_handle(journey_id).query(
                STATE_QUERY, result_type=JourneyState
            )
            assert await office.worklist.wait_for(journey_id, seq=state.seq, timeout=30)
            view = await office.worklist.journey(journey_id)
            assert view is not None
            in_journal = [
                line.act_id
                for line in view.timeline
                if line.event == "act_accepted" and line.name == "trede_gemeten"
            ]
            assert in_journal == acts
            assert [item.act.id for item in state.log if item.act][1:] == acts
            assert view.journey.seq == state.seq, [
                (line.seq, line.event, line.name, line.act_id, line.text) for line in view.timeline
            ]
        assert await _numbers_without_gaps(place)


async def _numbers_without_gaps(place: Stand) -> bool:
    async with place.office() as office:
        wrong = await office.pool.fetch(
            "SELECT journey_id FROM journal GROUP BY journey_id HAVING count(*) <> max(seq) OR min(seq) <> 1"
        )
    return not wrong
