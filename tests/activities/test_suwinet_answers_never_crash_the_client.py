"""Whatever comes back, a question ends as a finding or as "no answer now", and never in another error.

A valid answer is bent in every way that XML and HTTP allow.
"""

import asyncio
import copy
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from activities.registries import RegistryUnavailable
from activities.suwinet.client import SuwinetClient
from domain.findings import Finding, Outcome
from tests.activities.broker import (
    BSN,
    DATA,
    NOTHING,
    answer,
    call,
    client,
    client_suwi,
    envelope,
    fault,
    found,
    notice,
)

READINGS = ("school", "target_group", "earnings", "benefits", "reintegration")
XSI = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass
class Line:
    """What stands at the other end of the HTTP library."""

    asking: SuwinetClient
    body: bytes = b""
    status: int = 200
    kind: str = "text/xml"

    def answer(self, _: httpx2.Request) -> httpx2.Response:
        # Raw: the client reads what came over the line, byte by byte.
        return httpx2.Response(
            self.status, headers={"content-type": self.kind}, stream=httpx2.ByteStream(self.body)
        )


async def over(line: Line, question: str) -> Finding | None:
    try:
        return (await line.asking.ask(BSN, call(question))).finding
    except RegistryUnavailable as error:
        sentence = error.sentence
    assert sentence
    assert BSN not in sentence
    return None


@pytest.fixture(scope="module")
def loop() -> Any:
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture(scope="module")
def line(loop: asyncio.AbstractEventLoop) -> Any:
    line = Line(client("http://127.0.0.1:1/soap"))
    asking = line.asking
    asking._client._mounts = {}
    asking._client._transport = httpx2.MockTransport(line.answer)
    yield line
    loop.run_until_complete(asking.aclose())


def asked(
    loop: asyncio.AbstractEventLoop,
    line: Line,
    question: str,
    body: bytes,
    status: int = 200,
    kind: str = "text/xml",
) -> Finding | None:
    line.body, line.status, line.kind = body, status, kind
    finding = loop.run_until_complete(over(line, question))
    if finding is not None:
        told = [name for name in READINGS if getattr(finding, name) is not None]
        assert bool(told) == (finding.outcome is Outcome.FOUND), "only what was found is told, and it is told"
        assert BSN not in finding.model_dump_json()
    return finding


# --- ways to bend ---------------------------------------------------------------------------------

TEXTS = st.one_of(
    st.sampled_from(["", " ", "00000000", "99999999", "20260230", "-1", "1" * 40, BSN, "ja", "1.5", "\u0663" * 8]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=20),
)  # fmt: skip
NAMES = st.sampled_from(
    [
        "Burgerservicenr",
        "ClientSuwi",
        "FWI",
        "Fout",
        "SzWet",
        "Nieuw",
        "DatBRv",
        "_raw_elements",
        "Body",
        "leeg",
    ]
)
SPACES = st.sampled_from(["", "http://bkwi.nl/SuwiML/FWI/v0205", "urn:vreemd", XSI])


def bend(element: etree._Element, data: st.DataObject) -> None:
    parent = element.getparent()
    way = data.draw(
        st.sampled_from(["drop", "double", "rename", "text", "attribute", "comment", "move", "nest", "nil"])
    )
    if way == "text":
        element.text = data.draw(TEXTS)
    elif way == "rename":
        space, name = data.draw(SPACES), data.draw(NAMES)
        element.tag = f"{{{space}}}{name}" if space else name
    elif way == "attribute":
        element.set(data.draw(NAMES), data.draw(TEXTS))
    elif way == "nil":
        element.set(f"{{{XSI}}}{data.draw(st.sampled_from(['nil', 'type']))}", data.draw(TEXTS))
    elif way == "comment":
        element.append(
            etree.Comment("x") if data.draw(st.booleans()) else etree.ProcessingInstruction("x", "y")
        )
    elif way == "nest":
        element.append(copy.deepcopy(element))
    elif parent is not None:
        if way == "drop":
            parent.remove(element)
        elif way == "double":
            parent.append(copy.deepcopy(element))
        else:
            parent.insert(0, element)


SHAPES = [
    lambda question: client_suwi(DATA[question]),
    lambda question: client_suwi(DATA[question]) + notice("Waarschuwing", "W1"),
    lambda question: notice("Fout", "F1", "tijdelijk"),
    lambda question: NOTHING,
]


@pytest.mark.parametrize("question", list(DATA))
@given(data=st.data())
def test_a_bent_answer_ends_well(
    loop: asyncio.AbstractEventLoop, line: Line, question: str, data: st.DataObject
) -> None:
    shape = data.draw(st.sampled_from(SHAPES))
    message = etree.fromstring(envelope(answer(question, shape(question))))
    for _ in range(data.draw(st.integers(min_value=1, max_value=4))):
        elements = [element for element in message.iter() if isinstance(element.tag, str)]
        bend(data.draw(st.sampled_from(elements)), data)
    asked(loop, line, question, etree.tostring(message))


@pytest.mark.parametrize("question", list(DATA))
@given(data=st.data())
def test_bent_bytes_end_well(
    loop: asyncio.AbstractEventLoop, line: Line, question: str, data: st.DataObject
) -> None:
    body = bytearray(data.draw(st.sampled_from([found(question), fault("soap:Client", "x"), b""])))
    for _ in range(data.draw(st.integers(min_value=1, max_value=5))):
        at = data.draw(st.integers(min_value=0, max_value=len(body)))
        body[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=8))
    status = data.draw(st.sampled_from([200, 200, 500, 404, 301, 204, 418, 599]))
    asked(loop, line, question, bytes(body), status)


@pytest.mark.parametrize("question", list(DATA))
def test_every_element_may_be_missing(loop: asyncio.AbstractEventLoop, line: Line, question: str) -> None:
    whole = etree.fromstring(found(question))
    outcomes = set()
    for number in range(1, len(list(whole.iter()))):
        message = copy.deepcopy(whole)
        element = list(message.iter())[number]
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)
        finding = asked(loop, line, question, etree.tostring(message))
        assert finding is not None
        outcomes.add(finding.outcome)
    assert outcomes == {Outcome.FOUND, Outcome.INCOMPREHENSIBLE}


def test_the_line_carries_a_whole_answer(loop: asyncio.AbstractEventLoop, line: Line) -> None:
    finding = asked(loop, line, "duo_onderwijs", found("duo_onderwijs"))
    assert finding is not None
    assert finding.outcome is Outcome.FOUND
