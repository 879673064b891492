"""An answer holds what was asked and what always comes along, and nothing else."""

from typing import Any

import httpx2
import pytest

from domain.findings import PartialDate
from sandbox.brp_answer import answer
from sandbox.brp_dates import full_date
from sandbox.brp_question import Question
from sandbox.residents import ForeignSource, Investigation, Register, Resident

PATH = "/haalcentraal/api/brp/personen"
FIELDS = ("geboorte.datum", "gemeenteVanInschrijving", "overlijden.datum")


async def test_a_plain_resident(http: httpx2.AsyncClient, question: dict[str, Any]) -> None:
    response = await http.post(PATH, json=question)

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json() == {
        "type": "RaadpleegMetBurgerservicenummer",
        "personen": [
            {
                "geboorte": {
                    "datum": {"type": "Datum", "datum": "1979-03-14", "langFormaat": "14 maart 1979"}
                },
                "gemeenteVanInschrijving": {"code": "0150", "omschrijving": "Deventer"},
            }
        ],
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["burgerservicenummer"], {"burgerservicenummer": "999900031"}),
        (["naam.geslachtsnaam"], {"naam": {"geslachtsnaam": "Ouahabi"}}),
        (
            ["naam"],
            {
                "naam": {
                    "voornamen": "Samira",
                    "voorvoegsel": "el",
                    "geslachtsnaam": "Ouahabi",
                    "voorletters": "S.",
                    "volledigeNaam": "Samira el Ouahabi",
                }
            },
        ),
        (["overlijden"], {}),
        (["kinderen.naam.voornamen"], {}),
        (
            ["gemeenteVanInschrijving.code"],
            {"gemeenteVanInschrijving": {"code": "0150", "omschrijving": "Deventer"}},
        ),
        (
            ["geboorte.datum.jaar"],
            {"geboorte": {"datum": {"type": "Datum", "datum": "1990-06-21", "langFormaat": "21 juni 1990"}}},
        ),
        (["geboorte.plaats"], {}),
    ],
)
async def test_only_what_was_asked(
    http: httpx2.AsyncClient, question: dict[str, Any], fields: list[str], expected: dict[str, Any]
) -> None:
    response = await http.post(PATH, json=question | {"burgerservicenummer": ["999900031"], "fields": fields})

    assert response.json()["personen"] == [expected]


async def test_nobody_is_an_empty_list_and_everybody_comes_once(
    http: httpx2.AsyncClient, question: dict[str, Any]
) -> None:
    fields = {"fields": ["burgerservicenummer"]}
    nobody = await http.post(PATH, json=question | fields | {"burgerservicenummer": ["999999999"]})
    twice = await http.post(
        PATH, json=question | fields | {"burgerservicenummer": ["999900018", "999900006", "999900018"]}
    )

    assert (nobody.status_code, nobody.json()["personen"]) == (200, [])
    assert [person["burgerservicenummer"] for person in twice.json()["personen"]] == [
        "999900018",
        "999900006",
    ]


@pytest.mark.parametrize(("code", "found"), [("0150", 1), ("0301", 0)])
async def test_the_municipality_narrows_the_question(
    http: httpx2.AsyncClient, question: dict[str, Any], code: str, found: int
) -> None:
    response = await http.post(PATH, json=question | {"gemeenteVanInschrijving": code})

    assert len(response.json()["personen"]) == found


def ask(resident: Resident, *fields: str) -> list[Any]:
    people = answer(Register([resident], {}), Question((resident.bsn,), fields or FIELDS, None))["personen"]
    assert isinstance(people, list)
    return people


@pytest.mark.parametrize("reason", ["W", "F"])
def test_person_lists_that_were_cleared_away_are_not_delivered(reason: str) -> None:
    assert ask(Resident(bsn="999900006", suspension=reason)) == []


@pytest.mark.parametrize("reason", ["O", "E", "M", "R", "."])
def test_a_suspension_comes_along_unasked(reason: str) -> None:
    resident = Resident(bsn="999900006", suspension=reason, suspended_on=PartialDate(year=2020, month=3))

    [person] = ask(resident, "burgerservicenummer")

    assert person["opschortingBijhouding"]["reden"]["code"] == reason
    assert person["opschortingBijhouding"]["datum"]["langFormaat"] == "maart 2020"


def test_secrecy_comes_along_unasked_and_only_when_true() -> None:
    assert ask(Resident(bsn="999900006", secret=True)) == [{"geheimhoudingPersoonsgegevens": True}]
    assert ask(Resident(bsn="999900006", secret=False)) == [{}]


@pytest.mark.parametrize(
    ("subject", "group", "flag"),
    [
        ("010000", "geboorte", "datum"),
        ("010300", "geboorte", "datum"),
        ("010310", "geboorte", "datum"),
        ("060810", "overlijden", "datum"),
        ("080000", None, "gemeenteVanInschrijving"),
        ("080910", None, "gemeenteVanInschrijving"),
    ],
)
def test_an_investigation_is_shown_with_the_datum_that_it_is_about(
    subject: str, group: str | None, flag: str
) -> None:
    day = PartialDate(year=2021, month=8, day=1)
    resident = Resident(
        bsn="999900006",
        birth=day,
        died_on=day,
        municipality_code="0150",
        investigations=(Investigation(subject=subject, since=day),),
    )

    [person] = ask(resident)

    doubts = (person if group is None else person[group])["inOnderzoek"]
    assert doubts[flag] is True
    assert len(doubts) == 2
    assert ask(resident, "naam.voorletters") == [{}]


@pytest.mark.parametrize("subject", ["010410", "081110", "089999"])
def test_an_investigation_into_something_else_is_not_shown(subject: str) -> None:
    day = PartialDate(year=2021)
    resident = Resident(
        bsn="999900006",
        birth=day,
        municipality_code="0150",
        investigations=(Investigation(subject=subject, since=day),),
    )

    assert "inOnderzoek" not in str(ask(resident))


def test_the_source_of_a_non_resident_comes_along_with_its_category() -> None:
    resident = Resident(
        bsn="999900006", foreign_sources=(ForeignSource(category="01", code="0401"),), verification="paspoort"
    )

    assert ask(resident, "geboorte.datum")[0]["rni"] == [
        {
            "deelnemer": {
                "code": "0401",
                "omschrijving": "CAK (inzake zorgverzekeringen)",
            },
            "categorie": "Persoon",
        }
    ]
    assert "rni" not in ask(resident, "overlijden.datum")[0]


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        (
            PartialDate(year=2023, month=2, day=1),
            {"type": "Datum", "datum": "2023-02-01", "langFormaat": "1 februari 2023"},
        ),
        (
            PartialDate(year=1968, month=7),
            {"type": "JaarMaandDatum", "jaar": 1968, "maand": 7, "langFormaat": "juli 1968"},
        ),
        (PartialDate(year=1963), {"type": "JaarDatum", "jaar": 1963, "langFormaat": "1963"}),
        (PartialDate(), {"type": "DatumOnbekend", "onbekend": True, "langFormaat": "onbekend"}),
    ],
)
def test_dates_have_four_shapes(date: PartialDate, expected: dict[str, Any]) -> None:
    assert full_date(date) == expected
