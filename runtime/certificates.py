"""Certificates for TLS: our own with its key, whom we trust, and what went wrong when a hand-shake failed.

No sentence here repeats anything of a key or a password.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from domain.base import Explained


class CertificateError(Explained):
    """A certificate or key of the settings cannot be used; the message is a Dutch sentence."""


class Own(NamedTuple):
    """Our certificate and the key that belongs to it."""

    certificate: x509.Certificate
    key: PrivateKeyTypes


@dataclass(frozen=True, kw_only=True)
class Certificates:
    """Which files one connection uses, all PEM.

    Attributes:
        setting: how the settings of the connection begin, such as ``MEEDOEN_BRP``, to name them in sentences.
        certificate: ours, with the chain behind it; None: we show none.
        private_key: of the certificate; None: it is in the same file.
        password: of the private key; empty: it has none.
        ca: who signs the certificate of the other side; None: whom the system trusts.
    """

    setting: str
    certificate: Path | None = None
    private_key: Path | None = None
    password: str = ""
    ca: Path | None = None

    def own(self) -> Own | None:
        """Our own certificate with its key, which opens and belongs to it; None: there is none.

        Raises:
            CertificateError: a file is missing, cannot be read, or does not fit.
        """
        if self.certificate is None:
            if self.private_key is not None:
                raise CertificateError(
                    f"Er is wel een privésleutel maar geen certificaat. Vul ook {self.setting}_CERTIFICATE in, of "
                    f"laat {self.setting}_PRIVATE_KEY leeg."
                )
            return None
        certificate = read_certificates(self.certificate, f"{self.setting}_CERTIFICATE")[0]
        return Own(certificate, self._key_of(certificate, self.certificate))

    def context(self) -> ssl.SSLContext | None:
        """What a client connects with; None: nothing was set, and the certificates of the system will do.

        Raises:
            CertificateError: a file is missing, cannot be read, or does not fit.
        """
        own = self.own()
        if own is None and self.ca is None:
            return None
        if self.ca is not None:
            read_certificates(self.ca, f"{self.setting}_CA")
        context = ssl.create_default_context(cafile=self.ca)
        if self.certificate is not None:
            try:
                # A function, because the library would otherwise ask a person for the password.
                context.load_cert_chain(self.certificate, self.private_key, password=lambda: self.password)
            except (ssl.SSLError, OSError):
                raise CertificateError(
                    f"Het certificaat met zijn sleutel ({self.setting}_CERTIFICATE) is niet te gebruiken. Vraag de "
                    "leverancier om een nieuw bestand met het certificaat, de keten en de sleutel in PEM."
                ) from None
        return context

    def _key_of(self, certificate: x509.Certificate, path: Path) -> PrivateKeyTypes:
        setting = f"{self.setting}_{'CERTIFICATE' if self.private_key is None else 'PRIVATE_KEY'}"
        text = _read(self.private_key or path, setting)
        encrypted = b"ENCRYPTED" in text
        try:
            key = load_pem_private_key(text, self.password.encode() or None if encrypted else None)
        except TypeError:
            raise CertificateError(
                f"De privésleutel van {setting} heeft een wachtwoord. Vul {self.setting}_PRIVATE_KEY_PASSWORD in."
            ) from None
        except (ValueError, UnsupportedAlgorithm):
            reason = (
                f"gaat niet open. Controleer {self.setting}_PRIVATE_KEY_PASSWORD, of zet het goede bestand neer."
                if encrypted
                else "is geen privésleutel in PEM. Zet het goede bestand neer."
            )
            raise CertificateError(f"Het bestand van {setting} {reason}") from None
        if _public(key.public_key()) != _public(certificate.public_key()):
            raise CertificateError(
                f"De privésleutel van {setting} hoort niet bij het certificaat van {self.setting}_CERTIFICATE. Zet de "
                "sleutel en het certificaat neer die bij elkaar horen; ons eigen certificaat moet als eerste in het "
                "bestand staan."
            )
        return key


def read_certificates(path: Path, setting: str) -> list[x509.Certificate]:
    """The certificates in a file in PEM: one or more.

    Args:
        path: of the file.
        setting: names it, to say what is wrong.

    Raises:
        CertificateError: the file is missing, cannot be read, or holds something else.
    """
    text = _read(path, setting)
    try:
        found = x509.load_pem_x509_certificates(text)
    except ValueError:
        found = []
    if found:
        return found
    raise CertificateError(
        f"Het bestand van {setting} is geen certificaat in PEM (het begint niet met BEGIN CERTIFICATE, of is "
        "beschadigd). Zet er het goede bestand neer."
    )


def _read(path: Path, setting: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        why = "ontbreekt" if isinstance(error, FileNotFoundError) else "is niet te lezen"
        raise CertificateError(
            f"Het bestand van {setting} {why}. Controleer de instelling, en of het programma dat bestand mag lezen."
        ) from None


def _public(key: object) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return encoded


_EXPIRED = 10
_NOT_YET = 9
_OTHER_NAME = (62, 64)
_UNTRUSTED = (2, 18, 19, 20, 21, 27, 34)
"""X.509 verify codes of OpenSSL."""


def tls_error(error: BaseException) -> ssl.SSLError | None:
    """What went wrong with TLS, somewhere under what a library makes of it; None: nothing did."""
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        if isinstance(at, ssl.SSLError):
            return at
        seen.add(id(at))
        at = at.__cause__ or at.__context__
    return None


def tls_problem(error: BaseException) -> str | None:
    """Why a hand-shake failed, in a Dutch clause without a full stop; None: it was no matter of certificates.

    Args:
        error: as it came from a library; what it was caused by is looked at too.
    """
    found = tls_error(error)
    if isinstance(found, ssl.SSLCertVerificationError):
        return _not_verified(found.verify_code)
    return None if found is None else _alerted(str(found.reason or ""))


def _not_verified(code: int) -> str:
    if code == _EXPIRED:
        return "het certificaat van de andere kant is verlopen"
    if code == _NOT_YET:
        return "het certificaat van de andere kant geldt nog niet"
    if code in _OTHER_NAME:
        return "het certificaat van de andere kant staat op een andere naam dan het adres"
    if code in _UNTRUSTED:
        return "het certificaat van de andere kant is niet van een uitgever die wij vertrouwen"
    return f"het certificaat van de andere kant is niet geldig (code {code})"


def _alerted(reason: str) -> str | None:
    if "ALERT" not in reason:
        return None
    if "CERTIFICATE_EXPIRED" in reason:
        return "de andere kant vindt ons certificaat verlopen"
    if "CERTIFICATE_REQUIRED" in reason or "HANDSHAKE_FAILURE" in reason:
        return "de andere kant wil een certificaat van ons en kreeg dat niet"
    if "CERTIFICATE" in reason or "UNKNOWN_CA" in reason or "ACCESS_DENIED" in reason:
        return "de andere kant neemt ons certificaat niet aan"
    return None
