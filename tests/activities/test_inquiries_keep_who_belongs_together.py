"""What the BRP says of a family reaches the journey once and whole, also when a worker dies or an address is unknown.

The real client, gate, log and database; the BRP is the sandbox, with one family that moves.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from activities.brp import BrpClient
from activities.clients import Clients
from activities.contracts import Question
from activities.gate import Gate
from activities.inquiries import Inquiries
from activities.processing_log import ProcessingLog
from domain.findings import BrpPerson, Outcome, PartialDate
from domain.questions import BRP_CHILDREN
from runtime.keys import KeyRing
from runtime.policies import load_policy
from sandbox.faults import Fault, FaultKind
from sandbox.residents import Relative, Residence, Resident
from sandbox.server import Sandbox, run_sandbox
from tests.activities.told import register

PARENT, CHILD, GROWN, ELSEWHERE = "999950009", "999950010", "999950022", "999950034"
HOME, OTHER = "0150010000000001", "0150010000000002"


def lives(bsn: str, born: int, home: str, **more: Any) -> Resident:
    return Resident(
        bsn=bsn,
        birth=PartialDate(year=born, month=5, day=4),
        municipality_code="0150",
        residence=Residence(object_id=home),
        **more,
    )


@dataclass
class Family:
    inquiries: Inquiries
    sandbox: Sandbox
    pool: asyncpg.Pool

    async def ask(self, number: str) -> BrpPerson:
        finding = await self.inquiries.ask(question(number))
        assert finding.outcome is Outcome.FOUND, finding
        assert finding.person is not None
        return finding.person

    def moves(self, **changes: Any) -> None:
        """The parent lives otherwise from now on."""
        residents = self.sandbox.register._by_bsn
        residents[PARENT] = residents[PARENT].model_copy(update=changes)


def question(number: str, name: str = "brp_persoon") -> Question:
    return Question(
        id=number,
        question=name,
        gemeente="deventer",
        client_number=1,
        journey_id="klantroute-deventer-1-1",
        asked_at=datetime.now(UTC),
    )


@pytest_asyncio.fixture(loop_scope="session")
async def family(pool: asyncpg.Pool, keys: KeyRing, clients: Clients) -> AsyncIterator[Family]:
    await register(clients, bsn=PARENT)
    people = [
        lives(PARENT, 1985, HOME, children=tuple(Relative(bsn=bsn) for bsn in (CHILD, GROWN, ELSEWHERE))),
        lives(CHILD, 2014, HOME),
        lives(GROWN, 2001, HOME),
        lives(ELSEWHERE, 2016, OTHER),
    ]
    async with (
        run_sandbox(more=people) as sandbox,
        BrpClient(base_url=sandbox.brp_base_url, api_key="", timeout_seconds=5) as brp,
    ):
        inquiries = Inquiries(
            clients=clients,
            gate=Gate(pool),
            log=ProcessingLog(pool, keys),
            registries={"brp": brp},
            policy_of=load_policy,
            maintenance=False,
        )
        yield Family(inquiries, sandbox, pool)


async def test_only_children_at_home_are_told_of_and_by_nothing_that_names_them(family: Family) -> None:
    person = await family.ask("een")
    (child,) = person.children or ()
    assert child.birth == PartialDate(year=2014, month=5, day=4)
    assert CHILD not in person.model_dump_json()
    # The same for whoever asks: two parents tell of one child.
    assert child.ref == family.inquiries._clients.child_ref("deventer", CHILD)
    # Each of the three was looked up and stands in the log.
    logged = await family.pool.fetchval("SELECT count(*) FROM look_up WHERE question = $1", BRP_CHILDREN)
    assert logged == 3


async def test_a_move_is_told_once(family: Family) -> None:
    assert not (await family.ask("een")).moved
    family.moves(residence=Residence(object_id=OTHER))
    assert (await family.ask("twee")).moved
    assert not (await family.ask("drie")).moved


async def test_a_move_is_told_although_the_first_answer_was_lost(family: Family) -> None:
    """A worker died after it had kept the address: Temporal asks the same question again."""
    await family.ask("een")
    family.moves(residence=Residence(object_id=OTHER))
    assert (await family.ask("twee")).moved
    assert (await family.ask("twee")).moved


async def test_a_move_by_way_of_an_unknown_address_is_told(family: Family) -> None:
    await family.ask("een")
    family.moves(residence=Residence(kind="onbekend"))
    assert not (await family.ask("twee")).moved
    family.moves(residence=Residence(object_id=OTHER))
    assert (await family.ask("drie")).moved


async def test_children_that_cannot_be_asked_about_are_not_none(family: Family) -> None:
    """At a secret address nobody looks who else lives there."""
    family.moves(secret=True)
    assert (await family.ask("een")).children is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("duo_onderwijs", "er is geen koppeling meer"),
        ("oude_vraag", "kent de vraag oude_vraag niet"),
    ],
)
async def test_what_cannot_be_asked_was_refused_by_nobody(family: Family, name: str, reason: str) -> None:
    finding = await family.inquiries.ask(question("een", name))
    assert finding.outcome is Outcome.NOT_ASKED
    assert reason in finding.reason
    assert family.sandbox.calls.total == 0


async def test_every_answer_says_for_which_purpose_it_was_asked(family: Family) -> None:
    found = await family.inquiries.ask(question("een"))
    assert found.purpose == load_policy("deventer").questions["brp_persoon"].purpose
    (call, *_) = family.sandbox.calls.newest_first()
    assert call.doelbinding == found.purpose
    family.sandbox.faults.set(Fault(kind=FaultKind.UNAUTHORISED))
    refused = await family.inquiries.ask(question("twee"))
    assert (refused.outcome, refused.purpose) == (Outcome.REFUSED_US, found.purpose)
