"""The lists can be thrown away and made again from the journal, while work goes on."""

import asyncio

import asyncpg
import pytest

from activities.clients import Clients
from activities.journal import Journal
from activities.kept_policies import KeptPolicies
from activities.rebuild import Rebuilder, RebuildError
from activities.worklist import Worklist
from domain.policy import Policy
from runtime.policies import load_policy
from tests.activities.told import Told, breached, closed, register, reported

TABLES = ("journey_row", "term_row", "task_row", "evidence_row", "escalation_row")


def policy_of(_: str) -> Policy:
    return load_policy("deventer")


@pytest.fixture
def rebuilder(pool: asyncpg.Pool, journal: Journal) -> Rebuilder:
    return Rebuilder(pool, journal, KeptPolicies(pool), policy_of)


async def rows(pool: asyncpg.Pool) -> dict[str, list[dict[str, object]]]:
    """Everything that screens can read, without the number of its generation."""
    found = {}
    for table in TABLES:
        records = await pool.fetch(
            f"SELECT * FROM {table} WHERE generation = (SELECT active FROM read_model) ORDER BY 1, 2, 3"
        )
        found[table] = [
            {name: value for name, value in record.items() if name not in ("generation", "updated_at")}
            for record in records
        ]
    return found


async def filled(clients: Clients, journal: Journal, journeys: int) -> list[Told]:
    stories = (breached, reported, closed)
    told = []
    for number in range(journeys):
        registered = await register(clients, bsn=None, identity=f"kenmerk:{number}")
        story = stories[number % len(stories)](registered)
        if number == 1:
            # A date that has still to come makes a task for a person.
            story.act("2026-05-02T09:00", "aanvraag_ingediend", effective="2026-06-20")
        await journal.write(story.entries())
        told.append(story)
    return told


async def test_made_again_it_is_the_same(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, rebuilder: Rebuilder
) -> None:
    await filled(clients, journal, 7)
    await KeptPolicies(pool).keep(policy_of("deventer"))
    before = await rows(pool)
    # Only a household has evidence (`tests.starter.test_partners_end_in_one_household`).
    assert all(found for table, found in before.items() if table != "evidence_row")

    done = await rebuilder.run()

    assert await rows(pool) == before
    assert (done.journeys, done.taken_over, done.differed, done.other_policy) == (7, 0, 0, 0)
    assert done.entries == await pool.fetchval("SELECT count(*) FROM journal")
    for table in TABLES:
        assert await pool.fetchval(f"SELECT count(DISTINCT generation) FROM {table}") == bool(before[table])


async def test_what_was_lost_or_changed_in_the_lists_comes_back(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, rebuilder: Rebuilder
) -> None:
    await filled(clients, journal, 3)
    before = await rows(pool)
    await pool.execute("DELETE FROM term_row WHERE journey_id = 'klantroute-deventer-1-1'")
    await pool.execute("UPDATE journey_row SET stage = 'nazorg' WHERE journey_id = 'klantroute-deventer-2-1'")

    done = await rebuilder.run()

    assert await rows(pool) == before
    assert done.differed == 2


async def test_work_that_goes_on_is_in_the_new_lists(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, worklist: Worklist, rebuilder: Rebuilder
) -> None:
    told = await filled(clients, journal, 30)
    done = asyncio.Event()

    async def work() -> None:
        number = 0
        while not done.is_set():
            number += 1
            for story in told:
                if story.state.stage == "gesloten":
                    continue
                last = story.state.seq
                story.act("2026-06-01T10:00", "trede_gemeten", act_id=f"trede-{number}", trede=1 + number % 6)
                await journal.write(story.entries(after=last))

    working = asyncio.create_task(work())
    for _ in range(3):
        await rebuilder.run()
    done.set()
    await working

    for story in told:
        shown = await worklist.journey(story.state.id)
        assert shown is not None
        assert (shown.journey.seq, shown.journey.version) == (story.state.seq, story.state.version)
    before = await rows(pool)
    await rebuilder.run()
    assert await rows(pool) == before


async def test_erased_clients_keep_their_statistics(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, rebuilder: Rebuilder
) -> None:
    await filled(clients, journal, 3)
    await clients.erase("deventer", 3)
    before = await rows(pool)

    done = await rebuilder.run()

    assert await rows(pool) == before
    assert (done.journeys, done.taken_over) == (2, 1)


async def test_a_rebuild_that_was_cut_off_is_in_nobody_s_way(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, rebuilder: Rebuilder
) -> None:
    await filled(clients, journal, 60)
    before = await rows(pool)

    def cut_off(done: int, all_of_them: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await rebuilder.run(cut_off)
    assert await pool.fetchval("SELECT count(DISTINCT generation) FROM journey_row") == 2
    assert await rows(pool) == before

    await rebuilder.run()

    assert await rows(pool) == before
    assert await pool.fetchval("SELECT count(DISTINCT generation) FROM journey_row") == 1


async def test_two_rebuilds_at_once_do_not_mix(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, rebuilder: Rebuilder
) -> None:
    await filled(clients, journal, 60)
    other = Rebuilder(pool, journal, KeptPolicies(pool), policy_of)

    results = await asyncio.gather(rebuilder.run(), other.run(), return_exceptions=True)

    refused = [result for result in results if isinstance(result, RebuildError)]
    assert len(refused) == 1
    assert "door een ander" in str(refused[0])
