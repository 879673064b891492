"""One plan of a household: goals, who does what, and who agreed.

Versions are kept and a change needs agreement again. What somebody does goes on when the plan changes, and each of
those has a last day that escalates like any term.
"""

from datetime import date

from pydantic import Field

from domain.acts import Reason
from domain.base import Frozen
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


class PlanVastgesteld(Frozen):
    """``klant``: who agrees, or about whom a professional decides with a reason; empty: every adult."""

    akkoord: bool = Field(description="De inwoner is het eens met het plan")
    akkoord_op: date | None = None
    wijze: How = "gesprek"
    klant: int | None = Field(default=None, ge=1, description="Klantnummer; leeg: alle volwassenen samen")
    doelen: tuple[Domain, ...] = Field(
        default=(), description="Domeinen, als er nog geen plan was voorgesteld"
    )
    reden: str = Field(default="", max_length=200, description="Nodig als de inwoner niet akkoord is")


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


def agreed_on(plan: Plan, client: int) -> date | None:
    """Since when there is a plan for this member: the first time that they agreed, or that somebody decided."""
    return min(
        (one.on for version in plan.versions for one in version.agreements if one.client == client),
        default=None,
    )


def _put_plan(draft: Draft, changed: Plan) -> None:
    plans = file_of(draft.state).plans
    change(draft, plans=tuple(changed if one.number == changed.number else one for one in plans))


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
    if not data.akkoord and not data.reden:
        raise Refused(
            "Een plan waar de inwoner niet mee akkoord is, heeft een reden nodig: vul 'reden' in. "
            "Liever nog: pas het plan aan tot het gedragen wordt."
        )
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
    waiting = {*_who_agree(file_of(draft.state))} - {one.client for one in version.agreements}
    if not waiting:
        draft.meet(AGREE, act.effective)


def plan_beeindigd(draft: Draft, act: Act, data: PlanBeeindigd) -> None:
    end(draft, act.effective, data.reden)


def end(draft: Draft, on: date, why: str) -> None:
    """The plan is one no more; what was agreed to be done is not waited for."""
    plan = file_of(draft.state).plan
    if plan is None:
        return
    _put_plan(draft, plan.model_copy(update={"until": max(on, plan.since or on)}))
    for action in file_of(draft.state).actions:
        if action.is_open:
            _drop(draft, action, why)
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
    actions = file_of(draft.state).actions
    change(draft, actions=tuple(changed if one.number == changed.number else one for one in actions))


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


def _drop(draft: Draft, action: Action, why: str) -> None:
    _put_action(draft, action.model_copy(update={"dropped": why}))
    if (term := draft.state.term(action.term)) is not None and term.is_open:
        draft.cancel_term(term, why)


def actie_vervallen(draft: Draft, act: Act, data: ActieVervallen) -> None:
    _drop(draft, _action(draft.state, data.actie), data.reden)


# -- what others bring ---------------------------------------------------------------------------------------


def bring(draft: Draft, report: MemberReport) -> None:
    """A journey had a plan or a regisseur before it belonged to a household: they are the household's now."""
    if report.plan_op is not None and not _knows_plan(file_of(draft.state), report.klantroute):
        agreement = Agreement(client=report.klant, on=report.plan_op)
        version = Version(number=1, proposed_on=report.plan_op, agreements=(agreement,))
        _new_plan(draft, version, report.klantroute)
        keep_the_earliest(draft)
    if report.regisseur_sinds is not None:
        brought = Director(
            team=report.regisseur_team,
            person=report.regisseur,
            since=report.regisseur_sinds,
            brought_by=report.klantroute,
        )
        _bring_director(draft, brought)


def _knows_plan(file: HouseholdFile, journey: str) -> bool:
    return any(plan.brought_by == journey for plan in file.plans)


def bring_file(draft: Draft, act: Act, brought: HouseholdFile, came_from: str) -> None:
    """The plan, actions and regisseur of a household that goes on in this one."""
    for plan in brought.plans:
        if plan.until is None and plan.since is not None:
            number = len(file_of(draft.state).plans) + 1
            change(
                draft,
                plans=(
                    *file_of(draft.state).plans,
                    plan.model_copy(update={"number": number, "brought_by": came_from}),
                ),
            )
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
        _bring_director(draft, director.model_copy(update={"brought_by": came_from}))


def keep_the_earliest(draft: Draft) -> None:
    """Of two plans the earliest stays; the other is kept on record, and a person looks at what it held."""
    plans = [plan for plan in file_of(draft.state).plans if plan.until is None]
    running = [plan for plan in plans if plan.since is not None]
    if not running or len(plans) < 2:
        return
    first, *others = sorted(running, key=lambda plan: (plan.since or date.max, plan.number))
    for plan in others:
        ended = max(draft.today, plan.since or draft.today)
        _put_plan(draft, plan.model_copy(update={"until": ended, "merged_into": first.number}))
        # Whoever agreed to the other plan agreed to have one; the goals of both are looked at together.
        version = first.latest
        known = {one.client for one in version.agreements}
        more = tuple(one for one in plan.latest.agreements if one.client not in known)
        goals = tuple(dict.fromkeys((*version.goals, *plan.latest.goals)))
        merged = version.model_copy(update={"goals": goals, "agreements": (*version.agreements, *more)})
        first = _put_version(draft, first, merged)
        draft.open_task(
            "plannen_samengevoegd",
            str(plan.number),
            f"Twee plannen kwamen samen in één huishouden. Het oudste, van {say(first.since or draft.today)}, blijft; "
            "de doelen van beide staan er nu in. Bespreek met alle leden wat zo blijft en leg een nieuwe versie vast.",
            role=OWNER,
        )
    for plan in plans:
        if plan.since is None:
            # What was only proposed is a change of the plan that stays, for those who still have to agree.
            _put_plan(draft, plan.model_copy(update={"until": draft.today, "merged_into": first.number}))
            goals = tuple(dict.fromkeys((*first.latest.goals, *plan.latest.goals)))
            changed = Version(
                number=first.latest.number + 1, proposed_on=plan.latest.proposed_on, goals=goals
            )
            first = _put_version(draft, first, changed)


# -- the regisseur -------------------------------------------------------------------------------------------


def _bring_director(draft: Draft, brought: Director) -> None:
    file = file_of(draft.state)
    if any(one.brought_by == brought.brought_by and one.since == brought.since for one in file.directors):
        return
    held = file.director
    if held is None:
        change(draft, directors=(*file.directors, brought))
        _own(draft, brought)
        return
    if (held.team, held.person) == (brought.team, brought.person):
        return
    # The regisseur who directed first goes on; nothing changes hands without somebody knowing.
    first, other = sorted((held, brought), key=lambda one: (one.since, one.team, one.person))
    if first is brought:
        ended = held.model_copy(update={"until": max(draft.today, held.since)})
        kept = tuple(ended if one is held else one for one in file.directors)
        change(draft, directors=(*kept, brought))
        _own(draft, brought)
    draft.open_task(
        "twee_regisseurs",
        f"{other.team}/{other.person}",
        f"In dit huishouden waren twee regisseurs. {first.person or first.team} ({first.team}), die het eerst "
        f"aanvaardde, blijft; draag samen met {other.person or other.team} ({other.team}) over wat nodig is.",
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
