"""Everything that the watchdog looks at, once, now."""

from typing import Any

import typer

from starter.commands.output import Json, print_json


def _watch(as_json: Json = False) -> None:
    """Kijken of alles loopt: klantroutes, workers, berichten, klokken, schijven. Code 1: er is iets."""
    import asyncio

    from runtime.logging import configure_logging
    from runtime.settings import load_settings
    from watchdog.rounds import Watcher

    settings = load_settings()
    # What a check stumbles over stands in its sentence; the rest belongs in the log of the watchdog.
    configure_logging("CRITICAL")
    looked = asyncio.run(Watcher(settings).look())
    troubles = [trouble for _, trouble in looked.troubles]
    if as_json:
        print_json({"at": looked.at, "troubles": troubles})
    else:
        _print(troubles)
    if troubles:
        raise typer.Exit(1)


def _print(troubles: list[Any]) -> None:
    if not troubles:
        print("Alles loopt.")
    for trouble in troubles:
        print(f"{trouble.sentence}\n  {trouble.remedy}")
        for example in trouble.examples:
            print(f"  - {example}")
        print(f"  (oorzaak: {trouble.cause})\n")


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("watch")(_watch)
