"""Which registries this installation is connected with."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from activities.brp import brp_client
from activities.registries import RegistryClient
from activities.suwinet.setting_up import suwinet_client
from domain.questions import Registry
from runtime.settings import Settings

SUWINET: tuple[Registry, ...] = ("uwv", "duo", "inlichtingenbureau")
"""Who answers behind Suwinet."""


@asynccontextmanager
async def registries(settings: Settings) -> AsyncIterator[Mapping[Registry, RegistryClient]]:
    """The clients of all registries that the settings name, for as long as the context lasts.

    Raises:
        Explained: a setting, a certificate or a key cannot be used.
    """
    async with AsyncExitStack() as open_ones:
        found: dict[Registry, RegistryClient] = {
            "brp": await open_ones.enter_async_context(brp_client(settings))
        }
        if (suwinet := suwinet_client(settings)) is not None:
            await open_ones.enter_async_context(suwinet)
            found |= dict.fromkeys(SUWINET, suwinet)
        yield found
