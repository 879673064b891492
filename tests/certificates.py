"""Certificates made for a test: an issuer, and whoever it signs for."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID


class Issued(NamedTuple):
    """A certificate and its key, as files in PEM."""

    certificate: Path
    key: Path

    def server(self, *, asks: Path | None = None) -> ssl.SSLContext:
        """What a server shows; asks: the issuer of certificates that clients must show."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self)
        if asks is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(asks)
        return context

    def client(self, *, trusts: Path) -> ssl.SSLContext:
        """What a client shows, who trusts this issuer."""
        context = ssl.create_default_context(cafile=trusts)
        context.load_cert_chain(*self)
        return context


@dataclass(frozen=True)
class Made:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def key_pem(self, password: str = "") -> bytes:
        lock = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)

    def write(self, folder: Path, name: str, *, password: str = "") -> Issued:
        """Put both in files."""
        files = Issued(folder / f"{name}.pem", folder / f"{name}.key")
        files.certificate.write_bytes(self.pem)
        files.key.write_bytes(self.key_pem(password))
        return files


def make(
    name: str,
    issuer: Made | None = None,
    *,
    ca: bool = False,
    begins: timedelta = timedelta(days=-30),
    ends: timedelta = timedelta(days=365),
    host: str = "127.0.0.1",
    curve: bool = False,
) -> Made:
    """A certificate for somebody.

    Args:
        name: whose it is.
        issuer: who signs it; None: they do so themselves.
        ca: whether they may issue certificates.
        begins: from now.
        ends: from now.
        host: name or address of their machine.
        curve: with a key on an elliptic curve, which is made faster, instead of RSA.
    """
    key = ec.generate_private_key(ec.SECP256R1()) if curve else rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = key if issuer is None else issuer.key
    now = datetime.now(UTC)
    try:
        address: x509.GeneralName = x509.IPAddress(ip_address(host))
    except ValueError:
        address = x509.DNSName(host)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if ca:
        builder = builder.add_extension(
            x509.KeyUsage(
                digital_signature=True, content_commitment=False, key_encipherment=False,
                data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
                encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )  # fmt: skip
    return Made(builder.sign(signer, hashes.SHA256()), key)


kept = cache(make)
"""The same, made once for the same words: keys of RSA take their time."""


class Issuer:
    """Somebody who signs certificates, with everything as files in one folder."""

    def __init__(self, folder: Path, name: str = "uitgever") -> None:
        self._folder = folder
        self._made = make(name, ca=True, begins=timedelta(days=-1000), ends=timedelta(days=1000), curve=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self._made.pem)

    def issue(
        self,
        name: str,
        *,
        until: timedelta = timedelta(days=365),
        since: timedelta = timedelta(days=-30),
        host: str = "127.0.0.1",
        password: str = "",
    ) -> Issued:
        """Sign for somebody, from and until that long from now."""
        made = make(name, self._made, begins=since, ends=until, host=host, curve=True)
        return made.write(self._folder, name, password=password)
