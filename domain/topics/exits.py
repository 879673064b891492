"""Exit, aftercare and the end of a journey."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from domain.acts import Nothing, Reason
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, OPEN_STAGES, UNTIL_EXIT, ActSpec
from domain.draft import ONLY_WHILE_OPEN, OWNER, Draft
from domain.happenings import PROGRAM, Act, Actor, Refused
from domain.journey import Deadline, FlagKind, JourneyState, Stage, Track
from domain.policy import Policy
from domain.roles import ANYONE, COACH, LEAD
from domain.terms import compute, say_length
from domain.topics import debts, moments, pension
from domain.topics.interruptions import STUDY_FINANCE, end_pause
from domain.topics.ladder import ask_last_measurement, measure_again
from domain.topics.placements import stop_placement
from domain.topics.satisfaction import ask_how_content


class Uitstroom(Frozen):
    bestemming: Literal["werk_regulier", "werk_garantiebaan", "beschut_werk", "onderwijs", "dagbesteding"]
    uitkering_eindigt: bool = Field(
        default=True, description="Nee: werk met een aanvullende uitkering, dat is nog geen uitstroom"
    )


class Beeindiging(Frozen):
    exit: Literal["verhuizing", "overlijden", "vrijwillig", "geen_recht", "pensioen"]
    reden: str = Reason


class Afsluiting(Frozen):
    reden: str = Field(default="", max_length=200)


_PLANNABLE_FACTS = (
    "verhuizing_gemeld",
    "werk_gestopt",
    "ondersteunde_baan_gestart",
    "ondersteunde_baan_gestopt",
    "plek_gestart",
    "plek_gestopt",
    "emigratie_gemeld",
    "verblijf_buitenland_gemeld",
    "terug_uit_buitenland_gemeld",
)
_OUTLIVES = ("overlijden", "bezwaar", "beroep", "een_plan", "bijna_", "controleer_datum", "laat_feit")
"""With what the kinds begin of questions for the owner that outlive the resident: they are about others, or
about what was recorded."""
_ANSWERED_BY_ENDING = {"vrijwillig": "terugtrekking", "verhuizing": "verhuizing"}
"""Questions that are answered when a person ends the journey, by exit."""
BEFORE_EXIT = (
    "eerste_gesprek",
    "nieuwe_uitnodiging",
    "persoonlijk_contact",
    "plan",
    "start_mna",
    "herplaatsing",
    "nieuwe_plek",
    "plaatsing_reactie",
    "check_in",
    "aanvaarding",
    "eerste_herbeoordeling",
    "trede_nulmeting",
    "trede_meting",
    "tevredenheid_halfjaar",
)
BESIDE = ("pip", "pip_aanvulling", "pip_verhuizing", "inburgering", "wmo_onderzoek", "schuld_nazorg")
"""What runs beside the stages and would be forgotten when a journey ends: only with a reason."""
_ASKED = {
    "wmo_besluit": "een aanvraag om ondersteuning (Wmo)",
    "lks_besluit": "een verzoek om loonkostensubsidie",
    "voorziening_besluit": "een verzoek om een voorziening",
}
_WITH_BENEFIT = (
    "ziekte_toets",
    "pauze_einde",
    "ontheffing_einde",
    "ontheffing_toets",
    "ontheffing_ouder_plan",
    "ontheffing_ouder_toets",
)
"""What has no meaning once there is no benefit any more."""
_BENEFIT_ENDS = "uitkering_eindigt"
_JOB_KNOWN = "baan_controle"
JOBS = ("werk_regulier", "werk_garantiebaan", "beschut_werk")
"""Ways out that are work."""
AFTERCARE = ("nazorg_1", "nazorg_3", "nazorg_6")
ONLY_WHILE_OPEN |= {
    *BEFORE_EXIT,
    *AFTERCARE,
    "afsluiting",
    _JOB_KNOWN,
    "beschut_aanbod",
    "beschut_advies",
    "doelgroep_jaarlijkse_toets",
    "loonwaarde_herhaling",
    "trede_eindmeting",
}


def may_have_benefit(state: JourneyState) -> bool:
    """Whether somebody applied, has a benefit or came with one. Who may have one is never passed over in silence."""
    return (
        state.application_on is not None
        or state.taken_over_on is not None
        or state.benefit_since is not None
        or state.income.benefit is not None
    )


def has_benefit(state: JourneyState) -> bool:
    """Whether a benefit runs, as far as is known. Who was taken over came with one."""
    income = state.income
    if income.benefit is not None:
        return income.benefit.ended_on is None
    if state.taken_over_on is not None or state.benefit_since is not None:
        return True
    # Journeys of before release 0.3.0 know of the decision only; a Nugger is granted help and no benefit.
    without = income.application is not None and income.application.scheme == "nug"
    return state.decision == "toegekend" and not without


def counts_for(way_out: str, policy: Policy) -> frozenset[str]:
    """For which targets a way out counts, by policy; unknown or empty ways out count for none.

    Targets are measured and refuse nobody anything. Once per person and year is for who counts people.
    """
    return frozenset(name for name, exits in policy.targets.exits.items() if way_out in exits)


def check_uitstroom(state: JourneyState, act: Act, data: Uitstroom) -> None:
    if not data.uitkering_eindigt and data.bestemming != "dagbesteding":
        raise Refused(
            "Zolang er een aanvullende uitkering loopt is dit nog geen uitstroom. Leg het werk met zijn uren vast en "
            "stel de uitstroom vast als de uitkering eindigt."
        )


def uitstroom_vastgesteld(draft: Draft, act: Act, data: Uitstroom) -> None:
    where = f"uitstroom naar {data.bestemming.replace('_', ' ')}"
    for placement in draft.state.running_placements():
        # The place that the resident goes on to is the way out itself.
        if placement.kind != data.bestemming:
            since = max(act.effective, placement.since)
            stop_placement(draft, placement, since, "uitstroom", cause="uitstroom")
    draft.cancel(BEFORE_EXIT, where)
    if data.bestemming != "dagbesteding":
        draft.cancel(_WITH_BENEFIT, where)
        for kind in (FlagKind.ZIEK, FlagKind.PAUZE, FlagKind.ONTHEFFING):
            if held := draft.state.flag(kind):
                draft.unflag(kind, max(act.effective, held.since))
        if draft.knows(_BENEFIT_ENDS) and has_benefit(draft.state):
            draft.open_task(
                _BENEFIT_ENDS,
                act.id,
                f"De inwoner stroomt uit per {say(act.effective)} ({data.bestemming.replace('_', ' ')}). Besluit over "
                "het einde van de uitkering en maak dat bekend.",
                role="inkomensconsulent",
                term=_BENEFIT_ENDS,
            )
    draft.set(exit=data.bestemming, exit_on=act.effective)
    if data.bestemming in JOBS and draft.knows(_JOB_KNOWN):
        draft.arm(_JOB_KNOWN, act.effective)
    for key in AFTERCARE:
        draft.arm(key, act.effective)
    ask_last_measurement(draft, act.effective)
    ask_how_content(draft, "uitstroom", act.effective)


def did_work_begin(draft: Draft, term: Deadline) -> None:
    """By now UWV knows of the job, if it began. Who spoke with the resident since knows already."""
    if any(act.effective >= term.dates.start for act in draft.state.acts("nazorg_gesprek_gevoerd")):
        return
    draft.open_task(
        _JOB_KNOWN,
        term.id,
        f"Het werk begon op {say(term.dates.start)} en UWV hoort het nu te kennen. Ga na of de baan er is en of het "
        "loon komt; is het werk niet begonnen of gestopt, leg dat dan vast.",
    )


moments.OPENED[_JOB_KNOWN] = did_work_begin


def _benefit_ended(draft: Draft) -> None:
    """The question whether the benefit ends is answered by the decision that it did."""
    benefit = draft.state.income.benefit
    if benefit is None or benefit.ended_on is None:
        return
    draft.close_tasks(_BENEFIT_ENDS, by=PROGRAM, on=draft.today, outcome="de uitkering is beëindigd")


moments.SETTLED.append(_benefit_ended)


def check_nazorg(state: JourneyState, act: Act, data: Nothing) -> None:
    if not any(state.open_terms(key) for key in AFTERCARE):
        raise Refused("Alle nazorggesprekken zijn al gevoerd. Sluit de klantroute af.")


def nazorg_gevoerd(draft: Draft, act: Act, data: Nothing) -> None:
    waiting = [term for key in AFTERCARE for term in draft.state.open_terms(key)]
    for number, term in enumerate(waiting):
        # One talk serves the moment that waits longest, and any other that is due or nearly so.
        if number == 0 or term.due <= act.effective + timedelta(days=14):
            draft.fulfil(term, act.effective)
    if not any(draft.state.open_terms(key) for key in AFTERCARE):
        draft.arm("afsluiting", act.effective)


def werk_gestopt(draft: Draft, act: Act, data: Nothing) -> None:
    """Work lost within the aftercare: the journey opens again and nobody has to ask for it."""
    state = draft.state
    held = state.flag(FlagKind.PAUZE)
    if held is not None and held.detail == STUDY_FINANCE:
        end_pause(draft, act, act.effective)
    if not reopen(draft, act, "Werk of opleiding is gestopt"):
        draft.open_task(
            "werk_gestopt",
            act.id,
            f"Werk of opleiding is gestopt. Bekijk wat de inwoner nodig heeft.{_reuse(draft, act.effective)}",
        )


def reopen(draft: Draft, act: Act, what: str, *, lost: Collection[str] | None = None) -> bool:
    """What the resident went on to is lost within the aftercare: the journey opens again by itself.

    Args:
        draft: the journey.
        act: the fact.
        what: what happened, as a clause.
        lost: of which ways out this is the loss; None: of any. A way out that is not known may be any.

    Returns:
        Whether it opened.
    """
    state = draft.state
    if state.stage is not Stage.NAZORG or (lost is not None and state.exit and state.exit not in lost):
        return False
    draft.close_tasks(_JOB_KNOWN, by=act.by, on=draft.today, outcome=what)
    draft.cancel((*AFTERCARE, _JOB_KNOWN, "afsluiting", "trede_eindmeting"), f"{what[0].lower()}{what[1:]}")
    draft.open_task(
        "opnieuw_begonnen",
        act.id,
        f"{what} en de klantroute is weer open. Bespreek wat de inwoner nodig heeft, ook aan "
        f"inkomen.{_reuse(draft, act.effective)}",
    )
    draft.set(exit="", exit_on=None)
    draft.enter(Stage.MNA)
    draft.arm("herplaatsing", act.effective)
    pension.ask_when_reached(draft, act.id)
    measure_again(draft, act.effective)
    return True


def _reuse(draft: Draft, on: date) -> str:
    """Pw 43a: what was asked before need not be asked again."""
    left = draft.state.exit_on
    if left is None or not draft.knows("hergebruik_gegevens"):
        return ""
    until = compute(draft.policy.term("hergebruik_gegevens"), left, draft.days).raw_end
    within = compute(draft.policy.term("nazorg_6"), left, draft.days).raw_end
    early = f" Dit is binnen {_length(draft, 'nazorg_6')} na de start." if on <= within else ""
    reuse = (
        f" Gegevens van de vorige aanvraag zijn bruikbaar tot en met {say(until)} (Participatiewet art. 43a)."
        if on <= until
        else ""
    )
    return early + reuse


def _length(draft: Draft, key: str) -> str:
    rule = draft.policy.term(key)
    return say_length(rule.length, rule.unit)


def check_close(state: JourneyState, act: Act, data: Afsluiting) -> None:
    waiting = [key for key in (*AFTERCARE, *BESIDE) if state.open_terms(key)]
    if waiting and not data.reden:
        raise Refused(
            f"De klantroute kan nog niet dicht: {', '.join(waiting)} staat nog open. Rond dat af, "
            "of geef met 'reden' aan waarom het zonder kan."
        )
    check_nothing_owed(state, why=data.reden)


def check_end(state: JourneyState, act: Act, data: Beeindiging) -> None:
    if data.exit != "overlijden":
        check_nothing_owed(state, why=data.reden)


def check_nothing_owed(state: JourneyState, *, why: str = "") -> None:
    """Who asked for something gets an answer before the journey ends.

    Args:
        state: the journey.
        why: the reason to end it that a person gave; an inquiry that nobody applied on may stay undone for it.

    Raises:
        Refused: something waits for its decision.
    """
    debts.check_nothing_owed(state)
    if state.care is not None and state.care.applied_early is not None:
        raise Refused(
            "De klantroute kan niet dicht: er ligt een aanvraag om ondersteuning (Wmo) die meetelt zodra het onderzoek "
            "klaar is. Rond het onderzoek af en besluit op de aanvraag, of leg vast dat de inwoner haar heeft "
            "ingetrokken."
        )
    if state.open_terms("wmo_onderzoek") and not why:
        raise Refused(
            "De klantroute kan niet dicht: er loopt nog een onderzoek na een melding voor ondersteuning (Wmo). Rond "
            "het af, of leg vast dat de inwoner van ondersteuning afziet."
        )
    for key, what in _ASKED.items():
        if state.open_terms(key):
            raise Refused(
                f"De klantroute kan niet dicht: er loopt nog {what}. Maak het besluit bekend, of leg vast dat het "
                "verzoek is ingetrokken."
            )
    if state.application_term():
        raise Refused(
            "De klantroute kan niet dicht: er loopt nog een aanvraag. Maak het besluit bekend, of leg vast "
            "dat de inwoner de aanvraag heeft ingetrokken."
        )


def close_after_death(draft: Draft, by: Actor) -> None:
    """What the owner was asked about the way ahead needs no answer any more.

    Questions for others (the right, money, objections) and those about the household stay.
    """
    for task in draft.state.open_tasks():
        if task.role == OWNER and not task.kind.startswith(_OUTLIVES):
            draft.close_task(task, by=by, on=draft.today, outcome="de inwoner is overleden")
    pension.answered(draft, by, "de inwoner is overleden")


def close(draft: Draft, act: Act, data: Afsluiting | Beeindiging) -> None:
    if isinstance(data, Beeindiging):
        draft.set(exit=data.exit, exit_on=act.effective)
        if data.exit == "overlijden":
            close_after_death(draft, act.by)
        if data.exit == "pensioen":
            pension.answered(draft, act.by, "klantroute beëindigd")
        if answered := _ANSWERED_BY_ENDING.get(data.exit):
            draft.close_tasks(answered, by=act.by, on=draft.today, outcome="klantroute beëindigd")
    close_journey(draft, act.effective, data.reden or "nazorg afgerond")


def close_journey(draft: Draft, on: date, why: str, *, lapsed: date | None = None) -> None:
    """Nothing runs on after the end. The closed journey still listens for facts for some weeks.

    Args:
        draft: the journey.
        on: when it ended.
        why: for the time line.
        lapsed: since when its terms do not apply any more; None: today. A fact says so, and nobody who closes
            a journey: an earlier date undoes nothing that was missed.
    """
    waiting = {task.id for task in draft.state.open_tasks()}
    for placement in draft.state.running_placements():
        # Sheltered work or day activities that somebody went on to do not end with the journey, but with a life.
        if placement.kind != draft.state.exit or draft.state.resident.deceased:
            since = max(on, placement.since)
            stop_placement(draft, placement, since, "de klantroute is gesloten", cause="einde")
    for term in draft.state.terms:
        # A question that waits for a person (an objection, say) is not silenced by closing.
        if term.is_open and term.task not in waiting and not _runs_on(term):
            draft.cancel_term(term, "de klantroute is gesloten", on=lapsed)
    facts = tuple(planned for planned in draft.state.planned if planned.name in _PLANNABLE_FACTS)
    draft.set(planned=facts, look_ups=(), side_tracks=dict.fromkeys(draft.state.side_tracks, "klaar"))
    draft.close(f"{draft.state.exit or 'einde'}: {why}")


def _runs_on(term: Deadline) -> bool:
    """An objection and a dwangsom do not end with the journey: six weeks of objection come after it."""
    return term.track is Track.BEZWAAR or term.term in moments.RUNS_ON


ACTS = (
    ActSpec(
        name="uitstroom_vastgesteld",
        label="Uitstroom vastgesteld",
        origin="eigen",
        roles=COACH,
        stages=UNTIL_EXIT,
        data=Uitstroom,
        moves_to=Stage.NAZORG,
        check=check_uitstroom,
        rule=uitstroom_vastgesteld,
        plannable=True,
        may_arm=(
            "baan_controle",
            "klanttevredenheid",
            "nazorg_1",
            "nazorg_3",
            "nazorg_6",
            "trede_eindmeting",
            "uitkering_eindigt",
        ),
        why="Een eigen plek in werk of onderwijs; een lopende aanvraag loopt door tot het besluit",
    ),
    ActSpec(
        name="nazorg_gesprek_gevoerd",
        label="Nazorggesprek gevoerd",
        origin="eigen",
        roles=COACH,
        stages=frozenset({Stage.NAZORG}),
        check=check_nazorg,
        rule=nazorg_gevoerd,
        may_arm=("afsluiting",),
        why="Na 1, 3 en 6 maanden",
    ),
    ActSpec(
        name="werk_gestopt",
        label="Werk of opleiding gestopt",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=werk_gestopt,
        plannable=True,
        moves_from=frozenset({Stage.NAZORG}),
        may_lead_to=frozenset({Stage.MNA}),
        retells=True,
        may_arm=("herplaatsing", "trede_meting", "trede_nulmeting"),
        why="Werk verloren in de nazorg: de klantroute gaat weer open",
    ),
    ActSpec(
        name="klantroute_afgesloten",
        label="Klantroute afgesloten",
        origin="eigen",
        roles=COACH,
        stages=frozenset({Stage.NAZORG}),
        data=Afsluiting,
        check=check_close,
        rule=close,
        closes=True,
        why="Een mens sluit af, na de laatste nazorg",
    ),
    ActSpec(
        name="klantroute_beeindigd",
        label="Klantroute beëindigd",
        origin="eigen",
        roles=COACH | LEAD,
        stages=OPEN_STAGES,
        data=Beeindiging,
        check=check_end,
        rule=close,
        closes=True,
        negative=True,
        plannable=True,
        why="Verhuizing, pensioen, geen recht of op eigen verzoek: een mens besluit, met een reden",
    ),
)
