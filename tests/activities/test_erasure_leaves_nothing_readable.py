"""What is about a person is sealed, and gone when the key of that client is destroyed."""

import json
from datetime import date

import asyncpg
import pytest

from activities.clients import Clients, ErasureRefused, Personal, UnknownClient
from activities.journal import Journal
from activities.notes import NoteError, Notes
from activities.processing_log import ProcessingLog
from activities.sealing import ERASED
from activities.worklist import Worklist
from domain.findings import Outcome
from runtime.keys import KeyRing, TamperedError
from tests.activities.told import BSN, NOW, Told, closed, register, reported

NAME = "Marieke Veldhuis"


async def readable(pool: asyncpg.Pool) -> str:
    """Everything that stands in the database, as somebody with a copy of it can read it."""
    found = []
    for record in await pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        for row in await pool.fetch(f"SELECT * FROM {record['tablename']}"):
            for value in row.values():
                text = (
                    value.decode("utf-8", "replace")
                    if isinstance(value, bytes)
                    else json.dumps(value, default=str)
                )
                found.append(text)
    return "\n".join(found)


async def lived(clients: Clients, journal: Journal, notes: Notes) -> Told:
    """A closed journey in which things were said about somebody."""
    registered = await clients.register(
        gemeente="deventer", identity=f"bsn:{BSN}", bsn=BSN, birth=date(1985, 1, 15), now=NOW
    )
    told = reported(registered).act(
        "2026-05-02T09:00", "bezwaar_ontvangen", tegen="weigering van de uitkering"
    )
    told.act(
        "2026-05-04T10:00",
        "klantroute_beeindigd",
        exit="vrijwillig",
        reden=f"{NAME} ({BSN}) verhuist naar haar zus",
    )
    await notes.add(registered.journey_id, "einde", f"{NAME} vertelde over haar zus.")
    await journal.write(told.entries())
    return told


async def test_no_burgerservicenummer_or_name_is_readable_in_any_table(
    clients: Clients, journal: Journal, notes: Notes, pool: asyncpg.Pool, keys: KeyRing
) -> None:
    await lived(clients, journal, notes)
    log = ProcessingLog(pool, keys)
    async with log.processing(
        gemeente="deventer", client_number=1, journey_id="klantroute-deventer-1-1", question_id="brp_persoon-1",
        question="brp_persoon", purpose="Participatiewet", bsn=BSN,
    ) as record:  # fmt: skip
        record.ended(Outcome.FOUND)

    found = await readable(pool)

    assert "klantroute_beeindigd" in found
    for secret in (BSN, NAME, "1985-01-15", "haar zus"):
        assert secret not in found


async def test_after_erasure_what_was_said_is_gone_and_the_statistics_stay(
    clients: Clients, journal: Journal, notes: Notes, worklist: Worklist, pool: asyncpg.Pool
) -> None:
    told = await lived(clients, journal, notes)
    journey_id = told.state.id
    note_id = await pool.fetchval("SELECT note_id FROM note")
    before = await journal.entries(journey_id)
    terms = await pool.fetch("SELECT id, status, legal_end, breached_at FROM term ORDER BY id")

    await clients.erase("deventer", 1)

    assert await clients.personal("deventer", 1) == Personal(erased=True)
    assert await clients.bsn("deventer", 1) is None
    assert await journal.state(journey_id) is None
    assert await notes.read(note_id) == ERASED
    after = await journal.entries(journey_id)
    assert [entry.erased for entry in after] == [True] * len(before)
    assert [(e.seq, e.name, e.at) for e in after] == [(e.seq, e.name, e.at) for e in before]
    assert [(event.event, event.at, event.term_id) for entry in after for event in entry.events] == [
        (event.event, event.at, event.term_id) for entry in before for event in entry.events
    ]
    assert {event.text for entry in after for event in entry.events} == {ERASED}
    assert await pool.fetch("SELECT id, status, legal_end, breached_at FROM term ORDER BY id") == terms
    shown = await worklist.journey(journey_id)
    assert shown is not None
    assert {task.text for task in shown.tasks} == {ERASED}
    assert {message.text for message in shown.messages} == {ERASED}
    assert {line.by for line in shown.timeline} == {""}
    assert "weigering van de uitkering" not in await readable(pool)
    assert await journal.verify(journey_id) == []


async def test_erasing_twice_is_erasing_once(
    clients: Clients, journal: Journal, notes: Notes, pool: asyncpg.Pool
) -> None:
    await lived(clients, journal, notes)
    await clients.erase("deventer", 1)
    at = await pool.fetchval("SELECT erased_at FROM client")

    await clients.erase("deventer", 1)

    assert await pool.fetchval("SELECT erased_at FROM client") == at


async def test_a_person_who_comes_back_after_erasure_is_a_new_client(
    clients: Clients, journal: Journal, notes: Notes
) -> None:
    await lived(clients, journal, notes)
    await clients.erase("deventer", 1)

    again = await register(clients)

    assert again[:4] == ("klantroute-deventer-2-1", 2, 1, "nieuw")


async def test_a_fact_about_an_erased_client_still_gets_its_place(
    clients: Clients, journal: Journal, notes: Notes
) -> None:
    told = await lived(clients, journal, notes)
    await clients.erase("deventer", 1)
    told.act("2026-06-01T10:00", "bezwaar_ontvangen", act_id="laat")

    await journal.write(told.entries())
    await journal.write(told.entries())

    [last] = (await journal.entries(told.state.id))[-1:]
    assert (last.seq, last.name, last.erased) == (told.state.seq, "bezwaar_ontvangen", True)
    assert await journal.verify(told.state.id) == []
    with pytest.raises(NoteError, match="zijn gewist"):
        await notes.add(told.state.id, "laat", "tekst")


async def test_a_client_with_an_open_journey_is_not_erased(clients: Clients, journal: Journal) -> None:
    registered = await register(clients)
    await journal.write(reported(registered).entries())

    with pytest.raises(ErasureRefused, match="klantroute-deventer-1-1 is nog open"):
        await clients.erase("deventer", 1)

    assert await clients.bsn("deventer", 1) == BSN


async def test_a_registration_that_never_started_can_be_erased(clients: Clients) -> None:
    await register(clients)

    await clients.erase("deventer", 1)

    assert await clients.bsn("deventer", 1) is None
    assert (await register(clients)).client_number == 2


async def test_erasing_nobody_is_a_sentence(clients: Clients) -> None:
    with pytest.raises(UnknownClient, match="Cliënt deventer-404 bestaat niet"):
        await clients.erase("deventer", 404)


async def test_what_is_sealed_for_one_client_does_not_open_for_another(
    clients: Clients, pool: asyncpg.Pool
) -> None:
    await register(clients)
    await register(clients, bsn="999990019")
    await pool.execute(
        """
        UPDATE client SET data_key = (SELECT data_key FROM client WHERE client_number = 1)
        WHERE client_number = 2
        """
    )

    with pytest.raises(TamperedError):
        await clients.bsn("deventer", 2)


async def test_what_is_sealed_for_one_place_does_not_open_in_another(
    clients: Clients, notes: Notes, pool: asyncpg.Pool
) -> None:
    registered = await register(clients)
    one = await notes.add(registered.journey_id, "a1", "Kan goed met mensen omgaan.")
    other = await notes.add(registered.journey_id, "a2", "Wil niet werken.")
    await pool.execute(
        "UPDATE note SET sealed = (SELECT sealed FROM note WHERE note_id = $2) WHERE note_id = $1", one, other
    )

    with pytest.raises(TamperedError):
        await notes.read(one)


async def test_another_installation_s_keys_open_nothing_and_find_nobody(
    clients: Clients, pool: asyncpg.Pool
) -> None:
    first = await register(clients)
    other = Clients(pool, KeyRing(active="k1", secrets={"k1": b"x" * 32}, hash_secret=b"y" * 32))

    with pytest.raises(TamperedError):
        await other.bsn("deventer", first.client_number)
    assert (await register(other)).client_number == 2


async def test_a_note_is_read_back_and_has_one_reference_per_act_and_text(
    clients: Clients, journal: Journal, notes: Notes, pool: asyncpg.Pool
) -> None:
    registered = await register(clients)

    first = await notes.add(registered.journey_id, "a1", "Wil graag in de zorg werken.")
    again = await notes.add(registered.journey_id, "a1", "Wil graag in de zorg werken.")
    other_text = await notes.add(registered.journey_id, "a1", "Wil graag in het groen werken.")
    other_act = await notes.add(registered.journey_id, "a2", "Wil graag in de zorg werken.")

    assert first == again
    assert len({first, other_text, other_act}) == 3
    assert await notes.read(first) == "Wil graag in de zorg werken."
    assert await pool.fetchval("SELECT count(*) FROM note") == 3
    with pytest.raises(NoteError, match="geen notitie met kenmerk 'x'"):
        await notes.read("x")
    with pytest.raises(NoteError, match="is niet geregistreerd"):
        await notes.add("klantroute-deventer-404-1", "a1", "tekst")


async def test_closing_and_erasing_leave_the_other_clients_alone(
    clients: Clients, journal: Journal, notes: Notes
) -> None:
    other = closed(await register(clients, bsn="999990019"))
    await journal.write(other.entries())
    told = closed(await register(clients))
    await journal.write(told.entries())

    await clients.erase("deventer", told.state.client_number)

    assert await clients.bsn("deventer", other.state.client_number) == "999990019"
    assert await journal.state(other.state.id) == other.state
    assert not any(entry.erased for entry in await journal.entries(other.state.id))
