"""Which route a journey follows: facts, entry tests, the choice, and looking again when facts change.

When the facts are sure the route follows by itself; that is no decision against anybody. When something is
unknown a person is asked and the journey goes on in the route that it has, with everything that runs.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date

from pydantic import Field, model_validator

from domain.acts import Reason as Why
from domain.base import Frozen
from domain.calendars import civil_date
from domain.declaration import ALL_STAGES, OPEN_STAGES, ROUTES, ActSpec
from domain.draft import OWNER, Draft
from domain.facts import KINDS, About, Choice, Fact, Facts, Kind, Reason, Source, read_birth
from domain.happenings import PROGRAM, Act, Actor, LookUp, Refused
from domain.journey import JourneyState, RouteChange, Stage, Task
from domain.policy import Policy
from domain.questions import BRP_PERSON
from domain.roles import ANYONE

QUESTION = "beoordeel_route"
RESIDENCE = frozenset(
    {
        "overleden",
        "geemigreerd",
        "niet_ingezetene",
        "bijhouding_opgeschort",
        "woont_elders",
        "in_onderzoek",
        "niet_op_adres",
        "briefadres",
        "onbekend_in_brp",
    }
)
"""Codes of doubts about the person that no choice of a route takes away."""

SETTLES: list[Callable[[Draft, Facts], tuple[Reason, ...]]] = []
"""What arms and cancels terms on any route after the facts changed, in order; each says what to ask."""


class FeitVastgelegd(Frozen):
    """The day from which it holds is the act's own date."""

    feit: Kind
    waarde: str = Field(min_length=1, max_length=40, description="Een code, of een geboortedatum")
    over: About = "inwoner"
    bron: Source = Field(default="opgave", description="Wie het zegt")
    tot: date | None = Field(default=None, description="Laatste dag waarop het geldt")

    @model_validator(mode="after")
    def _known(self) -> "FeitVastgelegd":
        allowed = KINDS[self.feit]
        if not allowed:
            read_birth(self.waarde)
        elif self.waarde not in allowed:
            raise ValueError(f"waarde van {self.feit} is een van: {', '.join(allowed)}")
        return self


class RouteGekozen(Frozen):
    route: str = Field(description="De route die past")
    reden: str = Why


def facts_of(state: JourneyState) -> Facts:
    """What a journey knows, as entry tests read it."""
    resident = state.resident
    said = Facts(rows=resident.facts)
    # What a resident said at the start can be put right by a fact; what the BRP says cannot.
    birth = resident.birth if resident.has_bsn and resident.birth else said.birth_of() or resident.birth
    return Facts(
        rows=resident.facts,
        birth=birth,
        household=resident.household,
        reported_on=state.benefit_reported_on,
        applied_on=state.application_on,
    )


def awaits_brp(state: JourneyState) -> bool:
    """Whether the BRP was asked for the first time and has not answered yet, or been silent for too long.

    Questions of later moments have an id made of what they follow.
    """
    return any(is_first_of_brp(question) for question in state.look_ups)


def is_first_of_brp(question: LookUp) -> bool:
    """Whether a question is the one with which a journey begins."""
    return re.fullmatch(f"{BRP_PERSON}-[0-9]+", question.id) is not None


def end_of_review(state: JourneyState) -> date | None:
    """Until when what is asked of somebody who was taken over may wait; None: as long as for anybody.

    A whole file is taken over at once. What is unknown is looked at with the first review, not all in one week.
    """
    if state.taken_over_on is None:
        return None
    return next((term.due for term in state.open_terms("eerste_herbeoordeling")), None)


def choose_route(facts: Facts, on: date, policy: Policy) -> Choice:
    """Which route the facts choose on a day: the first of ROUTES whose entry test says that it fits.

    Where an earlier one cannot be told yet there is no choice, and ``unknowns`` says what to ask.
    """
    unknowns: list[Reason] = []
    reasons: tuple[Reason, ...] = ()
    for route in ROUTES.values():
        verdict = route.entry(facts, on, policy)
        reasons = verdict.reasons
        if verdict.fits == "onbekend":
            unknowns += verdict.reasons
        elif verdict.fits == "past":
            if unknowns:
                break
            return Choice(route.key, reasons)
    return Choice(None, reasons, tuple(dict.fromkeys(unknowns)))


def look_again(draft: Draft, before: JourneyState, cause: str, *, by: Actor | None = None) -> None:
    """Choose again when what the choice is made of changed since ``before``; ``cause`` is what changed it."""
    state = draft.state
    if (
        (before.log or not state.log)
        and state.resident is before.resident
        and state.benefit_reported_on == before.benefit_reported_on
        and state.application_on == before.application_on
        and state.decision == before.decision
    ):
        return
    reconsider(draft, cause, by=by)


def reconsider(draft: Draft, ref: str, *, by: Actor | None = None, doubts: Iterable[Reason] = ()) -> None:
    """Choose the route by the facts of today, and settle the terms that follow from facts.

    Args:
        draft: the journey.
        ref: names the question, should there be one.
        by: who brought what is new; None: time or a registry.
        doubts: further reasons why a person has to look, for the same question.
    """
    state = draft.state
    if state.stage is Stage.GESLOTEN:
        return
    questions = dict(doubts)
    facts = facts_of(state)
    # While the BRP still has to answer, its answer is what everybody waits for, unless age has no say.
    waits = awaits_brp(state) and facts.birth is None
    waits = waits and choose_route(facts, draft.today, draft.policy).route is None
    # A run that began on a policy of before these rules ends by that policy.
    if not state.resident.deceased and not waits and "verjaardag_27" in draft.policy.terms:
        questions |= dict(_choose(draft, facts))
        for settle in SETTLES:
            questions |= dict(settle(draft, facts))
        if own := ROUTES[draft.state.route].settle:
            own(draft, facts)
        answered(draft, by or PROGRAM, still=questions)
    asked = {code for task in _open_questions(draft) for code in task.reasons}
    if set(questions) - asked:
        draft.open_task(
            QUESTION,
            ref,
            " ".join(dict.fromkeys(questions.values()))
            + " Beoordeel of deze route past; termijnen lopen gewoon door.",
            reasons=questions,
            until=end_of_review(state),
            tell=end_of_review(state) is None,
        )


def _choose(draft: Draft, facts: Facts) -> tuple[Reason, ...]:
    """Take the route that the facts choose. Returns what a person has to be asked."""
    choice = choose_route(facts, draft.today, draft.policy)
    state = draft.state
    by_hand = bool(state.routes_chosen) and state.routes_chosen[-1].by is not None
    if choice.route is None:
        return () if by_hand else choice.unknowns or choice.reasons
    if not by_hand:
        follow(draft, choice.route, choice.reasons)
        return ()
    if choice.route == state.route:
        return ()
    label = ROUTES[choice.route].label
    return (
        Reason(
            f"past_{choice.route}",
            f"Door wat er nu bekend is past de route '{label}'; een mens koos eerder bewust een andere.",
        ),
    )


def follow(draft: Draft, route: str, reasons: Iterable[Reason], by: Actor | None = None) -> None:
    """Let the journey go on in a route. What runs keeps running."""
    state = draft.state
    reasons = tuple(reasons)
    if by is None and state.routes_chosen and state.routes_chosen[-1].route == route == state.route:
        return
    change = RouteChange(route=route, since=draft.today, reasons=tuple(code for code, _ in reasons), by=by)
    draft.set(routes_chosen=(*state.routes_chosen, change))
    if route == state.route:
        return
    draft.set(route=route)
    text = f"Route {ROUTES[route].label}: {' '.join(sentence for _, sentence in reasons)}"
    draft.tell_story("route_chosen", route=route, stage=state.stage.value, text=text)
    if len(state.log) > 1:
        # At the very start nobody works on it yet, so nobody has to hear of a change.
        # Named by what brought it: a choice that was taken back leaves its number to the next one.
        draft.send(f"route/{route}/{draft.cause}", OWNER, "termijn", text=text)


def _open_questions(draft: Draft) -> list[Task]:
    return draft.state.open_tasks(QUESTION)


def answered(draft: Draft, by: Actor, *, still: Iterable[str] = ()) -> None:
    """Close the questions of which nothing is left to ask; those about where somebody lives stay."""
    for task in _open_questions(draft):
        if not set(task.reasons) & (RESIDENCE | set(still)):
            draft.close_task(task, by=by, on=draft.today, outcome=f"route {draft.state.route}")


def record(
    draft: Draft,
    kind: Kind,
    value: str,
    since: date,
    *,
    until: date | None = None,
    about: About = "inwoner",
    source: str = "opgave",
    act: str = "",
) -> None:
    """Write down a fact. The choice is made again by itself when the act or finding is through."""
    fact = Fact(
        kind=kind,
        value=value,
        since=min(since, until or since),
        until=until,
        about=about,
        source=source,
        recorded_on=civil_date(draft.known),
        act=act,
    )
    resident = draft.state.resident
    draft.set(resident=resident.model_copy(update={"facts": (*resident.facts, fact)}))


def feit_vastgelegd(draft: Draft, act: Act, data: FeitVastgelegd) -> None:
    if data.feit == "geboortedatum":
        born = read_birth(data.waarde).earliest()
        if born is not None and born > draft.today:
            raise Refused(
                f"'Feit vastgelegd' is geweigerd: geboortedatum {data.waarde} moet nog komen. Controleer de datum."
            )
    resident = draft.state.resident
    known = resident.birth if resident.has_bsn else None
    if (data.feit, data.over) == ("geboortedatum", "inwoner") and known not in (
        None,
        read_birth(data.waarde),
    ):
        draft.open_task(
            "afwijkend_feit",
            act.id,
            "Deze geboortedatum is een andere dan die in de BRP. De BRP gaat voor; vraag zo nodig om een "
            "correctie van de BRP.",
        )
    record(
        draft,
        data.feit,
        data.waarde,
        act.effective,
        until=data.tot,
        about=data.over,
        source=data.bron,
        act=act.id,
    )


def check_route(state: JourneyState, act: Act, data: RouteGekozen) -> None:
    if data.route not in ROUTES:
        raise Refused(f"Route {data.route!r} bestaat niet. Kies uit: {', '.join(ROUTES)}.")


def route_gekozen(draft: Draft, act: Act, data: RouteGekozen) -> None:
    """A person chooses, and that stands until a person chooses again; facts only ask from then on."""
    follow(draft, data.route, (Reason("gekozen", f"gekozen door een {act.by.role}."),), by=act.by)
    answered(draft, act.by)
    facts = facts_of(draft.state)
    if own := ROUTES[data.route].settle:
        own(draft, facts)


ACTS = (
    ActSpec(
        name="feit_vastgelegd",
        label="Feit vastgelegd",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=FeitVastgelegd,
        rule=feit_vastgelegd,
        plannable=True,
        why="Wat bekend is bepaalt de route; het geldt vanaf zijn eigen dag, ook als het later bekend wordt",
    ),
    ActSpec(
        name="route_gekozen",
        label="Route gekozen",
        origin="eigen",
        roles=frozenset({"consulent", "regisseur", "teamleider"}),
        stages=OPEN_STAGES,
        data=RouteGekozen,
        check=check_route,
        rule=route_gekozen,
        why="Een mens kan met een reden een andere route kiezen dan de feiten doen",
    ),
)
