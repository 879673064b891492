"""One plan of a household: goals, who does what, and who agreed.

Versions are kept and a change needs agreement again. What somebody does goes on when the plan changes, and each of
those has a last day that escalates like any term.
"""

from collections.abc import Iterable
from datetime import date

from pydantic import Field

from domain.acts import Reason
from domain.base import Frozen, put_back
from domain.calendars import say
from domain.declaration import OPEN_STAGES, ActSpec
from domain.draft import OWNER, Draft
from domain.happenings import Act, Refused
from domain.households import (
    Action,
    Agreement,
    Director,
    Domain,
    Goal,
    HouseholdFile,
    How,
    MemberReport,
    Plan,
    Short,
    Support,
    Version,
)
from domain.journey import JourneyState, Owner, Track
from domain.roles import ANYONE, COACH
from domain.topics import participation
from domain.topics.handover import owned_with

AGREE = "plan_akkoord"
"""The term in which a changed plan gets agreement."""
DO = "plan_actie"
"""The term of something that somebody does for the plan."""


class Doel(Frozen):
    domein: Domain
    doel: str = Short


class PlanVoorgesteld(Frozen):
    doelen: tuple[Doel, ...] = Field(min_length=1, max_length=20)
    maatwerk: str = Field(
        default="", max_length=200, description="Waarin het afwijkt van wat gebruikelijk is, en waarom"
    )


class PlanVastgesteld(participation.PlanVastgesteld):
    """As in a journey. ``klant``: who agrees, or about whom a professional decides with a reason; empty: every adult."""

    wijze: How = "gesprek"
    klant: int | None = Field(default=None, ge=1, description="Klantnummer; leeg: alle volwassenen samen")


class ActieAfgesproken(Frozen):
    domein: Domain
    wat: str = Short
    wie: Support = Field(description="Wie het doet: liefst de inwoner, dan het netwerk")
    code: str = Field(
        default="", max_length=60, description="Klantnummer, of code van medewerker of organisatie"
    )
    uiterlijk: date = Field(description="Laatste dag")
    waarom_niet_lichter: str = Field(
        default="",
        max_length=200,
        description="Bij een professional: waarom inwoner, netwerk en algemene voorziening het niet kunnen",
    )


class Actie(Frozen):
    actie: int = Field(ge=1, description="Volgnummer van de actie")


class ActieVerzet(Actie):
    uiterlijk: date = Field(description="Nieuwe laatste dag")
    reden: str = Reason


class ActieVervallen(Actie):
    reden: str = Reason


class PlanBeeindigd(Frozen):
    reden: str = Reason


def file_of(state: JourneyState) -> HouseholdFile:
    """The file of a household.

    Raises:
        Refused: this is a journey.
    """
    if state.household_file is None:
        raise Refused("Dit kan alleen bij een huishouden. Gebruik het nummer van het huishouden.")
    return state.household_file


def change(draft: Draft, **fields: object) -> HouseholdFile:
    """Change the file; returns how it is now."""
    changed = file_of(draft.state).model_copy(update=fields)
    draft.set(household_file=changed)
    return changed


def is_settled(file: HouseholdFile) -> bool:
    """Whether there is a plan to which somebody agreed."""
    return file.plan is not None and file.plan.since is not None


def agreed_on(file: HouseholdFile, client: int) -> date | None:
    """Since when there is a plan for this member: the first time that they agreed, or that somebody decided.

    Whoever agreed to a plan that went into this one has a plan still.
    """
    if file.plan is None:
        return None
    by_number = {plan.number: plan for plan in file.plans}

    def goes_on_in(plan: Plan) -> Plan:
        while plan.merged_into is not None:
            plan = by_number[plan.merged_into]
        return plan

    return min(
        (
            one.on
            for plan in file.plans
            if goes_on_in(plan) is file.plan
            for version in plan.versions
            for one in version.agreements
            if one.client == client
        ),
        default=None,
    )


def _put_plan(draft: Draft, changed: Plan) -> None:
    change(draft, plans=put_back(file_of(draft.state).plans, changed))


def _put_version(draft: Draft, plan: Plan, version: Version) -> Plan:
    """Replace a version with the same number, or add it."""
    older = tuple(one for one in plan.versions if one.number != version.number)
    changed = plan.model_copy(update={"versions": (*older, version)})
    _put_plan(draft, changed)
    return changed


def _new_plan(draft: Draft, version: Version, brought_by: str = "") -> Plan:
    plans = file_of(draft.state).plans
    plan = Plan(number=len(plans) + 1, versions=(version,), brought_by=brought_by)
    change(draft, plans=(*plans, plan))
    return plan


def _who_agree(file: HouseholdFile) -> list[int]:
    """Client numbers of the adults whose journey is open."""
    return list(dict.fromkeys(member.client for member, _ in file.open_journeys if member.client is not None))


def _still_to_agree(draft: Draft, version: Version) -> set[int]:
    return {*_who_agree(file_of(draft.state))} - {one.client for one in version.agreements}


# -- goals and agreement -----------------------------------------------------------------------------------


def plan_voorgesteld(draft: Draft, act: Act, data: PlanVoorgesteld) -> None:
    """A plan, or a change of it. What was agreed holds until the change is agreed to."""
    plan = file_of(draft.state).plan
    goals = tuple(Goal(domain=goal.domein, text=goal.doel) for goal in data.doelen)
    version = Version(number=1, proposed_on=act.effective, goals=goals, tailored=data.maatwerk)
    if plan is None:
        _new_plan(draft, version)
    else:
        # One that nobody agreed to yet is replaced; every other version is kept.
        latest = plan.latest
        number = latest.number + (1 if latest.agreements else 0)
        _put_version(draft, plan, version.model_copy(update={"number": number}))
    draft.cancel((AGREE,), "het plan is opnieuw voorgesteld")
    draft.arm(AGREE, act.effective)


def check_vastgesteld(state: JourneyState, act: Act, data: PlanVastgesteld) -> None:
    participation.check_plan(state, act, data)
    file = file_of(state)
    if data.klant is not None and (member := file.member_of(data.klant)) is None:
        known = ", ".join(map(str, _who_agree(file))) or "niemand"
        raise Refused(f"Klant {data.klant} hoort niet bij dit huishouden. Wel: {known}.")
    if data.klant is not None and member is not None and not member.belongs:
        raise Refused(f"Klant {data.klant} hoort niet meer bij dit huishouden en kan niet akkoord gaan.")
    if data.doelen and file.plan is not None and file.plan.latest.goals:
        raise Refused(
            "Dit huishouden heeft al een plan met doelen. Stel een wijziging voor met 'Plan voorgesteld' en leg "
            "daarna het akkoord vast, zonder 'doelen'."
        )
    if data.akkoord_op is not None and data.akkoord_op > act.effective:
        raise Refused("Het akkoord kan niet na de dag van vaststellen liggen. Controleer de datum.")


def plan_vastgesteld(draft: Draft, act: Act, data: PlanVastgesteld) -> None:
    """Somebody agrees with the latest version; without one, there is a plan from now on."""
    goals = tuple(Goal(domain=domain) for domain in data.doelen)
    plan = file_of(draft.state).plan or _new_plan(
        draft, Version(number=1, proposed_on=act.effective, goals=goals)
    )
    who = [data.klant] if data.klant is not None else _who_agree(file_of(draft.state))
    on = data.akkoord_op or act.effective
    version = plan.latest
    fresh = tuple(
        Agreement(client=client, on=on, how=data.wijze, agreed=data.akkoord, why=data.reden) for client in who
    )
    kept = tuple(one for one in version.agreements if one.client not in who)
    if goals and not version.goals:
        version = version.model_copy(update={"goals": goals})
    version = version.model_copy(update={"agreements": (*kept, *fresh)})
    _put_version(draft, plan, version)
    if not _still_to_agree(draft, version):
        draft.meet(AGREE, act.effective)


def plan_beeindigd(draft: Draft, act: Act, data: PlanBeeindigd) -> None:
    end(draft, act.effective, data.reden)


def end(draft: Draft, on: date, why: str, *, rested: bool = False) -> None:
    """The plan is one no more; what was agreed to be done is not waited for.

    Args:
        draft: the household.
        on: the day.
        why: for the time line.
        rested: because no journey is open any more; an ending that was wrong brings it back (`wake`).
    """
    plan = file_of(draft.state).plan
    if plan is None:
        return
    _put_plan(draft, plan.model_copy(update={"until": max(on, plan.since or on), "rested": rested}))
    for action in file_of(draft.state).actions:
        if action.is_open:
            _drop(draft, action, why, rested=rested)
    draft.cancel((AGREE,), why)


def check_plan(state: JourneyState, act: Act, data: Frozen) -> None:
    if file_of(state).plan is None:
        raise Refused("Dit huishouden heeft nog geen plan. Stel eerst een plan voor.")


# -- who does what -----------------------------------------------------------------------------------------


def check_actie(state: JourneyState, act: Act, data: ActieAfgesproken) -> None:
    check_plan(state, act, data)
    if data.wie == "professional" and not data.waarom_niet_lichter:
        raise Refused(
            "Een professional komt pas als inwoner, netwerk en algemene voorziening het niet kunnen. Vul bij "
            "'waarom_niet_lichter' in waarom dat zo is, of kies wie het wel kan."
        )
    if data.uiterlijk < act.effective:
        raise Refused(f"De laatste dag {say(data.uiterlijk)} is al voorbij. Kies een dag die nog komt.")


def actie_afgesproken(draft: Draft, act: Act, data: ActieAfgesproken) -> None:
    actions = file_of(draft.state).actions
    term = draft.arm(DO, act.effective, until=data.uiterlijk)
    action = Action(
        number=len(actions) + 1,
        domain=data.domein,
        text=data.wat,
        by=data.wie,
        who=data.code,
        why_not_lighter=data.waarom_niet_lichter,
        due=data.uiterlijk,
        term=term.id,
    )
    change(draft, actions=(*actions, action))


def _action(state: JourneyState, number: int) -> Action:
    actions = file_of(state).actions
    found = next((one for one in actions if one.number == number and one.is_open), None)
    if found is None:
        open_ones = ", ".join(str(one.number) for one in actions if one.is_open) or "geen"
        raise Refused(f"Actie {number} staat niet open. Open acties: {open_ones}.")
    return found


def check_open(state: JourneyState, act: Act, data: Actie) -> None:
    _action(state, data.actie)


def check_verzet(state: JourneyState, act: Act, data: ActieVerzet) -> None:
    _action(state, data.actie)
    if data.uiterlijk < act.effective:
        raise Refused(
            f"De nieuwe laatste dag {say(data.uiterlijk)} is al voorbij. Kies een dag die nog komt."
        )


def _put_action(draft: Draft, changed: Action) -> None:
    change(draft, actions=put_back(file_of(draft.state).actions, changed))


def actie_gedaan(draft: Draft, act: Act, data: Actie) -> None:
    action = _action(draft.state, data.actie)
    _put_action(draft, action.model_copy(update={"done_on": act.effective}))
    if (term := draft.state.term(action.term)) is not None and term.is_open:
        draft.fulfil(term, act.effective)


def actie_verzet(draft: Draft, act: Act, data: ActieVerzet) -> None:
    action = _action(draft.state, data.actie)
    term = draft.state.term(action.term)
    if term is not None and term.is_open:
        draft.extend(term, until=data.uiterlijk, by=act.by, why=data.reden)
    _put_action(draft, action.model_copy(update={"due": data.uiterlijk}))


def _drop(draft: Draft, action: Action, why: str, *, rested: bool = False) -> None:
    _put_action(draft, action.model_copy(update={"dropped": why, "rested": rested}))
    if (term := draft.state.term(action.term)) is not None and term.is_open:
        draft.cancel_term(term, why)


def actie_vervallen(draft: Draft, act: Act, data: ActieVervallen) -> None:
    _drop(draft, _action(draft.state, data.actie), data.reden)


# -- what others bring ---------------------------------------------------------------------------------------


def bring(draft: Draft, report: MemberReport) -> None:
    """A journey had a plan or a regisseur before it belonged to a household: they are the household's now.

    What it takes back there is taken back here.
    """
    known = _plan_of(file_of(draft.state), report.klantroute)
    if report.plan_op is None:
        if known is not None and known.until is None:
            end(draft, draft.today, "het akkoord is in de klantroute ingetrokken")
    elif known is None:
        _new_plan(draft, _agreed(report.klant, report.plan_op), report.klantroute)
        keep_the_earliest(draft)
    elif known.since != report.plan_op:
        first, *more = known.versions
        moved = _agreed(report.klant, report.plan_op).model_copy(
            update={
                "goals": first.goals,
                "agreements": tuple(
                    one.model_copy(update={"on": report.plan_op}) if one.client == report.klant else one
                    for one in first.agreements
                ),
            }
        )
        _put_plan(draft, known.model_copy(update={"versions": (moved, *more)}))
    if report.regisseur_sinds is not None:
        brought = Director(
            team=report.regisseur_team,
            person=report.regisseur,
            since=report.regisseur_sinds,
            brought_by=report.klantroute,
        )
        _bring_director(draft, brought)


def _agreed(client: int, on: date) -> Version:
    return Version(number=1, proposed_on=on, agreements=(Agreement(client=client, on=on),))


def _plan_of(file: HouseholdFile, journey: str) -> Plan | None:
    return next((plan for plan in file.plans if plan.brought_by == journey), None)


def bring_file(draft: Draft, act: Act, brought: HouseholdFile, came_from: str) -> None:
    """The plan, actions and regisseur of a household that goes on in this one."""
    for plan in brought.plans:
        if plan.until is None:
            plans = file_of(draft.state).plans
            mine = plan.model_copy(
                update={"number": len(plans) + 1, "brought_by": came_from, "here_since": act.effective}
            )
            change(draft, plans=(*plans, mine))
            if plan.since is None and not draft.state.open_terms(AGREE):
                draft.arm(AGREE, act.effective)
    keep_the_earliest(draft)
    for action in brought.actions:
        if action.is_open:
            number = len(file_of(draft.state).actions) + 1
            # What was late stays late: the term ends today and is missed at midnight.
            due = max(action.due, act.effective)
            term = draft.arm(DO, act.effective, until=due)
            moved = action.model_copy(update={"number": number, "term": term.id, "due": due})
            change(draft, actions=(*file_of(draft.state).actions, moved))
    if (director := brought.director) is not None:
        _bring_director(
            draft, director.model_copy(update={"brought_by": came_from, "here_since": act.effective})
        )


def keep_the_earliest(draft: Draft) -> None:
    """Of two plans the earliest stays; what the others hold becomes a change of it that needs agreement.

    Nobody agreed to what another plan said, so no agreed version is touched.
    """
    plans = [plan for plan in file_of(draft.state).plans if plan.until is None]
    if len(plans) < 2:
        return
    first, *others = sorted(plans, key=lambda plan: (plan.since or date.max, plan.number))
    goals = list(_agreed_goals(first))
    for plan in others:
        ended = max(draft.today, plan.counts_since or draft.today)
        _put_plan(draft, plan.model_copy(update={"until": ended, "merged_into": first.number}))
        goals += plan.latest.goals
        if plan.since is not None:
            draft.open_task(
                "plannen_samengevoegd",
                str(plan.number),
                f"Twee plannen kwamen samen in één huishouden. Het oudste, van {say(first.since or draft.today)}, blijft. "
                "De doelen van beide staan als wijziging klaar: bespreek ze met alle leden en leg hun akkoord vast.",
                role=OWNER,
            )
    goals += first.latest.goals
    number = first.latest.number + (1 if first.latest.agreements else 0)
    version = Version(number=number, proposed_on=draft.today, goals=tuple(dict.fromkeys(goals)))
    if version.goals != first.latest.goals:
        _put_version(draft, first, version)
        if not draft.state.open_terms(AGREE):
            draft.arm(AGREE, draft.today)


def _agreed_goals(plan: Plan) -> tuple[Goal, ...]:
    agreed = [version for version in plan.versions if version.agreements]
    return agreed[-1].goals if agreed else ()


def rest(draft: Draft, why: str) -> None:
    """No journey is open any more: the plan ends, and nobody directs. An ending that was wrong brings both back."""
    end(draft, draft.today, why, rested=True)
    _nobody_directs(draft, rested=True)


def _nobody_directs(draft: Draft, *, rested: bool = False) -> None:
    """Whoever directed the household does so no more."""
    director = file_of(draft.state).director
    if director is not None:
        over = max(draft.today, director.counts_since)
        _put_director(draft, director, director.model_copy(update={"until": over, "rested": rested}))
    draft.set(owners={track: one for track, one in draft.state.owners.items() if track is not Track.REGIE})


def _put_director(draft: Draft, held: Director, changed: Director) -> None:
    directors = file_of(draft.state).directors
    change(draft, directors=tuple(changed if one is held else one for one in directors))


def wake(draft: Draft) -> None:
    """The ending that laid the household to rest was wrong: what it ended goes on as if it had not been."""
    file = file_of(draft.state)
    if file.plan is None and file.plans and file.plans[-1].rested:
        _put_plan(draft, file.plans[-1].model_copy(update={"until": None, "rested": False}))
        for action in file.actions:
            if action.rested:
                term = draft.arm(DO, draft.today, until=max(action.due, draft.today))
                _put_action(
                    draft, action.model_copy(update={"dropped": "", "rested": False, "term": term.id})
                )
    if file.director is None and file.directors and file.directors[-1].rested:
        back = file.directors[-1].model_copy(update={"until": None, "rested": False})
        _put_director(draft, file.directors[-1], back)
        _own(draft, back)


def agreement_is_complete(draft: Draft) -> None:
    """Whoever had to agree still may have left meanwhile."""
    plan = file_of(draft.state).plan
    if plan is None or not draft.state.open_terms(AGREE) or not plan.latest.agreements:
        return
    if not _still_to_agree(draft, plan.latest):
        draft.meet(AGREE, draft.today)


def nobody_agreed(draft: Draft, why: str) -> None:
    """After somebody left: a plan to which nobody agreed who is still here is no plan of this household."""
    file = file_of(draft.state)
    plan = file.plan
    here = {member.client for member in file.belonging if member.client is not None}
    if plan is not None and plan.since is not None and not any(agreed_on(file, client) for client in here):
        end(draft, draft.today, why)


def take_apart(draft: Draft, household: str, journeys: Iterable[str]) -> None:
    """A merge that was a mistake: what the other household brought goes with who left."""
    brought = {household, *journeys}
    file = file_of(draft.state)
    if file.plan is not None and file.plan.brought_by in brought:
        end(draft, draft.today, "de samenvoeging was een vergissing")
    for plan in file_of(draft.state).plans:
        if (
            file_of(draft.state).plan is None
            and plan.merged_into is not None
            and plan.brought_by not in brought
        ):
            # The plan that gave way is the plan again.
            _put_plan(draft, plan.model_copy(update={"until": None, "merged_into": None}))
    if file.director is not None and file.director.brought_by in brought:
        _nobody_directs(draft)


# -- the regisseur -------------------------------------------------------------------------------------------


def _bring_director(draft: Draft, brought: Director) -> None:
    """Of two regisseurs who were brought the first one directs; one who accepted here is never replaced by it."""
    file = file_of(draft.state)
    if any(one.brought_by == brought.brought_by and one.since == brought.since for one in file.directors):
        return
    held = file.director
    if held is None:
        change(draft, directors=(*file.directors, brought))
        _own(draft, brought)
        return
    first = brought if held.brought_by and brought.since < held.since else held
    if (held.team, held.person) == (brought.team, brought.person):
        first = held
    other = held if first is brought else brought
    over = max(draft.today, other.counts_since)
    # Who does not direct is remembered too, or the next message would bring them again.
    closed = other.model_copy(
        update={"until": over, "here_since": other.here_since if other is held else over}
    )
    kept = tuple(closed if one is other else one for one in file.directors)
    change(draft, directors=(*kept, brought if first is brought else closed))
    if first is brought:
        _own(draft, brought)
    if (held.team, held.person) != (brought.team, brought.person):
        draft.open_task(
            "twee_regisseurs",
            f"{other.team}/{other.person}",
            f"In dit huishouden waren twee regisseurs. {first.person or first.team} ({first.team}) blijft; draag samen "
            f"met {other.person or other.team} ({other.team}) over wat nodig is.",
        )


def _own(draft: Draft, director: Director) -> None:
    owner = Owner(team=director.team, person=director.person)
    owners = {**draft.state.owners, **dict.fromkeys(owned_with(Track.REGIE), owner)}
    draft.set(owners=owners)


def note_director(draft: Draft, on: date) -> None:
    """Whoever owns the direction now is the regisseur, from this day on."""
    file, owner = file_of(draft.state), draft.state.owners.get(Track.REGIE)
    held = file.director
    if owner is None or (held is not None and (held.team, held.person) == (owner.team, owner.person)):
        return
    since = max(on, held.since) if held is not None else on
    kept = tuple(one.model_copy(update={"until": since}) if one is held else one for one in file.directors)
    change(draft, directors=(*kept, Director(team=owner.team, person=owner.person, since=since)))


ACTS = (
    ActSpec(
        name="plan_voorgesteld",
        label="Plan voorgesteld",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        data=PlanVoorgesteld,
        rule=plan_voorgesteld,
        may_arm=(AGREE,),
        why="Eén plan voor het gezin; elke versie blijft bewaard",
    ),
    ActSpec(
        name="plan_vastgesteld",
        label="Plan vastgesteld",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        data=PlanVastgesteld,
        check=check_vastgesteld,
        rule=plan_vastgesteld,
        why="Een plan geldt als de inwoner akkoord is; een wijziging vraagt opnieuw akkoord",
    ),
    ActSpec(
        name="plan_beeindigd",
        label="Plan beëindigd",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        data=PlanBeeindigd,
        check=check_plan,
        rule=plan_beeindigd,
        why="Het plan is af, of het past niet meer",
    ),
    ActSpec(
        name="actie_afgesproken",
        label="Actie afgesproken",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        data=ActieAfgesproken,
        check=check_actie,
        rule=actie_afgesproken,
        may_arm=(DO,),
        stands="Latere handelingen noemen haar nummer. Leg 'Actie vervallen' vast en spreek zo nodig een nieuwe af.",
        why="Eigen kracht eerst, dan het netwerk, dan een algemene voorziening, dan pas een professional",
    ),
    ActSpec(
        name="actie_gedaan",
        label="Actie gedaan",
        origin="eigen",
        roles=ANYONE,
        stages=OPEN_STAGES,
        data=Actie,
        check=check_open,
        rule=actie_gedaan,
        why="Wat afgesproken was is gedaan",
    ),
    ActSpec(
        name="actie_verzet",
        label="Actie verzet",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        data=ActieVerzet,
        check=check_verzet,
        rule=actie_verzet,
        why="Een andere laatste dag, met de reden erbij",
    ),
    ActSpec(
        name="actie_vervallen",
        label="Actie vervallen",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        data=ActieVervallen,
        check=check_open,
        rule=actie_vervallen,
        why="Wat niet meer nodig is wordt niet bewaakt",
    ),
)
