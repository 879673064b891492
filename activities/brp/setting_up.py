"""The BRP as the settings name it."""

from activities.brp.client import BrpClient
from activities.brp.connection import Login
from runtime.certificates import Certificates
from runtime.settings import Settings, SettingsError


def brp_certificates(settings: Settings) -> Certificates:
    """The certificates of the connection to the BRP."""
    return Certificates(
        setting="MEEDOEN_BRP",
        certificate=settings.brp_certificate,
        private_key=settings.brp_private_key,
        password=settings.brp_private_key_password.get_secret_value(),
        ca=settings.brp_ca,
    )


def brp_client(settings: Settings) -> BrpClient:
    """A client of the BRP.

    Raises:
        SettingsError: settings cannot be used, or do not go together.
        CertificateError: a certificate or key cannot be used.
    """
    certificates = brp_certificates(settings)
    if settings.brp_base_url.startswith("http://") and (certificates.certificate or certificates.ca):
        raise SettingsError(
            "Er zijn certificaten voor de BRP, maar het adres (MEEDOEN_BRP_BASE_URL) begint met http://, en dan gaat "
            "alles onversleuteld. Begin het adres met https://, of laat de certificaten weg."
        )
    return BrpClient(
        base_url=settings.brp_base_url,
        api_key=settings.brp_api_key.get_secret_value(),
        timeout_seconds=settings.brp_timeout_seconds,
        oin=settings.brp_oin or None,
        oin_header=settings.brp_oin_header,
        tls=certificates.context(),
        login=_login(settings),
        domestic_only=settings.brp_domestic_only,
    )


def _login(settings: Settings) -> Login | None:
    secret = settings.brp_client_secret.get_secret_value()
    if settings.brp_token_url:
        return Login(settings.brp_token_url, settings.brp_client_id, secret, settings.brp_scope)
    if settings.brp_client_id or secret:
        raise SettingsError(
            "Er is een client-id of client-secret voor de BRP, maar geen adres om daar een toegangscode mee te halen. Vul "
            "MEEDOEN_BRP_TOKEN_URL in, of laat MEEDOEN_BRP_CLIENT_ID en MEEDOEN_BRP_CLIENT_SECRET leeg."
        )
    return None
