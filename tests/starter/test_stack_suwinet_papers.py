"""The stack has certificates for both sides of Suwinet, keeps them, and makes them anew in time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from starter.stack.suwinet_papers import SuwinetPapers


def made(folder: Path, now: datetime | None = None) -> dict[str, bytes]:
    SuwinetPapers(folder).make(now)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_both_sides_have_a_certificate_of_one_issuer_and_its_own_key(tmp_path: Path) -> None:
    papers = SuwinetPapers(tmp_path / "suwinet")
    papers.make()

    issuer = x509.load_pem_x509_certificate(papers.issuer.read_bytes())
    for certificate_path, key_path in (
        (papers.certificate, papers.key),
        (papers.broker_certificate, papers.broker_key),
    ):
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
        certificate.verify_directly_issued_by(issuer)
        assert load_pem_private_key(key_path.read_bytes(), None).public_key() == certificate.public_key()
        assert key_path.stat().st_mode & 0o077 == 0


def test_they_are_kept(tmp_path: Path) -> None:
    assert made(tmp_path) == made(tmp_path)


@pytest.mark.parametrize("name", ["uitgever.pem", "gemeente.pem", "gemeente.key", "broker.pem", "broker.key"])
def test_a_missing_file_makes_all_of_them_anew(tmp_path: Path, name: str) -> None:
    first = made(tmp_path)
    (tmp_path / name).unlink()

    second = made(tmp_path)

    assert first.keys() == second.keys()
    assert not set(first.values()) & set(second.values())


def test_a_file_that_cannot_be_read_makes_all_of_them_anew(tmp_path: Path) -> None:
    first = made(tmp_path)
    (tmp_path / "gemeente.pem").write_text("kapot", encoding="utf-8")

    assert made(tmp_path)["broker.pem"] != first["broker.pem"]


def test_what_is_nearly_over_is_made_anew(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    first = made(tmp_path, now - timedelta(days=700))
    assert made(tmp_path, now) == first

    assert made(tmp_path, now + timedelta(days=50)) != first
