"""The command that moves all journeys to another version of the code."""

from pathlib import Path
from typing import Annotated, Any

import typer

from starter.commands.output import Json, print_json, say


def _upgrade(
    to: Annotated[
        str, typer.Option("--to", help="Naar welke versie; standaard die van MEEDOEN_BUILD_ID.")
    ] = "",
    worker: Annotated[
        bool,
        typer.Option(
            "--worker/--no-worker", help="Zelf een worker van de nieuwe versie starten als die er niet is."
        ),
    ] = True,
    patience: Annotated[float, typer.Option(help="Hoeveel minuten hoogstens.", min=0.01)] = 15.0,
    as_json: Json = False,
) -> None:
    """Alle klantroutes op één versie zetten. Afgebroken? Draai het opnieuw; het gaat verder."""
    import asyncio

    raise typer.Exit(asyncio.run(_upgraded(to, worker, patience, as_json)))


async def _upgraded(to: str, worker: bool, patience: float, as_json: bool) -> int:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from runtime.database import open_pool
    from runtime.keys import KeyRing
    from runtime.settings import load_settings
    from runtime.temporal import connect
    from starter.upgrade import Upgrade, UpgradeRefused, UpgradeReport, Watching, worker_starter
    from starter.versions import Versions

    settings = load_settings()
    target = to or settings.build_id
    client = await connect(settings, KeyRing.load(settings.key_file))
    async with open_pool(settings) as pool:
        versions = Versions(client, pool, settings.task_queue)
        if not target:
            current = await versions.current()
            if current:
                raise UpgradeRefused(
                    f"Het is niet duidelijk naar welke versie: MEEDOEN_BUILD_ID is leeg en nu geldt versie "
                    f"{current!r}. Zet MEEDOEN_BUILD_ID op de nieuwe versie, of noem haar met --to."
                )
            _tell(UpgradeReport(""), as_json)
            return 0
        # Only this very code may go by the name of its version: a worker of the old version is started by
        # whoever has the old code.
        own = worker and target == settings.build_id
        columns = (TextColumn(f"Naar {target}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("Klantroutes", total=None)
            upgrade = Upgrade(
                versions,
                target,
                patience_seconds=patience * 60,
                start_worker=worker_starter(settings, Path.cwd()) if own else None,
                watching=Watching(
                    say=lambda sentence: progress.console.print(
                        sentence, markup=False, highlight=False, soft_wrap=True
                    ),
                    progress=lambda done, total: progress.update(task, completed=done, total=total),
                ),
            )
            report = await upgrade.run()
    _tell(report, as_json)
    return 1 if report.left else 0


def _tell(report: Any, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "version": report.version or None,
                "moved": report.moved,
                "already": report.already,
                "left": [
                    {"journey": left.journey_id, "version": left.build_id or None, "reason": left.reason}
                    for left in report.left
                ],
                "retired": report.retired,
                "stopping": report.stopping,
            }
        )
        return
    if not report.version:
        print(
            "Er hoeft niets: hier werkt alles zonder versies en klantroutes nemen nieuwe code vanzelf over."
        )
        return
    print(
        f"Versie {report.version} geldt. {report.moved} klantroutes zijn overgestapt, {report.already} waren al over, "
        f"{len(report.left)} nog niet."
    )
    for left in report.left:
        where = f"op versie {left.build_id}" if left.build_id else "nog op geen versie"
        print(f"  {left.journey_id} ({where}): {left.reason}")
    for build_id in report.retired:
        named = f"Versie {build_id}" if build_id else "Werken zonder versie"
        stops = (
            "haar workers zijn nog bezig te stoppen"
            if build_id in report.stopping
            else "haar workers zijn gestopt"
        )
        print(f"{named} is afgelost; {stops}.")
    if report.left:
        say(
            "Klantroutes die achterblijven wachten en zijn niet verloren. Verhelp de reden en draai dit opnieuw."
        )


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("upgrade")(_upgrade)
