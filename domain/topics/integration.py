"""Integration of refugees (inburgering): guidance, brede intake, personal plan, three years of learning.

Sources: Wet inburgering 2021 (Wi), Besluit inburgering 2021, Participatiewet art. 56a. DUO keeps the duty
and its end; our dates are a check on it. Software never warns or fines: a person does, or nobody.
"""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from domain.acts import Nothing, Reason
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, OPEN_STAGES, ActSpec, Arms
from domain.draft import ONLY_WHILE_OPEN, Draft
from domain.facts import JA, NEE, Facts
from domain.happenings import Act, Refused
from domain.journey import Deadline, JourneyState, Stage, TermStatus, Track
from domain.roles import ANYONE, COACH, DECIDES
from domain.sides import Integration, Participation
from domain.terms import compute
from domain.topics.ladder import ask_first_measurement, measuring
from domain.topics.moments import ENDED
from domain.topics.routing import end_of_review, record

Leerroute = Literal["b1", "onderwijs", "z"]
Onderdeel = Literal[
    "spreken",
    "luisteren",
    "lezen",
    "schrijven",
    "knm",
    "pvt",
    "map",
    "taalschakeltraject",
    "z_taal",
    "z_participatie",
]
Vorm = Literal["maatschappelijke_activiteit", "vrijwilligerswerk", "werkervaringsplaats", "betaald_werk"]
"""The three kinds that count for the promise that seven in ten take part; paid work is reported apart."""

_PLAN_TERMS = ("pip", "pip_aanvulling", "pip_verhuizing")
FINED = "inburgering_boete"
"""The new term to cooperate after a fine."""
_UNTIL_PLAN = (*_PLAN_TERMS, "informatie_derde", "brede_intake", "kennisgeving_duo", FINED)


class Overgenomen(Frozen):
    leerroute: Leerroute
    pip_op: date = Field(description="Dagtekening van het eerste persoonlijk plan")
    einddatum: date | None = Field(default=None, description="Einddatum volgens DUO, als die bekend is")


class Einddatum(Frozen):
    einddatum: date = Field(description="Laatste dag volgens de kennisgeving van DUO")


class Uitslag(Frozen):
    onderdeel: Onderdeel
    behaald: bool


class Afgerond(Frozen):
    wijze: Literal["voldaan", "niet_langer_plichtig"]


class Oproep(Frozen):
    datum: date = Field(description="Dag waarop de inwoner verwacht wordt")
    verzet: bool = Field(
        default=False, description="De inwoner vroeg om een andere dag; dit is dezelfde oproep"
    )


class BredeIntake(Frozen):
    in_afwezigheid: bool = Field(default=False, description="Na drie oproepen zonder de inwoner voltooid")


class Pip(Frozen):
    leerroute: Leerroute
    akkoord: bool = Field(description="De inwoner is het eens met het plan")
    reden: str = Field(default="", max_length=200, description="Nodig als de inwoner niet akkoord is")


class Wacht(Frozen):
    op: Literal["leerbaarheidstoets", "medisch_adviseur", "school", "coa", "andere_derde"]


class LeerrouteGewijzigd(Frozen):
    naar: Leerroute
    bijzonder: bool = Field(
        default=False, description="Na anderhalf jaar, om een bijzondere reden (Besluit 5.4 lid 2 en 3)"
    )
    reden: str = Reason


class ParticipatieGestart(Frozen):
    vorm: Vorm


class ParticipatieGestopt(Frozen):
    vorm: Vorm
    reden: str = Reason


class OntzorgenGestopt(Frozen):
    reden: str = Reason


def _known(state: JourneyState) -> Integration:
    return state.integration or Integration()


def _keep(draft: Draft, **changes: Any) -> None:
    draft.set(integration=_known(draft.state).model_copy(update=changes))


def _status(draft: Draft, status: str) -> None:
    draft.set(side_tracks={**draft.state.side_tracks, Track.INBURGERING: status})


def _is_history(state: JourneyState, on: date) -> bool:
    """Whether a day lies before the resident was taken over: what was due then is nobody's to be late for now."""
    return state.taken_over_on is not None and on < state.taken_over_on


def _close_plan_question(draft: Draft, act: Act) -> None:
    draft.close_tasks(_PLAN_UNKNOWN, by=act.by, on=act.effective, outcome="het persoonlijk plan is bekend")


_PLAN_UNKNOWN = "pip_onbekend"


def _begin(draft: Draft) -> None:
    if Track.INBURGERING not in draft.state.side_tracks:
        _status(draft, "voorbereiding")


# -- facts from outside --------------------------------------------------------------------------------


def statushouder_ingeschreven(draft: Draft, act: Act, data: Nothing) -> None:
    """Guidance starts on this very day (Wi 13 lid 3); the plan's term may count from it."""
    if _known(draft.state).registered_on is not None:
        draft.open_task(
            "tweede_inschrijving",
            act.id,
            "Er is een tweede inschrijving in de BRP vastgelegd. Corrigeer de eerste als die fout was.",
        )
        return
    _begin(draft)
    record(draft, "asielvergunning", JA, act.effective, source="brp", act=act.id)
    _keep(draft, registered_on=act.effective)
    history = _is_history(draft.state, act.effective)
    review = end_of_review(draft.state) if history else None
    if not history:
        draft.arm("maatschappelijke_begeleiding", act.effective, track=Track.INBURGERING)
    _arm_plan(draft)
    if _known(draft.state).noticed_on is None and not draft.state.open_terms("kennisgeving_duo"):
        start = draft.today if history else act.effective
        draft.arm("kennisgeving_duo", start, track=Track.INBURGERING, until=review)
    if not any(term.term == "ontzorgen" for term in draft.state.terms):
        draft.open_task(
            "ontzorgen",
            "",
            "Regel ontzorgen: de gemeente betaalt zes maanden huur, energie en zorgverzekering vanaf de dag "
            "waarop het recht op bijstand ontstaat (Participatiewet art. 56a). Leg die dag vast.",
            until=review,
        )


def kennisgeving_duo(draft: Draft, act: Act, data: Nothing) -> None:
    """DUO told the resident in writing that the duty is there; the day of that letter counts."""
    if _known(draft.state).noticed_on is not None:
        draft.open_task(
            "tweede_kennisgeving",
            act.id,
            "DUO stuurde een tweede kennisgeving. Corrigeer de datum van de eerste als die fout was.",
        )
        return
    _begin(draft)
    record(draft, "inburgeringsplichtig", JA, act.effective, source="duo", act=act.id)
    _keep(draft, noticed_on=act.effective)
    draft.meet("kennisgeving_duo", act.effective)
    _arm_plan(draft)


def _arm_plan(draft: Draft) -> None:
    """Besluit inburgering 5.3 lid 1: from the notice, or from registration here when that came later.

    While the registration is unknown the notice counts: that is the earlier day, so nothing is late.
    """
    known = _known(draft.state)
    start = _plan_start(known)
    if start is None or known.pip_on is not None or known.waiting:
        return
    running = draft.state.open_terms("pip")
    if _is_history(draft.state, start):
        draft.cancel(("pip",), "de termijn lag voor de overname")
        draft.open_task(
            _PLAN_UNKNOWN,
            "",
            f"De termijn voor het persoonlijk plan begon op {say(start)}, voor de overname. Is er al een plan, leg dat "
            "dan vast met zijn datum en leerroute ('Inburgering overgenomen'). Is er geen, stel het dan vast.",
            until=end_of_review(draft.state),
        )
    elif not running:
        draft.arm("pip", start, track=Track.INBURGERING)
    elif running[0].dates.start != start:
        draft.move(
            running[0],
            start=start,
            text=f"Persoonlijk plan: telt vanaf de inschrijving in deze gemeente, {say(start)}",
        )


def _plan_start(known: Integration) -> date | None:
    return known.noticed_on and max(known.noticed_on, known.registered_on or known.noticed_on)


def inburgering_overgenomen(draft: Draft, act: Act, data: Overgenomen) -> None:
    """Moved here with a plan: ten weeks for ours, but leerroute and end of the three years stay."""
    if _known(draft.state).pip_on is not None:
        draft.open_task(
            "inburgering_overgenomen",
            act.id,
            "Er komt een persoonlijk plan uit een andere gemeente, maar hier staat er al een. Bekijk welk geldt.",
        )
        return
    _begin(draft)
    known = _known(draft.state)
    lives_here_since = min(act.effective, known.registered_on or act.effective)
    record(draft, "asielvergunning", JA, act.effective, source="brp", act=act.id)
    record(draft, "inburgeringsplichtig", JA, act.effective, source="duo", act=act.id)
    draft.cancel(_UNTIL_PLAN, "het plan van de vorige gemeente is overgenomen")
    _keep(
        draft,
        registered_on=lives_here_since,
        pip_on=data.pip_op,
        leerroute=data.leerroute,
        taken_over=True,
        waiting=False,
        ends_on=data.einddatum or known.ends_on,
    )
    _status(draft, "inburgeren")
    _close_plan_question(draft, act)
    if not _is_history(draft.state, lives_here_since):
        draft.arm("pip_verhuizing", act.effective, track=Track.INBURGERING)
    _arm_three_years(draft, data.pip_op)


def _arm_three_years(draft: Draft, pip_on: date) -> None:
    """Wi 11: three years from the day after the date of the plan, unless DUO told another end."""
    for term in draft.state.open_terms("inburgering"):
        draft.cancel_term(term, "de termijn telt vanaf het persoonlijk plan")
    draft.arm("inburgering", pip_on, track=Track.INBURGERING, until=_known(draft.state).ends_on)
    draft.arm("leerroute_wissel", pip_on, track=Track.INBURGERING, quiet=True)


def duo_einddatum(draft: Draft, act: Act, data: Einddatum) -> None:
    """What DUO notified wins over what we compute (Besluit inburgering 9.3 lid 3), also an extension."""
    known = _known(draft.state)
    _begin(draft)
    _keep(draft, ends_on=data.einddatum)
    running = draft.state.open_terms("inburgering")
    if running:
        if running[0].due != data.einddatum:
            draft.move(
                running[0],
                set_end=data.einddatum,
                text=f"Inburgering: volgens DUO uiterlijk {say(data.einddatum)}",
            )
    elif known.done_on is None:
        draft.arm("inburgering", known.pip_on or act.effective, track=Track.INBURGERING, until=data.einddatum)


def informatie_ontvangen(draft: Draft, act: Act, data: Nothing) -> None:
    """Two weeks after the information the plan stands (Besluit 5.3 lid 2); the ten weeks are never cut."""
    known = _known(draft.state)
    if not known.waiting:
        draft.open_task(
            "informatie_derde",
            act.id,
            "Er kwam informatie voor het persoonlijk plan waar niet op gewacht werd. Bekijk haar.",
        )
        return
    _keep(draft, waiting=False)
    draft.meet("informatie_derde", act.effective)
    start = _plan_start(known)
    assert start is not None  # only a running term of ten weeks can wait
    whole = compute(draft.policy.on(start).term("pip"), start, draft.days)
    added = compute(draft.policy.on(act.effective).term("pip_aanvulling"), act.effective, draft.days)
    if whole.legal_end >= added.legal_end:
        _arm_plan(draft)
    else:
        draft.arm("pip_aanvulling", act.effective, track=Track.INBURGERING)


def inburgering_uitslag(draft: Draft, act: Act, data: Uitslag) -> None:
    _begin(draft)
    if data.behaald:
        achieved = (*_known(draft.state).achieved, data.onderdeel)
        _keep(draft, achieved=tuple(dict.fromkeys(achieved)))


def inburgering_afgerond(draft: Draft, act: Act, data: Afgerond) -> None:
    draft.meet("inburgering", act.effective)
    draft.cancel((*_UNTIL_PLAN, "inburgering", "leerroute_wissel"), "de inburgeringsplicht is klaar")
    record(draft, "inburgeringsplichtig", NEE, act.effective, source="duo", act=act.id)
    _keep(draft, done_on=act.effective, waiting=False)
    _status(draft, "klaar")


# -- our own acts --------------------------------------------------------------------------------------


def check_opgeroepen(state: JourneyState, act: Act, data: Oproep) -> None:
    known = _known(state)
    if state.integration is None:
        raise Refused(
            "Van inburgering is hier nog niets bekend. Leg eerst de inschrijving of de kennisgeving van DUO vast."
        )
    if known.intake_on is not None:
        raise Refused(
            f"De brede intake is al afgerond op {say(known.intake_on)}. Stel het persoonlijk plan vast."
        )
    if data.datum < act.effective:
        raise Refused(f"De dag van de oproep ({say(data.datum)}) ligt al voorbij. Kies een latere dag.")
    running = state.open_terms("brede_intake")
    if data.verzet and not running:
        raise Refused("Er loopt geen oproep die verzet kan worden. Roep de inwoner op.")
    if running and not data.verzet:
        raise Refused(
            f"Er loopt al een oproep voor {say(running[0].due)}. Leg vast of de inwoner kwam, of kies 'verzet' "
            "als de inwoner om een andere dag vroeg."
        )


def _all_calls(draft: Draft) -> int:
    """After so many calls the brede intake is completed without the resident (Wi 14 lid 2)."""
    return draft.policy.number("brede_intake_oproepen")


def brede_intake_opgeroepen(draft: Draft, act: Act, data: Oproep) -> None:
    if _known(draft.state).missed >= _all_calls(draft):
        raise Refused(
            f"De inwoner is al {_all_calls(draft)} keer opgeroepen (Wet inburgering art. 14). Voltooi de brede "
            "intake in afwezigheid, of voer het gesprek alsnog."
        )
    if data.verzet:
        draft.cancel(("brede_intake",), "verzet op verzoek van de inwoner")
    else:
        _keep(draft, calls=_known(draft.state).calls + 1)
    draft.arm("brede_intake", act.effective, track=Track.INBURGERING, until=data.datum)


def check_niet_verschenen(state: JourneyState, act: Act, data: Nothing) -> None:
    if not state.open_terms("brede_intake"):
        raise Refused("Er loopt geen oproep voor de brede intake. Leg eerst de oproep vast.")


def brede_intake_niet_verschenen(draft: Draft, act: Act, data: Nothing) -> None:
    """Each missed call asks a person for a warning and a new call; the third to end it (Wi 14 lid 1 and 2)."""
    draft.cancel(("brede_intake",), "de inwoner kwam niet of werkte onvoldoende mee")
    missed = _known(draft.state).missed + 1
    _keep(draft, missed=missed)
    if missed < _all_calls(draft):
        text = (
            f"De inwoner kwam niet op oproep {missed} voor de brede intake. Vraag waarom, geef een schriftelijke "
            "waarschuwing en roep opnieuw op (Wet inburgering art. 14 lid 1)."
        )
    else:
        text = (
            f"De inwoner kwam op {missed} oproepen niet. Vraag waarom, geef een schriftelijke waarschuwing en "
            "besluit of de brede intake in afwezigheid voltooid wordt (Wet inburgering art. 14 lid 2)."
        )
    draft.open_task(_MISSED, str(missed), text, reasons=(f"oproep_{missed}",))


_MISSED = "brede_intake_gemist"


def _close_missed(draft: Draft, act: Act, outcome: str) -> None:
    draft.close_tasks(_MISSED, by=act.by, on=act.effective, outcome=outcome)


def check_gewaarschuwd(state: JourneyState, act: Act, data: Nothing) -> None:
    if not state.open_tasks(_MISSED):
        raise Refused(
            "Er is geen gemiste oproep waarvoor een waarschuwing open staat. Leg eerst de oproep vast."
        )


def inburgering_gewaarschuwd(draft: Draft, act: Act, data: Nothing) -> None:
    """The warning is out. After the last call the question how to go on stays open."""
    if _known(draft.state).missed < _all_calls(draft):
        _close_missed(draft, act, "schriftelijk gewaarschuwd")


def check_brede_intake(state: JourneyState, act: Act, data: BredeIntake) -> None:
    known = _known(state)
    if known.intake_on is not None:
        raise Refused(
            f"De brede intake is al afgerond op {say(known.intake_on)}. Stel het persoonlijk plan vast."
        )


def brede_intake_afgerond(draft: Draft, act: Act, data: BredeIntake) -> None:
    missed, needed = _known(draft.state).missed, _all_calls(draft)
    if data.in_afwezigheid and missed < needed:
        raise Refused(
            f"De brede intake kan pas zonder de inwoner voltooid worden na {needed} oproepen; het waren er "
            f"{missed} (Wet inburgering art. 14 lid 2). Roep de inwoner opnieuw op."
        )
    _begin(draft)
    draft.meet("brede_intake", act.effective)
    if data.in_afwezigheid:
        draft.cancel((FINED,), "de brede intake is zonder de inwoner voltooid")
    else:
        draft.meet(FINED, act.effective)
    _close_missed(draft, act, "de brede intake is afgerond")
    _keep(draft, intake_on=act.effective)


def check_wacht(state: JourneyState, act: Act, data: Wacht) -> None:
    running = [term for term in state.open_terms("pip") if term.status is TermStatus.RUNNING]
    if not running:
        raise Refused(
            "Wachten op informatie van een derde kan alleen zolang de termijn van tien weken loopt "
            "(Besluit inburgering art. 5.3 lid 2). Stel het persoonlijk plan vast."
        )


def pip_wacht(draft: Draft, act: Act, data: Wacht) -> None:
    draft.cancel(("pip",), "wacht op informatie van een derde (Besluit inburgering art. 5.3 lid 2)")
    _keep(draft, waiting=True)
    draft.arm("informatie_derde", act.effective, track=Track.INBURGERING)


def check_pip(state: JourneyState, act: Act, data: Pip) -> None:
    known = _known(state)
    if known.noticed_on is None and not known.taken_over:
        raise Refused(
            "Een persoonlijk plan hoort bij een kennisgeving van DUO, en die is hier niet vastgelegd. "
            "Leg eerst de kennisgeving vast."
        )
    if known.pip_on is not None and not state.open_terms("pip_verhuizing"):
        raise Refused(
            f"Er is al een persoonlijk plan, van {say(known.pip_on)}. Leg een andere leerroute vast met "
            "'Leerroute gewijzigd'."
        )
    if known.intake_on is None and not known.taken_over:
        raise Refused(
            "Het persoonlijk plan steunt op de brede intake (Wi art. 15). Rond eerst de brede intake af."
        )
    if known.taken_over and data.leerroute != known.leerroute:
        raise Refused(
            f"Na een verhuizing blijft de leerroute {known.leerroute} (Wi art. 15 lid 4). Neem die over; "
            "wijzig haar daarna als dat nodig is."
        )
    if not data.akkoord and not data.reden:
        raise Refused(
            "Een plan waar de inwoner niet mee akkoord is, heeft een reden nodig: vul 'reden' in. "
            "Liever nog: pas het plan aan tot het gedragen wordt."
        )


def pip_vastgesteld(draft: Draft, act: Act, data: Pip) -> None:
    known = _known(draft.state)
    draft.cancel(("informatie_derde",), "het persoonlijk plan staat")
    _close_plan_question(draft, act)
    _keep(draft, waiting=False, leerroute=data.leerroute, pip_on=known.pip_on or act.effective)
    if known.done_on is None:
        _status(draft, "inburgeren")
        if not known.taken_over:
            _arm_three_years(draft, act.effective)
    if draft.state.stage is Stage.MNA and not measuring(draft.state):
        ask_first_measurement(draft, act.effective)


def check_leerroute(state: JourneyState, act: Act, data: LeerrouteGewijzigd) -> None:
    known = _known(state)
    if known.pip_on is None:
        raise Refused("Er is nog geen persoonlijk plan. Kies de leerroute in het plan.")
    if known.leerroute == data.naar:
        raise Refused(f"De leerroute is al {data.naar}. Kies een andere.")
    always = known.leerroute == "onderwijs" and data.naar == "b1"
    windows = [term for term in state.terms if term.term == "leerroute_wissel"]
    if not always and not data.bijzonder and windows and act.effective > windows[-1].due:
        raise Refused(
            f"Wisselen kon tot en met {say(windows[-1].due)}, anderhalf jaar na het begin (Besluit inburgering "
            "art. 5.4). Daarna kan het van onderwijs naar B1, of om een bijzondere reden: kies dan 'bijzonder'."
        )


def leerroute_gewijzigd(draft: Draft, act: Act, data: LeerrouteGewijzigd) -> None:
    _keep(draft, leerroute=data.naar)
    draft.open_task(
        "pip_aanpassen",
        act.id,
        f"De leerroute is nu {data.naar}. Pas het persoonlijk plan aan (Besluit inburgering art. 5.3 lid 6).",
    )


def ontzorgen_gestart(draft: Draft, act: Act, data: Nothing) -> None:
    draft.close_tasks("ontzorgen", by=act.by, on=act.effective, outcome="ontzorgen is gestart")


def check_ontzorgen(state: JourneyState, act: Act, data: Nothing) -> None:
    if running := state.open_terms("ontzorgen"):
        raise Refused(
            f"Ontzorgen loopt al, tot en met {say(running[0].due)}. Corrigeer de datum als die fout is."
        )


def check_ontzorgen_stop(state: JourneyState, act: Act, data: OntzorgenGestopt) -> None:
    if not state.open_terms("ontzorgen"):
        raise Refused("Ontzorgen loopt niet. Er valt niets te stoppen.")


def participatie_gestart(draft: Draft, act: Act, data: ParticipatieGestart) -> None:
    _begin(draft)
    started = Participation(kind=data.vorm, since=act.effective)
    _keep(draft, activities=(*_known(draft.state).activities, started))


def check_participatie_stop(state: JourneyState, act: Act, data: ParticipatieGestopt) -> None:
    found = [item for item in _known(state).activities if item.until is None and item.kind == data.vorm]
    if not found:
        raise Refused(
            f"Er loopt geen {data.vorm.replace('_', ' ')} naast de inburgering. Leg eerst de start vast."
        )
    if act.effective < found[0].since:
        raise Refused(f"Stoppen kan niet vóór de start op {say(found[0].since)}. Controleer de datum.")


def participatie_gestopt(draft: Draft, act: Act, data: ParticipatieGestopt) -> None:
    activities = list(_known(draft.state).activities)
    for index, item in enumerate(activities):
        if item.until is None and item.kind == data.vorm:
            activities[index] = item.model_copy(update={"until": act.effective})
            break
    _keep(draft, activities=tuple(activities))


def keep_asking(draft: Draft, facts: Facts) -> None:
    """Route statushouder: while DUO's notice is not here, somebody looks for it."""
    known = _known(draft.state)
    if known.noticed_on is None and known.pip_on is None and known.done_on is None:
        _begin(draft)
        if not draft.state.open_terms("kennisgeving_duo"):
            review = end_of_review(draft.state)
            draft.arm("kennisgeving_duo", draft.today, track=Track.INBURGERING, until=review)


# -- moments -------------------------------------------------------------------------------------------


def _ontzorgen_over(draft: Draft, term: Deadline) -> None:
    draft.open_task(
        "ontzorgen_voorbij",
        term.id,
        "De zes maanden ontzorgen zijn voorbij. Draag de betalingen over aan de inwoner, of besluit dat langer "
        "nodig is (Participatiewet art. 57).",
    )


def _three_years_over(draft: Draft, term: Deadline) -> None:
    draft.open_task(
        "inburgering_voorbij",
        term.id,
        f"De inburgeringstermijn liep tot en met {say(term.due)} en DUO meldde geen afronding. Vraag DUO hoe het "
        "staat en bespreek het met de inwoner.",
    )


ONLY_WHILE_OPEN |= {
    *_UNTIL_PLAN,
    "maatschappelijke_begeleiding",
    "ontzorgen",
    "inburgering",
    "leerroute_wissel",
}
ENDED["ontzorgen"] = _ontzorgen_over
ENDED["inburgering"] = _three_years_over


FACTS = (
    ActSpec(
        name="statushouder_ingeschreven",
        label="Statushouder ingeschreven in de BRP",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        rule=statushouder_ingeschreven,
        may_arm=("maatschappelijke_begeleiding",),
        why="Wet inburgering art. 13 lid 3: maatschappelijke begeleiding begint op de dag van inschrijving",
    ),
    ActSpec(
        name="kennisgeving_duo",
        label="Kennisgeving van DUO",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        rule=kennisgeving_duo,
        may_arm=("pip",),
        why="Besluit inburgering art. 5.3 lid 1: tien weken voor het persoonlijk plan",
    ),
    ActSpec(
        name="inburgering_overgenomen",
        label="Inburgering overgenomen van een andere gemeente",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        data=Overgenomen,
        rule=inburgering_overgenomen,
        may_arm=("inburgering", "leerroute_wissel", "pip_verhuizing"),
        why="Besluit inburgering art. 5.3 lid 3 en Wi art. 15 lid 4: nieuw plan, zelfde leerroute en einde",
    ),
    ActSpec(
        name="duo_einddatum",
        label="Einddatum volgens DUO",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        data=Einddatum,
        rule=duo_einddatum,
        may_arm=("inburgering",),
        why="Besluit inburgering art. 9.3 lid 3: de einddatum van DUO gaat voor de onze",
    ),
    ActSpec(
        name="informatie_voor_pip_ontvangen",
        label="Informatie voor het persoonlijk plan ontvangen",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        rule=informatie_ontvangen,
        why="Besluit inburgering art. 5.3 lid 2: daarna nog twee weken",
    ),
    ActSpec(
        name="inburgering_uitslag",
        label="Uitslag van een onderdeel van de inburgering",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Uitslag,
        rule=inburgering_uitslag,
        why="Examens, participatieverklaring en module arbeidsmarkt en participatie",
    ),
    ActSpec(
        name="inburgering_afgerond",
        label="Inburgering afgerond volgens DUO",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Afgerond,
        rule=inburgering_afgerond,
        why="DUO stelt vast dat de inwoner heeft voldaan of niet langer plichtig is",
    ),
)
"""What others tell us; fits in every route."""

OWN = (
    ActSpec(
        name="begeleiding_gestart",
        label="Maatschappelijke begeleiding gestart",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        meets=("maatschappelijke_begeleiding",),
        why="Wet inburgering art. 13",
    ),
    ActSpec(
        name="ontzorgen_gestart",
        label="Ontzorgen gestart",
        origin="eigen",
        roles=COACH | DECIDES,
        stages=OPEN_STAGES,
        check=check_ontzorgen,
        rule=ontzorgen_gestart,
        arms=(Arms(term="ontzorgen", track=Track.INBURGERING),),
        why="Participatiewet art. 56a: zes maanden vanaf de dag waarop het recht op bijstand ontstaat",
    ),
    ActSpec(
        name="ontzorgen_gestopt",
        label="Ontzorgen gestopt",
        origin="eigen",
        roles=DECIDES,
        stages=OPEN_STAGES,
        data=OntzorgenGestopt,
        check=check_ontzorgen_stop,
        cancels=("ontzorgen",),
        negative=True,
        why="De bijstand eindigt eerder: een mens besluit",
    ),
    ActSpec(
        name="brede_intake_opgeroepen",
        label="Opgeroepen voor de brede intake",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        data=Oproep,
        check=check_opgeroepen,
        rule=brede_intake_opgeroepen,
        may_arm=("brede_intake",),
        why="Wet inburgering art. 14 lid 1: een oproep met een termijn",
    ),
    ActSpec(
        name="brede_intake_niet_verschenen",
        label="Niet verschenen voor de brede intake",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        check=check_niet_verschenen,
        rule=brede_intake_niet_verschenen,
        why="Wet inburgering art. 14: een mens vraagt waarom, waarschuwt en roept opnieuw op",
    ),
    ActSpec(
        name="inburgering_gewaarschuwd",
        label="Schriftelijke waarschuwing gegeven (inburgering)",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        check=check_gewaarschuwd,
        rule=inburgering_gewaarschuwd,
        negative=True,
        why="Wet inburgering art. 14 lid 1: altijd door een mens",
    ),
    ActSpec(
        name="brede_intake_afgerond",
        label="Brede intake afgerond",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        data=BredeIntake,
        check=check_brede_intake,
        rule=brede_intake_afgerond,
        negative=True,
        why="Wet inburgering art. 14; na drie oproepen ook zonder de inwoner, en dat besluit een mens",
    ),
    ActSpec(
        name="pip_wacht_op_derde",
        label="Persoonlijk plan wacht op informatie van een derde",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        data=Wacht,
        check=check_wacht,
        rule=pip_wacht,
        may_arm=("informatie_derde",),
        why="Besluit inburgering art. 5.3 lid 2: alleen hierom mag het plan later",
    ),
    ActSpec(
        name="pip_vastgesteld",
        label="Persoonlijk plan inburgering en participatie vastgesteld",
        origin="eigen",
        roles=COACH | DECIDES,
        stages=OPEN_STAGES,
        data=Pip,
        meets=(*_PLAN_TERMS, "plan"),
        moves_to=Stage.MNA,
        moves_from=frozenset({Stage.PLAN}),
        arms=(Arms(term="start_mna"),),
        check=check_pip,
        rule=pip_vastgesteld,
        negative=True,
        may_arm=("inburgering", "leerroute_wissel", "trede_nulmeting"),
        why="Wet inburgering art. 15: het plan voor leren en meedoen samen; daarna drie jaar",
    ),
    ActSpec(
        name="leerroute_gewijzigd",
        label="Leerroute gewijzigd",
        origin="eigen",
        roles=COACH | DECIDES,
        stages=OPEN_STAGES,
        data=LeerrouteGewijzigd,
        check=check_leerroute,
        rule=leerroute_gewijzigd,
        negative=True,
        why="Besluit inburgering art. 5.4: tot anderhalf jaar, van onderwijs naar B1 altijd",
    ),
    ActSpec(
        name="participatie_gestart",
        label="Doet mee naast de inburgering",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        data=ParticipatieGestart,
        rule=participatie_gestart,
        why="Begroting: zeven op de tien statushouders doen mee tijdens de inburgering",
    ),
    ActSpec(
        name="participatie_gestopt",
        label="Meedoen naast de inburgering gestopt",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        data=ParticipatieGestopt,
        check=check_participatie_stop,
        rule=participatie_gestopt,
        why="Een periode van meedoen heeft een einde",
    ),
)
"""What our own people do for somebody who integrates."""

ACTS = (*FACTS, *OWN)
