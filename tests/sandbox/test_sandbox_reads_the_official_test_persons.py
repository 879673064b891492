"""The official file becomes residents, with all its irregularities."""

from pathlib import Path

import pytest

from domain.findings import PartialDate
from sandbox.lo3 import TestsetUnreadable, lo3_date, read_testset

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
