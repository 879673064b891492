"""The import of residents who are on benefit already: ``meedoen import --stock``."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import typer

from domain.base import Explained
from starter.commands.output import counting, print_json, say

_AS_USUAL = "beheer"


class WrongOption(Explained):
    """An option is missing, or does not fit with the others."""


def print_template() -> None:
    """The heading of the file and two examples."""
    from starter.stock import template

    print(template(), end="")


def import_stock(
    file: Path,
    *,
    gemeente: str,
    spread_from: str,
    spread_until: str,
    report: Path | None,
    strict: bool,
    dry_run: bool,
    by: str,
    as_json: bool,
) -> None:
    """Take over everybody of a file, or with ``dry_run`` say what would happen."""
    import asyncio

    from domain.calendars import civil_date
    from runtime.demo_clock import clock_of
    from runtime.policies import load_policy
    from runtime.settings import load_settings
    from starter.commands.policy import read_date
    from starter.stock import read_lines, spread_over

    if not spread_from or not spread_until:
        raise WrongOption(
            "Over welke periode worden de eerste herbeoordelingen verdeeld? Geef --spread-from en --spread-until, "
            "zoals --spread-from 2026-06-01 --spread-until 2026-09-30."
        )
    first = read_date(spread_from, "--spread-from")
    last = read_date(spread_until, "--spread-until")
    # What is wrong with the file or the period does not depend on a server.
    settings = load_settings()
    today = civil_date(clock_of(settings).now(datetime.now(UTC)))
    spread = spread_over(first, last, load_policy(gemeente, settings.policies_dir), today=today)
    lines, unused = read_lines(file)
    refused = asyncio.run(
        _take_over(settings, lines, unused, gemeente, today, spread, report, dry_run, by, as_json)
    )
    if refused and strict:
        raise typer.Exit(1)


async def _take_over(
    settings: Any,
    lines: list[Any],
    unused: list[str],
    gemeente: str,
    today: date,
    spread: Any,
    report_file: Path | None,
    dry_run: bool,
    by: str,
    as_json: bool,
) -> int:
    from starter.commands.journeys import write_report
    from starter.importing import Report
    from starter.office import open_office
    from starter.people import actor
    from starter.stock import asked_of_people, read_stock, take_over

    async with open_office(settings) as office:
        people = await office.directory.people(gemeente)
        rows = read_stock(
            lines,
            today=today,
            spread=spread,
            teams=await office.directory.teams(gemeente),
            staff={person.code: person.teams for person in people},
        )
        who = await actor(office.directory, gemeente, by, default=_AS_USUAL)
        with counting("Proef" if dry_run else "Overname", len(rows)) as advance:
            reports = await take_over(
                office.journeys,
                rows,
                gemeente=gemeente,
                by=who,
                done=lambda _: advance(),
                only_look=dry_run,
            )
        if not dry_run:
            for row in reports:
                if row.outcome == "gestart":
                    await office.worklist.wait_for(row.journey, seq=1, timeout=10)
    whole = Report(reports, unused)
    if report_file is not None:
        write_report(report_file, whole)
    counts, unknown = whole.counts(), asked_of_people(reports, rows)
    per_day = counts["gestart"] / len(spread.days)
    if as_json:
        print_json(
            {
                "dry_run": dry_run,
                "counts": counts,
                "unknown": dict(unknown),
                "reviews": {"from": spread.first, "until": spread.last, "days": len(spread.days)},
                "unused_columns": unused,
                "rows": [
                    {"row": r.row, "outcome": r.outcome, "journey": r.journey or None, "reason": r.reason}
                    for r in reports
                ],
            }
        )
        return counts["geweigerd"]
    _tell(reports, counts, unknown, unused, spread, per_day, dry_run)
    if report_file is not None:
        print(f"Het verslag per rij staat in {report_file}.")
    return counts["geweigerd"]


def _tell(
    reports: list[Any],
    counts: dict[str, int],
    unknown: Any,
    unused: list[str],
    spread: Any,
    per_day: float,
    dry_run: bool,
) -> None:
    from domain.calendars import say as spoken
    from domain.topics.stock import IN_WORDS

    if unused:
        say(f"Niet gebruikt: {len(unused)} {'kolom' if len(unused) == 1 else 'kolommen'}.")
    if dry_run:
        print("Dit is een proef; er is niets gestart.")
    started = "zouden overgenomen worden" if dry_run else "overgenomen"
    print(
        f"{counts['rijen']} rijen: {counts['gestart']} {started}, {counts['loopt_al']} liepen al, "
        f"{counts['geweigerd']} geweigerd."
    )
    if counts["gestart"]:
        print(
            f"Eerste herbeoordelingen: van {spoken(spread.first)} tot en met {spoken(spread.last)}, "
            f"{len(spread.days)} werkdagen, gemiddeld {f'{per_day:.1f}'.replace('.', ',')} per dag."
        )
    for name, number in unknown.most_common():
        print(f"  Onbekend bij {number}: {IN_WORDS[name]}")
    for row in reports:
        if row.outcome == "geweigerd":
            print(f"  rij {row.row}: {row.reason}")
