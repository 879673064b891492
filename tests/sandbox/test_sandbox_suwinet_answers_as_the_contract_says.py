"""Each source behind the broker tells what it knows of a resident, in the form of its own contract."""

import re
from pathlib import Path

import httpx2
import pytest
from lxml import etree

from sandbox.server import Sandbox, SuwinetSecurity, run_sandbox
from tests.certificates import kept
from tests.sandbox.asking import (
    FWI,
    NAMES,
    OPERATIONS,
    Message,
    ask,
    check_signature,
    content_of,
    namespace,
)
from tests.specifications import brp_testset, suwinet_schema

DUO, TARGET, INCOME, BENEFITS, HELP = OPERATIONS
CONTROL = "/sandbox/storing"


@pytest.mark.parametrize("service", OPERATIONS)
@pytest.mark.contract
async def test_every_answer_about_everybody_fits_the_official_schema(
    sandbox: Sandbox, http: httpx2.AsyncClient, service: str
) -> None:
    official = suwinet_schema(service, "BodyReaction")
    found = 0
    for resident in sandbox.register.all():
        content = content_of(await ask(http, Message(service, resident.bsn)))
        assert official.validate(content), official.error_log
        found += content.find("ClientSuwi") is not None
    assert found >= 3


@pytest.mark.parametrize("service", OPERATIONS)
@pytest.mark.parametrize("kind", ["tijdelijk", "waarschuwing"])
@pytest.mark.contract
async def test_messages_of_the_broker_fit_the_official_schema(
    http: httpx2.AsyncClient, service: str, kind: str
) -> None:
    official = suwinet_schema(service, "BodyReaction")
    await http.put(CONTROL, json={"kind": kind, "registry": "alle"})

    content = content_of(await ask(http, Message(service, "999900080")))

    assert official.validate(content), official.error_log


@pytest.mark.contract
async def test_the_official_test_persons_have_facts_of_ours() -> None:
    known = {
        "999991954": {DUO, INCOME, BENEFITS},
        "999997051": {DUO, INCOME},
        "999992879": {DUO},
        "999990238": {INCOME, BENEFITS},
    }
    async with run_sandbox(testset=brp_testset()) as sandbox:
        async with httpx2.AsyncClient(base_url=sandbox.url, trust_env=False) as http:
            for bsn, expected in known.items():
                found = set()
                for service in OPERATIONS:
                    content = content_of(await ask(http, Message(service, bsn)))
                    assert suwinet_schema(service, "BodyReaction").validate(content)
                    if content.find("ClientSuwi") is not None:
                        found.add(service)
                assert found == expected


async def test_a_young_person_who_left_school(http: httpx2.AsyncClient) -> None:
    response = await ask(http, Message(DUO, "999900171"))

    client = content_of(response).find("ClientSuwi")
    assert client is not None
    assert response.headers["content-type"] == "text/xml; charset=utf-8"
    assert client.findtext("Burgerservicenr") == "999900171"
    assert client.findtext("IndStartkwalificatieDuo") == "2"
    assert [
        (one.findtext("DatInschrijvingOpleiding"), one.findtext("DatUitschrijvingOpleiding"))
        for one in client.findall("Onderwijsovereenkomst")
    ] == [("20160801", "20200731"), ("20200801", "20220211")]


@pytest.mark.parametrize("service", OPERATIONS)
@pytest.mark.parametrize("bsn", ["999900249", "999999990"])
async def test_nothing_known_is_an_answer_of_its_own(
    http: httpx2.AsyncClient, service: str, bsn: str
) -> None:
    content = content_of(await ask(http, Message(service, bsn)))

    assert content.tag == f"{{{namespace(service)}}}{OPERATIONS[service]}Response"
    assert [child.tag for child in content] == [f"{{{FWI}}}NietsGevonden"]


@pytest.mark.parametrize(
    ("period", "months"),
    [
        (None, 44),
        (("20250101", "20250331"), 3),
        (("20250115", "20250115"), 1),
        (("20250901", "00000000"), 2),
        (("00000000", "20220331"), 1),
        (("20260101", "20261231"), 0),
    ],
)
async def test_income_is_told_of_the_months_that_were_asked(
    http: httpx2.AsyncClient, period: tuple[str, str] | None, months: int
) -> None:
    content = content_of(await ask(http, Message(INCOME, "999900171", period)))

    reports = content.findall("ClientSuwi/Inkomstenverhouding/Inkomstenopgave")
    assert len(reports) == months if months else content[0].tag == f"{{{FWI}}}NietsGevonden"
    for report in reports:
        assert report.findtext("BedrBrutoloonSv/WaardeBedr") == "91000"
    if period is not None and reports and "00000000" not in period:
        assert content.findtext("PeriodeGegevensleveringIko/DatBPeriode") == period[0]


async def test_a_month_that_was_not_worked_whole_is_paid_by_the_day(http: httpx2.AsyncClient) -> None:
    content = content_of(await ask(http, Message(INCOME, "999900432", ("20250301", "20250430"))))

    assert [
        (report.findtext("DatBIko"), report.findtext("BedrBrutoloonSv/WaardeBedr"))
        for report in content.iter("Inkomstenopgave")
    ] == [("20250310", str(round(93500 * 22 / 31))), ("20250401", "93500")]


async def test_a_wage_value_has_two_digits_behind_the_comma(http: httpx2.AsyncClient) -> None:
    content = content_of(await ask(http, Message(HELP, "999900080")))

    assert content.findtext(".//PercLoonwaardeTovWml/Percentage") == "06000"
    assert content.findtext(".//AtlRelatie/Bron/CdPartijSuwi") == "0150"


async def test_an_answer_names_its_question(http: httpx2.AsyncClient) -> None:
    message = Message()
    root = message.signed()
    response = await ask(http, message)
    asked = await http.post(
        "/suwibroker/soap/DUODossierPersoonGSD-v0300",
        content=etree.tostring(root),
        headers={"Content-Type": "text/xml"},
    )

    answer = etree.fromstring(asked.content)
    assert answer.findtext(".//wsa:RelatesTo", namespaces=NAMES) == root.findtext(
        ".//wsa:MessageID", namespaces=NAMES
    )
    assert (answer.findtext(".//wsa:Action", namespaces=NAMES) or "").endswith("/DUOPersoonsInfoResponse")
    assert answer.find(".//wsu:Timestamp", namespaces=NAMES) is not None
    assert answer.find(".//ds:Signature", namespaces=NAMES) is None
    assert re.sub(rb"urn:uuid:[-0-9a-f]+|20[-0-9T:]+Z", b"", response.content) == re.sub(
        rb"urn:uuid:[-0-9a-f]+|20[-0-9T:]+Z", b"", asked.content
    )


async def test_answers_and_faults_are_signed_whole_when_told_to(tmp_path: Path) -> None:
    pair = kept("broker").write(tmp_path, "broker")
    async with run_sandbox(suwinet=SuwinetSecurity(sign=pair)) as sandbox:
        async with httpx2.AsyncClient(base_url=sandbox.url, trust_env=False) as http:
            answers = [
                await ask(http, Message()),
                await ask(http, Message(bsn="123456789")),
                await ask(http, Message(bsn="999999990")),
            ]

    for answer in answers:
        root = etree.fromstring(answer.content)
        covered = check_signature(root)
        every = {element.get(f"{{{NAMES['wsu']}}}Id") for element in root.iter()} - {None}
        assert covered == every
        assert {"body", "timestamp", "token", "wsa-Action", "wsa-RelatesTo"} <= covered
        root.find("soap:Body", NAMES)[0].text = "anders"  # type: ignore[index]
        with pytest.raises(AssertionError):
            check_signature(root)
