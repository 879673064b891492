"""The mailbox takes real SMTP, keeps what it took, and refuses when told to."""

from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx2
import pytest

from sandbox.mailbox import Mailbox
from sandbox.server import Sandbox, run_sandbox


def mail(subject: str, body: str = "Goedemorgen", message_id: str = "<een@meedoen.example>") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "meedoen@gemeente.example"
    message["To"] = "consulent@gemeente.example"
    message["Subject"] = subject
    message["Message-ID"] = message_id
    message["Date"] = "Mon, 02 Nov 2026 09:00:00 +0100"
    message.set_content(body)
    return message


async def send(sandbox: Sandbox, message: EmailMessage) -> None:
    await aiosmtplib.send(message, hostname=sandbox.host, port=sandbox.smtp_port, start_tls=False)


async def test_a_mail_is_listed_as_json(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    await send(sandbox, mail("Gesprek over drie dagen: één afspraak", "Zé is er.\n"))

    [caught] = (await http.get("/postvak.json")).json()

    assert caught["message_id"] == "<een@meedoen.example>"
    assert caught["sender"] == "meedoen@gemeente.example"
    assert caught["to"] == ["consulent@gemeente.example"]
    assert caught["subject"] == "Gesprek over drie dagen: één afspraak"
    assert caught["date"] == "Mon, 02 Nov 2026 09:00:00 +0100"
    assert caught["body"].strip() == "Zé is er."


async def test_the_pages_show_the_newest_first_and_run_nothing(
    sandbox: Sandbox, http: httpx2.AsyncClient
) -> None:
    await send(sandbox, mail("Eerste"))
    await send(sandbox, mail("<b>Tweede</b>", "<script>alert(1)</script>"))

    listing = (await http.get("/postvak")).text
    number = sandbox.mailbox.newest_first()[0].number
    shown = await http.get(f"/postvak/{number}")

    assert listing.index("&lt;b&gt;Tweede&lt;/b&gt;") < listing.index("Eerste")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown.text
    assert "<script>" not in listing + shown.text
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert (await http.get("/postvak/999999")).status_code == 404


@pytest.mark.parametrize("kind", ["452", "550"])
async def test_it_refuses_when_told_to(sandbox: Sandbox, http: httpx2.AsyncClient, kind: str) -> None:
    ordered = await http.put("/postvak/storing", json={"kind": kind})

    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await send(sandbox, mail("Geweigerd"))
    await http.put("/postvak/storing", json={"kind": None})
    await send(sandbox, mail("Aangenomen"))

    assert ordered.status_code == 204
    assert refused.value.recipients[0].code == int(kind)
    assert [caught.subject for caught in sandbox.mailbox.newest_first()] == ["Aangenomen"]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"kind": "451"}', b'{"kind": 452}', b'{"kind": ["452"]}']
)
async def test_a_wrong_order_gets_a_sentence_and_changes_nothing(
    sandbox: Sandbox, http: httpx2.AsyncClient, body: bytes
) -> None:
    sandbox.mailbox.refuse("452")

    response = await http.put("/postvak/storing", content=body)

    assert response.status_code == 400
    assert "er is niets veranderd" in response.json()["fout"]
    assert sandbox.mailbox.refusal == "452"
    assert (await http.delete("/postvak/storing")).status_code == 204
    assert sandbox.mailbox.refusal is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"geen kopregels",
        b"Subject: =?onbekend?B?zzz?=\r\n\r\nx",
        b"Content-Type: text/plain; charset=bestaat-niet\r\n\r\nhallo",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x",
        b"To: ,,,<<>>\r\nMessage-ID: <\r\nDate: gisteren\r\n\r\n\xff\xfe",
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
    ],
)
async def test_a_malformed_mail_is_kept_as_well_as_it_goes(content: bytes) -> None:
    mailbox = Mailbox()

    await mailbox.catch("a@example", ("b@example",), content)

    assert [caught.to for caught in mailbox.newest_first()] == [("b@example",)]


async def test_only_the_last_two_thousand_stay_in_memory() -> None:
    mailbox = Mailbox()
    for _ in range(2003):
        await mailbox.catch("a@example", ("b@example",), b"Subject: x\r\n\r\ny")

    kept = mailbox.newest_first()

    assert len(kept) == 2000
    assert (kept[0].number, kept[-1].number) == (2003, 4)
    assert mailbox.find(3) is None


async def test_every_mail_becomes_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "post" / "uit"
    async with run_sandbox(mail_dir=folder) as sandbox:
        await send(sandbox, mail("Eerste", message_id="<../../weg@x>"))
        await send(sandbox, mail("Tweede"))

    files = sorted(folder.iterdir())

    assert [file.suffix for file in files] == [".eml", ".eml"]
    assert b"Subject: Eerste" in files[0].read_bytes()
    assert b"Subject: Tweede" in files[1].read_bytes()


async def test_a_mail_that_cannot_be_stored_is_not_taken(tmp_path: Path) -> None:
    folder = tmp_path / "post"
    async with run_sandbox(mail_dir=folder) as sandbox:
        folder.rmdir()
        with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
            await send(sandbox, mail("Eerste"))

        assert refused.value.code == 452
        assert sandbox.mailbox.newest_first() == ()
