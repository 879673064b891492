"""With MEEDOEN_SUWINET_ANSWER_CA only an answer that Suwinet signed, body and all, is used.

The answers are signed with xmlsec, another library than the one that judges them.
"""

import base64
from collections.abc import Callable
from datetime import timedelta

import pytest
import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from activities.registries import RegistryUnavailable
from activities.suwinet.names import BASE64, DS, SOAP, WSSE, WSU, X509_TOKEN
from domain.findings import Finding, Outcome
from tests.activities import broker as suwinet
from tests.activities.broker import (
    BSN,
    Broker,
    authority,
    call,
    fault,
    found,
    ours,
    stranger,
    theirs,
)
from tests.certificates import Made, make

QUESTION = "uwv_doelgroepregister"


def signed(
    content: bytes,
    by: Made,
    *,
    parts: str = "Body",
    method: object = xmlsec.Transform.RSA_SHA256,
    digest: object = xmlsec.Transform.SHA256,
) -> bytes:
    """An answer as a broker signs it."""
    message = etree.fromstring(content)
    header = etree.Element(f"{{{SOAP}}}Header")
    message.insert(0, header)
    security = etree.SubElement(header, f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU})
    token = etree.SubElement(
        security, f"{{{WSSE}}}BinarySecurityToken", EncodingType=BASE64, ValueType=X509_TOKEN
    )
    token.text = base64.b64encode(by.certificate.public_bytes(Encoding.DER)).decode()
    stamp = etree.SubElement(security, f"{{{WSU}}}Timestamp")
    etree.SubElement(stamp, f"{{{WSU}}}Created").text = "2026-11-02T09:00:00Z"
    body = message.find(f"{{{SOAP}}}Body")
    assert body is not None
    blocks = {"Body": body, "Timestamp": stamp, "Token": token}
    signature = xmlsec.template.create(message, xmlsec.Transform.EXCL_C14N, method, ns="ds")
    security.append(signature)
    context = xmlsec.SignatureContext()
    for name, block in blocks.items():
        block.set(f"{{{WSU}}}Id", name)
        context.register_id(block, "Id", WSU)
        if name in parts.split():
            reference = xmlsec.template.add_reference(signature, digest, uri=f"#{name}")
            xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
    key_info = xmlsec.template.ensure_key_info(signature)
    pointer = etree.SubElement(key_info, f"{{{WSSE}}}SecurityTokenReference")
    etree.SubElement(pointer, f"{{{WSSE}}}Reference", URI="#Token", ValueType=X509_TOKEN)
    context.key = xmlsec.Key.from_memory(by.key_pem(), xmlsec.KeyFormat.PEM)
    context.sign(signature)
    return etree.tostring(message)


async def judged(broker: Broker, content: bytes, status: int = 200) -> Finding:
    broker.says(content, status)
    async with suwinet.client(broker.url, answer_issuers=(authority().certificate,)) as client:
        return (await client.ask(BSN, call(QUESTION))).finding


@pytest.mark.parametrize("parts", ["Body", "Body Timestamp Token"])
async def test_an_answer_that_suwinet_signed_is_used(broker: Broker, parts: str) -> None:
    finding = await judged(broker, signed(found(QUESTION), theirs(), parts=parts))

    assert (finding.outcome, finding.reason) == (Outcome.FOUND, "")
    assert finding.target_group is not None


def twice(content: bytes) -> bytes:
    """Another body before the one that was signed, which moves into the header (signature wrapping)."""
    message = etree.fromstring(content)
    body = message.find(f"{{{SOAP}}}Body")
    header = message.find(f"{{{SOAP}}}Header")
    assert body is not None
    assert header is not None
    forged = etree.fromstring(found(QUESTION).replace(b"20281231", b"20990101"))
    message.replace(body, forged[0])
    etree.SubElement(header, "Wrapper").append(body)
    return etree.tostring(message)


def same_id(content: bytes) -> bytes:
    message = etree.fromstring(twice(content))
    message[-1].set(f"{{{WSU}}}Id", "Body")
    return etree.tostring(message)


UNTRUSTED: dict[str, Callable[[], bytes]] = {
    "not signed": lambda: found(QUESTION),
    "by a stranger": lambda: signed(found(QUESTION), make("Broker", stranger())),
    "by nobody": lambda: signed(found(QUESTION), make("Broker")),
    "expired": lambda: signed(found(QUESTION), make("Broker", authority(), ends=timedelta(days=-1))),
    "by one who may issue nothing": lambda: signed(found(QUESTION), make("Broker", ours())),
    "changed": lambda: signed(found(QUESTION), theirs()).replace(b"20281231", b"20991231"),
    "not about the body": lambda: signed(found(QUESTION), theirs(), parts="Timestamp"),
    "weak signature": lambda: signed(found(QUESTION), theirs(), method=xmlsec.Transform.RSA_SHA1),
    "weak digest": lambda: signed(found(QUESTION), theirs(), digest=xmlsec.Transform.SHA1),
    "no token": lambda: signed(found(QUESTION), theirs()).replace(b"BinarySecurityToken", b"Weg"),
    "nonsense as token": lambda: signed(found(QUESTION), theirs()).replace(b">MII", b">XXX"),
    "wrapped": lambda: twice(signed(found(QUESTION), theirs())),
    "wrapped with the same id": lambda: same_id(signed(found(QUESTION), theirs())),
}


@pytest.mark.parametrize("case", list(UNTRUSTED))
async def test_any_other_answer_is_refused(broker: Broker, case: str) -> None:
    finding = await judged(broker, UNTRUSTED[case]())

    assert finding.outcome is Outcome.INCOMPREHENSIBLE
    assert "onderteken" in finding.reason or "handtekening" in finding.reason
    assert finding.target_group is None


async def test_an_error_needs_no_signature_for_it_tells_of_nobody(broker: Broker) -> None:
    with pytest.raises(RegistryUnavailable):
        await judged(broker, fault("soap:Server", "Tijdelijk niet beschikbaar"), 500)
    assert (await judged(broker, fault("soap:Client", "Afgewezen"), 500)).outcome is Outcome.REFUSED_US

    beside = found(QUESTION).replace(b"<soap:Body>", b"<soap:Body><soap:Fault/>")
    finding = await judged(broker, beside)
    assert (finding.outcome, finding.target_group) == (Outcome.INCOMPREHENSIBLE, None)


async def test_without_the_setting_signatures_are_not_looked_at(broker: Broker) -> None:
    broker.says(signed(found(QUESTION), make("Broker", stranger())))

    assert (await suwinet.asked(broker, QUESTION)).finding.outcome is Outcome.FOUND


def test_the_tests_change_what_they_mean_to_change() -> None:
    content = signed(found(QUESTION), theirs())
    assert content.count(b"20281231") == 1
    assert b">MII" in content
    assert etree.fromstring(content).find(f".//{{{DS}}}Signature") is not None
