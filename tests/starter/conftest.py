"""The whole product for tests of what people do with it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.starter.stand import Stand, stand


@pytest_asyncio.fixture(loop_scope="session")
async def product(database: str, tmp_path: Path) -> AsyncIterator[Stand]:
    """Everything up, with fictional residents in the BRP."""
    async with stand(database, tmp_path) as place:
        yield place


@pytest.fixture
def bsns(product: Stand) -> dict[str, str]:
    """Fictional residents: burgerservicenummer to what is special about them; plain ones first."""
    people = {resident.bsn: resident.note for resident in product.sandbox.register.all()}
    return dict(sorted(people.items(), key=lambda item: (item[1] != "", item[0])))
