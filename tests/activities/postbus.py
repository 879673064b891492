"""A real SMTP server that answers what a test tells it to, and keeps what it took."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, Envelope, Session

OK = "250 OK"


class Postbus:
    """Takes every message, unless told otherwise."""

    def __init__(self) -> None:
        self.taken: list[tuple[tuple[str, ...], EmailMessage]] = []
        """Receivers of the envelope, and the message."""
        self.refusals: dict[str, deque[str]] = {}
        """Per address the answers to come; after those it is taken. ``*``: every address."""
        self.data_answers: deque[str] = deque()
        self.sender_answers: deque[str] = deque()
        self.before_data: Callable[[], Awaitable[None]] | None = None
        self.hang_ups = 0
        """How often it breaks the connection instead of taking the message."""
        self.port = 0

    def refuse(self, *answers: str, address: str = "*") -> None:
        self.refusals[address] = deque(answers)

    @property
    def ids(self) -> list[str]:
        return [str(message["Message-ID"]) for _, message in self.taken]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sender_answers:
            return self.sender_answers.popleft()
        envelope.mail_from = address
        return OK

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        for who in (address, "*"):
            if self.refusals.get(who):
                return self.refusals[who].popleft()
        envelope.rcpt_tos.append(address)
        return OK

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.before_data is not None:
            await self.before_data()
        if self.hang_ups:
            self.hang_ups -= 1
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return OK
        if self.data_answers and (answer := self.data_answers.popleft()) != OK:
            return answer
        message = message_from_bytes(envelope.original_content or b"", policy=default)
        assert isinstance(message, EmailMessage)
        self.taken.append((tuple(envelope.rcpt_tos), message))
        return OK


@asynccontextmanager
async def listening(postbus: Postbus) -> AsyncIterator[Postbus]:
    """Let it listen, on the same port as before when it listened before."""
    sessions: list[SMTP] = []

    def session() -> SMTP:
        sessions.append(SMTP(postbus, hostname="postbus"))
        return sessions[-1]

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", postbus.port)
    postbus.port = server.sockets[0].getsockname()[1]
    try:
        yield postbus
    finally:
        server.close()
        for each in sessions:
            if each.transport is not None:
                each.transport.close()
        await server.wait_closed()
