"""WS-Security: is a message signed whole by somebody we know, and how the sandbox signs its own.

What the contracts ask: X.509 token in the message, exclusive canonicalisation, SHA-224 or stronger, and every element
of the header and the body signed. The element ``Security`` itself cannot be, for the signature stands in it; what
else stands in it is signed.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature as WrongIssuer
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.exceptions import SignXMLException
from signxml.signer import SignatureReference, XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from domain.base import Explained
from sandbox.suwinet_soap import BASE64, DS, SOAP, WSSE, WSU_ID, X509V3, Refusal, name

_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_STRONG = frozenset({"224", "256", "384", "512"})
_CONFIGURATION = SignatureConfiguration(
    location="./{%s}Header/{%s}Security/" % (SOAP, WSSE),  # noqa: UP031
    expect_references=False,
    signature_methods=frozenset(
        method
        for method in SignatureMethod
        if method.name.startswith("RSA_SHA") and method.name[7:] in _STRONG
    ),
    digest_algorithms=frozenset(
        digest for digest in DigestAlgorithm if digest.name.startswith("SHA") and digest.name[3:] in _STRONG
    ),
)


class CertificateUnusable(Explained):
    """A file with a certificate or key cannot be used; the message says which, why and what to do."""


@dataclass(frozen=True)
class Signer:
    """Who signs answers."""

    key: RSAPrivateKey
    certificate: x509.Certificate


def read_certificates(path: Path) -> tuple[x509.Certificate, ...]:
    """All certificates of a PEM file.

    Raises:
        CertificateUnusable: no such file, or none in it.
    """
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise CertificateUnusable(
            f"{path} bevat geen leesbaar certificaat ({type(error).__name__}). Geef een bestand in PEM-vorm op."
        ) from None


def read_signer(certificate: Path, key: Path) -> Signer:
    """What answers are signed with.

    Raises:
        CertificateUnusable: a file is missing or wrong, or they do not belong together.
    """
    first = read_certificates(certificate)[0]
    try:
        private = load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise CertificateUnusable(
            f"{key} bevat geen leesbare sleutel zonder wachtwoord ({type(error).__name__}). Geef een bestand in "
            "PEM-vorm op."
        ) from None
    if not isinstance(private, RSAPrivateKey) or private.public_key() != first.public_key():
        raise CertificateUnusable(
            f"{key} is niet de RSA-sleutel van {certificate}. Geef een certificaat en sleutel op die bij elkaar "
            "horen."
        )
    return Signer(private, first)


def verify(root: etree._Element, trusted: Sequence[x509.Certificate] | None, now: datetime) -> None:
    """Make sure that a message is signed whole, by a certificate that is known and in force.

    Args:
        root: the whole message.
        trusted: certificates that may sign, or that may have issued the one that signs; None: any.
        now: with a time zone.

    Raises:
        Refusal: anything is wrong with it.
    """
    [security] = root.findall(f"{name(SOAP, 'Header')}/{name(WSSE, 'Security')}")
    signatures = list(root.iter(name(DS, "Signature")))
    if len(signatures) != 1 or signatures[0].getparent() is not security:
        raise Refusal(
            (WSSE, "InvalidSecurity"),
            "Het bericht is geweigerd: er hoort precies één handtekening in wsse:Security te staan. Onderteken het "
            "bericht.",
        )
    signature = signatures[0]
    certificate = _certificate(security, signature)
    _check_certificate(certificate, trusted, now)
    _check_methods(signature)
    try:
        XMLVerifier().verify(root, x509_cert=certificate, id_attribute="Id", expect_config=_CONFIGURATION)
    except (SignXMLException, ValueError, TypeError, etree.LxmlError):
        raise Refusal(
            (WSSE, "FailedCheck"),
            "Het bericht is geweigerd: de handtekening klopt niet. Er is iets veranderd na het ondertekenen, of er "
            "is met een andere sleutel getekend dan die van het meegestuurde certificaat.",
        ) from None
    _check_coverage(root, security, signature)


def _certificate(security: etree._Element, signature: etree._Element) -> x509.Certificate:
    tokens = security.findall(name(WSSE, "BinarySecurityToken"))
    wrong = Refusal(
        (WSSE, "InvalidSecurityToken"),
        "Het bericht is geweigerd: het certificaat (wsse:BinarySecurityToken, X509v3, base64) ontbreekt of is niet te "
        "lezen. Stuur het mee.",
    )
    if len(tokens) != 1 or tokens[0].get("ValueType") != X509V3:
        raise wrong
    try:
        content = base64.b64decode("".join((tokens[0].text or "").split()), validate=True)
        certificate = x509.load_der_x509_certificate(content)
    except (ValueError, binascii.Error):
        raise wrong from None
    pointer = signature.find(
        f"{name(DS, 'KeyInfo')}/{name(WSSE, 'SecurityTokenReference')}/{name(WSSE, 'Reference')}"
    )
    if pointer is None or pointer.get("URI") != f"#{tokens[0].get(WSU_ID)}":
        raise Refusal(
            (WSSE, "InvalidSecurity"),
            "Het bericht is geweigerd: de handtekening verwijst niet naar het meegestuurde certificaat. Verwijs ernaar "
            "met een wsse:SecurityTokenReference (Direct Reference).",
        )
    return certificate


def _check_certificate(
    certificate: x509.Certificate, trusted: Sequence[x509.Certificate] | None, now: datetime
) -> None:
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Refusal(
            (WSSE, "InvalidSecurityToken"),
            "Het bericht is geweigerd: het certificaat is verlopen of geldt nog niet. Vraag een nieuw certificaat aan.",
        )
    if not isinstance(certificate.public_key(), RSAPublicKey):
        raise Refusal(
            (WSSE, "UnsupportedSecurityToken"),
            "Het bericht is geweigerd: het certificaat heeft geen RSA-sleutel. Gebruik een certificaat met RSA.",
        )
    if trusted is None or any(certificate == known or _issued_by(certificate, known) for known in trusted):
        return
    raise Refusal(
        (WSSE, "FailedAuthentication"),
        "Het bericht is geweigerd: dit certificaat is hier niet bekend. Laat het aanmelden bij de beheerder van "
        "Suwinet.",
    )


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, WrongIssuer):
        return False
    return True


def _check_methods(signature: etree._Element) -> None:
    info = signature.find(name(DS, "SignedInfo"))
    used = [] if info is None else [info.find(name(DS, "CanonicalizationMethod"))]
    for reference in [] if info is None else info.findall(name(DS, "Reference")):
        used += reference.findall(f"{name(DS, 'Transforms')}/{name(DS, 'Transform')}") or [None]
    if not used or any(method is None or method.get("Algorithm") != _EXCLUSIVE for method in used):
        raise Refusal(
            (WSSE, "UnsupportedAlgorithm"),
            "Het bericht is geweigerd: alleen exclusive canonicalization (xml-exc-c14n) mag. Stel de ondertekening "
            "daarop in.",
        )


def _check_coverage(root: etree._Element, security: etree._Element, signature: etree._Element) -> None:
    """What was signed is what is read: the very elements, at the places where they are looked for."""
    signed = {
        reference.get("URI", "").removeprefix("#")
        for reference in signature.iterfind(f"{name(DS, 'SignedInfo')}/{name(DS, 'Reference')}")
    }
    header, body = root.find(name(SOAP, "Header")), root.find(name(SOAP, "Body"))
    assert header is not None
    assert body is not None
    for element in (*header, *security, body):
        if element in (security, signature):
            continue
        if element.get(WSU_ID, element.get("Id", "")) not in signed:
            raise Refusal(
                (WSSE, "FailedCheck"),
                f"Het bericht is geweigerd: {etree.QName(element).localname} is niet ondertekend. Onderteken de body "
                "en alles wat in de header staat.",
            )


def sign(root: etree._Element, signer: Signer) -> None:
    """Sign an answer: all elements with a ``wsu:Id``, and the token itself."""
    security = root.find(f"{name(SOAP, 'Header')}/{name(WSSE, 'Security')}")
    assert security is not None
    token = etree.Element(name(WSSE, "BinarySecurityToken"))
    token.set(WSU_ID, "token")
    token.set("EncodingType", BASE64)
    token.set("ValueType", X509V3)
    token.text = base64.b64encode(signer.certificate.public_bytes(Encoding.DER)).decode()
    security.insert(0, token)
    key_info = etree.Element(name(DS, "KeyInfo"), nsmap={"ds": DS, "wsse": WSSE})
    pointer = etree.SubElement(key_info, name(WSSE, "SecurityTokenReference"))
    reference = etree.SubElement(pointer, name(WSSE, "Reference"))
    reference.set("URI", "#token")
    reference.set("ValueType", X509V3)
    xml_signer = XMLSigner(
        method=SignatureConstructionMethod.detached,
        signature_algorithm=SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    references = [
        SignatureReference(URI=f"#{element.get(WSU_ID)}", c14n_method=xml_signer.c14n_alg)
        for element in root.iter()
        if element.get(WSU_ID)
    ]
    signature = xml_signer.sign(root, key=signer.key, reference_uri=references, key_info=key_info)
    security.append(signature)
