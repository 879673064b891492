"""The melding: how a journey begins."""

from datetime import date
from typing import Literal

from pydantic import Field

from domain.base import Frozen
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, LookUp
from domain.journey import Owner, Stage, Track
from domain.policy import Policy
from domain.roles import ANYONE
from domain.topics.findings import BRP_QUESTION
from domain.topics.reentry import note_earlier_benefit
from domain.topics.routing import awaits_brp
from domain.topics.transfer import Transfer


class Melding(Frozen):
    kanaal: Literal["balie", "telefoon", "website", "brief", "partner", "import", "overdracht"] = "balie"
    overgedragen_van: Transfer | None = Field(
        default=None, description="Wat meekomt uit een andere gemeente; alleen bij een overdracht"
    )
    uitkering_beeindigd_op: date | None = Field(
        default=None, description="Dag waarop een eerdere uitkering eindigde, als die er was"
    )
    wijk: str = Field(default="", pattern=r"^[a-z0-9-]{0,40}$", description="Code van de wijk, voor pilots")
    toegang: str = Field(
        default="",
        pattern=r"^[a-z0-9-]{0,60}$",
        description="Code van het team waar de inwoner zich meldt; leeg: de toegang van de gemeente",
    )
    voor_bijstand: bool = Field(
        default=True, description="De inwoner meldt zich ook voor bijstand (Participatiewet art. 44 lid 2)"
    )


def front_team(act: Act, policy: Policy) -> str:
    """The team at whose door a journey began: responsible until somebody takes over (begroting 2019)."""
    return str(act.data.get("toegang") or policy.first_team)


def melding(draft: Draft, act: Act, data: Melding) -> None:
    """The resident reports. The team of first contact is responsible until somebody takes over."""
    state = draft.state
    if Track.TRAJECT not in state.owners:
        draft.set(owners={**state.owners, Track.TRAJECT: Owner(team=front_team(act, draft.policy))})
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
    if data.uitkering_beeindigd_op is not None:
        note_earlier_benefit(draft, act.id, data.uitkering_beeindigd_op, act.effective)
    if data.overgedragen_van is not None:
        _take_over(draft, act, data.overgedragen_van)
    if state.resident.has_bsn and not asked_before(draft) and not awaits_brp(state):
        ask_brp(draft)


def _take_over(draft: Draft, act: Act, transfer: Transfer) -> None:
    """Go on from a journey in another municipality: its ladder step, and terms that no move changes."""
    if draft.state.came_from == transfer.van:
        return
    draft.set(came_from=transfer.van, ladder_step=transfer.trede or draft.state.ladder_step)
    for term in transfer.inburgering:
        if term.termijn in draft.policy.terms and not draft.state.open_terms(term.termijn):
            draft.arm(term.termijn, term.begin, track=Track.INBURGERING, until=term.einde)
    draft.open_task(
        "overgenomen",
        act.id,
        f"Deze klantroute gaat verder op {transfer.van}; die stond in de fase {transfer.fase}. Notities en taken zijn "
        "niet meegekomen: vraag de inwoner zelf wat nodig is."
        + (
            " De inburgering loopt door; maak een nieuw PIP binnen tien weken na inschrijving (Besluit inburgering "
            "art. 5.3 lid 3)."
            if transfer.inburgering
            else ""
        ),
        reasons=("inburgering",) if transfer.inburgering else (),
    )


def asked_before(draft: Draft) -> int:
    """How often the BRP was asked about this resident and gave an answer, or none."""
    return sum(1 for item in draft.state.log if item.finding and item.finding.question == BRP_QUESTION)


def ask_brp(draft: Draft) -> None:
    number = 1 + asked_before(draft)
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
        may_arm=("eerste_gesprek",),
        why="Begroting: wie zich meldt, heeft binnen een kalenderweek een gesprek",
    ),
)
