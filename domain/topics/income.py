"""The application and its advances (spoor inkomen): what starts the clocks and what keeps them honest."""

from datetime import date
from typing import Literal

from pydantic import Field

from domain.acts import Nothing, Reason
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, OPEN_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.income import Application
from domain.journey import Deadline, JourneyState, Owner, TermStatus, Track
from domain.roles import ANYONE, COACH, DECIDES, INCOME
from domain.topics import moments
from domain.topics.sent_decisions import went_out

Scheme = Literal["pw", "bbz", "ioaw", "ioaz", "nug"]

CLOCKS: dict[str, tuple[str, ...]] = {
    "pw": ("voorschot", "besluit_aanvraag"),
    # Bbz pays algemene bijstand too, so art. 52 holds; only the decision has more time (Bbz 2004 art. 35).
    "bbz": ("voorschot", "bbz_besluit"),
    # The IOAW and IOAZ know no advance of art. 52 Participatiewet; Awb 4:13 sets the decision.
    "ioaw": ("besluit_aanvraag",),
    "ioaz": ("besluit_aanvraag",),
    # Without benefit: the application is for a provision (Participatiewet art. 10 lid 5).
    "nug": ("voorziening_besluit",),
}
"""What an application arms, by regeling; the last one is its decision term."""

MILESTONES = ("besluit_concept", "besluit_toets")
"""Internal milestones before a decision goes out; policy says how many opening days before."""


class Aanvraag(Frozen):
    regeling: Scheme = Field(default="pw", description="Welke regeling: pw, bbz, ioaw, ioaz of nug")
    uwv_datum: date | None = Field(default=None, description="Datum die UWV heeft vastgelegd; die telt")


class VoorschotGestopt(Frozen):
    reden: str = Reason
    grond: Literal["gegevens_ontbreken", "kennelijk_geen_recht", ""] = Field(
        default="", description="Participatiewet art. 52 lid 1 onder a of b"
    )


def aanvraag_ingediend(draft: Draft, act: Act, data: Aanvraag) -> None:
    """The day that counts is the one that UWV recorded, also when the hand-over came late (Suwi 30c)."""
    state = draft.state
    if state.application_term():
        draft.open_task(
            "tweede_aanvraag",
            act.id,
            "Er is een tweede aanvraag terwijl er al een loopt. Bekijk of het dezelfde is.",
            role="consulent",
        )
        return
    household = state.income.pw_household
    if household is not None and not household.carries:
        draft.open_task(
            "aanvraag_bij_drager",
            act.id,
            f"Deze aanvraag is van een Pw-gezin waarvan klant {household.other_client} de aanvraag draagt. Leg "
            f"haar daar vast met de datum {say(act.effective)}: één aanvraag, één besluit (Participatiewet "
            "art. 43 lid 2). Of wijzig wie draagt en leg haar hier opnieuw vast.",
            role="consulent",
        )
        return
    on = min(data.uwv_datum, act.effective) if data.uwv_datum else act.effective
    draft.set(
        application_on=on,
        decision="",
        owners={Track.INKOMEN: Owner(team=draft.policy.income_team), **state.owners},
    )
    draft.meet("aanvraag_blijft_uit", on)
    armed = [draft.arm(key, on, track=Track.INKOMEN) for key in CLOCKS[data.regeling]]
    application = Application(act=act.id, on=on, scheme=data.regeling, term=armed[-1].id)
    draft.set(income=draft.state.income.model_copy(update={"application": application}))
    if data.regeling in ("bbz", "ioaz", "ioaw"):
        draft.open_task(
            "warme_overdracht",
            act.id,
            f"Dit is een aanvraag {data.regeling}. Draag warm over aan wie deze regeling uitvoert; de "
            "beslistermijn wordt hier bewaakt.",
            role="consulent",
        )


def aanvraag_ingetrokken(draft: Draft, act: Act, data: Nothing) -> None:
    term = draft.state.application_term()
    if term is None:
        draft.open_task(
            "aanvraag", act.id, "Een aanvraag is ingetrokken, maar er liep er geen. Zoek uit wat bedoeld is."
        )
        return
    why, on = "de aanvraag is ingetrokken", act.effective
    # From that day there was nothing to decide, also when it became known later.
    draft.cancel_term(term, why, on=on)
    draft.cancel(("voorschot", "buiten_behandeling", *MILESTONES), why, on=on)
    cancel_repairs(draft, why, on=on)


def repairs(draft: Draft) -> list[Deadline]:
    """The completion term of the application; a right that stands still has one of its own."""
    others = {line.repair for line in draft.state.income.suspensions}
    return [term for term in draft.state.open_terms("hersteltermijn") if term.id not in others]


def cancel_repairs(draft: Draft, why: str, *, on: date | None = None) -> None:
    for term in repairs(draft):
        draft.cancel_term(term, why, on=on)


def decision_term(state: JourneyState) -> Deadline:
    """The decision term of the application that runs.

    Raises:
        Refused: none runs.
    """
    found = state.application_term()
    if found is None:
        raise Refused("Er loopt geen aanvraag waarover nog besloten moet worden. Leg eerst de aanvraag vast.")
    return found


# -- advances ------------------------------------------------------------------------------------------


def check_advance(state: JourneyState, act: Act, data: Frozen) -> None:
    if not state.open_terms("voorschot"):
        raise Refused(
            "Een voorschot kan nu niet geboekt worden: er loopt geen aanvraag waarop een voorschot hoort. "
            "Leg eerst de aanvraag vast."
        )


def voorschot_betaald(draft: Draft, act: Act, data: Nothing) -> None:
    """The next advance counts from the earlier of payment and raw due date, or it drifts (Pw 52 lid 1)."""
    for paid in draft.meet("voorschot", act.effective):
        if draft.state.application_term():
            draft.arm("voorschot", min(act.effective, paid.dates.raw_end), track=Track.INKOMEN)


def check_advance_again(state: JourneyState, act: Act, data: Nothing) -> None:
    decision_term(state)
    if state.open_terms("voorschot"):
        raise Refused("Er loopt al een termijn voor een voorschot. Boek de betaling met 'Voorschot betaald'.")


def voorschot_hervat(draft: Draft, act: Act, data: Nothing) -> None:
    draft.arm("voorschot", act.effective, track=Track.INKOMEN)


# -- an application that does not come -----------------------------------------------------------------


def registratie_werknl(draft: Draft, act: Act, data: Nothing) -> None:
    """Registered at werk.nl without applying: somebody asks why, or a right lapses unnoticed."""
    draft.set(income=draft.state.income.model_copy(update={"registered_on": act.effective}))
    applied = draft.state.application_on
    if applied is not None and applied >= act.effective:
        return
    if not draft.state.application_term() and not draft.state.open_terms("aanvraag_blijft_uit"):
        draft.arm("aanvraag_blijft_uit", act.effective, track=Track.INKOMEN)


def check_contact(state: JourneyState, act: Act, data: Nothing) -> None:
    if not state.open_terms("aanvraag_blijft_uit"):
        raise Refused("Er wordt nu niet op een aanvraag gewacht. Leg eerst de registratie bij werk.nl vast.")


def voorschot_gestopt(draft: Draft, act: Act, data: VoorschotGestopt) -> None:
    went_out(draft, act, "voorschot", "gestopt")


# -- milestones ----------------------------------------------------------------------------------------


def keep_milestones(draft: Draft) -> None:
    """Count the internal milestones back from the last day to dispatch; they follow it when it moves."""
    state = draft.state
    if state.income.application is None:
        return
    running = {term.term: term for term in state.terms if term.term in MILESTONES and term.is_open}
    decision = state.application_term()
    if decision is None or decision.status is not TermStatus.RUNNING:
        for milestone in running.values():
            if decision is None:
                draft.cancel_term(milestone, "er hoeft niet meer besloten te worden")
            elif decision.status is TermStatus.SUSPENDED:
                draft.cancel_term(milestone, "de beslistermijn staat stil")
        return
    last_open = draft.days.last_open(decision.due)
    reached = _reached(state)
    for key in MILESTONES:
        if key in reached or not draft.knows(key):
            continue
        until = draft.days.plus_open(last_open, -draft.policy.term(key).length)
        mine = running.get(key)
        if mine is not None and mine.due == until:
            continue
        if mine is not None:
            draft.cancel_term(mine, "de beslistermijn is verschoven")
        if until >= draft.today:
            draft.arm(key, draft.today, track=Track.INKOMEN, until=until)


def _reached(state: JourneyState) -> tuple[str, ...]:
    """The milestones that lie behind the decision as it is being written."""
    waiting = [item for item in state.income.drafts if item.kind == "aanvraag" and not item.sent]
    if not waiting or waiting[-1].returned_on:
        return ()
    return MILESTONES if waiting[-1].signed_on is not None else MILESTONES[:1]


moments.SETTLED.append(keep_milestones)
moments.EXTENDS_AT_MOST["bbz_besluit"] = "bbz_verlenging"


ACTS = (
    ActSpec(
        name="aanvraag_ingediend",
        label="Aanvraag ingediend",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        data=Aanvraag,
        rule=aanvraag_ingediend,
        plannable=False,
        may_arm=("bbz_besluit", "besluit_aanvraag", "voorschot", "voorziening_besluit"),
        why="Participatiewet art. 41; start voorschot en beslistermijn, ook als UWV hem laat doorgeeft",
    ),
    ActSpec(
        name="aanvraag_ingetrokken",
        label="Aanvraag ingetrokken",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=aanvraag_ingetrokken,
        why="De inwoner ziet er zelf van af",
    ),
    ActSpec(
        name="registratie_werknl",
        label="Geregistreerd bij werk.nl",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=registratie_werknl,
        may_arm=("aanvraag_blijft_uit",),
        why="Participatiewet art. 44 lid 2: een registratie zonder aanvraag mag niet ongemerkt verlopen",
    ),
    ActSpec(
        name="contact_over_aanvraag",
        label="Contact over de aanvraag die uitblijft",
        origin="eigen",
        roles=COACH | INCOME | {"toegang"},
        stages=ALL_STAGES,
        check=check_contact,
        meets=("aanvraag_blijft_uit",),
        why="De gemeente vraagt zelf waarom er geen aanvraag komt; een mens sluit af, de melddatum blijft",
    ),
    ActSpec(
        name="voorschot_betaald",
        label="Voorschot betaald",
        origin="eigen",
        roles=INCOME | {"uitkeringsadministratie"},
        stages=ALL_STAGES,
        check=check_advance,
        rule=voorschot_betaald,
        why="Participatiewet art. 52: betaald, niet klaargezet",
    ),
    ActSpec(
        name="voorschot_gestopt",
        label="Voorschot gestopt",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        data=VoorschotGestopt,
        check=check_advance,
        cancels=("voorschot",),
        rule=voorschot_gestopt,
        negative=True,
        may_arm=("bezwaar_indienen",),
        why="Participatiewet art. 52 lid 1 a en b: een gemotiveerd besluit van een mens",
    ),
    ActSpec(
        name="voorschot_hervat",
        label="Voorschot hervat",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        check=check_advance_again,
        rule=voorschot_hervat,
        may_arm=("voorschot",),
        why="Wat ontbrak is er nu; het voorschot loopt weer",
    ),
)
