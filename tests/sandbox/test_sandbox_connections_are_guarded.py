"""HTTPS, mutual TLS and tokens as gateways ask for them."""

import base64
import ssl
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from sandbox.server import CannotStart, Oauth, SuwinetSecurity, Tls, run_sandbox
from sandbox.tokens import TokenShop
from tests.certificates import kept

PATH = "/haalcentraal/api/brp/personen"
GRANT = {"grant_type": "client_credentials"}
CLIENT = {"client_id": "meedoen", "client_secret": "geheim"}
OAUTH = Oauth("meedoen", "geheim", 300)


def trusting(ca: Path, own: tuple[Path, Path] | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(ca))
    if own is not None:
        context.load_cert_chain(*own)
    return context


async def test_https_with_a_good_certificate(tmp_path: Path, question: dict[str, Any]) -> None:
    authority = kept("uitgever", ca=True)
    ca, _ = authority.write(tmp_path, "ca")
    server = kept("server", issuer=authority).write(tmp_path, "server")
    async with run_sandbox(tls=Tls(*server)) as sandbox:
        assert sandbox.url.startswith("https://")
        async with httpx2.AsyncClient(base_url=sandbox.url, trust_env=False, verify=trusting(ca)) as http:
            assert (await http.post(PATH, json=question)).status_code == 200


async def test_an_expired_certificate_is_seen_by_the_caller(tmp_path: Path, question: dict[str, Any]) -> None:
    authority = kept("uitgever", ca=True)
    ca, _ = authority.write(tmp_path, "ca")
    server = kept("oude server", issuer=authority, ends=timedelta(days=-1)).write(tmp_path, "server")
    async with run_sandbox(tls=Tls(*server)) as sandbox:
        async with httpx2.AsyncClient(base_url=sandbox.url, trust_env=False, verify=trusting(ca)) as http:
            with pytest.raises(httpx2.ConnectError, match="expired"):
                await http.post(PATH, json=question)


async def test_without_a_certificate_of_a_known_issuer_nobody_comes_in(
    tmp_path: Path, question: dict[str, Any]
) -> None:
    authority = kept("uitgever", ca=True)
    ca, _ = authority.write(tmp_path, "ca")
    server = kept("server", issuer=authority).write(tmp_path, "server")
    own = kept("gemeente", issuer=authority).write(tmp_path, "own")
    other = kept("vreemde").write(tmp_path, "other")
    async with run_sandbox(tls=Tls(*server, client_ca=ca)) as sandbox:
        for pair, welcome in ((own, True), (other, False), (None, False)):
            context = trusting(ca, pair)
            async with httpx2.AsyncClient(base_url=sandbox.url, trust_env=False, verify=context) as http:
                if welcome:
                    assert (await http.post(PATH, json=question)).status_code == 200
                else:
                    with pytest.raises(httpx2.TransportError):
                        await http.post(PATH, json=question)


@pytest.mark.parametrize(
    ("files", "word"),
    [
        (("weg.pem", "weg.key", None), "--tls"),
        (("server.pem", "other.key", None), "--tls"),
        (("server.pem", "server.key", "server.key"), "--tls-client-ca"),
    ],
)
async def test_files_that_do_not_fit_are_refused_in_a_sentence(
    tmp_path: Path, files: tuple[str, str, str | None], word: str
) -> None:
    kept("server").write(tmp_path, "server")
    kept("vreemde").write(tmp_path, "other")
    certificate, key, ca = files
    tls = Tls(tmp_path / certificate, tmp_path / key, None if ca is None else tmp_path / ca)

    with pytest.raises(CannotStart, match=word):
        async with run_sandbox(tls=tls):
            """Never reached."""


@pytest.mark.parametrize(
    ("security", "word"),
    [
        (SuwinetSecurity(trusted=Path("weg.pem")), "weg.pem"),
        (SuwinetSecurity(sign=(Path("weg.pem"), Path("weg.key"))), "weg.pem"),
    ],
)
async def test_certificates_of_suwinet_that_are_not_there(security: SuwinetSecurity, word: str) -> None:
    with pytest.raises(CannotStart, match=word):
        async with run_sandbox(suwinet=security):
            """Never reached."""


async def test_a_key_of_somebody_else_signs_no_answers(tmp_path: Path) -> None:
    certificate, _ = kept("server").write(tmp_path, "server")
    _, key = kept("vreemde").write(tmp_path, "other")

    with pytest.raises(CannotStart, match="niet de RSA-sleutel"):
        async with run_sandbox(suwinet=SuwinetSecurity(sign=(certificate, key))):
            """Never reached."""


def basic(name: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


async def test_the_brp_asks_for_a_token_that_was_given_out(question: dict[str, Any]) -> None:
    async with run_sandbox(oauth=OAUTH, brp_token=True) as sandbox:
        async with httpx2.AsyncClient(base_url=sandbox.url, trust_env=False) as http:
            by_form = (await http.post(sandbox.token_url, data=GRANT | CLIENT)).json()
            by_header = await http.post(
                sandbox.token_url, data=GRANT | {"scope": "brp"}, headers=basic("meedoen", "geheim")
            )
            for token in (by_form["access_token"], by_header.json()["access_token"]):
                headers = {"Authorization": f"Bearer {token}"}
                assert (await http.post(PATH, json=question, headers=headers)).status_code == 200
            for headers in ({}, {"Authorization": "Bearer niets"}, {"Authorization": f"Basic {token}"}):
                refused = await http.post(PATH, json=question, headers=headers)
                assert (refused.status_code, refused.json()["code"]) == (401, "authentication")
                assert refused.headers["www-authenticate"].startswith("Bearer")

    assert (by_form["token_type"], by_form["expires_in"], "scope" in by_form) == ("Bearer", 300, False)
    assert by_header.json()["scope"] == "brp"
    assert by_header.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("form", "headers", "status", "error"),
    [
        (GRANT | {"client_id": "meedoen", "client_secret": "fout"}, {}, 401, "invalid_client"),
        (GRANT | {"client_id": "ander", "client_secret": "geheim"}, {}, 401, "invalid_client"),
        (GRANT, {}, 401, "invalid_client"),
        (GRANT, basic("meedoen", "fout"), 401, "invalid_client"),
        (GRANT, {"Authorization": "Basic %%%"}, 401, "invalid_client"),
        (CLIENT, {}, 400, "invalid_request"),
        (CLIENT | {"grant_type": "password"}, {}, 400, "unsupported_grant_type"),
    ],
)
async def test_a_wrong_request_for_a_token(
    form: dict[str, str], headers: dict[str, str], status: int, error: str
) -> None:
    async with run_sandbox(oauth=OAUTH) as sandbox:
        async with httpx2.AsyncClient(base_url=sandbox.url, trust_env=False) as http:
            response = await http.post(sandbox.token_url, data=form, headers=headers)
            as_json = await http.post(sandbox.token_url, json=GRANT | CLIENT)

    assert (response.status_code, response.json()) == (status, {"error": error})
    assert as_json.status_code == 400


async def test_without_a_client_there_are_no_tokens() -> None:
    async with run_sandbox() as sandbox:
        async with httpx2.AsyncClient(base_url=sandbox.url, trust_env=False) as http:
            assert (await http.post(sandbox.token_url, data=GRANT | CLIENT)).status_code == 404
    with pytest.raises(CannotStart, match="--oauth-client"):
        async with run_sandbox(brp_token=True):
            """Never reached."""


async def test_a_token_ends(question: dict[str, Any]) -> None:
    moment = 1000.0
    shop = TokenShop("meedoen", "geheim", 60, clock=lambda: moment)
    app = Starlette(routes=shop.routes())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://sandbox") as http:
        token = (await http.post("/oauth/token", data=GRANT | CLIENT)).json()["access_token"]

    moment += 59
    assert shop.knows(f"Bearer {token}")
    moment += 1
    assert not shop.knows(f"Bearer {token}")
