"""Messages to staff: put down in the transaction of the decision, sent afterwards, none lost.

A message has one Message-ID for ever. When a worker dies between sending and noting it, the same message
goes out again under the same id; mail programs show it once.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import asyncpg
import structlog
from prometheus_client import Counter

from activities import digest
from activities.directory import Directory, DirectoryEmpty
from activities.mail_server import Attempt, MailServer, MailServerUnreachable, compose
from activities.messages import Letter, MessageError, write_letter
from activities.sealing import ERASED, storable
from domain.calendars import civil_date
from domain.clock import Clock
from domain.happenings import Message, Recipient
from domain.policy import Policy
from domain.projection import JournalEntry, Snapshot
from runtime.demo_clock import clock_of
from runtime.policies import load_policy
from runtime.rounds import InRounds, Rounds
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
            message.digest,
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
    oldest: datetime | None = await pool.fetchval(_OLDEST, digest.FORGOTTEN)
    if oldest is None or datetime.now(UTC) - oldest < OVERDUE:
        return None
    return (
        "Berichten aan medewerkers blijven liggen; het oudste wacht sinds "
        f"{oldest:%d-%m-%Y %H:%M} UTC. Controleer de mailserver en MEEDOEN_SMTP_HOST."
    )


class OutboxSender(InRounds):
    """Sends what waits in the outbox while its ``async with`` lasts.

    Any number of processes may do this side by side: a message is locked by the one that sends it.

    Args:
        pool: the database.
        settings: the mail server.
        back_off: see `BACK_OFF`.
        policy_of: when a municipality sends its digests; None: as the policy files say.
        clock: by which journeys live; None: that of the settings.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        settings: Settings,
        *,
        back_off: Sequence[timedelta] = BACK_OFF,
        policy_of: Callable[[str], Policy] | None = None,
        clock: Callable[[], Clock] | None = None,
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._back_off = tuple(back_off)
        self._policy_of = policy_of or (lambda name: load_policy(name, settings.policies_dir))
        self._clock = clock or (lambda: clock_of(settings))
        self._rounds = Rounds(
            pool, WAITING, self.send_waiting, seconds=POLL_SECONDS, trouble="berichten kunnen nu niet weg"
        )

    async def send_waiting(self) -> int:
        """Try every message and every digest whose time has come, once.

        Returns:
            How many mails were sent.

        Raises:
            MailServerUnreachable: nothing can be sent now; the messages wait.
        """
        sent = 0
        await digest.gather(
            self._pool, self._policy_of, self._clock(), datetime.now(UTC), self._settings.mail_domain
        )
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
        """Try one mail: 1 sent, 0 not sent, None nothing waits."""
        async with self._pool.acquire() as connection, connection.transaction():
            # The lock lasts until it is noted; dies this process, the lock goes and another one sends.
            row = await connection.fetchrow(_NEXT)
            if row is None:
                return None
            mail = await self._mail(connection, row)
            if not mail.rows:
                return 0
            attempt = await self._attempt(connection, server, mail)
            ids = [each["id"] for each in mail.rows]
            if attempt.of_server:
                # The message was not offered: it stays first in the line.
                await connection.execute(_NOTE_TROUBLE, ids, attempt.error)
                outcome, number = _LATER, row["attempts"]
            else:
                number = row["attempts"] + 1
                outcome = self._outcome(row, number, attempt)
                delivered = sorted({*row["delivered_to"], *attempt.taken})
                await connection.execute(
                    _NOTE, ids, outcome, attempt.subject, delivered, self._wait_after(number), attempt.error
                )
                await connection.execute(_NOTE_ATTEMPT, ids, outcome, attempt.error)
                if outcome in (_REFUSED, _GIVEN_UP):
                    await connection.execute("SELECT pg_notify($1, '')", UNDELIVERED)
        if attempt.of_server:
            raise MailServerUnreachable(attempt.error)
        _tell(mail, number, outcome, attempt)
        return 1 if outcome == _SENT else 0

    async def _mail(self, connection: asyncpg.Connection, row: Any) -> "_Mail":
        """What goes out with a message: itself alone, or all that is still to be told of its digest."""
        if row["digest"] is None:

            def write() -> Letter:
                return write_letter(row["template"], journey_id=row["journey_id"], params=row["params"])

            return _Mail((row,), row["message_id"], row["created"], write)
        members = await digest.members(connection, row["digest"])
        await digest.lapse(connection, members.resolved)
        return _Mail(members.open, row["digest"], row["gathered_at"], members.letter)

    def _outcome(self, row: Any, number: int, attempt: Attempt) -> str:
        if attempt.later and number <= len(self._back_off):
            return _LATER
        # Whoever got it can act; that another address is wrong stays noted beside it.
        if not attempt.error or attempt.taken or row["delivered_to"]:
            return _SENT
        return _GIVEN_UP if attempt.later else _REFUSED

    def _wait_after(self, number: int) -> timedelta:
        return self._back_off[min(number, len(self._back_off)) - 1] if self._back_off else timedelta()

    async def _attempt(self, connection: asyncpg.Connection, server: MailServer, mail: "_Mail") -> Attempt:
        row = mail.rows[0]
        subject = row["subject"] or ""
        try:
            letter = mail.write()
            subject = letter.subject
            # The journey of a demo is ahead of us, a message that waited is behind: absence is of the later.
            on = max(*(civil_date(each["at"]) for each in mail.rows), civil_date(datetime.now(UTC)))
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
            written=mail.written,
            message_id=mail.message_id,
        )
        return (await server.send(message, left))._replace(subject=subject)


class _Mail(NamedTuple):
    """One mail under way."""

    rows: tuple[Any, ...]
    """The messages in it; of a digest all those that are still to be told."""
    message_id: str
    written: datetime
    write: Callable[[], Letter]


def _tell(mail: _Mail, number: int, outcome: str, attempt: Attempt) -> None:
    facts: dict[str, Any] = {"bericht": mail.message_id, "poging": number}
    if mail.rows[0]["digest"] is None:
        facts["klantroute"] = mail.rows[0]["journey_id"]
    else:
        facts["berichten"] = len(mail.rows)
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


# Also a worker of an earlier release leaves alone what waits until infinity.
_PUT = """
    INSERT INTO outbox (message_id, journey_id, key, at, role, team, person, template, params, bundled, not_before)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, CASE WHEN $10 THEN 'infinity' ELSE now() END)
    ON CONFLICT DO NOTHING
"""
_FORGET = """
    UPDATE outbox SET params = (params - 'waarom') || $3::jsonb
    WHERE journey_id IN (SELECT journey_id FROM journey WHERE gemeente = $1 AND client_number = $2)
"""
_WAITS = "sent_at IS NULL AND failed_at IS NULL AND lapsed_at IS NULL"
# Of a digest its first message is taken, and the others with it: two senders never have a part each.
_NEXT = f"""
    SELECT o.*, j.gemeente
    FROM outbox o JOIN journey j USING (journey_id)
    WHERE {_WAITS} AND o.not_before <= now()
        AND CASE WHEN o.bundled THEN o.id = (SELECT min(id) FROM outbox WHERE digest = o.digest AND {_WAITS})
            ELSE true END
    ORDER BY o.not_before, o.id
    LIMIT 1
    FOR UPDATE OF o SKIP LOCKED
"""
_NOTE = """
    UPDATE outbox SET attempts = attempts + 1, subject = $3, delivered_to = $4, last_error = $6,
        not_before = clock_timestamp() + $5::interval,
        sent_at = CASE WHEN $2 = 'verzonden' THEN clock_timestamp() END,
        failed_at = CASE WHEN $2 IN ('geweigerd', 'opgegeven') THEN clock_timestamp() END
    WHERE id = ANY ($1::bigint[])
"""
_NOTE_ATTEMPT = """
    INSERT INTO outbox_attempt (outbox_id, number, at, outcome, error)
    SELECT id, attempts, clock_timestamp(), $2, $3 FROM outbox WHERE id = ANY ($1::bigint[])
"""
_NOTE_TROUBLE = "UPDATE outbox SET last_error = $2 WHERE id = ANY ($1::bigint[])"
# What waits for its digest may wait as long as that takes.
_OLDEST = f"""
    SELECT min(CASE WHEN NOT bundled THEN created ELSE coalesce(gathered_at, created + $1::interval) END)
    FROM outbox WHERE {_WAITS}
"""
