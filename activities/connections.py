"""Which registries this installation is connected with."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

from activities.brp import brp_client
from activities.registries import RegistryClient
from activities.suwinet.setting_up import suwinet_client
from domain.base import Explained
from domain.questions import Registry
from runtime.settings import Settings

SUWINET: tuple[Registry, ...] = ("uwv", "duo", "inlichtingenbureau")
"""Who answers behind Suwinet."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""This machine: no network to hear what is said."""


class UnsafeAddress(Explained):
    """In production an address would carry burgerservicenummers in the clear."""


def _refuse_unsafe(settings: Settings) -> None:
    if settings.environment != "productie":
        return
    for name, address in (("BRP_BASE_URL", settings.brp_base_url), ("SUWINET_URL", settings.suwinet_url)):
        parts = urlsplit(address)
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise UnsafeAddress(
                f"MEEDOEN_{name} is geweigerd: het adres begint met http://, en er gaan burgerservicenummers over. "
                "Begin het adres met https://, zoals de leverancier het opgaf."
            )


@asynccontextmanager
async def registries(settings: Settings) -> AsyncIterator[Mapping[Registry, RegistryClient]]:
    """The clients of all registries that the settings name, for as long as the context lasts.

    Raises:
        Explained: a setting, a certificate or a key cannot be used.
    """
    _refuse_unsafe(settings)
    async with AsyncExitStack() as open_ones:
        found: dict[Registry, RegistryClient] = {
            "brp": await open_ones.enter_async_context(brp_client(settings))
        }
        if (suwinet := suwinet_client(settings)) is not None:
            await open_ones.enter_async_context(suwinet)
            found |= dict.fromkeys(SUWINET, suwinet)
        yield found
