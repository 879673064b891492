"""Every way in which the connection to a registry can be wrong gets its own sentence, and somebody who can mend it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from runtime.settings import Settings
from starter.doctor.connections import brp
from starter.doctor.examine import examine
from starter.doctor.registries import registry_checks
from starter.doctor.result import Result, Verdict
from tests import servers
from tests.certificates import Issued, Issuer
from tests.scripted import Asked, Reply, scripted
from tests.tls_gate import tls_gate

BSN = "999900006"
SECRETS = (BSN, "sleutel-x", "sleutelwoord", "client-geheim", "toegang-1")
BIRTH = {"datum": {"type": "Datum", "datum": "1979-03-14", "langFormaat": "14 maart 1979"}}


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


def answering(*people: Any, status: int = 200) -> Callable[[Asked], Reply]:
    return lambda asked: Reply({"type": "RaadpleegMetBurgerservicenummer", "personen": list(people)}, status)


async def look(settings: Settings) -> dict[str, Result]:
    checks = registry_checks(brp(settings))
    results = {result.check: result for result in await examine(checks, lambda _: None)}
    for result in results.values():
        assert [secret for secret in SECRETS if secret in result.sentence] == []
        assert (result.who == "") <= (result.verdict in (Verdict.RIGHT, Verdict.SKIPPED))
    return results


def told(result: Result) -> tuple[Verdict, str]:
    return result.verdict, result.who


@asynccontextmanager
async def gateway(
    theirs: Issued, ca: Path, ours: Issued | None = None, *people: Any, **more: Any
) -> AsyncIterator[Settings]:
    """A BRP behind TLS, that wants a certificate where we have one."""
    found = people or ({"geboorte": BIRTH},)
    async with scripted(answering(*found), tls=theirs.server(asks=ca if ours else None)) as url:
        own = {} if ours is None else {"brp_certificate": ours.certificate, "brp_private_key": ours.key}
        yield Settings(**({"brp_base_url": url, "brp_ca": ca, "doctor_test_bsn": BSN} | own | more))


async def test_everything_is_right_with_certificates_on_both_sides(issuer: Issuer) -> None:
    ours = issuer.issue("wij", password="sleutelwoord")
    more = {"brp_private_key_password": "sleutelwoord", "brp_api_key": "sleutel-x"}
    async with gateway(issuer.issue("brp"), issuer.file, ours, **more) as settings:
        results = await look(settings)

    assert {result.verdict for result in results.values()} == {Verdict.RIGHT}
    assert list(results) == [
        "brp.eigen-certificaat",
        "brp.instellingen",
        "brp.adres",
        "brp.verbinding",
        "brp.certificaat",
        "brp.vraag",
    ]


async def test_without_an_agreed_test_person_nothing_is_asked_and_it_says_how_to_agree_one(
    issuer: Issuer,
) -> None:
    async with gateway(issuer.issue("brp"), issuer.file, doctor_test_bsn="") as settings:
        results = await look(settings)

    assert told(results["brp.vraag"]) == (Verdict.SKIPPED, "contractbeheerder")
    assert "MEEDOEN_DOCTOR_TEST_BSN; nooit een echte inwoner" in results["brp.vraag"].sentence


# --- the way there --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "check", "words", "who"),
    [
        ("brp.example", "brp.instellingen", "MEEDOEN_BRP_BASE_URL", "applicatiebeheer"),
        (
            "https://bestaat-niet.invalid/brp",
            "brp.adres",
            "bestaat-niet.invalid",
            "netwerk- of systeembeheer",
        ),
        ("https://[geheim", "brp.adres", "geen adres dat met https:// begint", "applicatiebeheer"),
        (
            "https://127.0.0.1:1/brp",
            "brp.verbinding",
            "de verbinding wordt geweigerd",
            "netwerk- of systeembeheer",
        ),
    ],
)
async def test_an_address_where_nobody_is(url: str, check: str, words: str, who: str) -> None:
    results = await look(Settings(brp_base_url=url, doctor_test_bsn=BSN))

    assert told(results[check]) == (Verdict.WRONG, who)
    assert words in results[check].sentence
    assert results["brp.vraag"].verdict is Verdict.SKIPPED


async def test_what_speaks_no_https_is_told_and_what_is_not_encrypted_too() -> None:
    async with scripted(answering()) as url:
        plain = await look(Settings(brp_base_url=url.replace("http:", "https:")))
        here = await look(Settings(brp_base_url=url))

    assert told(plain["brp.certificaat"]) == (Verdict.WRONG, "netwerk- of systeembeheer")
    assert "of daar wel https spreekt" in plain["brp.certificaat"].sentence
    assert here["brp.certificaat"].verdict is Verdict.RIGHT


async def test_traffic_to_another_machine_may_not_go_unencrypted() -> None:
    async with scripted(answering()) as url:
        # A name of this machine that does not say so.
        results = await look(Settings(brp_base_url=url.replace("127.0.0.1", "127.1")))

    assert told(results["brp.certificaat"]) == (Verdict.WRONG, "applicatiebeheer")
    assert "onversleuteld" in results["brp.certificaat"].sentence


# --- their certificate ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "words", "who"),
    [
        ({"until": timedelta(days=-2)}, "is verlopen", "leverancier"),
        ({"since": timedelta(days=2)}, "geldt nog niet", "leverancier"),
        ({"host": "ergens.anders"}, "staat op een andere naam", "applicatiebeheer"),
    ],
)
async def test_a_certificate_of_theirs_that_is_not_good(
    issuer: Issuer, made: dict[str, Any], words: str, who: str
) -> None:
    async with gateway(issuer.issue("brp", **made), issuer.file) as settings:
        results = await look(settings)

    assert told(results["brp.certificaat"]) == (Verdict.WRONG, who)
    assert words in results["brp.certificaat"].sentence
    assert results["brp.vraag"].verdict is Verdict.SKIPPED


async def test_a_certificate_of_an_issuer_that_we_do_not_know(issuer: Issuer, tmp_path: Path) -> None:
    theirs = Issuer(tmp_path, "onbekend").issue("brp")
    async with gateway(theirs, issuer.file) as settings:
        for change in ({}, {"brp_ca": None}):
            result = (await look(settings.model_copy(update=change)))["brp.certificaat"]
            assert told(result) == (Verdict.WRONG, "applicatiebeheer")
            assert "uitgever die wij vertrouwen" in result.sentence
            assert "MEEDOEN_BRP_CA" in result.sentence


@pytest.mark.parametrize(("days", "verdict"), [(31, Verdict.RIGHT), (29, Verdict.NOTE)])
async def test_a_certificate_of_theirs_that_ends_soon_is_told_a_month_before(
    issuer: Issuer, days: int, verdict: Verdict
) -> None:
    async with gateway(issuer.issue("brp", until=timedelta(days=days)), issuer.file) as settings:
        results = await look(settings)

    assert results["brp.certificaat"].verdict is verdict
    assert ("verloopt over 28 dagen" in results["brp.certificaat"].sentence) == (verdict is Verdict.NOTE)
    # It works still, so the question is asked.
    assert results["brp.vraag"].verdict is Verdict.RIGHT


# --- our certificate ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("until", "verdict", "words"),
    [
        (timedelta(days=-2), Verdict.WRONG, "is verlopen sinds"),
        (timedelta(days=29), Verdict.NOTE, "verloopt over 28 dagen"),
        (timedelta(days=31), Verdict.RIGHT, "past bij zijn sleutel en geldt tot en met"),
    ],
)
async def test_our_certificate_is_spoken_of_before_it_ends(
    issuer: Issuer, until: timedelta, verdict: Verdict, words: str
) -> None:
    ours = issuer.issue("wij", until=until)
    async with gateway(issuer.issue("brp"), issuer.file, ours) as settings:
        result = (await look(settings))["brp.eigen-certificaat"]

    assert result.verdict is verdict
    assert words in result.sentence
    assert result.who == ("" if verdict is Verdict.RIGHT else "contractbeheerder")


async def test_our_certificate_with_the_key_of_another(issuer: Issuer) -> None:
    ours, other = issuer.issue("wij"), issuer.issue("ander")
    async with gateway(issuer.issue("brp"), issuer.file, ours, brp_private_key=other.key) as settings:
        results = await look(settings)

    assert told(results["brp.eigen-certificaat"]) == (Verdict.WRONG, "applicatiebeheer")
    assert "hoort niet bij het certificaat" in results["brp.eigen-certificaat"].sentence
    # Nothing is known of the settings then, and theirs is looked at all the same.
    assert results["brp.instellingen"].verdict is Verdict.SKIPPED
    assert results["brp.certificaat"].verdict is not Verdict.SKIPPED


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_gateway_that_wants_another_certificate_of_us(
    issuer: Issuer, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    stranger = Issuer(tmp_path, "onbekend").issue("vreemd")
    context = issuer.issue("brp").server(asks=issuer.file)
    context.maximum_version = version
    with tls_gate(context) as url:
        settings = Settings(brp_base_url=url, brp_ca=issuer.file)
        none = (await look(settings))["brp.certificaat"]
        shown = {"brp_certificate": stranger.certificate, "brp_private_key": stranger.key}
        wrong_one = (await look(settings.model_copy(update=shown)))["brp.certificaat"]

    assert told(none) == told(wrong_one) == (Verdict.WRONG, "contractbeheerder")
    assert "wil een certificaat van ons en kreeg dat niet" in none.sentence
    assert "neemt ons certificaat niet aan" in wrong_one.sentence


# --- credentials and the question -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "verdict", "who", "words"),
    [
        (401, Verdict.WRONG, "contractbeheerder", "herkent ons niet"),
        (403, Verdict.WRONG, "contractbeheerder", "de autorisatie en de doelbinding"),
        (503, Verdict.WRONG, "leverancier", "tijdelijk niet beschikbaar"),
        (204, Verdict.WRONG, "leverancier", "niet kunnen lezen"),
    ],
)
async def test_a_question_that_is_not_answered(status: int, verdict: Verdict, who: str, words: str) -> None:
    async with scripted(answering(status=status)) as url:
        result = (await look(Settings(brp_base_url=url, doctor_test_bsn=BSN)))["brp.vraag"]

    assert told(result) == (verdict, who)
    assert words in result.sentence


async def test_a_test_person_whom_the_registry_does_not_know() -> None:
    async with scripted(answering()) as url:
        result = (await look(Settings(brp_base_url=url, doctor_test_bsn=BSN)))["brp.vraag"]

    assert told(result) == (Verdict.NOTE, "contractbeheerder")


async def test_the_server_that_gives_access_tokens_is_looked_at_too() -> None:
    def script(asked: Asked) -> Reply:
        if asked.path == "/token":
            return Reply({"access_token": "toegang-1"})
        return Reply({"type": "RaadpleegMetBurgerservicenummer", "personen": [{"geboorte": BIRTH}]})

    async with scripted(script) as url:
        login = {"brp_client_id": "wij", "brp_client_secret": "client-geheim", "doctor_test_bsn": BSN}
        good = await look(Settings(brp_base_url=url, brp_token_url=f"{url}/token", **login))  # type: ignore[arg-type]
        away = f"http://127.0.0.1:{servers.free_port()}/token"
        bad = await look(Settings(brp_base_url=url, brp_token_url=away, **login))  # type: ignore[arg-type]
        half = await look(Settings(brp_base_url=url, brp_token_url=f"{url}/token"))

    assert {result.verdict for result in good.values()} == {Verdict.RIGHT}
    assert told(bad["brp.toegang-verbinding"]) == (Verdict.WRONG, "netwerk- of systeembeheer")
    assert "de toegangsserver van de BRP" in bad["brp.toegang-verbinding"].sentence
    assert told(half["brp.instellingen"]) == (Verdict.WRONG, "applicatiebeheer")
    assert "MEEDOEN_BRP_CLIENT_ID" in half["brp.instellingen"].sentence


async def test_a_registry_that_hangs_is_left_in_time() -> None:
    silent = asyncio.Event()

    async def script(asked: Asked) -> Reply:
        await silent.wait()
        return Reply({})

    async with scripted(script) as url:
        settings = Settings(brp_base_url=url, doctor_test_bsn=BSN, brp_timeout_seconds=0.3)
        began = datetime.now(UTC)
        result = (await look(settings))["brp.vraag"]
        silent.set()

    assert told(result) == (Verdict.WRONG, "leverancier")
    assert datetime.now(UTC) - began < timedelta(seconds=10)
