"""Certificates with which the local stack plays both sides of Suwinet: the municipality that asks, and the broker.

Made on this machine and good for nothing else: the key of who issued them is thrown away.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from runtime.private_file import write_private

_VALID = timedelta(days=800)
_NEARLY_OVER = timedelta(days=60)


class SuwinetPapers:
    """The files.

    Args:
        folder: where they are; made when it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.issuer = folder / "uitgever.pem"
        self.certificate = folder / "gemeente.pem"
        self.key = folder / "gemeente.key"
        self.broker_certificate = folder / "broker.pem"
        self.broker_key = folder / "broker.key"

    def make(self, now: datetime | None = None) -> None:
        """Make all of them anew when one is missing, cannot be read or is nearly over."""
        now = now or datetime.now(UTC)
        if self._usable(now):
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The last file is the proof that the others are there.
        self.issuer.unlink(missing_ok=True)
        issuer_key = _new_key()
        issuer = _certificate("Verzonnen uitgever", issuer_key, None, issuer_key, now)
        for name, certificate_path, key_path in (
            ("Verzonnen gemeente", self.certificate, self.key),
            ("Verzonnen broker", self.broker_certificate, self.broker_key),
        ):
            key = _new_key()
            _write(
                certificate_path, _certificate(name, key, issuer, issuer_key, now).public_bytes(Encoding.PEM)
            )
            _write(key_path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        _write(self.issuer, issuer.public_bytes(Encoding.PEM))

    def _usable(self, now: datetime) -> bool:
        try:
            issuer = x509.load_pem_x509_certificate(self.issuer.read_bytes())
            for path in (self.certificate, self.broker_certificate):
                x509.load_pem_x509_certificate(path.read_bytes()).verify_directly_issued_by(issuer)
        except (OSError, ValueError, InvalidSignature):
            return False
        return (
            self.key.is_file()
            and self.broker_key.is_file()
            and now + _NEARLY_OVER < issuer.not_valid_after_utc
        )


def _write(path: Path, content: bytes) -> None:
    write_private(path, content.decode("ascii"))


def _new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def _certificate(
    name: str,
    key: RSAPrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: RSAPrivateKey,
    now: datetime,
) -> x509.Certificate:
    """A certificate; without an issuer: that of an issuer itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _VALID)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
        .sign(issuer_key, hashes.SHA256())
    )
