"""The household of a journey: it is told who reported, and tells which plan and regisseur there are."""

from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.calendars import civil_date, say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.findings import Finding
from domain.happenings import SYSTEM, Act, Telling
from domain.households import ChildSeen, HouseholdFacts, MemberReport
from domain.journey import JourneyState, Owner, Stage, Track
from domain.topics import moments, tellings
from domain.topics.handover import owned_with, withdraw_offer
from domain.topics.household import child_comes
from domain.topics.melding import front_team
from domain.topics.owners import SEEK, RegisseurAangewezen
from domain.topics.participation import take_plan
from domain.topics.routing import awaits_brp, facts_of

NAME = "huishouden"
"""What the household is to a journey, whichever it is."""


class HuishoudenBericht(Frozen):
    versie: int
    op: datetime | None = None
    """When the household said so."""
    feiten: HouseholdFacts


def report_to_household(draft: Draft) -> None:
    """Tell the household what one plan and one regisseur need of this journey.

    The first time the register of memberships finds the household, so whoever is waited for at the BRP is told
    of when it has answered, or has had its time.
    """
    state = draft.state
    if not state.households or not state.log:
        return
    if not state.household_id and (awaits_brp(state) or state.stage is Stage.GESLOTEN):
        return
    draft.tell(NAME, "lid_gemeld", report_of(draft).model_dump(mode="json"), to=state.household_id)


def report_of(draft: Draft) -> MemberReport:
    """How the journey stands. Acts of before it belonged to a household count; later ones are the household's."""
    state = draft.state
    first = state.log[0].act
    assert first is not None
    plans = [act for act in state.acts("plan_vastgesteld") if act.by.role != SYSTEM]
    ended = state.stage is Stage.GESLOTEN and state.closed_at is not None
    directed = _directed(state)
    return MemberReport(
        klant=state.client_number,
        klantroute=state.id,
        gemeld_op=first.effective,
        hoort_sinds=max(first.effective, state.household_left_on or first.effective),
        team=front_team(first, draft.policy),
        geeindigd_op=civil_date(state.closed_at) if ended and state.closed_at else None,
        einde=state.exit if ended else "",
        plan_op=plans[0].effective if plans else None,
        regisseur_team=directed[0].team if directed else "",
        regisseur=directed[0].persoon if directed else "",
        regisseur_sinds=directed[1].effective if directed else None,
        partner=_partner(draft),
        partner_overleden=bool(state.acts("overlijden_partner_gemeld")),
        kinderen=tuple(
            ChildSeen(
                number=child.number,
                since=max(child.since, state.household_left_on or child.since),
                left=child.left or child.stayed_on,
                ref=child.ref,
            )
            for child in state.children
        ),
    )


def _partner(draft: Draft) -> Literal["", "ja", "nee"]:
    couple = facts_of(draft.state).couple(draft.today)
    return "" if couple is None else "ja" if couple else "nee"


def _directed(state: JourneyState) -> tuple[RegisseurAangewezen, Act] | None:
    """Who accepted here last, before there was a household."""
    found = None
    proposed: RegisseurAangewezen | None = None
    for item in state.log:
        if item.act is None or item.withdrawn:
            continue
        if item.act.name == "regisseur_aangewezen":
            proposed = RegisseurAangewezen.model_validate(item.act.data)
        elif item.act.name == "regisseur_aanvaard" and proposed is not None:
            found = proposed, item.act
    return found


def _joined(draft: Draft, name: str, telling: Telling, finding: Finding) -> None:
    # Only the register says to which household it belongs; by now the household itself may have said so.
    if name == NAME and finding.file and not telling.to and not draft.state.household_id:
        draft.set(household_id=finding.file)


def huishouden_bericht(draft: Draft, act: Act, data: HuishoudenBericht) -> None:
    """Take over what the household holds for this journey; an older message changes nothing."""
    state = draft.state
    facts = data.feiten.model_copy(update={"version": data.versie, "told_at": data.op or draft.now})
    held = state.household
    if held is not None and _is_older(facts, held):
        return
    if not facts.belongs:
        if state.household_id == facts.household:
            # The next household is told everything; the number goes on, so that nothing is told under an old name.
            last = state.told.get(NAME)
            told = {**state.told, NAME: last.model_copy(update={"facts": {}})} if last else state.told
            draft.set(household=None, household_id="", told=told, household_left_on=facts.left_on)
            _children_after_leaving(draft, act, facts)
            _miss(draft, act, held, None)
        return
    draft.set(household=facts, household_id=facts.household)
    if facts.team and (held is None or (held.team, held.person) != (facts.team, facts.person)):
        _follow_director(draft, act, Owner(team=facts.team, person=facts.person))
    _miss(draft, act, held, facts)


def _children_after_leaving(draft: Draft, act: Act, facts: HouseholdFacts) -> None:
    """Children go where somebody recorded that they go; what that does to the norm a person judges."""
    on = facts.left_on or act.effective
    for child in facts.children_along:
        if not child.number:
            child_comes(draft, on, None, ref=child.ref)
    stayed = [one for one in draft.state.children if one.number in facts.children_stay and one.left is None]
    if not stayed:
        return
    draft.set(
        children=tuple(
            one.model_copy(update={"stayed_on": on}) if one in stayed else one for one in draft.state.children
        )
    )
    draft.open_task(
        "kinderen_gebleven",
        act.id,
        f"Bij het vertrek uit het huishouden per {say(on)} {'bleef een kind' if len(stayed) == 1 else 'bleven kinderen'} "
        f"achter: {', '.join(str(one.number) for one in stayed)}. Kijk of norm en kostendelers nog kloppen, en leg vast "
        "met 'Huishouden gewijzigd' wie uit huis is.",
        role="inkomensconsulent",
        reasons=("norm", "kostendeler"),
    )


def _is_older(facts: HouseholdFacts, held: HouseholdFacts) -> bool:
    if facts.household == held.household:
        return facts.version < held.version
    return held.told_at is not None and facts.told_at is not None and facts.told_at < held.told_at


def _miss(draft: Draft, act: Act, held: HouseholdFacts | None, now: HouseholdFacts | None) -> None:
    """A plan or a regisseur that was there and is not any more: somebody has to act."""
    if held is None or draft.state.stage is Stage.GESLOTEN:
        return
    if held.agreed_on and not (now and now.agreed_on) and draft.state.stage in (Stage.MNA, Stage.UITSTROOM):
        draft.open_task(
            "plan_weg",
            act.id,
            "Er is geen plan meer waarmee deze inwoner akkoord is. Maak samen een nieuw plan en leg het akkoord vast.",
        )
    if held.team and not (now and now.team):
        state = draft.state
        first = state.log[0].act
        assert first is not None
        directed = Owner(team=held.team, person=held.person)
        tracks = [track for track in owned_with(Track.REGIE) if state.owners.get(track) == directed]
        owners = {track: owner for track, owner in state.owners.items() if track not in tracks}
        owners.setdefault(Track.TRAJECT, Owner(team=front_team(first, draft.policy)))
        draft.set(owners=owners)
        draft.open_task(
            "regisseur_weg",
            act.id,
            "De regisseur van voorheen gaat niet meer over deze klantroute. Neem over wat loopt, en kijk of een "
            "regisseur nodig is.",
        )


def _follow_director(draft: Draft, act: Act, director: Owner) -> None:
    """Whoever directs the household directs this journey. One who was asked here is not waited for any more."""
    draft.cancel(("aanvaarding",), "de regisseur van het huishouden aanvaardde")
    draft.close_tasks(SEEK, by=act.by, on=act.effective, outcome="het huishouden heeft een regisseur")
    tracks = owned_with(Track.REGIE)
    if all(draft.state.owners.get(track) == director for track in tracks):
        return
    for track in tracks:
        withdraw_offer(draft, track, "een regisseur aanvaardde")
    draft.set(owners={**draft.state.owners, **dict.fromkeys(tracks, director)})


def follow_plan(draft: Draft) -> None:
    """A plan of the household to which this resident agreed is this journey's plan, as soon as it needs one."""
    household = draft.state.household
    if household is not None and household.agreed_on and draft.state.open_terms("plan"):
        take_plan(draft, household.agreed_on)


moments.SETTLED += [follow_plan, report_to_household]
tellings.TAKEN_IN.append(_joined)

ACTS = (
    ActSpec(
        name="huishouden_bericht",
        label="Bericht van het huishouden",
        origin="van_buiten",
        roles=frozenset({SYSTEM}),
        stages=ALL_STAGES,
        data=HuishoudenBericht,
        rule=huishouden_bericht,
        may_arm=("start_mna", "trede_nulmeting"),
        stands="Het kwam van het huishouden: zet het daar recht, dan volgt deze klantroute.",
        why="Eén gezin, één plan, één regisseur: de klantroute volgt wat het huishouden vaststelde",
    ),
)
