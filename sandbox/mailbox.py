"""Catches mail instead of sending it: an SMTP server, and pages to read what it caught."""

import asyncio
import json
from collections import deque
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from zoneinfo import ZoneInfo

from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.base import Frozen
from sandbox.bodies import bounded_body
from sandbox.bouncing import Bouncer
from sandbox.pages import page, paragraph, table, text

_KEPT = 2000
_LARGEST_BYTES = 10 * 1024 * 1024
_REFUSALS = {
    "452": "452 4.3.1 Postvak tijdelijk vol (storing in de sandbox)",
    "550": "550 5.1.1 Adres onbekend (storing in de sandbox)",
}
_REFUSED_ORDER = (
    'Deze storing is geweigerd; er is niets veranderd. Stuur JSON met {"kind": "452"} (later opnieuw), '
    '{"kind": "550"} (adres onbekend) of {"kind": null} (storing uit).'
)
_LOCAL = ZoneInfo("Europe/Amsterdam")


class Mail(Frozen):
    """One caught mail."""

    number: int
    received_at: datetime
    message_id: str
    sender: str
    to: tuple[str, ...]
    """The receivers of the envelope: those that would have got it."""
    subject: str
    date: str
    body: str


class Mailbox:
    """The last two thousand mails, in memory, and each as a file when a folder is given."""

    def __init__(self, folder: Path | None = None, bouncer: Bouncer | None = None) -> None:
        """Start empty.

        Args:
            folder: gets each mail as a file.
            bouncer: returns mail for addresses that are gone.

        Raises:
            OSError: the folder cannot be made.
        """
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.bouncer = bouncer or Bouncer()
        self._mails: deque[Mail] = deque(maxlen=_KEPT)
        self._count = 0
        self._refusal: str | None = None

    @property
    def refusal(self) -> str | None:
        """``452`` or ``550`` while every receiver is refused."""
        return self._refusal

    def refuse(self, kind: str | None) -> None:
        """Refuse every receiver from now on, or none any more.

        Raises:
            ValueError: the kind is not 452, 550 or None.
        """
        if kind is not None and kind not in _REFUSALS:
            raise ValueError(_REFUSED_ORDER)
        self._refusal = kind

    def newest_first(self) -> tuple[Mail, ...]:
        return tuple(reversed(self._mails))

    def find(self, number: int) -> Mail | None:
        return next((mail for mail in self._mails if mail.number == number), None)

    def clear(self) -> None:
        """Forget every mail in memory; files stay."""
        self._mails.clear()

    async def catch(self, sender: str, receivers: tuple[str, ...], content: bytes) -> None:
        """Keep one mail.

        Raises:
            OSError: the file cannot be written; then the mail is not kept at all.
        """
        self._count += 1
        moment = datetime.now(UTC)
        mail = _read(self._count, moment, sender, receivers, content)
        if self._folder is not None:
            await asyncio.to_thread(_store, self._folder, f"{moment:%Y%m%dT%H%M%S%f}-{mail.number}", content)
        self._mails.append(mail)

    # --- SMTP; the names of these methods are those of aiosmtpd ---

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        if self._refusal is not None:
            return _REFUSALS[self._refusal]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        try:
            await self.catch(envelope.mail_from or "", tuple(envelope.rcpt_tos), content)
        except OSError:
            return "452 4.3.1 De sandbox kan de mail niet bewaren"
        self.bouncer.send_back(envelope.mail_from or "", envelope.rcpt_tos, content)
        return "250 OK"

    # --- HTTP ---

    def routes(self) -> list[Route]:
        return [
            Route("/postvak", self._list_page, methods=["GET"]),
            Route("/postvak.json", self._list_json, methods=["GET"]),
            Route("/postvak/storing", self._set_refusal, methods=["PUT"]),
            Route("/postvak/storing", self._clear_refusal, methods=["DELETE"]),
            Route("/postvak/{number:int}", self._mail_page, methods=["GET"]),
        ]

    async def _list_page(self, request: Request) -> Response:
        rows = (
            (
                text(f"{mail.received_at.astimezone(_LOCAL):%d-%m-%Y %H:%M:%S}"),
                text(", ".join(mail.to)),
                f'<a href="/postvak/{mail.number}">{text(mail.subject or "(geen onderwerp)")}</a>',
            )
            for mail in self.newest_first()
        )
        return page(
            "Postvak",
            paragraph(
                "Hier komt alle mail aan die in de sandbox wordt verstuurd. Er gaat niets de deur uit. "
                f"Het postvak bewaart de laatste {_KEPT} berichten."
            ),
            *(
                []
                if self._refusal is None
                else [paragraph(f"Storing: alle mail wordt geweigerd ({self._refusal}).")]
            ),
            table("Berichten", ("Moment", "Aan", "Onderwerp"), rows),
        )

    async def _mail_page(self, request: Request) -> Response:
        mail = self.find(request.path_params["number"])
        if mail is None:
            missing = page("Bericht niet gevonden", paragraph("Dit bericht is er niet (meer)."))
            missing.status_code = 404
            return missing
        return page(
            mail.subject or "(geen onderwerp)",
            paragraph(f"Van: {mail.sender}"),
            paragraph(f"Aan: {', '.join(mail.to)}"),
            paragraph(f"Datum: {mail.date}"),
            paragraph(f"Kenmerk (Message-ID): {mail.message_id}"),
            f"<pre>{text(mail.body)}</pre>",
        )

    async def _list_json(self, request: Request) -> Response:
        return JSONResponse([mail.model_dump(mode="json") for mail in self.newest_first()])

    async def _set_refusal(self, request: Request) -> Response:
        body = await bounded_body(request, 1024)
        try:
            order = json.loads(body or b"")
            if not isinstance(order, dict) or set(order) != {"kind"}:
                raise ValueError(_REFUSED_ORDER)
            self.refuse(order["kind"])
        except (ValueError, TypeError, RecursionError):
            return JSONResponse({"fout": _REFUSED_ORDER}, 400)
        return Response(status_code=204)

    async def _clear_refusal(self, request: Request) -> Response:
        self.refuse(None)
        return Response(status_code=204)


class MailServer:
    """The SMTP side of a mailbox."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._server: asyncio.Server | None = None
        self._sessions: list[SMTP] = []

    async def start(self, host: str, port: int) -> int:
        """Listen, and say on which port.

        Raises:
            OSError: the port cannot be had.
        """
        self._server = await asyncio.get_running_loop().create_server(self._session, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    def _session(self) -> SMTP:
        session = SMTP(
            self._mailbox,
            data_size_limit=_LARGEST_BYTES,
            enable_SMTPUTF8=True,
            hostname="sandbox",
            ident="sandbox",
        )
        self._sessions = [known for known in self._sessions if known.transport is not None] + [session]
        return session

    async def stop(self) -> None:
        """Stop listening and hang up on everybody."""
        await self._mailbox.bouncer.stop()
        if self._server is None:
            return
        self._server.close()
        for session in self._sessions:
            if session.transport is not None:
                session.transport.close()
        await self._server.wait_closed()


def _store(folder: Path, name: str, content: bytes) -> None:
    with (folder / f"{name}.eml").open("xb") as file:
        file.write(content)


def _read(number: int, moment: datetime, sender: str, to: tuple[str, ...], content: bytes) -> Mail:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return Mail(
        number=number,
        received_at=moment,
        message_id=_header(message, "Message-ID").strip(),
        sender=sender,
        to=to,
        subject=_header(message, "Subject"),
        date=_header(message, "Date"),
        body=_body(message, content),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except Exception:  # the parser of the standard library fails in many ways on a malformed header
        return ""


def _body(message: EmailMessage, content: bytes) -> str:
    try:
        part = message.get_body(preferencelist=("plain", "html"))
        return "" if part is None else str(part.get_content())
    except Exception:  # an unknown character set, or broken encoding: then as it came
        return content.decode("utf-8", errors="replace")
