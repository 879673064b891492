"""The conversation with the mail server: one connection, one message at a time, sentences for trouble."""

import asyncio
import email.policy
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from types import TracebackType
from typing import NamedTuple, Self

import aiosmtplib

from domain.base import Explained
from runtime.settings import Settings

SMTP_SECONDS = 20.0
"""For each step of the conversation with the mail server."""
SEND_SECONDS = 60.0
"""For one message; below the time that PostgreSQL lets a transaction wait."""

# Not every mail program understands a Message-ID that is folded over two lines.
_ON_THE_LINE = email.policy.SMTP.clone(max_line_length=900)


def compose(
    sender: str, to: Sequence[str], *, subject: str, body: str, written: datetime, message_id: str
) -> EmailMessage:
    """A letter that a program sends by itself, so that no holiday answers it."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Subject"] = subject
    message["Date"] = format_datetime(written.astimezone(UTC))
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    # What Exchange understands of that.
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(body, cte="quoted-printable")
    return message


class MailServerUnreachable(Explained):
    """The mail server does not answer or does not let us in; the message is a Dutch sentence."""


class Attempt(NamedTuple):
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


class MailServer:
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

    async def trouble(self) -> str | None:
        """None when the server lets us in, or a Dutch sentence."""
        try:
            await self._connected()
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return _unreachable(error)
        return None

    async def send(self, message: EmailMessage, to: Sequence[str]) -> Attempt:
        """Hand over one message. Never raises for what a server says or does."""
        try:
            client = await self._connected()
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return Attempt("", later=True, of_server=True, error=_unreachable(error), code=_code(error))
        # The addresses are ASCII and the body is quoted-printable, so any server can take it.
        content = message.as_bytes(policy=_ON_THE_LINE)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                refused, _ = await client.sendmail(self._settings.mail_from, list(to), content)
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _refused({one.recipient: (one.code, one.message) for one in error.recipients}, to)
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
            return Attempt("", later=error.code < 500, error=f"{error.code} {error.message}", code=error.code)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            # Perhaps it is this message that the server chokes on: it may not hold up the others.
            self._drop()
            error_text = f"De verbinding brak af tijdens het versturen ({type(error).__name__})."
            return Attempt("", later=True, error=error_text, code=_code(error))
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


def _refused(said: dict[str, tuple[int, str]], to: Sequence[str]) -> Attempt:
    taken = tuple(address for address in to if address not in said)
    if not said:
        return Attempt("", taken)
    # One that may still take it keeps the message going; who took it does not get it again.
    later = any(code < 500 for code, _ in said.values())
    error = "; ".join(f"{address}: {code} {text}" for address, (code, text) in said.items())
    return Attempt("", taken, later=later, error=error, code=min(code for code, _ in said.values()))


def _unreachable(error: Exception) -> str:
    return (
        f"De mailserver neemt nu niets aan ({type(error).__name__}). Controleer of hij draait en of "
        "MEEDOEN_SMTP_HOST, _PORT, _USERNAME en _PASSWORD kloppen."
    )


def _code(error: Exception) -> int | None:
    return error.code if isinstance(error, aiosmtplib.SMTPResponseException) else None
