"""Addresses and signs a question, and sees whether an answer is signed by whom we trust.

WS-Addressing 1.0, WS-Security 1.0 with a BinarySecurityToken (X.509 token profile 1.0), exclusive
canonicalisation, SHA-256 and RSA-SHA256. Every block of the header and the body are signed: that is what
Suwinet asks (in the WSDLs of BKWI), and what keeps an answer from being put beside another question.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from activities.registries import NotUnderstood
from activities.suwinet.answer import body_of
from activities.suwinet.identity import Identity
from activities.suwinet.names import ANONYMOUS, BASE64, DS, SOAP, WSA, WSSE, WSU, X509_TOKEN
from activities.suwinet.quiet import silence

silence()

VALID_FOR = timedelta(minutes=5)
"""How long a question may be under way, by our clock and theirs."""

_ID = f"{{{WSU}}}Id"
_STRONG_SIGNATURES = frozenset(
    method
    for method in SignatureMethod
    if method.name.startswith(("RSA_", "ECDSA_", "SHA256_", "SHA384_", "SHA512_"))
    and not method.name.endswith(("SHA1", "SHA224"))
)
_STRONG_DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})


def address_and_sign(
    envelope: etree._Element, *, action: str, to: str, identity: Identity, now: datetime
) -> tuple[bytes, str]:
    """Make a message of an envelope with a body.

    Args:
        envelope: SOAP 1.1; its header is replaced.
        action: WS-Addressing action.
        to: address of the service.
        identity: signs.
        now: when it is sent, by the real clock: the other side compares it with its own.

    Returns:
        The message as it is sent, and its MessageID.
    """
    for old in envelope.findall(f"{{{SOAP}}}Header"):
        envelope.remove(old)
    message_id = f"urn:uuid:{uuid4()}"
    header = etree.Element(f"{{{SOAP}}}Header", nsmap={"wsa": WSA, "wsse": WSSE, "wsu": WSU})
    envelope.insert(0, header)
    body = body_of(envelope)
    signed = [
        _block(header, f"{{{WSA}}}Action", action),
        _block(header, f"{{{WSA}}}To", to),
        _block(header, f"{{{WSA}}}MessageID", message_id),
        _reply_to(header),
    ]
    security = etree.SubElement(header, f"{{{WSSE}}}Security")
    security.set(f"{{{SOAP}}}mustUnderstand", "1")
    token = _token(security, identity.certificate)
    signed += [token, _timestamp(security, now), body]
    for block in signed:
        block.set(_ID, f"id-{uuid4()}")
    security.append(_signature(envelope, signed, token, identity))
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"), message_id


def verified_body(
    envelope: etree._Element, issuers: Sequence[x509.Certificate], now: datetime
) -> etree._Element:
    """The body of an answer, exactly as it was signed.

    Args:
        envelope: the answer.
        issuers: whose certificates may sign answers.
        now: by the real clock.

    Raises:
        NotUnderstood: not signed, by somebody else, changed since, or the signature is not about the body.
    """
    security = f"./{{{SOAP}}}Header/{{{WSSE}}}Security"
    tokens = envelope.findall(f"{security}/{{{WSSE}}}BinarySecurityToken")
    signatures = envelope.findall(f"{security}/{{{DS}}}Signature")
    if len(tokens) != 1 or len(signatures) != 1:
        raise NotUnderstood("het is niet ondertekend zoals afgesproken")
    certificate = _trusted(tokens[0], issuers, now)
    body_id = body_of(envelope).get(_ID)
    try:
        results = XMLVerifier().verify(
            envelope,
            x509_cert=certificate,
            expect_config=SignatureConfiguration(
                location=f"{security}/",
                expect_references=True,
                signature_methods=_STRONG_SIGNATURES,
                digest_algorithms=_STRONG_DIGESTS,
            ),
        )
    except Exception:
        # signxml raises many kinds of error, its own and those of what it stands on; each means the same here.
        results = None
    if results is None:
        raise NotUnderstood("de handtekening klopt niet met het antwoord")
    found = [
        result.signed_xml
        for result in (results if isinstance(results, list) else [results])
        # The one that stands where the body belongs, and not another that was moved aside.
        if result.signed_xml is not None
        and result.signed_xml.tag == f"{{{SOAP}}}Body"
        and result.signed_xml.get(_ID) == body_id
    ]
    if len(found) != 1:
        raise NotUnderstood("de handtekening gaat niet over de inhoud")
    return found[0]


def _block(parent: etree._Element, tag: str, text: str) -> etree._Element:
    block = etree.SubElement(parent, tag)
    block.text = text
    return block


def _reply_to(header: etree._Element) -> etree._Element:
    block = etree.SubElement(header, f"{{{WSA}}}ReplyTo")
    _block(block, f"{{{WSA}}}Address", ANONYMOUS)
    return block


def _token(security: etree._Element, certificate: x509.Certificate) -> etree._Element:
    token = _block(
        security,
        f"{{{WSSE}}}BinarySecurityToken",
        base64.b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii"),
    )
    token.set("EncodingType", BASE64)
    token.set("ValueType", X509_TOKEN)
    return token


def _timestamp(security: etree._Element, now: datetime) -> etree._Element:
    stamp = etree.SubElement(security, f"{{{WSU}}}Timestamp")
    for name, moment in (("Created", now), ("Expires", now + VALID_FOR)):
        _block(stamp, f"{{{WSU}}}{name}", moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    return stamp


def _signature(
    envelope: etree._Element, signed: Sequence[etree._Element], token: etree._Element, identity: Identity
) -> etree._Element:
    key_info = etree.Element(f"{{{DS}}}KeyInfo", nsmap={"ds": DS, "wsse": WSSE})
    reference = etree.SubElement(
        etree.SubElement(key_info, f"{{{WSSE}}}SecurityTokenReference"), f"{{{WSSE}}}Reference"
    )
    reference.set("URI", f"#{token.get(_ID)}")
    reference.set("ValueType", X509_TOKEN)
    signer = XMLSigner(
        method=SignatureConstructionMethod.detached,
        signature_algorithm=SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    return signer.sign(
        envelope,
        key=identity.key,
        reference_uri=[f"#{block.get(_ID)}" for block in signed],
        key_info=key_info,
    )


def _may_sign(_: Policy, __: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise ValueError("this key signs nothing")


def _may_issue(_: Policy, __: x509.Certificate, constraints: x509.BasicConstraints) -> None:
    if not constraints.ca:
        raise ValueError("this certificate issues nothing")


# Not the rules for web servers: a certificate for signing needs no name of a server.
_SIGNER = ExtensionPolicy.permit_all().may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_sign)
_ISSUER = ExtensionPolicy.permit_all().require_present(
    x509.BasicConstraints, Criticality.AGNOSTIC, _may_issue
)


def _trusted(token: etree._Element, issuers: Sequence[x509.Certificate], now: datetime) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(token.text or "", validate=False))
    except (ValueError, binascii.Error):
        certificate = None
    if certificate is None:
        raise NotUnderstood("het certificaat bij de handtekening is niet te lezen")
    verifier = (
        PolicyBuilder()
        .store(Store(list(issuers)))
        .time(now)
        .extension_policies(ee_policy=_SIGNER, ca_policy=_ISSUER)
        .build_client_verifier()
    )
    try:
        verifier.verify(certificate, [])
        return certificate
    except (VerificationError, ValueError):
        pass
    raise NotUnderstood(
        "het is ondertekend met een certificaat dat verlopen is of van een andere uitgever dan in "
        "MEEDOEN_SUWINET_ANSWER_CA staat"
    )
