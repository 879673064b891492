"""Who is responsible."""

from pydantic import Field

from domain.acts import Nothing
from domain.base import Frozen
from domain.declaration import OPEN_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.journey import JourneyState, Owner, Track
from domain.roles import FRONT, LEAD


class EigenaarToegewezen(Frozen):
    spoor: Track = Track.TRAJECT
    team: str = Field(min_length=2, max_length=60)
    persoon: str = Field(default="", max_length=60, description="Code van de medewerker")


class TeamBetrokken(Frozen):
    team: str = Field(min_length=2, max_length=60)


class RegisseurAangewezen(Frozen):
    team: str = Field(min_length=2, max_length=60)
    persoon: str = Field(min_length=1, max_length=60, description="Code van de medewerker")


def eigenaar_toegewezen(draft: Draft, act: Act, data: EigenaarToegewezen) -> None:
    owner = Owner(team=data.team, person=data.persoon)
    draft.set(owners={**draft.state.owners, data.spoor: owner})


def team_betrokken(draft: Draft, act: Act, data: TeamBetrokken) -> None:
    draft.set(teams=tuple(dict.fromkeys((*draft.state.teams, data.team))))


def regisseur_aangewezen(draft: Draft, act: Act, data: RegisseurAangewezen) -> None:
    """Until the regisseur accepts, the team of first contact stays responsible."""
    draft.cancel(("aanvaarding",), "er is opnieuw een regisseur aangewezen")
    draft.arm("aanvaarding", act.effective, track=Track.TRAJECT)


def _proposed(state: JourneyState) -> RegisseurAangewezen:
    if state.open_terms("aanvaarding"):
        for item in reversed(state.log):
            if item.act and item.act.name == "regisseur_aangewezen" and not item.withdrawn:
                return RegisseurAangewezen.model_validate(item.act.data)
    raise Refused("Er is geen regisseur aangewezen die kan aanvaarden. Wijs eerst een regisseur aan.")


def check_regisseur_aanvaard(state: JourneyState, act: Act, data: Nothing) -> None:
    proposed = _proposed(state)
    if act.by.role == "regisseur" and act.by.code not in (proposed.persoon, "regisseur"):
        raise Refused("Alleen wie is aangewezen kan aanvaarden. Laat de aangewezen regisseur dit doen.")


def regisseur_aanvaard(draft: Draft, act: Act, data: Nothing) -> None:
    proposed = _proposed(draft.state)
    draft.meet("aanvaarding", act.effective)
    owner = Owner(team=proposed.team, person=proposed.persoon)
    draft.set(owners={**draft.state.owners, Track.REGIE: owner, Track.TRAJECT: owner})


ACTS = (
    ActSpec(
        name="eigenaar_toegewezen",
        label="Eigenaar toegewezen",
        origin="eigen",
        roles=FRONT | LEAD,
        stages=OPEN_STAGES,
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
        why="Overdracht geldt pas na aanvaarding",
    ),
)
