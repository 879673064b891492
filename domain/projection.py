"""What the outside sees of a journey: one snapshot, from which screens, search and SQL are all filled."""

from datetime import date, datetime, timedelta
from typing import Any, Literal

from domain.base import Carried
from domain.calendars import AMSTERDAM, say
from domain.change import Change, change_between
from domain.decide import Decision, next_wake, route_of
from domain.happenings import Act, Event, Message
from domain.households import HouseholdFile, periods
from domain.journey import JourneyState, Stage, Track
from domain.policy import Policy
from domain.terms import explain


class TermRow(Carried):
    """One term as worklists and indicators read it."""

    id: str
    term: str
    description: str
    source: str
    kind: str
    track: str
    status: str
    start: date
    raw_end: date
    legal_end: date
    target: date
    breach_at: datetime | None
    opens_at: datetime | None
    breached_at: datetime | None
    counts_as_breach: bool
    """See `domain.journey.Deadline.counts_as_breach`."""
    rung: int
    """The highest rung delivered; 0 when none was."""
    team: str
    person: str
    ended_on: date | None
    provisional: bool
    why: tuple[str, ...]
    """Why this date, as sentences."""


class TaskRow(Carried):
    """One question for a person."""

    id: str
    kind: str
    role: str
    team: str
    text: str
    reasons: tuple[str, ...]
    opened_at: datetime
    due: date | None
    done_on: date | None
    outcome: str


class EvidenceRow(Carried):
    """A stretch of days of a household (`domain.households.Period`)."""

    id: str
    since: date
    until: date | None
    held: bool
    """One plan, one regisseur who accepted, and every open journey refers to it."""
    alone: bool
    plan: bool
    missing: tuple[str, ...]


class Snapshot(Carried):
    """A journey or a household at a glance."""

    journey_id: str
    gemeente: str
    client_number: int
    journey_number: int
    route: str
    stage: str
    status: Literal["open", "gesloten"]
    next_step: str
    team: str
    person: str
    regisseur: str
    next_term: str
    next_due: date | None
    next_wake: datetime | None
    escalation: int
    open_tasks: int
    version: int
    secret: bool
    terms: tuple[TermRow, ...]
    tasks: tuple[TaskRow, ...]
    evidence: tuple[EvidenceRow, ...] = ()
    """Of a household only."""


class JournalEntry(Carried):
    """One decision as it is kept for ever, under the key (journey, sequence)."""

    journey_id: str
    seq: int
    kind: Literal["act", "finding", "time", "herstel"]
    """``herstel``: people put the journey back after a loss."""
    name: str
    """Which act, question or kind of moment."""
    happening: dict[str, Any]
    at: datetime
    """The computed instant."""
    handled_at: datetime
    """When the journey got to it, on the journey's own clock."""
    late_seconds: int
    policy_hash: str
    events: tuple[Event, ...]
    messages: tuple[Message, ...]
    snapshot: Snapshot
    change: Change = {}
    """What the decision changed in the state. Empty only in entries of before release 0.2.0."""


def snapshot(state: JourneyState, policy: Policy) -> Snapshot:
    """Everything that is shown of a journey."""
    owner = state.owners.get(Track.TRAJECT)
    regie = state.owners.get(Track.REGIE)
    own = policy.with_variant(state.variant)
    terms = []
    for term in state.terms:
        rule = own.on(term.dates.start).term(term.term)
        holder = state.owners.get(term.track) or owner
        terms.append(
            TermRow(
                id=term.id,
                term=term.term,
                description=rule.description,
                source=rule.source,
                kind=rule.kind.value,
                track=term.track.value,
                status=term.status.value,
                start=term.dates.start,
                raw_end=term.dates.raw_end,
                legal_end=term.dates.legal_end,
                target=term.dates.target,
                breach_at=term.dates.breach_at,
                opens_at=term.dates.opens_at,
                breached_at=term.breached_at,
                counts_as_breach=term.counts_as_breach,
                rung=max((s.rung for s in term.signals if s.fired_at), default=0),
                team=holder.team if holder else policy.first_team,
                person=holder.person if holder else "",
                ended_on=term.ended_on,
                provisional=term.provisional,
                why=tuple(explain(rule, term.dates, policy.calendars_open_ended)) if term.is_open else (),
            )
        )
    task_due = {term.task: term.due for term in state.terms if term.task}
    running = sorted(
        (term for term in state.terms if term.is_open and term.dates.breach_at and not term.quiet),
        key=lambda term: (term.due, term.id),
    )
    return Snapshot(
        journey_id=state.id,
        gemeente=state.gemeente,
        client_number=state.client_number,
        journey_number=state.journey_number,
        route=state.route,
        stage=state.stage.value,
        status="gesloten" if state.stage is Stage.GESLOTEN else "open",
        next_step=route_of(state).stage(state.stage).next_step,
        team=owner.team if owner else policy.first_team,
        person=owner.person if owner else "",
        regisseur=(regie.person or regie.team) if regie else "",
        next_term=running[0].id if running else "",
        next_due=running[0].due if running else None,
        next_wake=next_wake(state, policy),
        escalation=state.escalation,
        open_tasks=len(state.open_tasks()),
        version=state.version,
        secret=state.resident.secret,
        terms=tuple(terms),
        tasks=tuple(
            TaskRow(
                id=task.id,
                kind=task.kind,
                role=task.role,
                team=owner.team if owner else policy.first_team,
                text=task.text,
                reasons=task.reasons,
                opened_at=task.opened_at,
                due=task_due.get(task.id),
                done_on=task.done_on,
                outcome=task.outcome,
            )
            for task in state.tasks
        ),
        evidence=tuple(
            EvidenceRow(
                id=period.since.isoformat(),
                since=period.since,
                until=period.until,
                held=not period.missing,
                alone=period.alone,
                plan=period.plan,
                missing=period.missing,
            )
            for period in (periods(state.household_file) if state.household_file else ())
        ),
    )


def journal_entry(
    decision: Decision, handled_at: datetime, policy: Policy, *, before: JourneyState | None
) -> JournalEntry:
    """What is written down of one decision.

    Args:
        decision: what was decided.
        handled_at: the journey's own time when it got to it; later than ``decision.at`` after downtime.
        policy: the numbers that it was decided by.
        before: the state of the entry before this one; None: this entry tells the whole state.
    """
    happening = decision.happening
    if isinstance(happening, Act):
        kind, name = "act", happening.name
    elif hasattr(happening, "question"):
        kind, name = "finding", happening.question
    else:
        kind, name = "time", happening.moment.kind
    late = handled_at - decision.at
    state = decision.state
    return JournalEntry(
        journey_id=state.id,
        seq=state.seq,
        kind=kind,
        name=name,
        happening=happening.model_dump(mode="json"),
        at=decision.at,
        handled_at=handled_at,
        late_seconds=max(0, int(late / timedelta(seconds=1))),
        policy_hash=policy.hash,
        events=decision.events,
        messages=decision.messages,
        snapshot=snapshot(state, policy),
        change=change_between(before, state),
    )


def _household_lines(file: HouseholdFile) -> list[str]:
    """Who belong to it, by their numbers, and how the plan stands."""
    here = [
        f"lid {one.number}"
        + (f" (cliënt {one.client})" if one.client else "")
        + (" kind" if one.kind == "kind" else "")
        for one in file.belonging
    ]
    plan = file.plan
    if plan is None:
        said = "nog geen"
    elif plan.since is None:
        said = "voorgesteld, nog geen akkoord"
    else:
        said = f"sinds {say(plan.since)}, versie {plan.latest.number}"
    waiting = [action for action in file.actions if action.is_open]
    return [
        f"**Leden:** {', '.join(here) or 'niemand'}",
        "",
        f"**Plan:** {said}; {len(waiting)} {'actie' if len(waiting) == 1 else 'acties'} open",
        "",
    ]


def details(shown: Snapshot, state: JourneyState, policy: Policy) -> str:
    """The journey for a supervisor in Temporal UI, as markdown in Dutch without personal data."""
    route = route_of(state)
    stage = route.stage(state.stage)
    what = "Huishouden" if state.household_file else "Klantroute"
    lines = [
        f"## {what} {shown.journey_id.partition('-')[2]}: {stage.label}",
        "",
        f"**Volgende stap:** {shown.next_step}",
        "",
        f"**Eigenaar:** {shown.team}{f' ({shown.person})' if shown.person else ''}",
        "",
    ]
    if shown.regisseur:
        lines += [f"**Regisseur:** {shown.regisseur}", ""]
    if state.household_file is not None:
        lines += _household_lines(state.household_file)
    elif state.household_id:
        lines += [f"**Huishouden:** {state.household_id.removeprefix('huishouden-')}", ""]
    lines += [f"**Escalatie:** {f'trede {shown.escalation}' if shown.escalation else 'geen'}", ""]
    open_rows = [row for row in shown.terms if row.status in ("loopt", "opgeschort", "verstreken")]
    lines += ["### Lopende termijnen", ""]
    if not open_rows:
        lines += ["Geen.", ""]
    for row in sorted(open_rows, key=lambda item: item.legal_end):
        mark = {"verstreken": " - verstreken", "opgeschort": " - opgeschort"}.get(row.status, "")
        rung = f", trede {row.rung} bereikt" if row.rung else ""
        # Nested lists run together in Temporal UI; a heading per term keeps the reasons readable.
        lines += [
            f"#### {row.description}: {'vanaf' if row.opens_at else 'uiterlijk'} {say(row.legal_end)}{mark}{rung}",
            "",
            f"- Bron: {row.source}",
            *(f"- {sentence}" for sentence in row.why),
            "",
        ]
    waiting = [task for task in shown.tasks if task.done_on is None]
    if waiting:
        lines += ["", "### Open taken", ""]
        lines += [f"- {task.text} ({task.role}, uiterlijk {say(task.due)})" for task in waiting if task.due]
    if state.planned:
        lines += ["", "### Gepland", ""]
        lines += [f"- {route.act(act.name).label} per {say(act.effective)}" for act in state.planned]
    breached = [row for row in shown.terms if row.breached_at and row.status not in ("verstreken",)]
    if breached:
        lines += ["", "### Eerder verstreken", ""]
        lines += [
            f"- {row.description}: uiterlijk {say(row.legal_end)}, {row.status.replace('_', ' ')}"
            for row in breached
        ]
    wake = next_wake(state, policy)
    if wake:
        lines += ["", f"Volgend moment: {wake.astimezone(AMSTERDAM):%d-%m-%Y %H:%M}"]
    return "\n".join(lines)
