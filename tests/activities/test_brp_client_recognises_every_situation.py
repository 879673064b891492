"""The real client against the fictional BRP: every situation of a person is recognised."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from activities.brp import BrpClient
from domain.findings import Finding, Outcome, PartialDate
from sandbox.server import Sandbox, run_sandbox
from tests.activities.brp_calls import FIELDS, MOMENT, call


@pytest_asyncio.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with run_sandbox(api_key="sleutel") as running:
        yield running


def client_of(sandbox: Sandbox, *, oin: str | None = None) -> BrpClient:
    return BrpClient(
        base_url=sandbox.brp_base_url,
        api_key="sleutel",
        timeout_seconds=20,
        oin=oin,
    )


@pytest_asyncio.fixture(scope="module")
async def client(sandbox: Sandbox) -> AsyncIterator[BrpClient]:
    async with client_of(sandbox) as opened:
        yield opened


async def look_up(client: BrpClient, bsn: str) -> Finding:
    return (await client.ask(bsn, call())).finding


def a_day(text: str) -> PartialDate:
    return PartialDate.of(date.fromisoformat(text))


@pytest.mark.parametrize(
    ("bsn", "expected"),
    [
        ("999900006", {"birth": a_day("1979-03-14"), "municipality_code": "0150", "has_partner": False}),
        ("999900201", {"birth": a_day("1987-06-13"), "municipality_code": "0150", "secret": True}),
        (
            "999900213",
            {"suspension": "O", "deceased": True, "deceased_on": a_day("2026-02-03")},
        ),
        ("999900225", {"suspension": "E", "deceased": False}),
        ("999900237", {"birth": a_day("1975-05-05"), "municipality_code": "0301"}),
        ("999900250", {"birth": PartialDate(year=1985), "municipality_code": "0150"}),
        ("999900262", {"birth": a_day("1978-01-08"), "under_investigation": True}),
        ("999900018", {"has_partner": True}),
        ("999900043", {"has_partner": False}),
        ("999900055", {"residence": "adres"}),
    ],
)
async def test_a_fictional_resident(client: BrpClient, bsn: str, expected: dict[str, Any]) -> None:
    finding = await look_up(client, bsn)

    assert finding.person is not None
    assert {name: getattr(finding.person, name) for name in expected} == expected
    assert finding.model_copy(update={"person": None}) == Finding(
        id="vraag-1",
        question="brp_persoon",
        outcome=Outcome.FOUND,
        answered_at=MOMENT,
        purpose="Participatie klantroute",
    )


@pytest.mark.parametrize(
    ("bsn", "partners"),
    [("999900018", ("999900031",)), ("999900043", ()), ("999900006", ()), ("999999989", None)],
    ids=["a partner", "one that was", "nobody", "unknown"],
)
async def test_a_partner_of_now_is_told_beside_the_finding_and_never_in_it(
    client: BrpClient, bsn: str, partners: tuple[str, ...] | None
) -> None:
    answered = await client.ask(bsn, call())
    assert answered.partners == partners
    for partner in partners or ():
        assert partner not in answered.finding.model_dump_json()


async def test_an_address_is_told_beside_the_finding_and_not_of_who_asked_for_secrecy(
    sandbox: Sandbox, client: BrpClient
) -> None:
    answered = await client.ask("999900055", call())
    assert answered.address == "0150010000000055"
    assert "0150010000000055" not in answered.finding.model_dump_json()
    resident = sandbox.register.find("999900055")
    assert resident is not None
    sandbox.register._by_bsn["999900055"] = resident.model_copy(update={"secret": True})
    try:
        answered = await client.ask("999900055", call())
    finally:
        sandbox.register._by_bsn["999900055"] = resident
    assert answered.address is None


async def test_nobody(client: BrpClient) -> None:
    finding = await look_up(client, "999999989")

    assert (finding.outcome, finding.person) == (Outcome.NOT_FOUND, None)
    assert finding.reason == "De BRP kent niemand met dit burgerservicenummer."


async def test_a_number_of_another_shape_is_not_asked(sandbox: Sandbox, client: BrpClient) -> None:
    before = sandbox.calls.total

    for bsn in ("12345678", "99990000x", "٩٩٩٩٠٠٠٠٦", "999900006\n", ""):
        finding = await look_up(client, bsn)
        assert finding.outcome is Outcome.REFUSED_US
        assert "niets aan de BRP gevraagd" in finding.reason

    assert sandbox.calls.total == before


async def test_the_question_has_few_fields_and_a_purpose(sandbox: Sandbox) -> None:
    async with client_of(sandbox, oin="00000001234567890000") as client:
        await look_up(client, "999900006")

    call = sandbox.calls.newest_first()[0]
    assert list(call.velden) == FIELDS
    assert call.personen == (sandbox.calls.hash_of("999900006"),)
    assert (call.doelbinding, call.verwerking, call.gebruiker, call.oin) == (
        "Participatie klantroute",
        "klantroute@brp_persoon",
        "Systeem",
        "00000001234567890000",
    )


async def test_no_organisation_number_is_sent_where_there_is_none(
    sandbox: Sandbox, client: BrpClient
) -> None:
    await look_up(client, "999900006")

    assert sandbox.calls.newest_first()[0].oin is None
