"""A question is signed whole: whoever changes a byte of any part of it, is found out.

Judged by two others than the library that signs: xmlsec (the C library that brokers use), and the standard read
to the letter with lxml's canonicalisation and cryptography's RSA.
"""

import base64
import copy
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import xmlsec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from activities.suwinet.contract import own_contract
from activities.suwinet.names import BASE64, DS, SOAP, WSA, WSSE, WSU, X509_TOKEN
from activities.suwinet.services import SERVICES
from activities.suwinet.signing import address_and_sign
from tests.activities import broker as suwinet
from tests.activities.broker import BSN, NOTHING, Broker, answer, envelope, ours

NAMES = {"s": SOAP, "wsa": WSA, "wsse": WSSE, "wsu": WSU, "ds": DS}
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
TO = "https://broker.tst.suwi.net/suwibroker/soap/DUODossierPersoonGSD-v0300"
SENT = datetime(2026, 11, 2, 9, 30, 15, tzinfo=UTC)

SIGNED = {
    "Action": "s:Header/wsa:Action",
    "To": "s:Header/wsa:To",
    "MessageID": "s:Header/wsa:MessageID",
    "ReplyTo": "s:Header/wsa:ReplyTo/wsa:Address",
    "token": "s:Header/wsse:Security/wsse:BinarySecurityToken",
    "Created": "s:Header/wsse:Security/wsu:Timestamp/wsu:Created",
    "Expires": "s:Header/wsse:Security/wsu:Timestamp/wsu:Expires",
    "Body": "s:Body/*/Burgerservicenr",
}
"""Where each part that may not change has its text."""


def a_question(question: str = "duo_onderwijs") -> bytes:
    contract = own_contract(SERVICES[question])
    message, _ = address_and_sign(
        contract.question(BSN), action=contract.action, to=TO, identity=suwinet.identity(ours()), now=SENT
    )
    return message


MESSAGE = a_question()


def one(message: etree._Element, path: str) -> etree._Element:
    (found,) = message.xpath(path, namespaces=NAMES)
    assert isinstance(found, etree._Element)
    return found


def token_of(message: etree._Element) -> bytes:
    return base64.b64decode(one(message, "//wsse:BinarySecurityToken").text or "")


# --- the two judges -------------------------------------------------------------------------------


def accepted_by_xmlsec(content: bytes) -> bool:
    message = etree.fromstring(content)
    context = xmlsec.SignatureContext()
    for element in message.iter():
        if element.get(f"{{{WSU}}}Id"):
            context.register_id(element, "Id", WSU)
    try:
        context.key = xmlsec.Key.from_memory(token_of(message), xmlsec.KeyFormat.CERT_DER)
        context.verify(one(message, "//ds:Signature"))
    except (xmlsec.Error, ValueError, TypeError):
        return False
    return True


def accepted_by_the_letter(content: bytes) -> bool:
    """XML Signature, sections 3.2.1 and 3.2.2, for what Suwinet asks for."""
    message = etree.fromstring(content)
    info = one(message, "//ds:Signature/ds:SignedInfo")
    for reference in info.findall("ds:Reference", NAMES):
        identifier = (reference.get("URI") or "").removeprefix("#")
        found = message.xpath("//*[@wsu:Id=$id]", namespaces=NAMES, id=identifier)
        if not isinstance(found, list) or len(found) != 1:
            return False
        digest = hashlib.sha256(etree.tostring(found[0], method="c14n", exclusive=True)).digest()
        if base64.b64encode(digest).decode() != reference.findtext("ds:DigestValue", namespaces=NAMES):
            return False
    try:
        key = x509.load_der_x509_certificate(token_of(message)).public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        key.verify(
            base64.b64decode(one(message, "//ds:SignatureValue").text or ""),
            etree.tostring(info, method="c14n", exclusive=True),
            padding.PKCS1v15(),
            hashes.SHA256(),
        )
    except (InvalidSignature, ValueError):
        return False
    return True


JUDGES = [accepted_by_xmlsec, accepted_by_the_letter]
Judge = Callable[[bytes], bool]


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("question", list(SERVICES))
def test_every_question_is_accepted_as_signed(judge: Judge, question: str) -> None:
    assert judge(a_question(question))


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("part", list(SIGNED))
@settings(deadline=None)
@given(place=st.integers(min_value=0, max_value=10_000), other=st.sampled_from("0123456789abcXYZ:-"))
def test_a_changed_character_anywhere_is_found_out(judge: Judge, part: str, place: int, other: str) -> None:
    message = etree.fromstring(MESSAGE)
    element = one(message, SIGNED[part])
    text = element.text or ""
    at = place % len(text)
    changed = text[:at] + other + text[at + 1 :]
    element.text = changed
    assert judge(etree.tostring(message)) is (changed == text)


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("part", list(SIGNED))
def test_an_attribute_or_a_part_more_is_found_out(judge: Judge, part: str) -> None:
    message = etree.fromstring(MESSAGE)
    one(message, SIGNED[part]).set("extra", "1")
    assert not judge(etree.tostring(message))

    message = etree.fromstring(MESSAGE)
    etree.SubElement(one(message, SIGNED[part]), "extra")
    assert not judge(etree.tostring(message))


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("part", list(SIGNED))
def test_what_is_taken_away_is_found_out(judge: Judge, part: str) -> None:
    message = etree.fromstring(MESSAGE)
    element = one(message, SIGNED[part])
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)
    if part == "token":
        # Without it nobody can say whose signature it is; that is a refusal too.
        return
    assert not judge(etree.tostring(message))


@pytest.mark.parametrize("judge", JUDGES)
def test_another_key_is_found_out(judge: Judge) -> None:
    mine, other = etree.fromstring(MESSAGE), suwinet.theirs()
    forged = copy.deepcopy(mine)
    one(forged, "//wsse:BinarySecurityToken").text = base64.b64encode(
        other.certificate.public_bytes(Encoding.DER)
    ).decode()
    assert not judge(etree.tostring(forged))


# --- what is in a message -------------------------------------------------------------------------


def test_every_block_of_the_header_and_the_body_are_signed() -> None:
    message = etree.fromstring(MESSAGE)
    references = {reference.get("URI") for reference in message.iter(f"{{{DS}}}Reference")}
    security = one(message, "s:Header/wsse:Security")
    blocks = [block for block in one(message, "s:Header") if block is not security]
    inside = [block for block in security if block.tag != f"{{{DS}}}Signature"]

    must = [*blocks, *inside, one(message, "s:Body")]

    assert {f"#{block.get(f'{{{WSU}}}Id')}" for block in must} == references
    assert len(references) == len(must) == 7


def test_the_header_says_what_where_and_when() -> None:
    message = etree.fromstring(MESSAGE)
    said = {path: one(message, path).text for path in SIGNED.values()}

    assert (
        said["s:Header/wsa:Action"]
        == "http://bkwi.nl/SuwiML/Diensten/DUODossierPersoonGSD-v0300/DUOPersoonsInfo"
    )
    assert said["s:Header/wsa:To"] == TO
    assert said["s:Header/wsa:ReplyTo/wsa:Address"] == "http://www.w3.org/2005/08/addressing/anonymous"
    assert said["s:Header/wsse:Security/wsu:Timestamp/wsu:Created"] == "2026-11-02T09:30:15Z"
    assert said["s:Header/wsse:Security/wsu:Timestamp/wsu:Expires"] == "2026-11-02T09:35:15Z"
    assert one(message, "s:Header/wsse:Security").get(f"{{{SOAP}}}mustUnderstand") == "1"
    # Suwinet takes no header of our own making.
    assert [block.tag for block in one(message, "s:Header")] == [
        *(f"{{{WSA}}}{name}" for name in ("Action", "To", "MessageID", "ReplyTo")),
        f"{{{WSSE}}}Security",
    ]


def test_the_certificate_travels_along_and_the_signature_points_at_it() -> None:
    message = etree.fromstring(MESSAGE)
    token = one(message, "//wsse:BinarySecurityToken")
    reference = one(message, "//ds:KeyInfo/wsse:SecurityTokenReference/wsse:Reference")

    assert x509.load_der_x509_certificate(token_of(message)) == ours().certificate
    assert (token.get("ValueType"), token.get("EncodingType")) == (X509_TOKEN, BASE64)
    assert reference.get("URI") == f"#{token.get(f'{{{WSU}}}Id')}"
    assert reference.get("ValueType") == X509_TOKEN


def test_the_methods_are_those_that_suwinet_asks_for() -> None:
    message = etree.fromstring(MESSAGE)
    methods = {
        (etree.QName(element).localname, element.get("Algorithm"))
        for element in one(message, "//ds:SignedInfo").iter()
        if element.get("Algorithm")
    }
    assert methods == {
        ("CanonicalizationMethod", EXCLUSIVE),
        ("Transform", EXCLUSIVE),
        ("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
        ("DigestMethod", "http://www.w3.org/2001/04/xmlenc#sha256"),
    }


async def test_what_arrives_is_signed_now_and_never_the_same_twice(broker: Broker) -> None:
    broker.says(envelope(answer("duo_onderwijs", NOTHING)))
    for _ in range(2):
        await suwinet.asked(broker, "duo_onderwijs")

    first, second = broker.received
    for received in (first, second):
        assert accepted_by_xmlsec(received.body)
        assert (
            one(suwinet.message(received), "s:Header/wsa:To").text
            == f"{broker.url}/DUODossierPersoonGSD-v0300"
        )
        created = one(suwinet.message(received), SIGNED["Created"]).text or ""
        assert abs(datetime.fromisoformat(created) - datetime.now(UTC)) < timedelta(minutes=1)
    assert suwinet.message_id(first) != suwinet.message_id(second)
