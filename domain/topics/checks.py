"""What the scheduled check of all files found: a question for the teamleider."""

from typing import Literal

from pydantic import Field

from domain.base import Frozen
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import SYSTEM, Act

Wrong = Literal[
    "dubbele_klantroute",
    "meer_plannen",
    "geen_eigenaar",
    "geen_volgende_stap",
    "geen_moment",
    "geen_huishouden",
]
KIND = "controle"
_SAID: dict[Wrong, str] = {
    "dubbele_klantroute": "Deze cliënt heeft twee open klantroutes. Kijk welke doorgaat, neem over wat in de andere "
    "staat en beëindig die.",
    "meer_plannen": "Dit huishouden heeft meer dan één plan. Voeg ze samen: het oudste blijft.",
    "geen_eigenaar": "Niemand is verantwoordelijk voor dit dossier. Wijs vandaag een eigenaar aan.",
    "geen_volgende_stap": "Van dit dossier is niet te zeggen wat de volgende stap is. Bekijk het en leg vast wat nodig is.",
    "geen_moment": "In dit dossier loopt niets dat iemand op tijd zal waarschuwen. Bekijk het en leg vast wat nodig is.",
    "geen_huishouden": "Deze klantroute hoort na een dag nog bij geen huishouden. Meld het bij beheer; plan en regisseur "
    "kunnen intussen in de klantroute worden vastgelegd.",
}


class ControleGemeld(Frozen):
    wat: Wrong
    week: str = Field(pattern=r"^\d{4}-W\d{2}$", description="In welke week het gezien is")


def controle_gemeld(draft: Draft, act: Act, data: ControleGemeld) -> None:
    """One such question at a time; what is still so a week after it was answered is asked again."""
    ref = f"{data.wat}:{data.week}"
    if any(task.id.startswith(f"{KIND}:{data.wat}:") for task in draft.state.open_tasks(KIND)):
        return
    draft.open_task(KIND, ref, _SAID[data.wat], role="teamleider", reasons=(data.wat,))


ACTS = (
    ActSpec(
        name="controle_gemeld",
        label="Gevonden bij de controle van alle dossiers",
        origin="van_buiten",
        roles=frozenset({SYSTEM}),
        stages=ALL_STAGES,
        data=ControleGemeld,
        rule=controle_gemeld,
        why="Een dossier zonder eigenaar, volgende stap of lopend moment is een fout die boven water komt",
    ),
)
