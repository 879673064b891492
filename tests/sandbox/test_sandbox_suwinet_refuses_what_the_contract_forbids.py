"""A message that is not signed whole, or not built as the contract says, gets a SOAP fault and no data."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from lxml import etree

from sandbox.server import SuwinetSecurity, run_sandbox
from tests.certificates import kept
from tests.sandbox.asking import (
    DS,
    FWI,
    NAMES,
    SOAP,
    WSA,
    WSSE,
    WSU,
    Message,
    ask,
    by_id,
    content_of,
    fault_code,
    post,
    sign,
)

SERVICE = "DUODossierPersoonGSD-v0300"
ALL = tuple(f"i{number}" for number in range(1, 8))


def drop(path: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        [element] = root.xpath(path, namespaces=NAMES)
        element.getparent().remove(element)

    return change


def put(path: str, text: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        [element] = root.xpath(path, namespaces=NAMES)
        element.text = text

    return change


def header(tag: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        extra = etree.SubElement(root[0], tag)
        extra.text = "iets"

    return change


def more(path: str, tag: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        [element] = root.xpath(path, namespaces=NAMES)
        etree.SubElement(element, tag)

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (header("{urn:eigen}Gebruiker"), "soap:Client"),
        (header(f"{{{WSA}}}RelatesTo"), "soap:Client"),
        (header(f"{{{WSA}}}Action"), "soap:Client"),
        (drop("//wsa:Action"), "wsa:MessageAddressingHeaderRequired"),
        (drop("//wsa:To"), "wsa:MessageAddressingHeaderRequired"),
        (drop("//wsa:MessageID"), "wsa:MessageAddressingHeaderRequired"),
        (put("//wsa:Action", "urn:anders"), "wsa:ActionNotSupported"),
        (drop("//wsu:Timestamp"), "wsse:InvalidSecurity"),
        (drop("//wsu:Created"), "wsse:InvalidSecurity"),
        (put("//wsu:Created", "gisteren"), "wsse:InvalidSecurity"),
        (put("//wsu:Created", "2026-01-01T00:00:00"), "wsse:InvalidSecurity"),
        (drop("//wsse:BinarySecurityToken"), "wsse:InvalidSecurityToken"),
        (put("//wsse:BinarySecurityToken", "AAAA"), "wsse:InvalidSecurityToken"),
        (drop("//soap:Header"), "soap:Client"),
        (drop("//soap:Body"), "soap:Client"),
        (drop("//wsse:Security"), "wsse:InvalidSecurity"),
        (put("//soap:Header", "losse tekst"), "soap:Client"),
    ],
)
async def test_a_message_that_is_built_wrong(
    http: httpx2.AsyncClient, change: Callable[[etree._Element], None], code: str
) -> None:
    root = Message().signed()
    change(root)

    response = await post(http, root, SERVICE)

    assert fault_code(response) == code
    assert "geweigerd" in (content_of(response).findtext("faultstring") or "")
    assert "999900171" not in response.text


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (put("//Burgerservicenr", "123456789"), "0003"),
        (put("//Burgerservicenr", "99990017"), "0003"),
        (put("//Burgerservicenr", "٩٩٩٩٠٠١٧١"), "0003"),
        (put("//Burgerservicenr", " 999900171"), "0003"),
        (drop("//Burgerservicenr"), "0002"),
        (more("//soap:Body/*", "Burgerservicenr"), "0002"),
        (more("//soap:Body/*", "PeriodeGegevensvraagIko"), "0002"),
        (more("//Burgerservicenr", "Iets"), "0003"),
        (drop("//soap:Body/*"), "0001"),
        (more("//soap:Body", "{urn:anders}DUOPersoonsInfo"), "0001"),
    ],
)
async def test_a_question_that_is_wrong_in_a_good_message(
    http: httpx2.AsyncClient, change: Callable[[etree._Element], None], code: str
) -> None:
    message = Message()
    root = message.tree()
    change(root)

    response = await post(http, sign(root, message.signer, ALL), SERVICE)

    assert fault_code(response) == "soap:Client"
    wrong = content_of(response).find(f"detail/{{{FWI}}}Fout")
    assert wrong is not None
    assert (wrong.findtext("Code"), wrong.findtext("Bron/DN") is not None) == (code, True)
    assert "999900171" not in response.text


@pytest.mark.parametrize(
    "period",
    [
        ("20250331", "20250101"),
        ("2025-1-1", "20250101"),
        ("20250230", "20250301"),
        ("20250000", "20250301"),
    ],
)
async def test_a_period_that_cannot_be(http: httpx2.AsyncClient, period: tuple[str, str]) -> None:
    response = await ask(http, Message("UWVDossierInkomstenGSD-v0200", "999900171", period))

    assert fault_code(response) == "soap:Client"
    assert content_of(response).findtext(f"detail/{{{FWI}}}Fout/Code") == "0004"


@pytest.mark.parametrize("one", ALL)
async def test_one_changed_letter_anywhere_breaks_the_signature(http: httpx2.AsyncClient, one: str) -> None:
    root = Message().signed()
    element = by_id(root, one)
    element.set("extra", "1")

    assert fault_code(await post(http, root, SERVICE)) == "wsse:FailedCheck"


@pytest.mark.parametrize("one", ALL)
async def test_everything_has_to_be_signed(http: httpx2.AsyncClient, one: str) -> None:
    root = Message().signed(*(other for other in ALL if other != one))

    assert fault_code(await post(http, root, SERVICE)) == "wsse:FailedCheck"


async def test_another_body_behind_the_signed_one_is_not_read(http: httpx2.AsyncClient) -> None:
    root = Message().signed()
    body = by_id(root, "i7")
    signed = etree.fromstring(etree.tostring(body))
    body.set(f"{{{WSU}}}Id", "i8")
    put("//Burgerservicenr", "999900183")(root)
    [reply] = root.xpath("//wsa:ReplyTo", namespaces=NAMES)
    reply.append(signed)

    assert fault_code(await post(http, root, SERVICE)) == "wsse:FailedCheck"


async def test_two_elements_with_one_id_are_refused(http: httpx2.AsyncClient) -> None:
    root = Message().signed()
    [question] = root.xpath("//soap:Body/*", namespaces=NAMES)
    question.set(f"{{{WSU}}}Id", "i7")

    assert fault_code(await post(http, root, SERVICE)) == "wsse:FailedCheck"


async def test_a_signature_of_another_key_or_in_another_form_is_refused(http: httpx2.AsyncClient) -> None:
    message = Message()
    other = sign(message.tree(), kept("ander"), ALL)
    inclusive = sign(
        message.tree(), message.signer, ALL, method="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
    )
    weak = message.signed()
    [method] = weak.xpath("//ds:SignatureMethod", namespaces=NAMES)
    method.set("Algorithm", f"{DS}rsa-sha1")
    unsigned = message.tree()
    elsewhere = message.signed()
    elsewhere[0].append(elsewhere.xpath("//ds:Signature", namespaces=NAMES)[0])

    assert fault_code(await post(http, other, SERVICE)) == "wsse:FailedCheck"
    assert fault_code(await post(http, inclusive, SERVICE)) == "wsse:UnsupportedAlgorithm"
    assert fault_code(await post(http, weak, SERVICE)) == "wsse:FailedCheck"
    assert fault_code(await post(http, unsigned, SERVICE)) == "wsse:InvalidSecurity"
    assert fault_code(await post(http, elsewhere, SERVICE)) == "soap:Client"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (Message(created=datetime.now(UTC) - timedelta(hours=1)), "wsu:MessageExpired"),
        (Message(created=datetime.now(UTC) - timedelta(hours=1), lifetime=None), "wsu:MessageExpired"),
        (Message(created=datetime.now(UTC) + timedelta(hours=1)), "wsu:MessageExpired"),
        (Message(lifetime=timedelta(minutes=-1)), "wsse:InvalidSecurity"),
        (Message(signer=kept("oud", ends=timedelta(days=-1))), "wsse:InvalidSecurityToken"),
    ],
)
async def test_what_is_out_of_date_is_refused(http: httpx2.AsyncClient, message: Message, code: str) -> None:
    assert fault_code(await ask(http, message)) == code


async def test_a_message_without_an_end_is_taken_while_it_is_fresh(http: httpx2.AsyncClient) -> None:
    assert (await ask(http, Message(lifetime=None))).status_code == 200


async def test_only_known_certificates_may_ask_when_some_are_named(tmp_path: Path) -> None:
    authority = kept("uitgever", ca=True)
    issued = kept("gemeente", issuer=authority)
    friend = kept("bekende")
    trusted = tmp_path / "trust.pem"
    trusted.write_bytes(b"".join(one.write(tmp_path, "x")[0].read_bytes() for one in (authority, friend)))
    async with run_sandbox(suwinet=SuwinetSecurity(trusted=trusted)) as sandbox:
        async with httpx2.AsyncClient(base_url=sandbox.url, trust_env=False) as http:
            for one in (issued, friend):
                assert (await ask(http, Message(signer=one))).status_code == 200
            assert fault_code(await ask(http, Message())) == "wsse:FailedAuthentication"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<",
        b"\xff\xfe\x00",
        b"<a/>",
        b"<!DOCTYPE x [<!ENTITY e 'e'>]><x>&e;</x>",
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>',
        f'<soap:Envelope xmlns:soap="{SOAP}"><!-- x --><soap:Header/><soap:Body/></soap:Envelope>'.encode(),
        f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Body/><soap:Header/></soap:Envelope>'.encode(),
        b"<a>" * 50_000,
        b" " * 300_000,
    ],
)
async def test_what_is_no_message_gets_a_fault(http: httpx2.AsyncClient, body: bytes) -> None:
    assert fault_code(await post(http, body, SERVICE)) == "soap:Client"


async def test_other_services_methods_and_types_are_not_there(http: httpx2.AsyncClient) -> None:
    unknown = await post(http, Message().signed(), "DUODossierPersoonGSD-v0200")
    by_get = await http.get(f"/suwibroker/soap/{SERVICE}")
    as_json = await http.post(f"/suwibroker/soap/{SERVICE}", json={})

    assert (unknown.status_code, by_get.status_code, as_json.status_code) == (404, 405, 415)
    assert WSSE not in unknown.text
