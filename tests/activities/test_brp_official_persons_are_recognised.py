"""Every official test person, answered as the specification says, becomes the facts that the rules need."""

import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.brp import BrpClient
from activities.registries import Answered
from domain.findings import BrpPerson, Finding, Outcome, PartialDate
from sandbox.lo3 import read_testset
from sandbox.server import Sandbox, run_sandbox
from tests.activities.brp_calls import FIELDS, call
from tests.activities.official_brp import OfficialBrp
from tests.scripted import Asked, Reply, scripted
from tests.specifications import BrpSpecification, brp_specification, find_testset

pytestmark = [pytest.mark.contract, pytest.mark.testset]


@pytest.fixture(scope="module")
def register(testset: Path) -> OfficialBrp:
    return OfficialBrp(testset)


@pytest.fixture(scope="module")
def specification() -> BrpSpecification:
    return brp_specification()


class Line:
    """The official BRP on a real line, of which a test may change what it answers."""

    def __init__(self, register: OfficialBrp) -> None:
        self._register = register
        self.instead: Any = None
        self.client: BrpClient

    def script(self, asked: Asked) -> Reply:
        return Reply(self._register.answer(asked.json) if self.instead is None else self.instead)


@pytest_asyncio.fixture(scope="module")
async def official(register: OfficialBrp) -> AsyncIterator[Line]:
    line = Line(register)
    async with (
        scripted(line.script) as url,
        BrpClient(base_url=f"{url}/brp", api_key="", timeout_seconds=20) as client,
    ):
        line.client = client
        yield line


def a_day(text: str) -> PartialDate:
    return PartialDate.of(date.fromisoformat(text))


def at_home(birth: PartialDate | None, municipality: str, **more: Any) -> BrpPerson:
    usual: dict[str, Any] = {"residence": "adres", "has_partner": False}
    return BrpPerson(birth=birth, municipality_code=municipality, **(usual | more))


SITUATIONS = {
    "999993653": at_home(a_day("1985-12-01"), "0599", has_partner=True),
    "999992740": at_home(a_day("2000-01-01"), "0518"),
    "999993793": at_home(a_day("1970-03-11"), "0363"),
    "999992879": at_home(a_day("1978-06-12"), "0344"),
    # geheimhouding
    "999990925": at_home(a_day("1996-07-07"), "0928", secret=True),
    "999991747": at_home(a_day("1990-03-31"), "0363", secret=True, has_partner=True),
    "999994931": at_home(a_day("1970-12-01"), "0518", secret=True),
    # overleden
    "999993008": at_home(
        a_day("1975-05-01"),
        "0363",
        suspension="O",
        deceased=True,
        deceased_on=PartialDate(year=2008, month=7),
        suspended_on=PartialDate(year=2008, month=7),
    ),
    "999990147": at_home(
        a_day("1948-01-17"),
        "0599",
        suspension="O",
        deceased=True,
        deceased_on=a_day("2018-05-26"),
        suspended_on=a_day("2018-05-26"),
        has_partner=True,
    ),
    # emigratie; 1999 is the register of non-residents, which is no municipality
    "999992326": at_home(
        a_day("1990-04-01"), "0530", suspension="E", suspended_on=a_day("2010-01-01"), residence="buitenland"
    ),
    "999994426": BrpPerson(
        birth=a_day("1958-10-09"),
        suspension="E",
        suspended_on=PartialDate(year=2011, month=12),
        residence="buitenland",
        has_partner=False,
    ),
    # ministerieel besluit; what is being investigated here is the name, which was not asked
    "999993586": at_home(
        a_day("1987-04-10"), "0518", suspension="M", suspended_on=a_day("2008-04-02"), residence="onbekend"
    ),
    # RNI, the first with an incomplete birth date; of non-residents marriages are not kept
    "999990457": BrpPerson(
        birth=PartialDate(year=1995, month=2),
        suspension="R",
        suspended_on=a_day("2012-10-21"),
        residence="buitenland",
    ),
    "999993410": BrpPerson(
        birth=a_day("2010-08-26"),
        suspension="R",
        suspended_on=a_day("2012-09-10"),
        residence="buitenland",
    ),
    # in onderzoek; the second investigation has ended and is therefore not delivered
    "999991632": at_home(a_day("2001-05-05"), "0530", under_investigation=True),
    "999992831": at_home(
        a_day("1976-01-07"), "0599", suspension="E", suspended_on=a_day("1994-10-02"), residence="buitenland"
    ),
    # vastgesteld verblijft niet op adres, which puts the whole address under investigation
    "999992570": at_home(a_day("1958-07-19"), "0599", not_at_address=True, under_investigation=True),
    # curatele
    "999993811": at_home(a_day("1980-01-23"), "0530", guardianship=True),
    "999993690": at_home(a_day("1991-12-28"), "0530", guardianship=True),
    # incomplete birth date
    "999992806": at_home(PartialDate(year=1968), "0518"),
    # no birth date at all
    "999990962": at_home(None, "1810"),
    # briefadres
    "999991565": at_home(a_day("1945-05-05"), "0363", residence="briefadres"),
}


@pytest.mark.parametrize("bsn", SITUATIONS)
async def test_each_situation_is_recognised(official: Line, bsn: str) -> None:
    finding = (await official.client.ask(bsn, call())).finding

    assert (finding.outcome, finding.person) == (Outcome.FOUND, SITUATIONS[bsn])


@pytest.mark.parametrize(
    ("bsn", "address"),
    [
        ("999993653", "0599010000208579"),
        ("999991747", None),
        ("999990147", None),
        ("999992570", None),
        ("999991565", None),
        ("999992326", None),
    ],
    ids=["lives there", "secret", "dead", "not at the address", "only post goes there", "abroad"],
)
async def test_an_address_is_where_somebody_really_lives(
    official: Line, bsn: str, address: str | None
) -> None:
    assert (await official.client.ask(bsn, call())).address == address


async def test_children_and_partners_are_told_beside_the_finding_and_never_in_it(official: Line) -> None:
    mother = await official.client.ask("999994931", call())
    married = await official.client.ask("999991747", call())

    assert mother.children[0] == "999992107"
    assert len(mother.children) == len(set(mother.children)) == 8
    assert mother.partners == ()
    assert married.partners == ("999993215",)
    for number in (*mother.children, "999993215"):
        assert number not in mother.finding.model_dump_json() + married.finding.model_dump_json()


async def test_none_of_the_680_official_persons_is_too_much(official: Line, register: OfficialBrp) -> None:
    answers: list[Answered] = [await official.client.ask(bsn, call()) for bsn in register.people]

    assert len(answers) == 680
    assert {answer.finding.outcome for answer in answers} == {Outcome.FOUND}
    people = [answer.finding.person for answer in answers if answer.finding.person is not None]
    assert sum(person.secret for person in people) == 45
    assert sum(person.suspension == "R" for person in people) == 20
    assert {person.suspension for person in people} == {None, "O", "E", "M", "R"}
    assert all(person.deceased == (person.deceased_on is not None) for person in people)
    assert all((person.suspension is None) == (person.suspended_on is None) for person in people)
    assert {person.residence for person in people} >= {
        "adres",
        "briefadres",
        "locatie",
        "buitenland",
        "onbekend",
    }
    assert sum(person.not_at_address for person in people) == 1
    assert {person.has_partner for person in people} == {True, False, None}
    assert sum(bool(answer.children) for answer in answers) > 100
    for answer in answers:
        assert answer.finding.person is not None
        assert answer.address is None or answer.finding.person.residence == "adres"


async def test_without_authorisation_for_addresses_abroad_everybody_is_still_found(
    register: OfficialBrp,
) -> None:
    asked: list[list[str]] = []

    def script(request: Asked) -> Reply:
        asked.append(request.json["fields"])
        return Reply(register.answer(request.json))

    async with (
        scripted(script) as url,
        BrpClient(base_url=f"{url}/brp", api_key="", timeout_seconds=20, domestic_only=True) as client,
    ):
        home = (await client.ask("999993653", call())).finding.person
        abroad = (await client.ask("999992326", call())).finding.person

    assert home is not None
    assert abroad is not None
    assert home.residence == "adres"
    assert (abroad.residence, abroad.suspension) == ("", "E")
    assert [field for field in asked[0] if field.startswith("verblijfplaats")] == [
        "verblijfplaatsBinnenland.adresseerbaarObjectIdentificatie",
        "verblijfplaatsBinnenland.functieAdres",
    ]


# --- official answers, damaged --------------------------------------------------------------------


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    here = [path] if path else []
    if isinstance(value, dict):
        return here + [found for name, item in value.items() for found in _paths(item, (*path, name))]
    if isinstance(value, list):
        return here + [found for index, item in enumerate(value) for found in _paths(item, (*path, index))]
    return here


def _damaged(answer: Any, path: tuple[Any, ...], instead: Any) -> Any:
    copy = json.loads(json.dumps(answer))
    at = copy
    for step in path[:-1]:
        at = at[step]
    if instead is _GONE:
        del at[path[-1]]
    else:
        at[path[-1]] = instead
    return copy


_GONE = object()
_INSTEAD = st.sampled_from(
    [_GONE, None, "", "0", "999993653", 0, -1, 1e300, True, [], {}, [None], {"type": "Datum"}]
)
_QUESTION: dict[str, Any] = {"type": "RaadpleegMetBurgerservicenummer", "fields": FIELDS}


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_an_official_answer_that_is_damaged_is_understood_or_not_and_nothing_else(
    official: Line, register: OfficialBrp, data: st.DataObject
) -> None:
    bsn = data.draw(st.sampled_from(sorted(register.people)), label="who")
    answer = register.answer(_QUESTION | {"burgerservicenummer": [bsn]})
    for _ in range(data.draw(st.integers(1, 3), label="times")):
        if not (paths := _paths(answer)):
            break
        where = data.draw(st.sampled_from(paths), label="where")
        answer = _damaged(answer, where, data.draw(_INSTEAD, label="instead"))
    official.instead = answer
    try:
        found = await official.client.ask(bsn, call())
    finally:
        official.instead = None

    finding = found.finding
    assert finding.outcome in (Outcome.FOUND, Outcome.NOT_FOUND, Outcome.INCOMPREHENSIBLE)
    assert (finding.person is not None) == (finding.outcome is Outcome.FOUND)
    assert Finding.model_validate_json(finding.model_dump_json()) == finding
    assert not any(word in finding.reason for word in (bsn, "999993653", "1e300"))
    assert finding.outcome is Outcome.FOUND or (found.address, found.children) == (None, ())


# --- the specification ----------------------------------------------------------------------------


def test_what_these_tests_answer_follows_the_specification(
    register: OfficialBrp, specification: BrpSpecification
) -> None:
    wrong = {}
    for bsn in register.people:
        content = register.answer(_QUESTION | {"burgerservicenummer": [bsn]})
        [person] = content["personen"]
        if complaints := (
            specification.complaints("PersonenQueryResponse", content)
            + specification.complaints("Persoon", person)
            + specification.date_complaints(person)
            + sorted(specification.unknown_names("Persoon", person))
            + (
                sorted(
                    specification.unknown_names(person["verblijfplaats"]["type"], person["verblijfplaats"])
                )
                if "verblijfplaats" in person
                else []
            )
        ):
            wrong[bsn] = complaints
    assert wrong == {}


def test_every_field_that_we_ask_is_one_that_may_be_asked(official_folder: Path) -> None:
    listed = (official_folder / "fields-filtered-Persoon.csv").read_text(encoding="utf-8").split()

    assert set(FIELDS) <= set(listed)
    assert {field.replace("verblijfplaats.", "verblijfplaatsBinnenland.") for field in FIELDS} <= set(listed)


# --- the sandbox ----------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module")
async def sandbox(testset: Path) -> AsyncIterator[Sandbox]:
    async with run_sandbox(api_key="sleutel", testset=testset) as running:
        yield running


async def test_each_official_test_person_is_found_in_the_sandbox(sandbox: Sandbox, testset: Path) -> None:
    numbers = sorted({resident.bsn for resident in read_testset(testset)})
    async with BrpClient(base_url=sandbox.brp_base_url, api_key="sleutel", timeout_seconds=20) as client:
        findings = [(await client.ask(bsn, call())).finding for bsn in numbers]

    assert len(numbers) == 680
    assert {finding.outcome for finding in findings} == {Outcome.FOUND}
    for bsn, finding in zip(numbers, findings, strict=True):
        assert finding.person is not None
        if bsn in SITUATIONS:
            expected = SITUATIONS[bsn]
            for name in ("birth", "municipality_code", "secret", "deceased", "deceased_on", "suspension"):
                assert getattr(finding.person, name) == getattr(expected, name), (bsn, name)


async def test_the_answers_of_the_sandbox_follow_the_specification(
    sandbox: Sandbox, specification: BrpSpecification
) -> None:
    numbers = [resident.bsn for resident in sandbox.register.all()]
    people: list[dict[str, Any]] = []
    async with httpx2.AsyncClient(trust_env=False, timeout=20, headers={"X-API-KEY": "sleutel"}) as http:
        for start in range(0, len(numbers), 20):
            question = {
                "type": "RaadpleegMetBurgerservicenummer",
                "burgerservicenummer": numbers[start : start + 20],
                # Some official test persons have names that the specification forbids.
                "fields": [*FIELDS, "burgerservicenummer", *(["naam"] if start == 0 else [])],
            }
            response = await http.post(sandbox.brp_base_url + "/personen", json=question)
            content = response.json()
            assert specification.complaints("PersonenQueryResponse", content) == []
            people += content["personen"]

    assert len(people) == len(numbers)
    wrong = {
        person["burgerservicenummer"]: complaints
        for person in people
        if (
            complaints := specification.complaints("Persoon", person)
            + specification.date_complaints(person)
            + sorted(specification.unknown_names("Persoon", person))
        )
    }
    assert wrong == {}


def test_the_official_file_is_found_in_one_place(testset: Path) -> None:
    assert find_testset() == testset
