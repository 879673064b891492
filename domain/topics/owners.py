"""Who is responsible."""

from pydantic import Field

from domain.acts import Nothing, Reason
from domain.base import Frozen
from domain.declaration import ALL_STAGES, OPEN_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.journey import JourneyState, Owner, Track
from domain.roles import FRONT, LEAD
from domain.topics.handover import owned_with, withdraw_offer


class EigenaarToegewezen(Frozen):
    spoor: Track = Track.TRAJECT
    team: str = Field(min_length=2, max_length=60)
    persoon: str = Field(default="", max_length=60, description="Code van de medewerker")


class TeamBetrokken(Frozen):
    team: str = Field(min_length=2, max_length=60)


class RegisseurAangewezen(Frozen):
    team: str = Field(min_length=2, max_length=60)
    persoon: str = Field(min_length=1, max_length=60, description="Code van de medewerker")


class RegisseurGeweigerd(Frozen):
    reden: str = Reason


SEEK = "regisseur_zoeken"
"""The task of who has to find another regisseur."""


def eigenaar_toegewezen(draft: Draft, act: Act, data: EigenaarToegewezen) -> None:
    withdraw_offer(draft, data.spoor, "er is een eigenaar toegewezen")
    owner = Owner(team=data.team, person=data.persoon)
    draft.set(owners={**draft.state.owners, data.spoor: owner})


def team_betrokken(draft: Draft, act: Act, data: TeamBetrokken) -> None:
    draft.involve(data.team)


def regisseur_aangewezen(draft: Draft, act: Act, data: RegisseurAangewezen) -> None:
    """Until the regisseur accepts, the team of first contact stays responsible."""
    draft.cancel(("aanvaarding",), "er is opnieuw een regisseur aangewezen")
    draft.close_tasks(SEEK, by=act.by, on=act.effective, outcome="er is een regisseur aangewezen")
    if data.team != draft.owner(Track.TRAJECT).team:
        # Waiting for another team's answer is a matter of two teams, also on the ladder.
        draft.involve(data.team)
    draft.arm("aanvaarding", act.effective, track=Track.TRAJECT)


def _proposed(state: JourneyState) -> RegisseurAangewezen:
    named = state.acts("regisseur_aangewezen")
    if named and state.open_terms("aanvaarding"):
        return RegisseurAangewezen.model_validate(named[-1].data)
    raise Refused("Er is geen regisseur aangewezen die kan aanvaarden. Wijs eerst een regisseur aan.")


def check_regisseur_aanvaard(state: JourneyState, act: Act, data: Nothing) -> None:
    proposed = _proposed(state)
    if act.by.role == "regisseur" and act.by.code not in (proposed.persoon, "regisseur"):
        raise Refused("Alleen wie is aangewezen kan aanvaarden. Laat de aangewezen regisseur dit doen.")


def check_regisseur_geweigerd(state: JourneyState, act: Act, data: RegisseurGeweigerd) -> None:
    proposed = _proposed(state)
    if act.by.role == "regisseur" and act.by.code not in (proposed.persoon, "regisseur"):
        raise Refused("Alleen wie is aangewezen kan weigeren. Laat de aangewezen regisseur dit doen.")


def regisseur_geweigerd(draft: Draft, act: Act, data: RegisseurGeweigerd) -> None:
    """Nothing changes hands: the owner stays responsible, hears of it, and looks for somebody else."""
    draft.cancel(("aanvaarding",), "de aangewezen regisseur aanvaardt niet")
    text = (
        "De aangewezen regisseur aanvaardt niet. U blijft verantwoordelijk. Wijs een andere regisseur aan; is er "
        "geen te vinden, roep dan doorzettingsmacht in."
    )
    draft.open_task(
        SEEK,
        act.id,
        f"{text} Reden: {data.reden}",
        mail=text,
        reasons=("regisseur_geweigerd",),
    )


def regisseur_aanvaard(draft: Draft, act: Act, data: Nothing) -> None:
    proposed = _proposed(draft.state)
    draft.meet("aanvaarding", act.effective)
    tracks = owned_with(Track.REGIE)
    for track in tracks:
        withdraw_offer(draft, track, "een regisseur aanvaardde")
    owner = Owner(team=proposed.team, person=proposed.persoon)
    draft.set(owners={**draft.state.owners, **dict.fromkeys(tracks, owner)})


ACTS = (
    ActSpec(
        name="eigenaar_toegewezen",
        label="Eigenaar toegewezen",
        origin="eigen",
        roles=FRONT | LEAD,
        stages=ALL_STAGES,
        data=EigenaarToegewezen,
        rule=eigenaar_toegewezen,
        plannable=True,
        why="Er is altijd iemand verantwoordelijk",
    ),
    ActSpec(
        name="team_betrokken",
        label="Team betrokken",
        origin="eigen",
        roles=FRONT | LEAD,
        stages=OPEN_STAGES,
        data=TeamBetrokken,
        rule=team_betrokken,
        why="Is een ander team betrokken, dan gaat de derde trede naar het ketenoverleg",
    ),
    ActSpec(
        name="regisseur_aangewezen",
        label="Regisseur aangewezen",
        origin="eigen",
        roles=FRONT | LEAD,
        stages=OPEN_STAGES,
        data=RegisseurAangewezen,
        rule=regisseur_aangewezen,
        may_arm=("aanvaarding",),
        at_household=True,
        why="Eén regisseur",
    ),
    ActSpec(
        name="regisseur_aanvaard",
        label="Regisseur aanvaardt",
        origin="eigen",
        roles=frozenset({"regisseur"}),
        stages=OPEN_STAGES,
        check=check_regisseur_aanvaard,
        rule=regisseur_aanvaard,
        at_household=True,
        why="Overdracht geldt pas na aanvaarding",
    ),
    ActSpec(
        name="regisseur_geweigerd",
        label="Regisseur aanvaardt niet",
        origin="eigen",
        roles=frozenset({"regisseur", "teamleider"}),
        stages=OPEN_STAGES,
        data=RegisseurGeweigerd,
        check=check_regisseur_geweigerd,
        rule=regisseur_geweigerd,
        at_household=True,
        why="Wie niet aanvaardt zegt het; de eigenaar blijft verantwoordelijk en zoekt verder",
    ),
)
