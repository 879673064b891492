"""What UWV, DUO and the Inlichtingenbureau answer, placed as facts or put before a person.

A fact of a registry stands with its source. It takes the place of what nobody knew and of what the same registry
said before; where a person said otherwise both are shown, and what stood there stays until a person has looked.
"""

from datetime import date, timedelta

from domain.calendars import say
from domain.draft import OWNER, Draft
from domain.facts import ONBEKEND, Kind
from domain.findings import (
    Benefits,
    BenefitSpell,
    Earnings,
    Enrolment,
    Finding,
    Ground,
    Job,
    Paid,
    PartialDate,
    Provision,
    Reintegration,
    SchoolRecord,
    TargetGroup,
)
from domain.questions import QUESTIONS
from domain.topics.exits import has_benefit
from domain.topics.routing import facts_of, record

CONTRADICTS = "tegenspraak"
"""The question of two who say different things about the same resident."""
RECENT_WAGE = timedelta(days=92)
"""Wages over a stretch that ended longer ago say nothing about today: the registry runs one to two months late."""

_BIJSTAND = ("43",)
"""Soort inkomstenverhouding of a benefit of the Participatiewet: what the municipality pays is no news to it."""

_LABELS: dict[str, str] = {
    "startkwalificatie": "startkwalificatie",
    "school": "school",
    "vso_pro": "vso of praktijkonderwijs",
    "doelgroepregister": "doelgroepregister",
}
_SOURCES: dict[str, str] = {
    "opgave": "de inwoner",
    "dossier": "het dossier",
    "school": "de school",
    "brp": "de BRP",
    "duo": "DUO",
    "uwv": "UWV",
    "ind": "de IND",
    "coa": "het COA",
}


def take_in(draft: Draft, finding: Finding) -> None:
    """Place an answer that is no answer of the BRP."""
    if finding.school is not None:
        _school(draft, finding.school)
    if finding.target_group is not None:
        _target_group(draft, finding.target_group)
    if finding.earnings is not None:
        _earnings(draft, finding.earnings)
    if finding.benefits is not None:
        _benefits(draft, finding.benefits)
    if finding.reintegration is not None:
        _reintegration(draft, finding.reintegration)


def summary(finding: Finding) -> str:
    """What was answered, in a few words and without amounts."""
    parts: list[str] = []
    if (school := finding.school) is not None:
        known = {True: "ja", False: "nee", None: "onbekend"}[school.basic_qualification]
        parts.append(
            f"startkwalificatie {known}, {_count(len(school.enrolments), 'inschrijving', 'inschrijvingen')}"
        )
    if (group := finding.target_group) is not None:
        parts.append(f"doelgroepregister, {_count(len(group.grounds), 'grondslag', 'grondslagen')}")
    if (earnings := finding.earnings) is not None:
        parts.append(_count(len(earnings.jobs), "inkomstenverhouding", "inkomstenverhoudingen"))
    if (benefits := finding.benefits) is not None:
        parts.append(
            f"{_count(len(benefits.spells), 'uitkering', 'uitkeringen')}, "
            f"{_count(len(benefits.applications), 'aanvraag', 'aanvragen')}"
        )
    if (help_given := finding.reintegration) is not None:
        parts.append(_count(len(help_given.provisions), "voorziening", "voorzieningen"))
    return "; ".join(parts) or QUESTIONS[finding.question].label


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


# -- facts -----------------------------------------------------------------------------------------------


def _fact(draft: Draft, kind: Kind, value: str, since: date, source: str, until: date | None = None) -> None:
    """A fact of a registry, unless a person said otherwise."""
    facts = facts_of(draft.state)
    on = min(until or draft.today, draft.today)
    held = facts.value(kind, on)
    if held == value:
        return
    standing = next((row for row in reversed(facts.of(kind)) if row.value == held and row.since <= on), None)
    if held in ("", ONBEKEND) or (standing is not None and standing.source == source):
        record(draft, kind, value, since, until=until, source=source)
        return
    teller = _SOURCES.get(standing.source if standing else "", "het dossier")
    contradicts(
        draft,
        kind,
        value,
        f"{_SOURCES[source]} zegt over {_LABELS[kind]}: {value}. In het dossier staat: {held} (volgens {teller}). "
        "Zoek met de inwoner uit wat klopt en leg het vast met 'Feit vastgelegd'; tot dan blijft staan wat er stond.",
    )


def contradicts(draft: Draft, about: str, value: str, text: str) -> None:
    """Ask a person who sees both, once for each thing that is said."""
    draft.open_task(CONTRADICTS, f"{about}/{value}", text, reasons=(about,), role=OWNER)


def _runs(since: PartialDate | None, until: PartialDate | None, on: date) -> bool:
    """Whether something surely began and did not surely end. An incomplete date is a range."""
    begun = since is None or (first := since.earliest()) is None or first <= on
    ended = until is not None and (last := until.latest()) is not None and last < on
    return begun and not ended


def _first_day(since: PartialDate | None, otherwise: date) -> date:
    found = since.earliest() if since else None
    return found if found is not None and found <= otherwise else otherwise


# -- DUO -------------------------------------------------------------------------------------------------


def _school(draft: Draft, said: SchoolRecord) -> None:
    today = draft.today
    if said.basic_qualification is not None:
        _fact(draft, "startkwalificatie", "ja" if said.basic_qualification else "nee", today, "duo")
    now = [one for one in said.enrolments if _runs(one.since, one.until, today)]
    for one in said.enrolments:
        if one.school in ("vso", "pro"):
            _special(draft, one)
    kinds = {one.school for one in now}
    if len(kinds) == 1 and ONBEKEND not in kinds:
        _fact(draft, "school", now[0].school, _first_day(now[0].since, today), "duo")
    elif not now and said.enrolments:
        _fact(draft, "school", "geen", _left_on(said.enrolments, today), "duo")


def _left_on(enrolments: tuple[Enrolment, ...], today: date) -> date:
    ends = [last for one in enrolments if one.until and (last := one.until.latest())]
    return min(max(ends) + timedelta(days=1), today) if ends else today


def _special(draft: Draft, one: Enrolment) -> None:
    """Vso and pro count for a year after the last day (Participatiewet art. 41 lid 4 onder a)."""
    since = _first_day(one.since, draft.today)
    until = one.until.latest() if one.until else None
    rows = facts_of(draft.state).of("vso_pro")
    if any(row.value == one.school and row.since == since and row.until == until for row in rows):
        return
    _fact(draft, "vso_pro", one.school, since, "duo", until=until)


# -- UWV -------------------------------------------------------------------------------------------------


def _target_group(draft: Draft, said: TargetGroup) -> None:
    """In the register while a ground runs; out of it only on a day that UWV names."""
    today = draft.today
    running = [one for one in said.grounds if _runs(one.since, one.until, today)]
    ended = said.ends.latest() if said.ends else None
    if (running or said.registered) and (ended is None or ended >= today):
        _fact(draft, "doelgroepregister", "ja", _since(running, today), "uwv")
    elif ended is not None and ended < today:
        _fact(draft, "doelgroepregister", "nee", ended + timedelta(days=1), "uwv")


def _since(grounds: list[Ground], today: date) -> date:
    return min((_first_day(one.since, today) for one in grounds), default=today)


def _earnings(draft: Draft, said: Earnings) -> None:
    """Wages beside a benefit are put before the one who knows what was reported. Amounts stay in the registry."""
    today = draft.today
    if draft.state.open_tasks("inkomen_gevonden"):
        return
    jobs = [one for one in said.jobs if one.kind not in _BIJSTAND and _runs(one.since, one.until, today)]
    paid = [one for one in said.paid if one.kind not in _BIJSTAND and _recent(one, today)]
    works = draft.state.income.works_part_time is not None or bool(draft.state.exit)
    if (not paid and not _known_start(jobs)) or works:
        return
    latest = max((last for one in paid if (last := _last_day(one))), default=None)
    about = f" Het laatste loon gaat over een periode tot en met {say(min(latest, today))}." if latest else ""
    draft.open_task(
        "inkomen_gevonden",
        f"{len(jobs)}/{latest or ''}",
        "UWV kent inkomen uit werk of uitkering van deze inwoner, en in het dossier staat geen werk."
        + about
        + " Vraag "
        "de inwoner ernaar, vergelijk met wat is opgegeven (bedragen staan in Suwinet-Inkijk) en leg het vast. Een "
        "gegeven van een registratie is geen besluit.",
        role="inkomensconsulent",
        reasons=("inkomen",),
    )


def _known_start(jobs: list[Job]) -> bool:
    return any(one.since is not None and one.since.earliest() is not None for one in jobs)


def _last_day(paid: Paid) -> date | None:
    return (paid.until or paid.since).latest()


def _recent(paid: Paid, today: date) -> bool:
    last = _last_day(paid)
    return last is not None and last >= today - RECENT_WAGE


# -- municipalities --------------------------------------------------------------------------------------


def _benefits(draft: Draft, said: Benefits) -> None:
    """Who has a benefit of ours has it in the registry too; anybody else's is a question."""
    running = [one for one in said.spells if _runs(one.since, one.until, draft.today)]
    ours = 1 if has_benefit(draft.state) else 0
    if len(running) > ours:
        _elsewhere(draft, "uitkering_elders", running, "loopt een uitkering", ours=ours)
    others = [one for one in said.applications if _is_another(draft, one)]
    if others:
        _elsewhere(draft, "aanvraag_elders", others, "is een uitkering aangevraagd", ours=0)


def _elsewhere(draft: Draft, kind: str, found: list[BenefitSpell], what: str, *, ours: int) -> None:
    laws = ", ".join(sorted({one.law for one in found if one.law})) or "onbekende wet"
    days = [first for one in found if (first := one.since.earliest())]
    since = f" {'sinds' if kind == 'uitkering_elders' else 'op'} {say(min(days))}" if days else ""
    beside = " naast die van ons" if ours else ""
    draft.open_task(
        kind,
        f"{laws}/{min(days) if days else ''}",
        f"Volgens het Inlichtingenbureau {what}{beside} ({laws}){since}. Zoek met de inwoner uit bij welke gemeente en "
        "of het nog klopt, vóór er besloten wordt. Een gegeven van een registratie is geen besluit.",
        role="inkomensconsulent",
        reasons=(kind,),
    )


def _is_another(draft: Draft, one: BenefitSpell) -> bool:
    """An application of the last half year that is not the one that runs here."""
    on = one.since.earliest()
    if on is None or on < draft.today - timedelta(days=183):
        return False
    ours = (draft.state.application_on, draft.state.benefit_reported_on)
    return all(day is None or abs((on - day).days) > 7 for day in ours)


def _reintegration(draft: Draft, said: Reintegration) -> None:
    running: list[Provision] = [one for one in said.provisions if _runs(one.since, one.until, draft.today)]
    if not running:
        return
    days = [first for one in running if (first := one.since.earliest())]
    draft.open_task(
        "voorziening_elders",
        f"{len(running)}/{min(days) if days else ''}",
        f"Er {'loopt al een voorziening' if len(running) == 1 else f'lopen al {len(running)} voorzieningen'} naar werk"
        f"{f' sinds {say(min(days))}' if days else ''}, volgens de gemeenten (Suwinet). Sluit in het plan daarop aan, "
        "en stem af met wie daar begeleidt.",
        reasons=("voorziening",),
    )
