"""The one decision: what a journey becomes when something happens.

``decide`` is pure. The workflow, dry runs, simulation and property tests all call it and must agree.
Time is fed to it moment by moment (``next_moment``, ``advance``), each with its computed instant.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from pydantic import ValidationError

from domain.base import Frozen
from domain.calendars import ONE_DAY, civil_date, say, start_of_day
from domain.draft import Draft, Retold
from domain.findings import Finding
from domain.happenings import (
    SYSTEM,
    Act,
    AtHousehold,
    Event,
    Happening,
    LookUp,
    Message,
    Moment,
    Refused,
    TimePassed,
)
from domain.households import HOUSEHOLD, HouseholdFile
from domain.journey import (
    Ahead,
    Deadline,
    JourneyState,
    Logged,
    Resident,
    Stage,
    Superseded,
    TermStatus,
    Track,
)
from domain.policy import STANDARD, Policy
from domain.problems import problems_in
from domain.routes import FILES, ActSpec, Route
from domain.topics import findings, inquiries, moments, routing
from domain.topics.care import Gecorrigeerd, Ingetrokken

__all__ = [
    "Decision",
    "Refused",
    "advance",
    "begin",
    "check",
    "decide",
    "next_moment",
]

FIRST_YEAR, LAST_YEAR = 2000, 2099
_MAY_PUT_RIGHT = frozenset({"teamleider"})
_PUTTING_RIGHT = ("handeling_gecorrigeerd", "handeling_ingetrokken")


class Decision(NamedTuple):
    """What came of one happening: the next state, the story, and what has to be carried out."""

    state: JourneyState
    happening: Happening
    at: datetime
    """The computed instant of the happening (UTC)."""
    events: tuple[Event, ...] = ()
    messages: tuple[Message, ...] = ()
    look_ups: tuple[LookUp, ...] = ()
    answer: str = ""


def begin(
    gemeente: str,
    client_number: int,
    journey_number: int,
    *,
    route: str = "regulier",
    resident: Resident | None = None,
    variant: str = "",
    households: bool = False,
    connected: tuple[str, ...] = ("brp",),
) -> JourneyState:
    """An empty journey; the melding is its first act, and says which variant it gets when none is given."""
    return JourneyState(
        gemeente=gemeente,
        client_number=client_number,
        journey_number=journey_number,
        route=route,
        resident=resident or Resident(),
        first_route=route,
        first_resident=resident or Resident(),
        variant=variant,
        households=households,
        connected=connected,
    )


def begin_household(gemeente: str, number: int) -> JourneyState:
    """An empty household; the first member who reports is its first act."""
    return JourneyState(
        gemeente=gemeente,
        client_number=number,
        journey_number=1,
        route=HOUSEHOLD,
        first_route=HOUSEHOLD,
        first_resident=Resident(),
        variant=STANDARD,
        household_file=HouseholdFile(),
    )


def route_of(state: JourneyState) -> Route:
    """What the file of a resident or a household is declared to be."""
    return FILES[state.route]


# -- acts ----------------------------------------------------------------------------------------------


def read_data(spec: ActSpec, data: Mapping[str, Any]) -> Frozen:
    """The act's own fields, checked.

    Raises:
        Refused: names every field that is wrong and what was expected.
    """
    try:
        return spec.data.model_validate(data)
    except ValidationError as error:
        said = "; ".join(map(str, problems_in(error)))
        known = ", ".join(spec.data.model_fields) or "geen"
        raise Refused(f"'{spec.label}' is geweigerd: {said}. De velden zijn: {known}.") from None


def check(state: JourneyState, act: Act) -> tuple[ActSpec, Frozen]:
    """Whether an act can be recorded now. Changes nothing and needs no policy.

    Raises:
        Refused: with a sentence. A fact from outside is only refused for what it says, never for when.
    """
    route = route_of(state)
    _check_which_file(state, act.name)
    spec = route.act(act.name)
    data = read_data(spec, act.data)
    if act.by.role not in spec.roles:
        raise Refused(
            f"Een {act.by.role} mag '{spec.label}' niet vastleggen. "
            f"Dat kan een: {', '.join(sorted(spec.roles))}."
        )
    if not state.log and not spec.begins:
        raise Refused("Een klantroute begint met een melding. Leg eerst de melding vast.")
    if act.expected_version is not None and act.expected_version != state.version:
        raise Refused(
            "Intussen heeft een collega iets vastgelegd in deze klantroute. Ververs het scherm, kijk of uw "
            "handeling nog klopt en leg haar dan opnieuw vast."
        )
    _check_dates(spec, act, data)
    if act.name in _PUTTING_RIGHT:
        _check_putting_right(state, act, data)
    directs = getattr(data, "spoor", None) is Track.REGIE
    at_household = state.household_id and (spec.at_household or directs) and act.by.role != SYSTEM
    if at_household and state.stage is not Stage.GESLOTEN:
        raise AtHousehold(
            f"'{spec.label}' hoort bij het huishouden: één gezin, één plan, één regisseur. Leg het vast in "
            f"{state.household_id}.",
            state.household_id,
        )
    if spec.origin == "eigen" and act.name not in _PUTTING_RIGHT:
        if state.stage not in spec.stages:
            fits = ", ".join(stage.value for stage in Stage if stage in spec.stages)
            raise Refused(
                f"'{spec.label}' kan niet in de fase {state.stage.value}; het kan in: {fits}. "
                f"Nu eerst: {route.stage(state.stage).next_step}"
            )
        started = state.log[0].act if state.log else None
        if started and act.effective < started.effective:
            raise Refused(
                f"'{spec.label}' op {say(act.effective)} kan niet: de {route.act(started.name).label.lower()} is van "
                f"{say(started.effective)}. Controleer de datum."
            )
        if spec.check:
            spec.check(state, act, data)
    return spec, data


def _check_which_file(state: JourneyState, name: str) -> None:
    """What only a household records is recorded there, from whichever of its journeys somebody says it."""
    theirs = FILES[HOUSEHOLD].find(name)
    if theirs is None or state.household_file is not None or route_of(state).find(name):
        return
    if not state.household_id:
        raise Refused(
            f"'{theirs.label}' hoort bij een huishouden, en deze klantroute hoort bij geen. Er is niets vastgelegd. "
            "Houdt de gemeente huishoudens bij, dan hoort de klantroute erbij zodra de BRP antwoordde."
        )
    raise AtHousehold(
        f"'{theirs.label}' hoort bij het huishouden: één gezin, één plan, één regisseur. Leg het vast in "
        f"{state.household_id}.",
        state.household_id,
    )


def _check_dates(spec: ActSpec, act: Act, data: Frozen) -> None:
    """A year that nobody means is a typing error; caught here, before it arms anything."""
    days = {"ingangsdatum": act.effective} | {
        name: value for name, value in data if isinstance(value, date) and not isinstance(value, datetime)
    }
    for name, day in days.items():
        if name in spec.past and day > act.effective:
            raise Refused(
                f"'{spec.label}' is geweigerd: {name} {day.isoformat()} ligt na {say(act.effective)}. "
                "Controleer de datum."
            )
        if day.year > LAST_YEAR or (day.year < FIRST_YEAR and name not in spec.past):
            raise Refused(
                f"'{spec.label}' is geweigerd: {name} {day.isoformat()} is geen aannemelijke datum. "
                f"Kies een datum van {FIRST_YEAR} tot en met {LAST_YEAR}."
            )


def _check_putting_right(state: JourneyState, act: Act, data: Frozen) -> None:
    assert isinstance(data, Gecorrigeerd | Ingetrokken)
    found = state.logged(data.handeling)
    if found is None or found.act is None or found.withdrawn:
        raise Refused(
            f"Handeling {data.handeling!r} staat niet in deze klantroute. "
            "Kijk in de tijdlijn naar het kenmerk."
        )
    if found.act.name in _PUTTING_RIGHT:
        raise Refused(
            "Een correctie of intrekking zelf kan niet gecorrigeerd worden. Corrigeer de handeling."
        )
    target = route_of(state).act(found.act.name)
    if target.stands:
        raise Refused(f"'{target.label}' kan hier niet gecorrigeerd of ingetrokken worden. {target.stands}")
    may = target.roles if target.mandated else target.roles | _MAY_PUT_RIGHT
    if act.by.role not in may:
        raise Refused(
            f"Een {act.by.role} mag '{target.label}' niet corrigeren of intrekken. "
            f"Dat kan een: {', '.join(sorted(may))}."
        )
    if isinstance(data, Ingetrokken):
        if target.begins and found.act is state.log[0].act:
            raise Refused(
                f"De {target.label.lower()} waarmee de klantroute begon kan niet weg. Beëindig de klantroute met "
                "een reden."
            )
        return
    if data.ingang is None and data.gegevens is None:
        raise Refused("Een correctie zegt wat er wél had moeten staan: vul 'ingang' of 'gegevens' in.")
    if data.gegevens is not None:
        read_data(route_of(state).act(found.act.name), data.gegevens)


def decide(
    state: JourneyState,
    happening: Happening,
    now: datetime,
    policy: Policy,
    *,
    ids: Mapping[str, str] | None = None,
    retold: Retold | None = None,
) -> Decision:
    """What a journey becomes.

    Args:
        state: where it stands. Moments up to ``now`` must have been fed already (``advance``).
        happening: an act, a finding, or a moment that came.
        now: the instant that counts (UTC): when it was recorded, answered or computed.
        policy: the numbers.
        ids: the ids that terms had before, by their cause, when a story is told again.
        retold: only when the story is told again: what is known of the act.

    Raises:
        Refused: the act cannot be; nothing changed.
    """
    cause = happening.moment.name if isinstance(happening, TimePassed) else happening.id
    draft = Draft(state, policy, now, cause=cause, ids=ids, retold=retold)
    answer = ""
    match happening:
        case Act():
            answer = _take_act(draft, happening)
        case TimePassed(moment=moment):
            _let_pass(draft, moment)
        case Finding():
            if any(item.finding and item.finding.id == happening.id for item in state.log):
                return Decision(state=state, happening=happening, at=now)
            findings.take_in(draft, happening)
            draft.set(log=(*draft.state.log, Logged(at=now, finding=happening)))
    if not (isinstance(happening, TimePassed) and happening.moment.kind == "signaal"):
        # Telling somebody changes nothing that other things follow from, and is most of what happens.
        _settle(draft, state, happening, cause)
    draft.set(last_at=now, seq=state.seq + 1, policy_hash=policy.hash)
    return Decision(
        state=draft.state,
        happening=happening,
        at=now,
        events=tuple(draft.events),
        messages=tuple(draft.messages),
        look_ups=tuple(draft.look_ups),
        answer=answer,
    )


def _settle(draft: Draft, before: JourneyState, happening: Happening, cause: str) -> None:
    is_household = before.household_file is not None
    for settle in moments.HOUSEHOLD_SETTLED if is_household else moments.SETTLED:
        settle(draft)
    if not draft.told_again and not is_household:
        # A story that was told again chose by itself, at each of its own days.
        routing.look_again(draft, before, cause, by=happening.by if isinstance(happening, Act) else None)


def _take_act(draft: Draft, act: Act) -> str:
    spec, data = check(draft.state, act)
    if not draft.state.log:
        if not draft.state.variant:
            wijk = getattr(data, "wijk", "")
            draft.take_part(draft.policy.variant_for(draft.state.id, wijk, act.effective))
        draft.tell_story("journey_started", stage=draft.state.stage.value, text=route_of(draft.state).label)
        draft.tell_story("stage_entered", stage=draft.state.stage.value)
    before = draft.state
    not_retold = False
    if act.name in _PUTTING_RIGHT:
        answer = _put_right(draft, act, data)
    elif act.effective > draft.today and spec.plannable:
        draft.plan_act(act)
        answer = f"{spec.label}: gepland voor {say(act.effective)}."
        _accept(draft, act, answer)
        _announce(draft, spec, act, data)
    elif act.effective > draft.today and spec.origin == "eigen":
        raise Refused(
            f"'{spec.label}' op {say(act.effective)} moet nog gebeuren. Leg het vast als het gebeurd is."
        )
    else:
        answer = f"{spec.label}: vastgelegd per {say(act.effective)}."
        late = draft.retold is None and _place_of(spec, act, before, draft.now) is not None
        if late and _take_place(draft, act, answer):
            draft.set(version=before.version + (act.by.role != SYSTEM))
            return answer
        not_retold = late or (draft.retold is not None and draft.retold.not_retold)
        _accept(draft, act, answer)
        if act.effective > draft.today:
            draft.open_task(
                "controleer_datum",
                act.id,
                f"{spec.label} heeft een datum die nog moet komen: {say(act.effective)}. "
                "Controleer de datum.",
            )
        apply(draft, spec, act, data)
        _look_at_what_came_between(draft, spec, act, not_retold=not_retold)
    logged = Logged(at=draft.now, act=act, hash=act.content_hash(), answer=answer, not_retold=not_retold)
    # Only what people do makes a screen stale for other people.
    draft.set(log=(*draft.state.log, logged), version=before.version + (act.by.role != SYSTEM))
    return answer


def _announce(draft: Draft, spec: ActSpec, act: Act, data: Frozen) -> None:
    if spec.announced is None:
        return
    before = draft.mark()
    try:
        spec.announced(draft, act, data)
    except Refused:
        # When the story is told again it was accepted once, by the rules of then.
        if draft.retold is None:
            raise
        draft.back_to(before)


def _accept(draft: Draft, act: Act, text: str) -> None:
    draft.tell_story(
        "act_accepted",
        act=act.name,
        act_id=act.id,
        role=act.by.role,
        stage=draft.state.stage.value,
        text=text,
    )


def apply(draft: Draft, spec: ActSpec, act: Act, data: Frozen) -> None:
    """Let an act take effect as the route declares it."""
    fits = draft.state.stage in spec.stages
    if not fits:
        draft.open_task(
            "past_niet",
            act.id,
            f"{spec.label} is vastgelegd in de fase {draft.state.stage.value}, waar het niet vanzelf past. "
            "Bekijk wat nodig is.",
        )
    moves = spec.moves_to is not None and (not spec.moves_from or draft.state.stage in spec.moves_from)
    for key in spec.meets:
        draft.meet(key, act.effective)
    draft.cancel(spec.cancels, spec.label.lower())
    if spec.moves_to is not None and moves:
        draft.enter(spec.moves_to)
    if spec.rule and (fits or spec.origin == "van_buiten"):
        spec.rule(draft, act, data)
    if moves or spec.moves_to is None:
        for arm in spec.arms:
            if not (arm.unless_running and draft.state.open_terms(arm.term)):
                draft.arm(arm.term, act.effective, track=arm.track)


# -- putting right -------------------------------------------------------------------------------------


def _put_right(draft: Draft, act: Act, data: Frozen) -> str:
    """Tell the story again with the right act in place of the wrong one, and keep what was.

    Rungs that were delivered stay delivered; what the right story says and the wrong one did not is
    told now.
    """
    assert isinstance(data, Gecorrigeerd | Ingetrokken)
    state = draft.state
    found = state.logged(data.handeling)
    assert found is not None
    assert found.act is not None
    wrong = found.act
    log = []
    for item in state.log:
        if item is not found:
            log.append(item)
        elif isinstance(data, Ingetrokken):
            log.append(item.model_copy(update={"withdrawn": True}))
        else:
            right = wrong.model_copy(
                update={
                    "effective": data.ingang or wrong.effective,
                    "data": wrong.data if data.gegevens is None else data.gegevens,
                }
            )
            log.append(item.model_copy(update={"act": right}))
    if isinstance(data, Gecorrigeerd) and data.ingang and data.ingang > draft.today:
        target = route_of(state).act(wrong.name)
        if not target.plannable:
            raise Refused(
                f"De correctie is geweigerd: {say(data.ingang)} moet nog komen, en '{target.label}' is al "
                "gebeurd. Controleer de datum."
            )
    spec = route_of(state).act(wrong.name)
    verb = "ingetrokken" if isinstance(data, Ingetrokken) else "gecorrigeerd"
    answer = f"{spec.label} is {verb}."
    ids = _ids(state, draft.policy, draft.now)
    before = _retell(state, state.log, draft.policy, draft.now, ids)
    index = state.log.index(found)
    if log[index].withdrawn or not spec.retells:
        told = tuple(log), _retell(state, tuple(log), draft.policy, draft.now, ids)
    else:
        told = _retell_in_place(state, tuple(log), index, draft.policy, draft.now, ids)
    _accept(draft, act, answer)
    draft.set(
        superseded=(
            *state.superseded,
            Superseded(act=wrong, at=draft.now, by=act.by, why=data.reden),
        ),
    )
    _tell_difference(draft, before, told[1], told[0], f"{spec.label} {verb}")
    return answer


class _Told(NamedTuple):
    """A story as it was told again."""

    events: list[Event]
    messages: list[Message]
    state: JourneyState


def _tell_difference(draft: Draft, before: _Told, now: _Told, log: tuple[Logged, ...], why: str) -> None:
    """Go on from another story: what it says and the one before it did not is told now."""
    state = draft.state
    rungs = [event.identity() for event in before.events if event.event == "escalated"]
    told = {event.identity() for event in now.events}
    delivered = tuple(dict.fromkeys(rung for rung in (*state.delivered, *rungs) if rung not in told))
    heard = {event.identity() for event in before.events} | set(state.delivered)
    received = {message.said for message in before.messages}
    draft.set(
        delivered=delivered,
        **{
            name: getattr(now.state, name)
            for name in JourneyState.model_fields
            if name not in _KEPT_BY_CORRECTION
        },
        log=log,
    )
    draft.told_again = True
    # What people were asked beside the story, after a restore, is still asked.
    beside = {task.id for task in state.tasks} - {task.id for task in before.state.tasks}
    draft.set(
        tasks=(*draft.state.tasks, *(task for task in state.tasks if task.id in beside)),
        terms=(*draft.state.terms, *(term for term in state.terms if term.task in beside)),
    )
    _ask_who_it_is_after_all(draft, now.state)
    known = {term.id for term in draft.state.terms}
    for term in state.terms:
        if term.is_open and term.id not in known:
            draft.tell_story("term_cancelled", term=term.term, term_id=term.id, due=term.due, text=why)
    for event in now.events:
        if event.identity() not in heard and event.event != "act_accepted":
            draft.events.append(event)
    draft.messages += [
        message.model_copy(update={"at": draft.now})
        for message in now.messages
        if message.said not in received and not _was_delivered(message, state.delivered)
    ]


def _ask_who_it_is_after_all(draft: Draft, told: JourneyState) -> None:
    """A journey that turns out not to have closed still wants the answer with which it began."""
    asked = {question.id for question in draft.state.look_ups}
    wanted = [one for one in told.look_ups if routing.is_first_of_brp(one) and one.id not in asked]
    if wanted and draft.state.stage is not Stage.GESLOTEN:
        draft.set(look_ups=(*draft.state.look_ups, *wanted))
        draft.look_ups += wanted


def _was_delivered(message: Message, delivered: tuple[str, ...]) -> bool:
    """Whether a rung reached somebody in a story that was told otherwise in between."""
    if message.template != "trede":
        return False
    rung = Event(
        at=message.at,
        event="escalated",
        term_id=message.params["termijn"],
        rung=int(message.params["trede"]),
        role=message.to.role,
    )
    return rung.identity() in delivered


_KEPT_BY_CORRECTION = frozenset(
    {
        "gemeente",
        "client_number",
        "journey_number",
        "first_route",
        "first_resident",
        "log",
        "superseded",
        "delivered",
        "version",
        "seq",
        "last_at",
        "policy_hash",
        "variant",
        "households",
        "connected",
        # What registries were really asked.
        "look_ups",
        # What other files were really told: after a correction they are told what differs.
        "tellings",
        "told",
    }
)


def _ids(state: JourneyState, policy: Policy, now: datetime) -> dict[str, str]:
    """The id of every term by what started it: told again, each keeps its own, and so do its messages."""
    ids = {term.cause: term.id for term in state.terms if term.cause}
    if len(ids) < len(state.terms):
        # An older release did not say what started a term; told again, they come in the same order.
        told = _retell(state, state.log, policy, now, {}).state
        for key in {term.term for term in state.terms}:
            held = [term for term in state.terms if term.term == key]
            again = [term for term in told.terms if term.term == key]
            ids |= {new.cause: old.id for old, new in zip(held, again, strict=False) if not old.cause}
    return ids


class _NoLongerFits(Refused):
    """An act that stands in the log is refused when the story is told another way."""

    def __init__(self, sentence: str, act_id: str, at: datetime) -> None:
        super().__init__(sentence)
        self.act_id = act_id
        self.at = at


def _as_it_began(state: JourneyState) -> JourneyState:
    """The same file before anything happened in it."""
    if state.household_file is not None:
        return begin_household(state.gemeente, state.client_number)
    return begin(
        state.gemeente,
        state.client_number,
        state.journey_number,
        route=state.first_route or state.route,
        # Journeys of before release 0.3 do not know how they began. What the BRP said comes back with its
        # finding, a death with its act, a fact with its own.
        resident=state.first_resident
        or state.resident.model_copy(
            update={"deceased": False, "facts": ()} | ({"birth": None} if state.resident.has_bsn else {})
        ),
        # A journey of before there were pilots takes part in none.
        variant=state.variant or STANDARD,
        households=state.households,
        connected=state.connected,
    )


def _retell(
    state: JourneyState, log: tuple[Logged, ...], policy: Policy, until: datetime, ids: Mapping[str, str]
) -> _Told:
    """The whole story from the start, with time fed as it passed.

    Raises:
        _NoLongerFits: an act of our own does not fit any more; the sentence names it.
    """
    again = _as_it_began(state).model_copy(update={"numbers": state.issued()})
    told: list[Event] = []
    messages: list[Message] = []
    # Sorting is stable: who stands at the same instant keeps the order of recording.
    for item in sorted(log, key=lambda one: (one.stands_at, one.placed_at is not None)):
        for decision in advance(again, item.stands_at, policy, ids=ids):
            again = decision.state
            told += decision.events
            messages += decision.messages
        happening = item.act or item.finding
        if happening is None or item.withdrawn:
            continue
        if isinstance(happening, Act) and happening.name in _PUTTING_RIGHT:
            # Already worked into the log; only its place in it is kept.
            again = again.model_copy(update={"log": (*again.log, item)})
            continue
        if isinstance(happening, Act):
            happening = happening.model_copy(update={"expected_version": None})
        retold = Retold(known=item.at, after=item.after, not_retold=item.not_retold)
        try:
            decision = decide(again, happening, item.stands_at, policy, ids=ids, retold=retold)
        except Refused as refusal:
            assert isinstance(happening, Act)
            raise _NoLongerFits(
                f"Dit kan zo niet: handeling {happening.id!r} past dan niet meer. {refusal} "
                "Corrigeer die eerst of trek haar in.",
                happening.id,
                item.stands_at,
            ) from None
        again = decision.state
        told += decision.events
        messages += decision.messages
    for decision in advance(again, until, policy, ids=ids):
        again = decision.state
        told += decision.events
        messages += decision.messages
    return _Told(told, messages, again)


# -- late facts ----------------------------------------------------------------------------------------


def _place_of(spec: ActSpec, act: Act, state: JourneyState, recorded: datetime) -> datetime | None:
    """Where a fact stands that became known late: at the end of its day. None: where it was recorded.

    What people did on that day stands, and a term that ends on it has not been missed yet.
    """
    if not spec.retells or not state.log or act.effective >= civil_date(recorded):
        return None
    end_of_day = start_of_day(act.effective + ONE_DAY) - timedelta(seconds=1)
    about = [
        item.stands_at
        for item in state.log
        if item.act is not None
        and not item.withdrawn
        and item.act.name in spec.follows
        and item.act.effective <= act.effective
    ]
    place = max(end_of_day, state.log[0].at, *about)
    return place if place < recorded else None


def _take_place(draft: Draft, act: Act, answer: str) -> bool:
    """Tell the story as if the fact had come in time.

    Where an act of our own in between would not fit any more, the fact comes right after it and a person
    looks at both.

    Returns:
        False when the story cannot be told again as it was, for example because the rules have changed
        since: the fact is then recorded where it came.
    """
    state = draft.state
    item = Logged(at=draft.now, act=act, hash=act.content_hash(), answer=answer)
    try:
        ids = _ids(state, draft.policy, draft.now)
        before = _retell(state, state.log, draft.policy, draft.now, ids)
        if _outline(before.state, before.state) != _outline(state, before.state):
            return False
        log, now = _retell_in_place(state, (*state.log, item), len(state.log), draft.policy, draft.now, ids)
    except _NoLongerFits:
        # By the rules of today something in the log would be refused; a fact from outside never is.
        return False
    _accept(draft, act, answer)
    _tell_difference(draft, before, now, log, answer)
    return True


def _outline(state: JourneyState, told: JourneyState) -> dict[str, Any]:
    """Everything that a story decides: without names of parts, and what was asked beside it after a restore."""
    left_out = _KEPT_BY_CORRECTION | {"numbers", "terms", "tasks"}
    tasks = {task.id for task in told.tasks}
    return {name: getattr(state, name) for name in JourneyState.model_fields if name not in left_out} | {
        "tasks": [task for task in state.tasks if task.id in tasks],
        "terms": [
            # Terms of before release 0.3 do not say what started them.
            term.model_copy(update={"cause": ""})
            for term in state.terms
            if term.task is None or term.task in tasks
        ],
    }


def _look_at_what_came_between(draft: Draft, spec: ActSpec, act: Act, *, not_retold: bool) -> None:
    """A late fact that could not take its place, or not its whole place, is a question for a person."""
    after = draft.retold.after if draft.retold else ()
    if not after and not not_retold:
        return
    acts = [item.act for item in draft.state.log if item.act and item.act.id in after]
    between = ", ".join(f"{route_of(draft.state).act(one.name).label} ({say(one.effective)})" for one in acts)
    draft.open_task(
        "laat_feit",
        act.id,
        f"{spec.label} per {say(act.effective)} is pas op {say(civil_date(draft.known))} bekend. "
        + (f"Intussen is vastgelegd: {between}. " if between else "")
        + "Bekijk wat daarvan nog klopt en wat nodig is.",
    )


def _retell_in_place(
    state: JourneyState,
    log: tuple[Logged, ...],
    index: int,
    policy: Policy,
    until: datetime,
    ids: Mapping[str, str],
) -> tuple[tuple[Logged, ...], _Told]:
    """The log with one fact in it as early as it can stand, and its story.

    Raises:
        Refused: an act of our own does not fit any more, wherever the fact stands.
    """
    item = log[index]
    assert item.act is not None
    spec = route_of(state).act(item.act.name)
    place = _place_of(spec, item.act, state, item.at)
    after: tuple[str, ...] = ()
    while True:
        placed = item.model_copy(update={"placed_at": place, "after": after})
        log = (*log[:index], placed, *log[index + 1 :])
        try:
            told = _retell(state, log, policy, until, ids)
            _planned_acts_still_fit(state, told)
            return log, told
        except _NoLongerFits as misfit:
            # What comes before the fact does not fit for another reason.
            if place is None or misfit.at <= place:
                raise
            after = (*after, misfit.act_id)
            place = misfit.at if misfit.at < item.at else None


def _planned_acts_still_fit(state: JourneyState, told: _Told) -> None:
    """A planned act that took effect as planned does not become a question by what is known only now.

    Raises:
        _NoLongerFits: in this story it could not take effect.
    """
    known = {task.id for task in state.tasks}
    for event in told.events:
        kind, _, act_id = (event.task or "").partition(":")
        if event.event == "task_opened" and kind == "geplande_handeling" and event.task not in known:
            raise _NoLongerFits(event.text, act_id, event.at)


# -- time ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _spread(journey: str, minutes: int) -> timedelta:
    digest = int.from_bytes(sha256(journey.encode()).digest()[:4], "big")
    return timedelta(seconds=digest % (minutes * 60)) if minutes else timedelta()


def _first_ahead(state: JourneyState) -> Ahead | None:
    """The first instant at which something becomes true by itself. Asked before and after every decision."""
    first: Ahead | None = None
    for term in state.terms:
        ahead = term.ahead
        if ahead is not None and (first is None or ahead < first):
            first = ahead
    for act in state.planned:
        ahead = Ahead.of(start_of_day(act.effective), "gepland", act.id)
        if first is None or ahead < first:
            first = ahead
    if (
        first is None
        and state.stage is Stage.GESLOTEN
        and state.forget_at
        # A term that waits for a person has nothing ahead, and is not at rest.
        and not state.open_terms()
    ):
        return Ahead.of(state.forget_at, "slot")
    return first


def next_moment(state: JourneyState) -> Moment | None:
    """The first moment by its computed instant; None when the journey waits for nothing."""
    first = _first_ahead(state)
    return None if first is None else _moment(first)


def _moment(ahead: Ahead) -> Moment:
    return Moment.made(at=ahead.at, kind=ahead.kind, ref=ahead.ref, index=ahead.number)


def next_wake(state: JourneyState, policy: Policy) -> datetime | None:
    """When the journey has to get up by itself (UTC). A later moment never has an earlier waking.

    Nobody is told at night, and a thousand journeys do not get up in the same second.
    """
    first = _first_ahead(state)
    return None if first is None else later_wake(state, first.at, policy)


def later_wake(state: JourneyState, now: datetime, policy: Policy) -> datetime:
    """When a journey gets up for what comes at an instant, or finds itself far too late then (UTC).

    After a standstill of days every journey is late at once. They go on at the municipality's opening,
    spread like every morning, so that nobody is told at night or a hundred things in one minute.
    """
    days = policy.calendars_open_ended
    return days.next_open_instant(now) + _spread(state.id, policy.spread_minutes)


def advance(
    state: JourneyState, until: datetime, policy: Policy, *, ids: Mapping[str, str] | None = None
) -> Iterator[Decision]:
    """Feed every moment up to and including ``until``, one by one, each with its computed instant.

    The last moment of all ("slot", when a closed journey stops listening) is left to the caller.
    ``ids`` as in ``decide``.
    """
    while True:
        ahead = _first_ahead(state)
        if ahead is None or ahead.at > until or ahead.kind == "slot":
            return
        # Time never runs back: a moment that lay before the last happening counts at that happening.
        now = max(ahead.at, state.last_at or ahead.at)
        decision = decide(state, TimePassed.made(moment=_moment(ahead)), now, policy, ids=ids)
        state = decision.state
        yield decision


def _let_pass(draft: Draft, moment: Moment) -> None:
    if moment.kind == "gepland":
        _planned_comes(draft, moment.ref)
        return
    if moment.kind == "slot":
        draft.set(forget_at=None)
        return
    term = next(term for term in draft.state.terms if term.id == moment.ref)
    match moment.kind:
        case "opschorting_voorbij":
            moments.STILL_OVER[term.suspensions[-1].ground](draft, term)
        case "open":
            draft.fulfil(term, civil_date(moment.at))
            if more := moments.OPENED.get(term.term):
                more(draft, term)
        case "breuk" if term.quiet:
            draft.lapse(term)
            if more := moments.LAPSED.get(term.term):
                more(draft, term)
        case "breuk" if more := moments.ENDED.get(term.term):
            draft.finish(term)
            more(draft, term)
        case "breuk":
            _breach(draft, term)
            if more := moments.BREACHED.get(term.term):
                more(draft, term)
        case "signaal":
            _signal(draft, term, moment.index)


def _planned_comes(draft: Draft, act_id: str) -> None:
    act = next(act for act in draft.state.planned if act.id == act_id)
    draft.set(planned=tuple(other for other in draft.state.planned if other.id != act_id))
    again = act.model_copy(update={"expected_version": None})
    before = draft.mark()
    try:
        spec, data = check(draft.state, again)
        _accept(draft, again, f"{spec.label}: ingegaan op {say(act.effective)}, zoals gepland.")
        apply(draft, spec, again, data)
        if draft.retold is None:
            inquiries.ask_after(draft, act.name, act.id)
    except Refused as refusal:
        draft.back_to(before)
        draft.open_task(
            "geplande_handeling",
            act.id,
            f"Een handeling die voor vandaag gepland stond, past niet meer: {refusal}",
        )


def _breach(draft: Draft, term: Deadline) -> None:
    rule = draft.rule_of(term)
    breached_at = term.dates.breach_at
    assert breached_at is not None
    series = (
        [t for t in draft.state.open_terms(term.term) if t.id != term.id] if rule.repeats == "reeks" else []
    )
    draft.take_up_ladder(
        # What was said of an earlier breach says nothing of this one.
        term.model_copy(
            update={
                "status": TermStatus.BREACHED,
                "breached_at": breached_at,
                "annulled_by": None,
                "disputed_by": None,
            }
        )
    )
    draft.tell_story(
        "term_breached",
        at=breached_at,
        term=term.term,
        term_id=term.id,
        due=term.due,
        stage=draft.state.stage.value,
        text=f"{rule.description}: uiterlijk {say(term.due)}",
    )
    taken_up = next(other for other in draft.state.terms if other.id == term.id)
    if all(signal.fired_at for signal in taken_up.signals):
        # Its rungs were all delivered before it was moved: nobody would hear of it again.
        draft.remind_again(term.id)
    if rule.repeats == "reeks":
        for earlier in series:
            if earlier.status is TermStatus.BREACHED:
                draft.cancel_term(earlier, "de volgende van de reeks is aan de beurt")
                _second_miss(draft, term)
        draft.arm(term.term, term.dates.raw_end, track=term.track)


def _second_miss(draft: Draft, term: Deadline) -> None:
    """Twice in a row: who policy names hears it together with the owner."""
    rule = draft.rule_of(term)
    extra = draft.policy.ladders[rule.term_class].second_miss
    current = next(t for t in draft.state.terms if t.id == term.id)
    signals = tuple(
        s.model_copy(
            update={
                "roles": tuple(dict.fromkeys((*s.roles, *extra))),
                "text": f"{s.text}, voor de tweede keer op rij",
            }
        )
        if s.rung == 1
        else s
        for s in current.signals
    )
    draft.set_term(current.model_copy(update={"signals": signals}))


def _signal(draft: Draft, term: Deadline, index: int) -> None:
    signal = term.signals[index]
    rule = draft.rule_of(term)
    signals = list(term.signals)
    signals[index] = signal.model_copy(update={"fired_at": draft.now})
    if index == len(signals) - 1 and term.status is TermStatus.BREACHED:
        signals.append(draft.next_reminder(rule))
    draft.set_term(term.model_copy(update={"signals": tuple(signals)}))
    text = f"{rule.description} {signal.text}" if not signal.text.endswith(".") else signal.text
    if not text.endswith("."):
        text += f" (uiterlijk {say(term.due)})."
    roles = signal.roles
    if signal.with_other_team and set(draft.state.teams) - {draft.owner(term.track).team}:
        roles = signal.with_other_team
    ladder = draft.policy.ladders[rule.term_class]
    task = term.task and next((task for task in draft.state.tasks if task.id == term.task), None)
    # Whose task it is hears once that it is late, also when the ladder names others.
    holder = (task.role,) if task and signal.rung == 1 and task.role not in roles else ()
    for role in (*roles, *holder):
        if signal.rung and role in roles:
            draft.tell_story(
                "escalated",
                term=term.term,
                term_id=term.id,
                due=term.due,
                rung=signal.rung,
                role=role,
                stage=draft.state.stage.value,
                text=text,
            )
        draft.send(
            f"{term.id}/{signal.name(term.due)}/{role}",
            role,
            "trede" if signal.rung else "herinnering",
            text=text,
            track=term.track,
            digest=bool(signal.rung) and role in ladder.in_digest,
            termijn=term.id,
            uiterlijk=term.due.isoformat(),
            trede=str(signal.rung),
        )
