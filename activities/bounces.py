"""Mail that came back: noted at the message that it is about, from a pipe or over SMTP."""

import asyncio
import errno
import logging
from contextlib import AbstractAsyncContextManager
from email.utils import parseaddr
from types import TracebackType
from typing import Literal, NamedTuple, Self

import asyncpg
import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session
from prometheus_client import Counter

from activities.bounce_mail import LARGEST_BYTES, read_bounce
from activities.outbox import UNDELIVERED
from domain.base import Explained
from runtime.settings import Settings

MOST_ATTEMPTS = 100
"""Rows per message: who knows a Message-ID may not fill the disk with reports about it."""
MOST_SESSIONS = 20
SESSION_SECONDS = 60.0

_log = structlog.get_logger(__name__)
_bounced = Counter(
    "meedoen_messages_bounced", "Messages to staff that came back after a mail server took them"
)
# It names senders and receivers.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


class BounceError(Explained):
    """Mail that came back cannot be taken; the message is a Dutch sentence."""


class Taken(NamedTuple):
    """What came of one mail."""

    outcome: Literal["teruggekomen", "later", "al_bekend", "onbekend", "geen_bounce"]
    message_id: str = ""

    @property
    def sentence(self) -> str:
        return _SENTENCES[self.outcome].format(bericht=self.message_id)


class Bounces:
    """Notes bounces in the outbox; the same one twice counts once.

    Args:
        pool: the database.
        mail_domain: right-hand side of our Message-IDs.
    """

    def __init__(self, pool: asyncpg.Pool, mail_domain: str) -> None:
        self._pool = pool
        self._mail_domain = mail_domain

    async def take(self, content: bytes) -> Taken:
        """Take one mail in.

        Args:
            content: as it came.

        Raises:
            asyncpg.PostgresError, OSError: PostgreSQL cannot take it now; offer the mail again later.
        """
        bounce = read_bounce(content, self._mail_domain)
        if bounce is None:
            return Taken("geen_bounce")
        facts = {"bericht": bounce.message_id}
        async with self._pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(_LOCK, bounce.message_id)
            if not rows:
                _log.warning("een bericht kwam terug dat hier niet bekend is", **facts)
                return Taken("onbekend", bounce.message_id)
            outcome: Literal["teruggekomen", "later"] = "teruggekomen" if bounce.lost else "later"
            noted = []
            # Of a digest every journey in it was not told.
            for row in rows:
                known = await connection.fetchval(_KNOWN, row["id"], outcome, bounce.reason)
                if known or row["attempts"] >= MOST_ATTEMPTS:
                    continue
                number = row["attempts"] + 1
                await connection.execute(_NOTE_ATTEMPT, row["id"], number, outcome, bounce.reason)
                await connection.execute(_NOTE, row["id"], number, bounce.lost)
                noted.append(row["journey_id"])
            if not noted:
                return Taken("al_bekend", bounce.message_id)
            if bounce.lost:
                await connection.execute("SELECT pg_notify($1, '')", UNDELIVERED)
        if bounce.lost:
            _bounced.inc()
        for journey_id in noted:
            if bounce.lost:
                _log.critical("alarm: een bericht is teruggekomen", klantroute=journey_id, **facts)
            else:
                _log.warning("een bericht is vertraagd", klantroute=journey_id, **facts)
        return Taken(outcome, bounce.message_id)


TAKE_OVER_SECONDS = 2.0
"""How often a worker looks whether the port for bounces has come free."""


class BounceServer(AbstractAsyncContextManager["BounceServer"]):
    """Listens for mail that comes back, for the sender's address only, while its ``async with`` lasts.

    Of several workers on one machine one listens; another takes over when that one ends.

    Args:
        bounces: takes each mail in.
        settings: ``bounce_host`` and ``bounce_port`` (0: listen nowhere), ``mail_from``.
    """

    def __init__(self, bounces: Bounces, settings: Settings) -> None:
        self._bounces = bounces
        self._host, self._port = settings.bounce_host, settings.bounce_port
        self._address = parseaddr(settings.mail_from)[1].lower()
        self._server: asyncio.Server | None = None
        self._waiting: asyncio.Task[None] | None = None
        self._sessions: list[SMTP] = []

    async def __aenter__(self) -> Self:
        """Start to listen, or wait until somebody else stops listening there.

        Raises:
            BounceError: this program can never have the port.
        """
        if self._port and not await self._listens():
            _log.warning(
                "een ander luistert al naar teruggekomen mail; deze worker neemt het over", poort=self._port
            )
            self._waiting = asyncio.create_task(self._take_over())
        return self

    async def _listens(self) -> bool:
        try:
            self._server = await asyncio.get_running_loop().create_server(
                self._session, self._host, self._port
            )
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise BounceError(
                f"Luisteren naar teruggekomen mail op {self._host}, poort {self._port}, lukt niet "
                f"({error.strerror}). Kies een andere MEEDOEN_BOUNCE_PORT, of 0 om niet te luisteren."
            ) from None
        return True

    async def _take_over(self) -> None:
        while True:
            await asyncio.sleep(TAKE_OVER_SECONDS)
            if await self._listens():
                break
        _log.info("deze worker luistert nu naar teruggekomen mail", poort=self._port)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up on everybody; a mail server offers again what was not taken."""
        if self._waiting is not None:
            self._waiting.cancel()
            await asyncio.gather(self._waiting, return_exceptions=True)
        if self._server is None:
            return
        self._server.close()
        for session in self._sessions:
            if session.transport is not None:
                session.transport.close()
        await self._server.wait_closed()

    def _session(self) -> asyncio.BaseProtocol:
        self._sessions = [known for known in self._sessions if known.transport is not None]
        if len(self._sessions) >= MOST_SESSIONS:
            return _Busy()
        session = SMTP(
            self, data_size_limit=LARGEST_BYTES, hostname="meedoen", ident="meedoen", timeout=SESSION_SECONDS
        )
        self._sessions.append(session)
        return session

    # --- the names of these methods are those of aiosmtpd ---

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Only mail for the sender of our messages."""
        if parseaddr(address)[1].lower() != self._address:
            return "550 5.7.1 Alleen voor de afzender van Meedoen"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Taken for good, or not now."""
        try:
            taken = await self._bounces.take(envelope.original_content or b"")
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            _log.warning("een teruggekomen bericht kan nu niet worden vastgelegd", exc_info=error)
            return "451 4.3.0 Nu niet; probeer het later opnieuw"
        return f"250 OK {taken.outcome}"


class _Busy(asyncio.Protocol):
    """What a caller gets who is one too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"421 4.3.2 Te druk; probeer het later opnieuw\r\n")
        transport.close()


_SENTENCES = {
    "teruggekomen": "Bericht {bericht} is teruggekomen. Een medewerker krijgt er een taak voor.",
    "later": "Bericht {bericht} is vertraagd; de mailserver probeert het nog. Dit is erbij vastgelegd.",
    "al_bekend": "Dat bericht {bericht} is teruggekomen of vertraagd was al bekend; er is niets veranderd.",
    "onbekend": "Bericht {bericht} is hier niet bekend; er is niets veranderd. Hoort deze mail bij een andere "
    "installatie?",
    "geen_bounce": "Deze mail meldt niet dat een bericht van Meedoen is teruggekomen; er is niets veranderd.",
}
_LOCK = """
    SELECT id, journey_id, attempts FROM outbox
    WHERE message_id = $1 OR (digest = $1 AND lapsed_at IS NULL)
    ORDER BY id
    FOR UPDATE
"""
_KNOWN = "SELECT true FROM outbox_attempt WHERE outbox_id = $1 AND outcome = $2 AND error = $3 LIMIT 1"
_NOTE_ATTEMPT = """
    INSERT INTO outbox_attempt (outbox_id, number, at, outcome, error)
    VALUES ($1, $2, clock_timestamp(), $3, $4)
"""
# One line of attempts for sending and for coming back: whoever sends next counts on from here.
_NOTE = """
    UPDATE outbox SET attempts = $2,
        bounced_at = CASE WHEN $3 THEN coalesce(bounced_at, clock_timestamp()) ELSE bounced_at END
    WHERE id = $1
"""
