"""Reads a question to Suwinet, and refuses what the contract does not allow, in the order of a broker.

First the message (SOAP, WS-Addressing, WS-Security), and only of a good message the question in it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cryptography import x509
from lxml import etree
from stdnum.nl import bsn as bsn_numbers

from sandbox.suwinet_answers import Period
from sandbox.suwinet_services import Service
from sandbox.suwinet_signature import verify
from sandbox.suwinet_soap import SOAP, WSA, WSSE, WSU, Refusal, name

_REQUIRED = ("Action", "To", "MessageID")
_ALLOWED = frozenset({*_REQUIRED, "ReplyTo", "From", "FaultTo"})
_SKEW = timedelta(minutes=5)
"""How far two clocks may be apart, and how old a message without an end may be."""
_DATE = re.compile("[0-9]{8}")


@dataclass(frozen=True)
class SuwinetQuestion:
    """A question that the broker takes."""

    bsn: str
    period: Period
    message_id: str


def parse(body: bytes) -> etree._Element:
    """Read XML without ever fetching or expanding anything.

    Raises:
        Refusal: it is no XML, or has a document type.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise _structure("het is geen geldige XML") from None
    document = root.getroottree().docinfo
    if document.internalDTD is not None or document.doctype:
        raise _structure("een documenttype (DTD) mag er niet in staan")
    if any(not isinstance(element.tag, str) for element in root.iter()):
        raise _structure("commentaar, verwijzingen en verwerkingsopdrachten mogen er niet in staan")
    return root


def bsns_in(root: etree._Element) -> frozenset[str]:
    """The numbers that a message is about, also when it is otherwise wrong."""
    found = {(element.text or "").strip() for element in root.iter("{*}Burgerservicenr")}
    return frozenset(bsn for bsn in found if re.fullmatch("[0-9]{9}", bsn))


def message_id(root: etree._Element) -> str | None:
    return root.findtext(f"{name(SOAP, 'Header')}/{name(WSA, 'MessageID')}")


def read(
    root: etree._Element, service: Service, trusted: Sequence[x509.Certificate] | None, now: datetime
) -> SuwinetQuestion:
    """Check a message and take the question out of it.

    Raises:
        Refusal: the first thing that is wrong.
    """
    header, body = _parts(root)
    _check_headers(header, service)
    [security] = header.findall(name(WSSE, "Security"))
    # No signature covers these three themselves, so that nothing may stand in them but elements.
    if any(_loose_text(element) for element in (root, header, security)):
        raise _structure("er staat losse tekst in de envelop, de header of wsse:Security")
    _check_timestamp(security, now)
    verify(root, trusted, now)
    bsn, period = _question(body, service)
    return SuwinetQuestion(bsn, period, message_id(root) or "")


def _structure(why: str) -> Refusal:
    return Refusal(
        (SOAP, "Client"), f"Het bericht is geweigerd: {why}. Stuur een SOAP 1.1-bericht volgens het contract."
    )


def _loose_text(element: etree._Element) -> bool:
    return any((text or "").strip() for text in (element.text, *(child.tail for child in element)))


def _parts(root: etree._Element) -> tuple[etree._Element, etree._Element]:
    if root.tag != name(SOAP, "Envelope"):
        raise _structure("het is geen SOAP-envelop")
    if [element.tag for element in root] != [name(SOAP, "Header"), name(SOAP, "Body")]:
        raise _structure("in de envelop horen precies een header en een body")
    return root[0], root[1]


def _check_headers(header: etree._Element, service: Service) -> None:
    allowed = {name(WSA, local) for local in _ALLOWED} | {name(WSSE, "Security")}
    tags = [element.tag for element in header]
    for element in header:
        if element.tag not in allowed or tags.count(element.tag) > 1:
            raise Refusal(
                (SOAP, "Client"),
                f"Het bericht is geweigerd: het headerveld {etree.QName(element).localname[:40]} mag er niet (nog "
                "eens) in staan. Eigen headervelden zijn niet toegestaan; haal het weg.",
            )
    for local in _REQUIRED:
        if not (header.findtext(name(WSA, local)) or "").strip():
            raise Refusal(
                (WSA, "MessageAddressingHeaderRequired"),
                f"Het bericht is geweigerd: wsa:{local} ontbreekt. Vul WS-Addressing aan.",
            )
    if (header.findtext(name(WSA, "Action")) or "").strip() != service.action():
        raise Refusal(
            (WSA, "ActionNotSupported"),
            f"Het bericht is geweigerd: wsa:Action hoort niet bij {service.address}. Gebruik de waarde uit het "
            "contract.",
        )
    if header.find(name(WSSE, "Security")) is None:
        raise Refusal(
            (WSSE, "InvalidSecurity"),
            "Het bericht is geweigerd: wsse:Security ontbreekt. Voeg tijdstempel, certificaat en handtekening toe.",
        )


def _check_timestamp(security: etree._Element, now: datetime) -> None:
    stamps = security.findall(name(WSU, "Timestamp"))
    created = _moment(stamps[0].findtext(name(WSU, "Created"))) if len(stamps) == 1 else None
    if created is None:
        raise Refusal(
            (WSSE, "InvalidSecurity"),
            "Het bericht is geweigerd: wsu:Timestamp met wsu:Created ontbreekt of is niet te lezen. Voeg die toe, met "
            "tijdzone.",
        )
    end = stamps[0].findtext(name(WSU, "Expires"))
    expires = created + _SKEW if end is None else _moment(end)
    if expires is None or expires < created:
        raise Refusal(
            (WSSE, "InvalidSecurity"),
            "Het bericht is geweigerd: wsu:Expires is niet te lezen of ligt voor wsu:Created. Herstel het tijdstempel.",
        )
    if created > now + _SKEW or expires < now:
        raise Refusal(
            (WSU, "MessageExpired"),
            "Het bericht is geweigerd: het tijdstempel is verlopen of ligt in de toekomst. Stuur het opnieuw, en zet "
            "de klok gelijk.",
        )


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _question(body: etree._Element, service: Service) -> tuple[str, Period]:
    if len(body) != 1 or body[0].tag != name(service.namespace, service.operation):
        raise _wrong("0001", f"in de body hoort precies één {service.operation} te staan")
    question = body[0]
    allowed = [["Burgerservicenr"]]
    if service.with_period:
        allowed.append(["Burgerservicenr", "PeriodeGegevensvraagIko"])
    if [element.tag for element in question] not in allowed:
        raise _wrong("0002", f"de vraag {service.operation} heeft niet de elementen van het contract")
    bsn = question[0].text or ""
    if len(question[0]) or not re.fullmatch("[0-9]{9}", bsn) or not bsn_numbers.is_valid(bsn):
        raise _wrong(
            "0003", "het burgerservicenummer heeft geen negen cijfers of voldoet niet aan de elfproef"
        )
    return bsn, _period(question[1]) if len(question) == 2 else Period()


def _period(element: etree._Element) -> Period:
    names = [child.tag for child in element]
    if names not in ([], ["DatBPeriode"], ["DatEPeriode"], ["DatBPeriode", "DatEPeriode"]):
        raise _wrong("0002", "de gevraagde periode heeft niet de elementen van het contract")
    days = {child.tag: _day(child.text or "") for child in element}
    period = Period(days.get("DatBPeriode"), days.get("DatEPeriode"))
    if period.since is not None and period.until is not None and period.until < period.since:
        raise _wrong("0004", "de gevraagde periode eindigt voordat zij begint")
    return period


def _day(text: str) -> date | None:
    """A day; zeros mean that this side is open."""
    if _DATE.fullmatch(text) is None:
        raise _wrong("0004", "een datum van de gevraagde periode heeft geen acht cijfers")
    if text == "00000000":
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise _wrong("0004", "een datum van de gevraagde periode bestaat niet") from None


def _wrong(code: str, why: str) -> Refusal:
    return Refusal((SOAP, "Client"), f"De vraag is geweigerd: {why}. Herstel de vraag.", fwi_code=code)
