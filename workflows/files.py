"""ClientRoute and Household: the file of one resident and of one household, for as long as it takes.

Both in this module: a workflow's own module is the one that the sandbox loads again, so that it catches a clock
or a random number.

The loop waits for the next moment that matters, acts are decided inside their update, and everything
that was decided is written to the journal in order. What a decision is stands in ``domain.decide``.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import (
    RawValue,
    RetryPolicy,
    SearchAttributeKey,
    SearchAttributeUpdate,
)
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from pydantic import ValidationError

    from activities.contracts import (
        LOOK_UP,
        OPEN_JOURNEY,
        TELL,
        WRITE_JOURNAL,
        JournalBatch,
        JourneyRef,
        OpenedJourney,
        Question,
        ToTell,
    )
    from domain import attributes
    from domain.calendars import civil_date, start_of_day
    from domain.clock import Clock
    from domain.decide import (
        Decision,
        Refused,
        advance,
        begin,
        begin_household,
        check,
        decide,
        later_wake,
        next_moment,
        next_wake,
    )
    from domain.findings import TOLD, Finding, Outcome
    from domain.happenings import Act, AtHousehold, Happening, LookUp, Telling
    from domain.journey import JourneyState
    from domain.policy import MissingTerm, Policy
    from domain.problems import problems_in
    from domain.projection import (
        JournalEntry,
        Snapshot,
        details,
        journal_entry,
        snapshot,
    )
    from domain.questions import label_of, registry_of
    from domain.restoring import put_back
    from workflows.messages import (
        AT_HOUSEHOLD,
        CLIENT_ROUTE,
        CLOCK_SIGNAL,
        HOUSEHOLD_WORKFLOW,
        RESTORE_UPDATE,
        SHOWN_QUERY,
        STANDING_QUERY,
        STATE_QUERY,
        WAKE_SIGNAL,
        ActAnswer,
        JourneyResult,
        RestoredJourney,
        RestoreJourney,
        Standing,
        StartJourney,
        SubmittedAct,
    )

REFUSED = "Geweigerd"
"""Error type of an act that is refused after its update was accepted."""
_NEW_RUN = timedelta(minutes=1)
_SHORTER_HISTORIES = "kortere-geschiedenis"
"""Runs that began before 0.3.0 go on until the server finds their history long."""
_STOPS_ASKING = "vraagt-niet-verder"
"""Runs that began before 0.3.0 let every question end by itself."""
_HONEST = timedelta(seconds=20)
"""However fast a demo runs, one honest attempt of a registry takes its own time, and so does the pause after it."""
_HISTORY_LIMIT = 1000
"""Events. A worker that starts again tells every history once more, and has ten seconds for each."""
_STANDSTILL = timedelta(minutes=15)
"""Real time; a journey that is later than this was held up by more than a busy morning."""
_WITHOUT_MELDING = timedelta(minutes=1)
_LAST_ANSWERS = timedelta(seconds=30)
"""How long a journey that is about to move waits for a registry that is being asked."""
_ALIVE = timedelta(seconds=5)
_PATIENT = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(minutes=1)
)


class FileWorkflow:
    """One file: a journey or a household. Its workflow makes the empty state and says what it is.

    Args:
        start: what it was started with.
        empty: the state of before anything happened, when nothing is carried.
    """

    def __init__(self, start: StartJourney, empty: JourneyState) -> None:
        self._start = start
        self._clock: Clock = start.clock.anchored(workflow.now())
        self._state: JourneyState = start.carried or empty
        self._policy: Policy | None = None
        self._unwritten: list[JournalEntry] = []
        self._told: JourneyState | None = None
        """The state of the last entry that this run made. Its first entry tells the whole state."""
        self._writing: workflow.ActivityHandle[Any] | None = None
        self._waiting_acts = 0
        self._timer: asyncio.Task[None] | None = None
        self._timer_for: datetime | None = None
        self._held_until: datetime | None = None
        """Set while the journey waits for its turn after a standstill (on its own clock)."""
        self._asking: dict[str, asyncio.Task[None]] = {}
        """What is waited for: questions by their id, and by the name of a file what it is being told."""
        self._questions: set[str] = set()
        """Ids of what was asked in this run."""
        self._last_answers: asyncio.Task[None] | None = None
        self._found: list[Finding] = []
        self._history_limit = start.history_limit
        self._outgrown = False
        """The rules want a term that the policy of this run does not know: the next run gets the policy of today."""
        self._published: dict[str, Any] = {}

    # -- the loop ------------------------------------------------------------------------------------

    async def live(self) -> JourneyResult:
        """Run until the file has ended, or go on in a new run."""
        if self._history_limit is None and workflow.patched(_SHORTER_HISTORIES):
            self._history_limit = _HISTORY_LIMIT
        opened = await self._open()
        self._policy = opened.policy
        if opened.households and not self._state.households and self._state.household_file is None:
            # Also a journey of before: the next thing that happens takes it to its household.
            self._state = self._state.model_copy(update={"households": True})
        if opened.connected != self._state.connected:
            self._state = self._state.model_copy(update={"connected": opened.connected})
        if not self._state.log and not self._waiting_acts:
            await self._expect_melding()
        if self._state.log:
            self._publish(snapshot(self._state, self._policy))
        writer = asyncio.create_task(self._write())
        for question in self._state.look_ups:
            self._ask(question)
        self._tell_others()
        while True:
            if not self._waits_its_turn():
                self._catch_up()
            self._take_findings()
            if writer.done():
                await writer
            self._wait_for_answers()
            if self._has_ended() or self._moves_on():
                if self._at_rest():
                    if self._has_ended():
                        break
                    self._move_on()
                # Only this loop takes findings in, so it must not wait for rest without them.
                await workflow.wait_condition(lambda: self._at_rest() or bool(self._found) or writer.done())
                continue
            self._set_timer()
            seen = self._state, self._clock
            await workflow.wait_condition(
                lambda seen=seen: (  # type: ignore[misc]
                    self._state is not seen[0]
                    or self._clock is not seen[1]
                    or (self._timer is not None and self._timer.done())
                    or bool(self._found)
                    or writer.done()
                    or self._moves_on()
                )
            )
        writer.cancel()
        return JourneyResult(
            journey_id=self._state.id,
            stage=self._state.stage.value,
            exit=self._state.exit,
            closed_at=self._state.closed_at,
        )

    async def _open(self) -> OpenedJourney:
        """What a run needs, as recorded data, so that a replay sees the same numbers."""
        ref = JourneyRef(
            gemeente=self._start.gemeente,
            client_number=self._start.client_number,
            journey_number=self._start.journey_number,
            journey_id=self._state.id,
        )
        while True:
            try:
                opened: OpenedJourney = await workflow.execute_activity(
                    OPEN_JOURNEY,
                    ref,
                    result_type=OpenedJourney,
                    start_to_close_timeout=timedelta(seconds=30),
                    retry_policy=_PATIENT,
                    summary="regels en kalender van de gemeente",
                )
            except ActivityError as error:
                if self._start.carried is None:
                    cause = error.cause
                    raise ApplicationError(
                        getattr(cause, "message", str(cause)), type="KanNietStarten", non_retryable=True
                    ) from None
                # A journey that is on its way never fails over its policy: it waits for people to mend it.
                await workflow.sleep(timedelta(minutes=5), summary="Beleid niet gevonden; wacht op beheer")
            else:
                return opened

    async def _expect_melding(self) -> None:
        try:
            await workflow.wait_condition(
                lambda: bool(self._state.log) or self._waiting_acts > 0,
                timeout=_WITHOUT_MELDING,
                timeout_summary="Wacht op de melding",
            )
        except TimeoutError:
            raise ApplicationError(
                "Deze klantroute is gestart zonder melding en bewaakt dus niets. Start klantroutes met "
                "'meedoen start' of 'meedoen import'; die sturen de melding mee.",
                type="ZonderMelding",
                non_retryable=True,
            ) from None

    def _now(self) -> datetime:
        return self._clock.now(workflow.now())

    def _take(self, decision: Decision, handled_at: datetime) -> None:
        assert self._policy is not None
        if decision.state is self._state:
            return
        self._state = decision.state
        self._unwritten.append(journal_entry(decision, handled_at, self._policy, before=self._told))
        self._told = self._state
        for question in decision.look_ups:
            self._ask(question)
        if self._questions:
            self._ask_no_longer()
        self._tell_others()

    def _catch_up(self, until: datetime | None = None) -> None:
        """Feed every moment that has come, in order, each with its computed instant."""
        assert self._policy is not None
        now = self._now() if until is None else until
        try:
            for decision in advance(self._state, now, self._policy):
                self._take(decision, max(now, decision.at))
        except MissingTerm:
            self._outgrow()

    def _outgrow(self) -> None:
        """Go on with newer rules in a new run. One that has just begun has the newest: then policy is at fault."""
        if workflow.now() - workflow.info().start_time < _NEW_RUN:
            raise
        self._outgrown = True
        # Asked again by the next run.
        self._found.clear()

    def _happened(self, happening: Happening, now: datetime) -> Decision:
        assert self._policy is not None
        self._catch_up(now)
        if not self._outgrown:
            try:
                decision = decide(self._state, happening, now, self._policy)
            except MissingTerm:
                self._outgrow()
            else:
                self._take(decision, now)
                return decision
        raise Refused(
            "Deze klantroute gaat net over op nieuwere regels. Er is niets vastgelegd; leg de handeling over een "
            "halve minuut opnieuw vast."
        )

    def _take_findings(self) -> None:
        while self._found:
            # Out of the list once it is decided on: what was answered is not asked or told again meanwhile.
            finding = self._found[0]
            asked = {one.id for one in self._state.look_ups}
            told = {one.id: one.at for one in self._state.tellings}
            if finding.id in asked or finding.id in told:
                # In a dry run files tell each other at once: their clocks are moved by hand.
                now = told[finding.id] if self._clock.scripted and finding.id in told else self._now()
                with contextlib.suppress(Refused):
                    self._happened(finding, max(now, self._state.last_at or now))
            if self._found:
                self._found.pop(0)
                self._tell_others()

    def _set_timer(self) -> None:
        """One timer, kept while the next moment stays the same."""
        assert self._policy is not None
        wake = self._held_until or next_wake(self._state, self._policy)
        if self._is_over() and self._state.tellings:
            # All that it waits for is that others take in what they have to know.
            wake = None
        if self._timer is not None and not self._timer.done() and wake == self._timer_for:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timer_for = wake
        if wake is None:
            return
        delay = self._clock.real_until(wake, workflow.now())
        moment = next_moment(self._state)
        what = (moment.ref or "einde") if moment else ""
        self._timer = asyncio.create_task(
            workflow.sleep(
                max(delay, timedelta(milliseconds=1)), summary=f"Tot {civil_date(wake):%d-%m-%Y}: {what}"
            )
        )

    def _waits_its_turn(self) -> bool:
        """Whether a moment that came during a standstill is left for a little later."""
        assert self._policy is not None
        now, wake = self._now(), next_wake(self._state, self._policy)
        if wake is None or self._clock.real_span(now - wake) < _STANDSTILL:
            self._held_until = None
        elif self._held_until is None:
            self._held_until = later_wake(self._state, now, self._policy)
        return self._held_until is not None and now < self._held_until

    def _is_over(self) -> bool:
        moment = next_moment(self._state)
        return moment is not None and moment.kind == "slot" and moment.at <= self._now()

    def _has_ended(self) -> bool:
        return self._is_over() and not self._state.tellings

    def _at_rest(self) -> bool:
        return (
            not self._unwritten
            and self._writing is None
            and not self._found
            and workflow.all_handlers_finished()
        )

    def _should_move_on(self) -> bool:
        info = workflow.info()
        limit = self._history_limit
        return (
            info.is_continue_as_new_suggested()
            or info.is_target_worker_deployment_version_changed()
            or self._outgrown
            or (limit is not None and info.get_current_history_length() >= limit)
        )

    def _wait_for_answers(self) -> None:
        """Give registries that are being asked a last moment, so that none is asked twice over a move.

        Acts and time go on meanwhile. Whoever is silent for longer is asked again by the next run.
        """
        if not self._asking:
            self._last_answers = None
        elif self._last_answers is None and self._should_move_on():
            self._last_answers = asyncio.create_task(
                workflow.sleep(_LAST_ANSWERS, summary="Wacht voor de overstap op een register")
            )

    def _moves_on(self) -> bool:
        """Whether it is time to move, or to start waiting for the last answers before the move."""
        waits = self._last_answers is not None and not self._last_answers.done()
        return self._should_move_on() and not (self._asking and waits)

    def _move_on(self) -> None:
        """Continue as new: the same journey with a fresh history. Open questions are asked again."""
        for task in self._asking.values():
            task.cancel()
        workflow.continue_as_new(
            self._start.model_copy(update={"carried": self._state, "clock": self._clock}),
            initial_versioning_behavior=workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE,
        )

    # -- acts ----------------------------------------------------------------------------------------

    @workflow.update(dynamic=True)
    async def act(self, name: str, args: Sequence[RawValue]) -> ActAnswer:
        submitted = self._read(args)
        self._waiting_acts += 1
        try:
            await workflow.wait_condition(lambda: self._policy is not None)
        finally:
            self._waiting_acts -= 1
        # No await from here on: two acts in one task must not both see the old state.
        now = self._recorded_at(submitted)
        act = submitted.act(name, civil_date(now))
        if (answer := self._first_answer(act, submitted)) is not None:
            return self._answer(answer)
        try:
            decision = self._happened(act, now)
        except Refused as refusal:
            raise _refused(refusal) from None
        return self._answer(decision.answer)

    @act.validator
    def _validate_act(self, name: str, args: Sequence[RawValue]) -> None:
        """Refuse before anything is written to history. Every refusal is a sentence of ours."""
        submitted = self._read(args)
        now = self._recorded_at(submitted)
        act = submitted.act(name, civil_date(now))
        if self._first_answer(act, submitted) is not None:
            return
        if self._policy is None and self._state.log:
            return  # a new run that still fetches its policy: the handler judges, once it knows the time's work
        # As the state will be by then: a planned act may have taken effect since the journey last woke.
        state = self._state
        if self._policy is not None:
            with contextlib.suppress(MissingTerm):
                for decision in advance(state, now, self._policy):
                    state = decision.state
        try:
            check(state, act)
        except Refused as refusal:
            raise _refused(refusal) from None

    def _first_answer(self, act: Act, submitted: SubmittedAct) -> str | None:
        """What an act that the journey already holds was answered; None: it is new.

        Raises:
            ApplicationError: the id stands for another act.
        """
        held = self._state.logged(act.id)
        if held is None or held.act is None:
            return None
        if submitted.effective is None:
            act = act.model_copy(update={"effective": held.act.effective})
        if held.hash != act.content_hash():
            raise ApplicationError(_OTHER_CONTENT.format(id=act.id), type=REFUSED, non_retryable=True)
        return held.answer

    def _recorded_at(self, submitted: SubmittedAct) -> datetime:
        if self._clock.scripted and submitted.recorded_at is not None:
            return max(submitted.recorded_at, self._state.last_at or submitted.recorded_at)
        return self._now()

    def _read(self, args: Sequence[RawValue]) -> SubmittedAct:
        if len(args) != 1:
            raise ApplicationError(
                "Een handeling heeft één invoer nodig: een JSON-object met id, by, effective en data.",
                type=REFUSED,
                non_retryable=True,
            )
        payload = args[0].payload
        try:
            if payload.metadata.get("encoding") == b"json/plain":
                return SubmittedAct.model_validate_json(payload.data)
            said = "het is geen JSON-object"
        except ValidationError as error:
            said = "; ".join(map(str, problems_in(error)))
        raise ApplicationError(
            f"De invoer van deze handeling is niet te lezen: {said}. "
            'Stuur een JSON-object zoals {"id": "uniek-kenmerk", "by": {"code": "m.dekker", "role": '
            '"consulent"}, "effective": "2026-05-20", "data": {}}.',
            type=REFUSED,
            non_retryable=True,
        )

    def _answer(self, text: str) -> ActAnswer:
        return ActAnswer(
            journey_id=self._state.id,
            text=text,
            stage=self._state.stage.value,
            version=self._state.version,
            seq=self._state.seq,
        )

    @workflow.update(name=RESTORE_UPDATE, description="Terugzetten op het journaal, na een storing")
    async def restore(self, order: RestoreJourney) -> RestoredJourney:
        """Go on from what the journal tells; what only this run holds of acts is recorded once more.

        All of it in one step, so that no act can come in between and be lost with the state that goes.
        """
        await workflow.wait_condition(lambda: self._policy is not None)
        assert self._policy is not None
        # No await from here on.
        now = self._now()
        kept = {item.act.id for item in order.state.log if item.act}
        only_here = [item for item in self._state.log if item.act and item.act.id not in kept]
        # The list itself is replaced: a write of the old one that is under way is of no use any more.
        self._unwritten = []
        if self._writing is not None:
            self._writing.cancel()
        self._state = self._told = order.state
        answered = {finding.id for finding in self._found}
        for question in self._state.look_ups:
            if question.id not in answered:
                self._ask(question)
        self._tell_others()
        repeated: list[Act] = []
        not_repeated: list[tuple[Act, str]] = []
        for item in only_here:
            assert item.act is not None
            act = item.act.model_copy(update={"expected_version": None})
            # At its own instant: what was done in time stays in time, however late it is put back.
            at = max(item.at, self._state.last_at or item.at)
            try:
                for passed in advance(self._state, at, self._policy):
                    self._take(passed, now)
                self._take(decide(self._state, act, at, self._policy), now)
            except Refused as refusal:
                not_repeated.append((act, str(refusal)))
            else:
                repeated.append(act)
        self._state, entry = put_back(
            self._state,
            self._policy,
            at=max(now, self._state.last_at or now),
            by=order.by,
            why=order.why,
            since=order.state.seq,
            repeated=repeated,
            not_repeated=not_repeated,
        )
        self._told = self._state
        self._unwritten.append(entry)
        return RestoredJourney(seq=self._state.seq, repeated=len(repeated), not_repeated=len(not_repeated))

    # -- carrying out --------------------------------------------------------------------------------

    async def _write(self) -> None:
        """Write what was decided, in order, until PostgreSQL holds it. Nothing else waits for this."""
        while True:
            await workflow.wait_condition(lambda: bool(self._unwritten))
            self._publish(self._unwritten[-1].snapshot)
            waiting = self._unwritten
            batch = tuple(waiting)
            self._writing = workflow.start_activity(
                WRITE_JOURNAL,
                JournalBatch(entries=batch),
                # Short: when a worker dies in between, nobody else writes until this has passed.
                start_to_close_timeout=timedelta(seconds=10),
                retry_policy=_PATIENT,
                summary=_summary(batch),
            )
            try:
                await self._writing
            except ActivityError:
                # Whatever the reason, a journey never fails over its journal: it keeps what it has to
                # write and offers it again. What was put back has other things to write.
                if waiting is self._unwritten:
                    with contextlib.suppress(TimeoutError):
                        await workflow.wait_condition(
                            lambda waiting=waiting: waiting is not self._unwritten,  # type: ignore[misc]
                            timeout=timedelta(minutes=1),
                            timeout_summary="Journaal geweigerd; wacht op beheer",
                        )
            else:
                del waiting[: len(batch)]
            self._writing = None

    def _ask(self, question: LookUp) -> None:
        if question.id not in self._asking:
            self._asking[question.id] = asyncio.create_task(self._look_up(question))
            self._questions.add(question.id)

    def _ask_no_longer(self) -> None:
        """What lost its basis, or was asked for a journey that has closed, goes to no registry any more."""
        wanted = {question.id for question in self._state.look_ups}
        for question in sorted(self._questions & self._asking.keys() - wanted):
            if workflow.patched(_STOPS_ASKING):
                self._asking[question].cancel()

    async def _look_up(self, question: LookUp) -> None:
        """Ask a registry for as long as policy has patience. Terms run on meanwhile."""
        assert self._policy is not None
        if question.not_before is not None and question.not_before > self._now():
            wait = self._clock.real_span(question.not_before - self._now())
            try:
                await workflow.sleep(
                    max(wait, _HONEST), summary=f"Vraagt straks opnieuw: {label_of(question.question)}"
                )
            except asyncio.CancelledError:
                self._asking.pop(question.id, None)
                raise
        patience = self._policy.patience_of(registry_of(question.question) or "brp")
        left = max(question.asked_at, question.not_before or question.asked_at) + patience.whole - self._now()
        try:
            finding = await workflow.execute_activity(
                LOOK_UP,
                Question(
                    id=question.id,
                    question=question.question,
                    gemeente=self._state.gemeente,
                    client_number=self._state.client_number,
                    journey_id=self._state.id,
                    asked_at=question.asked_at,
                    by=question.by,
                ),
                result_type=Finding,
                start_to_close_timeout=timedelta(seconds=60),
                schedule_to_close_timeout=max(self._clock.real_span(left), _HONEST),
                retry_policy=RetryPolicy(
                    initial_interval=max(
                        self._clock.real_span(timedelta(seconds=patience.first_retry_seconds)),
                        timedelta(milliseconds=200),
                    ),
                    maximum_interval=max(
                        self._clock.real_span(timedelta(minutes=patience.longest_retry_minutes)),
                        timedelta(seconds=2),
                    ),
                ),
                summary=label_of(question.question),
            )
        except ActivityError as error:
            finding = Finding(
                id=question.id,
                question=question.question,
                outcome=Outcome.NO_ANSWER,
                answered_at=self._now(),
                reason=getattr(error.cause, "message", "")
                or "geen antwoord binnen de tijd die het beleid geeft",
            )
        finally:
            self._asking.pop(question.id, None)
        # The loop takes it in: an error in the rules must stop the task, not vanish in this coroutine.
        self._found.append(finding)

    def _tell_others(self) -> None:
        """Tell other files what they have to know: each one thing at a time, in order."""
        if self._policy is None:
            return
        told = {finding.id for finding in self._found}
        for telling in self._state.tellings:
            # What changes the register goes one by one: who leaves is out before everybody else moves.
            register = telling.leaves or telling.joins or telling.into or not telling.to
            key = "vertel register" if register else f"vertel {telling.to}"
            if telling.id not in told and key not in self._asking:
                self._asking[key] = asyncio.create_task(self._tell(key, telling))

    async def _tell(self, key: str, telling: Telling) -> None:
        """Until the other file holds it, or says why it cannot. Whatever is told twice counts once there."""
        try:
            finding = await workflow.execute_activity(
                TELL,
                ToTell(
                    telling=telling,
                    file=self._state.id,
                    gemeente=self._state.gemeente,
                    number=self._state.client_number,
                ),
                result_type=Finding,
                start_to_close_timeout=timedelta(seconds=60),
                # A worker that dies half-way is missed by this, and not only after a minute.
                heartbeat_timeout=_ALIVE,
                retry_policy=_PATIENT,
                summary=f"{telling.act or 'register'}: {telling.to or 'zoekt het huishouden'}"[:100],
            )
        except ActivityError as error:
            finding = Finding(
                id=telling.id,
                question=TOLD,
                outcome=Outcome.REFUSED_US,
                answered_at=self._now(),
                reason=getattr(error.cause, "message", "") or "het kon niet worden doorgegeven.",
            )
        finally:
            self._asking.pop(key, None)
        self._found.append(finding.model_copy(update={"answered_at": self._now()}))

    # -- what people see -----------------------------------------------------------------------------

    def _publish(self, shown: Snapshot) -> None:
        """The one place that shows the journey: details and search attributes never differ."""
        assert self._policy is not None
        workflow.set_current_details(details(shown, self._state, self._policy))
        due = start_of_day(shown.next_due) if shown.next_due else None
        values: list[tuple[SearchAttributeKey[Any], Any]] = [
            (_MUNICIPALITY, shown.gemeente),
            (_ROUTE, shown.route),
            (_STAGE, shown.stage),
            (_CASEWORKER, shown.regisseur or shown.person or shown.team),
            (_NEXT_DEADLINE, due),
            (_ESCALATION, shown.escalation),
        ]
        changed: list[SearchAttributeUpdate[Any]] = []
        for key, value in values:
            if self._published.get(key.name, _UNSET) != value:
                self._published[key.name] = value
                changed.append(key.value_unset() if value is None else key.value_set(value))
        if changed:
            workflow.upsert_search_attributes(changed)

    @workflow.query(name=STATE_QUERY, description="De hele toestand van de klantroute")
    def state(self) -> JourneyState:
        return self._state

    @workflow.query(name=STANDING_QUERY, description="Waar de klantroute staat en wat zij nog schrijft")
    def standing(self) -> Standing:
        return Standing(state=self._state, unwritten=tuple(entry.seq for entry in self._unwritten))

    @workflow.query(name=SHOWN_QUERY, description="Wat schermen tonen: fase, eigenaar, termijnen, taken")
    def shown(self) -> Any:
        if self._policy is None:
            return None
        return snapshot(self._state, self._policy)

    @workflow.signal(name=WAKE_SIGNAL, description="Kijk of er een nieuwere versie is om op verder te gaan")
    def wake(self) -> None:
        """Nothing to do here: the task that brings this says whether the version has changed."""

    @workflow.signal(name=CLOCK_SIGNAL, description="De klok van de demo staat stil als de demo stilstaat")
    def set_clock(self, clock: Clock) -> None:
        if self._clock.real is not None:
            self._clock = clock


@workflow.defn(name=CLIENT_ROUTE)
class ClientRoute(FileWorkflow):
    """One workflow per journey, id ``klantroute-<gemeente>-<client>-<journey>``."""

    @workflow.init
    def __init__(self, start: StartJourney) -> None:
        super().__init__(
            start,
            begin(
                start.gemeente,
                start.client_number,
                start.journey_number,
                route=start.route,
                resident=start.resident,
            ),
        )

    @workflow.run
    async def run(self, start: StartJourney) -> JourneyResult:
        return await self.live()


@workflow.defn(name=HOUSEHOLD_WORKFLOW)
class Household(FileWorkflow):
    """One workflow per household, id ``huishouden-<gemeente>-<number>``. The first member who reports begins it."""

    @workflow.init
    def __init__(self, start: StartJourney) -> None:
        super().__init__(start, begin_household(start.gemeente, start.client_number))

    @workflow.run
    async def run(self, start: StartJourney) -> JourneyResult:
        return await self.live()


_UNSET = object()
_MUNICIPALITY = SearchAttributeKey.for_keyword(attributes.MUNICIPALITY.name)
_ROUTE = SearchAttributeKey.for_keyword(attributes.ROUTE.name)
_STAGE = SearchAttributeKey.for_keyword(attributes.STAGE.name)
_CASEWORKER = SearchAttributeKey.for_keyword(attributes.CASEWORKER.name)
_NEXT_DEADLINE = SearchAttributeKey.for_datetime(attributes.NEXT_DEADLINE.name)
_ESCALATION = SearchAttributeKey.for_int(attributes.ESCALATION.name)

_OTHER_CONTENT = (
    "Onder kenmerk {id!r} staat al een handeling met een andere inhoud. Gebruik een nieuw kenmerk, of "
    "corrigeer de eerdere handeling."
)


def _refused(refusal: Refused) -> ApplicationError:
    """A refusal as the sender reads it; one that belongs to a household names it."""
    if isinstance(refusal, AtHousehold):
        return ApplicationError(str(refusal), refusal.household, type=AT_HOUSEHOLD, non_retryable=True)
    return ApplicationError(str(refusal), type=REFUSED, non_retryable=True)


def _summary(batch: Sequence[JournalEntry]) -> str:
    """What a supervisor reads on the time line."""
    words = []
    for entry in batch:
        breached = [f"{e.term_id} verstreken" for e in entry.events if e.event == "term_breached"]
        rungs = [f"{e.term_id} trede {e.rung} ({e.role})" for e in entry.events if e.event == "escalated"]
        told = [f"herinnering {message.params.get('termijn', '')}" for message in entry.messages]
        words += breached or rungs or (told[:1] if entry.kind == "time" else []) or [entry.name]
    return f"{batch[-1].seq}: {', '.join(words)}"[:110]


__all__ = ["REFUSED", "ClientRoute", "Household"]
