"""What a mail that came back says: which of our messages it is about, and whether it is lost.

Pure: bytes in, an answer out, and no mail whatever makes it fail. Mail servers report in the form of
RFC 3464; older ones in words of their own, with the message that they return somewhere in the text.
"""

import email
import re
from email.message import Message
from typing import NamedTuple

LARGEST_BYTES = 1024 * 1024
"""What lies beyond this is not looked at: the report stands in front."""

_MOST_PARTS = 200
_LONGEST_REASON = 300
_RETURNED = frozenset(
    {"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers", "message/partial"}
)
_LOST, _LATER = "failed", "delayed"
# Without words like these a mail from a mail server is a bounce: that is what they are for.
_DELAY_WORDS = re.compile(r"\b(delay|delayed|warning|vertraag|vertraging|deferred)", re.IGNORECASE)
_MAIL_SERVERS = re.compile(r"\b(mailer-daemon|postmaster|mail-daemon)@|<mailer-daemon>", re.IGNORECASE)
_STATUS = re.compile(r"\b[45]\.\d{1,3}\.\d{1,3}\b")


class Bounce(NamedTuple):
    """What a mail server reports about one of our messages."""

    message_id: str
    lost: bool
    """False: it is only late and the mail server goes on trying."""
    reason: str
    """Of the mail server, cut off after 300 characters; may hold an address."""


def read_bounce(content: bytes, mail_domain: str) -> Bounce | None:
    """Read a mail that came to the address where bounces go.

    Args:
        content: the mail as it came; what lies beyond a mebibyte is not looked at.
        mail_domain: right-hand side of our Message-IDs.

    Returns:
        None: it is no bounce of a message of ours (an answer of a person, an absence, a report of delivery).
    """
    ours = re.compile(rf"<([0-9a-f]{{40}})@{re.escape(mail_domain)}>", re.IGNORECASE)
    try:
        mail = email.message_from_bytes(content[:LARGEST_BYTES])
        return _reported(mail, ours, mail_domain) or _in_words(mail, ours, mail_domain)
    except Exception:
        # The parser of the standard library fails in many ways on mail that nobody should send,
        # recursion in thousands of nested parts included. It is no report then.
        return None


def _reported(mail: Message, ours: re.Pattern[str], mail_domain: str) -> Bounce | None:
    """RFC 3464. Only what failed counts; the text around it is for people."""
    parts = _parts(mail)
    reports = [p for p in parts if p.get_content_type() in _REPORTS and p.is_multipart()]
    groups = [group for report in reports for group in _groups(report)]
    actions = {_action(group) for group in groups}
    if not actions & {_LOST, _LATER}:
        return None
    lost = _LOST in actions
    found = _first_id(
        [*(_text(p) for p in parts if p.get_content_type() in _RETURNED), *map(_text, parts)], ours
    )
    if found is None:
        return None
    wanted = _LOST if lost else _LATER
    reason = "; ".join(
        " ".join(f"{group.get('Status', '')} {group.get('Diagnostic-Code', '')}".split())
        for group in groups
        if _action(group) == wanted
    )
    return Bounce(f"<{found}@{mail_domain}>", lost, reason[:_LONGEST_REASON])


def _in_words(mail: Message, ours: re.Pattern[str], mail_domain: str) -> Bounce | None:
    """An older mail server: it says who it is, and returns our message in its text.

    Somebody who is away, or answers, is not a mail server or names our message in the headers only.
    """
    parts = _parts(mail)
    if any(part.get_content_type() in _REPORTS for part in parts) or not _from_a_server(mail):
        return None
    texts = [_text(part) for part in parts]
    found = _first_id(texts, ours)
    if found is None:
        return None
    status = _STATUS.search("\n".join(texts))
    late = _DELAY_WORDS.search(str(mail.get("Subject", ""))) or (status and status.group().startswith("4"))
    return Bounce(f"<{found}@{mail_domain}>", not late, status.group() if status else "")


_REPORTS = frozenset({"message/delivery-status", "message/global-delivery-status"})


def _groups(report: Message) -> list[Message]:
    """The fields of the message and then of each receiver."""
    payload = report.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []


def _action(group: Message) -> str:
    # Some add a comment: "failed (bad destination mailbox)".
    found = re.match(r"\s*([a-z]+)", str(group.get("Action", "")).lower())
    return found.group(1) if found else ""


def _from_a_server(mail: Message) -> bool:
    if "X-Failed-Recipients" in mail or str(mail.get("Return-Path", "")).strip() == "<>":
        return True
    return _MAIL_SERVERS.search(str(mail.get("From", ""))) is not None


def _parts(mail: Message) -> list[Message]:
    found: list[Message] = []
    for part in mail.walk():
        found.append(part)
        if len(found) == _MOST_PARTS:
            break
    return found


def _text(part: Message) -> str:
    """What a part says, decoded; of a returned message its headers too."""
    if part.is_multipart():
        payload = part.get_payload()
        if part.get_content_type() not in _RETURNED or not isinstance(payload, list):
            return ""
        return "\n".join(str(inner.get("Message-ID", "")) for inner in payload if isinstance(inner, Message))
    data = part.get_payload(decode=True)
    return data.decode("utf-8", errors="replace") if isinstance(data, bytes) else ""


def _first_id(texts: list[str], ours: re.Pattern[str]) -> str | None:
    for text in texts:
        if found := ours.search(text):
            return found.group(1).lower()
    return None


__all__ = ["LARGEST_BYTES", "Bounce", "read_bounce"]
