"""Commands that save everything and put it back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from starter.commands.output import Json, print_json, say

if TYPE_CHECKING:
    from starter.backup.manifest import Manifest
    from starter.backup.put_back import Loss

BAD = 2
_Only = Annotated[str, typer.Option("--only", help="Alleen dit deel: postgresql of temporal.")]


def _backup(
    folder: Annotated[Path, typer.Argument(help="Map die de nieuwe reservekopie krijgt.")],
    check: Annotated[
        bool, typer.Option("--check", help="Niets maken: FOLDER is een reservekopie; probeer of zij goed is.")
    ] = False,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Bij --check: lees zoveel klantroutes in plaats van alle.")
    ] = None,
    only: _Only = "",
    as_json: Json = False,
) -> None:
    """Maak een reservekopie van PostgreSQL, Temporal en het beleid, terwijl alles doorwerkt."""
    import asyncio

    raise typer.Exit(asyncio.run(_check(folder, sample, as_json) if check else _make(folder, only, as_json)))


async def _make(folder: Path, only: str, as_json: bool) -> int:
    from runtime.settings import load_settings
    from starter.backup.make import make_backup
    from starter.backup.manifest import Part

    part = _part(only)
    parts: list[Part] = [part] if part else ["postgresql", "temporal"]
    place, manifest = await make_backup(load_settings(), folder, parts)
    if as_json:
        print_json({"folder": str(place.absolute()), "manifest": manifest.model_dump(mode="json")})
        return 0
    size = sum(stored.bytes for stored in manifest.files) / 1024**2
    print(f"Reservekopie gemaakt: {place} ({size:.1f} MiB, {_moment(manifest.made_at)}).")
    if manifest.contents is not None:
        print(
            f"Klantroutes: {manifest.contents.journeys}. Regels in het journaal: {manifest.contents.entries}."
        )
    print(
        f"De sleutels zitten er niet in. Nodig om te lezen: {', '.join(manifest.key_ids)}. Bewaar die apart, met "
        "'meedoen backup-keys BESTAND'."
    )
    return 0


async def _check(folder: Path, sample: int | None, as_json: bool) -> int:
    from runtime.settings import load_settings
    from starter.backup.proof import prove

    manifest, faults = await prove(load_settings(), folder, sample=sample)
    if as_json:
        print_json({"good": not faults, "faults": faults, "manifest": manifest.model_dump(mode="json")})
    elif faults:
        print("\n".join(faults))
        print("Nee: deze reservekopie is niet goed. Neem een andere.")
    else:
        print(
            f"Ja: deze reservekopie van {_moment(manifest.made_at)} is terug te zetten en te lezen"
            f"{_counted(manifest)}."
        )
    return BAD if faults else 0


def _backup_keys(
    file: Annotated[Path, typer.Argument(help="Nieuw bestand dat de sleutels krijgt.")],
) -> None:
    """Kopieer de sleutels, alleen leesbaar voor uzelf. Bewaar ze ergens anders dan de reservekopieën."""
    from runtime.settings import load_settings
    from starter.backup.make import copy_keys

    copy_keys(load_settings(), file)
    print(
        f"De sleutels staan in {file}. Leg dat bestand in de kluis, ergens anders dan de reservekopieën: wie beide "
        "heeft, kan alles lezen. Zonder de sleutels kan niemand iets lezen, ook u niet."
    )


def _restore(
    folder: Annotated[Path, typer.Argument(help="De reservekopie: een map met manifest.json.")],
    only: _Only = "",
    yes: Annotated[bool, typer.Option("--yes", help="Niet vragen; voor scripts.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Ook als er nog iets draait, of de sleutels niet passen.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Zet een reservekopie terug. Wat er nu staat, blijft onder een andere naam bewaard."""
    import asyncio

    raise typer.Exit(asyncio.run(_put_back(folder, _part(only), yes, force, as_json)))


async def _put_back(folder: Path, only: Any, yes: bool, force: bool, as_json: bool) -> int:
    from runtime.settings import load_settings
    from starter.backup.put_back import put_back

    async def confirm(manifest: "Manifest", loss: "Loss | None") -> bool:
        say(_warning(manifest, loss))
        return yes or _asked()

    done = await put_back(load_settings(), folder, only=only, force=force, confirm=confirm)
    if as_json:
        print_json(
            {
                "kept": done.kept,
                "erased_since": done.erased,
                "manifest": done.manifest.model_dump(mode="json"),
            }
        )
        return 0
    print(f"Teruggezet: de reservekopie van {_moment(done.manifest.made_at)}{_counted(done.manifest)}.")
    for name in done.kept:
        print(f"Wat er stond, staat nu in {name}. Verwijder dat pas als alles goed is.")
    if done.erased:
        print(
            f"Na deze reservekopie zijn cliënten gewist die nu weer leesbaar zijn: {', '.join(done.erased)}. Wis ze "
            "opnieuw."
        )
    print(
        "Nu verder, in deze volgorde:\n"
        "1. Is Meedoen intussen nieuwer dan de reservekopie, werk dan de tabellen bij: python -m migrations\n"
        "   Start daarna Temporal en een worker.\n"
        "2. meedoen reconcile --repair   legt Temporal en het journaal naast elkaar en herstelt verschillen\n"
        "3. meedoen verify               controleert het journaal\n"
        f"Het beleid van toen staat in {folder / 'beleid'}; vergelijk het met wat er nu is."
    )
    return 0


def _warning(manifest: "Manifest", loss: "Loss | None") -> str:
    text = f"Dit zet de toestand van {_moment(manifest.made_at)} terug (release {manifest.release})."
    if loss is None:
        return text
    if not loss.entries:
        return f"{text} Sindsdien is er niets in het journaal bijgekomen."
    last = f", de laatste van {_moment(loss.last_written)}" if loss.last_written else ""
    return (
        f"{text} Sindsdien kwamen er {loss.entries} regels bij in {loss.journeys} klantroutes{last}. Die staan dan "
        "alleen nog in de oude database, en misschien in Temporal."
    )


def _asked() -> bool:
    import sys

    from starter.backup.put_back import NotConfirmed

    if not sys.stdin.isatty():
        raise NotConfirmed("Er is niets veranderd: niemand kan antwoorden. Geef --yes als het zo bedoeld is.")
    return typer.confirm("Doorgaan?", default=False)


def _part(only: str) -> 'Literal["postgresql", "temporal"] | None':
    from starter.backup.errors import BackupError

    if only not in ("", "postgresql", "temporal"):
        raise BackupError(f"--only {only!r} bestaat niet. Kies postgresql of temporal.")
    return cast('Literal["postgresql", "temporal"]', only) if only else None


def _counted(manifest: "Manifest") -> str:
    found = manifest.contents
    return f", met {found.journeys} klantroutes en {found.entries} regels" if found else ""


def _moment(at: Any) -> str:
    from domain.calendars import AMSTERDAM

    return f"{at.astimezone(AMSTERDAM):%d-%m-%Y %H:%M:%S}"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("backup")(_backup)
    app.command("backup-keys")(_backup_keys)
    app.command("restore")(_restore)
