"""Import of residents who are on benefit already (zittend bestand): no melding, no term of the past."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from domain.base import Explained
from domain.calendars import CalendarNotCovered, say
from domain.facts import HOUSEHOLDS
from domain.happenings import Actor
from domain.identity import WrongIdentity
from domain.policy import Policy
from domain.problems import WHOLE, problems_in
from domain.routes import ROUTES
from domain.topics.stock import FIRST_ALLOWANCE, Overname, review_days
from starter.importing import Line, RowReport, read_table, run_rows, who
from starter.journeys import Journeys, Started

COLUMNS = {
    "bsn": ("bsn", "burgerservicenummer"),
    "kenmerk": ("kenmerk", "referentie"),
    "route": ("route",),
    "fase": ("fase",),
    "uitkering_sinds": ("uitkering_sinds", "ingangsdatum_uitkering"),
    "huishouden": ("huishouden",),
    "activiteit": ("activiteit",),
    "plek": ("plek", "partner"),
    "activiteit_sinds": ("activiteit_sinds",),
    "team": ("team",),
    "medewerker": ("medewerker",),
    "trede": ("trede",),
    "trede_gemeten": ("trede_gemeten",),
}
"""Our name of a column, and the headings under which it is known."""
UNKNOWN = ("", "onbekend")
_DATES = ("uitkering_sinds", "activiteit_sinds", "trede_gemeten")
_EXAMPLES = (
    "123456782;;regulier;mna;2019-03-01;alleenstaand;vrijwilligerswerk;buurthuis;2024-09-02;werktalent;;4;2026-02-10",
    ";OUD-00017;onbekend;onbekend;onbekend;onbekend;onbekend;;;onbekend;;onbekend;",
)


class SpreadRefused(Explained):
    """The period for the first reviews cannot be used; nothing was started."""


@dataclass(frozen=True)
class StockRow:
    """One resident to take over. ``problem``: why the row cannot be used."""

    number: int
    bsn: str = ""
    reference: str = ""
    route: str = "regulier"
    household: str = "onbekend"
    known: dict[str, Any] = field(default_factory=dict)
    """The fields of the act ``overname``."""
    problem: str = ""


@dataclass(frozen=True)
class Spread:
    """The days on which first reviews may fall."""

    first: date
    last: date
    days: tuple[date, ...]
    """The opening days among them."""


def template() -> str:
    """The heading and two examples, as CSV with semicolons."""
    return "\n".join((";".join(COLUMNS), *_EXAMPLES, ""))


def spread_over(first: date, last: date, policy: Policy, *, today: date) -> Spread:
    """The period over which first reviews are spread.

    Raises:
        SpreadRefused: it is no period ahead with opening days, within the calendar's table.
    """
    if first > last:
        raise SpreadRefused(
            f"--spread-from ({say(first)}) ligt na --spread-until ({say(last)}). Draai ze om."
        )
    if first <= today:
        raise SpreadRefused(
            f"--spread-from is geweigerd: {say(first)} ligt niet na vandaag ({say(today)}). Kies een periode die nog komt."
        )
    try:
        days = review_days(first, last, policy.calendars)
    except CalendarNotCovered as error:
        raise SpreadRefused(f"--spread-until is geweigerd. {error}") from None
    if not days:
        raise SpreadRefused(
            f"Tussen {say(first)} en {say(last)} is de gemeente geen dag open. Kies een langere periode."
        )
    return Spread(first, last, tuple(days))


def read_lines(path: Path) -> tuple[list[Line], list[str]]:
    """The lines of a file of residents, and the headings that are not used; see ``read_table``.

    Raises:
        ImportRefused: it cannot be read, or has no column to know a person by.
    """
    return read_table(path, COLUMNS)


def read_stock(
    lines: Iterable[Line],
    *,
    today: date,
    spread: Spread,
    teams: Collection[str],
    staff: Mapping[str, tuple[str, ...]],
) -> list[StockRow]:
    """The residents to take over, from the lines of a file.

    Args:
        lines: from ``read_lines``.
        today: what is known cannot lie after this day.
        spread: when first reviews may fall.
        teams: the codes of the municipality's teams.
        staff: the code of everybody who works there, with their teams.

    Returns:
        The rows, each usable or with every problem that it has, by column.
    """
    return [_row(line, today, spread, teams, staff) for line in lines]


def _row(
    line: Line, today: date, spread: Spread, teams: Collection[str], staff: Mapping[str, tuple[str, ...]]
) -> StockRow:
    if line.problem:
        return StockRow(line.number, problem=line.problem)
    cells = {name: "" if said.lower() in UNKNOWN else said for name, said in line.cells.items()}
    problems: list[str] = []

    def code(column: str) -> str:
        return cells.get(column, "").lower().replace(" ", "_")

    bsn = reference = ""
    try:
        bsn, reference = who(cells)
    except WrongIdentity as error:
        problems.append(str(error))
    route = code("route")
    if route and route not in ROUTES:
        problems.append(f"Kolom route: deze route bestaat niet. Kies uit: {', '.join(ROUTES)}, of onbekend.")
    household = code("huishouden") or "onbekend"
    if household not in HOUSEHOLDS:
        problems.append(f"Kolom huishouden: kies uit: {', '.join(HOUSEHOLDS)}.")
    known: dict[str, Any] = {
        "route_bekend": bool(route),
        "herbeoordeling_van": spread.first.isoformat(),
        "herbeoordeling_tot": spread.last.isoformat(),
    }
    for column in _DATES:
        if not cells.get(column):
            continue
        try:
            known[column] = _day(cells[column], today).isoformat()
        except ValueError as error:
            problems.append(f"Kolom {column}: {error}")
    problems += _owner(cells.get("team", ""), cells.get("medewerker", ""), known, teams, staff)
    known |= {column: code(column) for column in ("fase", "activiteit") if code(column)}
    if cells.get("plek"):
        known["plek"] = cells["plek"]
    if step := cells.get("trede"):
        if step in ("1", "2", "3", "4", "5", "6"):
            known["trede"] = int(step)
        else:
            problems.append("Kolom trede: kies 1 tot en met 6, of onbekend.")
    elif known.pop("trede_gemeten", None):
        problems.append(
            "Kolom trede: er is een datum waarop gemeten is, maar geen trede. Vul beide in, of geen."
        )
    try:
        Overname.model_validate(known)
    except ValidationError as error:
        problems += [
            f"{problem.problem[0].upper()}{problem.problem[1:]}."
            if problem.field == WHOLE
            else f"Kolom {problem.field}: {problem.problem}."
            for problem in problems_in(error)
        ]
    return StockRow(
        line.number, bsn, reference, route or "regulier", household, known, problem=" ".join(problems)
    )


def _day(text: str, today: date) -> date:
    """A date as spreadsheets write it here.

    Raises:
        ValueError: with a sentence that does not repeat the cell.
    """
    parts = text.split("-")
    if len(parts) == 3 and len(parts[2]) == 4:
        text = f"{parts[2]}-{parts[1]:0>2}-{parts[0]:0>2}"
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(
            "dit is geen datum. Schrijf jaar-maand-dag (2026-05-01) of dag-maand-jaar."
        ) from None
    if day > today:
        raise ValueError("deze datum moet nog komen. Controleer de datum.")
    if day < FIRST_ALLOWANCE:
        raise ValueError(f"deze datum ligt vóór {say(FIRST_ALLOWANCE, weekday=False)}. Controleer het jaar.")
    return day


def _owner(
    team: str,
    person: str,
    known: dict[str, Any],
    teams: Collection[str],
    staff: Mapping[str, tuple[str, ...]],
) -> list[str]:
    """Add the owner to what is known; gives what is wrong with it."""
    problems = []
    if team and team not in teams:
        problems.append(
            f"Kolom team: dit team staat niet in de medewerkerslijst. Kies uit: {', '.join(sorted(teams))}."
        )
    if person and person not in staff:
        problems.append(
            "Kolom medewerker: deze code staat niet in de medewerkerslijst. Kijk met 'meedoen staff' wie er werkt."
        )
    elif person:
        team = team or next(iter(staff[person]), "")
        if not team:
            problems.append(
                "Kolom medewerker: deze medewerker hoort bij geen team. Vul ook de kolom team in."
            )
        elif staff[person] and team not in staff[person]:
            problems.append("Kolom medewerker: deze medewerker hoort niet bij dit team. Controleer de twee.")
    if team and not problems:
        known |= {"team": team} | ({"persoon": person} if person else {})
    return problems


async def take_over(
    journeys: Journeys,
    rows: list[StockRow],
    *,
    gemeente: str,
    by: Actor,
    done: Callable[[RowReport], None] = lambda report: None,
    only_look: bool = False,
) -> list[RowReport]:
    """Take over every resident whose row can be used, once.

    Args:
        journeys: starts them.
        rows: from ``read_stock``.
        gemeente: the municipality.
        by: who takes over.
        done: told of every row as it ends, in no order.
        only_look: change nothing; the report says what would happen.

    Returns:
        A report per row, in the order of the file.
    """

    async def start(row: StockRow) -> Started:
        if only_look:
            found = await journeys.running(gemeente, bsn=row.bsn, reference=row.reference)
            return Started(found or "", "loopt_al" if found else "gestart")
        return await journeys.take_over(
            gemeente=gemeente,
            by=by,
            known=row.known,
            bsn=row.bsn,
            reference=row.reference,
            household=row.household,
            route=row.route,
        )

    reports = await run_rows(rows, start, done)
    missing = {row.number: Overname.model_validate(row.known).unknown() for row in rows if not row.problem}
    return [
        replace(report, reason=f"Vraag aan een mens, nog onbekend: {', '.join(asked)}.")
        if report.outcome == "gestart" and (asked := missing[report.row])
        else report
        for report in reports
    ]


def asked_of_people(reports: list[RowReport], rows: list[StockRow]) -> Counter[str]:
    """How many residents who were taken over have each thing unknown, by the name of the field."""
    known = {row.number: row.known for row in rows}
    return Counter(
        name
        for report in reports
        if report.outcome == "gestart"
        for name in Overname.model_validate(known[report.row]).unknown()
    )
