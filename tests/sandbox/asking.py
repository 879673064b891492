"""A caller of Suwinet, written apart from the sandbox: it signs with lxml's canonicalisation and plain RSA."""

import base64
import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate
from lxml import etree

from tests.certificates import Made, kept

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://www.w3.org/2005/08/addressing"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
FWI = "http://bkwi.nl/SuwiML/FWI/v0205"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
X509V3 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
NAMES = {"soap": SOAP, "wsa": WSA, "wsse": WSSE, "wsu": WSU, "ds": DS, "fwi": FWI}
BROKER = "/suwibroker/soap"

OPERATIONS = {
    "DUODossierPersoonGSD-v0300": "DUOPersoonsInfo",
    "UWVDossierQuotumArbeidsbeperktenGSD-v0300": "UWVPersoonsArbeidsbeperktenInfo",
    "UWVDossierInkomstenGSD-v0200": "UWVPersoonsIkvInfo",
    "Bijstandsregelingen-v0500": "BijstandsregelingenInfo",
    "GSDDossierReintegratie-v0200": "GSDReintegratieInfo",
}


def namespace(service: str) -> str:
    return f"http://bkwi.nl/SuwiML/Diensten/{service.replace('-', '/')}"


@dataclass
class Message:
    """What is asked; every part can be spoilt before or after it is signed."""

    service: str = "DUODossierPersoonGSD-v0300"
    bsn: str = "999900171"
    period: tuple[str, str] | None = None
    action: str | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    lifetime: timedelta | None = timedelta(minutes=5)
    signer: Made = field(default_factory=lambda: kept("vrager"))

    def tree(self) -> etree._Element:
        """The message without a signature."""
        operation = OPERATIONS[self.service]
        action = self.action or f"http://bkwi.nl/SuwiML/Diensten/{self.service}/{operation}"
        end = "" if self.lifetime is None else f"<wsu:Expires>{self._time(self.lifetime)}</wsu:Expires>"
        asked = ""
        if self.period is not None:
            asked = (
                f"<PeriodeGegevensvraagIko><DatBPeriode>{self.period[0]}</DatBPeriode>"
                f"<DatEPeriode>{self.period[1]}</DatEPeriode></PeriodeGegevensvraagIko>"
            )
        token = base64.b64encode(self.signer.certificate.public_bytes(Encoding.DER)).decode()
        return etree.fromstring(
            f"""<soap:Envelope xmlns:soap="{SOAP}" xmlns:wsa="{WSA}" xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}">
              <soap:Header>
                <wsa:Action wsu:Id="i1">{action}</wsa:Action>
                <wsa:To wsu:Id="i2">https://broker.example/suwibroker/soap/{self.service}</wsa:To>
                <wsa:MessageID wsu:Id="i3">urn:uuid:{uuid.uuid4()}</wsa:MessageID>
                <wsa:ReplyTo wsu:Id="i4"><wsa:Address>{WSA}/anonymous</wsa:Address></wsa:ReplyTo>
                <wsse:Security soap:mustUnderstand="1">
                  <wsse:BinarySecurityToken wsu:Id="i5" ValueType="{X509V3}">{token}</wsse:BinarySecurityToken>
                  <wsu:Timestamp wsu:Id="i6"><wsu:Created>{self._time(timedelta())}</wsu:Created>{end}</wsu:Timestamp>
                </wsse:Security>
              </soap:Header>
              <soap:Body wsu:Id="i7"><v:{operation} xmlns:v="{namespace(self.service)}">
                <Burgerservicenr>{self.bsn}</Burgerservicenr>{asked}</v:{operation}></soap:Body>
            </soap:Envelope>"""
        )

    def signed(self, *ids: str) -> etree._Element:
        """The message, with these elements signed: all when none is named."""
        return sign(self.tree(), self.signer, ids or tuple(f"i{number}" for number in range(1, 8)))

    def _time(self, later: timedelta) -> str:
        return f"{self.created + later:%Y-%m-%dT%H:%M:%SZ}"


def sign(
    root: etree._Element, signer: Made, ids: tuple[str, ...], *, method: str = EXCLUSIVE
) -> etree._Element:
    """Put a signature over these elements into a message."""
    references = "".join(
        f'<ds:Reference URI="#{one}"><ds:Transforms><ds:Transform Algorithm="{method}"/></ds:Transforms>'
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        f"<ds:DigestValue>{digest(by_id(root, one), method)}</ds:DigestValue></ds:Reference>"
        for one in ids
    )
    signature = etree.fromstring(
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{method}"/>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>'
        f"{references}</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo>"
        f'<wsse:SecurityTokenReference xmlns:wsse="{WSSE}"><wsse:Reference URI="#i5" ValueType="{X509V3}"/>'
        "</wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature>"
    )
    [security] = root.xpath("//wsse:Security", namespaces=NAMES)
    security.append(signature)
    exclusive = method == EXCLUSIVE
    info = etree.tostring(signature[0], method="c14n", exclusive=exclusive)
    signature[1].text = base64.b64encode(signer.key.sign(info, PKCS1v15(), hashes.SHA256())).decode()
    return root


def by_id(root: etree._Element, one: str) -> etree._Element:
    [found] = root.xpath("//*[@wsu:Id=$one]", one=one, namespaces=NAMES)
    assert isinstance(found, etree._Element)
    return found


def digest(element: etree._Element, method: str = EXCLUSIVE) -> str:
    content = etree.tostring(element, method="c14n", exclusive=method == EXCLUSIVE, with_tail=False)
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def check_signature(root: etree._Element) -> set[str]:
    """Check a signature by hand; says which ids it covers.

    Raises:
        InvalidSignature: or AssertionError when a digest is wrong.
    """
    [info] = root.xpath("//ds:SignedInfo", namespaces=NAMES)
    [value] = root.xpath("//ds:SignatureValue", namespaces=NAMES)
    [token] = root.xpath("//wsse:BinarySecurityToken", namespaces=NAMES)
    key = load_der_x509_certificate(base64.b64decode(token.text)).public_key()
    assert isinstance(key, RSAPublicKey)
    content = etree.tostring(info, method="c14n", exclusive=True)
    key.verify(base64.b64decode(value.text), content, PKCS1v15(), hashes.SHA256())
    covered = set()
    for reference in info.findall(f"{{{DS}}}Reference"):
        one = reference.get("URI").removeprefix("#")
        assert digest(by_id(root, one)) == reference.findtext(f"{{{DS}}}DigestValue"), one
        covered.add(one)
    return covered


async def post(http: httpx2.AsyncClient, root: etree._Element | bytes, service: str) -> httpx2.Response:
    body = root if isinstance(root, bytes) else etree.tostring(root)
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
    return await http.post(f"{BROKER}/{service}", content=body, headers=headers)


async def ask(http: httpx2.AsyncClient, message: Message) -> httpx2.Response:
    return await post(http, message.signed(), message.service)


def content_of(response: httpx2.Response) -> etree._Element:
    """The one element in the body of an answer."""
    [content] = etree.fromstring(response.content).xpath("/soap:Envelope/soap:Body/*", namespaces=NAMES)
    assert isinstance(content, etree._Element)
    return content


def fault_code(response: httpx2.Response) -> str:
    assert response.status_code == 500
    return content_of(response).findtext("faultcode") or ""
