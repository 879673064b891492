"""What happens in a life: death, a move."""

from pydantic import Field

from domain.acts import Nothing
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act
from domain.journey import Stage
from domain.roles import ANYONE
from domain.topics.exits import close_journey


class Verhuizing(Frozen):
    gemeentecode: str = Field(default="", pattern=r"^(\d{4})?$", description="Code van de nieuwe gemeente")


def overlijden_gemeld(draft: Draft, act: Act, data: Nothing) -> None:
    """All terms of the person stop at once and no letter goes out; what is left is for a person."""
    draft.set(
        resident=draft.state.resident.model_copy(update={"deceased": True}),
        exit=draft.state.exit or "overlijden",
    )
    if draft.state.stage is not Stage.GESLOTEN:
        close_journey(draft, act.effective, "de inwoner is overleden")
    draft.open_task(
        "overlijden",
        act.id,
        "De inwoner is overleden. Stop brieven en betalingen en kijk naar de partner en het huishouden "
        "(Participatiewet art. 45 lid 5).",
    )


def verhuizing_gemeld(draft: Draft, act: Act, data: Verhuizing) -> None:
    draft.open_task(
        "verhuizing",
        act.id,
        f"De inwoner verhuist per {say(act.effective)}. Rond af of draag over (Participatiewet art. 40).",
    )


ACTS = (
    ActSpec(
        name="overlijden_gemeld",
        label="Overlijden gemeld",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=overlijden_gemeld,
        may_lead_to=frozenset({Stage.GESLOTEN}),
        why="Alle termijnen van deze persoon stoppen meteen",
    ),
    ActSpec(
        name="verhuizing_gemeld",
        label="Verhuizing gemeld",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Verhuizing,
        rule=verhuizing_gemeld,
        plannable=True,
        why="Participatiewet art. 40",
    ),
)
