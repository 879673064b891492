"""What came back, up to the element that a service's own contract describes.

Nothing here keeps, logs or says what was read; a text of Suwinet is only searched for words that tell whether it
makes sense to ask again.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

from activities.registries import NotUnderstood, RegistryRefused
from activities.suwinet.names import FWI, SOAP, WSA

AUTHORISATION = "de autorisatie bij Suwinet (BKWI) en het certificaat (MEEDOEN_SUWINET_CERTIFICATE)"
"""What lets us ask; for an administrator to look at."""

_FOUND_NOTHING = f"{{{FWI}}}NietsGevonden"
_NOT_ENTITLED = f"{{{FWI}}}NietGerechtigd"
_NOTICES = f"{{{FWI}}}FWI"
_CLIENT = "ClientSuwi"

_SIGNATURE_REFUSED = frozenset(
    {
        "FailedAuthentication",
        "FailedCheck",
        "InvalidSecurity",
        "InvalidSecurityToken",
        "SecurityTokenUnavailable",
        "UnsupportedAlgorithm",
        "UnsupportedSecurityToken",
    }
)
"""Fault codes of WS-Security 1.0, section 12."""
_OUR_MISTAKE = frozenset({"Client", "MustUnderstand", "VersionMismatch"})
"""SOAP 1.1, 4.4.1: the same message will fail again."""
_LATER = "Server"
"""SOAP 1.1, 4.4.1: the same message may succeed later."""

# No list of codes is public. These words are a guess at what anybody would write; what they do not cover is told
# as it came: a code that nobody here knows.
_WORDS_OF_LATER = (
    "tijdelijk", "niet beschikbaar", "niet bereikbaar", "time-out", "timeout", "time out", "timed out",
    "unavailable", "storing", "technische fout", "overbelast", "probeer het later",
)  # fmt: skip
_WORDS_OF_REFUSAL = (
    "autoris", "niet gemachtigd", "niet gerechtigd", "niet toegestaan", "geen toegang", "not authorized",
    "not authorised", "unauthorized", "unauthorised", "access denied", "forbidden",
)  # fmt: skip

_CODE = re.compile("[A-Za-z0-9]{1,20}")
_LIKE_A_NUMBER_OF_A_PERSON = re.compile("[0-9]{8}")


class TryLater(Exception):
    """Suwinet, or who answers behind it, cannot do it now.

    Attributes:
        code: of the message, as it may stand in a sentence.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Notice(NamedTuple):
    """One message of Fout, Waarschuwing or Informatie."""

    kind: str
    code: str
    words: str
    """Lower case, to search in; never to show."""


@dataclass(frozen=True)
class Answer:
    """What a service said, when it said something."""

    element: etree._Element | None
    """The answer with ClientSuwi in it; None: nothing was found."""
    warnings: tuple[str, ...] = ()
    """Codes of errors and warnings that came beside the data."""


def parse(body: bytes) -> etree._Element:
    """The envelope.

    Raises:
        NotUnderstood: no XML, more than plain XML, or no SOAP 1.1.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        # Raised outside the handler: the error of the library quotes the answer.
        raise NotUnderstood("het is geen geldige XML")
    if root.getroottree().docinfo.doctype:
        raise NotUnderstood("het bevat een DTD, en die is niet toegestaan")
    if root.tag != f"{{{SOAP}}}Envelope":
        raise NotUnderstood("het is geen SOAP-bericht")
    return root


def body_of(envelope: etree._Element) -> etree._Element:
    """The one body.

    Raises:
        NotUnderstood: there is none, or more than one.
    """
    bodies = envelope.findall(f"{{{SOAP}}}Body")
    if len(bodies) != 1:
        raise NotUnderstood("het SOAP-bericht heeft geen inhoud")
    return bodies[0]


def has_fault(envelope: etree._Element) -> bool:
    """Whether it tells of an error instead of an answer."""
    return envelope.find(f"{{{SOAP}}}Body/{{{SOAP}}}Fault") is not None


def check_relation(envelope: etree._Element, message_id: str) -> None:
    """See that it answers the question that was asked, where it says which one it answers.

    Raises:
        NotUnderstood: it answers another.
    """
    for header in envelope.findall(f"{{{SOAP}}}Header/{{{WSA}}}RelatesTo"):
        if (header.text or "").strip() != message_id:
            raise NotUnderstood("het hoort bij een andere vraag")


def judge(body: etree._Element, answer_tag: str) -> Answer:
    """Which of the possible answers this is.

    Args:
        body: of the envelope.
        answer_tag: element that the service answers with.

    Raises:
        NotUnderstood: none of them, or an error that nobody here knows.
        RegistryRefused: our question is refused.
        TryLater: it may succeed later.
    """
    children = [child for child in body if isinstance(child.tag, str)]
    if len(children) != 1:
        raise NotUnderstood("het SOAP-bericht heeft geen inhoud of meer dan één")
    (element,) = children
    if element.tag == f"{{{SOAP}}}Fault":
        _judge_fault(element)
    if element.tag != answer_tag:
        raise NotUnderstood("het is geen antwoord op deze vraag")
    parts = [child.tag for child in element if isinstance(child.tag, str)]
    notices = [notice for part in element.findall(_NOTICES) for notice in _notices(part)]
    if _CLIENT in parts:
        if parts.count(_CLIENT) > 1 or _FOUND_NOTHING in parts:
            raise NotUnderstood("het zegt meer dan één ding tegelijk")
        told = dict.fromkeys(notice.code for notice in notices if notice.kind != "Informatie")
        return Answer(element, tuple(told))
    if _NOT_ENTITLED in parts:
        raise RegistryRefused("zegt dat wij hier geen recht op hebben", AUTHORISATION)
    errors = [notice for notice in notices if notice.kind == "Fout"]
    if errors:
        _judge_errors(errors)
    if parts == [_FOUND_NOTHING]:
        return Answer(None)
    if notices:
        raise NotUnderstood(f"het bevat alleen een melding (code {notices[0].code})")
    raise NotUnderstood("het bevat geen gegevens")


def _notices(parent: etree._Element) -> list[Notice]:
    return [
        Notice(etree.QName(one).localname, _code_of(_text(one, "Code")), _text(one, "Tekst").lower())
        for one in parent
        if isinstance(one.tag, str)
    ]


def _code_of(text: str) -> str:
    """A code as it may stand in a sentence: letters and digits only, and nothing like a burgerservicenummer.

    Returns:
        The code, or "onbekend" when what came may hold more than a code.
    """
    code = text.strip()
    if _CODE.fullmatch(code) is None or _LIKE_A_NUMBER_OF_A_PERSON.search(code):
        return "onbekend"
    return code


def _text(parent: etree._Element, name: str) -> str:
    # Whatever the namespace: senders of faults differ in it.
    found = next(
        (one for one in parent if isinstance(one.tag, str) and etree.QName(one).localname == name), None
    )
    return "" if found is None else (found.text or "").strip()


def _judge_errors(errors: list[Notice]) -> None:
    words = " ".join(notice.words for notice in errors)
    code = errors[0].code
    if any(word in words for word in _WORDS_OF_REFUSAL):
        raise RegistryRefused(f"weigert onze vraag (code {code})", AUTHORISATION)
    if any(word in words for word in _WORDS_OF_LATER):
        raise TryLater(code)
    raise NotUnderstood(f"het meldt een fout die wij niet kennen (code {code})")


def _judge_fault(fault: etree._Element) -> None:
    kind = _code_of(_text(fault, "faultcode").rpartition(":")[2].partition(".")[0])
    if kind in _SIGNATURE_REFUSED:
        raise RegistryRefused(
            f"weigert onze handtekening (code {kind})",
            "het certificaat en de sleutel (MEEDOEN_SUWINET_CERTIFICATE en MEEDOEN_SUWINET_PRIVATE_KEY), en of BKWI "
            "dit certificaat kent",
        )
    own_words = Notice("Fout", kind, _text(fault, "faultstring").lower())
    told = [
        Notice("Fout", _code_of(_text(one, "Code")), _text(one, "Tekst").lower())
        for one in fault.iter(f"{{{FWI}}}Fout")
    ]
    if told:
        _judge_errors([*told, own_words])
    if any(word in own_words.words for word in (*_WORDS_OF_REFUSAL, *_WORDS_OF_LATER)):
        _judge_errors([own_words])
    if kind == _LATER:
        raise TryLater(kind)
    if kind in _OUR_MISTAKE:
        raise RegistryRefused(
            f"wijst onze vraag af als onjuist (code {kind})", "de koppeling met Suwinet en haar versies"
        )
    raise NotUnderstood(f"het meldt een fout die wij niet kennen (code {kind})")
