"""Suwinet as the settings name it."""

from pathlib import Path

from activities.suwinet.client import SuwinetClient
from activities.suwinet.contract import ContractError, ContractFolder, Contracts, own_contract
from activities.suwinet.identity import Identity, identity_of
from runtime.certificates import CertificateError, Certificates, read_certificates
from runtime.settings import Settings


def suwinet_certificates(settings: Settings) -> Certificates:
    """The certificates of the connection to Suwinet."""
    return Certificates(
        setting="MEEDOEN_SUWINET",
        certificate=settings.suwinet_certificate,
        private_key=settings.suwinet_private_key,
        password=settings.suwinet_private_key_password.get_secret_value(),
        ca=settings.suwinet_ca,
    )


def suwinet_client(settings: Settings) -> SuwinetClient | None:
    """A client of Suwinet; None: not connected.

    Raises:
        CertificateError: a certificate or a key cannot be used.
        ContractError: the folder with contracts is not there.
        SettingsError: another setting cannot be used.
    """
    if not settings.suwinet_url:
        return None
    certificates = suwinet_certificates(settings)
    answer_ca = settings.suwinet_answer_ca
    return SuwinetClient(
        url=settings.suwinet_url,
        identity=_identity(certificates),
        timeout_seconds=settings.suwinet_timeout_seconds,
        tls=certificates.context(),
        answer_issuers=read_certificates(answer_ca, "MEEDOEN_SUWINET_ANSWER_CA") if answer_ca else (),
        contracts=_contracts(settings.suwinet_wsdl_dir),
    )


def _identity(certificates: Certificates) -> Identity:
    for name, given in (("CERTIFICATE", certificates.certificate), ("PRIVATE_KEY", certificates.private_key)):
        if given is None:
            raise CertificateError(
                f"MEEDOEN_SUWINET_URL is ingesteld, maar {certificates.setting}_{name} niet. Suwinet vraagt een "
                "certificaat met een sleutel. Vul de instelling in, of laat MEEDOEN_SUWINET_URL leeg."
            )
    own = certificates.own()
    assert own is not None, "there is a certificate"
    return identity_of(own)


def _contracts(folder: Path | None) -> Contracts:
    if folder is None:
        return own_contract
    if not folder.is_dir():
        raise ContractError(
            "De map van MEEDOEN_SUWINET_WSDL_DIR bestaat niet. Zet de WSDL's van BKWI daar neer, of laat de "
            "instelling leeg."
        )
    return ContractFolder(folder)
