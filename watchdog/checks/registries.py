"""Registries that give no answers that are of use: one alarm for all journeys, however many ask."""

from collections.abc import Sequence
from datetime import timedelta

from activities.gate import Gate
from domain.questions import REGISTRY_NAMES, Registry, begun, registry_of
from watchdog.sources import POSTGRESQL, Check, Sources
from watchdog.trouble import Trouble

SILENT = "registratie-stil"
REFUSES = "registratie-weigert"
NONSENSE = "registratie-onbegrijpelijk"
RECENT = timedelta(days=1)
"""What was answered longer ago says nothing of today."""


async def _registries(sources: Sources) -> Sequence[Trouble]:
    troubles = [
        Trouble(
            cause=f"{SILENT}:{registry}",
            sentence=(
                f"{begun(REGISTRY_NAMES[registry])} geeft al langer dan {sources.grace // timedelta(minutes=1)} minuten geen antwoord; "
                f"{waiting} {'vraag wacht' if waiting == 1 else 'vragen wachten'}. Termijnen lopen gewoon door."
            ),
            remedy=(
                "Netwerkbeheer of leverancier: 'meedoen doctor' zegt tot waar het gaat. Duurt het langer dan het beleid "
                "geduld heeft, dan vraagt elke klantroute een mens om zelf te kijken; daarna gaat alles vanzelf verder."
            ),
        )
        for registry, waiting in (await _silent(sources)).items()
    ]
    for row in await sources.database.fetch(_LAST_ANSWERS, RECENT):
        registry = registry_of(row["question"])
        if registry is None:
            continue
        refused = row["outcome"] == "geweigerd"
        trouble = Trouble(
            cause=f"{REFUSES if refused else NONSENSE}:{registry}",
            sentence=(
                f"{begun(REGISTRY_NAMES[registry])} weigert onze vragen."
                if refused
                else f"Antwoorden van {REGISTRY_NAMES[registry]} zijn niet te begrijpen."
            ),
            remedy=(
                "Contractbeheerder of applicatiebeheer: kijk sleutel, autorisatie, doelbinding en certificaat na; 'meedoen "
                "doctor' zegt welke. Wat gevraagd was, wordt daarna vanzelf opnieuw gevraagd."
                if refused
                else "Leverancier: vraag of het bericht is veranderd. Klantroutes vragen zolang een mens om zelf te kijken."
            ),
        )
        if trouble not in troubles:
            troubles.append(trouble)
    return troubles


async def _silent(sources: Sources) -> dict[Registry, int]:
    """Registries that nobody calls any more for want of answers, with how many questions wait."""
    found: dict[Registry, int] = {}
    now = await sources.database.fetchval("SELECT clock_timestamp()")
    for gate in await Gate(sources.database).states():
        if gate.since is not None and now - gate.since > sources.grace:
            found[gate.registry] = found.get(gate.registry, 0) + gate.waiting
    return found


# The latest end of each question counts: a good answer after a refusal has mended it.
_LAST_ANSWERS = """
    SELECT question, outcome FROM (
        SELECT DISTINCT ON (question) question, outcome FROM look_up
        WHERE at > clock_timestamp() - $1::interval
            AND outcome IN ('gevonden', 'niet_gevonden', 'geweigerd', 'onbegrijpelijk')
        ORDER BY question, at DESC
    ) latest
    WHERE outcome IN ('geweigerd', 'onbegrijpelijk') ORDER BY question
"""

REGISTRIES = Check("registraties", _registries, frozenset({POSTGRESQL}))
