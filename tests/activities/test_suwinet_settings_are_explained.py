"""Every wrong setting of Suwinet is one sentence that names it and says what to do, before anything is sent."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from activities.suwinet.client import SuwinetClient
from activities.suwinet.setting_up import suwinet_client
from domain.base import Explained
from runtime.settings import Settings
from tests.activities.broker import authority, ours, theirs
from tests.certificates import make

URL = "https://broker.tst.suwi.net/suwibroker/soap"


def settings(folder: Path, **other: Any) -> Settings:
    certificate, key = ours().write(folder, "gemeente")
    given = {"suwinet_url": URL, "suwinet_certificate": certificate, "suwinet_private_key": key}
    return Settings(environment="test", **(given | other))


def refusal(given: Settings) -> str:
    with pytest.raises(Explained) as refused:
        suwinet_client(given)
    assert refused.value.__cause__ is None
    return str(refused.value)


def file(folder: Path, content: bytes) -> str:
    path = folder / "bestand.pem"
    path.write_bytes(content)
    return str(path)


async def closed(client: SuwinetClient | None) -> None:
    assert client is not None
    await client.aclose()


def test_without_an_address_suwinet_is_not_connected(tmp_path: Path) -> None:
    assert suwinet_client(settings(tmp_path, suwinet_url="")) is None
    assert suwinet_client(Settings(environment="test")) is None


async def test_a_certificate_and_a_key_are_enough(tmp_path: Path) -> None:
    await closed(suwinet_client(settings(tmp_path)))


async def test_everything_may_be_given(tmp_path: Path) -> None:
    issuer = file(tmp_path, authority().pem)
    given = settings(
        tmp_path,
        suwinet_private_key=ours().write(tmp_path, "dicht", password="geheim").key,
        suwinet_private_key_password=SecretStr("geheim"),
        suwinet_ca=issuer,
        suwinet_answer_ca=issuer,
        suwinet_wsdl_dir=str(tmp_path),
    )
    await closed(suwinet_client(given))


@pytest.mark.parametrize("name", ["suwinet_certificate", "suwinet_private_key"])
def test_certificate_and_key_are_both_needed(tmp_path: Path, name: str) -> None:
    assert f"MEEDOEN_{name.upper()} niet" in refusal(settings(tmp_path, **{name: ""}))


@pytest.mark.parametrize(
    "name", ["suwinet_certificate", "suwinet_private_key", "suwinet_ca", "suwinet_answer_ca"]
)
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    said = refusal(settings(tmp_path, **{name: str(tmp_path / "weg.pem")}))
    assert f"Het bestand van MEEDOEN_{name.upper()} ontbreekt" in said


@pytest.mark.parametrize("name", ["suwinet_certificate", "suwinet_ca", "suwinet_answer_ca"])
@pytest.mark.parametrize("content", [b"", b"onzin", ours().key_pem()])
def test_a_file_without_a_certificate_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    said = refusal(settings(tmp_path, **{name: file(tmp_path, content)}))
    assert f"MEEDOEN_{name.upper()} is geen certificaat in PEM" in said


@pytest.mark.parametrize("content", [b"", b"onzin", ours().pem])
def test_a_file_without_a_key_is_named(tmp_path: Path, content: bytes) -> None:
    said = refusal(settings(tmp_path, suwinet_private_key=file(tmp_path, content)))
    assert "MEEDOEN_SUWINET_PRIVATE_KEY is geen privésleutel in PEM" in said


@pytest.mark.parametrize(
    ("password", "given", "sentence"),
    [
        ("geheim", "", "heeft een wachtwoord. Vul MEEDOEN_SUWINET_PRIVATE_KEY_PASSWORD in"),
        ("geheim", "anders", "gaat niet open. Controleer MEEDOEN_SUWINET_PRIVATE_KEY_PASSWORD"),
    ],
)
def test_a_password_has_to_fit(tmp_path: Path, password: str, given: str, sentence: str) -> None:
    key = file(tmp_path, ours().key_pem(password))
    said = refusal(settings(tmp_path, suwinet_private_key=key, suwinet_private_key_password=SecretStr(given)))
    assert sentence in said
    assert "geheim" not in said
    assert "anders" not in said


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    said = refusal(settings(tmp_path, suwinet_private_key=file(tmp_path, theirs().key_pem())))
    assert "hoort niet bij het certificaat" in said
    assert "MEEDOEN_SUWINET_CERTIFICATE" in said
    assert "MEEDOEN_SUWINET_PRIVATE_KEY" in said


def test_a_key_that_is_not_rsa_is_refused(tmp_path: Path) -> None:
    certificate, key = make("Gemeente", authority(), curve=True).write(tmp_path, "kromme")
    given = settings(tmp_path, suwinet_certificate=certificate, suwinet_private_key=key)
    assert "geen RSA-sleutel" in refusal(given)


def test_a_certificate_of_the_future_is_refused(tmp_path: Path) -> None:
    later = make("Gemeente", authority(), begins=timedelta(days=2))
    certificate, key = later.write(tmp_path, "later")
    said = refusal(settings(tmp_path, suwinet_certificate=certificate, suwinet_private_key=key))
    assert "nog niet geldig" in said


async def test_an_expired_certificate_stops_no_worker(tmp_path: Path) -> None:
    # All else that a worker does has to go on; each question says what is wrong.
    old = make("Gemeente", authority(), ends=timedelta(days=-1))
    certificate, key = old.write(tmp_path, "oud")
    await closed(suwinet_client(settings(tmp_path, suwinet_certificate=certificate, suwinet_private_key=key)))


@pytest.mark.parametrize(
    "url", ["broker.suwi.net", "ftp://x/y", "https://u:p@x/y", "https://x/y?z", "https:///y"]
)
def test_an_address_that_is_none_is_refused_without_repeating_it(tmp_path: Path, url: str) -> None:
    said = refusal(settings(tmp_path, suwinet_url=url))
    assert "MEEDOEN_SUWINET_URL" in said
    assert url not in said


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = refusal(settings(tmp_path, suwinet_wsdl_dir=str(tmp_path / "weg")))
    assert "De map van MEEDOEN_SUWINET_WSDL_DIR bestaat niet" in said
