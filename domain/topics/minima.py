"""The check of minimaregelingen, with the kindpakket: what somebody can get and does not have yet."""

from typing import Literal

from pydantic import Field

from domain.base import Frozen
from domain.declaration import OPEN_STAGES, ActSpec, Arms
from domain.draft import Draft
from domain.happenings import Act
from domain.roles import FRONT, INCOME

CHECK = "minimacheck"


class Minimacheck(Frozen):
    """What can still be asked for. Never an amount."""

    regelingen: Literal["onbekend", "niets", "aanvragen"] = Field(
        default="onbekend", description="Of er regelingen zijn die de inwoner nog niet heeft"
    )
    kindpakket: Literal["onbekend", "niet_van_toepassing", "heeft_al", "aanvragen"] = Field(
        default="onbekend", description="Voor kinderen in het huishouden"
    )


def minimacheck_gedaan(draft: Draft, act: Act, data: Minimacheck) -> None:
    found = (
        *(("minimaregelingen",) if data.regelingen == "aanvragen" else ()),
        *(("kindpakket",) if data.kindpakket == "aanvragen" else ()),
    )
    if found:
        draft.open_task(
            "minima_aanvragen",
            act.id,
            f"De inwoner kan nog aanvragen: {' en '.join(found)}. Help met de aanvraag.",
            reasons=found,
        )


ACTS = (
    ActSpec(
        name="minimacheck_gedaan",
        label="Minimacheck gedaan",
        origin="eigen",
        roles=FRONT | INCOME,
        stages=OPEN_STAGES,
        data=Minimacheck,
        meets=(CHECK,),
        arms=(Arms(term=CHECK, unless_running=True),),
        rule=minimacheck_gedaan,
        why="Beleid: bij de intake en daarna elk jaar kijken wat de inwoner nog niet gebruikt",
    ),
)
