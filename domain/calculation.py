"""One term worked out from the facts of a case, step by step, for whoever asks how a date came about.

The same verbs as a journey: suspension (Awb 4:15), extension (4:14), adjournment of a decision on an
objection (7:10 lid 3), default notice and dwangsom (4:17, 4:18), and the later start of a PIP.
"""

from datetime import date, timedelta

from domain.base import Carried, Explained, Frozen
from domain.calendars import ONE_DAY, Calendars, say
from domain.dwangsom import FIRST_DAY_READING, PenaltyLine, first_day
from domain.facts import PENSION, pension_age, pension_date
from domain.policy import Policy
from domain.terms import Computation, TermRule, compute, explain, say_length, suspended_days, unused_days

_STARTS_AT_REGISTRATION = ("pip",)
"""Terms that count from the registration in the BRP when that is later (Besluit inburgering 5.3 lid 1)."""
_ADJOURNMENT = {"bezwaar_besluit": "bezwaar_verdaging", "bezwaar_besluit_commissie": "bezwaar_verdaging"}
"""Terms that can be adjourned, and the term that then counts from their end (Awb 7:10 lid 3)."""


class CannotWorkOut(Explained):
    """The facts do not fit the term or each other; the message says which and why."""


class Facts(Frozen):
    """What happened. All are civil dates."""

    start: date
    """The start event of the term."""
    invited: date | None = None
    """The day of the letter that asks to complete the application (Awb 4:5)."""
    completed: date | None = None
    """The day on which it was complete."""
    unused_until: date | None = None
    """The last day of a completion term that passed unused."""
    registered: date | None = None
    """Registration in the BRP of the municipality of placement."""
    extended_until: date | None = None
    extended_on: date | None = None
    """The day on which the extension or adjournment was sent."""
    adjourned_on: date | None = None
    """The day on which the decision on an objection was adjourned."""
    notice: date | None = None
    """The day on which the ingebrekestelling came in."""


class Penalty(Carried):
    """What a default notice leads to."""

    notice: date
    last_day_to_decide: date
    """The end of the two weeks; a decision on that day costs nothing."""
    first_day: date
    last_day: date
    per_day: tuple[PenaltyLine, ...]
    maximum_euro: int
    decision_due: date
    """Last day for the decision that fixes the amount, when it ran in full (Awb 4:18)."""
    source: str


class WorkedOut(Carried):
    """The answer: dates, and the sentences that lead to them."""

    rule: TermRule
    dates: Computation
    steps: tuple[str, ...]
    suspended_days: int | None = None
    """Days that the term stood still by the reading that policy chose; None: nothing stood still."""
    suspended_days_by_reading: dict[str, int] = {}
    penalty: Penalty | None = None


def work_out(policy: Policy, key: str, facts: Facts) -> WorkedOut:
    """The dates of a term, by the rules of the day on which it started.

    Raises:
        KeyError: the policy has no such term.
        CannotWorkOut: the facts do not fit, with a sentence.
        CalendarNotCovered: an end depends on days that the table of days does not hold.
    """
    policy.term(key)
    start, before = _start(key, facts)
    rules = policy.on(start)
    rule = rules.term(key)
    if key == PENSION:
        rule, told = _of_birth(rule, start, rules)
        before += told
    if start < policy.valid_from:
        before.append(
            f"Dit beleid begint op {say(policy.valid_from, weekday=False)}; gerekend is met de regels van die dag."
        )
    _fits(rule, facts)
    days = policy.calendars
    stood_still, by_reading, why_still = _suspension(rules, rule, start, facts, days)
    found = compute(rule, start, days, added_days=stood_still or 0)
    steps = [*before, *why_still, *explain(rule, found, days)]
    if facts.extended_until:
        found, more = _extended(rule, found, facts.extended_until, facts.extended_on, days)
        steps += more
    if facts.adjourned_on:
        found, more = _adjourned(policy, rule, found, facts.adjourned_on)
        steps += more
    penalty = None
    if facts.notice:
        penalty, more = _penalty(policy, rule, found, facts.notice)
        steps += more
    return WorkedOut(
        rule=rule,
        dates=found,
        steps=tuple(steps),
        suspended_days=stood_still,
        suspended_days_by_reading=by_reading,
        penalty=penalty,
    )


def _of_birth(rule: TermRule, born: date, rules: Policy) -> tuple[TermRule, list[str]]:
    """The AOW-leeftijd is another one for who is born later."""
    age, reached = pension_age(born, rules), pension_date(born, rules)
    months = f" en {say_length(age.months, 'maanden')}" if age.months else ""
    told = [
        f"Wie op {say(born)} geboren is, bereikt de AOW-leeftijd met {age.years} jaar{months} (AOW art. 7a)."
    ]
    if rules.pension_ages_through and reached > rules.pension_ages_through:
        told.append(
            f"De leeftijden zijn aangekondigd tot en met {say(rules.pension_ages_through, weekday=False)}: deze dag "
            "kan nog later worden, en geen klantroute rekent er al op."
        )
    return rule.model_copy(update={"length": 12 * age.years + age.months, "unit": "maanden"}), told


def _start(key: str, facts: Facts) -> tuple[date, list[str]]:
    if facts.registered is None:
        return facts.start, []
    if key not in _STARTS_AT_REGISTRATION:
        raise CannotWorkOut(
            f"--registered hoort alleen bij {', '.join(_STARTS_AT_REGISTRATION)}: alleen die termijn kan op de "
            "inschrijving in de BRP wachten. Laat --registered weg."
        )
    if facts.registered <= facts.start:
        return facts.start, [
            f"De inwoner stond al ingeschreven ({say(facts.registered)}); de kennisgeving telt."
        ]
    return facts.registered, [
        f"De kennisgeving is van {say(facts.start)}, maar de inwoner werd pas op {say(facts.registered)} "
        "ingeschreven in de gemeente van plaatsing; die dag telt (Besluit inburgering 2021 art. 5.3 lid 1)."
    ]


def _fits(rule: TermRule, facts: Facts) -> None:
    """Which facts go with which term and with each other.

    Raises:
        CannotWorkOut: with a sentence.
    """
    if facts.invited and not rule.suspendable:
        raise CannotWorkOut(
            f"--invited past niet bij {rule.key}: {rule.description.lower()} staat niet stil door een vraag om "
            "aanvulling (Algemene wet bestuursrecht art. 4:15). Laat --invited weg."
        )
    if (facts.completed or facts.unused_until) and not facts.invited:
        raise CannotWorkOut(
            "Een aanvulling hoort bij een uitnodiging: geef ook --invited met de dag van de brief."
        )
    if facts.invited and not facts.completed and not facts.unused_until:
        raise CannotWorkOut(
            "Hoe liep de vraag om aanvulling af? Geef --completed met de dag waarop de aanvraag compleet was, of "
            "--unused-until met de laatste dag van een termijn die ongebruikt verstreek."
        )
    if facts.completed and facts.unused_until:
        raise CannotWorkOut(
            "--completed en --unused-until sluiten elkaar uit: de aanvraag is aangevuld, of de termijn verstreek "
            "ongebruikt. Kies er één."
        )
    if facts.extended_until and not rule.extendable:
        raise CannotWorkOut(
            f"--extended-until past niet bij {rule.key}: {rule.description.lower()} kan niet verlengd worden "
            f"({rule.source}). Laat --extended-until weg."
        )
    if facts.extended_on and not facts.extended_until:
        raise CannotWorkOut(
            "--extended-on zegt wanneer een verlenging is verzonden; geef ook --extended-until met de nieuwe "
            "laatste dag."
        )
    if facts.adjourned_on and rule.key not in _ADJOURNMENT:
        raise CannotWorkOut(
            f"--adjourned-on past niet bij {rule.key}: verdagen kan alleen een besluit op bezwaar "
            f"({', '.join(_ADJOURNMENT)}; Algemene wet bestuursrecht art. 7:10 lid 3). Laat --adjourned-on weg."
        )
    if facts.adjourned_on and facts.extended_until:
        raise CannotWorkOut(
            "--adjourned-on en --extended-until samen zegt twee keer iets over het einde. Kies er één: verdagen is "
            "zes weken, verlengen is tot een dag die is afgesproken."
        )
    if facts.notice and not rule.penalty:
        raise CannotWorkOut(
            f"--notice past niet bij {rule.key}: alleen te laat besluiten kan een dwangsom kosten (Algemene wet "
            "bestuursrecht art. 4:17). Laat --notice weg."
        )


def _suspension(
    rules: Policy, rule: TermRule, start: date, facts: Facts, days: Calendars
) -> tuple[int | None, dict[str, int], list[str]]:
    invited = facts.invited
    if invited is None:
        return None, {}, []
    if invited < start:
        raise CannotWorkOut(
            f"De uitnodiging ({say(invited)}) ligt vóór het begin van de termijn ({say(start)}). Controleer --invited."
        )
    plain = compute(rule, start, days)
    if invited > plain.legal_end:
        raise CannotWorkOut(
            f"De uitnodiging ({say(invited)}) kwam na de laatste dag van de termijn ({say(plain.legal_end)}); een "
            "verstreken termijn staat niet meer stil. Controleer --invited."
        )
    if facts.unused_until:
        if facts.unused_until <= invited:
            raise CannotWorkOut(
                f"De laatste dag om aan te vullen ({say(facts.unused_until)}) moet na de uitnodiging liggen "
                f"({say(invited)}). Controleer --unused-until."
            )
        count = unused_days(invited, facts.unused_until)
        text = (
            f"Uitgenodigd op {say(invited)}, termijn ongebruikt verstreken op {say(facts.unused_until)}: de termijn "
            f"stond stil van {say(invited + ONE_DAY)} tot en met {say(facts.unused_until)}, "
            f"{say_length(count, 'dagen')}."
        )
        return count, {}, [text]
    assert facts.completed is not None
    if facts.completed < invited:
        raise CannotWorkOut(
            f"De aanvulling ({say(facts.completed)}) ligt vóór de uitnodiging ({say(invited)}). "
            "Controleer --completed."
        )
    chosen = rules.readings.get("opschorting_aanvulling", "")
    by_reading = {reading: suspended_days(invited, facts.completed, reading) for reading in ("C-I-1", "C-I")}
    count = suspended_days(invited, facts.completed, chosen)
    other = next((f"{n} bij lezing {r}" for r, n in by_reading.items() if r != chosen), "")
    return (
        count,
        by_reading,
        [
            f"Uitgenodigd op {say(invited)}, compleet op {say(facts.completed)}: de termijn stond "
            f"{say_length(count, 'dagen')} stil (lezing {chosen}; {other}; Awb art. 4:15 lid 1)."
        ],
    )


def _sent_in_time(what: str, sent: date, found: Computation) -> None:
    if sent > found.legal_end:
        raise CannotWorkOut(
            f"{what} van {say(sent)} kan niet: de termijn liep af op {say(found.legal_end)}, en wat verstreken is kan "
            "niet meer langer worden. Besluit zo snel mogelijk."
        )


def _extended(
    rule: TermRule, found: Computation, until: date, sent: date | None, days: Calendars
) -> tuple[Computation, list[str]]:
    """Awb 4:14 lid 3: the letter has to go out while the term runs."""
    if sent is not None:
        _sent_in_time("Een verlenging", sent, found)
    if until <= found.legal_end:
        raise CannotWorkOut(
            f"{say(until)} is geen verlenging: de termijn loopt al tot en met {say(found.legal_end)}. Kies een latere dag."
        )
    longer = compute(rule, found.start, days, set_end=until)
    told = f"Verlengd tot en met {say(until)}"
    if sent is not None:
        told += f", bij brief van {say(sent)}, binnen de lopende termijn"
    return longer, [f"{told} (Awb art. 4:14 lid 3).", _passes(longer)]


def _adjourned(
    policy: Policy, rule: TermRule, found: Computation, sent: date
) -> tuple[Computation, list[str]]:
    """Awb 7:10 lid 3: once, six weeks, counted from the raw end; then it rolls."""
    _sent_in_time("Een verdaging", sent, found)
    more = policy.on(sent).term(_ADJOURNMENT[rule.key])
    later = compute(more, found.raw_end, policy.calendars)
    kept = later.model_copy(update={"start": found.start, "added_days": found.added_days})
    return kept, [
        f"Verdaagd bij brief van {say(sent)}: {say_length(more.length, more.unit)} na {say(found.raw_end)} = "
        f"{say(later.raw_end)} ({more.source}).",
        *([f"Dat is een vrije dag -> {say(later.legal_end)}."] if later.legal_end != later.raw_end else []),
        _passes(kept),
    ]


def _passes(found: Computation) -> str:
    return f"De laatste dag is nu {say(found.legal_end)}; verstreken vanaf {say(found.legal_end + ONE_DAY)} 00.00 uur."


def _penalty(policy: Policy, rule: TermRule, found: Computation, notice: date) -> tuple[Penalty, list[str]]:
    if notice <= found.legal_end:
        raise CannotWorkOut(
            f"De ingebrekestelling van {say(notice)} is te vroeg: de termijn loopt tot en met {say(found.legal_end)}. Zij "
            "telt pas vanaf de dag daarna (Algemene wet bestuursrecht art. 4:17 lid 3). Beantwoord de brief."
        )
    weeks = policy.on(notice).term("ingebrekestelling")
    two_weeks = compute(weeks, notice, policy.calendars)
    rules = policy.on(two_weeks.legal_end)
    reading = rules.readings.get(FIRST_DAY_READING, "")
    first = first_day(two_weeks.legal_end, reading)
    amounts = rules.dwangsom
    lines = amounts.lines(first)
    last = first + timedelta(days=amounts.days - 1)
    fixing = compute(policy.on(last).term("dwangsom_besluit"), last, policy.calendars)
    steps = [
        f"Ingebrekestelling op {say(notice)}, na de laatste dag {say(found.legal_end)}: nog "
        f"{say_length(weeks.length, weeks.unit)} om te besluiten, tot en met {say(two_weeks.legal_end)}.",
        f"Eerste dag van de dwangsom: {say(first)} (lezing {reading}; Awb art. 4:17 lid 3).",
        *(
            f"{say(line.since)} tot en met {say(line.through)}: € {line.euro_per_day} per dag, samen "
            f"€ {line.euro}; opgeteld € {line.total_euro}."
            for line in lines
        ),
        f"De dwangsom loopt ook op vrije dagen en is ten hoogste € {amounts.maximum_euro} ({amounts.source}).",
        f"Besluit over de dwangsom: uiterlijk {say(fixing.legal_end)}, twee weken na de laatste dag (Awb art. 4:18).",
    ]
    return (
        Penalty(
            notice=notice,
            last_day_to_decide=two_weeks.legal_end,
            first_day=first,
            last_day=last,
            per_day=lines,
            maximum_euro=amounts.maximum_euro,
            decision_due=fixing.legal_end,
            source=amounts.source,
        ),
        steps,
    )
