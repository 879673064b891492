"""The journal only grows, and whoever changes it behind the program's back is found out."""

import asyncpg
import pytest

from activities.clients import Clients
from activities.journal import Journal, UnknownJourney
from tests.activities.told import breached, register


async def tamper(owner: asyncpg.Pool, statement: str) -> None:
    """As somebody who owns the tables can."""
    async with owner.acquire() as connection, connection.transaction():
        await connection.execute("ALTER TABLE journal DISABLE TRIGGER journal_append_only")
        await connection.execute(
            "ALTER TABLE escalation_row DROP CONSTRAINT IF EXISTS escalation_journey_id_seq_fkey"
        )
        await connection.execute(statement)
        await connection.execute("ALTER TABLE journal ENABLE TRIGGER journal_append_only")


@pytest.fixture
async def journey(clients: Clients, journal: Journal) -> str:
    """A journey with a journal of a dozen lines or so."""
    told = breached(await register(clients))
    await journal.write(told.entries())
    return told.state.id


async def test_an_untouched_journal_is_whole(journal: Journal, journey: str) -> None:
    assert await journal.verify(journey) == []


CHANGING = (
    "UPDATE journal SET name = 'uitstroom' WHERE seq = 2",
    "DELETE FROM journal WHERE seq = 2",
    "TRUNCATE journal CASCADE",
)


async def test_the_program_itself_has_no_right_to_change_an_entry(
    pool: asyncpg.Pool, journey: str, subtests: pytest.Subtests
) -> None:
    for statement in (
        *CHANGING,
        "ALTER TABLE journal DISABLE TRIGGER journal_append_only",
        "DROP TABLE journal CASCADE",
        "DELETE FROM look_up",
        "UPDATE outbox_attempt SET outcome = 'verzonden'",
    ):
        with subtests.test(statement), pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(statement)


async def test_whoever_owns_the_tables_is_stopped_too(
    owner: asyncpg.Pool, journey: str, subtests: pytest.Subtests
) -> None:
    for statement in CHANGING:
        with subtests.test(statement), pytest.raises(asyncpg.RaiseError, match="Het journaal groeit alleen"):
            await owner.execute(statement)


CHANGES = [
    "kind = 'finding'",
    "name = 'uitstroom'",
    "at = at + interval '1 microsecond'",
    "handled_at = handled_at - interval '1 day'",
    "late_seconds = late_seconds + 1",
    "policy_hash = 'ander'",
    "written_at = written_at + interval '1 second'",
    "events = '[]'",
    "events = jsonb_set(events, '{0,event}', '\"finding\"')",
    "happening = (SELECT happening FROM journal WHERE seq = 1)",
    "happening = NULL",
    "content_hash = NULL",
    "hash = (SELECT hash FROM journal WHERE seq = 1)",
]


async def test_a_changed_line_is_found(
    owner: asyncpg.Pool, journal: Journal, journey: str, subtests: pytest.Subtests
) -> None:
    await owner.execute("CREATE TABLE untouched AS SELECT * FROM journal")
    for change in CHANGES:
        with subtests.test(change):
            await tamper(owner, f"UPDATE journal SET {change} WHERE seq = 2")
            faults = await journal.verify(journey)
            assert faults[0] == f"{journey}, regel 2: is veranderd nadat zij geschreven was."

        await tamper(owner, "DELETE FROM journal")
        await tamper(owner, "INSERT INTO journal SELECT * FROM untouched")
        assert await journal.verify(journey) == []


async def test_a_line_that_was_taken_out_is_found(
    owner: asyncpg.Pool, journal: Journal, journey: str
) -> None:
    await tamper(owner, "DELETE FROM journal WHERE seq = 2")

    assert await journal.verify(journey) == [
        f"{journey}, regel 3: regel 2 ontbreekt.",
        f"{journey}, regel 3: sluit niet aan op de regel ervoor.",
    ]


async def test_a_last_line_that_was_taken_away_is_found(
    owner: asyncpg.Pool, journal: Journal, journey: str
) -> None:
    last = await owner.fetchval("SELECT max(seq) FROM journal")
    await tamper(owner, f"DELETE FROM journal WHERE seq = {last}")

    assert await journal.verify(journey) == [f"{journey}: het journaal eindigt niet bij regel {last}."]


async def test_lines_of_another_journey_do_not_fit(
    owner: asyncpg.Pool, clients: Clients, journal: Journal, journey: str
) -> None:
    other = breached(await register(clients, bsn="999990019"))
    await journal.write(other.entries())
    columns = "seq, kind, name, happening, at, handled_at, late_seconds, policy_hash, events, written_at, "
    columns += "content_hash, previous_hash, hash"

    await tamper(
        owner,
        f"""
        WITH gone AS (DELETE FROM journal WHERE journey_id = '{journey}' AND seq = 1 RETURNING 1)
        INSERT INTO journal (journey_id, {columns})
        SELECT '{other.state.id}', seq + 1000, {columns.removeprefix("seq, ")} FROM journal
        WHERE journey_id = '{journey}' AND seq = 1
        """,
    )

    assert len(await journal.verify(journey)) > 0
    assert len(await journal.verify(other.state.id)) > 0


async def test_there_is_nothing_to_verify_of_an_unknown_journey(journal: Journal) -> None:
    with pytest.raises(UnknownJourney):
        await journal.verify("klantroute-deventer-404-1")
