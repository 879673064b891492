"""One write per decision: it counts once, in order, whatever is tried again or at the same time."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from activities.clients import Clients
from activities.journal import Journal, JournalConflict, JournalGap, UnknownJourney
from activities.worklist import Worklist
from domain.projection import JournalEntry, Snapshot
from runtime.keys import KeyRing
from tests.activities.told import Told, breached, closed, register, reported


async def everything(pool: asyncpg.Pool) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table that a write touches."""
    return {
        table: [tuple(record) for record in await pool.fetch(f"SELECT * FROM {table} ORDER BY 1, 2, 3")]
        for table in ("journey", "journal", "term", "task", "escalation", "outbox")
    }


async def test_an_entry_is_read_back_as_it_was_written(clients: Clients, journal: Journal) -> None:
    told = breached(await register(clients))
    entries = told.entries(late=timedelta(minutes=7))

    for entry in entries:
        await journal.write([entry])

    read = await journal.entries(told.state.id)
    assert [entry.seq for entry in read] == list(range(1, len(entries) + 1))
    for written, entry in zip(read, entries, strict=True):
        assert written.happening == entry.happening
        assert written.events == entry.events
        assert (written.kind, written.name, written.at) == (entry.kind, entry.name, entry.at)
        assert (written.handled_at, written.late_seconds) == (entry.at + timedelta(minutes=7), 420)


async def test_one_batch_and_one_by_one_give_the_same(
    clients: Clients, journal: Journal, worklist: Worklist
) -> None:
    one, two = await register(clients), await register(clients, bsn="999990019")
    await journal.write(breached(one).entries())
    for entry in breached(two).entries():
        await journal.write([entry])

    first, second = await worklist.journey(one.journey_id), await worklist.journey(two.journey_id)

    assert first is not None
    assert second is not None
    assert first.terms == second.terms
    assert first.tasks == second.tasks
    assert [(line.at, line.text) for line in first.timeline] == [
        (line.at, line.text) for line in second.timeline
    ]
    assert [(message.role, message.text) for message in first.messages] == [
        (message.role, message.text) for message in second.messages
    ]


async def test_a_retried_write_changes_nothing(
    clients: Clients, journal: Journal, pool: asyncpg.Pool
) -> None:
    told = breached(await register(clients))
    await journal.write(told.entries())
    before = await everything(pool)

    await journal.write(told.entries())
    for entry in told.entries():
        await journal.write([entry])

    assert await everything(pool) == before


async def test_a_batch_that_was_written_in_part_is_completed(clients: Clients, journal: Journal) -> None:
    told = breached(await register(clients))
    await journal.write(told.entries()[:3])

    await journal.write(told.entries()[1:])

    assert [entry.seq for entry in await journal.entries(told.state.id)] == [
        entry.seq for entry in told.entries()
    ]
    assert await journal.verify(told.state.id) == []


async def test_other_content_under_a_used_number_is_refused_and_alarms(
    clients: Clients, journal: Journal, pool: asyncpg.Pool
) -> None:
    registered = await register(clients)
    await journal.write(reported(registered).entries())
    before = await everything(pool)
    alarms = REGISTRY.get_sample_value("meedoen_journal_conflicts_total") or 0
    other = Told(registered).act("2026-05-01T09:00", "melding", kanaal="telefoon")
    later = other.act("2026-05-02T09:00", "trede_gemeten", trede=2)

    with capture_logs() as logs, pytest.raises(JournalConflict, match="daar staat al iets anders"):
        await journal.write(later.entries())

    assert await everything(pool) == before
    assert [line["log_level"] for line in logs] == ["critical"]
    assert REGISTRY.get_sample_value("meedoen_journal_conflicts_total") == alarms + 1


class LaterSnapshot(Snapshot):
    shown_later: str


class LaterEntry(JournalEntry):
    """What a newer worker makes of the input that an older one was given."""

    added_later: str = ""
    snapshot: LaterSnapshot


async def test_an_entry_that_a_newer_release_retries_is_the_same_entry(
    clients: Clients, journal: Journal
) -> None:
    [entry] = reported(await register(clients)).entries()
    await journal.write([entry])
    said = entry.model_dump()

    await journal.write(
        [LaterEntry.model_validate(said | {"snapshot": said["snapshot"] | {"shown_later": "ja"}})]
    )

    assert len(await journal.entries(entry.journey_id)) == 1


async def test_an_entry_waits_for_the_one_before_it(
    clients: Clients, journal: Journal, pool: asyncpg.Pool
) -> None:
    told = breached(await register(clients))
    await journal.write(told.entries()[:1])
    before = await everything(pool)

    with pytest.raises(JournalGap, match="regel 2 is nog niet geschreven"):
        await journal.write(told.entries()[2:])

    assert await everything(pool) == before


async def test_nobody_writes_about_a_journey_that_was_never_registered(journal: Journal) -> None:
    told = Told().act("2026-05-01T09:00", "melding")

    with pytest.raises(UnknownJourney, match="klantroute-deventer-1-1 is niet geregistreerd"):
        await journal.write(told.entries())


async def test_writers_of_the_same_entries_at_the_same_time_write_them_once(
    clients: Clients, journal: Journal, pool: asyncpg.Pool
) -> None:
    told = breached(await register(clients))

    await asyncio.gather(*(journal.write(told.entries()) for _ in range(6)))

    assert len(await journal.entries(told.state.id)) == len(told.entries())
    assert await pool.fetchval("SELECT count(*) FROM outbox") == len(told.messages)
    assert await journal.verify(told.state.id) == []


async def test_of_two_truths_at_the_same_time_one_is_written_and_one_refused(
    clients: Clients, journal: Journal
) -> None:
    registered = await register(clients)
    await journal.write(reported(registered).entries())
    one = reported(registered).act("2026-05-02T09:00", "trede_gemeten", trede=2).entries(after=1)
    two = reported(registered).act("2026-05-02T09:00", "trede_gemeten", trede=3).entries(after=1)

    outcomes = await asyncio.gather(journal.write(one), journal.write(two), return_exceptions=True)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["JournalConflict", "NoneType"]
    assert await journal.verify(registered.journey_id) == []


async def test_batches_of_several_journeys_do_not_wait_for_each_other_for_ever(
    clients: Clients, journal: Journal
) -> None:
    told = [breached(await register(clients, bsn=None, identity=f"kenmerk:{n}")) for n in range(4)]
    forward = [entry for each in told for entry in each.entries()]
    backward = [entry for each in reversed(told) for entry in each.entries()]

    await asyncio.gather(journal.write(forward), journal.write(backward), journal.write(forward))

    for each in told:
        assert await journal.verify(each.state.id) == []


async def test_a_message_that_is_told_twice_is_in_the_outbox_once(
    clients: Clients, journal: Journal, pool: asyncpg.Pool
) -> None:
    told = breached(await register(clients))
    first, second, *_ = [entry for entry in told.entries() if entry.messages]
    repeated = [
        entry.model_copy(update={"messages": first.messages}) if entry.seq == second.seq else entry
        for entry in told.entries()[: second.seq]
    ]

    await journal.write(repeated)

    keys = [record["key"] for record in await pool.fetch("SELECT key FROM outbox")]
    assert sorted(keys) == sorted(message.key for message in first.messages)


async def test_text_with_a_character_that_postgresql_cannot_hold_is_kept(
    clients: Clients, journal: Journal, worklist: Worklist
) -> None:
    registered = await register(clients)
    told = reported(registered).act("2026-05-02T09:00", "bezwaar_ontvangen", tegen="besluit\x00aanvraag")

    await journal.write(told.entries())

    [entry] = (await journal.entries(registered.journey_id))[-1:]
    assert entry.happening is not None
    assert entry.happening["data"] == {"tegen": "besluit\x00aanvraag"}
    shown = await worklist.journey(registered.journey_id)
    assert shown is not None
    assert "besluit\ufffdaanvraag" in shown.tasks[0].text
    await journal.write(told.entries())


async def test_a_closing_that_is_withdrawn_after_the_client_came_back_is_shown_and_alarms(
    clients: Clients, journal: Journal, worklist: Worklist
) -> None:
    registered = await register(clients)
    told = closed(registered)
    await journal.write(told.entries())
    second = await register(clients)
    await journal.write(reported(second).entries())
    told.act("2026-05-05T10:00", "handeling_ingetrokken", handeling="einde", reden="verkeerde persoon")

    with capture_logs() as logs:
        await journal.write(told.entries(after=2))

    assert {row.journey_id for row in await worklist.journeys()} == {registered.journey_id, second.journey_id}
    assert "twee klantroutes" in logs[0]["event"]
    assert await register(clients) == second._replace(state="loopt")


async def test_a_closing_that_is_withdrawn_makes_the_journey_the_client_s_own_again(
    clients: Clients, journal: Journal
) -> None:
    registered = await register(clients)
    told = closed(registered)
    await journal.write(told.entries())
    told.act("2026-05-05T10:00", "handeling_ingetrokken", handeling="einde", reden="verkeerde persoon")

    await journal.write(told.entries(after=2))

    assert await register(clients) == registered._replace(state="loopt")
    assert await journal.state(registered.journey_id) == told.state


async def test_keys_that_changed_in_between_read_old_and_new(clients: Clients, pool: asyncpg.Pool) -> None:
    old = b"o" * 32
    before = KeyRing(active="k1", secrets={"k1": old}, hash_secret=b"h" * 32)
    after = KeyRing(active="k2", secrets={"k1": old, "k2": b"n" * 32}, hash_secret=b"h" * 32)
    told = breached(await register(Clients(pool, before)))
    await Journal(pool, before, "d").write(told.entries()[:2])

    journal = Journal(pool, after, "d")
    await journal.write(told.entries()[2:])

    assert [entry.happening for entry in await journal.entries(told.state.id)] == [
        entry.happening for entry in told.entries()
    ]
    assert await journal.verify(told.state.id) == []
