"""A message that failed or came back is noted and reported once, over SMTP or from a pipe."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import aiosmtplib
import asyncpg
import pytest
import pytest_asyncio

from activities.bounce_mail import LARGEST_BYTES
from activities.bounces import BounceError, Bounces, BounceServer
from activities.clients import Clients
from activities.directory import Directory
from activities.journal import Journal
from activities.outbox import OutboxSender
from activities.post import post
from activities.undelivered import StateOf, UndeliveredReporter
from domain.base import Explained
from domain.happenings import Actor, Refused
from runtime.keys import KeyRing
from runtime.settings import Settings
from sandbox.bouncing import bounce
from tests.activities.conftest import MAIL_DOMAIN
from tests.activities.postbus import Postbus, listening
from tests.activities.told import breached, register, reported
from tests.servers import free_port

SENDER = "meedoen@deventer.example"


class Journeys:
    """Stands where the journeys are, and keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, dict[str, Any], str]] = []
        self.answers: list[Exception] = []

    async def act(
        self,
        journey_id: str,
        name: str,
        /,
        *,
        by: Actor,
        data: dict[str, Any],
        act_id: str,
        state_of: StateOf,
    ) -> None:
        assert by == Actor(code="systeem", role="systeem")
        if self.answers:
            raise self.answers.pop(0)
        self.told.append((journey_id, name, data, act_id))


@pytest.fixture
def journeys() -> Journeys:
    return Journeys()


@pytest.fixture
def reporter(pool: asyncpg.Pool, journal: Journal, journeys: Journeys) -> UndeliveredReporter:
    return UndeliveredReporter(pool, journeys.act, journal.state)


@pytest_asyncio.fixture(loop_scope="session")
async def message_ids(journal: Journal, clients: Clients, pool: asyncpg.Pool) -> list[str]:
    """Message-IDs of a late talk, taken by a mail server."""
    await journal.write(breached(await register(clients)).entries())
    await pool.execute("UPDATE outbox SET sent_at = now()")
    return [row["message_id"] for row in await pool.fetch("SELECT message_id FROM outbox ORDER BY id")]


@pytest_asyncio.fixture(loop_scope="session")
async def door(pool: asyncpg.Pool, settings: Settings) -> AsyncIterator[Settings]:
    """Where bounces are taken."""
    at = settings.model_copy(update={"bounce_port": free_port()})
    async with BounceServer(Bounces(pool, MAIL_DOMAIN), at):
        yield at


def returned(message_id: str) -> bytes:
    return bounce(SENDER, ["j.jansen@deventer.example"], f"Message-ID: {message_id}\r\n\r\nTekst".encode())


async def offer(door: Settings, content: bytes, to: str = SENDER) -> str:
    async with aiosmtplib.SMTP(hostname=door.bounce_host, port=door.bounce_port, start_tls=False) as client:
        _, said = await client.sendmail("", [to], content)
    return said


async def test_a_bounce_over_smtp_is_told_to_the_journey_once(
    door: Settings,
    message_ids: list[str],
    reporter: UndeliveredReporter,
    journeys: Journeys,
    pool: asyncpg.Pool,
) -> None:
    assert "teruggekomen" in await offer(door, returned(message_ids[1]))
    assert "al_bekend" in await offer(door, returned(message_ids[1]))

    assert await reporter.report_waiting() == 1
    assert await reporter.report_waiting() == 0

    [(journey, name, data, act_id)] = journeys.told
    assert (journey, name) == ("klantroute-deventer-1-1", "bericht_niet_aangekomen")
    assert act_id == f"bericht-{message_ids[1][1:41]}"
    assert (data["reden"], data["termijn"]) == ("teruggekomen", "eerste_gesprek-1")
    assert "@" not in str(data)
    rows = await pool.fetch("SELECT outcome, error FROM outbox_attempt")
    assert [tuple(row) for row in rows] == [("teruggekomen", "5.1.1 smtp; 550 5.1.1 User unknown")]


async def test_late_is_noted_and_nobody_is_asked(
    pool: asyncpg.Pool, message_ids: list[str], reporter: UndeliveredReporter
) -> None:
    late = returned(message_ids[0]).replace(b"Action: failed", b"Action: delayed")
    bounces = Bounces(pool, MAIL_DOMAIN)
    assert (await bounces.take(late)).outcome == "later"
    assert await reporter.report_waiting() == 0
    assert await pool.fetchval("SELECT outcome FROM outbox_attempt") == "later"
    # And when it is lost after all, it is told.
    assert (await bounces.take(returned(message_ids[0]))).outcome == "teruggekomen"
    assert await reporter.report_waiting() == 1


async def test_a_message_that_nobody_sent_changes_nothing(
    door: Settings, message_ids: list[str], pool: asyncpg.Pool
) -> None:
    assert "onbekend" in await offer(door, returned(f"<{'0' * 40}@{MAIL_DOMAIN}>"))
    assert "geen_bounce" in await offer(door, b"Subject: Hallo\r\n\r\nGroeten")
    assert await pool.fetchval("SELECT count(*) FROM outbox_attempt") == 0


async def test_the_door_is_for_the_sender_only_and_for_small_mail(door: Settings) -> None:
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await offer(door, b"Subject: x\r\n\r\n", to="iemand@elders.example")
    with pytest.raises(aiosmtplib.SMTPResponseException, match="552"):
        await offer(door, b"Subject: x\r\n\r\n" + b"x" * LARGEST_BYTES)


async def test_an_address_that_is_not_ours_gets_a_sentence(settings: Settings, pool: asyncpg.Pool) -> None:
    # An address for documentation: no machine has it (RFC 5737).
    elsewhere = settings.model_copy(update={"bounce_port": free_port(), "bounce_host": "192.0.2.1"})
    with pytest.raises(BounceError, match="MEEDOEN_BOUNCE_PORT"):
        async with BounceServer(Bounces(pool, MAIL_DOMAIN), elsewhere):
            pass


async def test_of_two_workers_on_a_machine_the_second_takes_over_when_the_first_ends(
    settings: Settings, pool: asyncpg.Pool
) -> None:
    at = settings.model_copy(update={"bounce_port": free_port()})
    first, second = (BounceServer(Bounces(pool, MAIL_DOMAIN), at) for _ in range(2))
    async with first, second:
        await first.__aexit__(None, None, None)
        async with asyncio.timeout(20):
            while True:
                with suppress(aiosmtplib.SMTPConnectError):
                    assert "geen_bounce" in await offer(at, b"Subject: Hallo\r\n\r\nGroeten")
                    return
                await asyncio.sleep(0.1)


async def test_a_refused_message_is_told_with_the_reason_and_the_rest_goes_on(
    journal: Journal, clients: Clients, directory: Directory, settings: Settings, pool: asyncpg.Pool,
    journeys: Journeys, keys: KeyRing,
) -> None:  # fmt: skip
    async with listening(Postbus()) as postbus:
        mail = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": postbus.port})
        postbus.refuse("550 5.1.1 Adres onbekend")
        told = breached(await register(clients))
        async with post(pool, mail, keys, journeys.act):
            await journal.write(told.entries())
            async with asyncio.timeout(20):
                while await pool.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL") > 1:
                    await asyncio.sleep(0.05)
                while not await pool.fetchval("SELECT count(reported_at) FROM outbox"):
                    await asyncio.sleep(0.05)
    [(_, _, data, _)] = journeys.told
    assert data["reden"] == "geweigerd"


async def test_one_that_was_given_up_says_so(
    journal: Journal, clients: Clients, directory: Directory, settings: Settings, pool: asyncpg.Pool,
    reporter: UndeliveredReporter, journeys: Journeys,
) -> None:  # fmt: skip
    async with listening(Postbus()) as postbus:
        mail = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": postbus.port})
        postbus.refuse(*["452 4.3.1 Vol"] * 99)
        await journal.write(breached(await register(clients)).entries())
        await OutboxSender(pool, mail, back_off=()).send_waiting()
    await reporter.report_waiting()
    assert {data["reden"] for _, _, data, _ in journeys.told} == {"opgegeven"}


async def test_a_journey_that_cannot_take_it_holds_no_other_up_and_is_asked_again(
    message_ids: list[str], pool: asyncpg.Pool, journal: Journal, journeys: Journeys
) -> None:
    moment = 0.0
    reporter = UndeliveredReporter(pool, journeys.act, journal.state, clock=lambda: moment)
    await pool.execute("UPDATE outbox SET bounced_at = now()")
    journeys.answers = [Refused("Deze handeling bestaat niet in deze uitgave."), Explained("Geen antwoord.")]
    assert await reporter.report_waiting() == len(message_ids) - 2
    assert await reporter.report_waiting() == 0
    moment = 3600.0
    assert await reporter.report_waiting() == 2
    assert len({act_id for *_, act_id in journeys.told}) == len(message_ids)


async def test_nobody_is_asked_about_an_erased_client(
    journal: Journal, clients: Clients, pool: asyncpg.Pool, reporter: UndeliveredReporter, journeys: Journeys
) -> None:
    ended = breached(await register(clients)).act(
        "2026-06-01T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="op eigen verzoek"
    )
    await journal.write(ended.entries())
    await pool.execute("UPDATE outbox SET bounced_at = now()")
    await clients.erase("deventer", 1)
    assert await reporter.report_waiting() == 0
    assert journeys.told == []
    assert await pool.fetchval("SELECT count(*) FROM outbox WHERE reported_at IS NULL") == 0


async def test_a_message_that_is_sent_again_after_a_bounce_counts_on(
    journal: Journal, clients: Clients, directory: Directory, settings: Settings, pool: asyncpg.Pool
) -> None:
    await journal.write(reported(await register(clients)).until("2026-05-08T23:00").entries())
    message = await pool.fetchval("SELECT message_id FROM outbox ORDER BY id LIMIT 1")
    assert (await Bounces(pool, MAIL_DOMAIN).take(returned(message))).outcome == "teruggekomen"
    async with listening(Postbus()) as postbus:
        mail = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": postbus.port})
        await OutboxSender(pool, mail).send_waiting()
    rows = await pool.fetch(
        "SELECT number, outcome FROM outbox_attempt JOIN outbox ON id = outbox_id WHERE message_id = $1 "
        "ORDER BY number",
        message,
    )
    assert [tuple(row) for row in rows] == [(1, "teruggekomen"), (2, "verzonden")]
