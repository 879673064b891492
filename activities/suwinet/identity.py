"""Who we are to Suwinet: one certificate (PKIoverheid) with its key, for the connection and for every message."""

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from runtime.certificates import CertificateError, Own


@dataclass(frozen=True)
class Identity:
    """A certificate with the key that belongs to it."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    def expired_on(self, moment: datetime) -> datetime | None:
        """When it ended, if it had by then; None: it is valid still. By the real clock, as others judge it."""
        ends = self.certificate.not_valid_after_utc
        return ends if ends < moment else None


def identity_of(own: Own) -> Identity:
    """Sign with this certificate.

    Raises:
        CertificateError: Suwinet takes no signature of such a key, or the certificate is not valid yet.
    """
    if not isinstance(own.key, rsa.RSAPrivateKey):
        raise CertificateError(
            "De sleutel van MEEDOEN_SUWINET_PRIVATE_KEY is geen RSA-sleutel. Vraag een certificaat aan bij een "
            "RSA-sleutel."
        )
    if own.certificate.not_valid_before_utc > datetime.now(UTC):
        raise CertificateError(
            "Het certificaat van Suwinet (MEEDOEN_SUWINET_CERTIFICATE) is nog niet geldig. Gebruik het vorige tot "
            "het zover is, of zet de klok van deze machine goed."
        )
    return Identity(own.certificate, own.key)
