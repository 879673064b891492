"""Which registries this installation is connected to."""

from activities.brp import brp_certificates, brp_client
from activities.journey import BRP_PURPOSE
from domain.questions import BRP_PERSON
from runtime.settings import Settings
from starter.doctor.registries import Endpoint, RegistryConnection


def connections(settings: Settings) -> list[RegistryConnection]:
    """Every registry, or broker of registries, that the settings name."""
    return [brp(settings)]


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
