"""What municipal gateways ask before a question reaches the BRP: an OIN, an access token, our own certificate."""

import asyncio
import ssl
import traceback
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest

from activities.access_tokens import AccessTokens
from activities.brp import BrpClient, Login, brp_client
from activities.registries import RegistryUnavailable
from domain.base import Explained
from domain.findings import Finding, Outcome
from runtime.certificates import Certificates
from runtime.settings import Settings, SettingsError
from tests.activities.brp_calls import call
from tests.certificates import Issuer
from tests.scripted import Asked, Reply, scripted
from tests.tls_gate import tls_gate

BSN = "999900006"
SECRETS = (BSN, "client-geheim", "toegang-1", "sleutelwoord")
NOBODY = Reply({"type": "RaadpleegMetBurgerservicenummer", "personen": []})


async def ask(client: BrpClient) -> Finding:
    return (await client.ask(BSN, call())).finding


@pytest.mark.parametrize("header", ["X-ORIGIN-OIN", "X-AFNEMER-OIN"])
async def test_the_organisation_number_stands_in_the_header_that_the_gateway_knows(header: str) -> None:
    seen: list[Asked] = []

    def script(asked: Asked) -> Reply:
        seen.append(asked)
        return NOBODY

    async with scripted(script) as url:
        settings = Settings(brp_base_url=url, brp_oin="00000001234567890000", brp_oin_header=header)  # type: ignore[arg-type]
        async with brp_client(settings) as client:
            await ask(client)
        async with brp_client(Settings(brp_base_url=url)) as client:
            await ask(client)

    assert seen[0].headers[header.lower()] == "00000001234567890000"
    assert [name for name in seen[1].headers if "oin" in name or "key" in name] == []


# --- access tokens --------------------------------------------------------------------------------


class Gateway:
    """Gives numbered tokens, and takes only those that it still honours."""

    def __init__(self) -> None:
        self.given = 0
        self.honoured: set[str] = set()
        self.asked: list[Asked] = []
        self.reply: Reply | None = None
        self.life: dict[str, Any] = {"expires_in": 3600}
        self.honours = True

    def script(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        if asked.path == "/token":
            if self.reply is not None:
                return self.reply
            self.given += 1
            token = f"toegang-{self.given}"
            self.honoured.add(token)
            return Reply({"access_token": token, "token_type": "Bearer"} | self.life)
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        return NOBODY if self.honours and token in self.honoured else Reply({"code": "authentication"}, 401)


@asynccontextmanager
async def behind(gateway: Gateway, **more: Any) -> AsyncIterator[BrpClient]:
    async with scripted(gateway.script) as url:
        login = Login(f"{url}/token", "wij", "client-geheim", more.pop("scope", ""))
        async with BrpClient(base_url=url, api_key="", timeout_seconds=20, login=login, **more) as client:
            yield client


async def test_a_token_is_fetched_with_our_credentials_and_shown_with_the_question() -> None:
    gateway = Gateway()
    async with behind(gateway, scope="brp.lezen") as client:
        finding = await ask(client)

    fetched, question = gateway.asked
    assert finding.outcome is Outcome.NOT_FOUND
    assert b64decode(fetched.headers["authorization"].removeprefix("Basic ")) == b"wij:client-geheim"
    assert parse_qs(fetched.body.decode()) == {"grant_type": ["client_credentials"], "scope": ["brp.lezen"]}
    assert BSN not in fetched.body.decode()
    assert question.headers["authorization"] == "Bearer toegang-1"


async def test_many_askers_share_one_token() -> None:
    gateway = Gateway()
    async with behind(gateway) as client:
        findings = await asyncio.gather(*(ask(client) for _ in range(12)))

    assert {finding.outcome for finding in findings} == {Outcome.NOT_FOUND}
    assert gateway.given == 1


async def test_a_token_that_was_withdrawn_is_renewed_once_for_all_askers() -> None:
    gateway = Gateway()
    async with behind(gateway) as client:
        await ask(client)
        gateway.honoured.clear()
        findings = await asyncio.gather(*(ask(client) for _ in range(8)))

    assert {finding.outcome for finding in findings} == {Outcome.NOT_FOUND}
    assert gateway.given == 2


async def test_a_gateway_that_keeps_refusing_us_is_asked_twice_and_no_more() -> None:
    gateway = Gateway()
    gateway.honours = False
    async with behind(gateway) as client:
        finding = await ask(client)

    assert finding.outcome is Outcome.REFUSED_US
    assert "(401, authentication)" in finding.reason
    assert "MEEDOEN_BRP_CLIENT_ID" in finding.reason
    assert [asked.path for asked in gateway.asked] == ["/token", "/personen", "/token", "/personen"]


@pytest.mark.parametrize(
    ("life", "kept"),
    [
        ({"expires_in": 3600}, 3570),
        ({"expires_in": "600"}, 570),
        ({"expires_in": 40}, 20),
        ({}, 30),
    ],
)
async def test_a_token_is_kept_until_shortly_before_its_end(life: dict[str, Any], kept: float) -> None:
    gateway, now = Gateway(), 1000.0
    gateway.life = life
    async with scripted(gateway.script) as url, httpx2.AsyncClient(trust_env=False) as http:
        tokens = AccessTokens(http, url=f"{url}/token", client_id="wij", secret="x", clock=lambda: now)
        assert await tokens.token() == "toegang-1"
        now += kept - 0.001
        assert await tokens.token() == "toegang-1"
        now += 0.002
        assert await tokens.token() == "toegang-2"


async def test_forgetting_an_old_token_leaves_the_new_one() -> None:
    gateway = Gateway()
    async with scripted(gateway.script) as url, httpx2.AsyncClient(trust_env=False) as http:
        tokens = AccessTokens(http, url=f"{url}/token", client_id="wij", secret="x")
        first = await tokens.token()
        tokens.forget(first)
        second = await tokens.token()
        tokens.forget(first)
        assert (first, second, await tokens.token()) == ("toegang-1", "toegang-2", "toegang-2")


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply({"error": "invalid_client"}, 401), "wijst onze aanmelding af (401, invalid_client)"),
        (Reply({"error": "Client-Geheim!"}, 400), "wijst onze aanmelding af (400)"),
        (Reply(b"<html>", 302), "wijst onze aanmelding af (302)"),
        (Reply(b"<html>"), "iets anders dan een toegangscode"),
        (Reply({"access_token": "a b\r\nX: 1"}), "iets anders dan een toegangscode"),
        (Reply({"access_token": "goed", "token_type": "mac"}), "iets anders dan een toegangscode"),
        (Reply({"access_token": ""}), "iets anders dan een toegangscode"),
        (Reply(b"x" * 70_000), "meer dan een toegangscode"),
    ],
)
async def test_a_token_server_that_gives_none_is_for_the_administrator(reply: Reply, words: str) -> None:
    gateway = Gateway()
    gateway.reply = reply
    async with behind(gateway) as client:
        finding = await ask(client)

    assert finding.outcome is Outcome.REFUSED_US
    assert words in finding.reason
    assert "MEEDOEN_BRP_TOKEN_URL" in finding.reason
    assert [secret for secret in SECRETS if secret in finding.reason.lower()] == []
    assert [asked.path for asked in gateway.asked] == ["/token"]


async def told(client: BrpClient) -> RegistryUnavailable:
    with pytest.raises(RegistryUnavailable) as refused:
        await ask(client)
    written = "".join(traceback.format_exception(refused.value))
    assert [secret for secret in SECRETS if secret in written] == []
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None
    return refused.value


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_token_server_in_trouble_is_tried_later(status: int) -> None:
    gateway = Gateway()
    gateway.reply = Reply({}, status)
    async with behind(gateway) as client:
        assert f"de toegangsserver heeft een storing ({status})" in (await told(client)).sentence
        gateway.reply = None
        assert (await ask(client)).outcome is Outcome.NOT_FOUND


async def test_a_token_server_that_is_away_is_tried_later() -> None:
    async with scripted(lambda asked: NOBODY) as url:
        login = Login("http://127.0.0.1:1/token", "wij", "client-geheim")
        async with BrpClient(base_url=url, api_key="", timeout_seconds=20, login=login) as client:
            assert "de toegangsserver is niet bereikbaar" in (await told(client)).sentence


async def test_waiting_for_a_token_counts_in_the_time_limit() -> None:
    silent = asyncio.Event()

    async def script(asked: Asked) -> Reply:
        await silent.wait()
        return NOBODY

    async with scripted(script) as url:
        login = Login(f"{url}/token", "wij", "client-geheim")
        async with BrpClient(base_url=url, api_key="", timeout_seconds=0.2, login=login) as client:
            assert "niet binnen 0.2 seconden" in (await told(client)).sentence
        silent.set()


# --- certificates ---------------------------------------------------------------------------------


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


async def test_a_question_over_mutual_tls_is_answered(issuer: Issuer) -> None:
    ours, theirs = issuer.issue("wij", password="sleutelwoord"), issuer.issue("brp")
    async with scripted(lambda asked: NOBODY, tls=theirs.server(asks=issuer.file)) as url:
        settings = Settings(
            brp_base_url=url,
            brp_certificate=ours.certificate,
            brp_private_key=ours.key,
            brp_private_key_password="sleutelwoord",  # type: ignore[arg-type]
            brp_ca=issuer.file,
        )
        async with brp_client(settings) as client:
            assert (await ask(client)).outcome is Outcome.NOT_FOUND


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({"until": timedelta(days=-2)}, "het certificaat van de andere kant is verlopen"),
        ({"since": timedelta(days=2)}, "het certificaat van de andere kant geldt nog niet"),
        ({"host": "ergens.anders"}, "staat op een andere naam dan het adres"),
    ],
)
async def test_a_certificate_of_the_gateway_that_is_not_good_is_told(
    issuer: Issuer, made: dict[str, Any], words: str
) -> None:
    theirs = issuer.issue("brp", **made)
    async with scripted(lambda asked: NOBODY, tls=theirs.server()) as url:
        async with brp_client(Settings(brp_base_url=url, brp_ca=issuer.file)) as client:
            sentence = (await told(client)).sentence

    assert words in sentence
    assert "meedoen doctor --only brp" in sentence


async def test_a_gateway_of_an_unknown_issuer_is_told(issuer: Issuer, tmp_path: Path) -> None:
    theirs = Issuer(tmp_path, "onbekend").issue("brp")
    async with scripted(lambda asked: NOBODY, tls=theirs.server()) as url:
        async with brp_client(Settings(brp_base_url=url, brp_ca=issuer.file)) as client:
            assert "niet van een uitgever die wij vertrouwen" in (await told(client)).sentence
        async with brp_client(Settings(brp_base_url=url)) as client:
            assert "niet van een uitgever die wij vertrouwen" in (await told(client)).sentence


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("which", ["none", "expired", "unknown"])
async def test_a_gateway_that_does_not_take_our_certificate_is_told(
    issuer: Issuer, tmp_path: Path, which: str, version: ssl.TLSVersion
) -> None:
    theirs = issuer.issue("brp")
    ours = {
        "none": None,
        "expired": issuer.issue("wij", until=timedelta(days=-2)),
        "unknown": Issuer(tmp_path, "onbekend").issue("vreemd"),
    }[which]
    words = {
        "none": "wil een certificaat van ons en kreeg dat niet",
        "expired": "vindt ons certificaat verlopen",
        "unknown": "neemt ons certificaat niet aan",
    }[which]
    settings = Settings(brp_ca=issuer.file)
    if ours is not None:
        settings = settings.model_copy(
            update={"brp_certificate": ours.certificate, "brp_private_key": ours.key}
        )
    context = theirs.server(asks=issuer.file)
    # Under 1.3 the refusal comes after the hand-shake, with the first answer.
    context.maximum_version = version
    with tls_gate(context) as url:
        async with brp_client(settings.model_copy(update={"brp_base_url": url})) as client:
            assert words in (await told(client)).sentence


def certificates(**files: Any) -> Certificates:
    return Certificates(setting="MEEDOEN_BRP", **files)


def test_files_that_cannot_be_used_get_a_sentence_each(issuer: Issuer, tmp_path: Path) -> None:
    ours, other = issuer.issue("wij"), issuer.issue("ander")
    locked = issuer.issue("dicht", password="sleutelwoord")
    text = tmp_path / "tekst.pem"
    text.write_text("geen certificaat", encoding="ascii")
    missing = tmp_path / "weg.pem"
    wrong = [
        (certificates(private_key=ours.key), "wel een privésleutel maar geen certificaat"),
        (certificates(certificate=missing), "MEEDOEN_BRP_CERTIFICATE ontbreekt"),
        (certificates(certificate=tmp_path), "MEEDOEN_BRP_CERTIFICATE is niet te lezen"),
        (certificates(certificate=text), "MEEDOEN_BRP_CERTIFICATE is geen certificaat in PEM"),
        (certificates(certificate=ours.certificate), "MEEDOEN_BRP_CERTIFICATE is geen privésleutel"),
        (
            certificates(certificate=ours.certificate, private_key=missing),
            "MEEDOEN_BRP_PRIVATE_KEY ontbreekt",
        ),
        (certificates(certificate=ours.certificate, private_key=text), "is geen privésleutel in PEM"),
        (certificates(certificate=ours.certificate, private_key=other.key), "hoort niet bij het certificaat"),
        (
            certificates(certificate=locked.certificate, private_key=locked.key),
            "Vul MEEDOEN_BRP_PRIVATE_KEY_PASSWORD in",
        ),
        (
            certificates(certificate=locked.certificate, private_key=locked.key, password="fout-woord"),
            "gaat niet open. Controleer MEEDOEN_BRP_PRIVATE_KEY_PASSWORD",
        ),
        (certificates(ca=missing), "MEEDOEN_BRP_CA ontbreekt"),
        (certificates(ca=text), "MEEDOEN_BRP_CA is geen certificaat in PEM"),
    ]
    for files, words in wrong:
        with pytest.raises(Explained) as refused:
            files.context()
        assert words in str(refused.value)
        assert "woord" not in str(refused.value).replace("wachtwoord", "")


def test_a_password_that_the_key_does_not_need_does_no_harm(issuer: Issuer) -> None:
    ours = issuer.issue("wij")
    assert certificates(certificate=ours.certificate, private_key=ours.key, password="over").context()


def test_a_key_in_the_same_file_as_its_certificate_will_do(issuer: Issuer, tmp_path: Path) -> None:
    ours, both = issuer.issue("wij"), tmp_path / "samen.pem"
    both.write_bytes(ours.certificate.read_bytes() + ours.key.read_bytes())
    assert certificates(certificate=both).context() is not None
    assert certificates().context() is None


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"brp_client_id": "wij"}, "Vul MEEDOEN_BRP_TOKEN_URL in"),
        ({"brp_token_url": "https://toegang.example/token"}, "MEEDOEN_BRP_CLIENT_ID"),
        (
            {"brp_token_url": "toegang", "brp_client_id": "wij", "brp_client_secret": "x"},
            "MEEDOEN_BRP_TOKEN_URL",
        ),
        ({"brp_base_url": "http://brp.example", "brp_ca": "ca.pem"}, "Begin het adres met https://"),
    ],
)
def test_settings_that_do_not_go_together_get_a_sentence(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        brp_client(Settings(**settings))


def test_a_file_that_is_left_empty_is_no_file() -> None:
    assert Settings(brp_certificate="").brp_certificate is None  # type: ignore[arg-type]
