"""In production no burgerservicenummer travels in the clear; on the same machine there is no network to hear it."""

import pytest

from activities.connections import UnsafeAddress, registries
from runtime.settings import Settings


def settings(**changes: str) -> Settings:
    return Settings(_env_file=None, **changes)  # type: ignore[call-arg,arg-type]


@pytest.mark.parametrize("address", ["http://brp.gemeente.example/api", "http://10.1.2.3/brp"])
async def test_an_address_without_encryption_is_refused_in_production(address: str) -> None:
    with pytest.raises(
        UnsafeAddress, match="MEEDOEN_BRP_BASE_URL is geweigerd: het adres begint met http://"
    ):
        async with registries(settings(brp_base_url=address)):
            pass


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ("productie", "https://brp.gemeente.example/api"),
        ("productie", "http://127.0.0.1:8235/haalcentraal/api/brp"),
        ("demo", "http://10.1.2.3/brp"),
    ],
)
async def test_what_is_safe_or_only_played_is_connected(environment: str, address: str) -> None:
    async with registries(settings(environment=environment, brp_base_url=address)) as connected:
        assert list(connected) == ["brp"]
