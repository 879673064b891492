"""Whatever comes over the line: a finding, or "not available"; never another error."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.brp import BrpClient
from activities.registries import RegistryUnavailable
from domain.findings import Finding, Outcome
from tests.activities.brp_calls import call
from tests.scripted import scripted, sends

BSN = "999900006"


class Line:
    """A server that sends whatever is put in it, and hangs up."""

    def __init__(self) -> None:
        self.sends = b""
        self.client: BrpClient

    def json(self, content: object) -> None:
        body = json.dumps(content).encode()
        self.sends = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" + body

    async def outcome(self) -> Finding | None:
        try:
            return (await self.client.ask(BSN, call(question_id="vraag"))).finding
        except RegistryUnavailable:
            return None


@pytest_asyncio.fixture(scope="module")
async def line() -> AsyncIterator[Line]:
    line = Line()
    async with (
        scripted(lambda asked: sends(line.sends)) as url,
        BrpClient(base_url=f"{url}/brp", api_key="", timeout_seconds=20) as client,
    ):
        line.client = client
        yield line


calmly = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["Datum", "JaarDatum", "JaarMaandDatum", "DatumOnbekend", "1985-12-01", "0150", BSN]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
dates = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["Datum", "JaarDatum", "JaarMaandDatum", "DatumOnbekend"]) | anything,
        "datum": st.dates().map(str) | anything,
        "jaar": st.integers(-1, 10000) | anything,
        "maand": st.integers(0, 13) | anything,
        "onbekend": st.booleans() | anything,
    },
)
groups = st.fixed_dictionaries({}, optional={"datum": dates | anything, "inOnderzoek": anything})
codes = st.fixed_dictionaries({}, optional={"code": st.text("0123456789OEMRWF.", max_size=5) | anything})
numbers = st.just("999900018") | anything
places = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Adres", "Locatie", "VerblijfplaatsBuitenland", "VerblijfplaatsOnbekend"])
        | anything
    },
    optional={
        "adresseerbaarObjectIdentificatie": st.just("0150010000000055") | anything,
        "functieAdres": codes | anything,
        "indicatieVastgesteldVerblijftNietOpAdres": st.booleans() | anything,
        "inOnderzoek": anything,
    },
)
partners = st.fixed_dictionaries(
    {},
    optional={
        "burgerservicenummer": numbers,
        "ontbindingHuwelijkPartnerschap": groups | anything,
        "inOnderzoek": anything,
    },
)
children = st.fixed_dictionaries({}, optional={"burgerservicenummer": numbers, "inOnderzoek": anything})
persons = st.fixed_dictionaries(
    {},
    optional={
        "burgerservicenummer": st.just(BSN) | anything,
        "geboorte": groups | anything,
        "overlijden": groups | anything,
        "gemeenteVanInschrijving": codes | anything,
        "opschortingBijhouding": st.fixed_dictionaries(
            {}, optional={"reden": codes | anything, "datum": dates | anything}
        )
        | anything,
        "verblijfplaats": places | anything,
        "partners": st.lists(partners | anything, max_size=2) | anything,
        "kinderen": st.lists(children | anything, max_size=2) | anything,
        "indicatieCurateleRegister": st.booleans() | anything,
        "geheimhoudingPersoonsgegevens": st.booleans() | anything,
        "inOnderzoek": anything,
    },
)
answers = st.fixed_dictionaries(
    {
        "type": st.just("RaadpleegMetBurgerservicenummer") | anything,
        "personen": st.lists(persons, max_size=2) | anything,
    }
)


@calmly
@given(content=answers | anything)
async def test_any_json(line: Line, content: Any) -> None:
    line.json(content)

    finding = await line.outcome()

    assert finding is not None
    assert finding.outcome in (Outcome.FOUND, Outcome.NOT_FOUND, Outcome.INCOMPREHENSIBLE)
    assert (finding.person is not None) == (finding.outcome is Outcome.FOUND)
    assert (finding.reason == "") == (finding.outcome is Outcome.FOUND)
    assert BSN not in finding.reason


@calmly
@given(person=persons)
async def test_a_person_that_is_understood_can_be_reckoned_with(line: Line, person: dict[str, Any]) -> None:
    line.json({"type": "RaadpleegMetBurgerservicenummer", "personen": [person]})

    finding = await line.outcome()

    assert finding is not None
    if finding.person is not None:
        for day in (finding.person.birth, finding.person.deceased_on):
            if day is not None and day.year is not None:
                earliest, latest = day.earliest(), day.latest()
                assert earliest is not None
                assert latest is not None
                assert earliest <= latest
        assert Finding.model_validate_json(finding.model_dump_json()) == finding


@calmly
@given(body=st.binary(max_size=300), status=st.integers(0, 999), kind=st.text(max_size=20))
async def test_any_body_status_and_content_type(line: Line, body: bytes, status: int, kind: str) -> None:
    line.sends = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n\r\n".encode() + body

    finding = await line.outcome()

    if finding is not None:
        assert finding.outcome in (Outcome.INCOMPREHENSIBLE, Outcome.REFUSED_US)


@calmly
@given(data=st.binary(max_size=200), prefix=st.sampled_from([b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n"]))
async def test_any_bytes_at_all(line: Line, data: bytes, prefix: bytes) -> None:
    line.sends = prefix + data

    finding = await line.outcome()

    assert finding is None or finding.outcome in (Outcome.INCOMPREHENSIBLE, Outcome.REFUSED_US)
