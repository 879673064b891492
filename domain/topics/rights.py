"""A running benefit: the right or its payment stands still, is mended, withdrawn or ends (Pw 40, 54)."""

from datetime import date
from typing import Literal

from pydantic import Field

from domain.acts import Reason
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.income import Benefit, RightSuspension
from domain.journey import Deadline, FlagKind, JourneyState, Track
from domain.roles import ANYONE, DECIDES
from domain.terms import compute
from domain.topics import moments
from domain.topics.dispatch import check_signed, send_decision
from domain.topics.sent_decisions import went_out

Kind = Literal["recht", "betaling"]


class RechtOpgeschort(Frozen):
    herstel_tot: date = Field(description="Laatste dag om het verzuim te herstellen")
    verzuim_op: date | None = Field(default=None, description="Dag van het verzuim; leeg: de ingangsdatum")
    grond: Literal["gegevens", "medewerking"] = "gegevens"
    reden: str = Reason


class BetalingGeblokkeerd(Frozen):
    herstel_tot: date = Field(description="Laatste dag om het adres in orde te maken")
    reden: str = Reason


class Hersteld(Frozen):
    soort: Kind = "recht"


class Opgeheven(Frozen):
    soort: Kind = "recht"
    reden: str = Reason


class RechtIngetrokken(Frozen):
    reden: str = Reason


class UitkeringBeeindigd(Frozen):
    grond: Literal["werk", "onderwijs", "inkomen", "verhuizing", "eigen_verzoek", "pensioen", "overig"]
    per: date | None = Field(
        default=None, description="Dag vanaf wanneer er geen uitkering meer is; leeg: de ingangsdatum"
    )
    reden: str = Reason


def standing_still(state: JourneyState, kind: str) -> RightSuspension | None:
    """What stands still now: the right, or only its payment."""
    return next(
        (item for item in state.income.suspensions if item.kind == kind and item.ended_on is None), None
    )


def _check_start(state: JourneyState, act: Act, kind: Kind, repair: date) -> None:
    if standing_still(state, kind):
        raise Refused(
            "Dit staat al stil. Leg vast dat het hersteld is of hef het op, of besluit hoe het verder gaat."
        )
    if state.income.benefit is None and state.application_term():
        raise Refused(
            "Er loopt nog een aanvraag en geen uitkering. Vraag om aanvulling (Awb 4:5); dan staat de "
            "beslistermijn stil."
        )
    if state.income.benefit is not None and state.income.benefit.ended_on:
        raise Refused(
            f"De uitkering is beëindigd op {say(state.income.benefit.ended_on)}. Er valt niets op te schorten."
        )
    if repair <= act.effective:
        raise Refused(
            f"De laatste dag om te herstellen ({say(repair)}) moet na de eerste dag liggen ({say(act.effective)}). "
            "Kies een latere dag."
        )


def check_opgeschort(state: JourneyState, act: Act, data: RechtOpgeschort) -> None:
    _check_start(state, act, "recht", data.herstel_tot)


def recht_opgeschort(draft: Draft, act: Act, data: RechtOpgeschort) -> None:
    """Pw 54 lid 1 and 2: at most eight weeks in all, the day of the default is day 1, repair lies inside."""
    default = data.verzuim_op or act.effective
    longest = compute(draft.policy.term("opschorting_recht"), default, draft.days).legal_end
    if data.herstel_tot > longest:
        raise Refused(
            f"Opschorten kan hoogstens acht weken, van {say(default)} tot en met {say(longest)} (Participatiewet "
            "art. 54 lid 1). Kies voor 'herstel_tot' een eerdere dag."
        )
    limit = draft.arm("opschorting_recht", default, track=Track.INKOMEN)
    _stand_still(draft, act, "recht", data.grond, default, data.herstel_tot, limit.id)
    went_out(draft, act, "opschorting", "opgeschort")


def check_geblokkeerd(state: JourneyState, act: Act, data: BetalingGeblokkeerd) -> None:
    _check_start(state, act, "betaling", data.herstel_tot)


def betaling_geblokkeerd(draft: Draft, act: Act, data: BetalingGeblokkeerd) -> None:
    """Pw 40 lid 2: the address differs from the BRP; only payment stops and a term is set."""
    _stand_still(draft, act, "betaling", "adres", act.effective, data.herstel_tot, "")
    went_out(draft, act, "blokkade", "geblokkeerd")


def _stand_still(
    draft: Draft, act: Act, kind: str, ground: str, default: date, repair_until: date, limit: str
) -> None:
    repair = draft.arm("hersteltermijn", act.effective, track=Track.INKOMEN, until=repair_until, quiet=True)
    line = RightSuspension(
        act=act.id,
        kind=kind,
        ground=ground,
        since=act.effective,
        default_on=default,
        repair_until=repair_until,
        repair=repair.id,
        limit=limit,
    )
    income = draft.state.income
    draft.set(income=income.model_copy(update={"suspensions": (*income.suspensions, line)}))
    draft.flag(FlagKind.OPGESCHORT, act.effective, until=repair_until, detail=kind)


def _replace(draft: Draft, changed: RightSuspension) -> None:
    income = draft.state.income
    lines = tuple(changed if item.act == changed.act else item for item in income.suspensions)
    draft.set(income=income.model_copy(update={"suspensions": lines}))


def _go_on(draft: Draft, line: RightSuspension, act: Act, outcome: str) -> None:
    """It stands still no more, whatever the outcome."""
    on = act.effective
    _replace(draft, line.model_copy(update={"ended_on": on, "outcome": outcome}))
    asked = f"verzuim_niet_hersteld:{line.act}", f"opschorting_te_lang:{line.act}"
    draft.close_tasks(*asked, by=act.by, on=on, outcome=outcome)
    for term_id in (line.repair, line.limit):
        term = draft.state.term(term_id)
        if term is not None and term.is_open:
            draft.fulfil(term, on)
    draft.unflag(FlagKind.OPGESCHORT, on)
    for kind in ("recht", "betaling"):
        if other := standing_still(draft.state, kind):
            draft.flag(FlagKind.OPGESCHORT, other.since, until=other.repair_until, detail=kind)


def verzuim_hersteld(draft: Draft, act: Act, data: Hersteld) -> None:
    """Mended in time the right runs again; later a person decides, because withdrawal is no duty."""
    line = standing_still(draft.state, data.soort)
    if line is None:
        draft.open_task(
            "verzuim_hersteld",
            act.id,
            "Er is iets hersteld, maar hier staat niets stil. Zoek uit wat bedoeld is.",
        )
        return
    _replace(draft, line.model_copy(update={"repaired_on": act.effective}))
    if act.effective <= line.repair_until:
        _go_on(draft, line.model_copy(update={"repaired_on": act.effective}), act, "hersteld")
        return
    draft.open_task(
        "verzuim_te_laat_hersteld",
        act.id,
        f"Het verzuim is hersteld op {say(act.effective)}; dat kon tot en met {say(line.repair_until)}. Besluit of "
        "de opschorting wordt opgeheven.",
        role="inkomensconsulent",
    )


def not_mended(draft: Draft, term: Deadline) -> None:
    """The time to mend has passed: a person decides. Withdrawal is "kan" (Pw 54 lid 4)."""
    line = next((item for item in draft.state.income.suspensions if item.repair == term.id), None)
    if line is None or line.ended_on is not None:
        return
    what = "Het recht staat stil" if line.kind == "recht" else "De betaling staat stil"
    draft.open_task(
        "verzuim_niet_hersteld",
        line.act,
        f"{what} vanaf {say(line.since)} en is op {say(term.due)} niet hersteld. Zoek eerst contact. Intrekken "
        "mag, maar moet niet: een mens besluit (Participatiewet art. 54 lid 4).",
        role="inkomensconsulent",
    )


def longest_over(draft: Draft, term: Deadline) -> None:
    line = next((item for item in draft.state.income.suspensions if item.limit == term.id), None)
    if line is None or line.ended_on is not None:
        return
    draft.open_task(
        "opschorting_te_lang",
        line.act,
        f"Het recht staat acht weken stil en dat mag niet langer duren (tot en met {say(term.due)}). Hef de "
        "opschorting op of besluit over intrekken.",
        role="inkomensconsulent",
    )


def check_opgeheven(state: JourneyState, act: Act, data: Opgeheven) -> None:
    if standing_still(state, data.soort) is None:
        raise Refused("Hier staat niets stil wat opgeheven kan worden. Kijk bij 'soort': recht of betaling.")


def opschorting_opgeheven(draft: Draft, act: Act, data: Opgeheven) -> None:
    line = standing_still(draft.state, data.soort)
    assert line is not None
    _go_on(draft, line, act, "opgeheven")
    # The days that it stood still can be objected to as well.
    went_out(draft, act, f"{'opschorting' if data.soort == 'recht' else 'blokkade'}_opheffing", "opgeheven")


def check_ingetrokken(state: JourneyState, act: Act, data: RechtIngetrokken) -> None:
    line = standing_still(state, "recht") or standing_still(state, "betaling")
    if line is None:
        raise Refused(
            "Intrekken na opschorting kan niet: het recht staat niet stil. Schort eerst op en geef een "
            "hersteltermijn (Participatiewet art. 54)."
        )
    repair = state.term(line.repair)
    if repair is not None and repair.is_open:
        raise Refused(
            f"Intrekken kan pas als de hersteltermijn ongebruikt voorbij is: die loopt tot en met {say(repair.due)} "
            "(Participatiewet art. 54 lid 4)."
        )
    check_signed(state, "intrekking", "ingetrokken")


def recht_ingetrokken(draft: Draft, act: Act, data: RechtIngetrokken) -> None:
    """From the first day that the right was suspended (Pw 54 lid 4): the day of the default, not of the letter."""
    line = standing_still(draft.state, "recht") or standing_still(draft.state, "betaling")
    assert line is not None
    _go_on(draft, line, act, "ingetrokken")
    send_decision(draft, act, "intrekking", "ingetrokken")
    _end_benefit(draft, line.default_on, "ingetrokken")


def check_beeindigd(state: JourneyState, act: Act, data: UitkeringBeeindigd) -> None:
    if state.income.benefit is not None and state.income.benefit.ended_on:
        raise Refused(
            f"De uitkering is al beëindigd op {say(state.income.benefit.ended_on)}. Corrigeer die handeling als de "
            "dag niet klopt."
        )
    check_signed(state, "beeindiging", "beeindigd")


def uitkering_beeindigd(draft: Draft, act: Act, data: UitkeringBeeindigd) -> None:
    """The effective day is the day of dispatch; the benefit may end on another one, before or after."""
    for kind in ("recht", "betaling"):
        if line := standing_still(draft.state, kind):
            _go_on(draft, line, act, "beeindigd")
    send_decision(draft, act, "beeindiging", "beeindigd")
    _end_benefit(draft, data.per or act.effective, data.grond)


def _end_benefit(draft: Draft, on: date, why: str) -> None:
    """The end date is what a later return is judged by (re-entry)."""
    benefit = draft.state.income.benefit or Benefit()
    ended = benefit.model_copy(update={"ended_on": on, "why_ended": why})
    draft.set(income=draft.state.income.model_copy(update={"benefit": ended}))


moments.LAPSED["hersteltermijn"] = not_mended
moments.BREACHED["opschorting_recht"] = longest_over


ACTS = (
    ActSpec(
        name="recht_opgeschort",
        label="Recht opgeschort",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        data=RechtOpgeschort,
        check=check_opgeschort,
        rule=recht_opgeschort,
        negative=True,
        may_arm=("bezwaar_indienen", "hersteltermijn", "opschorting_recht"),
        why="Participatiewet art. 54 lid 1: hoogstens acht weken, met een termijn om te herstellen",
    ),
    ActSpec(
        name="betaling_geblokkeerd",
        label="Betaling geblokkeerd",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        data=BetalingGeblokkeerd,
        check=check_geblokkeerd,
        rule=betaling_geblokkeerd,
        negative=True,
        may_arm=("bezwaar_indienen", "hersteltermijn"),
        why="Participatiewet art. 40 lid 2 tot en met 5: het adres wijkt af van de BRP",
    ),
    ActSpec(
        name="verzuim_hersteld",
        label="Verzuim hersteld",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Hersteld,
        rule=verzuim_hersteld,
        why="Op tijd hersteld: recht en betaling lopen weer",
    ),
    ActSpec(
        name="opschorting_opgeheven",
        label="Opschorting opgeheven",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        data=Opgeheven,
        check=check_opgeheven,
        rule=opschorting_opgeheven,
        may_arm=("bezwaar_indienen",),
        why="Een mens laat recht of betaling weer lopen",
    ),
    ActSpec(
        name="recht_ingetrokken",
        label="Recht ingetrokken",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        data=RechtIngetrokken,
        check=check_ingetrokken,
        rule=recht_ingetrokken,
        negative=True,
        may_arm=("bezwaar_indienen",),
        why="Participatiewet art. 54 lid 4: kan, pas na de hersteltermijn, door een mens",
    ),
    ActSpec(
        name="uitkering_beeindigd",
        label="Uitkering beëindigd",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        data=UitkeringBeeindigd,
        check=check_beeindigd,
        rule=uitkering_beeindigd,
        negative=True,
        may_arm=("bezwaar_indienen",),
        why="Het recht eindigt; de einddatum telt bij een latere terugkeer",
    ),
)
