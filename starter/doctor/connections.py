"""Which registries this installation is connected to."""

from activities.brp import brp_certificates, brp_client
from activities.connections import SUWINET
from activities.inquiries import BRP_PURPOSE
from activities.suwinet.client import SuwinetClient
from activities.suwinet.setting_up import suwinet_certificates, suwinet_client
from domain.questions import BRP_PERSON, QUESTIONS
from runtime.settings import Settings
from starter.doctor.registries import Endpoint, RegistryConnection


def connections(settings: Settings) -> list[RegistryConnection]:
    """Every registry, or broker of registries, that the settings name."""
    found = [brp(settings)]
    if settings.suwinet_url:
        found.append(suwinet(settings))
    return found


def brp(settings: Settings) -> RegistryConnection:
    """The BRP, with the server that gives access tokens where there is one."""
    endpoints = [Endpoint("", "de BRP", "MEEDOEN_BRP_BASE_URL", settings.brp_base_url)]
    if settings.brp_token_url:
        endpoints.append(
            Endpoint(
                "toegang-", "de toegangsserver van de BRP", "MEEDOEN_BRP_TOKEN_URL", settings.brp_token_url
            )
        )
    return RegistryConnection(
        group="brp",
        label="de BRP",
        endpoints=tuple(endpoints),
        certificates=brp_certificates(settings),
        client=lambda: brp_client(settings),
        questions=(BRP_PERSON,),
        purpose=BRP_PURPOSE,
        test_bsn=settings.doctor_test_bsn,
    )


def suwinet(settings: Settings) -> RegistryConnection:
    """The broker before UWV, DUO and the Inlichtingenbureau."""
    return RegistryConnection(
        group="suwinet",
        label="Suwinet",
        endpoints=(Endpoint("", "Suwinet", "MEEDOEN_SUWINET_URL", settings.suwinet_url),),
        certificates=suwinet_certificates(settings),
        client=lambda: _connected(settings),
        questions=tuple(name for name, asked in QUESTIONS.items() if asked.registry in SUWINET),
        purpose=BRP_PURPOSE,
        test_bsn=settings.doctor_test_bsn,
    )


def _connected(settings: Settings) -> SuwinetClient:
    client = suwinet_client(settings)
    assert client is not None, "only asked for where there is an address"
    return client
