"""Complaints (klachten): about how somebody was treated, beside the stages and on after closing (Awb chapter 9)."""

from datetime import date
from typing import Literal

from pydantic import Field

from domain.acts import Nothing, Reason
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.journey import Deadline, JourneyState, TermStatus
from domain.roles import ANYONE, LEAD
from domain.terms import compute
from domain.topics import moments

COMPLAINT, ADJOURNED = "klacht", "klacht_verdaging"
_WHICH = "Kenmerk van de handeling waarmee de klacht is vastgelegd; leeg: de oudste die loopt"


class KlachtVerdaagd(Frozen):
    klacht: str = Field(default="", description=_WHICH)
    tot: date | None = Field(default=None, description="Nieuwe laatste dag; leeg: zo laat als de wet toelaat")
    reden: str = Reason


class KlachtAfgehandeld(Frozen):
    klacht: str = Field(default="", description=_WHICH)
    oordeel: Literal[
        "gegrond", "deels_gegrond", "ongegrond", "niet_in_behandeling", "naar_tevredenheid", "ingetrokken"
    ]
    reden: str = Reason


def klacht_ontvangen(draft: Draft, act: Act, data: Nothing) -> None:
    """Each complaint has its own term, and a person who was not part of it (Awb 9:7)."""
    if draft.knows(COMPLAINT):
        draft.arm(COMPLAINT, act.effective)
    draft.open_task(
        COMPLAINT,
        act.id,
        f"Klacht ontvangen op {say(act.effective)}. Bevestig de ontvangst en laat haar behandelen door iemand die "
        "er niet bij betrokken was (Algemene wet bestuursrecht art. 9:6 en 9:7).",
        role="teamleider",
    )


def _of(term: Deadline) -> str:
    """The act that brought the complaint of a term."""
    return term.cause.partition("@")[2]


def _pick(state: JourneyState, which: str) -> Deadline:
    running = state.open_terms(COMPLAINT)
    for term in running:
        if which in ("", _of(term), term.id):
            return term
    known = ", ".join(map(_of, running)) or "geen"
    raise Refused(f"Deze klacht loopt niet. Lopende klachten: {known}. Leg de klacht eerst vast.")


def check_verdaagd(state: JourneyState, act: Act, data: KlachtVerdaagd) -> None:
    term = _pick(state, data.klacht)
    if term.extensions:
        raise Refused(
            f"Deze klacht is al verdaagd tot en met {say(term.due)}; dat kan één keer (Algemene wet bestuursrecht "
            "art. 9:11 lid 2). Handel haar af."
        )
    if term.status is TermStatus.BREACHED or act.effective > term.due:
        raise Refused(f"Verdagen kan niet meer: de termijn liep af op {say(term.due)}. Handel de klacht af.")
    if data.tot is not None and data.tot <= term.due:
        raise Refused(
            f"De nieuwe laatste dag ({say(data.tot)}) moet na de huidige liggen ({say(term.due)}). "
            "Kies een latere dag."
        )


def klacht_verdaagd(draft: Draft, act: Act, data: KlachtVerdaagd) -> None:
    term = _pick(draft.state, data.klacht)
    if not draft.knows(ADJOURNED):
        raise Refused("De regels voor verdagen zijn hier nog niet geladen. Probeer het morgen opnieuw.")
    last = compute(draft.policy.term(ADJOURNED), term.dates.raw_end, draft.days).legal_end
    until = data.tot or last
    if until > last:
        raise Refused(
            f"Verdagen kan hoogstens tot en met {say(last)} (Algemene wet bestuursrecht art. 9:11 lid 2). "
            "Kies een eerdere dag."
        )
    draft.extend(term, until=until, by=act.by, why=data.reden)


def check_afgehandeld(state: JourneyState, act: Act, data: KlachtAfgehandeld) -> None:
    term = _pick(state, data.klacht)
    if act.effective < term.dates.start:
        raise Refused(f"De klacht kwam op {say(term.dates.start)}. Kies een dag daarna.")


def klacht_afgehandeld(draft: Draft, act: Act, data: KlachtAfgehandeld) -> None:
    """The effective day is that of the letter, or of the talk after which the resident was content (Awb 9:5)."""
    term = _pick(draft.state, data.klacht)
    if data.oordeel == "ingetrokken":
        draft.cancel_term(term, "de klacht is ingetrokken", on=act.effective)
    else:
        draft.fulfil(term, act.effective)
    draft.close_tasks(f"{COMPLAINT}:{_of(term)}", by=act.by, on=act.effective, outcome=data.oordeel)


moments.RUNS_ON.add(COMPLAINT)
moments.OWN_EXTENSION[COMPLAINT] = "Een klacht wordt verdaagd met de handeling 'Klacht verdaagd'."

ACTS = (
    ActSpec(
        name="klacht_ontvangen",
        label="Klacht ontvangen",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=klacht_ontvangen,
        may_arm=(COMPLAINT,),
        why="Awb art. 9:11: binnen zes weken, ook na het sluiten van de klantroute",
    ),
    ActSpec(
        name="klacht_verdaagd",
        label="Klacht verdaagd",
        origin="eigen",
        roles=LEAD,
        stages=ALL_STAGES,
        data=KlachtVerdaagd,
        check=check_verdaagd,
        rule=klacht_verdaagd,
        why="Awb art. 9:11 lid 2: één keer, hoogstens vier weken, met bericht aan de inwoner",
    ),
    ActSpec(
        name="klacht_afgehandeld",
        label="Klacht afgehandeld",
        origin="eigen",
        roles=LEAD,
        stages=ALL_STAGES,
        data=KlachtAfgehandeld,
        check=check_afgehandeld,
        rule=klacht_afgehandeld,
        negative=True,
        why="Awb art. 9:12: de inwoner hoort wat is gevonden en wat daarvan het gevolg is",
    ),
)
