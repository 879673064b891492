"""A journey's next state in the making.

Rules change a draft through a few verbs (arm, meet, cancel, enter a stage, open a task, tell somebody);
each verb keeps state, story and messages together, so that they never tell different things.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from domain.calendars import ONE_DAY, CalendarNotCovered, civil_date, say, start_of_day
from domain.happenings import PROGRAM, Act, Actor, Event, EventKind, LookUp, Message, Recipient, Telling, Told
from domain.journey import (
    Deadline,
    Extension,
    Flag,
    FlagKind,
    JourneyState,
    Owner,
    Signal,
    Stage,
    Suspension,
    Task,
    TermStatus,
    Track,
)
from domain.pauses import StoodStill, can_wait, stood_still
from domain.policy import Policy
from domain.terms import Computation, TermRule, compute, say_length

OWNER = "eigenaar"
STARTED = "is begonnen"
ONLY_WHILE_OPEN: set[str] = set()
"""Terms that do not start in a closed journey: no act may meet them there, so they would be told of for ever.

What was asked for and what the law still owes is not among them. Topics add theirs.
"""


class Retold(NamedTuple):
    """What is known of an act when the story is told again."""

    known: datetime
    """When it was recorded: nobody could act on it before."""
    after: tuple[str, ...] = ()
    """Ids of the acts after which a late fact had to come."""
    not_retold: bool = False
    """It is late and could not take its place."""


class Mark(NamedTuple):
    """Where a draft stood."""

    state: JourneyState
    events: int
    messages: int
    look_ups: int


class Draft:
    """A mutable copy of a state, with the events, messages and questions that the change brings."""

    def __init__(
        self,
        state: JourneyState,
        policy: Policy,
        now: datetime,
        *,
        cause: str = "",
        ids: Mapping[str, str] | None = None,
        retold: Retold | None = None,
    ) -> None:
        """Begin a change.

        Args:
            state: what it begins from.
            policy: the numbers.
            now: the instant that counts (UTC).
            cause: what happens; together with its key it names a term or message that comes of it.
            ids: the ids that terms had before, by what started them.
            retold: the story is told again, and what is known of the act.
        """
        self.state = state
        self.now = now
        self.retold = retold
        self.known = retold.known if retold else now
        """From when people can act on it: questions and ladders count from here."""
        self.told_again = False
        """The whole story was told another way."""
        self.today = civil_date(now)
        self.policy = policy.with_variant(state.variant).on(self.today)
        """The rules of today, in the journey's variant. A term keeps those of its start: `rule_of`."""
        self.days = policy.calendars_open_ended
        self.events: list[Event] = []
        self.messages: list[Message] = []
        self.look_ups: list[LookUp] = []
        self.cause = cause
        self._ids = ids or {}

    # -- state ---------------------------------------------------------------------------------------

    def set(self, **changes: Any) -> None:
        """Change fields of the state."""
        self.state = self.state.model_copy(update=changes)

    def mark(self) -> "Mark":
        """How it stands, to come back to when a rule refuses half-way."""
        return Mark(self.state, len(self.events), len(self.messages), len(self.look_ups))

    def back_to(self, mark: "Mark") -> None:
        """Nothing happened since."""
        self.state = mark.state
        del self.events[mark.events :], self.messages[mark.messages :], self.look_ups[mark.look_ups :]

    def set_term(self, changed: Deadline) -> None:
        self.set(terms=tuple([changed if term.id == changed.id else term for term in self.state.terms]))

    def set_task(self, changed: Task) -> None:
        self.set(tasks=tuple(changed if task.id == changed.id else task for task in self.state.tasks))

    def involve(self, team: str) -> None:
        """Another team takes part: third rungs are for the teams together from now on."""
        self.set(teams=tuple(dict.fromkeys((*self.state.teams, team))))

    def take_part(self, variant: str) -> None:
        """Record which variant of the service this journey gets, from now on."""
        self.set(variant=variant)
        self.policy = self.policy.whole.with_variant(variant).on(self.today)

    def rule_of(self, term: Deadline) -> TermRule:
        """The rule of a term: that of the day on which its start event took effect."""
        return self.policy.on(term.dates.start).term(term.term)

    def knows(self, key: str) -> bool:
        """Whether the policy of this run has a term. A run that began in an earlier release carries the
        policy of then, and goes on without what came later until its next run."""
        return key in self.policy.terms

    # -- story ---------------------------------------------------------------------------------------

    def tell_story(self, event: EventKind, *, at: datetime | None = None, **facts: Any) -> None:
        self.events.append(Event.made(at=at or self.now, event=event, **facts))

    def recipient(self, role: str, track: Track = Track.TRAJECT) -> Recipient:
        """Who a role is on this track: the owner is its team or person, other roles belong to that team."""
        owner = self.owner(track)
        return _recipient(role, owner.team, owner.person if role == OWNER else "")

    def owner(self, track: Track) -> Owner:
        """Never empty: a track without an owner of its own belongs to the owner of the journey."""
        owners = self.state.owners
        return owners.get(track) or owners.get(Track.TRAJECT) or Owner(team=self.policy.first_team)

    def send(
        self,
        key: str,
        role: str,
        template: str,
        *,
        text: str,
        track: Track = Track.TRAJECT,
        at: datetime | None = None,
        digest: bool = False,
        team: str = "",
        **params: str,
    ) -> None:
        """Put a message to staff in the outbox; with ``digest`` it waits there for the weekly digest.

        With ``team`` it goes to that role of another team than the owner's.
        """
        to = _recipient(role, team, "") if team else self.recipient(role, track)
        at = at or self.now
        self.messages.append(
            Message.made(
                key=key,
                at=at,
                to=to,
                template=template,
                params={"tekst": text, "fase": self.state.stage.value, **params},
                digest=digest,
            )
        )
        self.tell_story("message_sent", at=at, role=role, stage=self.state.stage.value, text=text)

    # -- other files ---------------------------------------------------------------------------------

    def tell(
        self,
        name: str,
        act: str,
        facts: Mapping[str, Any],
        *,
        to: str | None = None,
        by: Actor | None = None,
        **register: Any,
    ) -> None:
        """Tell another file how things stand here, unless that is what it was told last.

        Args:
            name: what it is called in ``told``: its id, or what it is to this one.
            act: what is recorded there; its data are ``versie`` and ``feiten``.
            facts: how things stand, as JSON.
            to: its id; None: ``name`` is.
            by: who said so; None: the program.
            register: how memberships change first, see `Telling`.
        """
        last = self.state.told.get(name)
        if last is not None and last.facts == facts:
            return
        told = Told(version=last.version + 1 if last else 1, facts=dict(facts))
        to = name if to is None else to
        data: dict[str, Any] = {
            "versie": told.version,
            "op": self.now.isoformat(),
            "feiten": told.facts,
        }
        if act and not to:
            # Whom the register will find: it is asked to let this one in.
            data["zoekt"] = True
        mark = sha256(json.dumps(told.facts, sort_keys=True).encode()).hexdigest()[:6]
        telling = Telling(
            # The content is part of the name: after a restore the same number may say something else.
            id=f"{self.state.id}/{name}/{told.version}-{mark}",
            to=to,
            act=act,
            data=data,
            by=by or PROGRAM,
            effective=self.today,
            at=self.now,
            **register,
        )
        self.set(tellings=(*self.state.tellings, telling), told={**self.state.told, name: told})

    # -- stages --------------------------------------------------------------------------------------

    def enter(self, stage: Stage) -> None:
        if stage is not self.state.stage:
            self.set(stage=stage)
            self.tell_story("stage_entered", stage=stage.value)

    def close(self, why: str) -> None:
        """The file rests; for some weeks from when people knew it still listens for facts."""
        forget = start_of_day(civil_date(self.known) + timedelta(weeks=self.policy.closed_weeks))
        self.set(closed_at=self.now, forget_at=forget)
        self.enter(Stage.GESLOTEN)
        self.tell_story("journey_closed", stage=Stage.GESLOTEN.value, text=why)

    # -- tasks ---------------------------------------------------------------------------------------

    def open_task(
        self,
        kind: str,
        ref: str,
        text: str,
        *,
        role: str = OWNER,
        reasons: Iterable[str] = (),
        mail: str = "",
        term: str = "taak",
        until: date | None = None,
        track: Track = Track.TRAJECT,
        tell: bool = True,
    ) -> None:
        """Ask a person, once per kind and reference; the task has a term of its own.

        Args:
            kind: what is asked, as a code.
            ref: what it is about.
            text: what the person reads.
            role: who is asked.
            reasons: codes of what has to be judged.
            mail: what the message says, where the text holds words of a person; empty: the text.
            term: the term that guards it; where policy has none of its own for it, that of any task.
            until: an end that somebody set, instead of the one that policy's length gives.
            track: whose it is.
            tell: send a message now; without, the task is seen in the worklist and its term warns.
        """
        task_id = f"{kind}:{ref}" if ref else kind
        if any(task.id == task_id for task in self.state.tasks):
            return
        task = Task(id=task_id, kind=kind, role=role, text=text, opened_at=self.known, reasons=tuple(reasons))
        self.set(tasks=(*self.state.tasks, task))
        self.tell_story("task_opened", task=task_id, role=role, stage=self.state.stage.value, text=text)
        on = civil_date(self.known)
        if tell:
            self.send(
                f"taak/{task_id}/{on.isoformat()}", role, "taak", text=mail or text, track=track, taak=task_id
            )
        key = term if term in self.policy.terms else "taak"
        self.arm(key, on, task=task_id, until=until, track=track)

    def close_tasks(self, *names: str, by: Actor, on: date, outcome: str) -> None:
        """Answer the open questions of these kinds, or with these ids, if there are any."""
        for task in self.state.open_tasks(*names):
            self.close_task(task, by=by, on=on, outcome=outcome)

    def close_task(self, task: Task, *, by: Actor, on: date, outcome: str) -> None:
        self.set_task(task.model_copy(update={"done_by": by, "done_on": on, "outcome": outcome}))
        for term in self.state.open_terms():
            if term.task == task.id:
                self.fulfil(term, on)

    # -- flags ---------------------------------------------------------------------------------------

    def flag(
        self, kind: FlagKind, since: date, *, until: date | None = None, detail: str = "", **more: Any
    ) -> None:
        """Something holds from now on; what held of the same kind before ends."""
        self.unflag(kind, since)
        flag = Flag(kind=kind, since=since, until=until, detail=detail, **more)
        self.set(flags=(*self.state.flags, flag))

    def unflag(self, kind: FlagKind, on: date) -> Flag | None:
        """It holds no more. Returns what ended, if anything."""
        held = self.state.flag(kind)
        if held is not None:
            ended = held.model_copy(update={"ended": on})
            self.set(flags=tuple(ended if flag is held else flag for flag in self.state.flags))
        return held

    # -- terms ---------------------------------------------------------------------------------------

    def arm(
        self,
        key: str,
        start: date,
        *,
        track: Track = Track.TRAJECT,
        task: str | None = None,
        until: date | None = None,
        quiet: bool = False,
    ) -> Deadline:
        """Start a term. Where the calendar's table ends it is provisional, and a person is asked.

        Its rule is the one that policy has for ``start``, also when that day is recorded late or lies ahead.

        Args:
            key: which term.
            start: the civil date of its start event.
            track: whose it is.
            task: the task that it guards.
            until: an end that somebody set, instead of the one that policy's length gives.
            quiet: it is somebody else's time; nobody is warned and it lapses when it has passed.

        Returns:
            The term; one of `ONLY_WHILE_OPEN` is no part of the state when the journey is closed.
        """
        rule = self.policy.on(start).term(key)
        cause = self._new_cause(key)
        numbers = self.state.numbers or self.state.issued()
        term_id = self._ids.get(cause) or f"{key}-{numbers.get(key, 0) + 1}"
        dates, provisional = self._dates(rule, start, set_end=until)
        term = Deadline(
            id=term_id,
            cause=cause,
            term=key,
            track=track,
            dates=dates,
            armed_at=self.known,
            provisional=provisional,
            task=task,
            quiet=quiet,
        )
        if self.state.stage is Stage.GESLOTEN and task is None and key in ONLY_WHILE_OPEN:
            return term.model_copy(update={"status": TermStatus.CANCELLED, "ended_on": self.today})
        term = term.model_copy(update={"signals": self._signals(rule, term)})
        number = int(term_id.rpartition("-")[2])
        self.set(
            terms=(*self.state.terms, term),
            numbers={**numbers, key: max(number, numbers.get(key, 0))},
        )
        self._started(term, rule, rule.description)
        if provisional and task is None:
            self.open_task(
                "kalender_aanvullen",
                str(dates.raw_end.year),
                f"De kalender voor {dates.raw_end.year} ontbreekt; termijnen die daarin vallen zijn "
                "voorlopig berekend zonder feestdagen. Vul policies/kalender.toml aan.",
                role="beheer",
            )
        if self.state.flags and can_wait(rule):
            self._let_wait(term, rule, PROGRAM)
        return term

    def arm_from_birth(self, key: str, born: date, day: date) -> Deadline:
        """Start a term that opens on the day of an age; where that is not the plain one, it is set."""
        plain = compute(self.policy.on(born).term(key), born, self.days).legal_end
        return self.arm(key, born, until=None if plain == day else day)

    def _new_cause(self, key: str) -> str:
        cause = f"{key}@{self.cause}"
        again = sum([term.cause.partition("#")[0] == cause for term in self.state.terms])
        return f"{cause}#{again + 1}" if again else cause

    def _dates(
        self, rule: TermRule, start: date, *, added_days: int = 0, set_end: date | None = None
    ) -> tuple[Computation, bool]:
        try:
            found = compute(rule, start, self.policy.calendars, added_days=added_days, set_end=set_end)
            return found, False
        except CalendarNotCovered:
            return compute(rule, start, self.days, added_days=added_days, set_end=set_end), True

    def _started(self, term: Deadline, rule: TermRule, text: str) -> None:
        if term.provisional:
            text += " (voorlopige datum)"
        self.tell_story(
            "term_started",
            term=term.term,
            term_id=term.id,
            due=term.due,
            stage=self.state.stage.value,
            text=text,
        )

    def _signals(self, rule: TermRule, term: Deadline, *, starts: bool = True) -> tuple[Signal, ...]:
        """Everything that this term will say while nobody meets it, in order of time.

        Without ``starts`` nobody is told that it began: they heard that before.
        """
        if term.quiet:
            return ()
        days, ladder, found = self.days, self.policy.ladders[rule.term_class], term.dates
        signals: list[Signal] = []
        if ladder.at_start and starts:
            signals.append(
                Signal(at=days.next_open_instant(self.known), rung=0, roles=ladder.at_start, text=STARTED)
            )
        if found.breach_at is None:
            return tuple(signals)
        last_day = days.last_open(found.legal_end)
        for warning in ladder.before:
            at = days.opening(days.plus_open(last_day, -warning.days))
            signals.append(Signal(at=at, rung=0, roles=warning.roles, text="loopt bijna af"))
        for reminder in rule.reminders:
            day = date.fromordinal(found.start.toordinal() + reminder.after_days)
            at = days.opening(days.first_open(day))
            signals.append(Signal(at=at, rung=0, roles=(reminder.role,), text=reminder.text))
        if rule.payment_run:
            payment = self.policy.payment
            needed = payment.december_days if found.legal_end.month == 12 else payment.days
            day = days.last_open(days.payment_cut_off(found.legal_end, needed))
            signals.append(
                Signal(
                    at=days.opening(day),
                    rung=0,
                    roles=(OWNER,),
                    text="moet vandaag in de betaalrun om op tijd te zijn",
                )
            )
        # A warning whose moment lay before the term was known would only be noise.
        kept = [signal for signal in signals if signal.at >= self.known or signal.text == STARTED]
        return tuple(sorted((*kept, *self._rungs(rule, max(found.breach_at, self.known))), key=_when))

    def _rungs(self, rule: TermRule, known: datetime) -> list[Signal]:
        """The ladder, from the first opening day on which the breach can be delivered."""
        days, ladder = self.days, self.policy.ladders[rule.term_class]
        first = days.next_open_instant(known)
        delivered = civil_date(first)
        rungs = [Signal(at=first, rung=1, roles=ladder.at_breach, text="is verstreken")]
        for number, rung in enumerate(ladder.after, start=2):
            rungs.append(
                Signal(
                    at=days.opening(days.plus_open(delivered, rung.days)),
                    rung=number,
                    roles=rung.roles,
                    with_other_team=rung.with_other_team,
                    text="is nog steeds verstreken",
                )
            )
        return rungs

    def take_up_ladder(self, term: Deadline) -> None:
        """The term is breached now: its ladder, as policy and calendar have it today."""
        kept = [signal for signal in term.signals if signal.fired_at or not signal.rung]
        rungs = _unheard(self._rungs(self.rule_of(term), self.now), kept)
        fired = [signal for signal in kept if signal.fired_at]
        waiting = [signal for signal in kept if not signal.fired_at]
        coming = sorted((*waiting, *rungs), key=_when)
        self.set_term(term.model_copy(update={"signals": (*fired, *coming)}))

    def move(
        self,
        term: Deadline,
        *,
        text: str,
        start: date | None = None,
        added_days: int | None = None,
        set_end: date | None = None,
        **changes: Any,
    ) -> Deadline:
        """Give a running term another end. Rungs that fired do not fire again."""
        rule = self.policy.on(start or term.dates.start).term(term.term)
        dates, provisional = self._dates(
            rule,
            start or term.dates.start,
            added_days=term.dates.added_days if added_days is None else added_days,
            set_end=set_end or term.dates.set_end,
        )
        fired = tuple(signal for signal in term.signals if signal.fired_at)
        moved = term.model_copy(
            update={"dates": dates, "provisional": provisional, "status": TermStatus.RUNNING, **changes}
        )
        starts = any(signal.text == STARTED and not signal.fired_at for signal in term.signals)
        coming = _unheard(self._signals(rule, moved, starts=starts), fired)
        moved = moved.model_copy(update={"signals": (*fired, *coming)})
        self.set_term(moved)
        self._started(moved, rule, text)
        return moved

    def suspend(
        self, term: Deadline, *, since: date, until: date, by: Actor, why: str, ground: str = "aanvulling"
    ) -> None:
        """Stop the clock of a term (Awb 4:15): counting stops the day after ``since``."""
        line = Suspension(since=since, until=until, by=by, why=why, ground=ground)
        self.set_term(
            term.model_copy(update={"status": TermStatus.SUSPENDED, "suspensions": (*term.suspensions, line)})
        )

    def resume(self, term: Deadline, *, ended: date, days: int) -> None:
        """Let a suspended term run again, ``days`` later than before."""
        last = term.suspensions[-1]
        line = last.model_copy(update={"ended": ended, "days": days})
        self.move(
            term,
            added_days=term.dates.added_days + days - last.days,
            text=f"{self.rule_of(term).description}: stond {days} dagen stil",
            suspensions=(*term.suspensions[:-1], line),
        )

    def let_wait(self, by: Actor) -> None:
        """Look at every pause again: terms that wait stand still, others run on by what they lost.

        Call it after a flag changed. A series keeps one term: dates that nobody could hold are not missed.
        """
        for key in dict.fromkeys(term.term for term in self.state.open_terms()):
            rule = self.policy.term(key)
            if not can_wait(rule):
                continue
            running = sorted(self.state.open_terms(key), key=lambda term: term.dates.raw_end)
            series = rule.repeats == "reeks"
            missed = self._missed_before(running[0]) if series else []
            touched = False
            for term in missed + running:
                if not (touched and series):
                    touched = self._let_wait(term, self.rule_of(term), by) or touched
                elif term.is_open:
                    self.cancel_term(term, "de reeks stond stil")

    def _missed_before(self, term: Deadline) -> list[Deadline]:
        """Of a series, what lapsed unmet because the next one came: it may turn out to have stood still."""
        missed: list[Deadline] = []
        before: Deadline | None = term
        while before is not None:
            following = before.dates.start
            lapsed = [
                earlier
                for earlier in self.state.terms
                if earlier.term == term.term
                and earlier.status is TermStatus.CANCELLED
                and earlier.breached_at is not None
                and earlier.dates.start < earlier.dates.raw_end == following
            ]
            before = lapsed[-1] if lapsed else None
            missed[:0] = lapsed[-1:]
        return missed

    def _let_wait(self, term: Deadline, rule: TermRule, by: Actor) -> bool:
        """Whether a pause touches this term."""
        lost = term.dates.added_days
        # An end that a person decided on reckons with what stood still before that day.
        after = max([term.dates.start, *(line.decided_on for line in term.extensions)])
        plain_end = term.dates.raw_end - ONE_DAY * lost
        found = stood_still(self.state.flags, rule.key, after, plain_end)
        waits = term.suspensions[-1] if term.status is TermStatus.SUSPENDED else None
        if found.because is None and waits is None and found.days == lost:
            return False
        ledger = _ledger(term, found, waits, after, by)
        if found.because is None or found.days != lost:
            self.move(
                term,
                added_days=found.days,
                text=f"{rule.description}: stond {say_length(found.days, 'dagen')} stil",
                suspensions=ledger,
                ended_on=None,
            )
            term = next(moved for moved in self.state.terms if moved.id == term.id)
        if found.because is not None:
            still = {"status": TermStatus.SUSPENDED, "suspensions": ledger, "ended_on": None}
            self.set_term(term.model_copy(update=still))
        return True

    def extend(self, term: Deadline, *, until: date, by: Actor, why: str) -> None:
        """Give a running term an end that a person decided on."""
        line = Extension(until=until, decided_on=self.today, by=by, why=why)
        self.move(
            term,
            set_end=until,
            # The day that was decided on already reckons with what stood still before.
            added_days=0,
            text=f"{self.rule_of(term).description}: verlengd tot en met {say(until)}",
            extensions=(*term.extensions, line),
        )

    def meet(self, key: str, on: date) -> list[Deadline]:
        """Somebody did what the term asks. A series is met whole, another term one at a time.

        Returns:
            The terms that were met.
        """
        open_terms = self.state.open_terms(key)
        chosen = open_terms[:1]
        if open_terms and self.rule_of(open_terms[-1]).repeats == "reeks":
            missed = [term for term in open_terms if term.status is TermStatus.BREACHED]
            # What was missed is made good; the next date only counts as held when it was near.
            near = [term for term in open_terms if term not in missed and _is_near(term, on)]
            chosen = missed + near if missed else open_terms[:1]
        for term in chosen:
            self.fulfil(term, on)
        return chosen

    def fulfil(self, term: Deadline, on: date) -> None:
        """Mark one term as met on a day."""
        if term.status is not TermStatus.BREACHED and term.breached_at is None:
            status, text = TermStatus.MET, "op tijd"
        elif on <= term.due:
            status, text = TermStatus.IN_TIME_RECORDED_LATE, "tijdig, laat geregistreerd"
        else:
            late = (on - term.due).days
            status, text = TermStatus.MET_LATE, f"{late} {'dag' if late == 1 else 'dagen'} te laat"
        self._end(term, status, on, text)

    def finish(self, term: Deadline) -> None:
        """A period is over. Nobody had to do anything for it, so there is no breach to record."""
        self._end(term, TermStatus.MET, term.due, "de periode is voorbij")

    def _end(self, term: Deadline, status: TermStatus, on: date, why: str) -> None:
        """A term is open no more; the time line says how it ended."""
        self.set_term(term.model_copy(update={"status": status, "ended_on": on}))
        self.tell_story(
            "term_cancelled" if status is TermStatus.CANCELLED else "term_met",
            term=term.term,
            term_id=term.id,
            due=term.due,
            stage=self.state.stage.value,
            text=why,
        )

    def cancel(self, keys: Iterable[str], why: str, *, on: date | None = None) -> None:
        """A term lapses because it no longer applies. A breach stays on record.

        Args:
            keys: which terms.
            why: for the time line.
            on: since when it does not apply; None: today.
        """
        wanted = set(keys)
        for term in self.state.terms:
            if term.is_open and term.term in wanted:
                self.cancel_term(term, why, on=on)

    def cancel_term(self, term: Deadline, why: str, *, on: date | None = None) -> None:
        """See `cancel`."""
        # Not in the future, and not before it began.
        ended = max(min(on or self.today, self.today), min(term.dates.start, self.today))
        self._end(term, TermStatus.CANCELLED, ended, why)

    def lapse(self, term: Deadline) -> None:
        """Somebody else's time has passed: nobody was late, and what it gave room for is over."""
        self._end(term, TermStatus.CANCELLED, term.due, "de termijn is voorbij")

    def remind_again(self, term_id: str) -> None:
        """The ladder ends, the term does not: the owner keeps hearing of it until somebody acts."""
        term = next(term for term in self.state.terms if term.id == term_id)
        again = self.next_reminder(self.rule_of(term))
        self.set_term(term.model_copy(update={"signals": (*term.signals, again)}))

    def next_reminder(self, rule: TermRule) -> Signal:
        """What the owner of a breached term hears when its ladder has ended."""
        day = self.days.plus_open(self.today, self.policy.ladders[rule.term_class].again_days)
        return Signal(at=self.days.opening(day), rung=0, roles=(OWNER,), text="wacht nog op u")

    def plan_act(self, act: Act) -> None:
        self.set(planned=(*self.state.planned, act))


@lru_cache(maxsize=4096)
def _recipient(role: str, team: str, person: str) -> Recipient:
    """A team hears a great many things in one role."""
    return Recipient(role=role, team=team, person=person)


def _ledger(
    term: Deadline, found: StoodStill, waits: Suspension | None, after: date, by: Actor
) -> tuple[Suspension, ...]:
    """The lines of a term that waits, or waited, for a person."""
    lines, days = term.suspensions, found.days - term.dates.added_days
    if found.because is not None:
        if waits is not None:
            return lines
        flag = found.because
        since = max(after, flag.since - ONE_DAY)
        until = flag.until or max(since, term.due)
        return (
            *lines,
            Suspension(since=since, until=until, by=by, why=flag.kind, ground="pauze", open_ended=True),
        )
    ended = found.last or after
    if waits is not None:
        return (*lines[:-1], waits.model_copy(update={"ended": max(waits.since, ended), "days": days}))
    if days <= 0 or found.first is None:
        return lines
    line = Suspension(
        since=found.first - ONE_DAY,
        until=ended,
        by=by,
        why="achteraf gemeld",
        ground="pauze",
        open_ended=True,
        ended=ended,
        days=days,
    )
    return (*lines, line)


def _is_near(term: Deadline, on: date) -> bool:
    """Whether a day lies in the second half of a term, or after it."""
    return (term.dates.raw_end - on) * 2 <= term.dates.raw_end - term.dates.start


def _when(signal: Signal) -> tuple[datetime, int]:
    return signal.at, signal.rung


def _unheard(coming: Iterable[Signal], before: Iterable[Signal]) -> list[Signal]:
    """What is left of a ladder for those who heard some of it already.

    By role and not by number, for a ladder may have changed since: nobody hears a rung twice, and whoever has not
    heard any still does.
    """
    heard: Counter[str] = Counter()
    for signal in before:
        if signal.rung and signal.fired_at:
            heard.update({*signal.roles, *signal.with_other_team})
    if not heard:
        return list(coming)
    left = []
    for signal in coming:
        if signal.rung:
            known = {role for role in (*signal.roles, *signal.with_other_team) if heard[role]}
            heard.subtract(known)
            roles = tuple(role for role in signal.roles if role not in known)
            others = tuple(role for role in signal.with_other_team if role not in known)
            if not roles:
                continue
            signal = signal.model_copy(update={"roles": roles, "with_other_team": others})
        left.append(signal)
    return left
