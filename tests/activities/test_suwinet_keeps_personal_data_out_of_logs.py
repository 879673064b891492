"""No burgerservicenummer, name, date or key of a message in a log line, an error or a finding, at any level."""

import logging
import traceback

import pytest

from activities.registries import RegistryUnavailable
from tests.activities import broker as suwinet
from tests.activities.broker import (
    BSN,
    DATA,
    Broker,
    answer,
    authority,
    call,
    client_suwi,
    envelope,
    fault,
    found,
    notice,
)

SECRETS = (BSN, "999993653", "Ouahabi", "19900621", "Fatima", "Kerkstraat", "GEHEIMEWAARDE")
ANSWERS = {
    "found": lambda question: (found(question), 200),
    "wrong date": lambda question: (found(question).replace(b">20", b">GEHEIMEWAARDE20"), 200),
    "wrong amount": lambda question: (found(question).replace(b"<WaardeBedr>", b"<WaardeBedr>GEHEIMEWAARDE"), 200),
    "unknown element": lambda question: (found(question).replace(b"</ClientSuwi>", b"<GEHEIMEWAARDE/></ClientSuwi>"), 200),
    "disorder": lambda question: (
        envelope(answer(question, f"<ClientSuwi>{DATA[question]}<Burgerservicenr>{BSN}</Burgerservicenr></ClientSuwi>")),
        200,
    ),
    "somebody else": lambda question: (envelope(answer(question, client_suwi(DATA[question], "999993653"))), 200),
    "half": lambda question: (found(question)[:-40], 200),
    "fault": lambda question: (fault("soap:Client", f"BSN {BSN} van Ouahabi"), 500),
    "error": lambda question: (envelope(answer(question, notice("Fout", "GEHEIMEWAARDE 1", f"BSN {BSN}"))), 200),
    "not signed": lambda question: (found(question), 200),
    "unavailable": lambda question: (found(question), 503),
}  # fmt: skip


@pytest.mark.parametrize("question", list(DATA))
@pytest.mark.parametrize("case", list(ANSWERS))
async def test_nothing_leaks(
    broker: Broker, caplog: pytest.LogCaptureFixture, case: str, question: str
) -> None:
    body, status = ANSWERS[case](question)
    broker.says(body, status)
    for library in ("httpx2", "httpcore2", "zeep", "zeep.xsd.types.simple", "signxml", "signxml.processor"):
        caplog.set_level(logging.DEBUG, logger=library)
    issuers = (authority().certificate,) if case == "not signed" else ()
    refused: BaseException | None = None
    with caplog.at_level(logging.DEBUG):
        async with suwinet.client(broker.url, answer_issuers=issuers) as client:
            try:
                finding = (await client.ask(BSN, call(question))).finding
                told = finding.reason
            except RegistryUnavailable as error:
                refused = error
                told = "".join(traceback.format_exception(error))

    # The errors of libraries hold the question, and so the number; none may hang on ours.
    assert (
        refused is None
        or (refused.__cause__ is None and refused.__suppress_context__ is True)
        or (refused.__context__ is None)
    )
    assert any(record.name.startswith("httpcore2") for record in caplog.records), "the HTTP library logs here"
    logged = "\n".join(
        f"{record.getMessage()} {record.args!r} {record.exc_text}" for record in caplog.records
    )
    assert [secret for secret in SECRETS if secret in logged + told] == []
