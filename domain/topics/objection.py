"""Objections (bezwaar): a track of their own, beside the stages and on after the journey has closed."""

from datetime import date
from typing import Literal

from pydantic import Field

from domain.acts import Reason
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.income import Objection, SentDecision
from domain.journey import Deadline, FlagKind, JourneyState, Owner, TermStatus, Track
from domain.roles import ANYONE
from domain.terms import compute, unused_days
from domain.topics import moments
from domain.topics.completion import days_still
from domain.topics.dispatch import check_signed, send_decision

JURIST = frozenset({"bezwaarjurist", "teamleider"})
DEFECT = "bezwaar_verzuim"
PLAIN, COMMITTEE = "bezwaar_besluit", "bezwaar_besluit_commissie"
_WHICH = "Kenmerk van de handeling waarmee het bezwaar is vastgelegd; leeg: het oudste dat loopt"


class Bezwaar(Frozen):
    tegen: str = Field(default="besluit_aanvraag", description="Waartegen het bezwaar is")
    gepost_op: date | None = Field(default=None, description="Datum van het poststempel")


class Welk(Frozen):
    bezwaar: str = Field(default="", description=_WHICH)


class Beoordeeld(Frozen):
    bezwaar: str = Field(default="", description=_WHICH)
    oordeel: Literal["tijdig", "verschoonbaar", "niet_verschoonbaar"]
    reden: str = Reason


class VerzuimGevraagd(Frozen):
    bezwaar: str = Field(default="", description=_WHICH)
    uiterlijk: date = Field(description="Laatste dag om het verzuim te herstellen")


class Verdaagd(Frozen):
    bezwaar: str = Field(default="", description=_WHICH)
    tot: date | None = Field(default=None, description="Nieuwe laatste dag; leeg: zes weken later")
    reden: str = Reason


class Uitstel(Frozen):
    bezwaar: str = Field(default="", description=_WHICH)
    tot: date = Field(description="Nieuwe laatste dag")
    grond: Literal["instemming_indiener", "instemming_belanghebbenden", "wettelijke_procedure"]


class BezwaarBesloten(Frozen):
    bezwaar: str = Field(default="", description=_WHICH)
    uitkomst: Literal["gegrond", "deels_gegrond", "ongegrond", "niet_ontvankelijk"]
    reden: str = Reason
    wijze: Literal["post", "digitaal", "uitgereikt"] = "post"


# -- received ------------------------------------------------------------------------------------------


def _against(state: JourneyState, what: str, received: date) -> SentDecision | None:
    """The decision that an objection is about: named by its act or its kind, else the latest one."""
    sent = [item for item in state.income.sent if item.sent_on <= received and item.kind != "bezwaar"]
    named = [item for item in sent if what in (item.act, item.kind, *_names(item.kind))]
    return named[-1] if named else None


def _names(kind: str) -> tuple[str, str]:
    """How the term of a decision can be called: besluit_aanvraag, voorziening_besluit."""
    return f"besluit_{kind}", f"{kind}_besluit"


def bezwaar_ontvangen(draft: Draft, act: Act, data: Bezwaar) -> None:
    """Recorded at any time, also after closing; whether it is admissible is the jurist's (Awb 6:4, 6:11)."""
    if draft.knows(PLAIN):
        text, reasons = _take_in(draft, act, data)
    else:
        text, reasons = "", ()
    draft.open_task(
        "bezwaar",
        act.id,
        f"Bezwaar ontvangen op {say(act.effective)} tegen {data.tegen}. Bevestig de ontvangst en behandel het."
        + text,
        role="bezwaarjurist",
        reasons=reasons,
    )


def _take_in(draft: Draft, act: Act, data: Bezwaar) -> tuple[str, tuple[str, ...]]:
    """Start its clock. Returns what to say about being in time, and the code of that."""
    received = act.effective
    decision = _against(draft.state, data.tegen, received)
    remedy = draft.state.term(decision.remedy) if decision else None
    end = remedy.due if remedy else None
    timely = _timely(draft, received, data.gepost_op, end)
    committee = draft.policy.readings.get("bezwaar_commissie") == "altijd"
    # The clock starts when the objection term ends (Awb 7:10 lid 1). Where that day is not known, or had
    # passed before the objection came, the day of receipt stands in for it.
    start = end if end is not None and end >= received else received
    if timely == "per_post_op_tijd" and end is not None:
        start = end
    term = draft.arm(COMMITTEE if committee else PLAIN, start, track=Track.BEZWAAR)
    objection = Objection(
        id=act.id,
        against=data.tegen,
        received_on=received,
        posted_on=data.gepost_op,
        decision=decision.act if decision else "",
        objection_end=end,
        timely=timely,
        term=term.id,
        committee=committee,
    )
    state = draft.state
    draft.set(
        objections=(*state.objections, objection),
        # The jurist sits with the team that decides, until somebody gives this track an owner of its own.
        owners={Track.BEZWAAR: Owner(team=draft.policy.income_team), **state.owners},
    )
    if draft.state.flag(FlagKind.BEZWAAR) is None:
        draft.flag(FlagKind.BEZWAAR, received)
    return f" {_say_timely(timely, end, decision)}", (timely,)


def _timely(draft: Draft, received: date, posted: date | None, end: date | None) -> str:
    if end is None:
        return "onbekend"
    if received <= end:
        return "op_tijd"
    week = compute(draft.policy.term("bezwaar_per_post"), end, draft.days).legal_end
    if posted is not None and posted <= end and received <= week:
        return "per_post_op_tijd"
    return "te_laat"


def _say_timely(timely: str, end: date | None, decision: SentDecision | None) -> str:
    match timely:
        case "op_tijd":
            return "Het is op tijd."
        case "per_post_op_tijd":
            return "Het is op tijd gepost en binnen een week daarna ontvangen (Awb 6:9 lid 2)."
        case "te_laat":
            said = f"De termijn liep tot en met {say(end)}. " if end else ""
            more = "Beoordeel of het te laat zijn te verontschuldigen is (Awb 6:11)."
            if decision and decision.channel == "digitaal" and decision.notified_on is None:
                more += (
                    " Er staat geen kennisgeving vast: dan wordt te laat zijn niet tegengeworpen (Awb 2:22)."
                )
            return said + more
        case _:
            return "Tegen welk besluit, en of het op tijd is, is niet bekend: beoordeel dat."


# -- which one -----------------------------------------------------------------------------------------


def _running(state: JourneyState) -> list[Objection]:
    return [item for item in state.objections if item.ended_on is None]


def _pick(state: JourneyState, which: str) -> Objection:
    running = _running(state)
    if not which and running:
        return running[0]
    for item in running:
        if item.id == which:
            return item
    known = ", ".join(item.id for item in running) or "geen"
    raise Refused(f"Dit bezwaar loopt niet. Lopende bezwaren: {known}. Leg het bezwaar eerst vast.")


def _replace(draft: Draft, changed: Objection) -> None:
    objections = tuple(changed if item.id == changed.id else item for item in draft.state.objections)
    draft.set(objections=objections)


def _term(state: JourneyState, objection: Objection) -> Deadline:
    term = state.term(objection.term)
    assert term is not None
    return term


def _must_run(
    state: JourneyState, objection: Objection, on: date, what: str, *, by_letter: bool = False
) -> Deadline:
    """The decision term, which has to run on a day. By letter that day is of sending, however late recorded."""
    term = _term(state, objection)
    if term.status is TermStatus.SUSPENDED:
        raise Refused(
            f"De beslistermijn staat stil tot en met {say(term.suspensions[-1].until)}. {what} kan weer als hij loopt."
        )
    runs = term.status is TermStatus.RUNNING or (by_letter and term.status is TermStatus.BREACHED)
    if on > term.due or not runs:
        raise Refused(
            f"{what} kan alleen zolang de beslistermijn loopt (Awb 7:10): die liep af op {say(term.due)}. "
            "Beslis op het bezwaar."
        )
    return term


def _ended(draft: Draft, objection: Objection, on: date, outcome: str, act: Act) -> None:
    _replace(draft, objection.model_copy(update={"ended_on": on, "outcome": outcome}))
    draft.close_tasks(f"bezwaar:{objection.id}", by=act.by, on=on, outcome=outcome)
    if not _running(draft.state):
        draft.unflag(FlagKind.BEZWAAR, on)


# -- on the way ----------------------------------------------------------------------------------------


def check_which(state: JourneyState, act: Act, data: Welk | Beoordeeld) -> None:
    _pick(state, data.bezwaar)


def bezwaar_beoordeeld(draft: Draft, act: Act, data: Beoordeeld) -> None:
    _replace(draft, _pick(draft.state, data.bezwaar).model_copy(update={"judged": data.oordeel}))


def check_commissie(state: JourneyState, act: Act, data: Welk) -> None:
    objection = _pick(state, data.bezwaar)
    if objection.committee:
        raise Refused("Er is al een commissie voor dit bezwaar. De beslistermijn is al twaalf weken.")
    _must_run(state, objection, act.effective, "Een commissie instellen", by_letter=True)


def commissie_ingesteld(draft: Draft, act: Act, data: Welk) -> None:
    """Twelve weeks instead of six, from the same day (Awb 7:10 lid 1 with 7:13); what stood still stays."""
    objection = _pick(draft.state, data.bezwaar)
    before = _term(draft.state, objection)
    draft.cancel_term(before, "er is een commissie ingesteld", on=act.effective)
    term = draft.arm(COMMITTEE, before.dates.start, track=Track.BEZWAAR)
    if before.dates.added_days:
        draft.move(
            term,
            added_days=before.dates.added_days,
            suspensions=before.suspensions,
            text="beslistermijn met commissie: wat stilstond telt mee",
        )
    _replace(draft, objection.model_copy(update={"committee": True, "term": term.id}))


def check_verzuim(state: JourneyState, act: Act, data: VerzuimGevraagd) -> None:
    _must_run(state, _pick(state, data.bezwaar), act.effective, "Vragen om herstel", by_letter=True)
    if data.uiterlijk <= act.effective:
        raise Refused(
            f"De laatste dag om te herstellen ({say(data.uiterlijk)}) moet na de dag van de brief liggen "
            f"({say(act.effective)}). Kies een latere dag."
        )


def verzuim_gevraagd(draft: Draft, act: Act, data: VerzuimGevraagd) -> None:
    """Awb 7:10 lid 2: still from the day after the letter, until mended or until the time is over."""
    draft.suspend(
        _term(draft.state, _pick(draft.state, data.bezwaar)),
        since=act.effective,
        until=data.uiterlijk,
        by=act.by,
        why="verzuim in het bezwaar (Awb 6:6)",
        ground=DEFECT,
    )


def verzuim_hersteld(draft: Draft, act: Act, data: Welk) -> None:
    try:
        objection = _pick(draft.state, data.bezwaar)
    except Refused:
        _no_objection(draft, act)
        return
    term = _term(draft.state, objection)
    line = term.suspensions[-1] if term.suspensions else None
    if line is None or line.ground != DEFECT:
        draft.open_task(
            "bezwaar_stuk", act.id, "Er is een aanvulling op een bezwaar. Betrek haar bij de beslissing.",
            role="bezwaarjurist",
        )  # fmt: skip
        return
    late = act.effective > line.until
    if term.status is TermStatus.SUSPENDED or (line.ended == line.until and not late and term.is_open):
        ended = min(max(act.effective, line.since), line.until)
        draft.resume(term, ended=ended, days=days_still(line.since, ended, draft.policy))


def defect_ran_out(draft: Draft, term: Deadline) -> None:
    line = term.suspensions[-1]
    draft.resume(term, ended=line.until, days=unused_days(line.since, line.until))
    draft.open_task(
        "bezwaar_niet_hersteld",
        f"{term.id}/{len(term.suspensions)}",
        f"Het verzuim in het bezwaar is op {say(line.until)} niet hersteld. Beoordeel wat dit betekent (Awb 6:6); "
        "de beslistermijn loopt weer.",
        role="bezwaarjurist",
    )


def check_verdaagd(state: JourneyState, act: Act, data: Verdaagd) -> None:
    objection = _pick(state, data.bezwaar)
    term = _must_run(state, objection, act.effective, "Verdagen", by_letter=True)
    if objection.adjourned:
        raise Refused(
            "Deze beslissing is al verdaagd. Verder uitstel kan alleen met instemming (Awb 7:10 lid 4)."
        )
    if data.tot is not None and data.tot <= term.due:
        raise Refused(f"De nieuwe laatste dag ({say(data.tot)}) moet na de huidige liggen ({say(term.due)}).")


def bezwaar_verdaagd(draft: Draft, act: Act, data: Verdaagd) -> None:
    objection = _pick(draft.state, data.bezwaar)
    term = _term(draft.state, objection)
    last = compute(draft.policy.term("bezwaar_verdaging"), term.dates.raw_end, draft.days).legal_end
    until = data.tot or last
    if until > last:
        raise Refused(
            f"Verdagen kan hoogstens zes weken, tot en met {say(last)} (Awb 7:10 lid 3). Kies een eerdere dag."
        )
    draft.extend(term, until=until, by=act.by, why=data.reden)
    _replace(draft, objection.model_copy(update={"adjourned": True}))


def check_uitstel(state: JourneyState, act: Act, data: Uitstel) -> None:
    term = _must_run(state, _pick(state, data.bezwaar), act.effective, "Verder uitstel", by_letter=True)
    if data.tot <= term.due:
        raise Refused(f"De nieuwe laatste dag ({say(data.tot)}) moet na de huidige liggen ({say(term.due)}).")


def bezwaar_uitstel(draft: Draft, act: Act, data: Uitstel) -> None:
    term = _term(draft.state, _pick(draft.state, data.bezwaar))
    draft.extend(term, until=data.tot, by=act.by, why=data.grond)


# -- the end -------------------------------------------------------------------------------------------


def check_besloten(state: JourneyState, act: Act, data: BezwaarBesloten) -> None:
    _pick(state, data.bezwaar)
    check_signed(state, "bezwaar", data.uitkomst)


def bezwaar_besloten(draft: Draft, act: Act, data: BezwaarBesloten) -> None:
    """The effective day is the day of dispatch. Appeal is with the court, within six weeks (Awb 6:7)."""
    objection = _pick(draft.state, data.bezwaar)
    term = _term(draft.state, objection)
    if term.is_open:
        draft.fulfil(term, act.effective)
    _ended(draft, objection.model_copy(update={"decided_by": act.id}), act.effective, data.uitkomst, act)
    send_decision(draft, act, "bezwaar", data.uitkomst, channel=data.wijze, remedy="beroep_indienen")
    if data.uitkomst in ("gegrond", "deels_gegrond"):
        draft.open_task(
            "bezwaar_uitvoeren",
            act.id,
            f"Het bezwaar tegen {objection.against} is {data.uitkomst.replace('_', ' ')}. Voer de beslissing uit: "
            "besluit, betaling en gegevens.",
            role="inkomensconsulent",
        )


def bezwaar_ingetrokken(draft: Draft, act: Act, data: Welk) -> None:
    try:
        objection = _pick(draft.state, data.bezwaar)
    except Refused:
        _no_objection(draft, act)
        return
    term = _term(draft.state, objection)
    if term.is_open:
        draft.cancel_term(term, "het bezwaar is ingetrokken", on=act.effective)
    _ended(draft, objection, act.effective, "ingetrokken", act)


def _no_objection(draft: Draft, act: Act) -> None:
    draft.open_task(
        "bezwaar_onbekend",
        act.id,
        "Er is bericht over een bezwaar dat hier niet loopt. Zoek uit wat bedoeld is.",
        role="bezwaarjurist",
    )


def beroep_ingesteld(draft: Draft, act: Act, data: Welk) -> None:
    """Appeal runs at the court; here it is only known, and somebody answers the court."""
    decided = [item for item in draft.state.objections if item.ended_on and item.outcome != "ingetrokken"]
    chosen = next((item for item in decided if item.id == data.bezwaar), decided[-1] if decided else None)
    if chosen is not None:
        _replace(draft, chosen.model_copy(update={"appealed_on": act.effective}))
        sent = next((item for item in draft.state.income.sent if item.act == chosen.decided_by), None)
        remedy = draft.state.term(sent.remedy) if sent else None
        if remedy is not None and remedy.is_open:
            draft.fulfil(remedy, act.effective)
    draft.open_task(
        "beroep",
        act.id,
        f"Beroep ingesteld op {say(act.effective)}. Stuur de stukken aan de rechtbank en bewaak haar termijnen.",
        role="bezwaarjurist",
    )


moments.STILL_OVER[DEFECT] = defect_ran_out
for _key in (PLAIN, COMMITTEE):
    moments.OWN_EXTENSION[_key] = (
        "Een beslissing op bezwaar wordt verdaagd met 'Bezwaar verdaagd' (hoogstens zes weken), of verder "
        "uitgesteld met 'Bezwaar uitgesteld met instemming' (Awb 7:10)."
    )


ACTS = (
    ActSpec(
        name="bezwaar_ontvangen",
        label="Bezwaar ontvangen",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Bezwaar,
        rule=bezwaar_ontvangen,
        may_arm=("bezwaar_besluit",),
        why="Awb art. 6:4; ook na sluiting",
    ),
    ActSpec(
        name="bezwaar_verzuim_hersteld",
        label="Verzuim in bezwaar hersteld",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Welk,
        rule=verzuim_hersteld,
        why="Awb art. 7:10 lid 2: de beslistermijn loopt weer",
    ),
    ActSpec(
        name="bezwaar_ingetrokken",
        label="Bezwaar ingetrokken",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Welk,
        rule=bezwaar_ingetrokken,
        why="Awb art. 6:21: de inwoner ziet ervan af",
    ),
    ActSpec(
        name="beroep_ingesteld",
        label="Beroep ingesteld",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Welk,
        rule=beroep_ingesteld,
        why="De rechtbank behandelt het; hier staat dat het loopt",
    ),
    ActSpec(
        name="bezwaar_beoordeeld",
        label="Tijdigheid van bezwaar beoordeeld",
        origin="eigen",
        roles=JURIST,
        stages=ALL_STAGES,
        data=Beoordeeld,
        check=check_which,
        rule=bezwaar_beoordeeld,
        negative=True,
        why="Awb art. 6:11: of te laat zijn te verontschuldigen is, beoordeelt een mens",
    ),
    ActSpec(
        name="bezwaar_commissie_ingesteld",
        label="Commissie voor bezwaar ingesteld",
        origin="eigen",
        roles=JURIST,
        stages=ALL_STAGES,
        data=Welk,
        check=check_commissie,
        rule=commissie_ingesteld,
        may_arm=("bezwaar_besluit_commissie",),
        why="Awb art. 7:13: twaalf weken in plaats van zes",
    ),
    ActSpec(
        name="bezwaar_verzuim_gevraagd",
        label="Herstel van verzuim in bezwaar gevraagd",
        origin="eigen",
        roles=JURIST,
        stages=ALL_STAGES,
        data=VerzuimGevraagd,
        check=check_verzuim,
        rule=verzuim_gevraagd,
        why="Awb art. 6:6 en 7:10 lid 2: de beslistermijn staat stil",
    ),
    ActSpec(
        name="bezwaar_verdaagd",
        label="Bezwaar verdaagd",
        origin="eigen",
        roles=JURIST,
        stages=ALL_STAGES,
        data=Verdaagd,
        check=check_verdaagd,
        rule=bezwaar_verdaagd,
        why="Awb art. 7:10 lid 3: één keer, hoogstens zes weken, binnen de lopende termijn",
    ),
    ActSpec(
        name="bezwaar_uitgesteld",
        label="Bezwaar uitgesteld met instemming",
        origin="eigen",
        roles=JURIST,
        stages=ALL_STAGES,
        data=Uitstel,
        check=check_uitstel,
        rule=bezwaar_uitstel,
        why="Awb art. 7:10 lid 4: verder uitstel met instemming",
    ),
    ActSpec(
        name="bezwaar_besloten",
        label="Op bezwaar beslist",
        origin="eigen",
        roles=JURIST,
        stages=ALL_STAGES,
        data=BezwaarBesloten,
        check=check_besloten,
        rule=bezwaar_besloten,
        negative=True,
        may_arm=("beroep_indienen",),
        why="Awb art. 7:11 en 7:12: verzonden, door een mens",
    ),
)
