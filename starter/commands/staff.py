"""The directory of staff and teams."""

from pathlib import Path
from typing import Annotated, Any

import typer

from domain.base import Explained
from starter.commands.output import Json, print_json, print_table


class UnreadableFile(Explained):
    """A file cannot be read."""


def _load(
    file: Annotated[Path, typer.Argument(help="Medewerkers en teams van één gemeente, in TOML.")],
    as_json: Json = False,
) -> None:
    """De medewerkerslijst van een gemeente vervangen door wat in het bestand staat."""
    import asyncio

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UnreadableFile(
            f"{file} is niet te lezen als tekst. Controleer het pad en bewaar als UTF-8."
        ) from None
    asyncio.run(_loaded(text, str(file), as_json))


async def _loaded(text: str, file: str, as_json: bool) -> None:
    from activities.directory import Directory
    from runtime.database import open_pool
    from runtime.settings import load_settings

    async with open_pool(load_settings()) as pool:
        summary = await Directory(pool).load(text, file)
    if as_json:
        print_json(summary._asdict())
    else:
        print(f"{summary.gemeente}: {summary.staff} medewerkers in {summary.teams} teams.")


def _people(
    gemeente: Annotated[str, typer.Argument(help="Welke gemeente.")] = "deventer", as_json: Json = False
) -> None:
    """Wie er werkt: codes, rollen, teams en afwezigheid."""
    import asyncio

    asyncio.run(_listed(gemeente, as_json))


async def _listed(gemeente: str, as_json: bool) -> None:
    from datetime import UTC, datetime

    from activities.directory import Directory
    from domain.calendars import civil_date
    from runtime.database import open_pool
    from runtime.demo_clock import clock_of
    from runtime.settings import load_settings

    settings = load_settings()
    today = civil_date(clock_of(settings).now(datetime.now(UTC)))
    async with open_pool(settings) as pool:
        directory = Directory(pool)
        people = await directory.people(gemeente)
        acting = await directory.acting(today, gemeente)
    coming = {p.code: [one for one in p.absences if one.until is None or one.until >= today] for p in people}
    if as_json:
        print_json(
            [
                {
                    "code": p.code,
                    "roles": p.roles,
                    "teams": p.teams,
                    "deputy": p.deputy,
                    "acting": acting.get((gemeente, p.code)),
                    "absences": [one.model_dump(mode="json") for one in coming[p.code]],
                }
                for p in people
            ]
        )
        return
    print_table(
        ["code", "rollen", "teams", "vervanger", "afwezig"],
        [
            (
                p.code,
                ", ".join(p.roles),
                ", ".join(p.teams),
                p.deputy or "",
                "; ".join(_said(one) for one in coming[p.code]),
            )
            for p in people
        ],
        empty=f"Er is geen medewerkerslijst van {gemeente}. Laad haar met 'meedoen staff-load BESTAND'.",
    )


def _said(absence: Any) -> str:
    from domain.calendars import say

    since = say(absence.since, weekday=False)
    until = "tot nader bericht" if absence.until is None else f"t/m {say(absence.until, weekday=False)}"
    number = "" if absence.number is None else f"nr. {absence.number}: "
    return f"{number}{since} {until}{f', {absence.deputy} neemt waar' if absence.deputy else ''}"


class NotAllowed(Explained):
    """Somebody may not record this."""


_MAY_FOR_OTHERS = ("teamleider", "afdelingshoofd", "beheer")


def _absent(
    code: Annotated[str, typer.Argument(help="Wie er afwezig is: de code uit de medewerkerslijst.")],
    since: Annotated[str, typer.Option("--from", help="Eerste dag; standaard vandaag.")] = "",
    until: Annotated[str, typer.Option("--until", help="Laatste dag. Weglaten: nog niet bekend.")] = "",
    deputy: Annotated[
        str, typer.Option("--deputy", help="Wie waarneemt. Weglaten: de vaste vervanger.")
    ] = "",
    undo: Annotated[
        int, typer.Option("--undo", help="Deze afwezigheid (nummer) intrekken, ook bij eerder terugkomen.")
    ] = 0,
    gemeente: Annotated[str, typer.Option(help="Welke gemeente.")] = "deventer",
    by: Annotated[
        str, typer.Option("--by", envvar="MEEDOEN_BY", help="Wie dit vastlegt; standaard de medewerker zelf.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Vastleggen dat iemand afwezig is en wie waarneemt, of dat intrekken. De reden hoort hier niet."""
    import asyncio

    from starter.commands.policy import read_date

    first = read_date(since, "--from") if since else None
    last = read_date(until, "--until") if until else None
    asyncio.run(_recorded(code, first, last, deputy, undo, gemeente, by, as_json))


async def _recorded(
    code: str, first: Any, last: Any, deputy: str, undo: int, gemeente: str, by: str, as_json: bool
) -> None:
    from datetime import UTC, datetime

    from activities.directory import Absence, Directory
    from domain.calendars import civil_date
    from runtime.database import open_pool
    from runtime.demo_clock import clock_of
    from runtime.settings import load_settings
    from starter.people import actor

    settings = load_settings()
    async with open_pool(settings) as pool:
        directory = Directory(pool)
        who = await actor(directory, gemeente, by, may=_MAY_FOR_OTHERS, default=code)
        if who.code != code and who.role not in _MAY_FOR_OTHERS:
            raise NotAllowed(
                f"{who.code} kan de afwezigheid van een ander niet vastleggen of intrekken. Dat kan de medewerker "
                f"zelf, of een {', '.join(_MAY_FOR_OTHERS)}."
            )
        if undo:
            await directory.withdraw_absence(gemeente, code, undo, by=who.code)
            number = undo
        else:
            first = first or civil_date(clock_of(settings).now(datetime.now(UTC)))
            absence = Absence(since=first, until=last, deputy=deputy or None)
            number = await directory.record_absence(gemeente, code, absence, by=who.code)
            acting = (await directory.acting(first, gemeente)).get((gemeente, code), "")
    if as_json:
        print_json({"code": code, "number": number, "withdrawn": bool(undo)})
    elif undo:
        print(f"Afwezigheid {number} van {code} is ingetrokken.")
    else:
        heard = acting or "de teamleider van het team"
        print(f"Afwezigheid {number} van {code} is vastgelegd. Berichten gaan naar {heard}.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("staff-load")(_load)
    app.command("staff")(_people)
    app.command("staff-absent")(_absent)
