"""Intake: the first talk."""

from datetime import date

from pydantic import Field

from domain.acts import Nothing
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import OPEN_STAGES, ActSpec, Arms
from domain.draft import Draft
from domain.happenings import Act
from domain.journey import Stage, TermStatus
from domain.roles import FRONT
from domain.topics.satisfaction import ask_how_content


class GesprekGepland(Frozen):
    datum: date = Field(description="Dag van het gesprek")
    op_verzoek: bool = Field(default=False, description="De inwoner vroeg zelf om een latere dag")


def gesprek_gepland(draft: Draft, act: Act, data: GesprekGepland) -> None:
    """An appointment. Later than promised counts as moved only when the resident asked for it."""
    draft.set(talk_offered=data.datum)
    for term in draft.state.open_terms("eerste_gesprek"):
        if data.datum <= term.due or term.status is not TermStatus.RUNNING:
            continue
        if data.op_verzoek:
            draft.extend(term, until=data.datum, by=act.by, why="op verzoek van de inwoner")
        else:
            draft.send(
                f"{term.id}/gepland/{act.id}",
                "eigenaar",
                "termijn",
                text=f"Het gesprek is gepland op {say(data.datum)}, na de laatste dag {say(term.due)}.",
                termijn=term.id,
            )


def gesprek_gevoerd(draft: Draft, act: Act, data: Nothing) -> None:
    """After the first talk the resident is asked how it went."""
    if not draft.state.acts("gesprek_gevoerd"):
        ask_how_content(draft, "na_intake", act.effective)


ACTS = (
    ActSpec(
        name="gesprek_gepland",
        label="Gesprek gepland",
        origin="eigen",
        roles=FRONT,
        stages=frozenset({Stage.INTAKE}),
        data=GesprekGepland,
        rule=gesprek_gepland,
        why="Een afspraak is nog geen gesprek; later op verzoek van de inwoner mag",
    ),
    ActSpec(
        name="gesprek_gevoerd",
        label="Gesprek gevoerd",
        origin="eigen",
        roles=FRONT,
        stages=OPEN_STAGES,
        meets=("eerste_gesprek", "nieuwe_uitnodiging", "persoonlijk_contact"),
        moves_to=Stage.PLAN,
        moves_from=frozenset({Stage.INTAKE}),
        arms=(Arms(term="plan"),),
        rule=gesprek_gevoerd,
        may_arm=(
            "klanttevredenheid",
            "start_mna",
            "trede_nulmeting",
        ),
        why="Het eerste gesprek opent het maken van een plan; latere gesprekken worden alleen vastgelegd",
    ),
)
