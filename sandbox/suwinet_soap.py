"""SOAP 1.1 as Suwinet uses it: names, the making of answers and faults, and nothing about what they say."""

import uuid
from datetime import UTC, datetime, timedelta

from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://www.w3.org/2005/08/addressing"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = f"{_WSS}wssecurity-secext-1.0.xsd"
WSU = f"{_WSS}wssecurity-utility-1.0.xsd"
X509V3 = f"{_WSS}x509-token-profile-1.0#X509v3"
BASE64 = f"{_WSS}soap-message-security-1.0#Base64Binary"
DS = "http://www.w3.org/2000/09/xmldsig#"
FWI = "http://bkwi.nl/SuwiML/FWI/v0205"

ANONYMOUS = f"{WSA}/anonymous"
_PREFIXES = {"soap": SOAP, "wsa": WSA, "wsse": WSSE, "wsu": WSU}
_SOURCE = "CN=sandbox.meedoen.example, O=Verzonnen Suwinet"
_VALID = timedelta(minutes=5)


def name(namespace: str, local: str) -> str:
    """A qualified name as lxml writes it."""
    return f"{{{namespace}}}{local}"


WSU_ID = name(WSU, "Id")


class Refusal(Exception):
    """A message that the broker does not take.

    Attributes:
        code: namespace and local part of the faultcode.
        sentence: Dutch; repeats nothing of the message.
        fwi_code: given for what is wrong with the question itself; then the fault carries a ``fwi:Fout``. Which codes
            the real broker uses is not public; these are ours.
    """

    def __init__(self, code: tuple[str, str], sentence: str, fwi_code: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.fwi_code = fwi_code


def notice(kind: str, code: str, sentence: str) -> etree._Element:
    """One message of FWI: ``Fout``, ``Waarschuwing`` or ``Informatie``."""
    element = etree.Element(kind)
    etree.SubElement(element, "Code").text = code
    etree.SubElement(element, "Tekst").text = sentence
    source = etree.SubElement(element, "Bron")
    etree.SubElement(source, "DN").text = _SOURCE
    return element


def notices(*content: etree._Element) -> etree._Element:
    """The element ``fwi:FWI`` with messages in it."""
    element = etree.Element(name(FWI, "FWI"), nsmap={"fwi": FWI})
    element.extend(content)
    return element


def nothing_found() -> etree._Element:
    return etree.Element(name(FWI, "NietsGevonden"), nsmap={"fwi": FWI})


def fault(code: tuple[str, str], sentence: str, fwi_code: str = "") -> etree._Element:
    """A SOAP fault, with a ``fwi:Fout`` in it as the contract has it when a code is given."""
    prefix = {SOAP: "soap", WSSE: "wsse", WSU: "wsu", WSA: "wsa"}[code[0]]
    element = etree.Element(name(SOAP, "Fault"), nsmap={"soap": SOAP, prefix: code[0]})
    etree.SubElement(element, "faultcode").text = f"{prefix}:{code[1]}"
    etree.SubElement(element, "faultstring").text = sentence
    if fwi_code:
        detail = etree.SubElement(element, "detail")
        wrong = notice("Fout", fwi_code, sentence)
        wrong.tag = name(FWI, "Fout")
        detail.append(wrong)
    return element


def envelope(
    content: etree._Element, *, action: str, relates_to: str | None, now: datetime
) -> etree._Element:
    """An answer with the headers that WS-Addressing and WS-Security ask for, not signed yet.

    Every element that a signature has to cover carries a ``wsu:Id``.
    """
    root = etree.Element(name(SOAP, "Envelope"), nsmap=dict(_PREFIXES))
    header = etree.SubElement(root, name(SOAP, "Header"))
    addressing = {"Action": action, "To": ANONYMOUS, "MessageID": f"urn:uuid:{uuid.uuid4()}"}
    if relates_to is not None:
        addressing["RelatesTo"] = relates_to
    for local, text in addressing.items():
        element = etree.SubElement(header, name(WSA, local))
        element.set(WSU_ID, f"wsa-{local}")
        element.text = text
    security = etree.SubElement(header, name(WSSE, "Security"))
    security.set(name(SOAP, "mustUnderstand"), "1")
    stamp = etree.SubElement(security, name(WSU, "Timestamp"))
    stamp.set(WSU_ID, "timestamp")
    for local, moment in (("Created", now), ("Expires", now + _VALID)):
        etree.SubElement(stamp, name(WSU, local)).text = f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    body = etree.SubElement(root, name(SOAP, "Body"))
    body.set(WSU_ID, "body")
    body.append(content)
    return root


def serialised(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
