"""No answer, a refusal and nonsense are three different things, and each says what to do."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import pytest_asyncio

from activities.brp import MAX_ANSWER_BYTES, BrpClient, Login
from activities.registries import RegistryUnavailable
from domain.findings import BrpPerson, Finding, Outcome, PartialDate
from runtime.settings import SettingsError
from sandbox.faults import Fault, FaultKind
from sandbox.server import Sandbox, run_sandbox
from tests.activities.brp_calls import call
from tests.scripted import Reply, Talk, scripted

BSN = "999900006"
CERTIFICATES = ssl.create_default_context()
"""Read once: reading them again for each client takes longer than a call."""
LONG = 20.0
SHORT = 0.2


async def ask(base_url: str, *, timeout_seconds: float = LONG, api_key: str = "sleutel") -> Finding:
    async with BrpClient(
        base_url=base_url,
        api_key=api_key,
        timeout_seconds=timeout_seconds,
        tls=CERTIFICATES,
    ) as client:
        return (await client.ask(BSN, call(question_id="vraag-1"))).finding


# --- the faults of the sandbox --------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module")
async def running() -> AsyncIterator[Sandbox]:
    async with run_sandbox(api_key="sleutel") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.faults.set(None)
    return running


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (FaultKind.UNAVAILABLE, "De BRP is tijdelijk niet beschikbaar (503)."),
        (FaultKind.BROKEN, "De BRP heeft een storing (500)."),
        (FaultKind.TOO_MANY, "De BRP vraagt ons te wachten: er komen te veel vragen tegelijk (429)."),
        (FaultKind.HALF, "De verbinding met de BRP brak af voordat het antwoord compleet was."),
        (FaultKind.SLOW, "De BRP antwoordde niet binnen 0.2 seconden."),
        (FaultKind.DRIP, "De BRP antwoordde niet binnen 0.2 seconden."),
    ],
)
async def test_a_registry_that_cannot_answer_now_is_unavailable(
    sandbox: Sandbox, kind: FaultKind, sentence: str
) -> None:
    # Each drop comes well within any time-out per read; all of them together do not.
    seconds = 0.02 if kind is FaultKind.DRIP else 300.0
    sandbox.faults.set(Fault(kind=kind, seconds=seconds, retry_after=3))
    timeout = SHORT if kind in (FaultKind.SLOW, FaultKind.DRIP) else LONG

    with pytest.raises(RegistryUnavailable) as refused:
        await ask(sandbox.brp_base_url, timeout_seconds=timeout)

    assert refused.value.sentence == sentence
    says_when = kind in (FaultKind.UNAVAILABLE, FaultKind.TOO_MANY)
    assert refused.value.retry_after == (timedelta(seconds=3) if says_when else None)


@pytest.mark.parametrize("kind", [FaultKind.NONSENSE, FaultKind.WRONG_TYPE])
async def test_an_answer_that_cannot_be_read_is_incomprehensible(sandbox: Sandbox, kind: FaultKind) -> None:
    sandbox.faults.set(Fault(kind=kind))

    finding = await ask(sandbox.brp_base_url)

    assert (finding.outcome, finding.person) == (Outcome.INCOMPREHENSIBLE, None)
    assert "met de hand" in finding.reason


async def test_a_wrong_key_is_for_the_administrator(sandbox: Sandbox) -> None:
    by_fault = Fault(kind=FaultKind.UNAUTHORISED, times=1)
    sandbox.faults.set(by_fault)

    answers = [await ask(sandbox.brp_base_url), await ask(sandbox.brp_base_url, api_key="fout")]

    for finding in answers:
        assert (finding.outcome, finding.person) == (Outcome.REFUSED_US, None)
        assert finding.reason == (
            "De BRP herkent ons niet (401, authentication). "
            "Laat de beheerder de sleutel (MEEDOEN_BRP_API_KEY) en de certificaten nakijken."
        )


async def test_the_next_question_goes_well_after_each_fault(sandbox: Sandbox) -> None:
    async with BrpClient(base_url=sandbox.brp_base_url, api_key="sleutel", timeout_seconds=LONG) as client:
        for kind in (
            FaultKind.UNAVAILABLE,
            FaultKind.HALF,
            FaultKind.NONSENSE,
            FaultKind.WRONG_TYPE,
            FaultKind.UNAUTHORISED,
        ):
            sandbox.faults.set(Fault(kind=kind, times=1))
            with contextlib.suppress(RegistryUnavailable):
                await client.ask(BSN, call(question_id="fout"))
            finding = (await client.ask(BSN, call(question_id="goed"))).finding
            assert (finding.id, finding.outcome) == ("goed", Outcome.FOUND)


# --- answers that no sandbox gives ----------------------------------------------------------------


def saying(body: bytes, status: int = 200, content_type: str = "application/json", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(body, status, {"Content-Type": content_type} | named)


def people(*persons: Any, **rest: Any) -> bytes:
    content = {"type": "RaadpleegMetBurgerservicenummer", "personen": list(persons)} | rest
    return json.dumps(content).encode()


async def answer_to(said: Reply | Talk) -> Finding:
    async with scripted(lambda asked: said) as url:
        return await ask(f"{url}/brp")


async def unavailability(said: Reply | Talk) -> RegistryUnavailable:
    with pytest.raises(RegistryUnavailable) as refused:
        await answer_to(said)
    return refused.value


A_DATE = {"type": "Datum", "datum": "1979-03-14", "langFormaat": "14 maart 1979"}


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "geen geldige JSON"),
        (b"niet begrepen", "geen geldige JSON"),
        (b"\xff\xfe", "geen geldige JSON"),
        (b"[" * 100_000, "geen geldige JSON"),
        (b"null", "geen geldige JSON"),
        (b"{}", "het veld type ontbreekt of klopt niet"),
        (people(type="ZoekMetPostcodeEnHuisnummer"), "het veld type"),
        (b'{"type": "RaadpleegMetBurgerservicenummer"}', "het veld personen ontbreekt"),
        (people(personen=None), "het veld personen"),
        (people(personen={}), "het veld personen"),
        (people(None), "het veld personen"),
        (people("x"), "het veld personen"),
        (people({"geboorte": "1979"}), "het veld personen.geboorte"),
        (people({"geboorte": {"datum": "1979-03-14"}}), "het veld personen.geboorte.datum"),
        (people({"geboorte": {"datum": {"datum": "1979-03-14"}}}), "het veld personen.geboorte.datum"),
        (people({"geboorte": {"datum": A_DATE | {"type": "Dag"}}}), "het veld personen.geboorte.datum"),
        (people({"geboorte": {"datum": A_DATE | {"datum": "1979-02-30"}}}), "personen.geboorte.datum"),
        (people({"geboorte": {"datum": A_DATE | {"datum": 283996800}}}), "personen.geboorte.datum"),
        (people({"geboorte": {"datum": {"type": "JaarDatum"}}}), "personen.geboorte.datum"),
        (people({"geboorte": {"datum": {"type": "JaarDatum", "jaar": "1979"}}}), "personen.geboorte.datum"),
        (people({"geboorte": {"datum": {"type": "JaarDatum", "jaar": 0}}}), "personen.geboorte.datum"),
        (
            people({"geboorte": {"datum": {"type": "JaarMaandDatum", "jaar": 1979, "maand": 13}}}),
            "personen.geboorte.datum",
        ),
        (
            # Its last day cannot be named: there is no next year.
            people({"geboorte": {"datum": {"type": "JaarMaandDatum", "jaar": 9999, "maand": 12}}}),
            "personen.geboorte.datum",
        ),
        (people({"gemeenteVanInschrijving": "0150"}), "personen.gemeenteVanInschrijving"),
        (people({"gemeenteVanInschrijving": {}}), "personen.gemeenteVanInschrijving"),
        (people({"gemeenteVanInschrijving": {"code": 150}}), "personen.gemeenteVanInschrijving"),
        (people({"gemeenteVanInschrijving": {"code": "150"}}), "personen.gemeenteVanInschrijving"),
        (people({"geheimhoudingPersoonsgegevens": "ja"}), "personen.geheimhoudingPersoonsgegevens"),
        (people({"geheimhoudingPersoonsgegevens": 1}), "personen.geheimhoudingPersoonsgegevens"),
        (people({"opschortingBijhouding": {"reden": {"code": 5}}}), "personen.opschortingBijhouding"),
        (people({"inOnderzoek": True}), "personen.inOnderzoek"),
        (people({"overlijden": []}), "personen.overlijden"),
        (people({}, {}), "meer dan één persoon"),
        (people({"burgerservicenummer": "999900018"}), "een andere persoon"),
        (b" " * (MAX_ANSWER_BYTES + 1), "groter dan 1024 kB"),
    ],
)
async def test_what_is_not_an_answer_is_incomprehensible(body: bytes, complaint: str) -> None:
    finding = await answer_to(saying(body))

    assert (finding.outcome, finding.person) == (Outcome.INCOMPREHENSIBLE, None)
    assert complaint in finding.reason
    assert finding.reason.startswith("De BRP gaf een antwoord dat wij niet kunnen lezen: ")
    assert "1979" not in finding.reason


@pytest.mark.parametrize(
    "reply",
    [
        saying(people(), content_type="text/html"),
        saying(people(), content_type="application/problem+json"),
        saying(people(), content_type="application/json; charset=cp1252"),
        saying(people(), Content_Encoding="gzip"),
        saying(b"", status=204),
        saying(people(), status=206),
    ],
)
async def test_json_and_nothing_else_is_read(reply: Reply) -> None:
    assert (await answer_to(reply)).outcome is Outcome.INCOMPREHENSIBLE


@pytest.mark.parametrize("content_type", ["application/json", 'Application/JSON; charset="UTF-8"'])
async def test_json_is_known_however_it_is_written(content_type: str) -> None:
    assert (await answer_to(saying(people(), content_type=content_type))).outcome is Outcome.NOT_FOUND


async def test_an_answer_without_end_is_read_no_further_than_the_limit() -> None:
    async def without_end(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            writer.write(b" " * 65536)
            await writer.drain()

    finding = await answer_to(without_end)

    assert finding.outcome is Outcome.INCOMPREHENSIBLE
    assert "groter dan" in finding.reason


async def test_fields_that_we_do_not_know_are_fine() -> None:
    person = {
        "geboorte": {"datum": A_DATE | {"nieuw": 1}, "nieuw": []},
        "gemeenteVanInschrijving": {"code": "0150", "omschrijving": 7},
        "opschortingBijhouding": None,
        "nieuw": {"diep": None},
    }

    finding = await answer_to(saying(people(person, nieuw=1)))

    assert finding.person is not None
    assert finding.person.birth == PartialDate(year=1979, month=3, day=14)
    assert finding.person.municipality_code == "0150"
    assert finding.person.suspension is None


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ({}, {}),
        ({"geboorte": {}}, {}),
        ({"geboorte": {"datum": {"type": "DatumOnbekend", "onbekend": True}}}, {"birth": PartialDate()}),
        ({"gemeenteVanInschrijving": {"code": "1999"}}, {}),
        ({"gemeenteVanInschrijving": {"code": "0000"}}, {}),
        ({"overlijden": {}}, {"deceased": True}),
        (
            {"overlijden": {"datum": {"type": "DatumOnbekend"}}},
            {"deceased": True, "deceased_on": PartialDate()},
        ),
        ({"opschortingBijhouding": {"reden": {"code": "O"}}}, {"deceased": True, "suspension": "O"}),
        ({"opschortingBijhouding": {"reden": {"code": "F"}}}, {"suspension": "F"}),
        (
            {"opschortingBijhouding": {"datum": A_DATE}},
            {"suspension": ".", "suspended_on": PartialDate(year=1979, month=3, day=14)},
        ),
        # Of non-residents marriages are not kept: no partner on record says nothing.
        ({"opschortingBijhouding": {"reden": {"code": "R"}}}, {"suspension": "R", "has_partner": None}),
        ({"geboorte": {"inOnderzoek": {"datum": True}}}, {"under_investigation": True}),
        ({"inOnderzoek": {"gemeenteVanInschrijving": True}}, {"under_investigation": True}),
        ({"inOnderzoek": {"gemeenteVanInschrijving": False}}, {}),
        ({"inOnderzoek": {}}, {}),
        ({"burgerservicenummer": BSN}, {}),
        ({"indicatieCurateleRegister": True}, {"guardianship": True}),
        ({"verblijfplaats": {"type": "Adres"}}, {"residence": "adres"}),
        ({"verblijfplaats": {"type": "Locatie"}}, {"residence": "locatie"}),
        ({"verblijfplaats": {"type": "Adres", "functieAdres": {"code": "B"}}}, {"residence": "briefadres"}),
        ({"verblijfplaats": {"type": "Locatie", "functieAdres": {"code": "B"}}}, {"residence": "briefadres"}),
        ({"verblijfplaats": {"type": "VerblijfplaatsBuitenland"}}, {"residence": "buitenland"}),
        ({"verblijfplaats": {"type": "VerblijfplaatsOnbekend"}}, {"residence": "onbekend"}),
        (
            {"verblijfplaats": {"type": "Adres", "indicatieVastgesteldVerblijftNietOpAdres": True}},
            {"residence": "adres", "not_at_address": True},
        ),
        (
            {"verblijfplaats": {"type": "Adres", "inOnderzoek": {"functieAdres": True}}},
            {"residence": "adres", "under_investigation": True},
        ),
        # A partner of whom nothing was asked that the BRP has is a partner all the same.
        ({"partners": [{}]}, {"has_partner": True}),
        ({"partners": [{"ontbindingHuwelijkPartnerschap": {}}]}, {"has_partner": False}),
        (
            {"partners": [{"ontbindingHuwelijkPartnerschap": {"inOnderzoek": {"datum": True}}}]},
            {"has_partner": None, "under_investigation": True},
        ),
        (
            {"partners": [{"inOnderzoek": {"burgerservicenummer": True}}]},
            {"has_partner": None, "under_investigation": True},
        ),
        ({"kinderen": [{"inOnderzoek": {"burgerservicenummer": True}}]}, {"under_investigation": True}),
    ],
)
async def test_what_is_absent_is_unknown_and_never_no_answer(
    person: dict[str, Any], expected: dict[str, Any]
) -> None:
    finding = await answer_to(saying(people(person)))

    assert finding.outcome is Outcome.FOUND
    assert finding.person == BrpPerson(**({"has_partner": False} | expected))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (301, "verwijst ons naar een ander adres"),
        (400, "wees onze vraag af als onjuist"),
        (403, "staat ons deze vraag niet toe"),
        (404, "is niet te vinden op dit adres"),
        (405, "wees onze vraag af"),
        (422, "wees onze vraag af"),
    ],
)
async def test_a_refusal_is_for_the_administrator(status: int, words: str) -> None:
    body = b'{"code": "eenCode", "detail": "Over 999900006"}'

    finding = await answer_to(
        saying(body, status, "application/problem+json", Location="http://127.0.0.1:9/")
    )

    assert finding.outcome is Outcome.REFUSED_US
    assert finding.reason.startswith(f"De BRP {words} ({status}, eenCode). Laat de beheerder ")
    assert BSN not in finding.reason


@pytest.mark.parametrize("body", [b"", b"x", b'{"code": "999900006"}', b'{"code": 5}', b"[]"])
async def test_a_refusal_without_a_good_code_is_told_by_its_number(body: bytes) -> None:
    finding = await answer_to(saying(body, 400))

    assert "(400)." in finding.reason


@pytest.mark.parametrize("status", [429, 500, 501, 502, 503, 504, 599])
async def test_the_server_is_to_blame_from_500_on(status: int) -> None:
    refused = await unavailability(saying(b"", status))

    assert str(status) in refused.sentence
    assert refused.retry_after is None


NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry_After": "0"}, timedelta()),
        ({"Retry_After": "120"}, timedelta(seconds=120)),
        ({"Retry_After": "999999999"}, timedelta(days=1)),
        ({"Retry_After": "9" * 5000}, None),
        ({"Retry_After": "-5"}, None),
        ({"Retry_After": "1.5"}, None),
        ({"Retry_After": "straks"}, None),
        ({"Retry_After": ""}, None),
        ({"Retry_After": "Mon, 99 Nov 2026 99:00:00 GMT"}, None),
        (
            {"Retry_After": format_datetime(NOON, usegmt=True), "Date": "Mon, 02 Nov 2026 11:55:00 GMT"},
            timedelta(minutes=5),
        ),
        (
            {"Retry_After": "Mon, 02 Nov 2026 12:00:00 -0000", "Date": "Mon, 02 Nov 2026 11:59:00 GMT"},
            timedelta(minutes=1),
        ),
        (
            {"Retry_After": format_datetime(NOON, usegmt=True), "Date": "Mon, 02 Nov 2026 12:30:00 GMT"},
            timedelta(),
        ),
        ({"Retry_After": "Sat, 02 Nov 2999 12:00:00 GMT"}, timedelta(days=1)),
        ({"Retry_After": "Mon, 02 Nov 1999 12:00:00 GMT"}, timedelta()),
    ],
)
async def test_the_wait_that_is_asked_for_is_at_most_a_day(
    headers: dict[str, str], expected: timedelta | None
) -> None:
    assert (await unavailability(saying(b"", 503, **headers))).retry_after == expected


async def test_nobody_listens() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()

    with pytest.raises(RegistryUnavailable, match="niet bereikbaar"):
        await ask(f"http://127.0.0.1:{port}")
    with pytest.raises(RegistryUnavailable, match="niet bereikbaar"):
        await ask("https://bestaat-niet.invalid/brp")


async def test_a_proxy_from_the_environment_is_not_used(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    assert (await ask(sandbox.brp_base_url)).outcome is Outcome.FOUND


async def test_a_server_that_only_hangs_up_or_does_not_speak_http() -> None:
    async def hang_up(writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def ramble(writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n\r\n")

    for talk in (hang_up, ramble):
        assert "brak af" in (await unavailability(talk)).sentence


async def test_a_server_that_keeps_silent_is_left_in_time() -> None:
    done = asyncio.Event()

    async def keep_silent(writer: asyncio.StreamWriter) -> None:
        await done.wait()

    async with scripted(lambda asked: keep_silent) as url:
        with pytest.raises(RegistryUnavailable, match=r"niet binnen 0\.2 seconden"):
            await ask(url, timeout_seconds=SHORT)
        done.set()


async def test_being_cancelled_is_not_mistaken_for_a_time_out() -> None:
    asked, done = asyncio.Event(), asyncio.Event()

    async def keep_silent(writer: asyncio.StreamWriter) -> None:
        asked.set()
        await done.wait()

    async with scripted(lambda asked: keep_silent) as url:
        asking = asyncio.create_task(ask(url))
        await asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        done.set()


# --- settings that cannot be used -----------------------------------------------------------------

GOOD: dict[str, Any] = {
    "base_url": "https://brp.example/haalcentraal/api/brp",
    "api_key": "sleutel",
    "timeout_seconds": 10,
}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"base_url": "brp.example"}, "MEEDOEN_BRP_BASE_URL"),
        ({"base_url": "ftp://brp.example"}, "MEEDOEN_BRP_BASE_URL"),
        ({"base_url": "https://iemand:geheim@brp.example"}, "MEEDOEN_BRP_BASE_URL"),
        ({"base_url": "https://brp.example/?sleutel=geheim"}, "MEEDOEN_BRP_BASE_URL"),
        ({"base_url": "https://[geheim"}, "MEEDOEN_BRP_BASE_URL"),
        ({"base_url": "https://127.0.0.1:70000"}, "MEEDOEN_BRP_BASE_URL"),
        ({"api_key": "geheim\r\nX-Ander: 1"}, "MEEDOEN_BRP_API_KEY"),
        ({"api_key": "gehéim"}, "MEEDOEN_BRP_API_KEY"),
        ({"oin": ""}, "MEEDOEN_BRP_OIN"),
        ({"oin": "1", "oin_header": "X-geheim"}, "MEEDOEN_BRP_OIN_HEADER"),
        ({"login": Login("http://geheim geheim", "ik", "x")}, "MEEDOEN_BRP_TOKEN_URL"),
        ({"login": Login("https://toegang.example/token", "", "geheim")}, "MEEDOEN_BRP_CLIENT_ID"),
        ({"login": Login("https://toegang.example/token", "geheim", "")}, "MEEDOEN_BRP_CLIENT_SECRET"),
        ({"timeout_seconds": 0}, "tijdslimiet"),
    ],
)
def test_settings_that_cannot_be_used_get_a_sentence(change: dict[str, Any], name: str) -> None:
    with pytest.raises(SettingsError, match=name) as refused:
        BrpClient(**(GOOD | change))

    assert "geheim" not in str(refused.value)
