"""What people see: what is urgent first, everything of one journey, and never more than they may."""

import asyncio

import asyncpg
import pytest

from activities.clients import Clients
from activities.journal import WRITTEN, Journal
from activities.notes import Notes
from activities.worklist import JourneyNotFound, Worklist
from domain.journey import TermStatus
from domain.projection import snapshot
from tests.activities.told import Told, breached, closed, register, reported, until_somebody_listens


@pytest.fixture
async def four(clients: Clients, journal: Journal) -> dict[str, Told]:
    """A calm, a late, a closed and a waiting journey in Deventer, and one that nobody started."""
    told = {}
    for number, (name, tell) in enumerate(
        {"calm": reported, "late": breached, "closed": closed, "waiting": reported}.items()
    ):
        told[name] = tell(await register(clients, bsn=None, identity=f"kenmerk:{number}"))
    told["waiting"].act("2026-05-02T09:00", "bezwaar_ontvangen")
    told["waiting"].act(
        "2026-05-03T09:00", "regisseur_aangewezen", team="sociaal_team", persoon="n.aalberts"
    ).act("2026-05-03T10:00", "regisseur_aanvaard", by="n.aalberts")
    told["waiting"].act("2026-05-04T09:00", "aanvraag_ingediend")
    for each in told.values():
        await journal.write(each.entries())
    await register(clients, bsn=None, identity="kenmerk:niet-gestart")
    return told


async def names(four: dict[str, Told], worklist: Worklist, **filters: object) -> list[str]:
    of = {told.state.id: name for name, told in four.items()}
    return [of.get(row.journey_id, "?") for row in await worklist.journeys(**filters)]  # type: ignore[arg-type]


async def test_the_highest_rung_comes_first_and_then_the_first_date(
    four: dict[str, Told], worklist: Worklist
) -> None:
    assert await names(four, worklist) == ["late", "calm", "waiting"]
    assert await names(four, worklist, limit=1, offset=1) == ["calm"]


FILTERS: list[tuple[dict[str, object], list[str]]] = [
    ({"status": "gesloten"}, ["closed"]),
    ({"status": "aangemeld"}, ["?"]),
    ({"status": None, "stage": "gesloten"}, ["closed"]),
    ({"gemeente": "deventer", "stage": "intake"}, ["late", "calm", "waiting"]),
    ({"gemeente": "olst-wijhe"}, []),
    ({"min_escalation": 1}, ["late"]),
    ({"min_escalation": 9}, []),
    ({"only_tasks": True}, ["waiting"]),
    ({"team": "toegang"}, ["late", "calm"]),
    ({"team": "sociaal_team"}, ["waiting"]),
    # The income team owns the terms of an application, not the journey.
    ({"team": "inkomen"}, ["waiting"]),
    ({"person": "n.aalberts"}, ["waiting"]),
    ({"person": "x.niemand"}, []),
    ({"person": "' OR 1=1 --"}, []),
]


async def test_worklists_are_filtered(
    four: dict[str, Told], worklist: Worklist, subtests: pytest.Subtests
) -> None:
    for filters, expected in FILTERS:
        with subtests.test(str(filters)):
            assert await names(four, worklist, **filters) == expected


async def test_tasks_are_listed_with_their_journey(four: dict[str, Told], worklist: Worklist) -> None:
    journey = four["waiting"].state.id

    tasks = await worklist.tasks(gemeente="deventer")

    assert {task.journey_id for task in tasks} == {journey}
    assert [task.due for task in tasks] == sorted(task.due for task in tasks if task.due)
    assert "bezwaarjurist" in {task.role for task in tasks}
    assert [task.kind for task in await worklist.tasks(role="bezwaarjurist")] == ["bezwaar"]
    assert await worklist.tasks(role="bezwaarjurist", team="inkomen") == []
    assert len(await worklist.tasks(person="n.aalberts")) == len(tasks)


async def test_a_task_that_is_done_leaves_the_list_and_stays_in_the_journey(
    four: dict[str, Told], worklist: Worklist, journal: Journal
) -> None:
    told = four["waiting"]
    [task] = await worklist.tasks(role="bezwaarjurist")
    told.act("2026-05-05T09:00", "taak_afgerond", taak=task.id, uitkomst="ontvangst bevestigd")
    await journal.write(told.entries())

    assert await worklist.tasks(role="bezwaarjurist") == []
    [done] = await worklist.tasks(role="bezwaarjurist", only_open=False)
    assert done.outcome == "ontvangst bevestigd"


async def test_a_journey_is_shown_as_its_snapshot_says(four: dict[str, Told], worklist: Worklist) -> None:
    for told in four.values():
        expected = snapshot(told.state, told.policy)

        shown = await worklist.journey(told.state.id)

        assert shown is not None
        row = shown.journey.model_dump(exclude={"seq", "updated_at", "acting"})
        assert row == expected.model_dump(include=set(row))
        assert {term.id: term for term in shown.terms} == {term.id: term for term in expected.terms}
        assert {task.id: task for task in shown.tasks} == {task.id: task for task in expected.tasks}
        assert shown.journey.seq == told.state.seq


async def test_the_tables_follow_the_journey_step_by_step(
    clients: Clients, journal: Journal, worklist: Worklist
) -> None:
    told = breached(await register(clients))
    told.act("2026-06-01T09:00", "gesprek_gevoerd").act("2026-06-02T09:00", "plan_vastgesteld", akkoord=True)
    for entry in told.entries():
        await journal.write([entry])

        shown = await worklist.journey(told.state.id)

        assert shown is not None
        assert {term.id: term for term in shown.terms} == {term.id: term for term in entry.snapshot.terms}
        assert shown.journey.escalation == entry.snapshot.escalation


async def test_a_term_that_a_correction_takes_away_leaves_the_tables(
    clients: Clients, journal: Journal, worklist: Worklist
) -> None:
    told = reported(await register(clients))
    told.act("2026-05-04T09:00", "aanvraag_ingediend", act_id="aanvraag")
    await journal.write(told.entries())
    told.act("2026-05-05T09:00", "handeling_ingetrokken", handeling="aanvraag", reden="verkeerde persoon")
    await journal.write(told.entries())

    shown = await worklist.journey(told.state.id)

    assert shown is not None
    assert {term.id: term for term in shown.terms} == {
        term.id: term for term in snapshot(told.state, told.policy).terms
    }


async def test_the_time_line_tells_who_did_what_in_order(
    clients: Clients, journal: Journal, notes: Notes, worklist: Worklist
) -> None:
    told = reported(await register(clients))
    told.act("2026-05-04T09:00", "gesprek_gevoerd", by="m.dekker", role="consulent")
    reference = await notes.add(told.state.id, "gesprek_gevoerd@2026-05-04T09:00", "Wil graag werken.")
    entries = [
        entry.model_copy(update={"happening": {**entry.happening, "note": reference}})
        if entry.name == "gesprek_gevoerd"
        else entry
        for entry in told.entries()
    ]
    await journal.write(entries)

    shown = await worklist.journey(told.state.id)

    assert shown is not None
    assert [line.event for line in shown.timeline] == [event.event for event in told.events]
    assert [line.text for line in shown.timeline] == [event.text for event in told.events]
    [talk] = [
        line for line in shown.timeline if line.event == "act_accepted" and line.name == "gesprek_gevoerd"
    ]
    assert (talk.by, talk.note, talk.act_id) == ("m.dekker", reference, "gesprek_gevoerd@2026-05-04T09:00")
    assert await notes.read(reference) == "Wil graag werken."


async def test_an_escalation_is_kept_with_its_rung_and_role(
    clients: Clients, journal: Journal, pool: asyncpg.Pool
) -> None:
    told = breached(await register(clients))
    await journal.write(told.entries())

    rows = await pool.fetch(
        "SELECT at, rung, role, term_id, due, text FROM escalation ORDER BY seq, position"
    )

    assert [tuple(row) for row in rows] == [
        (event.at, event.rung, event.role, event.term_id, event.due, event.text)
        for event in told.events
        if event.event == "escalated"
    ]
    assert [row["rung"] for row in rows] == [1, 2, 3]


async def test_geheimhouding_is_kept_and_never_shown(
    clients: Clients, journal: Journal, worklist: Worklist, pool: asyncpg.Pool
) -> None:
    told = reported(await register(clients))
    [entry] = told.entries()
    secret = entry.model_copy(update={"snapshot": entry.snapshot.model_copy(update={"secret": True})})
    await journal.write([secret])

    shown = await worklist.journey(told.state.id)

    assert await pool.fetchval("SELECT secret FROM overview") is True
    assert shown is not None
    assert "secret" not in shown.model_dump_json()
    assert all("secret" not in row.model_dump_json() for row in await worklist.journeys())


async def test_messages_are_shown_with_where_they_stand(
    clients: Clients, journal: Journal, worklist: Worklist, pool: asyncpg.Pool
) -> None:
    told = breached(await register(clients))
    await journal.write(told.entries())
    await pool.execute("UPDATE outbox SET sent_at = now() WHERE id = (SELECT min(id) FROM outbox)")
    await pool.execute("UPDATE outbox SET failed_at = now() WHERE id = (SELECT max(id) FROM outbox)")

    shown = await worklist.journey(told.state.id)

    assert shown is not None
    states = [message.state for message in shown.messages]
    assert (states[0], states[-1]) == ("verzonden", "mislukt")
    assert set(states[1:-1]) == {"wacht"}
    assert [message.text for message in shown.messages] == [m.params["tekst"] for m in told.messages]


async def test_a_journey_that_was_only_registered_is_shown_empty(
    clients: Clients, worklist: Worklist
) -> None:
    registered = await register(clients)

    shown = await worklist.journey(registered.journey_id)

    assert shown is not None
    assert (shown.journey.status, shown.journey.seq, shown.timeline) == ("aangemeld", 0, ())
    assert await worklist.journey("klantroute-deventer-404-1") is None


async def test_a_journey_is_found_by_what_people_type(
    clients: Clients, journal: Journal, worklist: Worklist, subtests: pytest.Subtests
) -> None:
    await journal.write(closed(await register(clients)).entries())
    await register(clients)

    for asked in (
        "1",
        "deventer-1",
        "deventer-1-2",
        "klantroute-deventer-1",
        "klantroute-deventer-1-2",
        " Deventer-1 ",
    ):
        with subtests.test(asked):
            assert await worklist.find(asked) == "klantroute-deventer-1-2"


async def test_of_a_client_without_an_open_journey_the_last_one_is_found(
    clients: Clients, journal: Journal, worklist: Worklist
) -> None:
    for _ in range(2):
        await journal.write(closed(await register(clients)).entries())

    assert await worklist.find("1") == "klantroute-deventer-1-2"
    assert await worklist.find("deventer-1-1") == "klantroute-deventer-1-1"


async def test_a_number_of_two_municipalities_asks_which_one(clients: Clients, worklist: Worklist) -> None:
    await register(clients)
    await register(clients, gemeente="olst-wijhe")

    with pytest.raises(JourneyNotFound, match=r"in meer gemeenten voor.*: deventer-1, olst-wijhe-1\."):
        await worklist.find("1")

    assert await worklist.find("olst-wijhe-1") == "klantroute-olst-wijhe-1-1"
    assert await worklist.find("1", gemeente="deventer") == "klantroute-deventer-1-1"


async def test_what_is_not_there_is_a_sentence(
    clients: Clients, worklist: Worklist, subtests: pytest.Subtests
) -> None:
    await register(clients)

    for asked in ("", "404", "deventer-404", "x", "klantroute-", "9" * 30, "' OR 1=1"):
        with (
            subtests.test(asked),
            pytest.raises(JourneyNotFound, match=r"Er is geen klantroute .*\. Typ een cliëntnummer"),
        ):
            await worklist.find(asked)


async def test_waiting_ends_when_the_entry_is_there(
    clients: Clients, journal: Journal, worklist: Worklist, pool: asyncpg.Pool
) -> None:
    told = reported(await register(clients)).act("2026-05-02T09:00", "trede_gemeten", trede=2)
    other = reported(await register(clients, bsn="999990019"))
    waiting = asyncio.create_task(worklist.wait_for(told.state.id, seq=2, timeout=30))
    await until_somebody_listens(pool, WRITTEN)

    await journal.write(other.entries())
    await journal.write(told.entries()[:1])
    assert not waiting.done()
    await journal.write(told.entries()[1:])

    assert await waiting
    assert await worklist.wait_for(told.state.id, seq=2)
    assert await worklist.wait_for(told.state.id, version=2)


async def test_waiting_for_what_does_not_come_ends_too(clients: Clients, worklist: Worklist) -> None:
    registered = await register(clients)

    assert not await worklist.wait_for(registered.journey_id, seq=1, timeout=0.01)
    assert not await worklist.wait_for(registered.journey_id, version=1, timeout=0.01)
    assert not await worklist.wait_for("klantroute-deventer-404-1", seq=0, timeout=0.01)


def test_only_what_still_runs_or_was_breached_counts_as_open() -> None:
    # The worklist takes an end date for "not open any more".
    told = Told().act("2026-05-01T09:00", "melding").act("2026-05-02T09:00", "gesprek_gevoerd")
    for term in told.state.terms:
        assert (term.ended_on is None) == term.status.is_open
    assert TermStatus.MET in {term.status for term in told.state.terms}
