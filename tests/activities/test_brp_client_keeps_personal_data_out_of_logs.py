"""No burgerservicenummer, name or key in a log line, an error or a finding, at any log level."""

import logging
import ssl
import traceback
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from activities.brp import BrpClient
from activities.registries import RegistryUnavailable
from sandbox.faults import Fault, FaultKind
from sandbox.server import Sandbox, run_sandbox
from tests.activities.brp_calls import call

BSN = "999900031"
CERTIFICATES = ssl.create_default_context()
SECRETS = (BSN, "Ouahabi", "1990-06-21", "heel-geheime-sleutel")


@pytest_asyncio.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with run_sandbox(api_key="heel-geheime-sleutel") as running:
        yield running


def errors_of(error: BaseException | None) -> list[BaseException]:
    """The error with everything that hangs on it."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


@pytest.mark.parametrize("kind", [None, *FaultKind])
async def test_nothing_leaks(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, kind: FaultKind | None
) -> None:
    seconds = 0.02 if kind is FaultKind.DRIP else 300.0
    sandbox.faults.set(Fault(kind=kind, seconds=seconds))
    timeout = 0.1 if kind in (FaultKind.SLOW, FaultKind.DRIP) else 20
    told = ""
    refused: RegistryUnavailable | None = None

    # Of the libraries too: a program that sets up its logging, as other tests do, quiets them.
    for library in ("httpx2", "httpcore2"):
        caplog.set_level(logging.DEBUG, logger=library)
    with caplog.at_level(logging.DEBUG):
        async with BrpClient(
            base_url=sandbox.brp_base_url,
            api_key="heel-geheime-sleutel",
            timeout_seconds=timeout,
            tls=CERTIFICATES,
        ) as client:
            try:
                finding = (await client.ask(BSN, call(question_id="v1"))).finding
                told = finding.reason
            except RegistryUnavailable as error:
                refused = error
                told = "".join(traceback.format_exception(error))

    # The errors of the HTTP library hold the request, and so the number.
    assert len(errors_of(refused)) == (0 if refused is None else 1)
    written = [record for record in caplog.records if record.name.startswith(("httpx2", "httpcore2"))]
    assert written, "the HTTP library is expected to log at this level"
    logged = "\n".join(f"{record.getMessage()} {record.args!r}" for record in caplog.records)
    assert [secret for secret in SECRETS if secret in logged + told] == []
