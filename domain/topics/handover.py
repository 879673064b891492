"""One team hands a track over to another: asked, and accepted or refused within a term.

Until it is accepted whoever had it stays responsible, so that nothing falls between two teams. A refusal goes to
the ketenoverleg (`domain.topics.mandate`), and from there to doorzettingsmacht when people ask for it.
"""

from pydantic import Field

from domain.acts import Reason
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import OPEN_STAGES, ActSpec
from domain.draft import OWNER, Draft
from domain.happenings import Act, Refused
from domain.journey import JourneyState, Owner, Track
from domain.roles import ANYONE, COACH, FRONT, LEAD

TERM = "overdracht"


class OverdrachtAangeboden(Frozen):
    spoor: Track = Track.TRAJECT
    team: str = Field(min_length=2, max_length=60, description="Team dat gevraagd wordt over te nemen")
    reden: str = Reason


class OverdrachtAanvaard(Frozen):
    spoor: Track = Track.TRAJECT
    persoon: str = Field(default="", max_length=60, description="Code van wie het gaat doen")


def owned_with(track: Track) -> tuple[Track, ...]:
    """The tracks that change hands with this one: whoever directs also owns the whole."""
    return (Track.REGIE, Track.TRAJECT) if track is Track.REGIE else (track,)


def withdraw_offer(draft: Draft, track: Track, why: str, *, of: str = "") -> None:
    """Nobody has to answer any more: it was settled another way.

    Args:
        draft: the journey.
        track: whose offer.
        why: for the time line.
        of: only when it was offered to this team; empty: to whomever.
    """
    offer = last_offer(draft.state, track)
    if offer is None or (of and of != offer.team):
        return
    for term in draft.state.open_terms(TERM):
        if term.track is track:
            draft.cancel_term(term, why)
    _not_waited_for(draft, offer.team)


def _not_waited_for(draft: Draft, team: str) -> None:
    """A team that was asked and does not take part is no part of the ladder any more."""
    state = draft.state
    stays = (
        any(owner.team == team for owner in state.owners.values())
        or any(act.data.get("team") == team for act in state.acts("team_betrokken"))
        or any(offer.team == team for track in Track if (offer := last_offer(state, track)))
    )
    if not stays:
        draft.set(teams=tuple(other for other in state.teams if other != team))


def check_offer(state: JourneyState, act: Act, data: OverdrachtAangeboden) -> None:
    owner = state.owners.get(data.spoor) or state.owners.get(Track.TRAJECT)
    if owner is not None and owner.team == data.team:
        raise Refused(
            f"Team {data.team} heeft spoor {data.spoor.value} al. Bied het aan een ander team aan, of wijs binnen het "
            "team iemand aan met 'Eigenaar toegewezen'."
        )


def overdracht_aangeboden(draft: Draft, act: Act, data: OverdrachtAangeboden) -> None:
    withdraw_offer(draft, data.spoor, "het is opnieuw aangeboden")
    # Two teams wait for each other now: the third rung is theirs together.
    draft.involve(data.team)
    armed = draft.arm(TERM, act.effective, track=data.spoor)
    draft.send(
        f"aangeboden/{act.id}",
        "teamleider",
        "termijn",
        text=f"Gevraagd wordt of team {data.team} spoor {data.spoor.value} overneemt. Aanvaard of weiger uiterlijk "
        f"{say(armed.due)}.",
        team=data.team,
    )


def last_offer(state: JourneyState, track: Track) -> OverdrachtAangeboden | None:
    """The offer of a track that waits for an answer."""
    if any(term.track is track for term in state.open_terms(TERM)):
        for act in reversed(state.acts("overdracht_aangeboden")):
            offer = OverdrachtAangeboden.model_validate(act.data)
            if offer.spoor is track:
                return offer
    return None


def _offered(state: JourneyState, track: Track) -> OverdrachtAangeboden:
    offer = last_offer(state, track)
    if offer is not None:
        return offer
    raise Refused(
        f"Er is geen overdracht van spoor {track.value} aangeboden die wacht. Leg eerst het aanbod vast, of kies het "
        "spoor dat is aangeboden."
    )


def check_accept(state: JourneyState, act: Act, data: OverdrachtAanvaard) -> None:
    _offered(state, data.spoor)


def overdracht_aanvaard(draft: Draft, act: Act, data: OverdrachtAanvaard) -> None:
    """From now on the other team is responsible; whoever handed over hears that it arrived."""
    offer = _offered(draft.state, data.spoor)
    draft.send(
        f"overgenomen/{act.id}",
        OWNER,
        "termijn",
        text=f"Team {offer.team} neemt spoor {data.spoor.value} over.",
        track=data.spoor,
    )
    for term in draft.state.open_terms(TERM):
        if term.track is data.spoor:
            draft.fulfil(term, act.effective)
    owner = Owner(team=offer.team, person=data.persoon)
    draft.set(owners={**draft.state.owners, **dict.fromkeys(owned_with(data.spoor), owner)})


ACTS = (
    ActSpec(
        name="overdracht_aangeboden",
        label="Overdracht aan een ander team aangeboden",
        origin="eigen",
        roles=FRONT | COACH | LEAD,
        stages=OPEN_STAGES,
        data=OverdrachtAangeboden,
        check=check_offer,
        rule=overdracht_aangeboden,
        may_arm=(TERM,),
        why="Het andere team aanvaardt of weigert binnen een termijn; tot dan blijft de eigenaar verantwoordelijk",
    ),
    ActSpec(
        name="overdracht_aanvaard",
        label="Overdracht aanvaard",
        origin="eigen",
        roles=ANYONE,
        stages=OPEN_STAGES,
        data=OverdrachtAanvaard,
        check=check_accept,
        rule=overdracht_aanvaard,
        why="Overdracht geldt pas na aanvaarding",
    ),
)
