"""The directory of staff and teams."""

from pathlib import Path
from typing import Annotated

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
    """Wie er werkt: codes, rollen en teams."""
    import asyncio

    asyncio.run(_listed(gemeente, as_json))


async def _listed(gemeente: str, as_json: bool) -> None:
    from activities.directory import Directory
    from runtime.database import open_pool
    from runtime.settings import load_settings

    async with open_pool(load_settings()) as pool:
        people = await Directory(pool).people(gemeente)
    if as_json:
        print_json([{"code": p.code, "roles": p.roles, "teams": p.teams} for p in people])
        return
    print_table(
        ["code", "rollen", "teams"],
        [(p.code, ", ".join(p.roles), ", ".join(p.teams)) for p in people],
        empty=f"Er is geen medewerkerslijst van {gemeente}. Laad haar met 'meedoen staff-load BESTAND'.",
    )


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("staff-load")(_load)
    app.command("staff")(_people)
