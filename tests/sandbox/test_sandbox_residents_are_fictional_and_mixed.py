"""The residents that come with the product: nobody real, and every situation that a route knows."""

from datetime import date
from pathlib import Path

import pytest
from stdnum.nl import bsn as bsn_numbers

from sandbox.lo3 import read_testset
from sandbox.residents import Resident, load_residents

RESIDENTS, MUNICIPALITIES = load_residents()
YEAR_OF_WRITING = date(2026, 1, 1)


def age(resident: Resident) -> int:
    assert resident.birth is not None
    born = resident.birth.latest()
    assert born is not None
    day = YEAR_OF_WRITING
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def plain(resident: Resident) -> bool:
    return not resident.note


def test_numbers_are_unique_and_from_the_practice_range() -> None:
    numbers = [resident.bsn for resident in RESIDENTS]

    assert len(set(numbers)) == len(numbers) >= 24
    assert all(number.startswith("9999") and bsn_numbers.is_valid(number) for number in numbers)


@pytest.mark.testset
def test_no_number_belongs_to_an_official_test_person_or_their_family(testset: Path) -> None:
    text = testset.read_text(encoding="utf-8-sig")

    assert [resident.bsn for resident in RESIDENTS if resident.bsn in text] == []
    assert len(read_testset(testset)) > len(RESIDENTS)


def test_at_least_fourteen_are_plain_adults_of_deventer() -> None:
    ordinary = [resident for resident in RESIDENTS if plain(resident)]

    assert len(ordinary) >= 14
    for resident in ordinary:
        assert 27 <= age(resident) <= 66
        assert resident.municipality_code == "0150"
        assert not resident.secret
        assert not resident.suspension
        assert not resident.investigations
        assert resident.died_on is None


def test_every_special_situation_occurs() -> None:
    special = {resident.note: resident for resident in RESIDENTS if not plain(resident)}

    assert 18 <= age(special["jonger dan 27"]) < 27
    assert age(special["minderjarig"]) < 18
    assert age(special["ouder dan 67"]) > 67
    assert special["geheimhouding"].secret
    assert special["overleden"].died_on is not None
    assert special["overleden"].suspension == "O"
    assert special["geëmigreerd"].suspension == "E"
    assert special["woont in Zutphen"].municipality_code == "0301"
    assert special["woont in Lochem"].municipality_code == "0262"
    year_only = special["alleen het geboortejaar is bekend"].birth
    assert year_only is not None
    assert (year_only.year is not None, year_only.month, year_only.day) == (True, None, None)
    assert special["gemeente van inschrijving is in onderzoek"].investigations


def test_every_municipality_has_a_name() -> None:
    assert {resident.municipality_code for resident in RESIDENTS} <= MUNICIPALITIES.keys()
