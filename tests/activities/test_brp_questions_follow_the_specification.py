"""What we send: every kind of question validates against the official OpenAPI, and says why and for whom it is asked."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.brp import BrpClient, Hit, NoUse
from domain.findings import Outcome, PartialDate
from tests.activities.brp_calls import call
from tests.scripted import Asked, Reply, scripted
from tests.specifications import BrpSpecification, brp_specification

BSN = "999900006"
ADDRESS = "0150010000000055"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Line:
    """Keeps what was sent, and answers with the people of the test."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.people: list[Any] = []
        self.url = ""
        self.client: BrpClient

    def script(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        return Reply({"type": asked.json["type"], "personen": self.people})

    @property
    def last(self) -> Asked:
        return self.asked[-1]


@pytest_asyncio.fixture(scope="module")
async def shared() -> AsyncIterator[Line]:
    line = Line()
    async with (
        scripted(line.script) as url,
        BrpClient(base_url=f"{url}/haalcentraal/api/brp/", api_key="sleutel", timeout_seconds=20) as client,
    ):
        line.client, line.url = client, url
        yield line


@pytest.fixture
def line(shared: Line) -> Line:
    shared.people = []
    shared.asked.clear()
    return shared


@pytest.fixture(scope="module")
def specification() -> BrpSpecification:
    return brp_specification()


QUESTIONS: dict[str, Callable[[BrpClient], Awaitable[Any]]] = {
    "RaadpleegMetBurgerservicenummer": lambda client: client.ask(BSN, call()),
    "RaadpleegMetBurgerservicenummer, kinderen": lambda client: client.children_at(
        ADDRESS, [BSN, "999900018"], call()
    ),
    "ZoekMetGeslachtsnaamEnGeboortedatum": lambda client: client.search_by_name(
        "Velz*", date(1979, 3, 14), call(), prefix="van der", given_names="Marieke", municipality_code="0150"
    ),
    "ZoekMetPostcodeEnHuisnummer": lambda client: client.search_by_postcode(
        "7411 kt", 12, call(), letter="a", addition="bis", municipality_code="0150"
    ),
    "ZoekMetAdresseerbaarObjectIdentificatie": lambda client: client.search_by_object(ADDRESS, call()),
}


@pytest.mark.contract
@pytest.mark.parametrize("kind", QUESTIONS)
async def test_every_kind_of_question_follows_the_specification(
    line: Line, specification: BrpSpecification, kind: str
) -> None:
    await QUESTIONS[kind](line.client)

    question, schema = line.last.json, kind.partition(",")[0]
    assert question["type"] == schema
    assert specification.complaints(schema, question) == []
    assert specification.unknown_names(schema, question) == set()
    assert specification.complaints(schema, question | {"fields": []}) != []


@pytest.mark.contract
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    surname=st.text(max_size=12) | st.sampled_from(["De Vries*", "A*", "Ó'Neill", ""]),
    prefix=st.text(max_size=11),
    postcode=st.text(max_size=7) | st.sampled_from(["7411 KT", "0411KT", "7411kt\n"]),
    number=st.integers(-1, 100001),
    addition=st.text(max_size=5),
    municipality=st.text(max_size=5) | st.just("0150"),
)
async def test_whatever_is_typed_a_search_that_goes_out_follows_the_specification(
    line: Line,
    specification: BrpSpecification,
    surname: str,
    prefix: str,
    postcode: str,
    number: int,
    addition: str,
    municipality: str,
) -> None:
    line.asked.clear()
    with contextlib.suppress(NoUse):
        await line.client.search_by_name(
            surname, date(1979, 3, 14), call(), prefix=prefix, municipality_code=municipality
        )
    with contextlib.suppress(NoUse):
        await line.client.search_by_postcode(
            postcode, number, call(), addition=addition, municipality_code=municipality
        )

    for asked in line.asked:
        assert specification.complaints(asked.json["type"], asked.json) == []


async def test_a_number_stands_in_the_body_and_nowhere_else(line: Line) -> None:
    for question in QUESTIONS.values():
        await question(line.client)
        assert (line.last.method, line.last.path) == ("POST", "/haalcentraal/api/brp/personen")
        for personal in (BSN, ADDRESS, "Velz", "7411", "1979"):
            assert personal not in line.last.path + str(line.last.headers)
        assert line.last.headers["content-type"] == "application/json; charset=utf-8"
        # Unpacking could turn a small answer into one without limit.
        assert line.last.headers["accept-encoding"] == "identity"


async def test_the_call_says_why_for_whom_and_in_which_trace(line: Line) -> None:
    await line.client.ask(BSN, call(purpose="Doel 1", user="m.dekker", trace=TRACE))

    told = line.last.headers
    assert (told["x-doelbinding"], told["x-verwerking"], told["x-gebruiker"], told["traceparent"]) == (
        "Doel 1",
        "klantroute@brp_persoon",
        "m.dekker",
        TRACE,
    )
    await line.client.ask(BSN, call())
    assert line.last.headers["x-gebruiker"] == "Systeem"
    assert "traceparent" not in line.last.headers


@pytest.mark.parametrize(
    "trace", ["x", TRACE.upper(), TRACE + "\r\nX-Ander: 1", "00-" + "0" * 32 + TRACE[35:]]
)
async def test_a_trace_that_is_none_is_not_sent_and_stops_nothing(line: Line, trace: str) -> None:
    answered = await line.client.ask(BSN, call(trace=trace))

    assert answered.finding.outcome is Outcome.NOT_FOUND
    assert "traceparent" not in line.last.headers


@pytest.mark.parametrize(
    ("changes", "goes"),
    [
        ({"purpose": "d" * 242}, True),
        ({"purpose": "d" * 243}, False),
        ({"purpose": ""}, False),
        ({"purpose": " doel"}, False),
        ({"purpose": "doel\r\nX-Ander: 1"}, False),
        ({"purpose": "coördinatie"}, False),
        ({"user": "u" * 40}, True),
        ({"user": "u" * 41}, False),
        ({"user": ""}, False),
        ({"question": "v" * (242 - len("klantroute@"))}, True),
        ({"question": "v" * (243 - len("klantroute@"))}, False),
        ({"question": "brp@persoon"}, False),
    ],
)
async def test_what_would_have_to_be_cut_is_refused_instead(
    line: Line, changes: dict[str, str], goes: bool
) -> None:
    finding = (await line.client.ask(BSN, call(**changes))).finding

    assert len(line.asked) == (1 if goes else 0)
    assert finding.outcome is (Outcome.NOT_FOUND if goes else Outcome.REFUSED_US)
    if not goes:
        assert finding.reason.startswith("Er is niets aan de BRP gevraagd: ")
        assert "Ander" not in finding.reason


# --- children -------------------------------------------------------------------------------------


def child(number: str, born: str | None = "2015-05-01", **more: Any) -> dict[str, Any]:
    birth = (
        {}
        if born is None
        else {"geboorte": {"datum": {"type": "Datum", "datum": born, "langFormaat": "een dag"}}}
    )
    home = {"verblijfplaats": {"type": "Adres", "adresseerbaarObjectIdentificatie": ADDRESS}}
    return {"burgerservicenummer": number} | birth | home | more


UNKNOWN = {"datum": {"type": "DatumOnbekend", "onbekend": True, "langFormaat": "onbekend"}}


@pytest.mark.parametrize(
    ("person", "counts"),
    [
        (child(BSN), True),
        (child(BSN, "2026-11-02"), True),
        (child(BSN, "2008-11-03"), True),
        (child(BSN, "2008-11-02"), False),
        (child(BSN, None), True),
        (child(BSN, None, geboorte=UNKNOWN), True),
        (child(BSN, None, geboorte={"datum": {"type": "JaarDatum", "jaar": 2008}}), True),
        (child(BSN, None, geboorte={"datum": {"type": "JaarDatum", "jaar": 2007}}), False),
        (child(BSN, None, geboorte={"datum": {"type": "JaarMaandDatum", "jaar": 2008, "maand": 10}}), False),
        (child(BSN, overlijden={}), False),
        (child(BSN, opschortingBijhouding={"reden": {"code": "E"}}), False),
        (child(BSN, opschortingBijhouding={"reden": {"code": "O"}}), False),
        (child(BSN, verblijfplaats=None), False),
        (child(BSN, verblijfplaats={"type": "VerblijfplaatsOnbekend"}), False),
        (
            child(BSN, verblijfplaats={"type": "Adres", "adresseerbaarObjectIdentificatie": "0" * 15 + "1"}),
            False,
        ),
        (
            child(
                BSN,
                verblijfplaats={
                    "type": "Adres",
                    "adresseerbaarObjectIdentificatie": ADDRESS,
                    "functieAdres": {"code": "B"},
                },
            ),
            False,
        ),
        (child(BSN, geheimhoudingPersoonsgegevens=True), False),
    ],
)
async def test_a_child_counts_when_alive_at_the_address_and_not_certainly_of_age(
    line: Line, person: dict[str, Any], counts: bool
) -> None:
    line.people = [person]

    found = await line.client.children_at(ADDRESS, [BSN], call())

    assert [number for number, _ in found] == ([BSN] if counts else [])


async def test_who_was_born_on_29_february_is_a_child_until_march(line: Line) -> None:
    line.people = [child(BSN, "2008-02-29")]

    async def on(day: str) -> bool:
        moment = datetime.fromisoformat(f"{day}T12:00:00+01:00")
        return bool(await line.client.children_at(ADDRESS, [BSN], call(now=lambda: moment)))

    assert await on("2026-02-28")
    assert not await on("2026-03-01")


async def test_children_come_with_their_birth_and_are_asked_twenty_at_a_time_and_once_each(
    line: Line,
) -> None:
    numbers = [f"{999900000 + n}" for n in range(45)]
    line.people = [child(numbers[0])]

    found = await line.client.children_at(ADDRESS, [*numbers, numbers[0]], call())

    assert [len(asked.json["burgerservicenummer"]) for asked in line.asked] == [20, 20, 5]
    assert found == [(numbers[0], PartialDate(year=2015, month=5, day=1))]


async def test_nothing_is_asked_of_no_children(line: Line) -> None:
    assert await line.client.children_at(ADDRESS, [], call()) == []
    assert line.asked == []


@pytest.mark.parametrize("number", ["999900018", None])
async def test_a_child_that_was_not_asked_for_is_not_taken_in(line: Line, number: str | None) -> None:
    line.people = [child("x") | {"burgerservicenummer": number}]

    with pytest.raises(NoUse) as refused:
        await line.client.children_at(ADDRESS, [BSN], call())

    assert refused.value.outcome is Outcome.INCOMPREHENSIBLE
    assert "999900018" not in refused.value.sentence


# --- searching ------------------------------------------------------------------------------------


async def test_a_search_tells_number_and_birth_and_no_more(line: Line) -> None:
    line.people = [
        child(BSN, "1979-03-14", naam={"volledigeNaam": "niet gevraagd"}),
        {"geboorte": UNKNOWN},
        {"burgerservicenummer": "999900018"},
    ]

    hits = await line.client.search_by_object(ADDRESS, call(), municipality_code="0150")

    assert hits == [
        Hit(BSN, PartialDate(year=1979, month=3, day=14), "0150"),
        Hit("999900018", None, "0150"),
    ]
    assert line.last.json["fields"] == ["burgerservicenummer", "geboorte.datum"]


async def test_a_search_that_is_refused_says_so(line: Line) -> None:
    async with (
        scripted(lambda asked: Reply({"code": "paramsValidation", "detail": BSN}, 400)) as url,
        BrpClient(base_url=url, api_key="", timeout_seconds=20) as client,
    ):
        with pytest.raises(NoUse, match=r"\(400, paramsValidation\)") as refused:
            await client.search_by_name("Veldhuis", date(1979, 3, 14), call())

    assert BSN not in refused.value.sentence


@pytest.mark.parametrize(
    ("search", "rule"),
    [
        (lambda client: client.search_by_name("V*", date(1979, 3, 14), call()), "drie letters"),
        (lambda client: client.search_by_name("", date(1979, 3, 14), call()), "geslachtsnaam"),
        (lambda client: client.search_by_postcode("0411KT", 1, call()), "postcode"),
        (lambda client: client.search_by_postcode("7411KT", 0, call()), "huisnummer"),
        (lambda client: client.search_by_object("0" * 16, call()), "adresseerbaar object"),
    ],
)
async def test_a_search_of_another_shape_is_not_sent_and_says_which_shape_it_has(
    line: Line, search: Callable[[BrpClient], Awaitable[Any]], rule: str
) -> None:
    with pytest.raises(NoUse, match=rule):
        await search(line.client)

    assert line.asked == []
