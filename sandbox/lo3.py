"""Reads the official test persons of the BRP into the sandbox.

The file is the set "persoonslijsten proefomgeving GBA-V" that RvIG publishes: UTF-8 with a mark,
separated by semicolons, one column per rubriek of the Logisch Ontwerp, a row with a name in the first
column for each person and rows without one for history and for further partners and children. The
data that are valid now stand on the first row.
"""

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal

from domain.base import Explained
from domain.findings import PartialDate
from sandbox.residents import ForeignSource, Investigation, Partner, Relative, Residence, Resident

_CATEGORIES = ("01", "06", "08", "11")
"""Persoon, overlijden, verblijfplaats and gezag: whose investigations the sandbox can show."""
_LEFT = "089999"
"""Subject of an investigation that says: vastgesteld verblijft niet op adres."""
_MORE_CHILDREN = "09"
"""In the column after a child: the row below holds another one; anything else there: how that child was before."""


class TestsetUnreadable(Explained):
    """The file is not the official test set; the message says why and what to do."""

    __test__ = False


def read_testset(path: Path) -> tuple[Resident, ...]:
    """Read every person that has a BSN. A number that occurs twice gives two residents.

    Raises:
        TestsetUnreadable: no such file, or not a file of this kind.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.reader(lines, delimiter=";"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TestsetUnreadable(
            f"de testpersonen zijn niet te lezen uit {path} ({type(error).__name__}). Geef met --testset het "
            "CSV-bestand van RvIG op, of laat --testset weg."
        ) from None
    columns: dict[str, int] = {}
    for index, name in enumerate(rows[0] if rows else []):
        # One heading occurs twice in the official file; the first is the right one.
        columns.setdefault(name, index)
    needed = ("01.01.20", "01.03.10", "07.67.20", "07.70.10", "08.09.10")
    if not all(name in columns for name in needed):
        raise TestsetUnreadable(
            f"{path} heeft niet de kolommen van de testset van RvIG (zoals 01.01.20). Geef met --testset het "
            "goede CSV-bestand op, of laat --testset weg."
        )
    people: list[list[_Row]] = []
    for row in rows[1:]:
        if row and row[0]:
            people.append([])
        if people:
            people[-1].append(_Row(row, columns))
    return tuple(_resident(list_) for list_ in people if re.fullmatch("[0-9]{9}", list_[0].get("01.01.20")))


class _Row:
    def __init__(self, cells: list[str], columns: dict[str, int]) -> None:
        self._cells = cells
        self._columns = columns

    def get(self, rubriek: str) -> str:
        index = self._columns.get(rubriek)
        return "" if index is None or index >= len(self._cells) else self._cells[index].strip()


def _resident(rows: list[_Row]) -> Resident:
    row = rows[0]
    investigations = []
    foreign_sources = []
    for number in _CATEGORIES:
        since = lo3_date(row.get(f"{number}.83.20"))
        subject = row.get(f"{number}.83.10")
        ended = row.get(f"{number}.83.30") != ""
        if re.fullmatch("[0-9]{6}", subject) and not ended:
            investigations.append(Investigation(subject=subject, since=since or PartialDate()))
        if source := row.get(f"{number}.88.10"):
            foreign_sources.append(ForeignSource(category=number, code=source))
    municipality = row.get("08.09.10")
    return Resident(
        bsn=row.get("01.01.20"),
        given_names=row.get("01.02.10"),
        prefix=row.get("01.02.30"),
        surname=row.get("01.02.40"),
        birth=lo3_date(row.get("01.03.10")),
        municipality_code=municipality if re.fullmatch("[0-9]{4}", municipality) else None,
        secret=row.get("07.70.10") in tuple("1234567"),
        suspension=row.get("07.67.20") or None,
        suspended_on=lo3_date(row.get("07.67.10")),
        died_on=lo3_date(row.get("06.08.10")),
        investigations=tuple(investigations),
        foreign_sources=tuple(foreign_sources),
        verified_on=lo3_date(row.get("07.71.10")),
        verification=row.get("07.71.20"),
        sex=_sex(row.get("01.04.10")),
        guardianship=row.get("11.33.10") == "1",
        residence=_residence(row),
        partner=_partner(row),
        children=tuple(_children(rows)),
        note="testpersoon van RvIG",
    )


def _sex(text: str) -> Literal["M", "V", "O"] | None:
    return {"M": "M", "V": "V", "O": "O"}.get(text)  # type: ignore[return-value]


def _relative(row: _Row, category: str) -> dict[str, object]:
    bsn = row.get(f"{category}.01.20")
    return {
        "bsn": bsn if re.fullmatch("[0-9]{9}", bsn) else None,
        "given_names": row.get(f"{category}.02.10"),
        "prefix": row.get(f"{category}.02.30"),
        "surname": row.get(f"{category}.02.40"),
        "birth": lo3_date(row.get(f"{category}.03.10")),
    }


def _partner(row: _Row) -> Partner | None:
    known = _relative(row, "05")
    if not any(known.values()):
        return None
    kind = row.get("05.15.10")
    return Partner.model_validate(
        known
        | {
            "sex": _sex(row.get("05.04.10")),
            "kind": kind if kind in ("H", "P") else ".",
            "since": lo3_date(row.get("05.06.10")),
            "until": lo3_date(row.get("05.07.10")),
        }
    )


def _children(rows: list[_Row]) -> Iterator[Relative]:
    current = True
    for row in rows:
        known = _relative(row, "09")
        if not any(known.values()):
            return
        if current:
            yield Relative.model_validate(known)
        current = row.get("09.H") == _MORE_CHILDREN


def _residence(row: _Row) -> Residence | None:
    since, left = lo3_date(row.get("08.10.30")), row.get("08.83.10") == _LEFT and not row.get("08.83.30")
    if place := row.get("08.12.10"):
        return Residence(kind="locatie", place=place[:35], since=since, left=left)
    if street := row.get("08.11.15") or row.get("08.11.10"):
        if street == ".":
            return Residence(kind="onbekend", since=since)
        number = row.get("08.11.20")
        return Residence(
            kind="briefadres" if row.get("08.10.10") == "B" else "adres",
            object_id=_object_id(row.get("08.11.80")),
            address_id=_object_id(row.get("08.11.90")),
            street=street[:80],
            number=int(number) if re.fullmatch("[1-9][0-9]{0,4}", number) else None,
            letter=row.get("08.11.30")[:1],
            addition=row.get("08.11.40")[:4],
            postcode=row.get("08.11.60")
            if re.fullmatch("[1-9][0-9]{3}[A-Z]{2}", row.get("08.11.60"))
            else "",
            town=row.get("08.11.70"),
            since=since,
            left=left,
        )
    country = row.get("08.13.10")
    if re.fullmatch("[0-9]{4}", country):
        since = lo3_date(row.get("08.13.20"))
        if country == "0000":
            return Residence(kind="onbekend", since=since)
        lines = tuple(line for part in "345" if (line := row.get(f"08.13.{part}0")))
        return Residence(kind="buitenland", lines=lines, country=country, since=since)
    return None


def _object_id(text: str) -> str | None:
    return text if re.fullmatch("[0-9]{16}", text) else None


def lo3_date(text: str) -> PartialDate | None:
    """Read a date of the LO: eight digits, with zeros for what is unknown.

    A part that cannot be (month 20, day 13 of no month) counts as unknown, with all that is smaller.
    None: there is no date, or it does not have eight digits.
    """
    if re.fullmatch("[0-9]{8}", text) is None:
        return None
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    if year == 0:
        return PartialDate()
    if not 1 <= month <= 12:
        return PartialDate(year=year)
    try:
        return PartialDate.of(date(year, month, day))
    except ValueError:
        return PartialDate(year=year, month=month)
