"""What mail servers send back is read right, and no mail whatever stops the reader."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.bounce_mail import read_bounce
from sandbox.bouncing import bounce

DOMAIN = "meedoen.deventer.example"
DIGEST = "c9728b0517b2a889245a9dd6ac750e23f238a1ad"
OURS = f"<{DIGEST}@{DOMAIN}>"
SENT = (
    f"From: meedoen@deventer.example\r\nTo: weg.iemand@deventer.example\r\nSubject: Taak\r\n"
    f"Message-ID: {OURS}\r\n\r\nTekst over de klantroute.\r\n"
).encode()
DSN = bounce("meedoen@deventer.example", ["weg.iemand@deventer.example"], SENT)

POSTFIX = f"""\
Return-Path: <>
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: meedoen@deventer.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4A1B2.1/mx.example"

--4A1B2.1/mx.example
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--4A1B2.1/mx.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon,  2 Nov 2026 09:00:00 +0100 (CET)

Final-Recipient: rfc822; j.jansen@deventer.example
Action: ACTION
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <j.jansen@deventer.example>: Recipient address
    rejected: User unknown

--4A1B2.1/mx.example
Content-Type: message/rfc822

From: meedoen@deventer.example
Message-ID: {OURS}
Subject: Taak

Tekst
--4A1B2.1/mx.example--
"""
EXIM = f"""\
X-Failed-Recipients: j.jansen@deventer.example
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example>
To: meedoen@deventer.example
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.
A message that you sent could not be delivered to all of its recipients.

  j.jansen@deventer.example
    SMTP error from remote mail server: 550 5.1.1 User unknown

------ This is a copy of the message, including all the headers. ------

From: meedoen@deventer.example
Message-ID: {OURS}
"""


def test_a_report_by_the_standard_is_a_lost_message() -> None:
    found = read_bounce(DSN, DOMAIN)
    assert found is not None
    assert found == (OURS, True, "5.1.1 smtp; 550 5.1.1 User unknown")


def test_postfix_with_the_whole_message_returned() -> None:
    found = read_bounce(POSTFIX.replace("ACTION", "failed (user unknown)").encode(), DOMAIN)
    assert found is not None
    assert (found.message_id, found.lost) == (OURS, True)
    assert found.reason.startswith("5.1.1 smtp; 550 5.1.1")


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_late_is_not_lost(line_end: str) -> None:
    found = read_bounce(POSTFIX.replace("ACTION", "Delayed").replace("\n", line_end).encode(), DOMAIN)
    assert found is not None
    assert (found.message_id, found.lost) == (OURS, False)


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", ""])
def test_good_news_is_no_bounce(action: str) -> None:
    assert read_bounce(POSTFIX.replace("ACTION", action).encode(), DOMAIN) is None


def test_an_older_server_that_only_returns_our_message_in_its_text() -> None:
    found = read_bounce(EXIM.encode(), DOMAIN)
    assert found == (OURS, True, "5.1.1")
    late = EXIM.replace("Mail delivery failed", "Warning: message delayed 24 hours").replace("550 5.1.1", "")
    assert read_bounce(late.encode(), DOMAIN) == (OURS, False, "")


def test_a_person_who_answers_or_is_away_is_no_bounce() -> None:
    away = f"From: j.jansen@deventer.example\nAuto-Submitted: auto-replied\nIn-Reply-To: {OURS}\n\nIk ben er niet.\n"
    assert read_bounce(away.encode(), DOMAIN) is None
    from_a_server = f"Return-Path: <>\n{away}"
    assert read_bounce(from_a_server.encode(), DOMAIN) is None
    quoting = f"From: j.jansen@deventer.example\n\nWat moet ik hiermee?\n> Message-ID: {OURS}\n"
    assert read_bounce(quoting.encode(), DOMAIN) is None


def test_a_message_of_another_installation_is_not_ours() -> None:
    assert read_bounce(DSN.replace(DOMAIN.encode(), b"meedoen.zwolle.example"), DOMAIN) is None


def test_thousands_of_nested_parts_are_no_bounce() -> None:
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(5000))
    assert read_bounce(nested.encode(), DOMAIN) is None


@given(st.binary(max_size=2000))
@settings(max_examples=200, deadline=None)
def test_no_bytes_stop_the_reader(content: bytes) -> None:
    read_bounce(content, DOMAIN)


@given(st.sampled_from([DSN, POSTFIX.replace("ACTION", "failed").encode(), EXIM.encode()]), st.randoms())
@settings(max_examples=300, deadline=None)
def test_a_damaged_bounce_never_stops_the_reader_and_never_names_another_message(
    content: bytes, chance: random.Random
) -> None:
    damaged = bytearray(content)
    for _ in range(chance.randint(1, 30)):
        place = chance.randrange(len(damaged))
        match chance.randrange(3):
            case 0:
                damaged[place] = chance.randrange(256)
            case 1:
                del damaged[place : place + chance.randint(1, 40)]
            case _:
                damaged[place:place] = bytes(damaged[: chance.randint(1, 60)])
    found = read_bounce(bytes(damaged), DOMAIN)
    # Damage may change one hexadecimal digit into another; then it is a message that nobody sent.
    assert found is None or (len(found.message_id) == len(OURS) and len(found.reason) <= 300)
