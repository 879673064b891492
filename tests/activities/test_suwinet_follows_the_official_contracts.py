"""Our own small contracts say the same as the official ones of BKWI, for what we ask and what we read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lxml import etree

from activities.suwinet.contract import ContractFolder, own_contract
from activities.suwinet.names import SOAP
from activities.suwinet.services import SERVICES
from domain.findings import Finding, Outcome
from tests.activities import broker as suwinet
from tests.activities.broker import BSN, DATA, NOTHING, Broker, answer, call, client_suwi, envelope, notice
from tests.specifications import suwinet_contracts, suwinet_schema

pytestmark = pytest.mark.contract


@pytest.fixture(autouse=True)
def specifications() -> Path:
    return suwinet_contracts()


def schema(question: str, part: str) -> etree.XMLSchema:
    return suwinet_schema(SERVICES[question].full_name, part)


@contextmanager
def telling_why(checked: etree.XMLSchema) -> Iterator[None]:
    yield
    assert not len(checked.error_log), checked.error_log


async def through(broker: Broker, question: str, folder: Path | None) -> Finding:
    contracts = own_contract if folder is None else ContractFolder(folder)
    async with suwinet.client(broker.url, contracts=contracts) as client:
        return (await client.ask(BSN, call(question))).finding


@pytest.mark.parametrize("question", list(DATA))
@pytest.mark.parametrize("own", [True, False])
async def test_what_is_sent_is_valid(broker: Broker, specifications: Path, question: str, own: bool) -> None:
    broker.says(envelope(answer(question, NOTHING)))
    await through(broker, question, None if own else specifications)

    body = suwinet.message(broker.received[0]).find(f"{{{SOAP}}}Body")
    assert body is not None
    assert len(body) == 1
    action = schema(question, "BodyAction")
    with telling_why(action):
        action.validate(body[0])


@pytest.mark.parametrize("question", list(DATA))
def test_the_answers_of_these_tests_are_valid(question: str) -> None:
    reaction = schema(question, "BodyReaction")
    for inside in (
        client_suwi(DATA[question]),
        client_suwi(""),
        client_suwi(DATA[question]) + notice("Waarschuwing", "W1"),
        notice("Fout", "F1"),
        NOTHING,
    ):
        with telling_why(reaction):
            reaction.validate(etree.fromstring(answer(question, inside)))


@pytest.mark.parametrize("question", list(DATA))
def test_both_contracts_ask_alike(specifications: Path, question: str) -> None:
    own, theirs = own_contract(SERVICES[question]), ContractFolder(specifications)(SERVICES[question])

    assert own.action == theirs.action
    assert own.answer_tag == theirs.answer_tag
    assert etree.tostring(own.question(BSN)) == etree.tostring(theirs.question(BSN))


INSIDE = {
    "whole": lambda question: client_suwi(DATA[question]),
    "nothing but the person": lambda question: client_suwi(""),
    "with a warning": lambda question: client_suwi(DATA[question]) + notice("Waarschuwing", "W1"),
    "with something new": lambda question: client_suwi("<Nieuw>1</Nieuw>" + DATA[question] + "<Nieuw/>"),
    "nothing found": lambda question: NOTHING,
    "error": lambda question: notice("Fout", "F1"),
    "somebody else": lambda question: client_suwi(DATA[question], "999993653"),
    "no date": lambda question: client_suwi(DATA[question]).replace(">20", ">x20"),
    "nameless": lambda question: client_suwi(DATA[question]).replace("Burgerservicenr", "Nummer"),
}


@pytest.mark.parametrize("question", list(DATA))
@pytest.mark.parametrize("case", list(INSIDE))
async def test_both_contracts_read_alike(
    broker: Broker, specifications: Path, question: str, case: str
) -> None:
    broker.says(envelope(answer(question, INSIDE[case](question))))

    ours, official_one = (
        await through(broker, question, None),
        await through(broker, question, specifications),
    )

    assert ours == official_one
    if case in ("whole", "with something new"):
        assert ours.outcome is Outcome.FOUND


@pytest.mark.parametrize("question", list(DATA))
async def test_what_is_missing_is_missed_alike(broker: Broker, specifications: Path, question: str) -> None:
    own, theirs = (
        suwinet.client(broker.url),
        suwinet.client(broker.url, contracts=ContractFolder(specifications)),
    )
    reaction = schema(question, "BodyReaction")
    whole = answer(question, client_suwi(DATA[question]))
    async with own, theirs:
        for number in range(1, len(list(etree.fromstring(whole).iter()))):
            root = etree.fromstring(whole)
            element = list(root.iter())[number]
            path = element.tag
            parent = element.getparent()
            assert parent is not None
            parent.remove(element)
            broker.says(envelope(etree.tostring(root).decode()))

            ours = (await own.ask(BSN, call(question))).finding
            official_one = (await theirs.ask(BSN, call(question))).finding

            if reaction.validate(root):
                # What may be missing is never held against an answer, whoever reads it.
                assert ours.outcome is official_one.outcome is Outcome.FOUND, path
                assert ours == official_one, path
            elif official_one.outcome is Outcome.FOUND:
                # What is not read is not missed by ours, and need not be.
                assert ours == official_one, path
