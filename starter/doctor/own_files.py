"""What we bring ourselves: settings, keys and policy."""

import asyncio

from domain.policy import PolicyError
from runtime.keys import KeyRing
from runtime.policies import load_policy, policy_names
from runtime.settings import Settings
from starter.doctor.examine import Check
from starter.doctor.result import APPLICATION, Told, note, right, wrong

KEYS = "sleutels.bestand"


def own_file_checks(settings: Settings) -> list[Check]:
    """The checks of settings, keys and policy."""
    return [
        Check("instellingen.leesbaar", "Instellingen", lambda: _settings(settings)),
        Check(KEYS, "Sleutelbestand", lambda: _keys(settings)),
        Check("beleid.bestanden", "Beleid", lambda: _policies(settings), seconds=30),
    ]


async def _settings(settings: Settings) -> Told:
    return right(f"De instellingen zijn te lezen; de omgeving is {settings.environment}.")


async def _keys(settings: Settings) -> Told:
    ring = KeyRing.load(settings.key_file)
    sealed = ring.seal(b"proef", context=b"doctor")
    ring.open(sealed.key_id, sealed.blob, context=b"doctor")
    return right(
        f"Het sleutelbestand is er, is alleen voor ons leesbaar en gaat open; de actieve sleutel is {ring.active}."
    )


async def _policies(settings: Settings) -> Told:
    folder = settings.policies_dir
    if folder is not None and not folder.is_dir():
        return wrong(
            "De map met beleid (MEEDOEN_POLICIES_DIR) is er niet. Zet de bestanden daar, of laat de instelling weg.",
            APPLICATION,
        )
    names = await asyncio.to_thread(policy_names, folder)
    if not names:
        return wrong(
            "Er is van geen enkele gemeente beleid. Zet het beleidsbestand van de gemeente in de map van "
            "MEEDOEN_POLICIES_DIR.",
            APPLICATION,
        )
    examples = []
    for name in names:
        try:
            policy = await asyncio.to_thread(load_policy, name, folder)
        except PolicyError as error:
            return wrong(f"Het beleid van {name} is niet te gebruiken. {error}", APPLICATION)
        if any(".example/" in asked.activity for asked in policy.questions.values()):
            examples.append(name)
    if examples and settings.environment == "productie":
        return note(
            f"In het beleid van {', '.join(examples)} staan bij vragen aan registraties nog voorbeeldadressen van "
            "verwerkingsactiviteiten ([questions], activity). Zet daar de adressen uit het register van de gemeente: zij "
            "komen in het verwerkingenlogboek.",
            APPLICATION,
        )
    return right(f"Het beleid is te lezen van: {', '.join(names)}.")
