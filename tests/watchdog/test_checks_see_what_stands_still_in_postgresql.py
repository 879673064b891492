"""Each trouble that PostgreSQL can show is seen, and nothing is said while all is well."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from activities.clients import Clients
from activities.journal import Journal, JournalConflict
from domain.clock import Clock
from runtime.temporal import STAGE
from tests.activities.told import Told, breached, closed, register, reported
from watchdog.checks.moments import CAUSE, MOMENTS
from watchdog.checks.records import BEHIND, CUT_OFF, JOURNAL, MESSAGES, REFUSED, STARTS, STILL, UNTOLD
from watchdog.checks.room import DISKS, NO_WRITES, WRITES, full_disks
from watchdog.sources import Sources
from watchdog.temporal_view import how_it_stands
from workflows.messages import CLIENT_ROUTE


def at(local: str) -> dict[str, object]:
    """Sources that read journeys' time as of this instant (UTC)."""
    logical = datetime.fromisoformat(local).replace(tzinfo=UTC)
    return {"clock": lambda _: Clock(real=datetime.now(UTC), logical=logical)}


def seen_at(sources: Sources, local: str) -> Sources:
    return Sources(sources.settings, sources.pool, sources.client, **at(local))  # type: ignore[arg-type]


async def test_a_moment_that_passed_is_one_trouble_for_all_journeys(
    sources: Sources, clients: Clients, journal: Journal, gemeente: str
) -> None:
    journeys = [
        reported(await register(clients, gemeente=gemeente, identity=f"kenmerk:{number}", bsn=None))
        for number in range(7)
    ]
    for told in journeys:
        await journal.write(told.entries())
    assert await MOMENTS.look(seen_at(sources, "2026-05-01T08:00")) == ()

    (trouble,) = await MOMENTS.look(seen_at(sources, "2027-05-01T08:00"))
    assert trouble.cause == CAUSE
    assert trouble.sentence.startswith("7 klantroutes hebben een ogenblik laten voorbijgaan")
    assert len(trouble.examples) == 5
    assert {example.why for example in trouble.examples} == {
        "Temporal kent haar niet; zie 'meedoen reconcile'"
    }


async def test_a_minute_late_is_no_trouble_yet(
    sources: Sources, clients: Clients, journal: Journal, gemeente: str, pool: asyncpg.Pool
) -> None:
    await journal.write(reported(await register(clients, gemeente=gemeente)).entries())
    wake: datetime = await pool.fetchval("SELECT next_wake FROM overview")
    late = Clock(real=datetime.now(UTC), logical=wake + timedelta(minutes=1))
    assert await MOMENTS.look(Sources(sources.settings, pool, sources.client, clock=lambda _: late)) == ()
    # At a day per second the same minute is less than a real millisecond; a real hour is long enough.
    fast = Clock(real=datetime.now(UTC) - timedelta(hours=1), logical=wake, speed=86400)
    assert len(await MOMENTS.look(Sources(sources.settings, pool, sources.client, clock=lambda _: fast))) == 1


async def test_a_closed_journey_that_stopped_listening_is_no_trouble(
    sources: Sources, clients: Clients, journal: Journal, gemeente: str, client: Client, pool: asyncpg.Pool
) -> None:
    told = closed(await register(clients, gemeente=gemeente))
    await journal.write(told.entries())
    assert await pool.fetchval("SELECT next_wake FROM overview") is not None
    later = seen_at(sources, "2036-05-01T08:00")
    assert await MOMENTS.look(later) == ()

    # While Temporal still runs it, it should have ended.

    handle = await client.start_workflow(
        CLIENT_ROUTE, id=told.state.id, task_queue=sources.settings.task_queue,
        search_attributes=TypedSearchAttributes([SearchAttributePair(STAGE, "gesloten")]),
    )  # fmt: skip
    while not await MOMENTS.look(later):
        pass
    (trouble,) = await MOMENTS.look(later)
    assert [example.journey_id for example in trouble.examples] == [told.state.id]
    assert "wacht al" in trouble.examples[0].why
    await handle.terminate()
    said = await how_it_stands(client, told.state.id, datetime.now(UTC))
    assert said == "in Temporal is zij hard beëindigd; zie 'meedoen reconcile'"


async def test_messages_that_stay_and_failures_that_nobody_heard_of_are_two_troubles(
    sources: Sources, clients: Clients, journal: Journal, pool: asyncpg.Pool, gemeente: str
) -> None:
    await journal.write(breached(await register(clients, gemeente=gemeente)).entries())
    assert await MESSAGES.look(sources) == []

    await pool.execute("UPDATE outbox SET created = created - interval '1 hour'")
    assert [trouble.cause for trouble in await MESSAGES.look(sources)] == [STILL]

    await pool.execute("UPDATE outbox SET failed_at = now() - interval '1 minute'")
    assert await MESSAGES.look(sources) == []
    await pool.execute("UPDATE outbox SET failed_at = now() - interval '16 minutes'")
    (trouble,) = await MESSAGES.look(sources)
    assert trouble.cause == UNTOLD
    await pool.execute("UPDATE outbox SET reported_at = now()")
    assert await MESSAGES.look(sources) == []

    # A bounce counts from the moment that it came back.
    await pool.execute("UPDATE outbox SET failed_at = NULL, sent_at = now() - interval '1 day'")
    await pool.execute("UPDATE outbox SET bounced_at = now() - interval '1 hour', reported_at = NULL")
    assert [trouble.cause for trouble in await MESSAGES.look(sources)] == [UNTOLD]


async def test_an_entry_that_the_journal_refuses_is_trouble_for_as_long_as_it_is_refused(
    sources: Sources, clients: Clients, journal: Journal, pool: asyncpg.Pool, gemeente: str
) -> None:
    registered = await register(clients, gemeente=gemeente)
    await journal.write(reported(registered).entries())
    assert await JOURNAL.look(sources) == []
    other = Told(registered).act("2026-05-01T09:00", "melding", kanaal="telefoon")
    for _ in range(2):
        with pytest.raises(JournalConflict):
            await journal.write(other.entries())

    (trouble,) = await JOURNAL.look(sources)
    assert (trouble.cause, str(trouble.examples[0])) == (
        REFUSED,
        f"{registered.journey_id}: regel 1, 2 keer geweigerd",
    )
    await pool.execute("UPDATE journal_refusal SET last_at = now() - interval '11 minutes'")
    assert await JOURNAL.look(sources) == []


async def test_screens_that_show_less_than_the_journal_are_trouble(
    sources: Sources, clients: Clients, journal: Journal, pool: asyncpg.Pool, gemeente: str
) -> None:
    await journal.write(reported(await register(clients, gemeente=gemeente)).entries())
    assert await JOURNAL.look(sources) == []
    await pool.execute("UPDATE read_model SET active = active + 1")
    (trouble,) = await JOURNAL.look(sources)
    assert trouble.cause == BEHIND
    assert "meedoen rebuild" in trouble.remedy


async def test_a_start_that_was_cut_off_is_trouble_after_a_while(
    sources: Sources, clients: Clients, journal: Journal, pool: asyncpg.Pool, gemeente: str
) -> None:
    registered = await register(clients, gemeente=gemeente)
    await pool.execute("UPDATE journey SET registered_at = now()")
    assert await STARTS.look(sources) == ()
    await pool.execute("UPDATE journey SET registered_at = now() - interval '20 minutes'")
    (trouble,) = await STARTS.look(sources)
    assert trouble.cause == CUT_OFF
    assert [example.journey_id for example in trouble.examples] == [registered.journey_id]
    assert "dezelfde start" in trouble.remedy
    await journal.write(reported(registered).entries())
    assert await STARTS.look(sources) == ()


async def test_a_database_that_keeps_nothing_any_more_is_named(
    sources: Sources, postgres_url: str, pool: asyncpg.Pool
) -> None:
    assert await WRITES.look(sources) == ()
    name = await pool.fetchval("SELECT current_database()")
    admin = await asyncpg.connect(postgres_url.rpartition("/")[0] + f"/{name}")
    try:
        # The server's own answer to a full disk.
        await admin.execute(
            """
            CREATE FUNCTION full_disk() RETURNS event_trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'No space left on device'; END $$;
            CREATE EVENT TRIGGER full_disk ON ddl_command_start EXECUTE FUNCTION full_disk()
            """
        )
        (trouble,) = await WRITES.look(sources)
        assert (trouble.cause, "de schijf is vol" in trouble.sentence) == (NO_WRITES, True)
        await admin.execute("DROP EVENT TRIGGER full_disk")
        assert await WRITES.look(sources) == ()

        await admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        await pool.expire_connections()
        (trouble,) = await WRITES.look(sources)
        assert "alleen lezen" in trouble.sentence
    finally:
        await admin.close()


async def test_a_disk_with_too_little_room_or_a_folder_that_is_gone_is_named(sources: Sources) -> None:
    folder = sources.settings.key_file.parent
    assert [t.cause for t in await full_disks(sources, least_bytes=0, least_share=0)] == []
    (trouble,) = await full_disks(sources, least_bytes=10**18)
    assert trouble.cause == f"schijf-vol:{folder}"
    assert "bijna vol" in trouble.sentence
    assert len(await full_disks(sources, least_bytes=0, least_share=1.0)) == 1

    gone = sources.settings.model_copy(update={"watchdog_disks": f"{folder}/weg:{folder}"})
    (trouble,) = await full_disks(Sources(gone), least_bytes=0, least_share=0)
    assert "bestaat" in trouble.remedy
    assert DISKS.look is full_disks
