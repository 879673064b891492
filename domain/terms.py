"""Terms (termijnen): how long, how it counts, when it ends, and why that date.

Sources: Algemene termijnenwet (ATW) art. 1 to 4 for the roll-over, Awb and Participatiewet for the
lengths (policies/landelijk.toml), the municipality's own promises (policies/<gemeente>.toml).
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal

from dateutil.relativedelta import relativedelta
from pydantic import model_validator

from domain.base import Carried, Frozen
from domain.calendars import ONE_DAY, CalendarNotCovered, Calendars, say, start_of_day


class Counts(StrEnum):
    """How a term counts."""

    DEADLINE = "deadline"
    """Within N after: the day after the start event is day 1."""
    DURATION = "duration"
    """For N from: the start day itself is day 1."""
    EARLIEST = "earliest"
    """Not before N after: opens at 00:00 local; nothing is ever breached."""
    BACKWARD = "backward"
    """From N before: opens at 00:00 local on a day before the start event; never rolls (ATW art. 1 lid 2)."""

    @property
    def opens(self) -> bool:
        """Whether it opens something, so that there is nothing to be late for."""
        return self in (Counts.EARLIEST, Counts.BACKWARD)


class Kind(StrEnum):
    """Who set the term."""

    STATUTORY = "wettelijk"
    POLICY = "beleid"
    INTERNAL = "intern"


class TermClass(StrEnum):
    """Which escalation ladder it gets."""

    STATUTORY_MONEY = "wettelijk_geld"
    SAFETY = "veiligheid"
    PROMISE = "belofte"
    INTERNAL = "intern"


Unit = Literal["dagen", "weken", "maanden", "jaren", "werkdagen", "openingsdagen"]
_ONE: dict[str, str] = {
    "dagen": "dag",
    "weken": "week",
    "maanden": "maand",
    "jaren": "jaar",
    "werkdagen": "werkdag",
    "openingsdagen": "werkdag van de gemeente",
}
_MANY: dict[str, str] = {"jaren": "jaar", "openingsdagen": "werkdagen van de gemeente"}


def say_length(length: int, unit: Unit) -> str:
    """``4 weken``, ``1 dag``."""
    return f"{length} {_ONE[unit] if length == 1 else _MANY.get(unit, unit)}"


class Reminder(Frozen):
    """A question put to somebody while the term still runs."""

    after_days: int
    """Days after the start event."""
    role: str = "eigenaar"
    text: str


class TermRule(Carried):
    """One term as policy declares it. ``key`` is its stable name on the command line and in journeys."""

    key: str
    description: str
    source: str
    kind: Kind
    counts: Counts = Counts.DEADLINE
    start: str
    """The event that starts it, in Dutch: ``melding``."""
    length: int
    unit: Unit
    rollover: Literal["atw", "opening", "geen"]
    """``atw``: the law's roll-over; ``opening``: a promise moves to the next opening day; ``geen``."""
    term_class: TermClass
    suspendable: bool = False
    extendable: bool = False
    repeats: Literal["nooit", "na_halen", "reeks"] = "nooit"
    """``na_halen``: again once met; ``reeks``: a series whose dates do not shift when one is missed."""
    payment_run: bool = False
    """A payment meets it: warn at the cut-off of the payment run."""
    penalty: bool = False
    """A dwangsom can run when it has passed (Awb 4:17)."""
    right: bool = False
    """A right of residents rests on it, so that no pilot varies it. Always so for a statutory term."""
    reminders: tuple[Reminder, ...] = ()
    confidence: Literal["H", "M", "L", "P"]

    @model_validator(mode="after")
    def _sound(self) -> "TermRule":
        if self.length < 1:
            raise ValueError("length moet minstens 1 zijn")
        if self.rollover == "atw" and self.kind is not Kind.STATUTORY:
            raise ValueError(
                "rollover = atw kan alleen bij kind = wettelijk: de Algemene termijnenwet geldt niet voor "
                "beleid of verordening; schrijf rollover = geen"
            )
        if self.rollover == "atw" and (self.counts is not Counts.DEADLINE or beyond_atw(self)):
            raise ValueError(
                "rollover = atw kan hier niet: de Algemene termijnenwet (art. 4) verlengt geen termijn van "
                "meer dan 90 dagen, 12 weken of 3 maanden, geen termijn in jaren en alleen een uiterste dag; "
                "schrijf rollover = geen"
            )
        if self.counts is Counts.BACKWARD and self.rollover != "geen":
            raise ValueError("counts = backward telt terug en schuift nooit op; schrijf rollover = geen")
        if self.rollover == "opening" and self.kind is Kind.STATUTORY:
            raise ValueError(
                "rollover = opening kan niet bij kind = wettelijk: alleen de Algemene termijnenwet verlengt een "
                "wettelijke termijn; schrijf rollover = atw of geen"
            )
        return self


def beyond_atw(rule: TermRule) -> bool:
    """Whether the ATW leaves the term alone: over 90 days, 12 weeks or 3 months, or in years (art. 4)."""
    limit = {"dagen": 90, "weken": 12, "maanden": 3, "jaren": 0}.get(rule.unit)
    return limit is None or rule.length > limit


class Computation(Carried):
    """The dates of one term from one start.

    ``breach_at`` is 00:00 local on the day after ``legal_end``, as UTC; a term that opens something has
    ``opens_at`` instead. ``target`` is the last opening day on or before ``raw_end``, or ``raw_end`` itself
    where the table of days does not reach.
    """

    start: date
    raw_end: date
    legal_end: date
    target: date
    breach_at: datetime | None
    opens_at: datetime | None
    added_days: int = 0
    """Days that suspensions added (Awb 4:15)."""
    set_end: date | None = None
    """An end that somebody decided on: an extension (Awb 4:14 lid 3) or an agreed date."""


def _plain_end(rule: TermRule, start: date, calendars: Calendars) -> date:
    """The last day before any roll-over."""
    length = -rule.length if rule.counts is Counts.BACKWARD else rule.length
    match rule.unit:
        case "werkdagen":
            return calendars.plus_working(start, length)
        case "openingsdagen":
            return calendars.plus_open(start, length)
        case "dagen":
            end = start + timedelta(days=length)
        case "weken":
            end = start + timedelta(weeks=length)
        case "maanden":
            end = start + relativedelta(months=length)
        case "jaren":
            end = start + relativedelta(years=length)
    if rule.counts is Counts.DURATION and not (rule.unit in ("maanden", "jaren") and end.day != start.day):
        # A month without such a day already ended on its last day; taking one more off would steal a day.
        end -= ONE_DAY
    return end


def _two_working_days(start: date, end: date, calendars: Calendars) -> date:
    """ATW art. 2: a term of three days or more holds at least two days that are not free."""
    kept, day = 0, start
    while kept < 2 and day < end:
        day += ONE_DAY
        kept += calendars.why_free(day) is None
    while kept < 2:
        end += ONE_DAY
        kept += calendars.why_free(end) is None
    return end


def compute(
    rule: TermRule, start: date, calendars: Calendars, *, added_days: int = 0, set_end: date | None = None
) -> Computation:
    """When a term ends.

    Args:
        rule: the term.
        start: the civil date of its start event.
        calendars: the municipality's calendars.
        added_days: days that suspensions add to the raw end, before rolling.
        set_end: an end that a person decided on; it replaces the computed one and never rolls.

    Raises:
        CalendarNotCovered: the end depends on days that the table does not hold. A term that neither
            rolls nor counts working days has a sure end in any year.
    """
    raw = (set_end or _plain_end(rule, start, calendars)) + timedelta(days=added_days)
    legal = raw
    if rule.rollover == "atw" and (set_end is None or added_days):
        if rule.unit != "dagen" or rule.length >= 3:
            legal = _two_working_days(start, legal, calendars)
        while calendars.why_free(legal):
            legal += ONE_DAY
    elif rule.rollover == "opening" and set_end is None:
        legal = calendars.first_open(legal)
    opens = rule.counts.opens
    return Computation(
        start=start,
        raw_end=raw,
        legal_end=legal,
        target=raw if opens else _target(raw, calendars),
        breach_at=None if opens else start_of_day(legal + ONE_DAY),
        opens_at=start_of_day(legal) if opens else None,
        added_days=added_days,
        set_end=set_end,
    )


def _target(raw_end: date, calendars: Calendars) -> date:
    try:
        return calendars.last_open(raw_end)
    except CalendarNotCovered:
        return raw_end


def suspended_days(invited: date, completed: date, reading: str) -> int:
    """How many days a decision term stood still when an application was completed (Awb 4:15 lid 1).

    Args:
        invited: the day of the invitation (Awb 4:5).
        completed: the day on which the application was complete.
        reading: the text leaves a day open; ``C-I-1`` or ``C-I`` (policy ``opschorting_aanvulling``).
    """
    between = (completed - invited).days
    return max(0, between - 1 if reading == "C-I-1" else between)


def unused_days(invited: date, last_day: date) -> int:
    """How many days it stood still when the completion term passed unused: H - I (Awb 4:15 lid 1)."""
    return max(0, (last_day - invited).days)


def explain(rule: TermRule, found: Computation, calendars: Calendars) -> list[str]:
    """Why this date: the computation as sentences that a caseworker can read."""
    start = say(found.start)
    match rule.counts:
        case Counts.DEADLINE:
            steps = [f"De termijn begint na {rule.start} op {start}; de dag erna is dag 1."]
        case Counts.DURATION:
            steps = [f"De termijn begint met {rule.start} op {start}; die dag is dag 1."]
        case Counts.EARLIEST:
            steps = [f"Wachttijd vanaf {rule.start} op {start}; eerder gaat niets open."]
        case Counts.BACKWARD:
            steps = [f"Teruggeteld vanaf {rule.start} op {start}."]
    plain = found.raw_end - timedelta(days=found.added_days)
    if found.set_end and rule.counts is Counts.EARLIEST:
        steps.append(f"De dag waarop het opengaat is {say(found.set_end)}.")
    elif found.set_end:
        steps.append(f"De einddatum is bij besluit gesteld op {say(found.set_end)}.")
    else:
        in_days = f" ({abs((plain - found.start).days)} dagen)" if rule.unit == "weken" else ""
        word = {Counts.DURATION: "vanaf", Counts.BACKWARD: "voor"}.get(rule.counts, "na")
        steps.append(f"{say_length(rule.length, rule.unit)}{in_days} {word} {start} = {say(plain)}.")
    if found.added_days:
        law = " (Awb art. 4:15)" if rule.kind is Kind.STATUTORY else ""
        steps.append(
            f"De termijn stond {say_length(found.added_days, 'dagen')} stil{law}: "
            f"{say(plain)} wordt {say(found.raw_end)}."
        )
    if found.legal_end != found.raw_end:
        free = ", ".join(
            f"{day.day} {say(day).split()[2]} {why}"
            for day in (
                found.raw_end + timedelta(days=n) for n in range((found.legal_end - found.raw_end).days)
            )
            if rule.rollover == "atw" and (why := calendars.why_free(day))
        )
        if rule.rollover == "opening":
            steps.append(f"De gemeente is dan gesloten -> {say(found.legal_end)}; de reeks verschuift niet.")
        else:
            steps.append(
                f"{free or 'te weinig werkdagen'} -> {say(found.legal_end)} "
                "(Algemene termijnenwet art. 1, 2 en 3)."
            )
    elif rule.rollover == "atw" and not found.set_end:
        steps.append(f"{say(found.legal_end)} is geen vrije dag; de Algemene termijnenwet verschuift niets.")
    elif rule.counts is Counts.BACKWARD:
        steps.append("Een termijn die terugtelt schuift niet op (Algemene termijnenwet art. 1 lid 2).")
    elif rule.counts is Counts.EARLIEST:
        steps.append("Een wachttijd schuift niet op: dat zou de inwoner een dag kosten.")
    elif rule.kind is Kind.STATUTORY:
        steps.append("De Algemene termijnenwet verlengt deze termijn niet (art. 4).")
    else:
        steps.append("Dit is een afspraak van de gemeente; de Algemene termijnenwet verlengt hem niet.")
    if found.opens_at:
        steps.append(f"Open vanaf {say(found.legal_end)} 00.00 uur.")
    else:
        if found.target != found.legal_end:
            steps.append(f"Streefdag, de laatste werkdag van de gemeente daarvoor: {say(found.target)}.")
        steps.append(
            "De laatste dag telt mee tot 23.59.59 uur; verstreken vanaf "
            f"{say(found.legal_end + ONE_DAY)} 00.00 uur."
        )
    return steps
