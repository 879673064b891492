"""Certificates for TLS: our own with its key, whom we trust, and what went wrong when a hand-shake failed.

No sentence here repeats anything of a key or a password.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from domain.base import Explained


class CertificateError(Explained):
    """A certificate or key of the settings cannot be used; the message is a Dutch sentence."""


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

    def own(self) -> x509.Certificate | None:
        """Our own certificate, after checking that its key opens and belongs to it; None: there is none.

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
        certificate = self._first_certificate(self.certificate, "CERTIFICATE")
        self._check_key(certificate, self.certificate)
        return certificate

    def context(self) -> ssl.SSLContext | None:
        """What a client connects with; None: nothing was set, and the certificates of the system will do.

        Raises:
            CertificateError: a file is missing, cannot be read, or does not fit.
        """
        own = self.own()
        if own is None and self.ca is None:
            return None
        if self.ca is not None:
            self._first_certificate(self.ca, "CA")
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

    def _first_certificate(self, path: Path, name: str) -> x509.Certificate:
        text = self._read(path, name)
        try:
            return x509.load_pem_x509_certificates(text)[0]
        except (ValueError, IndexError):
            raise CertificateError(
                f"Het bestand van {self.setting}_{name} is geen certificaat in PEM (het begint niet met BEGIN "
                "CERTIFICATE, of is beschadigd). Zet er het goede bestand neer."
            ) from None

    def _check_key(self, certificate: x509.Certificate, path: Path) -> None:
        name = "CERTIFICATE" if self.private_key is None else "PRIVATE_KEY"
        text = self._read(self.private_key or path, name)
        password = self.password.encode() or None
        encrypted = b"ENCRYPTED" in text
        try:
            key = load_pem_private_key(text, password if encrypted else None)
        except TypeError:
            raise CertificateError(
                f"De privésleutel van {self.setting}_{name} heeft een wachtwoord. Vul "
                f"{self.setting}_PRIVATE_KEY_PASSWORD in."
            ) from None
        except ValueError:
            reason = (
                f"gaat niet open. Controleer {self.setting}_PRIVATE_KEY_PASSWORD, of zet het goede bestand neer."
                if encrypted
                else "is geen privésleutel in PEM. Zet het goede bestand neer."
            )
            raise CertificateError(f"Het bestand van {self.setting}_{name} {reason}") from None
        if _public(key.public_key()) != _public(certificate.public_key()):
            raise CertificateError(
                f"De privésleutel van {self.setting}_{name} hoort niet bij het certificaat van "
                f"{self.setting}_CERTIFICATE. Zet de sleutel en het certificaat neer die bij elkaar horen."
            )

    def _read(self, path: Path, name: str) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            why = "ontbreekt" if isinstance(error, FileNotFoundError) else "is niet te lezen"
            raise CertificateError(
                f"Het bestand van {self.setting}_{name} {why}. Controleer de instelling, en of het programma dat "
                "bestand mag lezen."
            ) from None


def _public(key: object) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return encoded


_EXPIRED = 10
_NOT_YET = 9
_OTHER_NAME = (62, 64)
_UNTRUSTED = (2, 18, 19, 20, 21, 27, 34)
"""X.509 verify codes of OpenSSL."""


def tls_problem(error: BaseException) -> str | None:
    """Why a hand-shake failed, in a Dutch clause without a full stop; None: it was no matter of certificates.

    Args:
        error: as it came from a library; what it was caused by is looked at too.
    """
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        if isinstance(at, ssl.SSLCertVerificationError):
            return _not_verified(at.verify_code)
        if isinstance(at, ssl.SSLError):
            return _alerted(str(at.reason or ""))
        at = at.__cause__ or at.__context__
    return None


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
    if "CERTIFICATE" in reason or "UNKNOWN_CA" in reason:
        return "de andere kant neemt ons certificaat niet aan"
    return None
