"""The command ``meedoen lookups``: what was asked of registries about somebody (inzageverzoek)."""

from typing import TYPE_CHECKING, Annotated

import typer

from starter.commands.output import Json, print_json, print_table, say

if TYPE_CHECKING:
    from activities.processing_log import LogLine

_OUTCOMES = {
    "gevonden": "gevonden",
    "niet_gevonden": "niet gevonden",
    "geen_antwoord": "geen antwoord",
    "onbegrijpelijk": "antwoord onbegrijpelijk",
    "geweigerd": "vraag geweigerd",
}
_ABOUT = {"": "cliënt", "gewist": "[gewist]"}


def _lookups(
    client: Annotated[str, typer.Argument(help="Cliëntnummer (17), deventer-17 of een klantroute.")],
    as_json: Json = False,
) -> None:
    """Welke vragen over een cliënt aan registers zijn gesteld, waarvoor en met welke uitkomst (inzageverzoek)."""
    import asyncio

    asyncio.run(_looked_up(client, as_json))


async def _looked_up(client: str, as_json: bool) -> None:
    from activities.processing_log import ProcessingLog
    from domain.journey import read_journey_id
    from runtime.keys import KeyRing
    from starter.office import open_records

    async with open_records() as records:
        found = read_journey_id(await records.worklist.find(client))
        assert found is not None
        gemeente, number, _ = found
        log = ProcessingLog(records.pool, KeyRing.load(records.settings.key_file))
        lines = await log.of_client(gemeente, number)
    if as_json:
        print_json(
            {
                "gemeente": gemeente,
                "client": number,
                "lookups": [line.model_dump(mode="json") for line in lines],
            }
        )
        return
    _print(lines, f"{gemeente}-{number}")


def _print(lines: "list[LogLine]", client: str) -> None:
    from domain.calendars import AMSTERDAM
    from domain.questions import label_of

    print_table(
        ["wanneer", "vraag", "over", "waarvoor", "uitkomst"],
        [
            (
                f"{line.start_time.astimezone(AMSTERDAM):%d-%m-%Y %H:%M}",
                label_of(line.question),
                _ABOUT.get(line.about, line.about),
                line.purpose,
                _outcome(line),
            )
            for line in lines
        ],
        empty=f"Over cliënt {client} is niets aan een register gevraagd.",
    )
    if any(line.about == "iemand anders" for line in lines):
        say(
            "Regels over iemand anders horen bij een vraag over het gezin; over hen kan die persoon zelf inzage vragen."
        )


def _outcome(line: "LogLine") -> str:
    if line.outcome is not None:
        return _OUTCOMES.get(line.outcome, line.outcome)
    return "onbekend: nog bezig, of afgebroken" if line.end_time is None else "mislukt door een fout van ons"


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("lookups")(_lookups)
