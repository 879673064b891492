"""AOW-leeftijd: from then on bijstand is the SVB's (Participatiewet art. 47a), and somebody has to see it coming.

The day follows from the birth date and from ages that are announced some years ahead. Beyond those years
nothing is armed: policy that knows more brings the term by itself. Nothing ends here; a person ends a right.
"""

from datetime import date

from domain.calendars import say
from domain.draft import Draft
from domain.facts import PENSION, About, pension_date
from domain.journey import Deadline, Stage
from domain.topics import moments
from domain.topics.routing import facts_of

NEARLY, REACHED = "aow_bijna", PENSION
"""Questions for people; each has the name of the term that asks it."""
_NOT_IN = (Stage.NAZORG, Stage.GESLOTEN)
_WHO: dict[About, str] = {"inwoner": "De inwoner", "partner": "De partner van de inwoner"}


def _coming(draft: Draft) -> dict[date, tuple[date, About]]:
    """Days to come on which somebody of the couple reaches the age, with the birth date and whose it is.

    Of an incomplete birth date the last possible day counts: on that day it is sure.
    """
    state, known_through = draft.state, draft.policy.pension_ages_through
    if known_through is None or state.stage in _NOT_IN or state.resident.deceased:
        return {}
    born_in = state.resident.birth.year if state.resident.birth else None
    if not state.resident.facts and (
        born_in is None or born_in + draft.policy.pension_ages[0].years > known_through.year
    ):
        return {}  # asked after every decision, and true of nearly everybody
    facts = facts_of(state)
    persons: tuple[About, ...] = ("inwoner", "partner") if facts.couple(draft.today) else ("inwoner",)
    coming: dict[date, tuple[date, About]] = {}
    for about in persons:
        birth = facts.birth_of(about)
        born = birth.latest() if birth else None
        if born is None:
            continue
        reached = pension_date(born, draft.policy)
        if draft.today < reached <= known_through:
            coming.setdefault(reached, (born, about))
    return coming


def keep_pension_terms(draft: Draft) -> None:
    """Arm the day itself and the warning before it; both follow what is known of birth dates."""
    if not draft.knows(NEARLY):
        return
    coming = _coming(draft)
    open_terms = [term for term in draft.state.terms if term.term in (PENSION, NEARLY) and term.is_open]
    if not coming and not open_terms:
        return
    for term in open_terms:
        day = term.dates.start if term.term == NEARLY else term.due
        if day not in coming:
            draft.cancel_term(term, "door wat nu bekend is geldt deze dag niet")
    for day, (born, _) in sorted(coming.items()):
        if all(term.due != day for term in draft.state.open_terms(PENSION)):
            draft.arm(PENSION, born, until=day)
            # A journey that begins within these months hears of it at once.
            draft.arm(NEARLY, day)


def _whose(draft: Draft, day: date) -> About:
    facts = facts_of(draft.state)
    birth = facts.birth_of("inwoner")
    born = birth.latest() if birth else None
    return "inwoner" if born and pension_date(born, draft.policy) == day else "partner"


def nearly(draft: Draft, term: Deadline) -> None:
    """Some months before: the AOW has to be applied for, and the plan changes."""
    day = term.dates.start
    draft.open_task(
        NEARLY,
        term.started_by,
        f"{_WHO[_whose(draft, day)]} bereikt op {say(day)} de AOW-leeftijd. Bespreek de aanvraag van AOW en de "
        "aanvullende inkomensvoorziening (AIO) bij de SVB, en wat dit betekent voor plan, plek en norm.",
        role="consulent",
    )


def reached(draft: Draft, term: Deadline) -> None:
    """The day itself: a person ends the right, or settles the norm of the couple."""
    about = _whose(draft, term.due)
    then = (
        "Vanaf nu is bijstand een zaak van de SVB (Participatiewet art. 47a). Besluit over het einde van het recht en "
        "beëindig de klantroute met exit pensioen."
        if about == "inwoner"
        else "Bereken de norm van het paar opnieuw (Participatiewet art. 22)."
    )
    draft.open_task(
        REACHED,
        term.started_by,
        f"{_WHO[about]} heeft op {say(term.due)} de AOW-leeftijd bereikt. {then}",
        role="inkomensconsulent",
    )


moments.SETTLED.append(keep_pension_terms)
moments.OPENED.update({PENSION: reached, NEARLY: nearly})
