"""Who we are to Suwinet: one certificate (PKIoverheid) with its key, for the connection and for every message."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from domain.base import Explained


class IdentityError(Explained):
    """A certificate or a key cannot be used; the message says which, why and what to do."""


@dataclass(frozen=True)
class Identity:
    """A certificate with the key that belongs to it."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    def expired_on(self, moment: datetime) -> datetime | None:
        """When it ended, if it had by then; None: it is valid still. By the real clock, as others judge it."""
        ends = self.certificate.not_valid_after_utc
        return ends if ends < moment else None


def load_identity(certificate: str, key: str, password: str) -> Identity:
    """Read certificate and key.

    Args:
        certificate: PEM file; the first certificate in it is ours, what follows are those of its issuers.
        key: PEM file with an RSA key.
        password: of the key; empty: it has none.

    Raises:
        IdentityError: a file is not there or holds something else, or the two do not belong together.
    """
    own = _certificates("MEEDOEN_SUWINET_CERTIFICATE", certificate)[0]
    private = _private_key(key, password)
    if own.public_key() != private.public_key():
        raise IdentityError(
            "Het certificaat (MEEDOEN_SUWINET_CERTIFICATE) en de sleutel (MEEDOEN_SUWINET_PRIVATE_KEY) van Suwinet "
            "horen niet bij elkaar. Zet het certificaat neer dat bij deze sleutel is uitgegeven; ons eigen "
            "certificaat moet als eerste in het bestand staan."
        )
    if own.not_valid_before_utc > datetime.now(UTC):
        raise IdentityError(
            "Het certificaat van Suwinet (MEEDOEN_SUWINET_CERTIFICATE) is nog niet geldig. Gebruik het vorige tot "
            "het zover is, of zet de klok van deze machine goed."
        )
    return Identity(own, private)


def tls_context(certificate: str, key: str, password: str, ca: str) -> ssl.SSLContext:
    """The connection: we show our certificate, and theirs has to come from an issuer that we trust.

    Args:
        certificate: PEM file with ours and those of its issuers.
        key: PEM file.
        password: of the key; empty: it has none.
        ca: PEM file with issuers to trust; empty: those of this machine.

    Raises:
        IdentityError: a file cannot be used.
    """
    if ca:
        _certificates("MEEDOEN_SUWINET_CA", ca)
    try:
        context = ssl.create_default_context(cafile=ca or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # Without a password OpenSSL would ask for one at the terminal.
        context.load_cert_chain(certificate, key, password=password)
    except (OSError, ValueError):
        context = None
    if context is None:
        raise IdentityError(
            "Met het certificaat en de sleutel van Suwinet kan geen verbinding worden gemaakt. Controleer "
            "MEEDOEN_SUWINET_CERTIFICATE, MEEDOEN_SUWINET_PRIVATE_KEY en MEEDOEN_SUWINET_CA."
        )
    return context


def load_issuers(path: str) -> tuple[x509.Certificate, ...]:
    """The certificates of those who issue the certificates that answers are signed with.

    Raises:
        IdentityError: the file is not there or holds none.
    """
    return tuple(_certificates("MEEDOEN_SUWINET_ANSWER_CA", path))


def _certificates(setting: str, path: str) -> list[x509.Certificate]:
    try:
        found = x509.load_pem_x509_certificates(_content(setting, path))
    except ValueError:
        found = []
    if not found:
        raise IdentityError(
            f"In het bestand van {setting} staat geen certificaat. Zet er een certificaat in PEM-vorm in "
            "(BEGIN CERTIFICATE)."
        )
    return found


def _private_key(path: str, password: str) -> rsa.RSAPrivateKey:
    setting = "MEEDOEN_SUWINET_PRIVATE_KEY"
    content = _content(setting, path)
    try:
        key = load_pem_private_key(content, password.encode() if password else None)
        problem = "is geen RSA-sleutel. Vraag een certificaat aan bij een RSA-sleutel"
    except TypeError:
        key = None
        problem = (
            "heeft geen wachtwoord, maar er is wel een ingesteld. Laat MEEDOEN_SUWINET_PRIVATE_KEY_PASSWORD leeg"
            if password
            else "heeft een wachtwoord. Zet het in MEEDOEN_SUWINET_PRIVATE_KEY_PASSWORD"
        )
    except Exception:
        # What the library raises differs by format, and may say something of the key.
        key = None
        problem = (
            "is niet te openen: het wachtwoord (MEEDOEN_SUWINET_PRIVATE_KEY_PASSWORD) klopt niet, of er staat geen "
            "sleutel in. Zet er een sleutel in PEM-vorm in (BEGIN PRIVATE KEY), met het goede wachtwoord"
        )
    if not isinstance(key, rsa.RSAPrivateKey):
        raise IdentityError(f"De sleutel van {setting} {problem}.")
    return key


def _content(setting: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        reason = "bestaat niet" if isinstance(error, FileNotFoundError) else "is niet te lezen"
    raise IdentityError(
        f"Het bestand van {setting} {reason}. Zet het neer op die plaats, leesbaar voor de worker, of pas de "
        "instelling aan."
    )
