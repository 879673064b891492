"""The command that shows a route: in words, or as a picture."""

from pathlib import Path
from typing import Annotated, Any

import typer

from domain.base import Explained
from starter.commands.output import Json, print_json

PICTURES = "docs/routes"


class UnknownRoute(Explained):
    """There is no such route, or it is not clear which one."""


def _route(
    name: Annotated[str, typer.Argument(help="Welke route, bijvoorbeeld regulier.")] = "",
    svg: Annotated[
        Path | None, typer.Option(help="Teken de route in dit bestand; met --all in deze map.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Alle routes.")] = False,
    policy: Annotated[
        str, typer.Option(help="Termijnen volgens het beleid van welke gemeente.")
    ] = "deventer",
    on: Annotated[
        str,
        typer.Option(help="Zoals de termijnen op deze dag zijn; standaard op de eerste dag van het beleid."),
    ] = "",
    as_json: Json = False,
) -> None:
    """Een route laten zien: fasen, termijnen, handelingen en uitgangen; met --svg als plaatje."""
    from domain.routes import ROUTES
    from runtime.policies import load_policy
    from runtime.settings import load_settings
    from starter.commands.policy import read_date
    from starter.pictures import draw, sheet_of

    if bool(name) == every:
        raise UnknownRoute(f"Welke route? Noem er één ({', '.join(ROUTES)}), of geef --all voor allemaal.")
    if name and name not in ROUTES:
        raise UnknownRoute(f"Route {name!r} bestaat niet. Kies uit: {', '.join(ROUTES)}.")
    rules = load_policy(policy, load_settings().policies_dir)
    day = read_date(on, "--on") if on else rules.valid_from
    sheets = [sheet_of(route, rules, day) for route in ROUTES.values() if every or route.key == name]
    if svg is not None:
        for sheet in sheets:
            _write(svg / f"{sheet.key}.svg" if every else svg, draw(sheet))
        return
    if as_json:
        print_json([_plain(sheet) for sheet in sheets] if every else _plain(sheets[0]))
        return
    for sheet in sheets:
        _tell(sheet)


def _write(file: Path, picture: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(picture, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UnknownRoute(
            f"{file} is niet te schrijven ({error.strerror}). Kies een ander bestand."
        ) from None
    print(f"{file} is getekend.")


def _plain(sheet: Any) -> dict[str, Any]:
    from dataclasses import asdict

    found = asdict(sheet)
    for column in found["columns"]:
        column["moving"] = sorted(column["moving"])
    return found


def _tell(sheet: Any) -> None:
    print(f"{sheet.key}  -  {sheet.label} ({sheet.source})")
    for column in sheet.columns:
        print(f"\n{column.label}: {column.purpose}")
        for term in column.terms:
            print(f"    {term.name}: {term.length}")
        for label in column.acts:
            print(f"  {'->' if label in column.moving else ' -'} {label}")
        if column.more:
            print(f"     en {column.more} meer; zie 'meedoen acts {sheet.key} --fase {column.stage.value}'")
    print("\nUitgangen")
    for way in sheet.exits:
        print(f"  {way.label}, {way.leads}{': ' if way.choices else ''}{', '.join(way.choices)}")
    for lane in sheet.lanes:
        print(f"\nSpoor {lane.label}")
        for term in lane.terms:
            print(f"    {term.name}: {term.length}")
        print(f"  {', '.join((*lane.facts, *lane.acts))}")
    print(f"\nVan buiten, in elke fase: {', '.join(sheet.facts)}")


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("route")(_route)
