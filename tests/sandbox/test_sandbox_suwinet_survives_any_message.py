"""Whatever is sent to the broker gets an answer or a refusal, and what was changed gets no data."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from sandbox.suwinet_request import SuwinetQuestion, parse, read
from sandbox.suwinet_services import SERVICES
from sandbox.suwinet_soap import Refusal
from tests.sandbox.asking import Message

SERVICE = SERVICES["UWVDossierInkomstenGSD-v0200"]
GOOD = etree.tostring(Message(SERVICE.address, "999900171", ("20250101", "20250331")).signed())
NOW = datetime.now(UTC)


def taken(body: bytes) -> SuwinetQuestion | None:
    """What the broker makes of a message; None: it refused it, in a sentence."""
    try:
        return read(parse(body), SERVICE, None, NOW)
    except Refusal as refusal:
        said = refusal.sentence
    assert "geweigerd" in said
    assert "999900171" not in said
    return None


def test_the_message_itself_is_taken() -> None:
    found = taken(GOOD)
    assert found is not None
    assert found.bsn == "999900171"


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_message_with_an_element_out_of_place_is_refused(data: st.DataObject) -> None:
    root = etree.fromstring(GOOD)
    elements = [element for element in root.iter() if element is not root]
    element = data.draw(st.sampled_from(elements))
    match data.draw(st.sampled_from(["drop", "double", "rename", "fill", "mark"])):
        case "drop":
            element.getparent().remove(element)
        case "double":
            element.addnext(etree.fromstring(etree.tostring(element)))
        case "rename":
            element.tag = f"{{urn:anders}}{etree.QName(element).localname}"
        case "fill":
            element.text = (element.text or "") + data.draw(st.text("abc0123<&é", min_size=1, max_size=5))
        case "mark":
            element.set("Id", data.draw(st.sampled_from(["i1", "i7", "x"])))

    # Of the signature itself only what it signs counts, and of what holds signed parts only those parts.
    holder = etree.QName(element).localname in ("Header", "Security", "Signature")
    inside = any(etree.QName(one).localname in ("KeyInfo", "SignatureValue") for one in _line(element))
    found = taken(etree.tostring(root))

    assert found is None or inside or holder
    assert found is None or found.bsn == "999900171"


def _line(element: etree._Element) -> list[etree._Element]:
    return [element, *element.iterancestors()]


@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=3), st.integers(0, 3))
@settings(max_examples=200, deadline=None)
def test_changed_bytes_never_break_the_broker(place: int, put: bytes, cut: int) -> None:
    found = taken(GOOD[:place] + put + GOOD[place + cut :])

    assert found is None or found.bsn == "999900171"


@pytest.mark.parametrize("service", [one for one in SERVICES.values() if one is not SERVICE])
def test_a_message_for_one_service_is_no_message_for_another(service: object) -> None:
    with pytest.raises(Refusal):
        read(parse(GOOD), service, None, NOW)  # type: ignore[arg-type]
