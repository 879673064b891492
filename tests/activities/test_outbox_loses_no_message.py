"""Every message goes out, once as far as the receiver can see, whatever mail server and worker do."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from activities.clients import Clients
from activities.directory import Directory
from activities.journal import Journal
from activities.outbox import BACK_OFF, WAITING, MailServerUnreachable, OutboxSender
from domain.happenings import Message, Recipient
from domain.projection import JournalEntry
from runtime.database import open_pool
from runtime.settings import Settings
from tests.activities.conftest import MAIL_DOMAIN
from tests.activities.postbus import Postbus, listening
from tests.activities.told import breached, register, reported, until_somebody_listens

OWNER = Recipient(role="eigenaar", team="toegang")
BOX = "toegang@deventer.example"


@pytest.fixture
def sender(pool: asyncpg.Pool, mail: Settings, directory: Directory) -> OutboxSender:
    return OutboxSender(pool, mail)


@pytest_asyncio.fixture(loop_scope="session")
async def first(clients: Clients) -> JournalEntry:
    """The melding of a journey, to hang messages on."""
    return reported(await register(clients)).entries()[0]


def with_messages(entry: JournalEntry, *keys: str, to: Recipient = OWNER) -> JournalEntry:
    messages = tuple(
        Message(key=key, at=entry.at, to=to, template="termijn", params={"tekst": key, "fase": "intake"})
        for key in keys
    )
    return entry.model_copy(update={"messages": messages})


async def it_is_time(pool: asyncpg.Pool) -> None:
    """Let every wait be over."""
    await pool.execute("UPDATE outbox SET not_before = now()")


async def test_the_messages_of_a_late_talk_reach_those_who_can_act(
    journal: Journal, clients: Clients, sender: OutboxSender, postbus: Postbus, pool: asyncpg.Pool
) -> None:
    told = breached(await register(clients))
    await journal.write(told.entries())

    assert await sender.send_waiting() == len(told.messages)

    to = {who for receivers, _ in postbus.taken for who in receivers}
    # The owner's team, the leader of that team, and the head of the department.
    assert {BOX, "t.woudstra@deventer.example", "a.schuurman@deventer.example"} <= to
    stored = {row["message_id"] for row in await pool.fetch("SELECT message_id FROM outbox")}
    for _, message in postbus.taken:
        assert message["From"] == "meedoen@deventer.example"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Date"].datetime is not None
        assert str(message["Message-ID"]).endswith(f"@{MAIL_DOMAIN}>")
        assert message["Message-ID"] in stored
        assert "meedoen show klantroute-deventer-1-1" in message.get_content()
    assert len(set(postbus.ids)) == len(told.messages)
    assert await sender.send_waiting() == 0
    row = await pool.fetchrow("SELECT * FROM outbox ORDER BY id LIMIT 1")
    assert (row["attempts"], row["sent_at"] is not None, row["last_error"]) == (1, True, "")
    assert row["subject"].startswith("Herinnering voor klantroute deventer-1-1")


async def test_the_same_message_has_the_same_id_for_ever(
    journal: Journal, first: JournalEntry, pool: asyncpg.Pool
) -> None:
    await journal.write([with_messages(first, "a", "b")])

    rows = [dict(row) for row in await pool.fetch("SELECT key, message_id FROM outbox ORDER BY key")]
    # Fixed here: a release that makes other ids would send everything that waits twice.
    assert rows == [
        {"key": "a", "message_id": f"<c9728b0517b2a889245a9dd6ac750e23f238a1ad@{MAIL_DOMAIN}>"},
        {"key": "b", "message_id": f"<9c1bfd6f324f8eee8e93047d47057cc6ff5f6313@{MAIL_DOMAIN}>"},
    ]


async def test_a_worker_that_dies_after_sending_sends_the_same_message_under_the_same_id(
    journal: Journal, first: JournalEntry, sender: OutboxSender, postbus: Postbus, pool: asyncpg.Pool,
    postgres_url: str,
) -> None:  # fmt: skip
    await journal.write([with_messages(first, "a")])
    name = await pool.fetchval("SELECT current_database()")
    admin = await asyncpg.connect(postgres_url)

    async def pull_the_plug() -> None:
        postbus.before_data = None
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)

    postbus.before_data = pull_the_plug
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await sender.send_waiting()
    assert len(postbus.taken) == 1
    assert await pool.fetchval("SELECT sent_at FROM outbox") is None

    assert await sender.send_waiting() == 1

    assert postbus.ids[0] == postbus.ids[1]
    assert len(postbus.taken) == 2
    await admin.close()


@pytest.mark.parametrize("where", ["receiver", "sender", "content"])
async def test_a_server_that_says_later_gets_it_later(
    journal: Journal, first: JournalEntry, sender: OutboxSender, postbus: Postbus, pool: asyncpg.Pool, where: str
) -> None:  # fmt: skip
    await journal.write([with_messages(first, "a")])
    answer = "452 4.3.1 Postvak tijdelijk vol"
    if where == "receiver":
        postbus.refuse(answer)
    elif where == "sender":
        postbus.sender_answers.append(answer)
    else:
        postbus.data_answers.append(answer)

    assert await sender.send_waiting() == 0
    row = await pool.fetchrow("SELECT *, not_before > now() AS waits FROM outbox")
    assert (row["attempts"], row["sent_at"], row["failed_at"], row["waits"]) == (1, None, None, True)
    assert "452" in row["last_error"]
    assert await sender.send_waiting() == 0

    await it_is_time(pool)
    assert await sender.send_waiting() == 1

    assert len(postbus.taken) == 1
    attempts = await pool.fetch("SELECT number, outcome FROM outbox_attempt ORDER BY number")
    assert [tuple(attempt) for attempt in attempts] == [(1, "later"), (2, "verzonden")]
    assert await pool.fetchval("SELECT last_error FROM outbox") == ""


async def test_waiting_grows_from_seconds_to_hours_and_lasts_more_than_a_day() -> None:
    assert list(BACK_OFF) == sorted(BACK_OFF)
    assert BACK_OFF[0] < timedelta(minutes=1)
    assert BACK_OFF[-1] > timedelta(hours=1)
    assert sum(BACK_OFF, timedelta()) > timedelta(days=1)


async def test_a_message_that_stays_refused_fails_in_the_end_and_alarms(
    journal: Journal, first: JournalEntry, pool: asyncpg.Pool, mail: Settings, directory: Directory, postbus: Postbus
) -> None:  # fmt: skip
    sender = OutboxSender(pool, mail, back_off=(timedelta(), timedelta()))
    await journal.write([with_messages(first, "a")])
    postbus.refuse(*["452 Vol"] * 3)

    with capture_logs() as logs:
        assert await sender.send_waiting() == 0

    row = await pool.fetchrow("SELECT * FROM outbox")
    assert (row["attempts"], row["sent_at"], row["failed_at"] is not None) == (3, None, True)
    assert [line["log_level"] for line in logs] == ["warning", "warning", "critical"]
    await it_is_time(pool)
    assert await sender.send_waiting() == 0
    assert postbus.taken == []


@pytest.mark.parametrize("where", ["receiver", "content"])
async def test_a_final_refusal_fails_at_once_and_alarms_without_the_address(
    journal: Journal, first: JournalEntry, sender: OutboxSender, postbus: Postbus, pool: asyncpg.Pool, where: str
) -> None:  # fmt: skip
    await journal.write(
        [
            with_messages(first, "a"),
        ]
    )
    if where == "receiver":
        postbus.refuse("550 5.1.1 Adres onbekend")
    else:
        postbus.data_answers.append("554 5.7.1 Geen mail van u")

    with capture_logs() as logs:
        assert await sender.send_waiting() == 0

    row = await pool.fetchrow("SELECT * FROM outbox")
    assert (row["attempts"], row["sent_at"], row["failed_at"] is not None) == (1, None, True)
    assert logs[-1]["log_level"] == "critical"
    assert "@deventer" not in str(logs)


async def test_a_refusal_of_one_message_does_not_hold_up_the_next(
    journal: Journal, first: JournalEntry, sender: OutboxSender, postbus: Postbus
) -> None:
    await journal.write([with_messages(first, "a", "b", "c")])
    postbus.refuse("550 Onbekend", "452 Vol")

    assert await sender.send_waiting() == 1

    assert len(postbus.taken) == 1


async def test_who_got_it_does_not_get_it_again_when_another_was_not_ready(
    journal: Journal, first: JournalEntry, sender: OutboxSender, postbus: Postbus, pool: asyncpg.Pool
) -> None:
    await journal.write([with_messages(first, "a", to=Recipient(role="regisseur", team="sociaal_team"))])
    await pool.execute("UPDATE staff SET absent_from = NULL, absent_until = NULL")
    ready, busy = "k.mensink@deventer.example", "n.aalberts@deventer.example"
    postbus.refuse("452 Vol", address=busy)

    assert await sender.send_waiting() == 0
    await it_is_time(pool)
    assert await sender.send_waiting() == 1

    assert [receivers for receivers, _ in postbus.taken] == [(ready,), (busy,)]
    assert postbus.ids[0] == postbus.ids[1]


async def test_a_wrong_address_beside_a_good_one_is_told_and_the_message_counts_as_sent(
    journal: Journal, first: JournalEntry, sender: OutboxSender, postbus: Postbus, pool: asyncpg.Pool
) -> None:
    await journal.write([with_messages(first, "a", to=Recipient(role="toegang", team="toegang"))])
    postbus.refuse("550 Onbekend", address="m.dekker@deventer.example")

    assert await sender.send_waiting() == 1

    row = await pool.fetchrow("SELECT * FROM outbox")
    assert row["delivered_to"] == ["y.bakkali@deventer.example"]
    assert "m.dekker" in row["last_error"]


async def test_while_the_mail_server_is_away_everything_waits_and_nothing_fails(
    journal: Journal, first: JournalEntry, pool: asyncpg.Pool, mail: Settings, directory: Directory, postbus: Postbus
) -> None:  # fmt: skip
    nowhere = Postbus()
    async with listening(nowhere):
        pass
    sender = OutboxSender(pool, mail.model_copy(update={"smtp_port": nowhere.port}), back_off=())
    await journal.write([with_messages(first, "a", "b")])

    for _ in range(3):
        with pytest.raises(MailServerUnreachable, match="MEEDOEN_SMTP_HOST"):
            await sender.send_waiting()

    rows = await pool.fetch("SELECT * FROM outbox ORDER BY id")
    assert [(row["attempts"], row["failed_at"]) for row in rows] == [(0, None), (0, None)]
    assert "SMTP_HOST" in rows[0]["last_error"]
    async with listening(nowhere):
        assert await sender.send_waiting() == 2


async def test_a_connection_that_breaks_is_made_again(
    journal: Journal, first: JournalEntry, sender: OutboxSender, postbus: Postbus, pool: asyncpg.Pool
) -> None:
    await journal.write([with_messages(first, "a", "b", "c")])

    postbus.hang_ups = 1
    postbus.data_answers.append("421 4.3.2 Tot later")

    await sender.send_waiting()
    await it_is_time(pool)
    await sender.send_waiting()

    assert len(postbus.ids) == len(set(postbus.ids)) == 3
    outcomes = await pool.fetch("SELECT outcome, count(*) FROM outbox_attempt GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in outcomes] == [("later", 2), ("verzonden", 3)]


async def test_two_senders_side_by_side_send_everything_once(
    journal: Journal, first: JournalEntry, directory: Directory, mail: Settings, postbus: Postbus
) -> None:
    await journal.write([with_messages(first, *(f"m{number}" for number in range(30)))])
    under_way, both = 0, asyncio.Event()

    async def wait_for_the_other() -> None:
        nonlocal under_way
        under_way += 1
        if under_way == 2:
            both.set()
        # The first message is held until the second sender has one too.
        await asyncio.wait_for(both.wait(), timeout=30)

    postbus.before_data = wait_for_the_other
    async with open_pool(mail) as one, open_pool(mail) as two:
        sent = await asyncio.gather(
            OutboxSender(one, mail).send_waiting(), OutboxSender(two, mail).send_waiting()
        )

    assert sum(sent) == 30
    assert min(sent) > 0
    assert len(postbus.ids) == len(set(postbus.ids)) == 30


async def test_in_the_background_a_message_leaves_as_soon_as_it_is_written(
    journal: Journal, first: JournalEntry, sender: OutboxSender, postbus: Postbus, pool: asyncpg.Pool
) -> None:
    arrived = asyncio.Event()

    async def tell() -> None:
        arrived.set()

    postbus.before_data = tell
    async with sender:
        # Not before it listens, or the first round would find it without being told.
        await until_somebody_listens(pool, WAITING)
        await journal.write([with_messages(first, "a")])
        # Far less than the time between two rounds.
        await asyncio.wait_for(arrived.wait(), timeout=5)

    assert await pool.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL") == 1


async def test_the_background_goes_on_after_the_database_hung_up(
    journal: Journal, first: JournalEntry, sender: OutboxSender, postbus: Postbus, pool: asyncpg.Pool,
    postgres_url: str,
) -> None:  # fmt: skip
    arrived = asyncio.Event()

    async def tell() -> None:
        arrived.set()

    postbus.before_data = tell
    admin = await asyncpg.connect(postgres_url)
    name = await pool.fetchval("SELECT current_database()")
    async with sender:
        await until_somebody_listens(pool, WAITING)
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        for attempt in range(5):
            try:
                await journal.write([with_messages(first, "a")])
                break
            except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
                # The pool finds out one connection at a time.
                assert attempt < 4
        await asyncio.wait_for(arrived.wait(), timeout=15)
    await admin.close()

    assert len(postbus.taken) == 1


async def test_a_message_without_a_directory_or_template_waits(
    journal: Journal, first: JournalEntry, pool: asyncpg.Pool, mail: Settings, postbus: Postbus
) -> None:
    sender = OutboxSender(pool, mail)
    await journal.write([with_messages(first, "a")])

    assert await sender.send_waiting() == 0
    assert "heeft geen medewerkerslijst" in await pool.fetchval("SELECT last_error FROM outbox")

    await pool.execute("UPDATE outbox SET template = 'bestaat_niet', not_before = now()")
    assert await sender.send_waiting() == 0
    assert "sjabloon 'bestaat_niet'" in await pool.fetchval("SELECT last_error FROM outbox")
    assert postbus.taken == []


async def test_messages_that_stand_still_show_on_the_health_page(
    journal: Journal, first: JournalEntry, sender: OutboxSender, pool: asyncpg.Pool
) -> None:
    await journal.write([with_messages(first, "a")])
    assert await sender.overdue() is None

    await pool.execute("UPDATE outbox SET created = now() - interval '1 hour'")

    assert "blijven liggen" in str(await sender.overdue())
    await sender.send_waiting()
    assert await sender.overdue() is None
