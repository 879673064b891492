"""Whatever comes back, a question ends as a finding or as "no answer now", and never in another error.

A valid answer is bent in every way that XML and HTTP allow.
"""

import copy
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from activities.registries import RegistryUnavailable
from activities.suwinet.client import SuwinetClient
from domain.findings import Finding, Outcome
from tests.activities import broker as suwinet
from tests.activities.broker import (
    BSN,
    DATA,
    NOTHING,
    Broker,
    answer,
    call,
    client_suwi,
    envelope,
    fault,
    found,
    notice,
)

READINGS = ("school", "target_group", "earnings", "benefits", "reintegration")
XSI = "http://www.w3.org/2001/XMLSchema-instance"
calmly = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Line:
    """A client and the server at the other end."""

    def __init__(self, broker: Broker, client: SuwinetClient) -> None:
        self._broker = broker
        self._client = client

    async def brings(self, question: str, body: bytes, status: int = 200) -> Finding | None:
        """How a question ends that gets this for an answer."""
        self._broker.received.clear()
        self._broker.says(body, status)
        try:
            finding = (await self._client.ask(BSN, call(question))).finding
        except RegistryUnavailable as error:
            finding, sentence = None, error.sentence
        if finding is None:
            assert sentence
            assert BSN not in sentence
            return None
        told = [name for name in READINGS if getattr(finding, name) is not None]
        assert bool(told) == (finding.outcome is Outcome.FOUND), "only what was found is told, and it is told"
        assert BSN not in finding.reason
        return finding


@pytest_asyncio.fixture(scope="module")
async def line() -> AsyncIterator[Line]:
    async with suwinet.broker() as running, suwinet.client(running.url) as asking:
        yield Line(running, asking)


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
@calmly
@given(data=st.data())
async def test_a_bent_answer_ends_well(line: Line, question: str, data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from(SHAPES))
    message = etree.fromstring(envelope(answer(question, shape(question))))
    for _ in range(data.draw(st.integers(min_value=1, max_value=4))):
        elements = [element for element in message.iter() if isinstance(element.tag, str)]
        bend(data.draw(st.sampled_from(elements)), data)
    await line.brings(question, etree.tostring(message))


@pytest.mark.parametrize("question", list(DATA))
@calmly
@given(data=st.data())
async def test_bent_bytes_end_well(line: Line, question: str, data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from([found(question), fault("soap:Client", "x"), b""])))
    for _ in range(data.draw(st.integers(min_value=1, max_value=5))):
        at = data.draw(st.integers(min_value=0, max_value=len(body)))
        body[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=8))
    status = data.draw(st.sampled_from([200, 200, 500, 404, 301, 204, 418, 599]))
    await line.brings(question, bytes(body), status)


@pytest.mark.parametrize("question", list(DATA))
async def test_every_element_may_be_missing(line: Line, question: str) -> None:
    whole = etree.fromstring(found(question))
    outcomes = set()
    for number in range(1, len(list(whole.iter()))):
        message = copy.deepcopy(whole)
        element = list(message.iter())[number]
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)
        finding = await line.brings(question, etree.tostring(message))
        assert finding is not None
        outcomes.add(finding.outcome)
    assert outcomes == {Outcome.FOUND, Outcome.INCOMPREHENSIBLE}


async def test_the_line_carries_a_whole_answer(line: Line) -> None:
    finding = await line.brings("duo_onderwijs", found("duo_onderwijs"))
    assert finding is not None
    assert finding.outcome is Outcome.FOUND
