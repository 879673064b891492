"""What the acts of a route do beyond what its declaration says.

Each function changes a draft; a check raises Refused with a sentence. Articles of law stand beside the
line that they explain.
"""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from domain import acts
from domain.calendars import say, start_of_day
from domain.draft import Draft
from domain.findings import Finding, Outcome
from domain.happenings import Act, LookUp, Refused
from domain.journey import (
    Deadline,
    JourneyState,
    Owner,
    Placement,
    Resident,
    Stage,
    TermStatus,
    Track,
)
from domain.policy import Policy

MAX_DWANGSOM_EURO = 1442
"""14 x 23 + 14 x 35 + 14 x 45, Awb art. 4:17 lid 2."""
BRP_QUESTION = "brp_persoon"


# -- start ---------------------------------------------------------------------------------------------


def melding(draft: Draft, act: Act, data: acts.Melding) -> None:
    """The resident reports. The team of first contact is responsible until somebody takes over."""
    state = draft.state
    if Track.TRAJECT not in state.owners:
        draft.set(owners={**state.owners, Track.TRAJECT: Owner(team=draft.policy.first_team)})
    if draft.state.stage is Stage.GESLOTEN:
        draft.open_task(
            "nieuwe_melding",
            act.id,
            "De inwoner meldt zich opnieuw terwijl deze klantroute gesloten is. Start een nieuwe klantroute.",
        )
        return
    if not state.open_terms("eerste_gesprek"):
        # Whoever reports has a talk within a week, also in the middle of a journey.
        draft.arm("eerste_gesprek", act.effective)
    if state.resident.has_bsn and not any(item.finding for item in state.log) and not state.look_ups:
        ask_brp(draft)
    elif state.resident.birth is not None and not state.log:
        judge_route(draft, "opgave")


def ask_brp(draft: Draft) -> None:
    number = 1 + sum(1 for item in draft.state.log if item.finding)
    question = LookUp(id=f"{BRP_QUESTION}-{number}", question=BRP_QUESTION, asked_at=draft.now)
    draft.set(look_ups=(*draft.state.look_ups, question))
    draft.look_ups.append(question)


# -- findings ------------------------------------------------------------------------------------------


def take_in(draft: Draft, finding: Finding) -> None:
    """Place what a registry answered. No outcome decides against a resident; doubt is a person's."""
    draft.set(look_ups=tuple(question for question in draft.state.look_ups if question.id != finding.id))
    match finding.outcome:
        case Outcome.FOUND:
            text = "De BRP kent deze persoon."
        case Outcome.NOT_FOUND:
            text = "De BRP kent deze persoon niet."
        case Outcome.NO_ANSWER:
            text = "De BRP gaf geen antwoord."
        case Outcome.INCOMPREHENSIBLE:
            text = "Het antwoord van de BRP was niet te begrijpen."
        case Outcome.REFUSED_US:
            text = "De BRP weigerde de vraag."
    draft.tell_story("finding", stage=draft.state.stage.value, text=text)
    if draft.state.stage is Stage.GESLOTEN:
        return
    match finding.outcome:
        case Outcome.FOUND if finding.person is not None:
            person = finding.person
            draft.set(
                resident=Resident(
                    has_bsn=True,
                    birth=person.birth,
                    household=draft.state.resident.household,
                    municipality_code=person.municipality_code,
                    secret=person.secret,
                    deceased=person.deceased,
                )
            )
            judge_route(draft, finding.id, finding)
        case Outcome.NOT_FOUND:
            draft.open_task(
                "beoordeel_route",
                finding.id,
                "De BRP kent deze persoon niet. Controleer het burgerservicenummer bij de inwoner.",
                reasons=("onbekend_in_brp",),
            )
        case Outcome.REFUSED_US:
            draft.open_task(
                "koppeling_brp",
                finding.id,
                "De BRP weigert onze vraag. Controleer sleutel, autorisatie en doelbinding.",
                role="beheer",
            )
            _check_by_hand(draft, finding)
        case _:
            _check_by_hand(draft, finding)


def _check_by_hand(draft: Draft, finding: Finding) -> None:
    draft.open_task(
        "controleer_handmatig",
        finding.id,
        "Controleer handmatig in de BRP: leeftijd, gemeente en of bijhouding is opgeschort. "
        "Termijnen lopen gewoon door.",
    )


def pension_date(birth: date, policy: Policy) -> date:
    """The day on which somebody born on that day reaches the AOW-leeftijd (AOW art. 7a)."""
    ages = sorted(policy.pension_ages, key=lambda item: item.valid_from)
    reached = birth + relativedelta(years=ages[0].years, months=ages[0].months)
    for age in ages[1:]:
        # A higher age is for who had not reached the one before when it came into force.
        if reached >= age.valid_from:
            reached = birth + relativedelta(years=age.years, months=age.months)
    return reached


def route_doubts(
    resident: Resident, on: date, policy: Policy, finding: Finding | None = None
) -> list[tuple[str, str]]:
    """Why route regulier may not fit, as (code, sentence) pairs. An empty list: it fits.

    Regulier is for 27 and older (or a couple of which one is), below the AOW-leeftijd, living here.
    """
    doubts: list[tuple[str, str]] = []
    person = finding.person if finding else None
    suspension = person.suspension if person else None
    if resident.deceased or suspension == "O":
        doubts.append(("overleden", "Volgens de BRP is deze persoon overleden."))
    if suspension == "E":
        doubts.append(("geemigreerd", "Volgens de BRP is deze persoon geëmigreerd."))
    elif suspension in ("R", "M"):
        doubts.append(("niet_ingezetene", "Volgens de BRP is deze persoon geen ingezetene."))
    elif suspension in (".", "F"):
        doubts.append(("bijhouding_opgeschort", "De bijhouding in de BRP is opgeschort; reden onbekend."))
    if person and not doubts and resident.municipality_code != policy.municipality_code:
        doubts.append(("woont_elders", f"Volgens de BRP woont deze persoon niet in {policy.municipality}."))
    if person and person.under_investigation:
        doubts.append(("in_onderzoek", "Gegevens in de BRP zijn in onderzoek."))
    first = resident.birth.earliest() if resident.birth else None
    last = resident.birth.latest() if resident.birth else None
    if first is None or last is None:
        doubts.append(("leeftijd_onbekend", "De geboortedatum is onbekend."))
        return doubts
    # An incomplete date is a range: only when the whole range lies on one side is the answer sure.
    turns_27 = [day + relativedelta(years=27) for day in (first, last)]
    pension = [pension_date(day, policy) for day in (first, last)]
    if turns_27[0] > on:
        doubts.append(("te_jong", "Jonger dan 27 jaar: kies de route voor jongeren."))
    elif turns_27[1] > on:
        doubts.append(("leeftijd_onbekend", "Of deze persoon al 27 is, blijkt niet uit de geboortedatum."))
    if pension[1] <= on:
        doubts.append(
            ("te_oud", "De AOW-leeftijd is bereikt: er is geen recht op bijstand onder die leeftijd.")
        )
    elif pension[0] <= on:
        doubts.append(
            ("leeftijd_onbekend", "Of de AOW-leeftijd al bereikt is, blijkt niet uit de geboortedatum.")
        )
    return doubts


def judge_route(draft: Draft, ref: str, finding: Finding | None = None) -> None:
    """Ask a person when the route may not fit. The journey and its terms go on meanwhile."""
    if doubts := route_doubts(draft.state.resident, draft.today, draft.policy, finding):
        draft.open_task(
            "beoordeel_route",
            ref,
            " ".join(dict.fromkeys(sentence for _, sentence in doubts))
            + " Beoordeel of deze route past; termijnen lopen gewoon door.",
            reasons=dict.fromkeys(code for code, _ in doubts),
        )


# -- intake --------------------------------------------------------------------------------------------


def gesprek_gepland(draft: Draft, act: Act, data: acts.GesprekGepland) -> None:
    """An appointment. Later than promised counts as moved only when the resident asked for it."""
    draft.set(talk_offered=data.datum)
    for term in draft.state.open_terms("eerste_gesprek"):
        if data.datum <= term.due or term.status is not TermStatus.RUNNING:
            continue
        if data.op_verzoek:
            draft.extend(term, until=data.datum, by=act.by, why="op verzoek van de inwoner")
        else:
            draft.send(
                f"{term.id}/gepland/{act.id}",
                "eigenaar",
                "termijn",
                text=f"Het gesprek is gepland op {say(data.datum)}, na de laatste dag {say(term.due)}.",
                termijn=term.id,
            )


def niet_verschenen(draft: Draft, act: Act, data: acts.NietVerschenen) -> None:
    """A talk that was offered in time is no breach of ours; invite again and look for contact."""
    offered = draft.state.talk_offered or act.effective
    for term in draft.state.open_terms("eerste_gesprek"):
        if offered <= term.due:
            draft.meet("eerste_gesprek", offered)
    if not draft.state.open_terms("nieuwe_uitnodiging"):
        draft.arm("nieuwe_uitnodiging", act.effective)


# -- income --------------------------------------------------------------------------------------------


def aanvraag_ingediend(draft: Draft, act: Act, data: acts.Nothing) -> None:
    state = draft.state
    if state.open_terms("besluit_aanvraag"):
        draft.open_task(
            "tweede_aanvraag",
            act.id,
            "Er is een tweede aanvraag terwijl er al een loopt. Bekijk of het dezelfde is.",
            role="consulent",
        )
        return
    draft.set(
        application_on=act.effective,
        decision="",
        owners={Track.INKOMEN: Owner(team=draft.policy.income_team), **state.owners},
    )
    draft.arm("voorschot", act.effective, track=Track.INKOMEN)
    draft.arm("besluit_aanvraag", act.effective, track=Track.INKOMEN)


def voorschot_betaald(draft: Draft, act: Act, data: acts.Nothing) -> None:
    """The next advance counts from the earlier of payment and raw due date, or it drifts (Pw 52 lid 1)."""
    for paid in draft.meet("voorschot", act.effective):
        if draft.state.open_terms("besluit_aanvraag"):
            draft.arm("voorschot", min(act.effective, paid.dates.raw_end), track=Track.INKOMEN)


def check_advance(state: JourneyState, act: Act, data: acts.Nothing) -> None:
    if not state.open_terms("voorschot"):
        raise Refused(
            "Een voorschot kan nu niet geboekt worden: er loopt geen aanvraag waarop een voorschot hoort. "
            "Leg eerst de aanvraag vast."
        )


def _decision_term(state: JourneyState) -> Deadline:
    found = state.open_terms("besluit_aanvraag")
    if not found:
        raise Refused("Er loopt geen aanvraag waarover nog besloten moet worden. Leg eerst de aanvraag vast.")
    return found[0]


def check_aanvulling_gevraagd(state: JourneyState, act: Act, data: acts.AanvullingGevraagd) -> None:
    term = _decision_term(state)
    if term.status is TermStatus.SUSPENDED:
        raise Refused(
            "De beslistermijn staat al stil. Leg eerst vast dat de aanvulling binnen is, of trek de vorige "
            "vraag om aanvulling in."
        )
    if act.effective > term.due:
        raise Refused(
            f"Vragen om aanvulling kan alleen zolang de beslistermijn loopt: die liep af op {say(term.due)}. "
            "Besluit op wat er ligt."
        )
    if data.uiterlijk <= act.effective:
        raise Refused(
            f"De laatste dag om aan te vullen ({say(data.uiterlijk)}) moet na de dag van de brief liggen "
            f"({say(act.effective)}). Kies een latere dag."
        )


def aanvulling_gevraagd(draft: Draft, act: Act, data: acts.AanvullingGevraagd) -> None:
    """Awb 4:5 with 4:15 lid 1: the decision term stands still from the day after the invitation."""
    term = _decision_term(draft.state)
    if term.status is not TermStatus.SUSPENDED:
        draft.suspend(
            term, since=act.effective, until=data.uiterlijk, by=act.by, why="aanvulling gevraagd (Awb 4:5)"
        )


def aanvulling_ontvangen(draft: Draft, act: Act, data: acts.AanvullingOntvangen) -> None:
    """Invited I, completed C: the term stood still C - I - 1 days (reading opschorting_aanvulling)."""
    open_terms = draft.state.open_terms("besluit_aanvraag")
    found = [term for term in open_terms if term.status is TermStatus.SUSPENDED]
    if not found or not data.compleet:
        for term in open_terms:
            line = term.suspensions[-1] if term.suspensions else None
            if data.compleet and line and line.ended == line.until and act.effective <= line.until:
                # In time but recorded after the completion term: the law counts the day of receipt.
                days = suspended_days(line.since, act.effective, draft.policy)
                draft.resume(term, ended=act.effective, days=days)
                return
        if not found:
            draft.open_task("stukken", act.id, "Er zijn stukken binnen waar geen vraag om liep. Bekijk ze.")
        return
    line = found[0].suspensions[-1]
    ended = min(max(act.effective, line.since), line.until)
    draft.resume(found[0], ended=ended, days=suspended_days(line.since, ended, draft.policy))


def suspended_days(invited: date, completed: date, policy: Policy) -> int:
    """How many days a decision term stood still when an application was completed (Awb 4:15 lid 1).

    The text leaves a day open; policy ``readings.opschorting_aanvulling`` picks C-I-1 or C-I.
    """
    between = (completed - invited).days
    return max(0, between - 1 if policy.readings.get("opschorting_aanvulling") == "C-I-1" else between)


def completion_ran_out(draft: Draft, term: Deadline) -> None:
    """The completion term passed unused: the clock goes on, H - I days later, and a person decides."""
    line = term.suspensions[-1]
    draft.resume(term, ended=line.until, days=(line.until - line.since).days)
    draft.open_task(
        "aanvulling_uitgebleven",
        f"{term.id}/{len(term.suspensions)}",
        f"De gevraagde aanvulling is op {say(line.until)} niet binnen. Besluit op wat er ligt, of laat de "
        "aanvraag buiten behandeling (Awb 4:5 lid 4: binnen vier weken bekendmaken).",
        role="consulent",
    )


def check_besluit(state: JourneyState, act: Act, data: acts.Besluit) -> None:
    _decision_term(state)
    if data.uitkomst != "toegekend" and not data.reden:
        raise Refused(
            f"Een besluit {data.uitkomst.replace('_', ' ')} heeft een reden nodig: vul 'reden' in. "
            "Dit besluit neemt een mens en moet te begrijpen zijn."
        )


def besluit_bekendgemaakt(draft: Draft, act: Act, data: acts.Besluit) -> None:
    draft.meet("besluit_aanvraag", act.effective)
    draft.cancel(("voorschot", "ingebrekestelling"), "er is besloten op de aanvraag")
    draft.set(decision=data.uitkomst)


def aanvraag_ingetrokken(draft: Draft, act: Act, data: acts.Nothing) -> None:
    if not draft.state.open_terms("besluit_aanvraag"):
        draft.open_task(
            "aanvraag", act.id, "Een aanvraag is ingetrokken, maar er liep er geen. Zoek uit wat bedoeld is."
        )


def ingebrekestelling_ontvangen(draft: Draft, act: Act, data: acts.Ingebrekestelling) -> None:
    """The afdelingshoofd hears the same day, with the amount (Awb 4:17)."""
    running = draft.state.open_terms(data.termijn)
    premature = not any(term.status is TermStatus.BREACHED for term in running)
    if running and not premature:
        armed = draft.arm("ingebrekestelling", act.effective, track=Track.INKOMEN)
        text = (
            f"Ingebrekestelling over {data.termijn}. Besluit uiterlijk {say(armed.due)}; daarna loopt de "
            f"dwangsom op tot ten hoogste € {MAX_DWANGSOM_EURO}."
        )
    else:
        text = (
            f"Ingebrekestelling over {data.termijn}, maar die termijn is niet verstreken. "
            "Beantwoord de brief."
        )
    ladder = draft.policy.ladders[draft.policy.term("ingebrekestelling").term_class]
    for role in ladder.on_default_notice:
        draft.tell_story("escalated", role=role, term="ingebrekestelling", text=text, act_id=act.id)
        draft.send(f"ingebrekestelling/{act.id}/{role}", role, "termijn", text=text, track=Track.INKOMEN)
    if premature:
        draft.open_task("ingebrekestelling", act.id, text, role="consulent")


def bezwaar_ontvangen(draft: Draft, act: Act, data: acts.Bezwaar) -> None:
    """Recorded at any time, also after closing; the objection itself is the jurist's (Awb 6:4)."""
    draft.open_task(
        "bezwaar",
        act.id,
        f"Bezwaar ontvangen op {say(act.effective)} tegen {data.tegen}. "
        "Bevestig de ontvangst en behandel het.",
        role="bezwaarjurist",
    )


# -- plan and participation ----------------------------------------------------------------------------


def check_plan(state: JourneyState, act: Act, data: acts.PlanVastgesteld) -> None:
    if not data.akkoord and not data.reden:
        raise Refused(
            "Een plan waar de inwoner niet mee akkoord is, heeft een reden nodig: vul 'reden' in. "
            "Liever nog: pas het plan aan tot het gedragen wordt."
        )


def mna_gestart(draft: Draft, act: Act, data: acts.MnaGestart) -> None:
    draft.set(
        placements=(
            *draft.state.placements,
            Placement(kind=data.vorm, place=data.plek, since=act.effective),
        )
    )
    keep_check_ins(draft, act.effective)


def keep_check_ins(draft: Draft, start: date) -> None:
    if not draft.state.open_terms("check_in"):
        draft.arm("check_in", start)


def check_mna_gestopt(state: JourneyState, act: Act, data: acts.MnaGestopt) -> None:
    if not any(placement.until is None for placement in state.placements):
        raise Refused("Er loopt geen activiteit die kan stoppen. Leg eerst de start van een activiteit vast.")


def mna_gestopt(draft: Draft, act: Act, data: acts.MnaGestopt) -> None:
    """MNA lasts as long as there is no own place: after each stop somebody looks for a new one."""
    placements = list(draft.state.placements)
    for index in reversed(range(len(placements))):
        if placements[index].until is None:
            placements[index] = placements[index].model_copy(
                update={"until": act.effective, "why_stopped": data.reden}
            )
            break
    draft.set(placements=tuple(placements))
    if all(placement.until for placement in placements) and not draft.state.open_terms("herplaatsing"):
        draft.arm("herplaatsing", act.effective)


def check_in_vastgelegd(draft: Draft, act: Act, data: acts.CheckIn) -> None:
    """The series keeps its own dates: the next one counts from the date that this one had."""
    met = draft.meet("check_in", act.effective)
    planned = met[-1].dates.raw_end if met else act.effective
    # Held long before its date it was an extra one; counting on from the plan would leave a gap.
    extra = planned - act.effective > timedelta(days=14)
    keep_check_ins(draft, act.effective if extra else planned)


def bemiddeling_gestart(draft: Draft, act: Act, data: acts.Nothing) -> None:
    keep_check_ins(draft, act.effective)


def trede_gemeten(draft: Draft, act: Act, data: acts.Trede) -> None:
    draft.set(ladder_step=data.trede)


# -- exit and aftercare --------------------------------------------------------------------------------

_PLANNABLE_FACTS = ("verhuizing_gemeld", "werk_gestopt")
BEFORE_EXIT = (
    "eerste_gesprek",
    "nieuwe_uitnodiging",
    "plan",
    "start_mna",
    "herplaatsing",
    "check_in",
    "aanvaarding",
)
AFTERCARE = ("nazorg_1", "nazorg_3", "nazorg_6")


def uitstroom_vastgesteld(draft: Draft, act: Act, data: acts.Uitstroom) -> None:
    draft.cancel(BEFORE_EXIT, f"uitstroom naar {data.bestemming.replace('_', ' ')}")
    draft.set(
        exit=data.bestemming,
        placements=tuple(
            p if p.until else p.model_copy(update={"until": act.effective, "why_stopped": "uitstroom"})
            for p in draft.state.placements
        ),
    )
    for key in AFTERCARE:
        draft.arm(key, act.effective)


def check_nazorg(state: JourneyState, act: Act, data: acts.Nothing) -> None:
    if not any(state.open_terms(key) for key in AFTERCARE):
        raise Refused("Alle nazorggesprekken zijn al gevoerd. Sluit de klantroute af.")


def nazorg_gevoerd(draft: Draft, act: Act, data: acts.Nothing) -> None:
    waiting = [term for key in AFTERCARE for term in draft.state.open_terms(key)]
    for number, term in enumerate(waiting):
        # One talk serves the moment that waits longest, and any other that is due or nearly so.
        if number == 0 or term.due <= act.effective + timedelta(days=14):
            draft.fulfil(term, act.effective)
    if not any(draft.state.open_terms(key) for key in AFTERCARE):
        draft.arm("afsluiting", act.effective)


def werk_gestopt(draft: Draft, act: Act, data: acts.Nothing) -> None:
    """Work lost within the aftercare: the journey opens again and nobody has to ask for it."""
    if draft.state.stage is not Stage.NAZORG:
        draft.open_task(
            "werk_gestopt", act.id, "Werk of opleiding is gestopt. Bekijk wat de inwoner nodig heeft."
        )
        return
    draft.cancel((*AFTERCARE, "afsluiting"), "werk of opleiding is gestopt")
    draft.set(exit="")
    draft.enter(Stage.MNA)
    draft.arm("herplaatsing", act.effective)


def check_close(state: JourneyState, act: Act, data: acts.Afsluiting) -> None:
    waiting = [key for key in AFTERCARE if state.open_terms(key)]
    if waiting and not data.reden:
        raise Refused(
            f"De klantroute kan nog niet dicht: {', '.join(waiting)} staat nog open. Voer die gesprekken, "
            "of geef met 'reden' aan waarom het zonder kan."
        )
    _no_open_application(state)


def check_end(state: JourneyState, act: Act, data: acts.Beeindiging) -> None:
    if data.exit != "overlijden":
        _no_open_application(state)


def _no_open_application(state: JourneyState) -> None:
    if state.open_terms("besluit_aanvraag"):
        raise Refused(
            "De klantroute kan niet dicht: er loopt nog een aanvraag. Maak het besluit bekend, of leg vast "
            "dat de inwoner de aanvraag heeft ingetrokken."
        )


def close(draft: Draft, act: Act, data: acts.Afsluiting | acts.Beeindiging) -> None:
    if isinstance(data, acts.Beeindiging):
        draft.set(exit=data.exit)
    close_journey(draft, act.effective, data.reden or "nazorg afgerond")


def close_journey(draft: Draft, on: date, why: str) -> None:
    """Nothing runs on after the end. The closed journey still listens for facts for some weeks."""
    waiting = {task.id for task in draft.state.open_tasks()}
    for term in draft.state.terms:
        # A question that waits for a person (an objection, say) is not silenced by closing.
        if term.is_open and term.task not in waiting:
            draft.cancel_term(term, "de klantroute is gesloten")
    facts = tuple(planned for planned in draft.state.planned if planned.name in _PLANNABLE_FACTS)
    forget = start_of_day(draft.today + timedelta(weeks=draft.policy.closed_weeks))
    draft.set(closed_at=draft.now, forget_at=forget, planned=facts, look_ups=())
    draft.enter(Stage.GESLOTEN)
    draft.tell_story(
        "journey_closed", stage=Stage.GESLOTEN.value, text=f"{draft.state.exit or 'einde'}: {why}"
    )


def overlijden_gemeld(draft: Draft, act: Act, data: acts.Nothing) -> None:
    """All terms of the person stop at once and no letter goes out; what is left is for a person."""
    draft.set(
        resident=draft.state.resident.model_copy(update={"deceased": True}),
        exit=draft.state.exit or "overlijden",
    )
    if draft.state.stage is not Stage.GESLOTEN:
        close_journey(draft, act.effective, "de inwoner is overleden")
    draft.open_task(
        "overlijden",
        act.id,
        "De inwoner is overleden. Stop brieven en betalingen en kijk naar de partner en het huishouden "
        "(Participatiewet art. 45 lid 5).",
    )


def verhuizing_gemeld(draft: Draft, act: Act, data: acts.Verhuizing) -> None:
    draft.open_task(
        "verhuizing",
        act.id,
        f"De inwoner verhuist per {say(act.effective)}. Rond af of draag over (Participatiewet art. 40).",
    )


def signaal_ontvangen(draft: Draft, act: Act, data: acts.Signaal) -> None:
    draft.open_task("signaal", act.id, f"Signaal van {data.van} ({data.soort}). Bekijk wat nodig is.")


UNDELIVERED = "bericht_mislukt"
_WHY_UNDELIVERED = {
    "geweigerd": "de mailserver weigert het",
    "opgegeven": "het kon al die tijd niet verstuurd worden",
    "teruggekomen": "het kwam terug",
}


def bericht_niet_aangekomen(draft: Draft, act: Act, data: acts.BerichtNietAangekomen) -> None:
    """A person tells what the message could not. One such task at a time, and none about itself."""
    state = draft.state
    if any(task.kind == UNDELIVERED for task in state.open_tasks()):
        return
    term = next((term for term in state.terms if term.id == data.termijn), None)
    task_id = data.taak or (term.task if term else None)
    task = next((task for task in state.tasks if task.id == task_id), None)
    if task is not None and task.kind == UNDELIVERED:
        return
    if task is not None:
        about = f", over de taak '{task.kind}',"
    elif term is not None:
        about = f", over de termijn '{draft.policy.term(term.term).description}' ({term.id}),"
    else:
        about = ""
    whom = f"{data.rol} (team {data.team})" if data.team else data.rol
    # Not to whom this message did not come either.
    role = "beheer" if data.rol == "teamleider" else "teamleider"
    draft.open_task(
        UNDELIVERED,
        act.id,
        f"Een bericht voor de rol {whom}{about} is niet aangekomen: {_WHY_UNDELIVERED[data.reden]}. Vertel het zelf "
        "aan wie het had moeten krijgen, en laat beheer het adres in de medewerkerslijst herstellen.",
        role=role,
        reasons=(data.reden,),
    )


# -- owners, tasks, terms ------------------------------------------------------------------------------


def eigenaar_toegewezen(draft: Draft, act: Act, data: acts.EigenaarToegewezen) -> None:
    owner = Owner(team=data.team, person=data.persoon)
    draft.set(owners={**draft.state.owners, Track(data.spoor): owner})


def team_betrokken(draft: Draft, act: Act, data: acts.TeamBetrokken) -> None:
    draft.set(teams=tuple(dict.fromkeys((*draft.state.teams, data.team))))


def regisseur_aangewezen(draft: Draft, act: Act, data: acts.RegisseurAangewezen) -> None:
    """Until the regisseur accepts, the team of first contact stays responsible."""
    draft.cancel(("aanvaarding",), "er is opnieuw een regisseur aangewezen")
    draft.arm("aanvaarding", act.effective, track=Track.TRAJECT)


def _proposed(state: JourneyState) -> acts.RegisseurAangewezen:
    if state.open_terms("aanvaarding"):
        for item in reversed(state.log):
            if item.act and item.act.name == "regisseur_aangewezen" and not item.withdrawn:
                return acts.RegisseurAangewezen.model_validate(item.act.data)
    raise Refused("Er is geen regisseur aangewezen die kan aanvaarden. Wijs eerst een regisseur aan.")


def check_regisseur_aanvaard(state: JourneyState, act: Act, data: acts.Nothing) -> None:
    proposed = _proposed(state)
    if act.by.role == "regisseur" and act.by.code not in (proposed.persoon, "regisseur"):
        raise Refused("Alleen wie is aangewezen kan aanvaarden. Laat de aangewezen regisseur dit doen.")


def regisseur_aanvaard(draft: Draft, act: Act, data: acts.Nothing) -> None:
    proposed = _proposed(draft.state)
    draft.meet("aanvaarding", act.effective)
    owner = Owner(team=proposed.team, person=proposed.persoon)
    draft.set(owners={**draft.state.owners, Track.REGIE: owner, Track.TRAJECT: owner})


def check_taak(state: JourneyState, act: Act, data: acts.TaakAfgerond) -> None:
    if not any(task.id == data.taak for task in state.open_tasks()):
        open_ids = ", ".join(task.id for task in state.open_tasks()) or "geen"
        raise Refused(f"Taak {data.taak!r} staat niet open. Open taken: {open_ids}.")


def taak_afgerond(draft: Draft, act: Act, data: acts.TaakAfgerond) -> None:
    task = next(task for task in draft.state.open_tasks() if task.id == data.taak)
    draft.close_task(task, by=act.by, on=act.effective, outcome=data.uitkomst)


def check_verlengd(state: JourneyState, act: Act, data: acts.TermijnVerlengd) -> None:
    found = state.open_terms(data.termijn)
    if not found:
        keys = ", ".join(dict.fromkeys(term.term for term in state.open_terms())) or "geen"
        raise Refused(f"Termijn {data.termijn!r} loopt niet. Lopende termijnen: {keys}.")
    term = found[0]
    if term.status is TermStatus.BREACHED or act.effective > term.due:
        raise Refused(
            f"Verlengen kan alleen zolang de termijn loopt: {data.termijn} liep af op {say(term.due)} "
            "(voor een besluit: Awb art. 4:14). Rond af wat open staat."
        )
    if term.status is TermStatus.SUSPENDED:
        raise Refused("De termijn staat stil. Verlengen kan weer als hij loopt.")
    if data.tot <= term.due:
        raise Refused(f"De nieuwe laatste dag ({say(data.tot)}) moet na de huidige liggen ({say(term.due)}).")


def termijn_verlengd(draft: Draft, act: Act, data: acts.TermijnVerlengd) -> None:
    rule = draft.policy.term(data.termijn)
    if not rule.extendable:
        raise Refused(f"{rule.description} kan niet verlengd worden ({rule.source}). Rond af wat open staat.")
    draft.extend(draft.state.open_terms(data.termijn)[0], until=data.tot, by=act.by, why=data.reden)


def _breached(state: JourneyState, data: acts.Breuk) -> Deadline:
    for term in state.terms:
        if term.id == data.termijn and term.breached_at and not term.annulled_by:
            return term
    known = ", ".join(t.id for t in state.terms if t.breached_at and not t.annulled_by) or "geen"
    raise Refused(f"{data.termijn!r} is geen verstreken termijn van deze klantroute. Wel: {known}.")


def check_breuk_betwist(state: JourneyState, act: Act, data: acts.Breuk) -> None:
    _breached(state, data)


def breuk_betwist(draft: Draft, act: Act, data: acts.Breuk) -> None:
    term = _breached(draft.state, data)
    draft.set_term(term.model_copy(update={"disputed_by": act.by}))
    draft.open_task(
        "breuk_betwist",
        term.id,
        f"Volgens een collega is {term.id} ten onrechte als verstreken geboekt. Bevestig of wijs af.",
        role="teamleider",
    )


def check_breuk_vervallen(state: JourneyState, act: Act, data: acts.Breuk) -> None:
    term = _breached(state, data)
    if term.disputed_by is None:
        raise Refused("Deze breuk is door niemand betwist. Laat eerst een collega vastleggen wat er fout is.")
    if term.disputed_by.code == act.by.code:
        raise Refused("Wie een breuk betwist, kan hem niet zelf bevestigen. Vraag een tweede persoon.")


def breuk_vervallen(draft: Draft, act: Act, data: acts.Breuk) -> None:
    """The breach stays on record, marked as wrongly registered by two people, and its ladder stops.

    The term itself stays open until the right act is recorded, or nobody would ask for it any more.
    """
    term = _breached(draft.state, data)
    fired = tuple(signal for signal in term.signals if signal.fired_at)
    draft.set_term(term.model_copy(update={"annulled_by": act.by, "signals": fired}))
    if term.status is TermStatus.BREACHED:
        draft.remind_again(term.id)
    for task in draft.state.open_tasks():
        if task.id == f"breuk_betwist:{term.id}":
            draft.close_task(task, by=act.by, on=act.effective, outcome="bevestigd")
