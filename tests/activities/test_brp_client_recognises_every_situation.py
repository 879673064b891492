"""The real client against the fictional BRP: every situation of a person is recognised."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from activities.brp import BrpClient
from domain.findings import BrpPerson, Finding, Outcome, PartialDate
from sandbox.lo3 import read_testset
from sandbox.server import Sandbox, run_sandbox

MOMENT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
FIELDS = [
    "geboorte.datum",
    "gemeenteVanInschrijving",
    "overlijden.datum",
    "partners.burgerservicenummer",
    "partners.ontbindingHuwelijkPartnerschap.datum",
    "verblijfplaats.adresseerbaarObjectIdentificatie",
]


@pytest_asyncio.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with run_sandbox(api_key="sleutel") as running:
        yield running


def client_of(sandbox: Sandbox, *, oin: str | None = None) -> BrpClient:
    return BrpClient(
        base_url=sandbox.brp_base_url,
        api_key="sleutel",
        timeout_seconds=20,
        purpose="Participatie klantroute",
        oin=oin,
    )


@pytest_asyncio.fixture(scope="module")
async def client(sandbox: Sandbox) -> AsyncIterator[BrpClient]:
    async with client_of(sandbox) as opened:
        yield opened


async def look_up(client: BrpClient, bsn: str) -> Finding:
    return await client.person(bsn, question_id="vraag-1", now=lambda: MOMENT)


def a_day(text: str) -> PartialDate:
    return PartialDate.of(date.fromisoformat(text))


@pytest.mark.parametrize(
    ("bsn", "expected"),
    [
        ("999900006", BrpPerson(birth=a_day("1979-03-14"), municipality_code="0150")),
        ("999900201", BrpPerson(birth=a_day("1987-06-13"), municipality_code="0150", secret=True)),
        (
            "999900213",
            BrpPerson(
                birth=a_day("1963-08-19"),
                municipality_code="0150",
                suspension="O",
                deceased=True,
                deceased_on=a_day("2026-02-03"),
            ),
        ),
        ("999900225", BrpPerson(birth=a_day("1989-04-24"), municipality_code="0150", suspension="E")),
        ("999900237", BrpPerson(birth=a_day("1975-05-05"), municipality_code="0301")),
        ("999900250", BrpPerson(birth=PartialDate(year=1985), municipality_code="0150")),
        (
            "999900262",
            BrpPerson(birth=a_day("1978-01-08"), municipality_code="0150", under_investigation=True),
        ),
    ],
)
async def test_a_fictional_resident(client: BrpClient, bsn: str, expected: BrpPerson) -> None:
    assert await look_up(client, bsn) == Finding(
        id="vraag-1",
        question="brp_persoon",
        outcome=Outcome.FOUND,
        answered_at=MOMENT,
        person=expected,
    )


@pytest.mark.parametrize(
    ("bsn", "partners"),
    [("999900018", ("999900031",)), ("999900043", ()), ("999900006", ()), ("999999989", None)],
    ids=["a partner", "one that was", "nobody", "unknown"],
)
async def test_a_partner_of_now_is_told_beside_the_finding_and_never_in_it(
    client: BrpClient, bsn: str, partners: tuple[str, ...] | None
) -> None:
    answered = await client.ask(bsn, question_id="vraag-1", now=lambda: MOMENT)
    assert answered.partners == partners
    for partner in partners or ():
        assert partner not in answered.finding.model_dump_json()


async def test_an_address_is_told_beside_the_finding_and_not_of_who_asked_for_secrecy(
    sandbox: Sandbox, client: BrpClient
) -> None:
    answered = await client.ask("999900055", question_id="vraag-1", now=lambda: MOMENT)
    assert answered.address == "0150010000000055"
    assert "0150010000000055" not in answered.finding.model_dump_json()
    resident = sandbox.register.find("999900055")
    assert resident is not None
    sandbox.register._by_bsn["999900055"] = resident.model_copy(update={"secret": True})
    try:
        answered = await client.ask("999900055", question_id="vraag-2", now=lambda: MOMENT)
    finally:
        sandbox.register._by_bsn["999900055"] = resident
    assert answered.address is None


async def test_nobody(client: BrpClient) -> None:
    finding = await look_up(client, "999999989")

    assert (finding.outcome, finding.person) == (Outcome.NOT_FOUND, None)
    assert finding.reason == "De BRP kent niemand met dit burgerservicenummer."


async def test_a_number_of_another_shape_is_not_asked(sandbox: Sandbox, client: BrpClient) -> None:
    before = sandbox.calls.total

    for bsn in ("12345678", "99990000x", "٩٩٩٩٠٠٠٠٦", "999900006\n", ""):
        finding = await look_up(client, bsn)
        assert finding.outcome is Outcome.REFUSED_US
        assert "niets aan de BRP gevraagd" in finding.reason

    assert sandbox.calls.total == before


async def test_the_question_has_few_fields_and_a_purpose(sandbox: Sandbox) -> None:
    async with client_of(sandbox, oin="00000001234567890000") as client:
        await look_up(client, "999900006")

    call = sandbox.calls.newest_first()[0]
    assert list(call.velden) == FIELDS
    assert call.personen == (sandbox.calls.hash_of("999900006"),)
    assert (call.doelbinding, call.verwerking, call.gebruiker, call.oin) == (
        "Participatie klantroute",
        "klantroute@brp_persoon",
        "Systeem",
        "00000001234567890000",
    )


async def test_no_organisation_number_is_sent_where_there_is_none(
    sandbox: Sandbox, client: BrpClient
) -> None:
    await look_up(client, "999900006")

    assert sandbox.calls.newest_first()[0].oin is None


# --- the official test persons --------------------------------------------------------------------


@pytest.fixture(scope="module")
def official_folder() -> Path:
    given = os.environ.get("MEEDOEN_TESTSET")
    folder = Path(given).parent if given else Path(__file__).parents[3] / "shared/data/haalcentraal-brp"
    if not folder.is_dir():
        pytest.skip("De officiële bestanden van de BRP zijn er niet; zet MEEDOEN_TESTSET op het CSV-bestand.")
    return folder


@pytest.fixture(scope="module")
def testset(official_folder: Path) -> Path:
    given = os.environ.get("MEEDOEN_TESTSET")
    found = [Path(given)] if given else sorted(official_folder.glob("2022*.csv"))
    if not found or not found[0].is_file():
        pytest.skip("De officiële testpersonen zijn er niet; zet MEEDOEN_TESTSET op het CSV-bestand.")
    return found[0]


@pytest_asyncio.fixture(scope="module")
async def official(testset: Path) -> AsyncIterator[Sandbox]:
    async with run_sandbox(api_key="sleutel", testset=testset) as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def official_client(official: Sandbox) -> AsyncIterator[BrpClient]:
    async with client_of(official) as opened:
        yield opened


SITUATIONS = {
    "999993653": BrpPerson(birth=a_day("1985-12-01"), municipality_code="0599"),
    "999992740": BrpPerson(birth=a_day("2000-01-01"), municipality_code="0518"),
    "999993793": BrpPerson(birth=a_day("1970-03-11"), municipality_code="0363"),
    "999992879": BrpPerson(birth=a_day("1978-06-12"), municipality_code="0344"),
    # geheimhouding
    "999990925": BrpPerson(birth=a_day("1996-07-07"), municipality_code="0928", secret=True),
    "999991747": BrpPerson(birth=a_day("1990-03-31"), municipality_code="0363", secret=True),
    "999994931": BrpPerson(birth=a_day("1970-12-01"), municipality_code="0518", secret=True),
    # overleden
    "999993008": BrpPerson(
        birth=a_day("1975-05-01"),
        municipality_code="0363",
        suspension="O",
        deceased=True,
        deceased_on=PartialDate(year=2008, month=7),
    ),
    "999990147": BrpPerson(
        birth=a_day("1948-01-17"),
        municipality_code="0599",
        suspension="O",
        deceased=True,
        deceased_on=a_day("2018-05-26"),
    ),
    # emigratie; 1999 is the register of non-residents, which is no municipality
    "999992326": BrpPerson(birth=a_day("1990-04-01"), municipality_code="0530", suspension="E"),
    "999994426": BrpPerson(birth=a_day("1958-10-09"), suspension="E"),
    # ministerieel besluit; what is being investigated here is the name, which was not asked
    "999993586": BrpPerson(birth=a_day("1987-04-10"), municipality_code="0518", suspension="M"),
    # RNI, the first with an incomplete birth date
    "999990457": BrpPerson(birth=PartialDate(year=1995, month=2), suspension="R"),
    "999993410": BrpPerson(birth=a_day("2010-08-26"), suspension="R"),
    # in onderzoek; the second investigation has ended and is therefore not delivered
    "999991632": BrpPerson(birth=a_day("2001-05-05"), municipality_code="0530", under_investigation=True),
    "999992831": BrpPerson(birth=a_day("1976-01-07"), municipality_code="0599", suspension="E"),
    # incomplete birth date
    "999992806": BrpPerson(birth=PartialDate(year=1968), municipality_code="0518"),
    # no birth date at all, and one of which nothing is known
    "999990962": BrpPerson(municipality_code="1810"),
    # not at the address, curatele and briefadres: to be seen in fields that this question does not need
    "999992570": BrpPerson(birth=a_day("1958-07-19"), municipality_code="0599"),
    "999993811": BrpPerson(birth=a_day("1980-01-23"), municipality_code="0530"),
    "999993690": BrpPerson(birth=a_day("1991-12-28"), municipality_code="0530"),
    "999991565": BrpPerson(birth=a_day("1945-05-05"), municipality_code="0363"),
}


@pytest.mark.testset
@pytest.mark.parametrize("bsn", SITUATIONS)
async def test_an_official_test_person(official_client: BrpClient, bsn: str) -> None:
    finding = await look_up(official_client, bsn)

    assert (finding.outcome, finding.person) == (Outcome.FOUND, SITUATIONS[bsn])


@pytest.mark.testset
async def test_each_of_the_680_official_test_persons_is_found(
    official_client: BrpClient, testset: Path
) -> None:
    numbers = sorted({resident.bsn for resident in read_testset(testset)})

    findings = [await look_up(official_client, bsn) for bsn in numbers]

    assert len(numbers) == 680
    assert {finding.outcome for finding in findings} == {Outcome.FOUND}
    people = [finding.person for finding in findings if finding.person is not None]
    assert sum(person.secret for person in people) == 45
    assert sum(person.suspension == "R" for person in people) == 20
    assert {person.suspension for person in people} == {None, "O", "E", "M", "R"}
    assert all(person.deceased == (person.deceased_on is not None) for person in people)


# --- the official specification -------------------------------------------------------------------


class Specification:
    """Checks against the component schemas of the official OpenAPI document."""

    def __init__(self, path: Path) -> None:
        document = yaml.load(
            path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
        self._schemas: dict[str, Any] = document["components"]["schemas"]
        resource = Resource.from_contents(document, default_specification=DRAFT202012)
        self._registry = Registry().with_resource("urn:brp", resource)

    def complaints(self, schema: str, value: object) -> list[str]:
        validator = Draft202012Validator(
            {"$ref": f"urn:brp#/components/schemas/{schema}"}, registry=self._registry
        )
        return [error.message for error in validator.iter_errors(value)]

    def unknown_names(self, schema: str, value: dict[str, Any]) -> set[str]:
        return set(value) - set(self._schemas[schema]["properties"])

    def date_complaints(self, value: object) -> list[str]:
        """A date names its own schema, which a validator of JSON Schema does not follow."""
        if isinstance(value, list):
            return [complaint for item in value for complaint in self.date_complaints(item)]
        if not isinstance(value, dict):
            return []
        if "langFormaat" in value:
            schema = self._schemas["AbstractDatum"]["discriminator"]["mapping"][value["type"]]
            return self.complaints(schema.rpartition("/")[2], value)
        return [complaint for item in value.values() for complaint in self.date_complaints(item)]


@pytest.fixture(scope="module")
def specification(official_folder: Path) -> Specification:
    path = official_folder / "personen-openapi-resolved.yaml"
    if not path.is_file():
        pytest.skip("De officiële OpenAPI-specificatie van de BRP is er niet.")
    return Specification(path)


@pytest.mark.testset
async def test_our_question_follows_the_specification(specification: Specification) -> None:
    sent: list[bytes] = []

    async def record(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request off the line and hang up."""
        head = await reader.readuntil(b"\r\n\r\n")
        [length] = [
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ]
        sent.extend((head, await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 204 Leeg\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(record, "127.0.0.1", 0)
    async with server:
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/haalcentraal/api/brp/"
        async with BrpClient(base_url=base, api_key="s", timeout_seconds=20, purpose="doel") as client:
            await look_up(client, "999900006")

    head, body = sent
    question = json.loads(body)
    assert head.startswith(b"POST /haalcentraal/api/brp/personen HTTP/1.1\r\n")
    assert b"999900006" not in head
    assert b"content-type: application/json; charset=utf-8" in head.lower()
    # Unpacking could turn a small answer into one without limit.
    assert b"accept-encoding: identity\r\n" in head.lower()
    assert question == {
        "type": "RaadpleegMetBurgerservicenummer",
        "burgerservicenummer": ["999900006"],
        "fields": FIELDS,
    }
    assert specification.complaints("RaadpleegMetBurgerservicenummer", question) == []
    assert specification.complaints("RaadpleegMetBurgerservicenummer", question | {"fields": []}) != []


@pytest.mark.testset
async def test_the_answers_of_the_sandbox_follow_the_specification(
    official: Sandbox, specification: Specification
) -> None:
    numbers = [resident.bsn for resident in official.register.all()]
    people: list[dict[str, Any]] = []
    async with httpx2.AsyncClient(trust_env=False, timeout=20, headers={"X-API-KEY": "sleutel"}) as http:
        for start in range(0, len(numbers), 20):
            question = {
                "type": "RaadpleegMetBurgerservicenummer",
                "burgerservicenummer": numbers[start : start + 20],
                # Some official test persons have names that the specification forbids.
                "fields": [*FIELDS, "burgerservicenummer", *(["naam"] if start == 0 else [])],
            }
            response = await http.post(official.brp_base_url + "/personen", json=question)
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
