"""Reads the official test persons of the BRP into the sandbox.

The file is the set "persoonslijsten proefomgeving GBA-V" that RvIG publishes: UTF-8 with a mark,
separated by semicolons, one column per rubriek of the Logisch Ontwerp, a row with a name in the first
column for each person and rows without one for history and for further partners and children. The
data that are valid now stand on the first row.
"""

import csv
import re
from datetime import date
from pathlib import Path

from domain.base import Explained
from domain.findings import PartialDate
from sandbox.residents import ForeignSource, Investigation, Resident

_CATEGORIES = ("01", "06", "08")
"""Persoon, overlijden and verblijfplaats: they hold what the sandbox can be asked."""


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
    people = (_Row(row, columns) for row in rows[1:] if row and row[0])
    return tuple(_resident(row) for row in people if re.fullmatch("[0-9]{9}", row.get("01.01.20")))


class _Row:
    def __init__(self, cells: list[str], columns: dict[str, int]) -> None:
        self._cells = cells
        self._columns = columns

    def get(self, rubriek: str) -> str:
        index = self._columns.get(rubriek)
        return "" if index is None or index >= len(self._cells) else self._cells[index].strip()


def _resident(row: _Row) -> Resident:
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
        note="testpersoon van RvIG",
    )


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
