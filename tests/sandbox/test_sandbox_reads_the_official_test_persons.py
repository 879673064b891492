"""The official file becomes residents, with all its irregularities."""

from pathlib import Path

import pytest

from domain.findings import PartialDate
from sandbox.brp_answer import answer
from sandbox.brp_question import Question
from sandbox.lo3 import TestsetUnreadable, lo3_date, read_testset
from sandbox.residents import Register, Residence, Resident, load_residents
from tests.specifications import brp_folder, brp_specification

MORE = (
    ";01.01.20;01.04.10;05.01.20;05.02.40;05.06.10;05.07.10;05.15.10;06.08.10;07.67.20;07.70.10;08.09.10;08.10.10;"
    "08.10.30;08.11.10;08.11.20;08.11.60;08.11.80;08.12.10;08.13.10;08.13.30;08.83.10;08.83.20;08.83.30;"
    "09.01.20;09.02.40;09.03.10;09.H;11.33.10"
)
HEADER = (
    ";01.01.20;01.02.10;01.02.40;01.03.10;01.83.10;01.83.20;01.83.30;06.08.10;07.67.10;07.67.20;07.70.10;"
    "08.09.10;08.83.10;08.83.20;08.83.30"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("19851201", PartialDate(year=1985, month=12, day=1)),
        ("19780300", PartialDate(year=1978, month=3)),
        ("19680000", PartialDate(year=1968)),
        ("00000000", PartialDate()),
        ("00002014", PartialDate()),
        ("19660013", PartialDate(year=1966)),
        ("20230231", PartialDate(year=2023, month=2)),
        ("20231301", PartialDate(year=2023)),
        ("05", None),
        ("", None),
    ],
)
def test_dates_keep_what_is_known(text: str, expected: PartialDate | None) -> None:
    assert lo3_date(text) == expected


def write(folder: Path, *rows: str) -> Path:
    path = folder / "set.csv"
    path.write_text("\n".join((HEADER, *rows)), encoding="utf-8-sig")
    return path


def test_history_rows_are_passed_over_and_first_rows_count(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "P1;999990019;Jo;Dam;19700101;;;;;;;3;0518;080000;20210801;",
        ";999990020;Jo;Ander;19600101;;;;;;;0;0363;;;",
        "P2;999990032;An;Dam;19710000;010310;20100101;20110101;20180526;20180526;O;0;0599;;;",
        "P3;;Nul;Nummer;19710000;;;;;;W;0;0518;;;",
    )

    first, second = read_testset(path)

    assert (first.bsn, first.surname, first.municipality_code, first.secret) == (
        "999990019",
        "Dam",
        "0518",
        True,
    )
    assert [item.subject for item in first.investigations] == ["080000"]
    assert second.investigations == ()
    assert second.died_on == PartialDate(year=2018, month=5, day=26)
    assert second.suspension == "O"


@pytest.mark.parametrize("content", [b"", b"a;b;c\n1;2;3\n", b"\xff\xfe\x00x"])
def test_another_file_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ander.csv"
    path.write_bytes(content)

    with pytest.raises(TestsetUnreadable, match="--testset"):
        read_testset(path)


def test_no_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(TestsetUnreadable, match="--testset"):
        read_testset(tmp_path / "weg.csv")


@pytest.mark.testset
def test_the_official_file_holds_680_people_with_a_number(testset: Path) -> None:
    residents = read_testset(testset)

    assert len({resident.bsn for resident in residents}) == 680


def read_more(folder: Path, *rows: dict[str, str]) -> Resident:
    """One person out of rows that are given by the names of their columns."""
    names = MORE.replace(";01.01.20", ";01.01.20;01.03.10;07.67.10", 1).split(";")[1:]
    lines = [
        ";".join(["P" if row is rows[0] else "", *(row.get(name, "") for name in names)]) for row in rows
    ]
    path = folder / "meer.csv"
    path.write_text("\n".join((";" + ";".join(names), *lines)), encoding="utf-8-sig")
    [person] = read_testset(path)
    return person


PERSON = {"01.01.20": "999990019", "08.09.10": "0518"}


def test_children_of_now_are_read_and_what_they_were_called_before_is_not(tmp_path: Path) -> None:
    person = read_more(
        tmp_path,
        PERSON | {"09.01.20": "999990020", "09.02.40": "Dam", "09.03.10": "20060000", "09.H": "59"},
        {"09.02.40": "Ander", "09.03.10": "20060000", "09.H": "09"},
        {"09.01.20": "999990032", "09.02.40": "Dam", "09.H": "09"},
        {"09.02.40": "Derde"},
    )

    assert [(child.bsn, child.surname) for child in person.children] == [
        ("999990020", "Dam"),
        ("999990032", "Dam"),
        (None, "Derde"),
    ]
    assert person.children[0].birth == PartialDate(year=2006)


def test_a_partner_is_read_with_the_end_of_the_bond(tmp_path: Path) -> None:
    partner = {"05.01.20": "999990020", "05.02.40": "Dam", "05.07.10": "20150815", "05.15.10": "P"}

    person = read_more(tmp_path, PERSON | partner)

    assert person.partner is not None
    assert (person.partner.bsn, person.partner.kind) == ("999990020", "P")
    assert person.partner.until == PartialDate(year=2015, month=8, day=15)
    assert read_more(tmp_path, PERSON).partner is None


@pytest.mark.parametrize(
    ("row", "kind", "left"),
    [
        ({"08.10.10": "W", "08.11.10": "Straat", "08.11.20": "1"}, "adres", False),
        ({"08.10.10": "B", "08.11.10": "Straat", "08.11.20": "1", "08.83.10": "089999"}, "briefadres", True),
        ({"08.11.10": "Straat", "08.83.10": "089999", "08.83.30": "20200101"}, "adres", False),
        ({"08.10.10": "W", "08.12.10": "Woonboot"}, "locatie", False),
        ({"08.13.10": "5010", "08.13.30": "Straat 1"}, "buitenland", False),
        ({"08.13.10": "0000"}, "onbekend", False),
        ({"08.11.10": "."}, "onbekend", False),
        ({}, None, False),
    ],
)
def test_each_kind_of_residence_is_read(
    tmp_path: Path, row: dict[str, str], kind: str | None, left: bool
) -> None:
    place = read_more(tmp_path, PERSON | row).residence

    assert (None if place is None else place.kind) == kind
    assert (place is not None and place.left) == left


@pytest.mark.contract
def test_situations_of_official_persons_are_read(testset: Path) -> None:
    people = {resident.bsn: resident for resident in read_testset(testset)}

    def place(bsn: str) -> Residence:
        found = people[bsn].residence
        assert found is not None
        return found

    partner = people["999992879"].partner
    assert partner is not None
    assert partner.bsn == "999993355"
    assert [child.bsn for child in people["999992879"].children] == ["999994487"]
    assert people["999993811"].guardianship
    assert people["999993690"].guardianship
    assert place("999991565").kind == "briefadres"
    assert place("999992570").left
    assert (place("999997051").kind, place("999997051").country) == ("buitenland", "6022")


@pytest.mark.contract
def test_what_is_delivered_of_official_persons_fits_the_official_specification(testset: Path) -> None:
    official = brp_specification()
    fields = (brp_folder() / "fields-filtered-Persoon.csv").read_text(encoding="utf-8").split()[1:]
    residents = read_testset(testset)
    register = Register(residents, load_residents()[1])
    delivered = 0
    # A few official names do not fit the official pattern of names themselves.
    odd = [
        one
        for one in residents
        for person in (one, *one.children, *([one.partner] if one.partner else []))
        if official.complaints("Geslachtsnaam", person.surname or "-")
        or official.complaints("Voornamen", person.given_names or "-")
    ]
    assert len(odd) < 20
    for resident in residents:
        if resident in odd:
            continue
        body = answer(register, Question((resident.bsn,), tuple(fields), None))
        people = body["personen"]
        assert isinstance(people, list)
        delivered += len(people)
        assert official.complaints("RaadpleegMetBurgerservicenummerResponse", body) == []
        assert official.date_complaints(body) == []
        for person in people:
            if place := person.get("verblijfplaats"):
                assert official.complaints(place["type"], place) == []
    assert delivered > 600
