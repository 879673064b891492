"""The weekly digest: one mail per reader, nothing lost and nothing twice, whatever dies in between."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from activities.bounces import Bounces
from activities.clients import Clients
from activities.digest import digest_id, gather
from activities.directory import Absence, Directory
from activities.journal import Journal
from activities.outbox import MailServerUnreachable, OutboxSender, overdue
from activities.undelivered import UndeliveredReporter
from activities.worklist import Worklist
from domain.calendars import AMSTERDAM
from domain.clock import Clock
from domain.happenings import Recipient
from domain.policy import Policy, PolicyError
from runtime.database import open_pool
from runtime.policies import load_policy
from runtime.settings import Settings
from sandbox.bouncing import bounce
from tests.activities.conftest import MAIL_DOMAIN
from tests.activities.postbus import Postbus, listening
from tests.activities.told import Told, register

LEADER = "t.woudstra@deventer.example"
"""Teamleider of team toegang; f.oosterling (inkomen) stands in."""
BEFORE = "2027-05-18T09:59"
MONDAY = "2027-05-18T10:01"
"""Mon 17 May 2027 is tweede pinksterdag, so the digest goes on Tuesday at 10."""
WEEK_LATER = "2027-05-24T10:01"


Sender = Callable[..., OutboxSender]


@pytest.fixture
def at(pool: asyncpg.Pool, mail: Settings, directory: Directory) -> Sender:
    """A sender on a moment of the journeys' time."""

    def made(local: str, **given: Any) -> OutboxSender:
        return OutboxSender(pool, mail, **{"clock": lambda: clock(local), **given})

    return made


def clock(local: str) -> Clock:
    moment = datetime.fromisoformat(local).replace(tzinfo=AMSTERDAM).astimezone(UTC)
    return Clock(real=datetime.now(UTC), logical=moment)


async def missed(clients: Clients, journal: Journal, pool: asyncpg.Pool, number: int = 1) -> Told:
    """A check-in of Mon 3 May 2027 that nobody held; on Thu 13 May its rung reached the teamleider."""
    told = Told(await register(clients, bsn=None, identity=f"kenmerk:{number}"))
    told.act("2027-03-22T10:00", "melding").act("2027-03-22T11:00", "gesprek_gevoerd")
    told.act("2027-03-23T10:00", "plan_vastgesteld", akkoord=True)
    told.act("2027-03-25T10:00", "tevredenheid_gevraagd")
    told.act("2027-04-05T10:00", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis")
    told.act("2027-04-05T11:00", "trede_gemeten", trede=2)
    told.until("2027-05-14T10:00")
    await journal.write(told.entries())
    await long_ago(pool, told)
    # What is not for the digest has gone out already.
    await pool.execute("UPDATE outbox SET sent_at = now() WHERE NOT bundled AND sent_at IS NULL")
    return told


async def long_ago(pool: asyncpg.Pool, told: Told) -> None:
    """Its messages were put down a few days before."""
    await pool.execute(
        "UPDATE outbox SET created = created - interval '3 days' WHERE journey_id = $1", told.state.id
    )


async def go_on(told: Told, journal: Journal, local: str, name: str, **said: Any) -> None:
    after = told.state.seq
    told.act(local, name, **said)
    await journal.write(told.entries(after))


async def states(pool: asyncpg.Pool) -> list[tuple[bool, bool, bool]]:
    """(sent, failed, lapsed) of what is for the digest."""
    rows = await pool.fetch("SELECT sent_at, failed_at, lapsed_at FROM outbox WHERE bundled ORDER BY id")
    return [tuple(value is not None for value in row) for row in rows]


async def test_nothing_goes_before_the_moment_and_then_one_mail_holds_it_all(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, at: Sender, postbus: Postbus, worklist: Worklist
) -> None:
    stories = [await missed(clients, journal, pool, number) for number in (1, 2, 3)]

    assert await at(BEFORE).send_waiting() == 0
    [waits] = [
        m for m in (await worklist.journey(stories[0].state.id)).messages if m.state == "weekoverzicht"
    ]  # type: ignore[union-attr]
    assert waits.role == "teamleider"
    assert await at(MONDAY).send_waiting() == 1
    assert await at(MONDAY).send_waiting() == 0

    [(receivers, message)] = postbus.taken
    assert receivers == (LEADER,)
    assert message["Subject"] == "Weekoverzicht: 3 termijnen wachten nog"
    body = message.get_content()
    for story in stories:
        assert f"meedoen show {story.state.id}" in body
    assert body.count("Check-in is nog steeds verstreken (uiterlijk maandag 3 mei 2027)") == 3
    assert await states(pool) == [(True, False, False)] * 3
    assert await pool.fetchval("SELECT count(*) FROM outbox_attempt") == 3


async def test_the_message_id_is_that_of_the_reader_and_the_week(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, at: Sender, postbus: Postbus
) -> None:
    await missed(clients, journal, pool)
    await at(MONDAY).send_waiting()

    to = Recipient(role="teamleider", team="toegang")
    assert postbus.ids == [digest_id("deventer", to, date(2027, 5, 18), MAIL_DOMAIN)]
    # Fixed here: a release that makes other ids would send what waits twice.
    assert postbus.ids == [f"<9d355ceac878dd0f4ba3cd83d01943407d1a6bb2@{MAIL_DOMAIN}>"]


async def test_what_was_put_down_after_the_moment_waits_for_the_next_one(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, at: Sender, postbus: Postbus
) -> None:
    await missed(clients, journal, pool)
    await pool.execute("UPDATE outbox SET created = now()")

    assert await at(MONDAY).send_waiting() == 0
    await pool.execute("UPDATE outbox SET created = now() - interval '6 days'")
    assert await at(WEEK_LATER).send_waiting() == 1


async def test_nothing_is_added_to_a_digest_that_was_gathered(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, at: Sender, postbus: Postbus
) -> None:
    """PostgreSQL was down when it was due: under the id of a mail that was read it would be seen by nobody."""
    await missed(clients, journal, pool, 1)
    assert await at(MONDAY).send_waiting() == 1
    late = await missed(clients, journal, pool, 2)

    assert await at(MONDAY).send_waiting() == 0
    assert await at(WEEK_LATER).send_waiting() == 1

    assert len(set(postbus.ids)) == 2
    assert late.state.id in postbus.taken[1][1].get_content()


async def test_what_was_resolved_meanwhile_is_left_out(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, at: Sender, postbus: Postbus, worklist: Worklist
) -> None:
    first, second = [await missed(clients, journal, pool, number) for number in (1, 2)]
    await go_on(first, journal, "2027-05-17T11:00", "check_in_vastgelegd")

    assert await at(MONDAY).send_waiting() == 1

    body = postbus.taken[0][1].get_content()
    assert first.state.id not in body
    assert second.state.id in body
    assert await states(pool) == [(False, False, True), (True, False, False)]
    view = await worklist.journey(first.state.id)
    assert view is not None
    assert "vervallen" in [message.state for message in view.messages]


async def test_when_everything_was_resolved_no_mail_goes(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, at: Sender, postbus: Postbus
) -> None:
    story = await missed(clients, journal, pool)
    await go_on(story, journal, "2027-05-17T11:00", "check_in_vastgelegd")

    assert await at(MONDAY).send_waiting() == 0
    assert await at(WEEK_LATER).send_waiting() == 0

    assert postbus.taken == []
    assert await states(pool) == [(False, False, True)]


async def test_a_worker_that_dies_after_gathering_leaves_the_digest_to_the_next(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, at: Sender, postbus: Postbus
) -> None:
    await missed(clients, journal, pool)
    assert await gather(pool, load_policy, clock(MONDAY), datetime.now(UTC), MAIL_DOMAIN) == 1

    # Days later, and under the id of the week in which it was gathered.
    assert await at("2027-05-21T16:00").send_waiting() == 1
    assert await at(WEEK_LATER).send_waiting() == 0

    assert postbus.ids == [
        digest_id(
            "deventer",
            Recipient(role="teamleider", team="toegang"),
            date(2027, 5, 18),
            MAIL_DOMAIN,
        )
    ]


async def test_a_worker_that_dies_after_sending_sends_the_same_digest_under_the_same_id(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, at: Sender, postbus: Postbus, postgres_url: str
) -> None:
    for number in (1, 2):
        await missed(clients, journal, pool, number)
    name = await pool.fetchval("SELECT current_database()")
    admin = await asyncpg.connect(postgres_url)

    async def pull_the_plug() -> None:
        postbus.before_data = None
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)

    postbus.before_data = pull_the_plug
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await at(MONDAY).send_waiting()
    assert await states(pool) == [(False, False, False)] * 2

    # One that comes in meanwhile goes in the next digest, and not under the id that was read already.
    await missed(clients, journal, pool, 3)
    assert await at(MONDAY).send_waiting() == 1

    assert postbus.ids[0] == postbus.ids[1]
    assert postbus.taken[0][1].get_content() == postbus.taken[1][1].get_content()
    assert await states(pool) == [(True, False, False)] * 2 + [(False, False, False)]
    await admin.close()


async def test_two_senders_side_by_side_send_one_digest(
    clients: Clients,
    journal: Journal,
    pool: asyncpg.Pool,
    directory: Directory,
    mail: Settings,
    postbus: Postbus,
) -> None:
    for number in range(6):
        await missed(clients, journal, pool, number)
    async with open_pool(mail) as one, open_pool(mail) as two:
        sent = await asyncio.gather(
            *(
                OutboxSender(each, mail, clock=lambda: clock(MONDAY)).send_waiting()
                for each in (one, two, one, two)
            )
        )

    assert sum(sent) == len(postbus.taken) == 1
    assert await states(pool) == [(True, False, False)] * 6


async def test_it_goes_to_the_team_that_has_the_journey_by_then(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, at: Sender, postbus: Postbus
) -> None:
    story = await missed(clients, journal, pool)
    await go_on(story, journal, "2027-05-17T11:00", "eigenaar_toegewezen", team="werktalent")

    assert await at(MONDAY).send_waiting() == 1

    assert [receivers for receivers, _ in postbus.taken] == [("h.zwiers@deventer.example",)]


async def test_who_is_away_is_stood_in_for_on_the_day_on_which_it_goes(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, at: Sender, postbus: Postbus, directory: Directory
) -> None:
    await missed(clients, journal, pool)
    today = datetime.now(AMSTERDAM).date()
    later = max(today, date(2027, 5, 13))
    await directory.record_absence(
        "deventer", "t.woudstra", Absence(since=later, until=later + timedelta(days=1)), by="t.woudstra"
    )

    assert await at(MONDAY).send_waiting() == 1

    assert [receivers for receivers, _ in postbus.taken] == [("f.oosterling@deventer.example",)]


async def test_a_digest_that_cannot_arrive_is_told_to_every_journey_in_it(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, at: Sender, postbus: Postbus
) -> None:
    stories = [await missed(clients, journal, pool, number) for number in (1, 2)]
    postbus.refuse("550 5.1.1 Adres onbekend")

    assert await at(MONDAY).send_waiting() == 0

    assert await states(pool) == [(False, True, False)] * 2
    assert await reported(pool, journal) == [(story.state.id, "geweigerd") for story in stories]


async def test_a_digest_that_comes_back_is_told_to_every_journey_in_it(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, at: Sender, postbus: Postbus
) -> None:
    stories = [await missed(clients, journal, pool, number) for number in (1, 2, 3)]
    await go_on(stories[2], journal, "2027-05-17T11:00", "check_in_vastgelegd")
    assert await at(MONDAY).send_waiting() == 1
    returned = bounce(
        "meedoen@deventer.example", [LEADER], f"Message-ID: {postbus.ids[0]}\r\n\r\nTekst".encode()
    )

    bounces = Bounces(pool, MAIL_DOMAIN)
    assert [(await bounces.take(returned)).outcome for _ in range(2)] == ["teruggekomen", "al_bekend"]

    assert await reported(pool, journal) == [(story.state.id, "teruggekomen") for story in stories[:2]]


async def reported(pool: asyncpg.Pool, journal: Journal) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []

    async def record(journey_id: str, name: str, /, *, data: dict[str, Any], **_: Any) -> None:
        told.append((journey_id, data["reden"]))

    await UndeliveredReporter(pool, record, journal.state).report_waiting()
    return told


async def test_a_server_that_says_later_gets_the_same_digest_later(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, at: Sender, postbus: Postbus
) -> None:
    for number in (1, 2):
        await missed(clients, journal, pool, number)
    postbus.refuse("452 4.3.1 Postvak tijdelijk vol")

    assert await at(MONDAY).send_waiting() == 0
    assert await at(MONDAY).send_waiting() == 0
    await pool.execute("UPDATE outbox SET not_before = now() WHERE digest IS NOT NULL")
    assert await at(MONDAY).send_waiting() == 1

    assert "2 termijnen" in postbus.taken[0][1]["Subject"]
    outcomes = await pool.fetch("SELECT outcome, count(*) FROM outbox_attempt GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in outcomes] == [("later", 2), ("verzonden", 2)]


async def test_waiting_for_the_digest_is_no_alarm_and_standing_still_is(
    clients: Clients,
    journal: Journal,
    pool: asyncpg.Pool,
    mail: Settings,
    directory: Directory,
    postbus: Postbus,
) -> None:
    await missed(clients, journal, pool)
    assert await overdue(pool) is None
    nowhere = Postbus()
    async with listening(nowhere):
        pass
    gone = mail.model_copy(update={"smtp_port": nowhere.port})
    with pytest.raises(MailServerUnreachable):
        await OutboxSender(pool, gone, clock=lambda: clock(MONDAY)).send_waiting()
    await pool.execute("UPDATE outbox SET gathered_at = gathered_at - interval '1 hour'")
    assert "blijven liggen" in (await overdue(pool) or "")
    await pool.execute(
        "UPDATE outbox SET digest = NULL, gathered_at = NULL, created = now() - interval '15 days'"
    )
    assert "blijven liggen" in (await overdue(pool) or "")


async def test_a_policy_that_cannot_be_read_holds_up_the_digest_and_nothing_else(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, at: Sender, postbus: Postbus
) -> None:
    await missed(clients, journal, pool)
    await pool.execute("UPDATE outbox SET sent_at = NULL WHERE template = 'trede' AND role = 'eigenaar'")

    def unreadable(name: str) -> Policy:
        raise PolicyError("Het beleid is niet te lezen.")

    assert await at(MONDAY, policy_of=unreadable).send_waiting() == 1
    assert await at(MONDAY).send_waiting() == 1
    assert postbus.taken[1][1]["Subject"].startswith("Weekoverzicht")


async def test_an_erased_client_stands_in_no_digest(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, at: Sender, postbus: Postbus
) -> None:
    story = await missed(clients, journal, pool)
    await go_on(
        story, journal, "2027-05-17T11:00", "klantroute_beeindigd", exit="vrijwillig", reden="eigen verzoek"
    )
    await clients.erase("deventer", story.state.client_number)

    assert await at(MONDAY).send_waiting() == 0

    assert await states(pool) == [(False, False, True)]
