"""Sends mail back as a real mail server does: a report by RFC 3464, to the sender of the envelope."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formatdate, make_msgid

import aiosmtplib

GONE = "weg."
"""An address that starts like this is taken, and then comes back."""

_TRIES = 10
_PAUSE_SECONDS = 2.0


class Bouncer:
    """Returns mail for addresses that are gone.

    Args:
        host: where bounces go.
        port: where bounces go; None: nothing comes back.
    """

    def __init__(self, host: str = "127.0.0.1", port: int | None = None) -> None:
        self._host, self._port = host, port
        self._under_way: set[asyncio.Task[None]] = set()

    def send_back(self, sender: str, receivers: Sequence[str], content: bytes) -> None:
        """Return a mail in the background; mail without a sender is a bounce itself and stays."""
        gone = [address for address in receivers if address.lower().startswith(GONE)]
        if self._port is None or not gone or not sender:
            return
        task = asyncio.create_task(self._deliver(sender, bounce(sender, gone, content)))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def stop(self) -> None:
        """Forget what could not be returned yet."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _deliver(self, to: str, content: bytes) -> None:
        for _ in range(_TRIES):
            with suppress(OSError, TimeoutError, aiosmtplib.SMTPException):
                async with aiosmtplib.SMTP(
                    hostname=self._host, port=self._port, start_tls=False, timeout=5
                ) as client:
                    # A bounce has no sender, so that it never comes back itself.
                    await client.sendmail("", [to], content)
                return
            await asyncio.sleep(_PAUSE_SECONDS)


def bounce(sender: str, gone: Sequence[str], content: bytes) -> bytes:
    """The report that these receivers of a mail do not exist.

    Args:
        sender: to whom the report goes.
        gone: the receivers.
        content: the mail; its headers go back, its text does not.
    """
    report = MIMEMultipart("report")
    report.set_param("report-type", "delivery-status")
    report["From"] = "Mail Delivery System <MAILER-DAEMON@sandbox>"
    report["To"] = sender
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Date"] = formatdate()
    report["Message-ID"] = make_msgid(domain="sandbox")
    report["Auto-Submitted"] = "auto-replied"
    said = "\n".join(f"<{address}>: 550 5.1.1 User unknown" for address in gone)
    report.attach(MIMEText(f"This is the mail system of the sandbox. Not delivered:\n\n{said}\n"))
    status = Message()
    status["Content-Type"] = "message/delivery-status"
    server = Message()
    server["Reporting-MTA"] = "dns; sandbox"
    groups: list[Message | str] = [server]
    for address in gone:
        group = Message()
        group["Final-Recipient"] = f"rfc822; {address}"
        group["Action"] = "failed"
        group["Status"] = "5.1.1"
        group["Diagnostic-Code"] = "smtp; 550 5.1.1 User unknown"
        groups.append(group)
    status.set_payload(groups)
    report.attach(status)
    headers = Message()
    headers["Content-Type"] = "text/rfc822-headers"
    original = message_from_bytes(content)
    headers.set_payload("".join(f"{name}: {value}\n" for name, value in original.items()))
    report.attach(headers)
    return report.as_bytes(policy=policy.SMTP.clone(max_line_length=900))
