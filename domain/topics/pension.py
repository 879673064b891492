"""AOW-leeftijd: from then on bijstand is the SVB's (Participatiewet art. 47a), and somebody has to see it coming.

The day follows from the birth date and from ages that are announced some years ahead. Beyond those years
nothing is armed: policy that knows more brings the term by itself. Nothing ends here; a person ends a right.
"""

from datetime import date

from domain.calendars import say
from domain.draft import Draft
from domain.facts import PENSION, About, pension_date
from domain.happenings import PROGRAM, Actor
from domain.journey import Deadline, JourneyState, Stage, Task
from domain.topics import moments
from domain.topics.routing import facts_of

NEARLY, REACHED = "aow_bijna", PENSION
"""Questions for people; each has the name of the term that asks it."""
_WHO: dict[About, str] = {"inwoner": "De inwoner", "partner": "De partner van de inwoner"}
_NOT_SO = "door wat nu bekend is geldt deze dag niet"


def _days(draft: Draft) -> dict[About, tuple[date, date]]:
    """For each of the couple the birth date and the day of the age, as far as ages were announced.

    Of an incomplete birth date the last possible day counts: on that day it is sure.
    """
    state, known_through = draft.state, draft.policy.pension_ages_through
    if known_through is None or state.resident.deceased:
        return {}
    born_in = state.resident.birth.year if state.resident.birth else None
    if not state.resident.facts and (
        born_in is None or born_in + draft.policy.pension_ages[0].years > known_through.year
    ):
        return {}  # asked after every decision, and true of nearly everybody
    facts = facts_of(state)
    persons: tuple[About, ...] = ("inwoner", "partner") if facts.couple(draft.today) else ("inwoner",)
    found: dict[About, tuple[date, date]] = {}
    for about in persons:
        birth = facts.birth_of(about)
        born = birth.latest() if birth else None
        if born is not None and (day := pension_date(born, draft.policy)) <= known_through:
            found[about] = born, day
    return found


def _benefit_may_end(state: JourneyState) -> bool:
    """Whoever works or learns has no benefit that the age could end; on dagbesteding it goes on."""
    if state.stage is Stage.NAZORG:
        return state.exit == "dagbesteding"
    return state.stage is not Stage.GESLOTEN


def keep_pension_terms(draft: Draft) -> None:
    """Arm the day itself and the warning before it; both follow what is known of birth dates."""
    if not draft.knows(NEARLY):
        return
    days = _days(draft) if _benefit_may_end(draft.state) else {}
    running = [term for term in draft.state.terms if term.term in (PENSION, NEARLY) and term.is_open]
    if not days and not running:
        return
    # On the day itself something else may come first; the day stands until it has come.
    standing = {day: born for born, day in days.values() if day >= draft.today}
    for term in running:
        if (term.dates.start if term.term == NEARLY else term.due) not in standing:
            draft.cancel_term(term, _NOT_SO)
    for day, born in sorted(standing.items()):
        if day > draft.today and all(term.due != day for term in draft.state.open_terms(PENSION)):
            draft.arm_from_birth(PENSION, born, day)
            # A journey that begins within these months hears of it at once.
            draft.arm(NEARLY, day)
    for task in draft.state.open_tasks(REACHED):
        about = _about(task)
        if about and all(one in days and days[one][1] > draft.today for one in about):
            draft.close_task(task, by=PROGRAM, on=draft.today, outcome=_NOT_SO)


def _about(task: Task) -> list[About]:
    return [about for about in _WHO if about in task.reasons]


def _whose(draft: Draft, day: date) -> tuple[About, ...]:
    return tuple(about for about, (_, reached) in _days(draft).items() if reached == day) or ("inwoner",)


def nearly(draft: Draft, term: Deadline) -> None:
    """Some months before: the AOW has to be applied for, and the plan changes."""
    day = term.dates.start
    about = _whose(draft, day)
    draft.open_task(
        NEARLY,
        term.started_by,
        f"{' en '.join(_WHO[one] for one in about)}: AOW-leeftijd op {say(day)}. Bespreek de aanvraag van AOW en de "
        "aanvullende inkomensvoorziening (AIO) bij de SVB, en wat dit betekent voor plan, plek en norm.",
        role="consulent",
        reasons=about,
    )


def reached(draft: Draft, term: Deadline) -> None:
    """The day itself: a person ends the right, or settles the norm of the couple."""
    _ask(draft, term.started_by, term.due, _whose(draft, term.due))


def _ask(draft: Draft, ref: str, day: date, about: tuple[About, ...]) -> None:
    then = []
    if "inwoner" in about:
        then.append(
            "Vanaf dan is bijstand een zaak van de SVB (Participatiewet art. 47a). Besluit over het einde van het "
            "recht en beëindig de klantroute met exit pensioen."
        )
    if "partner" in about:
        then.append("Bereken de norm van het paar opnieuw (Participatiewet art. 22).")
    who = " en ".join(_WHO[one] for one in about)
    draft.open_task(
        REACHED,
        ref,
        f"{who}: AOW-leeftijd bereikt op {say(day)}. {' '.join(then)}",
        role="inkomensconsulent",
        reasons=about,
    )


def ask_when_reached(draft: Draft, ref: str) -> None:
    """A journey that opens again after the day: nobody was asked on the day, because no benefit ran."""
    known = _days(draft).get("inwoner") if draft.knows(NEARLY) else None
    if known is not None and known[1] <= draft.today and not draft.state.open_tasks(REACHED):
        _ask(draft, ref, known[1], ("inwoner",))


def answered(draft: Draft, by: Actor, outcome: str) -> None:
    """What was asked about the resident needs no answer any more; what is about the partner stays."""
    for task in draft.state.open_tasks(NEARLY, REACHED):
        if _about(task) == ["inwoner"]:
            draft.close_task(task, by=by, on=draft.today, outcome=outcome)


moments.SETTLED.append(keep_pension_terms)
moments.OPENED.update({PENSION: reached, NEARLY: nearly})
