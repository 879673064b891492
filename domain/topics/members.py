"""Who belongs to a household: joining, leaving, two households that turn out to be one."""

from datetime import date, datetime
from typing import Literal, NamedTuple

from pydantic import Field

from domain.acts import Reason
from domain.base import Carried, Frozen, put_back
from domain.calendars import say
from domain.declaration import ALL_STAGES, OPEN_STAGES, ActSpec
from domain.draft import OWNER, Draft
from domain.findings import Finding
from domain.happenings import SYSTEM, Act, Refused, Telling
from domain.households import (
    ChildSeen,
    HouseholdFacts,
    HouseholdFile,
    Kind,
    Left,
    LinkedJourney,
    Member,
    MemberReport,
    Source,
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
    op: datetime | None = None
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
    op: datetime | None = None
    feiten: Samengevoegd


class OpenQuestion(Carried):
    """A task that goes along."""

    kind: str
    ref: str
    text: str
    role: str
    reasons: tuple[str, ...] = ()


class Brought(HouseholdFile):
    """Everything of a household that goes on in this one."""

    nummer: int
    taken: tuple[OpenQuestion, ...] = ()
    wachtte_op_regisseur: bool = False
    """Somebody had been asked to direct and had not answered."""


class HuishoudenErbij(Frozen):
    versie: int
    op: datetime | None = None
    feiten: Brought


def _put(draft: Draft, changed: Member) -> None:
    change(draft, members=put_back(file_of(draft.state).members, changed))


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
    before = member.journey(report.klantroute) if member else None
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
    if not member.belongs:
        if report.geeindigd_op is None and (journey := member.journey(report.klantroute)):
            # Open again after its member left: it looks for a household of its own.
            _tell(draft, member, journey, belongs=False)
        return
    if before is not None and before.until is not None and report.geeindigd_op is None:
        family_plan.wake(draft)
    family_plan.bring(draft, report)
    _children(draft, report)
    _partner(draft, act, report)
    if report.geeindigd_op is not None and (why := _LEAVES_WITH.get(report.einde)) and member.belongs:
        _leave(draft, member.number, report.geeindigd_op, why, by=report.klantroute)


def _came_back(member: Member, report: MemberReport) -> Member:
    """A death or a move that turned out not to be: whoever left by it belongs again, as if it had not been."""
    if member.belongs or report.geeindigd_op is not None or member.left_by != report.klantroute:
        return member
    return member.model_copy(update={"until": None, "left": "", "left_by": ""})


def _join(draft: Draft, report: MemberReport, before: Member | None) -> Member:
    """Somebody belongs to it from now on. A partner who was known already is who reports now."""
    if (known := _one_unnamed(file_of(draft.state))) is not None:
        taken = known.model_copy(update={"client": report.klant})
        _put(draft, taken)
        return taken
    left = before.until if before is not None and before.until is not None else date.min
    since = max(report.hoort_sinds, left)
    return _add(draft, Member(number=0, client=report.klant, since=since, source="melding"))


def _one_unnamed(file: HouseholdFile) -> Member | None:
    """The one adult whom others told of; None: there is none, or nobody can say which one is meant."""
    unnamed = [one for one in file.belonging if one.is_unnamed_adult]
    return unnamed[0] if len(unnamed) == 1 else None


def _with_journey(member: Member, report: MemberReport) -> Member:
    held = member.journey(report.klantroute)
    if held is None:
        held = LinkedJourney(id=report.klantroute, since=report.gemeld_op, team=report.team)
        member = member.model_copy(update={"journeys": (*member.journeys, held)})
    elif held.since != report.gemeld_op and member.since == held.since:
        # The melding by which somebody came in was put on another day.
        member = member.model_copy(update={"since": report.hoort_sinds})
    now = {"since": report.gemeld_op, "team": report.team, "until": report.geeindigd_op}
    return member.with_journey(held.model_copy(update=now))


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
        known = next((one for one in members if ref in one.known_by), None)
        if known is None and child.left is None:
            same = [
                one
                for one in members
                if one.belongs
                and not any(r.startswith(report.klantroute) for r in one.known_by)
                and (one.ref == child.ref if one.ref and child.ref else one.since == child.since)
            ]
            if same:
                more = {"known_by": (*same[0].known_by, ref), "ref": same[0].ref or child.ref}
                _put(draft, same[0].model_copy(update=more))
            else:
                source: Source = "brp" if child.ref else "inwoner"
                _add(
                    draft,
                    Member(
                        number=0,
                        kind="kind",
                        since=child.since,
                        source=source,
                        known_by=(ref,),
                        ref=child.ref,
                    ),
                )
        elif known is not None and known.belongs:
            if child.ref and not known.ref:
                _recognise(draft, known, child.ref)
            if child.left is not None:
                _leave(draft, known.number, child.left, "op_zichzelf")


def _recognise(draft: Draft, known: Member, ref: str) -> None:
    """The BRP knows a child that people told of. Two of whom they told may be the same one."""
    twin = next((one for one in file_of(draft.state).belonging if one.ref == ref), None)
    if twin is None:
        _put(draft, known.model_copy(update={"ref": ref}))
        return
    _put(draft, twin.model_copy(update={"known_by": (*twin.known_by, *known.known_by)}))
    _put(draft, known.model_copy(update={"known_by": ()}))
    _leave(draft, known.number, draft.today, "vergissing")


def _partner(draft: Draft, act: Act, report: MemberReport) -> None:
    """A partner whom a member tells of. One with a journey of their own leaves only when a person says so."""
    member = file_of(draft.state).member_of(report.klant)
    if member is None:
        return
    journey = member.journey(report.klantroute)
    if journey is None or journey.partner == report.partner:
        return
    _put(draft, member.with_journey(journey.model_copy(update={"partner": report.partner})))
    ref = f"{report.klantroute}/partner"
    others = [one for one in file_of(draft.state).adults if one.number != member.number]
    if report.partner == "ja" and not others:
        _add(draft, Member(number=0, since=act.effective, source="inwoner", known_by=(ref,)))
    elif report.partner != "ja" and journey.partner == "ja":
        for other in others:
            if ref in other.known_by and other.client is None:
                why: Left = "overleden" if report.partner_overleden else "uit_elkaar"
                _leave(draft, other.number, act.effective, why)
            elif other.client is not None and not report.partner_overleden:
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
    member = next(one for one in file_of(draft.state).members if one.number == data.lid)
    _leave(draft, data.lid, act.effective, data.reden, along=data.kinderen)
    if data.reden == "vergissing" and member.came_from:
        family_plan.take_apart(draft, member.came_from, (one.id for one in member.journeys))
    family_plan.nobody_agreed(draft, "niemand die er nog bij hoort was akkoord")
    draft.open_task(
        "plan_na_vertrek",
        act.id,
        f"Iemand hoort sinds {say(act.effective)} niet meer bij dit huishouden. Kijk of het plan en de afspraken nog "
        "kloppen voor wie bleven, en of iemand steun nodig heeft.",
    )


def _leave(
    draft: Draft, number: int, on: date, why: Left, *, by: str = "", along: tuple[int, ...] = ()
) -> None:
    member = next(one for one in file_of(draft.state).members if one.number == number)
    on = max(on, member.since)
    _put(draft, member.model_copy(update={"until": on, "left": why, "left_by": by}))
    if member.client is None:
        return
    open_journeys = member.open_journeys if why != "overleden" else []
    for journey in open_journeys:
        _tell(draft, member, journey, belongs=False, leaves=(member.client,), left_on=on, along=along)
    if not open_journeys:
        draft.tell(f"register/{member.client}", "", {"uit": on.isoformat()}, to="", leaves=(member.client,))
    if why == "overleden":
        _after_a_death(draft, number)


def _after_a_death(draft: Draft, number: int) -> None:
    file = file_of(draft.state)
    if file.adults:
        text = "Iemand uit dit huishouden is overleden. Kijk met aandacht of plan, afspraken en regisseur nog passen."
    elif file.belonging:
        text = (
            "De enige volwassene van dit huishouden is overleden en er zijn kinderen. Zorg vandaag dat iemand voor "
            "hen zorgt en dat er een regisseur is."
        )
    else:
        return
    draft.open_task("overlijden_lid", str(number), text, role=OWNER if file.adults else "teamleider")


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
        _ask_to_merge(draft, act, data.huishouden, data.reden)


def check_samengevoegd(state: JourneyState, act: Act, data: Samengevoegd) -> None:
    file = file_of(state)
    if data.met == state.client_number:
        raise Refused("Een huishouden kan niet met zichzelf samengaan. Vul het nummer van het andere in.")
    if file.merged_into is not None:
        raise Refused(f"Dit huishouden ging al op in huishouden {file.merged_into}. Leg het daar vast.")


def samengevoegd(draft: Draft, act: Act, data: Samengevoegd) -> None:
    _ask_to_merge(draft, act, data.met, data.reden)


def samen_gevraagd(draft: Draft, act: Act, data: SamenGevraagd) -> None:
    """The other household asks. Whichever was there first goes on, so the later one goes into it.

    Asked first and moved then: a number that is no household answers nothing, and nothing has changed.
    """
    file, other = file_of(draft.state), data.feiten.met
    if file.merged_into is not None:
        if file.merged_into != other:
            _pass_on(draft, act, file.merged_into, f"samen-{other}")
    elif other > draft.state.client_number:
        _ask_to_merge(draft, act, other, data.feiten.reden)
    elif other < draft.state.client_number:
        _go_into(draft, act, other)


def _ask_to_merge(draft: Draft, act: Act, other: int, why: str) -> None:
    into = household_id(draft.state.gemeente, other)
    draft.tell(into, "samen_gevraagd", {"met": draft.state.client_number, "reden": why}, by=act.by)


_STAYS_BEHIND = ("koppeling",)
"""Questions that a household takes nowhere: they are about itself."""


def _go_into(draft: Draft, act: Act, other: int) -> None:
    """Everything that runs here goes on there, and this file rests."""
    state, file = draft.state, file_of(draft.state)
    into = household_id(state.gemeente, other)
    asked = [task for task in state.open_tasks() if task.kind not in _STAYS_BEHIND]
    brought = Brought(
        **{name: getattr(file, name) for name in HouseholdFile.model_fields},
        nummer=state.client_number,
        taken=tuple(
            OpenQuestion(
                kind=task.kind,
                ref=f"{state.id}/{task.id}",
                text=task.text,
                role=task.role,
                reasons=task.reasons,
            )
            for task in asked
        ),
        wachtte_op_regisseur=bool(state.open_terms("aanvaarding")),
    )
    change(draft, merged_into=other, merged_on=act.effective)
    for term in draft.state.open_terms():
        draft.cancel_term(term, f"het huishouden ging op in {into}")
    for task in draft.state.open_tasks():
        draft.close_task(task, by=act.by, on=act.effective, outcome=f"gaat verder in {into}")
    draft.tell(into, "huishouden_erbij", brought.model_dump(mode="json"), into=into)
    draft.close(f"opgegaan in {into}")


def huishouden_erbij(draft: Draft, act: Act, data: HuishoudenErbij) -> None:
    """Another household goes on in this one: its members, its plan, its regisseur and what was asked there."""
    brought = data.feiten
    if (merged := file_of(draft.state).merged_into) is not None:
        into = household_id(draft.state.gemeente, merged)
        _pass_on(draft, act, merged, f"erbij-{brought.nummer}", into=into)
        return
    came_from = household_id(draft.state.gemeente, brought.nummer)
    arriving = [member for member in brought.members if member.belongs]
    named = [member for member in arriving if member.client is not None]
    # Who have a number first: an unnamed adult of one household may be the named one of the other.
    known_here = sum([_take_in_named(draft, act, member, came_from) for member in named])
    unnamed = [member for member in arriving if member.is_unnamed_adult][known_here:]
    children = [member for member in arriving if member.kind == "kind" and member.client is None]
    for member in sorted((*unnamed, *children), key=lambda one: one.number):
        _take_in_unnamed(draft, act, member, came_from)
    family_plan.bring_file(draft, act, brought, came_from)
    for task in brought.taken:
        draft.open_task(task.kind, task.ref, task.text, role=task.role, reasons=task.reasons, tell=False)
    if brought.wachtte_op_regisseur and file_of(draft.state).director is None:
        draft.open_task(
            "regisseur_zoeken",
            act.id,
            f"In {came_from} was een regisseur gevraagd die nog niet had geantwoord. Dat huishouden gaat hier verder: "
            "wijs hier een regisseur aan.",
        )


def _take_in_named(draft: Draft, act: Act, member: Member, came_from: str) -> bool:
    """Somebody with a number. True: they were known here already, as an unnamed adult."""
    file = file_of(draft.state)
    assert member.client is not None
    journeys = _unheard(member)
    mine = file.member_of(member.client)
    if mine is not None and mine.belongs:
        known = {one.id for one in mine.journeys}
        more = tuple(one for one in journeys if one.id not in known)
        _put(draft, mine.model_copy(update={"journeys": (*mine.journeys, *more)}))
        return False
    unnamed = _one_unnamed(file)
    if member.kind == "volwassene" and unnamed is not None:
        # Their partner told of them before they were one household.
        taken = {"client": member.client, "journeys": journeys, "came_from": came_from}
        _put(draft, unnamed.model_copy(update=taken))
        return True
    _move_in(draft, act, member, came_from)
    return False


def _take_in_unnamed(draft: Draft, act: Act, member: Member, came_from: str) -> None:
    """Somebody of whom others told; a child of the same day is the same child."""
    same = [
        one
        for one in file_of(draft.state).belonging
        if one.kind == member.kind == "kind" and one.since == member.since and one.client is None
    ]
    if same:
        _put(draft, same[0].model_copy(update={"known_by": (*same[0].known_by, *member.known_by)}))
    else:
        _move_in(draft, act, member, came_from)


def _move_in(draft: Draft, act: Act, member: Member, came_from: str) -> None:
    """Since today: before it, these were two households."""
    moved = {
        "journeys": _unheard(member),
        "source": "ander_huishouden",
        "came_from": came_from,
        "since": max(member.since, act.effective),
    }
    _add(draft, member.model_copy(update=moved))


def _unheard(member: Member) -> tuple[LinkedJourney, ...]:
    """The journeys, none of which holds yet what this household tells."""
    return tuple(one.model_copy(update={"refers_since": None}) for one in member.journeys)


# -- what follows ----------------------------------------------------------------------------------------


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
        why = "er is geen klantroute meer open"
        family_plan.rest(draft, why)
        for term in draft.state.open_terms():
            draft.cancel_term(term, why)
        draft.close(why)


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
    file = file_of(draft.state)
    for member, journey in file.open_journeys if file.merged_into is None else ():
        _tell(draft, member, journey)


def _tell(
    draft: Draft,
    member: Member,
    journey: LinkedJourney,
    *,
    belongs: bool = True,
    leaves: tuple[int, ...] = (),
    left_on: date | None = None,
    along: tuple[int, ...] = (),
) -> None:
    file = file_of(draft.state)
    children = [one for one in file.members if one.kind == "kind" and (one.belongs or one.number in along)]
    plan, director = file.plan, file.director
    assert member.client is not None
    facts = HouseholdFacts(
        household=draft.state.id,
        belongs=belongs,
        shared=belongs and len(file.belonging) > 1,
        plan_since=plan.since if plan and belongs else None,
        agreed_on=family_plan.agreed_on(file, member.client) if belongs else None,
        team=director.team if director and belongs else "",
        person=director.person if director and belongs else "",
        accepted_on=director.since if director and belongs else None,
        left_on=left_on,
        children_along=tuple(
            ChildSeen(number=one.number_in(journey.id), since=left_on or one.since, ref=one.ref)
            for one in children
            if one.number in along
        ),
        children_stay=tuple(
            number
            for one in children
            if left_on is not None and one.number not in along and (number := one.number_in(journey.id))
        ),
    )
    draft.tell(journey.id, "huishouden_bericht", facts.model_dump(mode="json"), leaves=leaves)


def _refers(draft: Draft, name: str, telling: Telling, finding: Finding) -> None:
    """A journey holds what it was told: from now on it demonstrably refers to this household."""
    file = draft.state.household_file
    if file is None:
        return
    for member in file.belonging:
        journey = member.journey(name)
        if journey is not None and journey.refers_since is None:
            _put(draft, member.with_journey(journey.model_copy(update={"refers_since": draft.today})))


moments.HOUSEHOLD_SETTLED += [
    first_toegang_is_responsible,
    several_teams_take_part,
    family_plan.agreement_is_complete,
    somebody_proposes_a_regisseur,
    tell_journeys,
    stay_open_while_somebody_is,
]
tellings.TAKEN_IN.append(_refers)


class Register(NamedTuple):
    """How the register of memberships has to know one household."""

    within: frozenset[int]
    """Client numbers of whoever belongs to it."""
    left: frozenset[int]
    """Who belonged and left."""
    into: int | None
    """The household in which it went on: nobody belongs to this one any more."""


def register_of(state: JourneyState) -> Register | None:
    """What the register of memberships has to say of a household; None: it is being told just now."""
    file = file_of(state)
    if any(telling.leaves or telling.joins or telling.into for telling in state.tellings):
        return None
    clients = frozenset(one.client for one in file.members if one.client is not None)
    within = frozenset(one.client for one in file.belonging if one.client is not None)
    if file.merged_into is not None:
        return Register(frozenset(), clients, file.merged_into)
    return Register(within, clients - within, None)


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
        stands="Latere handelingen noemen het nummer. Leg 'Lid vertrokken' vast met reden 'vergissing'.",
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
