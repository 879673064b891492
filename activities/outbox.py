"""Messages to staff: put down in the transaction of the decision, sent afterwards, none lost.

A message has one Message-ID for ever. When a worker dies between sending and noting it, the same message
goes out again under the same id; mail programs show it once.
"""

import asyncio
import email.policy
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from types import TracebackType
from typing import Any, NamedTuple, Self

import aiosmtplib
import asyncpg
import structlog
from prometheus_client import Counter

from activities.directory import Directory, DirectoryEmpty
from activities.messages import MessageError, write_letter
from activities.sealing import ERASED, storable
from domain.base import Explained
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
SMTP_SECONDS = 20.0
"""For each step of the conversation with the mail server."""
SEND_SECONDS = 60.0
"""For one message; below the time that PostgreSQL lets a transaction wait."""
OVERDUE = timedelta(minutes=15)

# Not every mail program understands a Message-ID that is folded over two lines.
_ON_THE_LINE = email.policy.SMTP.clone(max_line_length=900)
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
            storable(_params(entry.snapshot, message)),
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
        async with _MailServer(self._settings) as server:
            while not self._rounds.stopping:
                outcome = await self._send_one(server)
                if outcome is None:
                    break
                sent += outcome
        return sent

    async def overdue(self) -> str | None:
        """For a health page: None, or a Dutch sentence when messages stand still."""
        oldest: datetime | None = await self._pool.fetchval(_OLDEST)
        if oldest is None or datetime.now(UTC) - oldest < OVERDUE:
            return None
        return (
            "Berichten aan medewerkers blijven liggen; het oudste wacht sinds "
            f"{oldest:%d-%m-%Y %H:%M} UTC. Controleer de mailserver en MEEDOEN_SMTP_HOST."
        )

    async def _send_one(self, server: "_MailServer") -> int | None:
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

    def _outcome(self, row: Any, number: int, attempt: "_Attempt") -> str:
        if attempt.later and number <= len(self._back_off):
            return _LATER
        # Whoever got it can act; that another address is wrong stays noted beside it.
        if not attempt.error or attempt.taken or row["delivered_to"]:
            return _SENT
        return _GIVEN_UP if attempt.later else _REFUSED

    def _wait_after(self, number: int) -> timedelta:
        return self._back_off[min(number, len(self._back_off)) - 1] if self._back_off else timedelta()

    async def _attempt(self, connection: asyncpg.Connection, server: "_MailServer", row: Any) -> "_Attempt":
        subject = row["subject"] or ""
        try:
            letter = write_letter(row["template"], journey_id=row["journey_id"], params=row["params"])
            subject = letter.subject
            # The journey of a demo is ahead of us, a message that waited is behind: absence is of the later.
            on = max(civil_date(row["at"]), civil_date(datetime.now(UTC)))
            to = Recipient(role=row["role"], team=row["team"], person=row["person"])
            everybody = await Directory(connection).addresses(row["gemeente"], to, on)
        except (MessageError, DirectoryEmpty) as error:
            return _Attempt(subject, later=True, error=str(error))
        left = [address for address in everybody if address not in row["delivered_to"]]
        if not left:
            return _Attempt(subject)
        message = EmailMessage()
        message["From"] = self._settings.mail_from
        message["To"] = ", ".join(everybody)
        message["Subject"] = subject
        message["Date"] = format_datetime(row["created"].astimezone(UTC))
        message["Message-ID"] = row["message_id"]
        message["Auto-Submitted"] = "auto-generated"
        # What Exchange understands of that.
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(letter.body, cte="quoted-printable")
        return (await server.send(message, left))._replace(subject=subject)


class MailServerUnreachable(Explained):
    """The mail server does not answer or does not let us in; the message is a Dutch sentence."""


class _Attempt(NamedTuple):
    """What came of one attempt."""

    subject: str
    taken: tuple[str, ...] = ()
    """Who the server took it for."""
    later: bool = False
    """Trying again may help."""
    of_server: bool = False
    """It is about the server, not about this message."""
    error: str = ""
    code: int | None = None


class _MailServer:
    """One SMTP connection, made when the first message goes, and again after trouble."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: aiosmtplib.SMTP | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            await client.quit(timeout=2)
        client.close()

    async def send(self, message: EmailMessage, to: Sequence[str]) -> _Attempt:
        """Hand over one message. Never raises for what a server says or does."""
        try:
            client = await self._connected()
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return _Attempt("", later=True, of_server=True, error=_unreachable(error), code=_code(error))
        # The addresses are ASCII and the body is quoted-printable, so any server can take it.
        content = message.as_bytes(policy=_ON_THE_LINE)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                refused, _ = await client.sendmail(self._settings.mail_from, list(to), content)
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _refused({one.recipient: (one.code, one.message) for one in error.recipients}, to)
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
            return _Attempt(
                "", later=error.code < 500, error=f"{error.code} {error.message}", code=error.code
            )
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            # Perhaps it is this message that the server chokes on: it may not hold up the others.
            self._drop()
            error_text = f"De verbinding brak af tijdens het versturen ({type(error).__name__})."
            return _Attempt("", later=True, error=error_text, code=_code(error))
        return _refused({who: (said.code, said.message) for who, said in refused.items()}, to)

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username or None,
            password=settings.smtp_password.get_secret_value() or None,
            start_tls=settings.smtp_starttls,
            timeout=SMTP_SECONDS,
        )
        await client.connect()
        self._client = client
        return client

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def _tell(row: Any, number: int, outcome: str, attempt: _Attempt) -> None:
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


def _refused(said: dict[str, tuple[int, str]], to: Sequence[str]) -> _Attempt:
    taken = tuple(address for address in to if address not in said)
    if not said:
        return _Attempt("", taken)
    # One that may still take it keeps the message going; who took it does not get it again.
    later = any(code < 500 for code, _ in said.values())
    error = "; ".join(f"{address}: {code} {text}" for address, (code, text) in said.items())
    return _Attempt("", taken, later=later, error=error, code=min(code for code, _ in said.values()))


def _unreachable(error: Exception) -> str:
    return (
        f"De mailserver neemt nu niets aan ({type(error).__name__}). Controleer of hij draait en of "
        "MEEDOEN_SMTP_HOST, _PORT, _USERNAME en _PASSWORD kloppen."
    )


def _code(error: Exception) -> int | None:
    return error.code if isinstance(error, aiosmtplib.SMTPResponseException) else None


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
