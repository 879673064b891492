"""Two who live together report at two doors: one household, one plan, one regisseur, nobody lost."""

import asyncio
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from activities.households import Households
from domain.happenings import Actor
from domain.journey import JourneyState, Stage, Track
from runtime.executions import known
from starter.office import Office
from starter.reconcile import Kind
from tests.starter.held import DESK, act, report, state_of
from tests.starter.stand import Stand, stand

PAIRS = 50


@pytest_asyncio.fixture(loop_scope="session")
async def place(database: str, tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(database, tmp_path, HOUSEHOLDS="true", GRACEFUL_SHUTDOWN_SECONDS="0") as place:
        yield place


async def joined(office: Office, journey: str) -> JourneyState:
    """The journey, once it holds what its household told it and nothing is under way."""
    async with asyncio.timeout(60):
        while True:
            state = await state_of(office, journey)
            if state.household is not None and not state.tellings:
                household = await state_of(office, state.household_id)
                if not household.tellings:
                    return state
            await asyncio.sleep(0.05)


@pytest.mark.long
async def test_fifty_pairs_who_report_in_the_same_second_are_fifty_households(place: Stand) -> None:
    async with place.office() as office:
        names = [(f"paar-{number}-a", f"paar-{number}-b") for number in range(PAIRS)]
        ids = await asyncio.gather(
            *(report(office, mine, theirs) for pair in names for mine, theirs in (pair, pair[::-1]))
        )
        states = await asyncio.gather(*(joined(office, journey) for journey in ids))
        homes = [(states[n].household_id, states[n + 1].household_id) for n in range(0, len(states), 2)]
        assert all(one == other for one, other in homes)
        assert len({one for one, _ in homes}) == PAIRS
        for number, (household, _) in enumerate(homes):
            file = (await state_of(office, household)).household_file
            assert file is not None
            assert {one.id for _, one in file.open_journeys} == set(ids[2 * number : 2 * number + 2])
            assert all(one.refers_since for _, one in file.open_journeys)


async def test_partners_in_the_brp_find_each_other_without_anybody_saying_so(place: Stand) -> None:
    async with place.office() as office:
        ids = [
            (await office.journeys.start(gemeente="deventer", by=DESK, bsn=bsn)).journey_id
            for bsn in ("999900018", "999900031", "999900043", "999900122")
        ]
        homes = [(await joined(office, journey)).household_id for journey in ids]
        # A marriage that has ended is none.
        assert len(set(homes[:2])) == 1
        assert len(set(homes)) == 3


async def test_the_same_address_only_asks_a_question(place: Stand) -> None:
    async with place.office() as office:
        ids = [
            (await office.journeys.start(gemeente="deventer", by=DESK, bsn=bsn)).journey_id
            for bsn in ("999900055", "999900080")
        ]
        homes = [(await joined(office, journey)).household_id for journey in ids]
        assert len(set(homes)) == 2
        async with asyncio.timeout(30):
            kinds: list[str] = []
            while "koppeling" not in kinds:
                asked = [await state_of(office, home) for home in homes]
                kinds = [task.kind for state in asked for task in state.open_tasks()]
                await asyncio.sleep(0.05)
        assert kinds.count("koppeling") == 1


async def test_after_an_older_database_nobody_comes_into_a_household_of_strangers(place: Stand) -> None:
    """The counter is put back, as a restored backup would; Temporal still runs the household of before."""
    async with place.office() as office:
        first = await report(office, "vreemd-a", "vreemd-b")
        home = (await joined(office, first)).household_id
        number = int(home.rpartition("-")[2])
        async with office.pool.acquire() as connection, connection.transaction():
            await connection.execute("UPDATE client_counter SET last_client_number = $1", number - 1)
            found, _ = await office.clients.new_household(
                connection, "deventer", datetime.now(UTC), partial(known, office.client)
            )
            assert found != number


async def test_memberships_that_an_older_database_forgot_are_written_again(place: Stand) -> None:
    """One joined and one left since the copy was made: the register says so again after a repair."""
    async with place.office() as office:
        here = await report(office, "oud-a", "oud-b")
        leaver = await report(office, "oud-b", "oud-a")
        home = (await joined(office, here)).household_id
        assert (await joined(office, leaver)).household_id == home
        joiner = await report(office, "oud-c", "oud-a")
        assert (await joined(office, joiner)).household_id == home
        await _leave(office, home, leaver)
        async with asyncio.timeout(30):
            while (await joined(office, leaver)).household_id == home:
                await asyncio.sleep(0.1)
        clients = {one: (await state_of(office, one)).client_number for one in (here, leaver, joiner)}
        gemeente, number = "deventer", int(home.rpartition("-")[2])
        away = (await joined(office, leaver)).household_id
        # As the register stood before: the leaver at home, the joiner nowhere yet.
        url = place.settings.database_url.get_secret_value().replace("//meedoen_app:", "//meedoen:")
        owner = await asyncpg.connect(url)
        gone = [clients[leaver], clients[joiner]]
        await owner.execute("DELETE FROM household_member WHERE client_number = ANY ($1::bigint[])", gone)
        await owner.execute(
            "INSERT INTO household_member (gemeente, client_number, household_number) VALUES ($1, $2, $3)",
            gemeente,
            clients[leaver],
            number,
        )
        await owner.close()

        said = await place.meedoen("reconcile", "--repair", "--patience", "0.5", "--json")

        assert said.code == 0, said.out + said.err
        assert {found["kind"] for found in said.json["found"]} == {Kind.MEMBERSHIPS}
        register = Households(office.pool, office.clients)
        assert await register.members(gemeente, number) == sorted([clients[here], clients[joiner]])
        assert await register.members(gemeente, int(away.rpartition("-")[2])) == [clients[leaver]]
        again = await place.meedoen("reconcile", "--patience", "0.5", "--json")
        assert again.json["found"] == []


async def test_plan_and_regisseur_are_recorded_once_wherever_somebody_stands(place: Stand) -> None:
    async with place.office() as office:
        first = await report(office, "gezin-a", "gezin-b", "dwt")
        second = await report(office, "gezin-b", "gezin-a", "sociaal-team")
        household = (await joined(office, first)).household_id
        assert (await joined(office, second)).household_id == household
        await act(office, first, "gesprek_gevoerd")
        await act(office, second, "gesprek_gevoerd")
        # Said in a journey, recorded in the household.
        where = await act(office, second, "regisseur_aangewezen", team="gezinscoaches", persoon="r.smit")
        assert where == household
        await act(office, first, "regisseur_aanvaard", by=Actor(code="r.smit", role="regisseur"))
        await act(office, first, "plan_vastgesteld", akkoord=True, doelen=["werk"])
        await act(office, second, "plan_vastgesteld", akkoord=True)
        for journey in (first, second):
            async with asyncio.timeout(30):
                while (state := await joined(office, journey)).stage is not Stage.MNA:
                    await asyncio.sleep(0.05)
            assert state.owners[Track.REGIE].person == "r.smit"
        file = (await state_of(office, household)).household_file
        assert file is not None
        assert len(file.plans) == 1
        # Everything is in the journal, in its own words and chained.
        entries = await office.journal.entries(household)
        assert [entry.name for entry in entries if entry.kind == "act"].count("plan_vastgesteld") == 2
        assert await office.journal.verify(household) == []
        told = await office.journal.state(household)
        assert told == await state_of(office, household)


async def test_people_read_a_household_at_the_command_line(place: Stand) -> None:
    async with place.office() as office:
        first = await report(office, "lees-a", "lees-b", "dwt")
        household = (await joined(office, first)).household_id
        number = household.rpartition("-")[2]
        second = await place.meedoen(
            *(
                "start",
                "--kenmerk",
                "lees-b",
                "--partner-kenmerk",
                "lees-a",
                "--toegang",
                "sociaal-team",
                "--by",
            ),
            "toegang",
        )
        assert second.code == 0, second.err
        other = second.out.split()[0]
        await joined(office, other)
        await act(office, first, "gesprek_gevoerd")
        said = await place.meedoen(
            *("act", first.removeprefix("klantroute-"), "plan_vastgesteld", "--by", "consulent"),
            *("--set", "akkoord=true", "--set", 'doelen=["werk"]'),
        )
        assert said.code == 0, said.err
        assert f"Vastgelegd in {household}" in said.out
        await joined(office, other)
        whole = await place.meedoen("household", number)
        assert whole.code == 0, whole.err
        assert "toegang van de eerste melding is verantwoordelijk" in whole.out
        assert "Niet: er was geen regisseur die aanvaard had." in whole.out
        assert "werk" in whole.out
        # What is seen from the other member's journey: goals and who is involved, and not who lives there.
        seen = await place.meedoen("show", other.removeprefix("klantroute-"))
        assert seen.code == 0, seen.err
        assert "Doel: werk" in seen.out
        assert "Ook betrokken: dwt" in seen.out
        assert first.removeprefix("klantroute-") not in seen.out
        share = await place.meedoen("household", "--share", "--json")
        assert {name: share.json[name] for name in ("held", "plans", "alone")} == {
            "held": 0,
            "plans": 1,
            "alone": 0,
        }
        # Made again from the journal it is the same.
        rows = "SELECT id, since, until, held, alone, plan, missing FROM evidence ORDER BY journey_id, id"
        before = await office.pool.fetch(rows)
        assert before
        assert (await place.meedoen("rebuild")).code == 0
        assert await office.pool.fetch(rows) == before
        assert (await place.meedoen("verify")).code == 0
        for arguments, words in (
            (("household",), "Noem het nummer"),
            (("household", "999"), "Er is geen klantroute"),
            (("household", number, "--on", "gisteren"), "is geen datum"),
        ):
            refused = await place.meedoen(*arguments)
            assert (refused.code, words in refused.err) == (2, True), refused.err
        # It asks for something, so it has a line of its own in the worklist.
        assert household in (await place.meedoen("list", "--json")).out


@pytest.mark.long
async def test_a_worker_killed_while_they_join_and_leave_leaves_everybody_in_one_household(
    place: Stand,
) -> None:
    async with place.office() as office:
        names = [(f"val-{number}-a", f"val-{number}-b") for number in range(10)]

        reporting = asyncio.gather(
            *(report(office, mine, theirs) for pair in names for mine, theirs in (pair, pair[::-1]))
        )
        for _ in range(3):
            await asyncio.sleep(0.4)
            await place.stop_worker(signal.SIGKILL)
            await place.start_worker()
        ids = await reporting
        homes = [(await joined(office, journey)).household_id for journey in ids]
        assert homes[::2] == homes[1::2]
        # One of each pair leaves, and the worker is killed meanwhile.
        leaving = asyncio.gather(*(_leave(office, homes[n], ids[n]) for n in range(1, len(ids), 2)))
        await asyncio.sleep(0.3)
        await place.stop_worker(signal.SIGKILL)
        await place.start_worker()
        await leaving
        async with asyncio.timeout(90):
            for n in range(1, len(ids), 2):
                while (state := await joined(office, ids[n])).household_id == homes[n]:
                    await asyncio.sleep(0.1)
                own = (await state_of(office, state.household_id)).household_file
                old = (await state_of(office, homes[n])).household_file
                assert own is not None
                assert old is not None
                assert [one.client for one in own.belonging] == [state.client_number]
                assert state.client_number not in [one.client for one in old.belonging]


async def _leave(office: Office, household: str, journey: str) -> None:
    client = (await state_of(office, journey)).client_number
    file = (await state_of(office, household)).household_file
    assert file is not None
    member = file.member_of(client)
    assert member is not None
    await act(office, household, "lid_vertrokken", f"weg-{client}", lid=member.number, reden="uit_elkaar")
