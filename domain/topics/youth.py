"""Younger than 27: when one may apply, school first, and the birthdays that change what holds.

Most of this follows from facts and not from the route: the papers about school of a young partner are asked
for on route regulier too (Pw art. 41 lid 5), and the zoektermijn holds for a young statushouder as well
(art. 41 lid 8). Nothing here refuses an application or ends anything; what can go against a resident is an
act of a person.
"""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from domain.acts import Nothing
from domain.acts import Reason as Why
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, OPEN_STAGES, UNTIL_EXIT, ActSpec, Arms
from domain.draft import Draft
from domain.facts import VSO_PRO, About, Facts, Kind, Reason, Verdict, all_young, birthday, one_young
from domain.happenings import Act, Refused
from domain.journey import Deadline, JourneyState, TermStatus, Track
from domain.policy import Policy
from domain.roles import ANYONE, COACH, DECIDES, FRONT
from domain.terms import compute
from domain.topics.moments import OPENED
from domain.topics.routing import SETTLES, end_of_review, facts_of, reconsider, record

SEARCH, PAPERS, ATTITUDE, SUPPORT = (
    "zoektermijn",
    "stukken_school",
    "houding_jongere",
    "ondersteuning_jongere",
)
SCHOOL_TEST = "schooltoets"
AFTER_SCHOOL = {"ondersteuning_na_vso_pro": VSO_PRO, "ondersteuning_na_entree": ("entree",)}
"""While these run, support goes together with the school that was left."""
OF_THE_APPLICATION = ("voorschot", "besluit_aanvraag")


# -- the zoektermijn -----------------------------------------------------------------------------------


def search_period(facts: Facts, on: date, policy: Policy) -> Verdict:
    """Whether the zoektermijn holds (Pw art. 41 lid 4): everybody younger than 27, and no exception.

    An exception of either partner is enough. What was never asked about limited hours or the doelgroep
    loonkostensubsidie is no sign of it; what was asked in vain is a question.
    """
    young = all_young(facts, on, policy)
    if young is False:
        return Verdict.no("27_of_ouder", "niet iedereen voor wie de aanvraag is, is jonger dan 27")
    persons: tuple[About, ...] = ("inwoner",) if facts.couple(on) is False else ("inwoner", "partner")
    exceptions: tuple[tuple[Kind, str], ...] = (
        ("medische_urenbeperking", "medisch urenbeperkt"),
        ("lks_doelgroep", "doelgroep loonkostensubsidie"),
    )
    unknown = []
    for about in persons:
        if facts.vso_pro_within_a_year(on, policy, about):
            return Verdict.no("vso_pro", "het laatste jaar ingeschreven bij vso of pro")
        for kind, text in exceptions:
            if facts.says(kind, on, about):
                return Verdict.no(kind, text)
            if facts.asked_in_vain(kind, on, about):
                unknown.append(Reason(f"{kind}_onbekend", f"Of de wachttijd geldt is onbekend: {text}?"))
    if unknown:
        return Verdict.unknown(*unknown)
    if young is None or facts.vso_pro_within_a_year(on, policy) is None:
        # The choice of the route asks for these already.
        return Verdict.unknown()
    return Verdict.yes("jonger_dan_27", "iedereen voor wie de aanvraag is, is jonger dan 27")


def _newest(draft: Draft, key: str) -> Deadline | None:
    """The last term of a kind that did not lapse."""
    return next(
        (t for t in reversed(draft.state.terms) if t.term == key and t.status is not TermStatus.CANCELLED),
        None,
    )


def _note(draft: Draft, **changes: Any) -> None:
    draft.set(youth=draft.state.youth.model_copy(update=changes))


def _search(draft: Draft, facts: Facts, verdict: Verdict) -> None:
    """Arm, move or cancel the zoektermijn, and let an early application count from the right day."""
    reported = facts.reported_on
    if verdict.fits == "past_niet":
        why = "; ".join(text for _, text in verdict.reasons)
        _may_apply_now(draft, f"{why}: aanvragen kan meteen (Participatiewet art. 41 lid 12)")
    elif verdict.fits == "past" and reported and not draft.state.youth.search_waived_on:
        newest = _newest(draft, SEARCH)
        if newest is None:
            draft.arm(SEARCH, reported, track=Track.INKOMEN)
        else:
            _follow_melding(draft, newest, reported)
    applied = facts.applied_on
    for term in draft.state.open_terms(SEARCH):
        if applied and applied < term.due:
            _take_early(draft, applied, term.due)
        elif applied:
            _not_early(draft)


def _take_early(draft: Draft, applied: date, opens: date) -> None:
    """An application within the zoektermijn is kept with its own date; it is never refused."""
    known = draft.state.youth
    again = known.early_application_on == applied
    if again and known.early_application_until == opens:
        return
    if draft.policy.readings.get("vroege_aanvraag") == "einde_zoektermijn":
        _count_from(draft, (known.early_application_until if again else None) or applied, opens)
    _note(draft, early_application_on=applied, early_application_until=opens)
    draft.open_task(
        "vroege_aanvraag",
        applied.isoformat(),
        f"De aanvraag van {say(applied)} kwam binnen de wachttijd, die duurt tot {say(opens)}. Zij is bewaard en "
        "wordt niet geweigerd. Neem haar dan in behandeling, of eerder als de omstandigheden dat vragen "
        "(Participatiewet art. 41 lid 11).",
        role="consulent",
    )


def _count_from(draft: Draft, was: date, becomes: date) -> None:
    for key in OF_THE_APPLICATION:
        for term in draft.state.open_terms(key):
            if term.dates.start == was and term.status is not TermStatus.SUSPENDED:
                description = draft.rule_of(term).description
                draft.move(term, start=becomes, text=f"{description}: telt vanaf {say(becomes)}")


def _not_early(draft: Draft) -> None:
    known = draft.state.youth
    if known.early_application_on and known.early_application_until:
        _count_from(draft, known.early_application_until, known.early_application_on)
        _note(draft, early_application_on=None, early_application_until=None)


def _may_apply_now(draft: Draft, why: str) -> None:
    """The waiting is over, in the resident's favour; an early application counts from its own day."""
    if draft.state.open_terms(SEARCH):
        draft.cancel((SEARCH,), why)
        _not_early(draft)


def zoektermijn_open(draft: Draft, term: Deadline) -> None:
    """From now on the young resident may apply; nobody has to find that out alone."""
    if draft.state.application_on:
        text = "De wachttijd is voorbij. Neem de aanvraag die er al ligt in behandeling."
    else:
        text = "De wachttijd is voorbij. Neem contact op met de jongere, zodat een aanvraag niet uitblijft."
    draft.open_task("wachttijd_voorbij", term.id, text)


# -- papers, attitude, support -------------------------------------------------------------------------


def _papers(draft: Draft, facts: Facts, search: Verdict) -> None:
    """Papers about school: with the application in the zoektermijn, else within weeks of the melding.

    Pw art. 41 lid 5 and 7, also for the young partner of somebody of 27 or older.
    """
    newest = _newest(draft, PAPERS)
    if draft.state.youth.school_papers_on or facts.reported_on is None:
        return
    with_application = bool(newest and newest.dates.set_end)
    if search.fits == "past_niet" and (newest is None or (with_application and newest.is_open)):
        if newest is not None:
            draft.cancel_term(newest, "de stukken mogen binnen de termijn na de melding komen")
        draft.arm(PAPERS, facts.reported_on, track=Track.INKOMEN)
    elif search.fits == "past_niet" and newest is not None:
        _follow_melding(draft, newest, facts.reported_on)
    elif search.fits == "past" and newest is None and facts.applied_on:
        due = max(facts.applied_on, draft.state.youth.early_application_until or facts.applied_on)
        draft.arm(PAPERS, facts.applied_on, track=Track.INKOMEN, until=due)


def _first_weeks(draft: Draft, facts: Facts) -> None:
    """The weeks of which attitude counts (Pw art. 43 lid 4 and 5), and in which support has to be needed."""
    if facts.reported_on is None:
        return
    adult = facts.reached(draft.policy.term("verjaardag_18").length, draft.today, draft.policy)
    wanted = [(SUPPORT, Track.TRAJECT)] + ([(ATTITUDE, Track.INKOMEN)] if adult is not False else [])
    for key, track in wanted:
        newest = _newest(draft, key)
        if newest is None:
            draft.arm(key, facts.reported_on, track=track)
        else:
            _follow_melding(draft, newest, facts.reported_on)


def _follow_melding(draft: Draft, term: Deadline, reported: date) -> None:
    """A term that counts from the melding voor bijstand moves with what is known of its date."""
    if term.status is TermStatus.RUNNING and term.dates.start != reported and not term.dates.set_end:
        description = draft.rule_of(term).description
        draft.move(term, start=reported, text=f"{description}: telt vanaf de melding voor bijstand")


def _birthdays(draft: Draft, facts: Facts) -> None:
    """Arm the days on which somebody becomes 18 or 27, as far as they are known and still to come.

    Of an incomplete birth date both ends count: on the first the age becomes unsure, on the last it is sure.
    """
    policy, today = draft.policy, draft.today
    for key in ("verjaardag_18", "verjaardag_27", "kwalificatieplicht"):
        years = policy.term(key).length
        persons: tuple[About, ...] = ("inwoner",)
        if key == "verjaardag_27" and facts.couple(today):
            persons = ("inwoner", "partner")
        wanted: dict[date, date] = {}
        for about in persons:
            birth = facts.birth_of(about)
            ends = (birth.earliest(), birth.latest()) if birth else ()
            days = {birthday(born, years, policy): born for born in ends if born}
            coming = min((day for day in days if day > today), default=None)
            if coming is not None:
                wanted[coming] = days[coming]
        if key == "kwalificatieplicht" and facts.says("startkwalificatie", today):
            wanted = {}
        for term in draft.state.open_terms(key):
            if term.due in wanted:
                del wanted[term.due]
            else:
                draft.cancel_term(term, "door wat nu bekend is geldt deze dag niet")
        for day, born in sorted(wanted.items()):
            draft.arm_from_birth(key, born, day)


def _consult_school(draft: Draft, facts: Facts) -> None:
    """For some time after certain schools support goes together with the school (WEB art. 9.2.5 lid 5)."""
    for key, schools in AFTER_SCHOOL.items():
        if not draft.knows(key):
            continue
        # Of what was said twice about the same day the last counts.
        rows = {(row.kind, row.since): row for kind in ("school", "vso_pro") for row in facts.of(kind)}
        left = {
            row.until
            for row in rows.values()
            if row.value in schools and row.until is not None and row.until <= draft.today
        }
        last = max(left, default=None)
        for term in draft.state.open_terms(key):
            if term.dates.start != last:
                draft.cancel_term(term, "door wat nu bekend is geldt dit niet")
        if last and not draft.state.open_terms(key):
            until = compute(draft.policy.on(last).term(key), last, draft.days).legal_end
            if until >= draft.today:
                draft.arm(key, last, quiet=True)


def settle(draft: Draft, facts: Facts) -> tuple[Reason, ...]:
    """What follows from being young, on any route. Returns what a person has to be asked."""
    _birthdays(draft, facts)
    _consult_school(draft, facts)
    young = one_young(facts, draft.today, draft.policy)
    if draft.state.route != "jongere":
        draft.cancel((SCHOOL_TEST,), "de klantroute is niet meer die van een jongere")
    if draft.state.decision:
        draft.cancel((SEARCH, PAPERS, ATTITUDE), "er is besloten op de aanvraag")
        _needs_action_plan(draft, young)
        return ()
    search = search_period(facts, draft.today, draft.policy)
    _search(draft, facts, search)
    if young:
        _papers(draft, facts, search)
        _first_weeks(draft, facts)
    elif young is False and facts.applied_on is None:
        draft.cancel((PAPERS, ATTITUDE, SUPPORT), "niemand is meer jonger dan 27")
    return search.reasons if search.fits == "onbekend" else ()


def _needs_action_plan(draft: Draft, young: bool | None) -> None:
    """A plan van aanpak is an annex to the grant (Pw art. 44 lid 4 and 44a)."""
    state = draft.state
    if young and state.decision == "toegekend" and state.youth.action_plan_on is None:
        draft.open_task(
            "plan_van_aanpak",
            str(state.application_on or ""),
            "De bijstand is toegekend zonder plan van aanpak. Stel het samen met de jongere vast; het hoort als "
            "bijlage bij het besluit (Participatiewet art. 44 lid 4).",
        )


def school_first(draft: Draft, facts: Facts) -> None:
    """Route jongere: somebody finds out whether school is possible before anything else."""
    started = next((item.act.effective for item in draft.state.log if item.act), None)
    known = facts.value("school_mogelijk", draft.today)
    if _newest(draft, SCHOOL_TEST) is None and not known:
        review = end_of_review(draft.state)
        draft.arm(SCHOOL_TEST, facts.reported_on or started or draft.today, until=review)


def birthday_came(draft: Draft, term: Deadline) -> None:
    reconsider(draft, term.id)


def turned_18(draft: Draft, term: Deadline) -> None:
    reconsider(draft, term.id)
    draft.open_task(
        "wordt_18",
        term.id,
        "De jongere is 18 geworden of wordt het. Kijk samen wat er verandert: eigen recht op bijstand, "
        "zorgverzekering, en de overgang van jeugdhulp.",
    )


SETTLES.append(settle)
OPENED[SEARCH] = zoektermijn_open
OPENED["verjaardag_18"] = turned_18
OPENED["verjaardag_27"] = birthday_came


# -- acts ----------------------------------------------------------------------------------------------


class ZoektermijnIngekort(Frozen):
    reden: str = Why


class SchoolGevraagd(Frozen):
    aan: Literal["school", "doorstroompunt"] = "school"


class SchoolOnderzocht(Frozen):
    kan_naar_school: Literal["ja", "nee", "onbekend"]
    doorstroompunt_geraadpleegd: bool = False
    reden: str = Field(default="", max_length=200, description="Waarom; nodig bij ja")


class HoudingBeoordeeld(Frozen):
    oordeel: Literal["voldoende", "onvoldoende"]
    reden: str = Field(default="", max_length=200, description="Nodig bij onvoldoende")


class OndersteuningGestart(Frozen):
    vorm: Literal["begeleiding", "leerwerktraject", "jobcoach", "scholing"] = "begeleiding"
    op_verzoek_school: bool = False
    nodig: str = Field(default="", max_length=200, description="Waarom wachten niet kan, in de eerste weken")


def melding_bijstand(draft: Draft, act: Act, data: Nothing) -> None:
    """Name and address are registered at UWV: benefit and zoektermijn count from here (Pw art. 44 lid 2).

    The melding at the front door counts as one until this is known; of two of these the earlier counts.
    """
    state = draft.state
    reported = state.benefit_reported_on
    if state.acts("melding_bijstand") and reported and not state.decision:
        draft.set(benefit_reported_on=min(reported, act.effective))
    else:
        draft.set(benefit_reported_on=act.effective)


def check_zoektermijn(state: JourneyState, act: Act, data: ZoektermijnIngekort) -> None:
    if not state.open_terms(SEARCH):
        raise Refused("Er loopt geen wachttijd (zoektermijn). Een aanvraag kan nu al gedaan worden.")


def zoektermijn_ingekort(draft: Draft, act: Act, data: ZoektermijnIngekort) -> None:
    _note(draft, search_waived_on=act.effective)
    _may_apply_now(draft, "het college begint eerder, omdat de omstandigheden dat vragen (art. 41 lid 11)")


def stukken_school_ontvangen(draft: Draft, act: Act, data: Nothing) -> None:
    _note(draft, school_papers_on=draft.state.youth.school_papers_on or act.effective)


def check_school(state: JourneyState, act: Act, data: SchoolOnderzocht) -> None:
    if data.kan_naar_school == "ja" and not data.reden:
        raise Refused(
            "Dat school kan, kan gevolgen hebben voor het recht op bijstand en heeft een reden nodig: vul 'reden' "
            "in."
        )


def school_onderzocht(draft: Draft, act: Act, data: SchoolOnderzocht) -> None:
    """School first. Whether it touches the right to bijstand (Pw art. 13 lid 2) a person decides later."""
    record(
        draft,
        "school_mogelijk",
        data.kan_naar_school,
        act.effective,
        source="school" if data.doorstroompunt_geraadpleegd else "dossier",
        act=act.id,
    )
    if data.kan_naar_school == "ja":
        draft.open_task(
            "begeleid_naar_school",
            act.id,
            "School kan. Begeleid de jongere naar een passende opleiding en houd contact tot de start.",
        )
    elif data.kan_naar_school == "onbekend":
        draft.open_task(
            "school_onbekend",
            act.id,
            "Of school kan is nog niet bekend. Vraag de school of het Doorstroompunt (WEB art. 9.2.3).",
        )


def check_houding(state: JourneyState, act: Act, data: HoudingBeoordeeld) -> None:
    if data.oordeel == "onvoldoende" and not data.reden:
        raise Refused("Een oordeel 'onvoldoende' heeft een reden nodig: vul 'reden' in.")


def houding_beoordeeld(draft: Draft, act: Act, data: HoudingBeoordeeld) -> None:
    """Attitude in the weeks after the melding; it can be judged against somebody only when they are over."""
    reported = draft.state.benefit_reported_on
    if data.oordeel == "onvoldoende" and reported:
        over = compute(draft.policy.on(reported).term(ATTITUDE), reported, draft.days).raw_end
        if act.effective < over:
            raise Refused(
                f"De weken die meetellen duren tot en met {say(over)}. Beoordeel de houding daarna "
                "(Participatiewet art. 43)."
            )
    _note(draft, attitude=data.oordeel)


def check_support(state: JourneyState, act: Act, data: OndersteuningGestart) -> None:
    facts = facts_of(state)
    if not data.op_verzoek_school and facts.says("school_mogelijk", act.effective) is not False:
        raise Refused(
            "Ondersteuning naar werk kan als school niet kan of niet past, of als de school erom vraagt "
            "(Participatiewet art. 7a). Leg eerst vast of school kan, of kies 'op_verzoek_school'."
        )
    for term in state.open_terms(SUPPORT):
        if act.effective < term.due and not data.nodig:
            raise Refused(
                f"In de eerste weken na de melding, tot {say(term.due)}, is er alleen ondersteuning als die nodig is "
                "(Participatiewet art. 7 lid 3). Vul in 'nodig' in waarom wachten niet kan."
            )


def ondersteuning_gestart(draft: Draft, act: Act, data: OndersteuningGestart) -> None:
    draft.meet(SUPPORT, act.effective)
    asked = data.op_verzoek_school or draft.state.acts("school_gevraagd")
    running = [term for key in AFTER_SCHOOL for term in draft.state.open_terms(key)]
    if running and not asked:
        draft.open_task(
            "school_raadplegen",
            act.id,
            f"De jongere ging korter geleden van school dan de wet voor overleg aanhoudt (tot en met "
            f"{say(max(term.due for term in running))}). Overleg met de school over de ondersteuning (Wet educatie en "
            "beroepsonderwijs art. 9.2.5 lid 5).",
        )


def plan_van_aanpak(draft: Draft, act: Act, data: Nothing) -> None:
    _note(draft, action_plan_on=act.effective)
    draft.close_tasks("plan_van_aanpak", by=act.by, on=act.effective, outcome="plan van aanpak vastgesteld")


ACTS: tuple[ActSpec, ...] = (
    ActSpec(
        name="melding_bijstand",
        label="Melding voor bijstand",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=melding_bijstand,
        why="Participatiewet art. 44 lid 2: geregistreerd bij UWV; vaak dezelfde dag als de melding",
    ),
    ActSpec(
        name="zoektermijn_ingekort",
        label="Zoektermijn ingekort",
        origin="eigen",
        roles=DECIDES,
        stages=OPEN_STAGES,
        data=ZoektermijnIngekort,
        check=check_zoektermijn,
        rule=zoektermijn_ingekort,
        why="Participatiewet art. 41 lid 11: eerder beginnen mag altijd als de omstandigheden dat vragen",
    ),
    ActSpec(
        name="stukken_school_ontvangen",
        label="Stukken over school ontvangen",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        meets=(PAPERS,),
        rule=stukken_school_ontvangen,
        why="Participatiewet art. 41 lid 5: helpen beoordelen of er nog mogelijkheden op school zijn",
    ),
    ActSpec(
        name="school_gevraagd",
        label="School of Doorstroompunt gevraagd",
        origin="eigen",
        roles=FRONT | COACH,
        stages=OPEN_STAGES,
        data=SchoolGevraagd,
        arms=(Arms(term="school_informatie", unless_running=True),),
        why="Wet educatie en beroepsonderwijs art. 9.2.3 en 9.2.5: overleg met de school",
    ),
    ActSpec(
        name="school_informatie_ontvangen",
        label="Informatie van de school ontvangen",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        meets=("school_informatie",),
        why="Wet educatie en beroepsonderwijs art. 9.2.3",
    ),
    ActSpec(
        name="school_onderzocht",
        label="Mogelijkheden van school onderzocht",
        origin="eigen",
        roles=FRONT | COACH,
        stages=OPEN_STAGES,
        data=SchoolOnderzocht,
        check=check_school,
        rule=school_onderzocht,
        meets=(SCHOOL_TEST,),
        negative=True,
        why="Begroting: leerbare jongeren tot 27 jaar worden begeleid naar school",
    ),
    ActSpec(
        name="houding_beoordeeld",
        label="Houding in de eerste weken beoordeeld",
        origin="eigen",
        roles=DECIDES | COACH,
        stages=OPEN_STAGES,
        data=HoudingBeoordeeld,
        check=check_houding,
        rule=houding_beoordeeld,
        meets=(ATTITUDE,),
        negative=True,
        why="Participatiewet art. 43 lid 4 en 5; een mens weegt het mee in het besluit",
    ),
    ActSpec(
        name="ondersteuning_jongere_gestart",
        label="Ondersteuning van een jongere gestart",
        origin="eigen",
        roles=COACH,
        stages=UNTIL_EXIT,
        data=OndersteuningGestart,
        check=check_support,
        rule=ondersteuning_gestart,
        why="Participatiewet art. 7a",
    ),
    ActSpec(
        name="plan_van_aanpak_vastgesteld",
        label="Plan van aanpak vastgesteld",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        rule=plan_van_aanpak,
        arms=(Arms(term="plan_evaluatie", unless_running=True),),
        why="Participatiewet art. 44 lid 4 en 44a: bijlage bij de toekenning, en periodiek geëvalueerd",
    ),
    ActSpec(
        name="plan_van_aanpak_geevalueerd",
        label="Plan van aanpak geëvalueerd",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        meets=("plan_evaluatie",),
        arms=(Arms(term="plan_evaluatie", unless_running=True),),
        why="Participatiewet art. 44a",
    ),
)
