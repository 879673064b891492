"""Messages to staff: put down in the transaction of the decision, sent afterwards, none lost.

A message has one Message-ID for ever. When a worker dies between sending and noting it, the same message
goes out again under the same id; mail programs show it once.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import asyncpg
import structlog
from prometheus_client import Counter

from activities.directory import Directory, DirectoryEmpty
from activities.mail_server import Attempt, MailServer, MailServerUnreachable, compose
from activities.messages import MessageError, write_letter
from activities.sealing import ERASED, storable
from domain.calendars import civil_date
from domain.happenings import Message, Recipient
from domain.projection import JournalEntry, Snapshot
from runtime.rounds import Rounds
from runtime.settings import Settings

WAITING = "meedoen_outbox"
"""Channel of ``pg_notify``: there is something to send."""
UNDELIVERED = "meedoen_undelivered"
"""Channel of ``pg_notify``: a message did not arrive, and a person must hear of it."""

BACK_OFF = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 21600, 28800, 43200)
)
"""How long to wait after each attempt at one message; after the last one (34 hours) it has failed."""

POLL_SECONDS = 10.0
OVERDUE = timedelta(minutes=15)

_SENT, _LATER, _REFUSED, _GIVEN_UP = "verzonden", "later", "geweigerd", "opgegeven"

_log = structlog.get_logger(__name__)
_sent = Counter("meedoen_messages_sent", "Messages to staff that a mail server took")
_failed = Counter("meedoen_messages_failed", "Messages to staff that were given up: an alarm")


async def put(connection: asyncpg.Connection, entries: Sequence[JournalEntry], mail_domain: str) -> int:
    """Put the messages of new journal entries in the outbox, in their transaction.

    Args:
        connection: in the transaction that writes the entries.
        entries: decisions with messages.
        mail_domain: right-hand side of the Message-ID.

    Returns:
        How many messages there were. One that was there already stays as it is.
    """
    rows = [
        (
            message_id(entry.journey_id, message.key, mail_domain),
            entry.journey_id,
            storable(message.key),
            message.at,
            message.to.role,
            storable(message.to.team),
            storable(message.to.person),
            message.template,
            storable(_params(entry.snapshot, message) | _late(entry, message)),
        )
        for entry in entries
        for message in entry.messages
    ]
    if rows:
        await connection.executemany(_PUT, rows)
    return len(rows)


async def forget_texts(connection: asyncpg.Connection, gemeente: str, client_number: int) -> None:
    """Empty what messages say about an erased client; who was told when stays."""
    await connection.execute(_FORGET, gemeente, client_number, {"tekst": ERASED})


def message_id(journey_id: str, key: str, mail_domain: str) -> str:
    """The Message-ID of a message: the same for ever, and it says nothing about anybody."""
    digest = hashlib.sha256(f"{journey_id}\x00{key}".encode()).hexdigest()
    return f"<{digest[:40]}@{mail_domain}>"


async def overdue(pool: asyncpg.Pool) -> str | None:
    """None, or a Dutch sentence when messages stand still."""
    oldest: datetime | None = await pool.fetchval(_OLDEST)
    if oldest is None or datetime.now(UTC) - oldest < OVERDUE:
        return None
    return (
        "Berichten aan medewerkers blijven liggen; het oudste wacht sinds "
        f"{oldest:%d-%m-%Y %H:%M} UTC. Controleer de mailserver en MEEDOEN_SMTP_HOST."
    )


class OutboxSender:
    """Sends what waits in the outbox while its ``async with`` lasts.

    Any number of processes may do this side by side: a message is locked by the one that sends it.

    Args:
        pool: the database.
        settings: the mail server.
        back_off: see `BACK_OFF`.
    """

    def __init__(
        self, pool: asyncpg.Pool, settings: Settings, *, back_off: Sequence[timedelta] = BACK_OFF
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._back_off = tuple(back_off)
        self._rounds = Rounds(
            pool, WAITING, self.send_waiting, seconds=POLL_SECONDS, trouble="berichten kunnen nu niet weg"
        )

    async def __aenter__(self) -> Self:
        """Start sending in the background."""
        await self._rounds.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the message under way; the rest waits for another process."""
        await self._rounds.__aexit__(kind, error, trace)

    async def send_waiting(self) -> int:
        """Try every message whose time has come, once.

        Returns:
            How many were sent.

        Raises:
            MailServerUnreachable: nothing can be sent now; the messages wait.
        """
        sent = 0
        async with MailServer(self._settings) as server:
            while not self._rounds.stopping:
                outcome = await self._send_one(server)
                if outcome is None:
                    break
                sent += outcome
        return sent

    async def overdue(self) -> str | None:
        """For a health page: None, or a Dutch sentence when messages stand still."""
        return await overdue(self._pool)

    async def _send_one(self, server: MailServer) -> int | None:
        """Try one message: 1 sent, 0 not sent, None nothing waits."""
        async with self._pool.acquire() as connection, connection.transaction():
            # The lock lasts until it is noted; dies this process, the lock goes and another one sends.
            row = await connection.fetchrow(_NEXT)
            if row is None:
                return None
            attempt = await self._attempt(connection, server, row)
            if attempt.of_server:
                # The message was not offered: it stays first in the line.
                await connection.execute(_NOTE_TROUBLE, row["id"], attempt.error)
                outcome, number = _LATER, row["attempts"]
            else:
                number = row["attempts"] + 1
                outcome = self._outcome(row, number, attempt)
                delivered = sorted({*row["delivered_to"], *attempt.taken})
                await connection.execute(
                    _NOTE, row["id"], number, outcome, attempt.subject, delivered, self._wait_after(number),
                    attempt.error,
                )  # fmt: skip
                await connection.execute(_NOTE_ATTEMPT, row["id"], number, outcome, attempt.error)
                if outcome in (_REFUSED, _GIVEN_UP):
                    await connection.execute("SELECT pg_notify($1, '')", UNDELIVERED)
        if attempt.of_server:
            raise MailServerUnreachable(attempt.error)
        _tell(row, number, outcome, attempt)
        return 1 if outcome == _SENT else 0

    def _outcome(self, row: Any, number: int, attempt: Attempt) -> str:
        if attempt.later and number <= len(self._back_off):
            return _LATER
        # Whoever got it can act; that another address is wrong stays noted beside it.
        if not attempt.error or attempt.taken or row["delivered_to"]:
            return _SENT
        return _GIVEN_UP if attempt.later else _REFUSED

    def _wait_after(self, number: int) -> timedelta:
        return self._back_off[min(number, len(self._back_off)) - 1] if self._back_off else timedelta()

    async def _attempt(self, connection: asyncpg.Connection, server: MailServer, row: Any) -> Attempt:
        subject = row["subject"] or ""
        try:
            letter = write_letter(row["template"], journey_id=row["journey_id"], params=row["params"])
            subject = letter.subject
            # The journey of a demo is ahead of us, a message that waited is behind: absence is of the later.
            on = max(civil_date(row["at"]), civil_date(datetime.now(UTC)))
            to = Recipient(role=row["role"], team=row["team"], person=row["person"])
            everybody = await Directory(connection).addresses(row["gemeente"], to, on)
        except (MessageError, DirectoryEmpty) as error:
            return Attempt(subject, later=True, error=str(error))
        left = [address for address in everybody if address not in row["delivered_to"]]
        if not left:
            return Attempt(subject)
        message = compose(
            self._settings.mail_from,
            everybody,
            subject=letter.subject,
            body=letter.body,
            written=row["created"],
            message_id=row["message_id"],
        )
        return (await server.send(message, left))._replace(subject=subject)


def _tell(row: Any, number: int, outcome: str, attempt: Attempt) -> None:
    facts = {"klantroute": row["journey_id"], "bericht": row["message_id"], "poging": number}
    if outcome == _LATER:
        _log.warning("bericht gaat later opnieuw", code=attempt.code, **facts)
    elif outcome in (_REFUSED, _GIVEN_UP):
        _failed.inc()
        _log.critical("alarm: een bericht is niet aangekomen", code=attempt.code, **facts)
    else:
        _sent.inc()
        if attempt.error:
            _log.error("een van de ontvangers weigert het bericht", code=attempt.code, **facts)


def _late(entry: JournalEntry, message: Message) -> dict[str, str]:
    """When the message should have come, if that is a day or more ago: something stood still."""
    if entry.handled_at - message.at < timedelta(days=1):
        return {}
    return {"bedoeld": civil_date(message.at).isoformat()}


def _params(shown: Snapshot, message: Message) -> dict[str, str]:
    """The message's own params, with by when and why where the journey knows it."""
    params: dict[str, str] = {}
    term = next((row for row in shown.terms if row.id == message.params.get("termijn")), None)
    task = next((row for row in shown.tasks if row.id == message.params.get("taak")), None)
    if term is not None:
        params = {"uiterlijk": term.legal_end.isoformat(), "waarom": term.source}
    elif task is not None and task.due is not None:
        params = {"uiterlijk": task.due.isoformat()}
    return params | message.params


_PUT = """
    INSERT INTO outbox (message_id, journey_id, key, at, role, team, person, template, params)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT DO NOTHING
"""
_FORGET = """
    UPDATE outbox SET params = (params - 'waarom') || $3::jsonb
    WHERE journey_id IN (SELECT journey_id FROM journey WHERE gemeente = $1 AND client_number = $2)
"""
_NEXT = """
    SELECT o.*, j.gemeente
    FROM outbox o JOIN journey j USING (journey_id)
    WHERE o.sent_at IS NULL AND o.failed_at IS NULL AND o.not_before <= now()
    ORDER BY o.not_before, o.id
    LIMIT 1
    FOR UPDATE OF o SKIP LOCKED
"""
_NOTE = """
    UPDATE outbox SET attempts = $2, subject = $4, delivered_to = $5, last_error = $7,
        not_before = clock_timestamp() + $6::interval,
        sent_at = CASE WHEN $3 = 'verzonden' THEN clock_timestamp() END,
        failed_at = CASE WHEN $3 IN ('geweigerd', 'opgegeven') THEN clock_timestamp() END
    WHERE id = $1
"""
_NOTE_ATTEMPT = """
    INSERT INTO outbox_attempt (outbox_id, number, at, outcome, error)
    VALUES ($1, $2, clock_timestamp(), $3, $4)
"""
_NOTE_TROUBLE = "UPDATE outbox SET last_error = $2 WHERE id = $1"
_OLDEST = "SELECT min(created) FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL"
