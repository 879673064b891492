"""Who belongs to a household: joining, leaving, two households that turn out to be one."""

from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from domain.acts import Reason
from domain.base import Frozen
from domain.calendars import say, start_of_day
from domain.declaration import ALL_STAGES, OPEN_STAGES, ActSpec
from domain.draft import OWNER, Draft
from domain.findings import Finding
from domain.happenings import SYSTEM, Act, Refused
from domain.households import (
    HouseholdFacts,
    HouseholdFile,
    Kind,
    Left,
    LinkedJourney,
    Member,
    MemberReport,
    Suggestion,
    household_id,
)
from domain.journey import JourneyState, Owner, Stage, Track
from domain.roles import ANYONE, FRONT, LEAD
from domain.topics import family_plan, moments, tellings
from domain.topics.family_plan import change, file_of

PROPOSE = "regisseur_voorstellen"
"""The term in which a household of several journeys gets a regisseur proposed."""
_LEAVES_WITH: dict[str, Left] = {"overlijden": "overleden", "verhuizing": "verhuisd"}
"""Ways in which a journey ends by which the resident leaves the household."""


class LidGemeld(Frozen):
    versie: int
    feiten: MemberReport
    zoekt: bool = False
    """The register of memberships brought the journey here; otherwise it belongs already."""


class LidBekend(Frozen):
    """Somebody who has no journey here: a child, or a partner who did not report."""

    wie: Kind
    bron: Literal["brp", "inwoner", "medewerker"] = "medewerker"


class LidVertrokken(Frozen):
    lid: int = Field(ge=1, description="Volgnummer van het lid in dit huishouden")
    reden: Literal["overleden", "verhuisd", "uit_elkaar", "op_zichzelf", "vergissing"]
    kinderen: tuple[int, ...] = Field(default=(), description="Volgnummers van kinderen die meegaan")


class MogelijkSamen(Frozen):
    huishouden: int = Field(ge=1, description="Nummer van het andere huishouden")
    grond: Literal["adres", "brp"] = "adres"


class KoppelingBeoordeeld(Frozen):
    huishouden: int = Field(ge=1, description="Nummer van het andere huishouden")
    samen: bool = Field(description="Zij horen bij elkaar en delen één plan en één regisseur")
    reden: str = Reason


class Samengevoegd(Frozen):
    met: int = Field(ge=1, description="Nummer van het andere huishouden")
    reden: str = Reason


class SamenGevraagd(Frozen):
    versie: int
    feiten: Samengevoegd


class Brought(HouseholdFile):
    """Everything of a household that goes on in this one."""

    nummer: int


class HuishoudenErbij(Frozen):
    versie: int
    feiten: Brought


def _put(draft: Draft, changed: Member) -> None:
    file = file_of(draft.state)
    members = [changed if one.number == changed.number else one for one in file.members]
    change(draft, members=tuple(members))


def _add(draft: Draft, member: Member) -> Member:
    file = file_of(draft.state)
    numbered = member.model_copy(update={"number": len(file.members) + 1})
    change(draft, members=(*file.members, numbered))
    return numbered


# -- joining ---------------------------------------------------------------------------------------------


def lid_gemeld(draft: Draft, act: Act, data: LidGemeld) -> None:
    """A journey tells how it stands: somebody joins, or something of a member changed."""
    report, file = data.feiten, file_of(draft.state)
    if file.merged_into is not None:
        _pass_on(draft, act, file.merged_into, report.klantroute)
        return
    member = file.member_of(report.klant)
    # Whoever left is let in again by the register only, and not by a message that was still under way.
    again = member is not None and not member.belongs and data.zoekt and member.left != "overleden"
    if member is None or again:
        member = _join(draft, report, member)
        known = data.zoekt
    else:
        known = member.belongs
        member = _came_back(member, report)
    if member.belongs and not known:
        draft.tell(
            f"register/{report.klant}", "", {"in": draft.today.isoformat()}, to="", joins=(report.klant,)
        )
    member = _with_journey(member, report)
    _put(draft, member)
    if not member.belongs and report.geeindigd_op is None:
        # Open again after its member left: it looks for a household of its own.
        journey = next(one for one in member.journeys if one.id == report.klantroute)
        _tell(draft, member, journey, belongs=False)
    family_plan.bring(draft, report)
    _children(draft, report)
    _partner(draft, act, report)
    if report.geeindigd_op is not None and (why := _LEAVES_WITH.get(report.einde)) and member.belongs:
        _leave(draft, member.number, report.geeindigd_op, why)


def _came_back(member: Member, report: MemberReport) -> Member:
    """A death or a move that turned out not to be: whoever left by it belongs again, as if it had not been."""
    ended = any(one.id == report.klantroute and one.until is not None for one in member.journeys)
    by_its_end = member.left in _LEAVES_WITH.values()
    if member.belongs or report.geeindigd_op is not None or not (ended and by_its_end):
        return member
    return member.model_copy(update={"until": None, "left": ""})


def _join(draft: Draft, report: MemberReport, before: Member | None) -> Member:
    """Somebody belongs to it from now on. A partner who was known already is who reports now."""
    known = [one for one in file_of(draft.state).belonging if one.kind == "volwassene" and one.client is None]
    if len(known) == 1:
        taken = known[0].model_copy(update={"client": report.klant})
        _put(draft, taken)
        return taken
    left = before.until if before is not None and before.until is not None else date.min
    since = max(report.gemeld_op, left)
    return _add(draft, Member(number=0, client=report.klant, since=since, source="melding"))


def _with_journey(member: Member, report: MemberReport) -> Member:
    held = next((one for one in member.journeys if one.id == report.klantroute), None)
    if held is None:
        held = LinkedJourney(id=report.klantroute, since=report.gemeld_op, team=report.team)
        member = member.model_copy(update={"journeys": (*member.journeys, held)})
    changed = held.model_copy(
        update={"since": report.gemeld_op, "team": report.team, "until": report.geeindigd_op}
    )
    return member.model_copy(
        update={"journeys": tuple(changed if one.id == held.id else one for one in member.journeys)}
    )


def _pass_on(draft: Draft, act: Act, to: int, whose: str, *, into: str = "") -> None:
    """Whoever told this did not know yet that everybody is in another household: it goes on there."""
    facts = act.data["feiten"]
    assert isinstance(facts, dict)
    household = household_id(draft.state.gemeente, to)
    draft.tell(f"{household}/{whose}", act.name, facts, to=household, into=into)


def _children(draft: Draft, report: MemberReport) -> None:
    """Children whom a member knows. Two parents who tell of a child since the same day tell of one child."""
    for child in report.kinderen:
        ref = f"{report.klantroute}/{child.number}"
        members = [one for one in file_of(draft.state).members if one.kind == "kind"]
        known = next((one for one in members if ref in one.child_of), None)
        if known is None and child.left is None:
            same = [
                one
                for one in members
                if one.belongs
                and one.since == child.since
                and not any(r.startswith(report.klantroute) for r in one.child_of)
            ]
            if same:
                _put(draft, same[0].model_copy(update={"child_of": (*same[0].child_of, ref)}))
            else:
                _add(
                    draft,
                    Member(number=0, kind="kind", since=child.since, source="inwoner", child_of=(ref,)),
                )
        elif known is not None and known.belongs and child.left is not None:
            _leave(draft, known.number, child.left, "op_zichzelf")


def _partner(draft: Draft, act: Act, report: MemberReport) -> None:
    """A partner whom a member tells of. One with a journey of their own leaves only when a person says so."""
    member = file_of(draft.state).member_of(report.klant)
    if member is None:
        return
    journey = next(one for one in member.journeys if one.id == report.klantroute)
    if journey.partner == report.partner:
        return
    row = tuple(
        one.model_copy(update={"partner": report.partner}) if one.id == journey.id else one
        for one in member.journeys
    )
    _put(draft, member.model_copy(update={"journeys": row}))
    others = [
        one
        for one in file_of(draft.state).belonging
        if one.kind == "volwassene" and one.number != member.number
    ]
    if report.partner == "ja" and not others:
        _add(draft, Member(number=0, since=act.effective, source="inwoner"))
    elif report.partner != "ja" and journey.partner == "ja":
        for other in others:
            if other.client is None:
                _leave(
                    draft,
                    other.number,
                    act.effective,
                    "overleden" if report.partner_overleden else "uit_elkaar",
                )
            elif not report.partner_overleden:
                draft.open_task(
                    "partner_weg",
                    f"{other.number}:{act.id}",
                    f"In {report.klantroute} is vastgelegd dat er geen partner meer is. Hoort lid {other.number} nog "
                    "bij dit huishouden? Leg anders 'Lid vertrokken' vast, met de kinderen die meegaan.",
                )


def lid_bekend(draft: Draft, act: Act, data: LidBekend) -> None:
    _add(draft, Member(number=0, kind=data.wie, since=act.effective, source=data.bron))


# -- leaving ---------------------------------------------------------------------------------------------


def check_vertrokken(state: JourneyState, act: Act, data: LidVertrokken) -> None:
    file = file_of(state)
    here = {member.number: member for member in file.belonging}
    known = ", ".join(map(str, here)) or "niemand"
    for number in (data.lid, *data.kinderen):
        if number not in here:
            raise Refused(f"Lid {number} hoort niet (meer) bij dit huishouden. Wel: {known}.")
    for number in data.kinderen:
        if here[number].kind != "kind":
            raise Refused(f"Lid {number} is geen kind. Leg het vertrek van elke volwassene apart vast.")
    if data.reden == "overleden" and (journeys := here[data.lid].open_journeys):
        raise Refused(
            f"Lid {data.lid} heeft een klantroute. Leg het overlijden vast in {journeys[0].id}; het huishouden volgt."
        )
    if act.effective < here[data.lid].since:
        raise Refused(
            f"Lid {data.lid} kwam er op {say(here[data.lid].since)} bij en kan niet eerder vertrokken zijn. "
            "Controleer de datum."
        )


def lid_vertrokken(draft: Draft, act: Act, data: LidVertrokken) -> None:
    """Whoever leaves goes on in a household of their own, and shares nothing with this one any more."""
    for number in data.kinderen:
        _leave(draft, number, act.effective, "ander_huishouden")
    _leave(draft, data.lid, act.effective, data.reden)
    draft.open_task(
        "plan_na_vertrek",
        act.id,
        f"Iemand hoort sinds {say(act.effective)} niet meer bij dit huishouden. Kijk of het plan en de afspraken nog "
        "kloppen voor wie bleven, en of iemand steun nodig heeft.",
    )


def _leave(draft: Draft, number: int, on: date, why: Left) -> None:
    member = next(one for one in file_of(draft.state).members if one.number == number)
    _put(draft, member.model_copy(update={"until": max(on, member.since), "left": why}))
    if member.client is None:
        return
    open_journeys = member.open_journeys if why != "overleden" else []
    for journey in open_journeys:
        _tell(draft, member, journey, belongs=False, leaves=(member.client,))
    if not open_journeys:
        draft.tell(f"register/{member.client}", "", {"uit": on.isoformat()}, to="", leaves=(member.client,))
    if why == "overleden":
        _after_a_death(draft, number)


def _after_a_death(draft: Draft, number: int) -> None:
    adults = [one for one in file_of(draft.state).belonging if one.kind == "volwassene"]
    children = [one for one in file_of(draft.state).belonging if one.kind == "kind"]
    if adults:
        text = "Iemand uit dit huishouden is overleden. Kijk met aandacht of plan, afspraken en regisseur nog passen."
    elif children:
        text = (
            "De enige volwassene van dit huishouden is overleden en er zijn kinderen. Zorg vandaag dat iemand voor "
            "hen zorgt en dat er een regisseur is."
        )
    else:
        return
    draft.open_task("overlijden_lid", str(number), text, role=OWNER if adults else "teamleider")


# -- two that are one ------------------------------------------------------------------------------------


def mogelijk_samen(draft: Draft, act: Act, data: MogelijkSamen) -> None:
    """The same address or the BRP suggests that two households are one. A person decides."""
    file = file_of(draft.state)
    if data.huishouden == draft.state.client_number or any(
        one.household == data.huishouden for one in file.suggestions
    ):
        return
    found = Suggestion(household=data.huishouden, ground=data.grond, on=act.effective)
    change(draft, suggestions=(*file.suggestions, found))
    why = (
        "wonen mensen op hetzelfde adres" if data.grond == "adres" else "zijn mensen volgens de BRP partners"
    )
    draft.open_task(
        "koppeling",
        str(data.huishouden),
        f"In dit huishouden en in huishouden {data.huishouden} {why}. Vraag de inwoners of zij samen één gezin zijn "
        "en leg vast: 'Koppeling beoordeeld'. Hetzelfde adres alleen zegt niets: denk aan huisgenoten, huurders en "
        "volwassen kinderen.",
    )


def check_koppeling(state: JourneyState, act: Act, data: KoppelingBeoordeeld) -> None:
    if not any(one.household == data.huishouden for one in file_of(state).suggestions):
        raise Refused(
            f"Er ligt geen vraag over huishouden {data.huishouden}. Horen zij toch bij elkaar, leg dan "
            "'Huishoudens samengevoegd' vast."
        )


def koppeling_beoordeeld(draft: Draft, act: Act, data: KoppelingBeoordeeld) -> None:
    answer: Literal["samen", "apart"] = "samen" if data.samen else "apart"
    suggestions = tuple(
        one.model_copy(update={"answer": answer}) if one.household == data.huishouden else one
        for one in file_of(draft.state).suggestions
    )
    change(draft, suggestions=suggestions)
    draft.close_tasks(f"koppeling:{data.huishouden}", by=act.by, on=act.effective, outcome=answer)
    if data.samen:
        _merge(draft, act, data.huishouden, data.reden)


def check_samengevoegd(state: JourneyState, act: Act, data: Samengevoegd) -> None:
    file = file_of(state)
    if data.met == state.client_number:
        raise Refused("Een huishouden kan niet met zichzelf samengaan. Vul het nummer van het andere in.")
    if file.merged_into is not None:
        raise Refused(f"Dit huishouden ging al op in huishouden {file.merged_into}. Leg het daar vast.")


def samengevoegd(draft: Draft, act: Act, data: Samengevoegd) -> None:
    _merge(draft, act, data.met, data.reden)


def samen_gevraagd(draft: Draft, act: Act, data: SamenGevraagd) -> None:
    """A person recorded it in the other file."""
    merged = file_of(draft.state).merged_into
    if merged is not None:
        if merged != data.feiten.met:
            _pass_on(draft, act, merged, f"samen-{data.feiten.met}")
        return
    _merge(draft, act, data.feiten.met, data.feiten.reden)


def _merge(draft: Draft, act: Act, other: int, why: str) -> None:
    """The household that was there first goes on. Whichever of the two hears of it, the later one goes into it."""
    state, file = draft.state, file_of(draft.state)
    if file.merged_into is not None:
        return
    into = household_id(state.gemeente, other)
    if other > state.client_number:
        draft.tell(into, "samen_gevraagd", {"met": state.client_number, "reden": why}, by=act.by)
        return
    # Before it is closed: what is brought is what runs.
    brought = file.model_dump(mode="json")
    change(draft, merged_into=other, merged_on=act.effective)
    for term in draft.state.open_terms():
        draft.cancel_term(term, f"het huishouden ging op in {into}")
    for task in draft.state.open_tasks():
        draft.close_task(task, by=act.by, on=act.effective, outcome=f"opgegaan in {into}")
    draft.tell(into, "huishouden_erbij", {"nummer": state.client_number, **brought}, into=into)
    _close(draft, f"opgegaan in {into}")


def huishouden_erbij(draft: Draft, act: Act, data: HuishoudenErbij) -> None:
    """Another household goes on in this one: its members, its plan and its regisseur."""
    brought = data.feiten
    if (merged := file_of(draft.state).merged_into) is not None:
        into = household_id(draft.state.gemeente, merged)
        _pass_on(draft, act, merged, f"erbij-{brought.nummer}", into=into)
        return
    for member in brought.members:
        mine = file_of(draft.state).member_of(member.client) if member.client is not None else None
        told = [one.model_copy(update={"refers_since": None}) for one in member.journeys]
        if mine is not None and mine.belongs and member.belongs:
            known = {one.id for one in mine.journeys}
            more = [one for one in told if one.id not in known]
            _put(draft, mine.model_copy(update={"journeys": (*mine.journeys, *more)}))
        elif member.belongs:
            # Since today: before it, these were two households.
            since = max(member.since, act.effective)
            _add(
                draft,
                member.model_copy(
                    update={"journeys": tuple(told), "source": "ander_huishouden", "since": since}
                ),
            )
    family_plan.bring_file(draft, act, brought, household_id(draft.state.gemeente, brought.nummer))


# -- what follows ----------------------------------------------------------------------------------------


def _close(draft: Draft, why: str) -> None:
    forget = start_of_day(draft.today + timedelta(weeks=draft.policy.closed_weeks))
    draft.set(closed_at=draft.now, forget_at=forget)
    draft.enter(Stage.GESLOTEN)
    draft.tell_story("journey_closed", stage=Stage.GESLOTEN.value, text=why)


def stay_open_while_somebody_is(draft: Draft) -> None:
    """A household rests when no journey of it is open, and wakes with the next one."""
    state, file = draft.state, file_of(draft.state)
    if file.merged_into is not None:
        return
    if file.open_journeys:
        if state.stage is Stage.GESLOTEN:
            draft.set(closed_at=None, forget_at=None)
        draft.enter(Stage.PLAN if family_plan.is_settled(file) else Stage.INTAKE)
    elif state.stage is not Stage.GESLOTEN and state.log and not state.open_tasks():
        family_plan.end(draft, draft.today, "er is geen klantroute meer open")
        for term in draft.state.open_terms():
            draft.cancel_term(term, "er is geen klantroute meer open")
        _close(draft, "er is geen klantroute meer open")


def first_toegang_is_responsible(draft: Draft) -> None:
    """Until a regisseur accepts, the toegang of the first melding is responsible (begroting 2019)."""
    state, file = draft.state, file_of(draft.state)
    if file.director is not None:
        return
    reported = [journey for member in file.belonging for journey in member.journeys]
    if not reported or state.acts("eigenaar_toegewezen") or state.acts("overdracht_aanvaard"):
        return
    first = min(reported, key=lambda one: (one.since, one.id))
    if state.owners.get(Track.TRAJECT) != Owner(team=first.team):
        draft.set(owners={**state.owners, Track.TRAJECT: Owner(team=first.team)})


def several_teams_take_part(draft: Draft) -> None:
    """Third rungs are for the teams together where journeys of more than one belong to it."""
    for _, journey in file_of(draft.state).open_journeys:
        if journey.team not in draft.state.teams:
            draft.involve(journey.team)


def somebody_proposes_a_regisseur(draft: Draft) -> None:
    """Several journeys in one household need one regisseur; whoever is responsible proposes one in time."""
    state, file = draft.state, file_of(draft.state)
    needed = len(file.open_journeys) > 1 and file.director is None and not state.open_terms("aanvaarding")
    running = state.open_terms(PROPOSE)
    if needed and not running and not state.open_tasks("regisseur_zoeken"):
        draft.arm(PROPOSE, draft.today)
    elif not needed:
        for term in running:
            if file.director is not None or state.open_terms("aanvaarding"):
                draft.fulfil(term, draft.today)
            else:
                draft.cancel_term(term, "er is geen tweede klantroute meer open")


def tell_journeys(draft: Draft) -> None:
    """Every open journey holds how its household stands."""
    for member, journey in file_of(draft.state).open_journeys:
        if file_of(draft.state).merged_into is None:
            _tell(draft, member, journey)


def _tell(
    draft: Draft,
    member: Member,
    journey: LinkedJourney,
    *,
    belongs: bool = True,
    leaves: tuple[int, ...] = (),
) -> None:
    file = file_of(draft.state)
    plan, director = file.plan, file.director
    assert member.client is not None
    facts = HouseholdFacts(
        household=draft.state.id,
        belongs=belongs,
        shared=belongs and len(file.belonging) > 1,
        plan_since=plan.since if plan and belongs else None,
        agreed_on=family_plan.agreed_on(plan, member.client) if plan and belongs else None,
        team=director.team if director and belongs else "",
        person=director.person if director and belongs else "",
        accepted_on=director.since if director and belongs else None,
    )
    draft.tell(journey.id, "huishouden_bericht", facts.model_dump(mode="json"), leaves=leaves)


def _refers(draft: Draft, name: str, finding: Finding) -> None:
    """A journey holds what it was told: from now on it demonstrably refers to this household."""
    file = draft.state.household_file
    if file is None:
        return
    for member in file.members:
        for journey in member.journeys:
            if journey.id == name and journey.refers_since is None and member.belongs:
                changed = journey.model_copy(update={"refers_since": draft.today})
                row = tuple(changed if one.id == name else one for one in member.journeys)
                _put(draft, member.model_copy(update={"journeys": row}))


moments.HOUSEHOLD_SETTLED += [
    first_toegang_is_responsible,
    several_teams_take_part,
    somebody_proposes_a_regisseur,
    tell_journeys,
    stay_open_while_somebody_is,
]
tellings.TAKEN_IN.append(_refers)

_BY_PROGRAM = frozenset({SYSTEM})
FROM_ANOTHER_FILE = "Het kwam uit een ander dossier: zet het daar recht, dan volgt dit dossier."
_TAKEN_APART = (
    "De leden horen al bij het andere huishouden. Was het een vergissing, leg dan 'Lid vertrokken' vast met reden "
    "'vergissing'."
)

ACTS = (
    ActSpec(
        name="lid_gemeld",
        label="Lid gemeld",
        origin="van_buiten",
        roles=_BY_PROGRAM,
        stages=ALL_STAGES,
        data=LidGemeld,
        rule=lid_gemeld,
        begins=True,
        may_arm=(PROPOSE,),
        stands=FROM_ANOTHER_FILE,
        why="Wie zich meldt hoort bij een huishouden; een tweede lid vindt hetzelfde",
    ),
    ActSpec(
        name="lid_bekend",
        label="Lid bekend geworden",
        origin="van_buiten",
        roles=ANYONE | _BY_PROGRAM,
        stages=ALL_STAGES,
        data=LidBekend,
        rule=lid_bekend,
        why="Kinderen en een partner zonder klantroute horen er ook bij",
    ),
    ActSpec(
        name="lid_vertrokken",
        label="Lid vertrokken",
        origin="eigen",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=LidVertrokken,
        check=check_vertrokken,
        rule=lid_vertrokken,
        stands="Wie vertrok hoort al bij een ander huishouden. Horen zij toch bij elkaar, leg dan 'Huishoudens samengevoegd' "
        "vast.",
        why="Wie vertrekt gaat verder in een eigen huishouden en deelt niets meer",
    ),
    ActSpec(
        name="mogelijk_samen",
        label="Mogelijk één huishouden",
        origin="van_buiten",
        roles=ANYONE | _BY_PROGRAM,
        stages=ALL_STAGES,
        data=MogelijkSamen,
        rule=mogelijk_samen,
        why="Hetzelfde adres is een aanwijzing; een mens beslist",
    ),
    ActSpec(
        name="koppeling_beoordeeld",
        label="Koppeling beoordeeld",
        origin="eigen",
        roles=FRONT | LEAD,
        stages=OPEN_STAGES,
        data=KoppelingBeoordeeld,
        check=check_koppeling,
        rule=koppeling_beoordeeld,
        may_lead_to=frozenset({Stage.GESLOTEN}),
        stands=_TAKEN_APART,
        why="Een mens bevestigt of wie bij elkaar lijkt te horen ook een gezin is",
    ),
    ActSpec(
        name="huishoudens_samengevoegd",
        label="Huishoudens samengevoegd",
        origin="eigen",
        roles=FRONT | LEAD,
        stages=OPEN_STAGES,
        data=Samengevoegd,
        check=check_samengevoegd,
        rule=samengevoegd,
        may_lead_to=frozenset({Stage.GESLOTEN}),
        stands=_TAKEN_APART,
        why="Twee plannen in één gezin worden één; het oudste blijft",
    ),
    ActSpec(
        name="samen_gevraagd",
        label="Samenvoegen gevraagd vanuit het andere huishouden",
        origin="van_buiten",
        roles=ANYONE | _BY_PROGRAM,
        stages=ALL_STAGES,
        data=SamenGevraagd,
        rule=samen_gevraagd,
        may_lead_to=frozenset({Stage.GESLOTEN}),
        stands=FROM_ANOTHER_FILE,
        why="Het jongste huishouden gaat op in het oudste, waar het ook is vastgelegd",
    ),
    ActSpec(
        name="huishouden_erbij",
        label="Ander huishouden opgenomen",
        origin="van_buiten",
        roles=ANYONE | _BY_PROGRAM,
        stages=ALL_STAGES,
        data=HuishoudenErbij,
        rule=huishouden_erbij,
        may_arm=(PROPOSE,),
        stands=FROM_ANOTHER_FILE,
        why="Leden, plan en regisseur van het andere huishouden gaan hier verder",
    ),
)
