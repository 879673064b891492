"""Looks whether everything around Meedoen is set up right."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from domain.base import Explained
from starter.commands.output import Json, counting, print_json

if TYPE_CHECKING:
    from starter.doctor.result import Result

BAD = 1


class UnknownGroup(Explained):
    """``--only`` names something that is not checked."""


def _doctor(
    only: Annotated[
        str, typer.Option("--only", help="Alleen deze onderdelen, met komma's ertussen, zoals brp,mail.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Kijken of alles goed is ingesteld, en wie iets kan herstellen. Code 1: er is iets fout."""
    import asyncio

    from runtime.logging import configure_logging

    # What a check stumbles over stands in its sentence.
    configure_logging("CRITICAL")
    results = asyncio.run(_results([name.strip() for name in only.split(",") if name.strip()]))
    wrong = [result for result in results if result.verdict == "fout"]
    if as_json:
        print_json({"good": not wrong, "results": results})
    else:
        _print(results)
    if wrong:
        raise typer.Exit(BAD)


async def _results(groups: list[str]) -> "list[Result]":
    from runtime.settings import SettingsError, load_settings
    from starter.doctor.checks import all_checks
    from starter.doctor.examine import examine, selected
    from starter.doctor.result import APPLICATION, Result, Verdict
    from starter.doctor.tools import Tools

    try:
        settings = load_settings()
    except SettingsError as error:
        # Without them there is nothing else to look at.
        return [
            Result(
                check="instellingen.leesbaar",
                label="Instellingen",
                verdict=Verdict.WRONG,
                sentence=str(error),
                who=APPLICATION,
            )
        ]
    async with Tools(settings) as tools:
        checks = all_checks(settings, tools)
        known = list(dict.fromkeys(check.group for check in checks))
        if strange := [group for group in groups if group not in known]:
            raise UnknownGroup(
                f"--only {', '.join(strange)}: dat onderdeel is er niet. Kies uit: {', '.join(known)}."
            )
        chosen = selected(checks, groups)
        with counting("Controle", len(chosen)) as advance:
            return await examine(chosen, lambda result: advance())


def _print(results: "list[Result]") -> None:
    for result in results:
        who = f" [voor: {result.who}]" if result.who else ""
        print(f"{result.verdict.value.upper():<13}{result.label}: {result.sentence}{who}")
    counted: dict[str, Any] = {}
    for result in results:
        counted[result.verdict.value] = counted.get(result.verdict.value, 0) + 1
    print("\n" + ", ".join(f"{number} {name}" for name, number in counted.items()) + ".")


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("doctor")(_doctor)
