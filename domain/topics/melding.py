"""The melding: how a journey begins."""

from typing import Literal

from pydantic import Field

from domain.base import Frozen
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, LookUp
from domain.journey import Owner, Stage, Track
from domain.roles import ANYONE
from domain.topics.findings import BRP_QUESTION


class Melding(Frozen):
    kanaal: Literal["balie", "telefoon", "website", "brief", "partner", "import"] = "balie"
    wijk: str = Field(default="", pattern=r"^[a-z0-9-]{0,40}$", description="Code van de wijk, voor pilots")
    voor_bijstand: bool = Field(
        default=True, description="De inwoner meldt zich ook voor bijstand (Participatiewet art. 44 lid 2)"
    )


def melding(draft: Draft, act: Act, data: Melding) -> None:
    """The resident reports. The team of first contact is responsible until somebody takes over."""
    state = draft.state
    if Track.TRAJECT not in state.owners:
        draft.set(owners={**state.owners, Track.TRAJECT: Owner(team=draft.policy.first_team)})
    if draft.state.stage is Stage.GESLOTEN:
        draft.open_task(
            "nieuwe_melding",
            act.id,
            "De inwoner meldt zich opnieuw terwijl deze klantroute gesloten is. Start een nieuwe klantroute.",
        )
        return
    if data.voor_bijstand and state.benefit_reported_on is None:
        # Until UWV's own date is known, in the resident's favour.
        draft.set(benefit_reported_on=act.effective)
    if not state.open_terms("eerste_gesprek"):
        # Whoever reports has a talk within a week, also in the middle of a journey.
        draft.arm("eerste_gesprek", act.effective)
    if state.resident.has_bsn and not any(item.finding for item in state.log) and not state.look_ups:
        ask_brp(draft)


def ask_brp(draft: Draft) -> None:
    number = 1 + sum(1 for item in draft.state.log if item.finding)
    question = LookUp(id=f"{BRP_QUESTION}-{number}", question=BRP_QUESTION, asked_at=draft.now)
    draft.set(look_ups=(*draft.state.look_ups, question))
    draft.look_ups.append(question)


ACTS = (
    ActSpec(
        name="melding",
        label="Melding",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Melding,
        rule=melding,
        begins=True,
        why="Begroting: wie zich meldt, heeft binnen een kalenderweek een gesprek",
    ),
)
