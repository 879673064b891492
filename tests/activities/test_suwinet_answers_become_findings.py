"""Every answer of Suwinet becomes the few facts that the rules use, and unknown is never "no"."""

import pytest

from activities.suwinet.schools import school_of
from domain.findings import (
    Benefits,
    BenefitSpell,
    Earnings,
    Enrolment,
    Finding,
    Ground,
    Job,
    Outcome,
    Paid,
    PartialDate,
    Provision,
    Reintegration,
    SchoolRecord,
    TargetGroup,
)
from domain.questions import QUESTIONS
from tests.activities import broker as suwinet
from tests.activities.broker import BSN, DATA, MOMENT, NOTHING, PURPOSE, Broker, answer, client_suwi, envelope

ALL = list(DATA)
READINGS = ("school", "target_group", "earnings", "benefits", "reintegration", "person")


def day(year: int, month: int | None = None, of_month: int | None = None) -> PartialDate:
    return PartialDate(year=year, month=month, day=of_month)


EXPECTED = {
    "duo_onderwijs": SchoolRecord(
        basic_qualification=False,
        enrolments=(
            Enrolment(since=day(2019, 8, 1), until=day(2020, 7, 31), school="pro", level="VO-PRO"),
            Enrolment(since=day(2021, 8, 1), school="mbo", level="MBO-2"),
        ),
    ),
    "uwv_doelgroepregister": TargetGroup(
        registered=True,
        ends=day(2028, 12, 31),
        grounds=(
            Ground(code="04", since=day(2020, 1, 15)),
            Ground(since=day(2018), until=PartialDate()),
        ),
    ),
    "uwv_inkomen": Earnings(
        jobs=(
            Job(since=day(2025, 3, 1), until=day(2026, 3, 31), kind="11"),
            Job(since=day(2026, 4, 1)),
        ),
        paid=(Paid(since=day(2026, 2, 1), until=day(2026, 2, 28), kind="11"),),
    ),
    "bijstandsregelingen": Benefits(
        spells=(BenefitSpell(law="PW", since=day(2021, 4, 1), until=day(2023, 6, 30)),),
        applications=(
            BenefitSpell(law="PW", since=day(2026, 9, 14)),
            BenefitSpell(law="IOAW", since=PartialDate()),
        ),
    ),
    "gsd_reintegratie": Reintegration(
        work_capacity="02",
        provisions=(
            Provision(kind="21", since=day(2024, 5, 1), until=day(2025, 4, 30), wage_value_percent=63),
            Provision(since=day(2025, 6, 1)),
        ),
    ),
}
FIELDS = dict(zip(DATA, READINGS, strict=False))


async def told(broker: Broker, question: str, inside: str) -> Finding:
    broker.says(envelope(answer(question, inside)))
    return (await suwinet.asked(broker, question)).finding


def test_every_question_that_does_not_go_to_the_brp_goes_to_suwinet() -> None:
    assert set(ALL) == {key for key, question in QUESTIONS.items() if question.registry != "brp"}


@pytest.mark.parametrize("question", ALL)
async def test_what_is_found_becomes_facts(broker: Broker, question: str) -> None:
    finding = await told(broker, question, client_suwi(DATA[question]))

    assert finding == Finding(
        id="vraag-1",
        question=question,
        outcome=Outcome.FOUND,
        answered_at=MOMENT,
        purpose=PURPOSE,
        **{FIELDS[question]: EXPECTED[question]},
    )


@pytest.mark.parametrize("question", ALL)
async def test_nothing_found_is_not_found_and_never_no(broker: Broker, question: str) -> None:
    finding = await told(broker, question, NOTHING)

    assert finding.outcome is Outcome.NOT_FOUND
    assert "niets gevonden" in finding.reason
    assert [getattr(finding, name) for name in READINGS] == [None] * len(READINGS)


@pytest.mark.parametrize("question", ALL)
async def test_a_known_person_without_anything_is_found(broker: Broker, question: str) -> None:
    finding = await told(broker, question, client_suwi(""))

    assert finding.outcome is Outcome.FOUND
    empty = type(EXPECTED[question])()
    assert getattr(finding, FIELDS[question]) == empty


@pytest.mark.parametrize("question", ALL)
async def test_an_answer_about_somebody_else_is_not_used(broker: Broker, question: str) -> None:
    finding = await told(broker, question, client_suwi(DATA[question], bsn="999993653"))

    assert finding.outcome is Outcome.INCOMPREHENSIBLE
    assert "een andere persoon" in finding.reason


@pytest.mark.parametrize("question", ALL)
async def test_elements_that_nobody_knows_hide_nothing(broker: Broker, question: str) -> None:
    new = '<n:Nieuw xmlns:n="urn:nieuw"><Datum>x</Datum></n:Nieuw><Nieuw/>'
    data = DATA[question].replace("<Dat", f"{new}<Dat").replace("</Dat", "</Dat")
    finding = await told(broker, question, f"{client_suwi(new + data + new)}")

    assert getattr(finding, FIELDS[question]) == EXPECTED[question]


# --- dates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("20260314", day(2026, 3, 14)),
        ("20260300", day(2026, 3)),
        ("20260000", day(2026)),
        ("20260014", day(2026)),  # a day without its month says nothing
        ("00000000", PartialDate()),
        ("00000314", PartialDate()),  # a birthday without a year says nothing
        ("20240229", day(2024, 2, 29)),
    ],
)
async def test_dates_may_be_known_in_part(broker: Broker, written: str, meant: PartialDate) -> None:
    data = f"<GrondslagArbeidsbeperktheid><DatBGrondslagArbeidsbeperktheid>{written}</DatBGrondslagArbeidsbeperktheid></GrondslagArbeidsbeperktheid>"
    finding = await told(broker, "uwv_doelgroepregister", client_suwi(data))

    assert finding.target_group is not None
    assert finding.target_group.grounds == (Ground(since=meant),)


@pytest.mark.parametrize(
    "written", ["20260230", "20261301", "2026-03-14", "", " ", "2026031", "９９９９９９９９", "99991231"]
)
async def test_days_that_cannot_be_are_refused(broker: Broker, written: str) -> None:
    data = f"<GrondslagArbeidsbeperktheid><DatBGrondslagArbeidsbeperktheid>{written}</DatBGrondslagArbeidsbeperktheid></GrondslagArbeidsbeperktheid>"
    finding = await told(broker, "uwv_doelgroepregister", client_suwi(data))

    assert finding.outcome is Outcome.INCOMPREHENSIBLE
    assert "DatBGrondslagArbeidsbeperktheid" in finding.reason


@pytest.mark.parametrize(
    ("end", "until"),
    [
        ("", None),
        ("<DatEUitkeringsverhouding>99991231</DatEUitkeringsverhouding>", None),
        ("<DatEUitkeringsverhouding>00000000</DatEUitkeringsverhouding>", PartialDate()),
        ("<DatEUitkeringsverhouding>20251200</DatEUitkeringsverhouding>", day(2025, 12)),
    ],
)
async def test_an_end_is_a_day_or_unknown_or_not_there(
    broker: Broker, end: str, until: PartialDate | None
) -> None:
    data = (
        f"<Uitkeringsverhouding><DatBUitkeringsverhouding>20210401</DatBUitkeringsverhouding>{end}"
        "<SzWet><CdSzWet>PW</CdSzWet></SzWet></Uitkeringsverhouding>"
    )
    finding = await told(broker, "bijstandsregelingen", client_suwi(data))

    assert finding.benefits is not None
    assert [spell.until for spell in finding.benefits.spells] == [until]


async def test_an_end_that_is_empty_is_not_taken_for_none(broker: Broker) -> None:
    data = DATA["bijstandsregelingen"].replace(">20230630<", "><")
    finding = await told(broker, "bijstandsregelingen", client_suwi(data))

    assert finding.outcome is Outcome.INCOMPREHENSIBLE


# --- what a value means ---------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "meant"), [("1", True), ("2", False), ("0", None), ("9", None)])
async def test_the_basic_qualification_is_yes_no_or_unknown(
    broker: Broker, code: str, meant: bool | None
) -> None:
    finding = await told(
        broker,
        "duo_onderwijs",
        client_suwi(f"<IndStartkwalificatieDuo>{code}</IndStartkwalificatieDuo>"),
    )

    assert finding.school == SchoolRecord(basic_qualification=meant)


async def test_without_the_indication_nobody_knows_of_a_qualification(broker: Broker) -> None:
    finding = await told(broker, "duo_onderwijs", client_suwi(""))

    assert finding.school == SchoolRecord(basic_qualification=None)


@pytest.mark.parametrize(
    ("level", "school"),
    [
        ("VO-PRO", "pro"), ("VSO", "vso"), ("VSO-DIP", "vso"), ("VO-HAVO", "vo"), ("VO-VMBO", "vo"),
        ("MBO-4", "mbo"), ("MBO", "mbo"), ("HBO-BA", "hbo_wo"), ("WO-MA", "hbo_wo"), ("mbo-1", "mbo"),
        # Nobody says what these are.
        ("VO-MBO", "onbekend"), ("", "onbekend"), ("MBO-9", "onbekend"), ("VAVO", "onbekend"), ("X", "onbekend"),
    ],
)  # fmt: skip
def test_a_level_tells_the_kind_of_school_or_nothing(level: str, school: str) -> None:
    assert school_of(level) == school


async def test_who_left_the_school_left_what_was_followed_there(broker: Broker) -> None:
    data = DATA["duo_onderwijs"].replace("<DatEDeelnameOpleiding>20200731</DatEDeelnameOpleiding>", "")
    finding = await told(broker, "duo_onderwijs", client_suwi(data))

    assert finding.school is not None
    assert finding.school.enrolments[0].until == day(2021, 7, 31)


async def test_an_enrolment_without_participation_is_one_at_an_unknown_school(broker: Broker) -> None:
    data = (
        "<Onderwijsovereenkomst><DatInschrijvingOpleiding>20220801</DatInschrijvingOpleiding>"
        "</Onderwijsovereenkomst>"
    )
    finding = await told(broker, "duo_onderwijs", client_suwi(data))

    assert finding.school == SchoolRecord(enrolments=(Enrolment(since=day(2022, 8, 1)),))


async def test_a_registration_without_an_end_is_a_registration(broker: Broker) -> None:
    finding = await told(broker, "uwv_doelgroepregister", client_suwi("<LdrRegistratieWbQa/>"))

    assert finding.target_group == TargetGroup(registered=True)


@pytest.mark.parametrize(
    "amount",
    ["<CdMunteenheid>USD</CdMunteenheid><WaardeBedr>1</WaardeBedr>", "<WaardeBedr>1.50</WaardeBedr>",
     "<WaardeBedr/>", "<WaardeBedr>-5</WaardeBedr>", "<WaardeBedr>9999999999999999999</WaardeBedr>"],
)  # fmt: skip
async def test_an_amount_that_is_no_amount_in_cents_is_refused(broker: Broker, amount: str) -> None:
    data = (
        DATA["uwv_inkomen"]
        .replace("<WaardeBedr>142800</WaardeBedr>", "")
        .replace("<CdMunteenheid>EUR</CdMunteenheid><CdPositiefNegatief>+</CdPositiefNegatief>", amount)
    )
    finding = await told(broker, "uwv_inkomen", client_suwi(data))

    assert finding.outcome is Outcome.INCOMPREHENSIBLE


async def test_municipalities_that_differ_say_nothing_of_work_capacity(broker: Broker) -> None:
    other = "<AtlRelatie><Arbeidsvermogen><CdArbeidsvermogen>03</CdArbeidsvermogen></Arbeidsvermogen></AtlRelatie>"
    finding = await told(broker, "gsd_reintegratie", client_suwi(DATA["gsd_reintegratie"] + other))

    assert finding.reintegration is not None
    assert finding.reintegration.work_capacity == ""
    assert len(finding.reintegration.provisions) == 2


# --- what is asked --------------------------------------------------------------------------------


async def test_a_question_asks_one_person_at_the_address_of_its_service(broker: Broker) -> None:
    await told(broker, "duo_onderwijs", NOTHING)

    (received,) = broker.received
    assert received.path == "/suwibroker/soap/DUODossierPersoonGSD-v0300"
    assert received.headers["content-type"] == "text/xml; charset=utf-8"
    assert received.headers["soapaction"] == '""'
    assert received.headers["accept-encoding"] == "identity"
    assert BSN not in str(received.headers)
    asked = [element.text for element in suwinet.message(received).iter("Burgerservicenr")]
    assert asked == [BSN]


async def test_income_is_asked_of_the_last_two_years_only(broker: Broker) -> None:
    await told(broker, "uwv_inkomen", NOTHING)

    (received,) = broker.received
    assert suwinet.message(received).findtext(".//PeriodeGegevensvraagIko/DatBPeriode") == "20241101"


async def test_a_number_that_is_no_number_is_never_sent(broker: Broker) -> None:
    finding = (await suwinet.asked(broker, "duo_onderwijs", bsn="12345")).finding

    assert (finding.outcome, broker.received) == (Outcome.REFUSED_US, [])
    assert "12345" not in finding.reason


async def test_a_question_for_another_registry_is_a_fault_of_ours(broker: Broker) -> None:
    with pytest.raises(ValueError, match="brp_persoon"):
        await suwinet.asked(broker, "brp_persoon")
