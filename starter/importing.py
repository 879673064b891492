"""Import of new meldingen from a CSV file: a report per row, and safe to run again."""

import asyncio
import csv
import io
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, TypeVar

from domain.base import Explained
from domain.facts import HOUSEHOLDS
from domain.happenings import Actor, Refused
from domain.identity import WrongIdentity, checked_bsn, checked_reference
from starter.journeys import Journeys, NotHeld, Started

COLUMNS = {
    "bsn": ("bsn", "burgerservicenummer", "01.01.20"),
    "kenmerk": ("kenmerk", "referentie"),
    "melding": ("melding", "meldingsdatum", "datum_melding"),
    "kanaal": ("kanaal",),
    "huishouden": ("huishouden",),
}
"""Our name of a column, and the headings under which it is known (01.01.20: LO3, the BRP's own files)."""
OF_STOCK = {"uitkering_sinds", "ingangsdatum_uitkering", "activiteit_sinds", "trede_gemeten"}
"""Headings by which a file of residents who have a benefit already is known (`starter.stock`)."""
AT_ONCE = 16
MAX_BYTES = 64 * 1024 * 1024

Outcome = Literal["gestart", "loopt_al", "geweigerd"]


class ImportRefused(Explained):
    """The file as a whole cannot be used; nothing was started."""


@dataclass(frozen=True)
class Row:
    """One line of the file. ``problem``: why it cannot be used."""

    number: int
    """As a spreadsheet counts: the heading is row 1."""
    bsn: str = ""
    reference: str = ""
    melding: date | None = None
    channel: str = "import"
    household: str = "onbekend"
    problem: str = ""


@dataclass(frozen=True)
class RowReport:
    """What came of one row. Holds no personal data."""

    row: int
    outcome: Outcome
    journey: str = ""
    reason: str = ""


@dataclass
class Report:
    """What came of the whole file."""

    rows: list[RowReport] = field(default_factory=list)
    unused_columns: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        found = Counter(row.outcome for row in self.rows)
        return {"rijen": len(self.rows)} | {
            name: found.get(name, 0) for name in ("gestart", "loopt_al", "geweigerd")
        }


class Line(NamedTuple):
    """One line of a file: its cells under our names of the columns, or its problem."""

    number: int
    """As a spreadsheet counts: the heading is row 1."""
    cells: dict[str, str]
    problem: str = ""


def read_table(path: Path, columns: Mapping[str, tuple[str, ...]]) -> tuple[list[Line], list[str]]:
    """Read the lines of a CSV file.

    Args:
        path: comma or semicolon between the columns, UTF-8, a heading on the first line.
        columns: our name of each column, and the headings under which it is known.

    Returns:
        The lines, and the headings that are not used.

    Raises:
        ImportRefused: it cannot be read, or has no column to know a person by.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ImportRefused(f"{path} is groter dan {MAX_BYTES // 2**20} MiB. Splits het bestand.")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ImportRefused(f"{path} is niet te lezen ({error.strerror}). Controleer het pad.") from None
    except UnicodeDecodeError:
        raise ImportRefused(
            f"{path} is geen tekst in UTF-8. Bewaar het bestand als 'CSV UTF-8' en probeer opnieuw."
        ) from None
    heading = text.split("\n", 1)[0]
    if not heading.strip():
        raise ImportRefused(f"{path} is leeg. De eerste regel noemt de kolommen, minstens bsn of kenmerk.")
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().lower() for name in next(reader)]
    except csv.Error as error:
        raise ImportRefused(
            f"De eerste regel van {path} is geen geldige CSV ({error}). Controleer de aanhalingstekens."
        ) from None
    places: dict[str, int] = {}
    for ours, known in columns.items():
        found = [index for index, name in enumerate(names) if name in known]
        if len(found) > 1:
            raise ImportRefused(f"{path} heeft de kolom {ours} {len(found)} keer. Houd er één over.")
        if found:
            places[ours] = found[0]
    if "bsn" not in places and "kenmerk" not in places:
        raise ImportRefused(
            f"{path} heeft geen kolom bsn of kenmerk, dus is niet te zien om wie het gaat. Gevonden: "
            f"{', '.join(name for name in names[:8] if name) or 'niets'}. Zet een van beide in de eerste regel."
        )
    unused = [name for index, name in enumerate(names) if name and index not in places.values()]
    # The BRP's own files repeat a person on lines of history, which begin with an empty cell.
    history = "01.01.20" in names and not names[0]
    return list(_lines(reader, len(names), places, skip_unmarked=history)), unused


def _lines(
    reader: Iterator[list[str]], width: int, places: dict[str, int], *, skip_unmarked: bool
) -> Iterator[Line]:
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Line(number, {}, f"De rij is geen geldige CSV ({error}). Controleer de aanhalingstekens.")
            continue
        if not any(cell.strip() for cell in cells) or (skip_unmarked and not cells[0].strip()):
            continue
        if len(cells) != width:
            yield Line(
                number,
                {},
                f"De rij heeft {len(cells)} kolommen en de eerste regel {width}. Controleer de scheidingstekens.",
            )
            continue
        yield Line(number, {name: cells[index].strip() for name, index in places.items()})


def who(cells: Mapping[str, str]) -> tuple[str, str]:
    """The burgerservicenummer and the reference of a line; one of them is empty.

    Raises:
        WrongIdentity: neither can be used.
    """
    bsn = checked_bsn(cells["bsn"]) if cells.get("bsn") else ""
    reference = checked_reference(cells["kenmerk"]) if cells.get("kenmerk") and not bsn else ""
    if not bsn and not reference:
        raise WrongIdentity(
            "Er is geen burgerservicenummer en geen kenmerk, dus kan dezelfde persoon twee keer gestart "
            "worden. Vul een van beide in."
        )
    return bsn, reference


def read_rows(path: Path, *, today: date | None = None) -> tuple[list[Row], list[str]]:
    """Read a CSV file with meldingen.

    Args:
        path: see ``read_table``.
        today: dates after this day are refused; None: not checked.

    Returns:
        The rows, each usable or with its problem, and the headings that are not used.

    Raises:
        ImportRefused: it cannot be read, or has no column to know a person by.
    """
    lines, unused = read_table(path, COLUMNS)
    if of_stock := sorted({name.strip().lower() for name in unused} & OF_STOCK):
        raise ImportRefused(
            f"{path.name} heeft kolommen van het zittend bestand ({', '.join(of_stock)}). Wie al een uitkering heeft, "
            "meldt zich niet: neem hem over met --stock. Er is niets gestart."
        )
    rows = [
        Row(line.number, problem=line.problem) if line.problem else _row(line.number, line.cells, today)
        for line in lines
    ]
    return rows, unused


def _row(number: int, cells: dict[str, str], today: date | None) -> Row:
    melding: date | None = None
    household = cells.get("huishouden") or "onbekend"
    channel = cells.get("kanaal") or "import"
    try:
        bsn, reference = who(cells)
    except WrongIdentity as error:
        return Row(number, problem=str(error))
    if cells.get("melding"):
        try:
            melding = date.fromisoformat(cells["melding"])
        except ValueError:
            return Row(
                number,
                problem="De datum van de melding is niet te lezen. Schrijf jaar-maand-dag: 2026-05-01.",
            )
        if today and melding > today:
            return Row(number, problem="De datum van de melding moet nog komen. Controleer de datum.")
    if household not in HOUSEHOLDS:
        return Row(number, problem=f"Het huishouden is onbekend. Kies uit: {', '.join(HOUSEHOLDS)}.")
    return Row(number, bsn, reference, melding, channel, household)


async def run_import(
    journeys: Journeys,
    rows: list[Row],
    *,
    gemeente: str,
    by: Actor,
    melding: date | None = None,
    done: Callable[[RowReport], None] = lambda report: None,
) -> list[RowReport]:
    """Start a journey for every row that can be used.

    Args:
        journeys: starts them.
        rows: from ``read_rows``.
        gemeente: the municipality.
        by: who imports.
        melding: the day of the melding for rows without one; None: today.
        done: told of every row as it ends, in no order.

    Returns:
        A report per row, in the order of the file.
    """

    async def start(row: Row) -> Started:
        return await journeys.start(
            gemeente=gemeente,
            by=by,
            bsn=row.bsn,
            reference=row.reference,
            melding=row.melding or melding,
            channel=row.channel,
            household=row.household,
        )

    return await run_rows(rows, start, done)


class Importable(Protocol):
    """What a row needs to be imported once."""

    @property
    def number(self) -> int: ...
    @property
    def bsn(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def problem(self) -> str: ...


Some = TypeVar("Some", bound=Importable)


async def run_rows(
    rows: Sequence[Some],
    start: Callable[[Some], Awaitable[Started]],
    done: Callable[[RowReport], None],
) -> list[RowReport]:
    """Start what each row says, a few at once, and every person once.

    Args:
        rows: usable, or with their problem.
        start: starts one.
        done: told of every row as it ends, in no order.

    Returns:
        A report per row, in the order of the rows.
    """
    gate = asyncio.Semaphore(AT_ONCE)
    first: dict[str, asyncio.Future[RowReport]] = {}

    async def one(row: Some) -> RowReport:
        report = await outcome(row)
        done(report)
        return report

    async def outcome(row: Some) -> RowReport:
        if row.problem:
            return RowReport(row.number, "geweigerd", reason=row.problem)
        identity = row.bsn or row.reference
        if identity in first:
            earlier = await first[identity]
            if earlier.outcome != "geweigerd":
                return RowReport(
                    row.number, "loopt_al", earlier.journey, f"Dezelfde persoon als in rij {earlier.row}."
                )
            return RowReport(row.number, "geweigerd", reason=earlier.reason)
        first[identity] = asyncio.get_running_loop().create_future()
        report = RowReport(
            row.number,
            "geweigerd",
            reason="De import is afgebroken voordat deze rij aan de beurt was. Draai de import opnieuw.",
        )
        try:
            async with gate:
                report = await attempt(row)
        finally:
            first[identity].set_result(report)
        return report

    async def attempt(row: Some) -> RowReport:
        try:
            started = await start(row)
        except (Refused, NotHeld, WrongIdentity) as error:
            return RowReport(row.number, "geweigerd", reason=str(error))
        reason = "Er liep al een klantroute." if started.outcome == "loopt_al" else ""
        return RowReport(row.number, started.outcome, started.journey_id, reason)

    return list(await asyncio.gather(*(one(row) for row in rows)))
