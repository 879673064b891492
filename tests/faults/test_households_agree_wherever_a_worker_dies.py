"""A worker dies at every point of a join, a transfer, a split and a merge, one by one: household, journeys and
register agree afterwards, and nothing happened twice."""

import asyncio
from pathlib import Path

import pytest

from domain.happenings import Actor
from domain.journey import JourneyState, Track
from starter.office import Office
from tests.starter.held import act, report, state_of
from tests.starter.stand import Stand, stand

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(900)]

MOST_POINTS = 60
"""More than any of these has; a loop that reaches it never ends by itself."""


async def at_rest(office: Office, *journeys: str) -> list[JourneyState]:
    """The journeys, once each holds what its household told it and nobody has anything left to tell."""
    async with asyncio.timeout(90):
        while True:
            states = [await state_of(office, journey) for journey in journeys]
            if all(state.household is not None and not state.tellings for state in states):
                homes = {state.household_id for state in states}
                quiet = not any([(await state_of(office, home)).tellings for home in homes])
                # Who was asked first may have heard something by the time that the last one answers.
                if quiet and states == [await state_of(office, journey) for journey in journeys]:
                    return states
            await asyncio.sleep(0.1)


async def agree(office: Office, *journeys: str) -> list[str]:
    """Which household each is in, after checking that everybody says the same."""
    states = await at_rest(office, *journeys)
    for state in states:
        household = await state_of(office, state.household_id)
        file = household.household_file
        assert file is not None
        mine = [one for member, one in file.open_journeys if member.client == state.client_number]
        assert [one.id for one in mine] == [state.id], "once among the open"
        held = await office.pool.fetch(
            "SELECT household_number FROM household_member "
            "WHERE gemeente = $1 AND client_number = $2 AND until IS NULL",
            state.gemeente,
            state.client_number,
        )
        assert [row[0] for row in held] == [household.client_number]
        director = file.director
        assert state.household is not None
        assert (state.household.team, state.household.person) == (
            (director.team, director.person) if director else ("", "")
        )
        if director:
            assert state.owners[Track.REGIE].person == director.person
        for id_, told in ((state.id, state), (household.id, household)):
            assert await office.worklist.wait_for(id_, seq=told.seq, timeout=30)
            assert await office.journal.verify(id_) == []
            acts = [item.act.id for item in told.log if item.act]
            assert len(acts) == len(set(acts)), "recorded twice"
            kinds = [task.kind for task in told.open_tasks()]
            assert "niet_doorgegeven" not in kinds
    return [state.household_id for state in states]


async def prepared(office: Office, name: str, *, together: bool) -> tuple[str, str]:
    first = await report(office, f"{name}-a", f"{name}-b" if together else "")
    second = await report(office, f"{name}-b")
    await at_rest(office, first, second)
    return first, second


class Case:
    """One thing that happens: what has to be there first, what is done, and how it has to be afterwards."""

    def __init__(self, name: str, *, together: bool | None) -> None:
        self.name = name
        self.together = together
        self.pair: tuple[str, str] = ("", "")

    async def prepare(self, office: Office, run: str) -> None:
        if self.together is not None:
            self.pair = await prepared(office, run, together=self.together)

    async def happen(self, office: Office, run: str) -> None:
        first, second = self.pair
        match self.name:
            case "join":
                self.pair = (await report(office, f"{run}-a", f"{run}-b"), await report(office, f"{run}-b"))
            case "transfer":
                await act(
                    office, first, "regisseur_aangewezen", f"{run}-1", team="gezinscoaches", persoon="r.smit"
                )
                by = Actor(code="r.smit", role="regisseur")
                await act(office, second, "regisseur_aanvaard", f"{run}-2", by)
            case "split":
                await act(office, self.home[1], "lid_vertrokken", run, lid=2, reden="uit_elkaar")
            case "merge":
                other = int(self.home[1].rpartition("-")[2])
                await act(
                    office, self.home[0], "huishoudens_samengevoegd", run, met=other, reden="wonen samen"
                )

    async def look(self, office: Office) -> None:
        if self.name == "split":
            async with asyncio.timeout(90):
                while (await state_of(office, self.pair[1])).household_id == self.home[1]:
                    await asyncio.sleep(0.1)
        if self.name == "merge":
            async with asyncio.timeout(90):
                while (await state_of(office, self.pair[1])).household_id == self.home[1]:
                    await asyncio.sleep(0.1)
        homes = await agree(office, *self.pair)
        assert (homes[0] == homes[1]) is (self.name != "split")
        if self.name == "transfer":
            file = (await state_of(office, homes[0])).household_file
            assert file is not None
            assert [one.person for one in file.directors] == ["r.smit"]

    home: tuple[str, str] = ("", "")


@pytest.mark.parametrize(
    ("name", "together"), [("join", None), ("transfer", True), ("split", True), ("merge", False)]
)
async def test_they_agree_wherever_the_worker_died(
    database: str, tmp_path: Path, name: str, together: bool | None
) -> None:
    async with (
        stand(database, tmp_path, HOUSEHOLDS="true", GRACEFUL_SHUTDOWN_SECONDS="0") as place,
        place.office() as office,
    ):
        points = 0
        for point in range(1, MOST_POINTS):
            case = Case(name, together=together)
            run = f"{name}-{point}"
            await case.prepare(office, run)
            if together is not None:
                states = [await state_of(office, journey) for journey in case.pair]
                case.home = (states[0].household_id, states[1].household_id)
            died = await _dies_at(place, office, case, run, point)
            await case.look(office)
            if not died:
                break
            points = point
        print(f"{name}: {points} points")
        assert points >= 4


async def _dies_at(place: Stand, office: Office, case: Case, run: str, point: int) -> bool:
    """Let it happen with a worker that dies at a point. Returns whether there was such a point."""
    mark = place.folder / f"{run}.died"
    await place.stop_worker()
    await place.start_worker("tests.faults.dying_worker", DIE_AT=str(point), DIED=str(mark))
    assert place.worker is not None
    happening = asyncio.create_task(case.happen(office, run))
    dying = asyncio.create_task(place.worker.wait())
    resting = asyncio.create_task(_rests(office, case, happening))
    await asyncio.wait({dying, resting}, return_when=asyncio.FIRST_COMPLETED)
    resting.cancel()
    if not dying.done():
        dying.cancel()
        await place.stop_worker()
    await place.start_worker()
    await happening
    return mark.exists()


async def _rests(office: Office, case: Case, happening: "asyncio.Task[None]") -> None:
    # Whoever stops waiting for this does not stop it.
    await asyncio.shield(happening)
    await case.look(office)
