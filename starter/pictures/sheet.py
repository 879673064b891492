"""What the picture of a route says, taken from its declaration and the lengths from policy.

A route has many acts. The picture names those that move the journey, that meet or start what runs in a
stage, or that belong to a stage alone; the others are counted, so that the one glance stays one glance.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args, get_origin

from domain.declaration import OPEN_STAGES, ActSpec, Route, StageSpec
from domain.happenings import SYSTEM
from domain.journey import Stage, Track
from domain.policy import Policy
from domain.terms import Counts, Kind, TermRule, say_length

ACTS_PER_STAGE = 7
ACTS_EVERYWHERE = 8
ACTS_PER_LANE = 12
FACTS = 40
_A_STAGE_ALONE = 2
"""An act that fits in more open stages than these belongs to no stage in particular."""


@dataclass(frozen=True)
class TermLine:
    """A term and how long it lasts: ``binnen 7 dagen``."""

    key: str
    name: str
    length: str
    statutory: bool


@dataclass(frozen=True)
class Column:
    """One stage, with what runs in it and what people do in it."""

    stage: Stage
    label: str
    purpose: str
    terms: tuple[TermLine, ...]
    acts: tuple[str, ...]
    moving: frozenset[str]
    """Those of ``acts`` that take the journey on."""
    more: int
    """How many further acts belong to this stage."""


@dataclass(frozen=True)
class Move:
    """An act that takes the journey from some stages to another."""

    label: str
    sources: tuple[Stage, ...]
    target: Stage
    from_outside: bool


@dataclass(frozen=True)
class Exit:
    """A way out of the route."""

    label: str
    leads: str
    """In words: ``vanuit elke fase``."""
    choices: tuple[str, ...]
    sources: frozenset[Stage]


@dataclass(frozen=True)
class Lane:
    """A track that runs beside the stages."""

    label: str
    terms: tuple[TermLine, ...]
    acts: tuple[str, ...]
    facts: tuple[str, ...]
    more: int


@dataclass(frozen=True)
class Sheet:
    """Everything that the picture of a route says."""

    key: str
    label: str
    source: str
    municipality: str
    on: date
    """The terms are as they are on this day."""
    columns: tuple[Column, ...]
    moves: tuple[Move, ...]
    exits: tuple[Exit, ...]
    everywhere: tuple[str, ...]
    everywhere_more: int
    lanes: tuple[Lane, ...]
    facts: tuple[str, ...]
    facts_more: int


def _is_fact(spec: ActSpec) -> bool:
    """A fact that people record. What only the program records is nobody's to do, so no picture shows it."""
    return spec.origin == "van_buiten" and spec.roles != frozenset({SYSTEM})


def sheet_of(route: Route, policy: Policy, on: date | None = None) -> Sheet:
    """What there is to see of a route.

    Args:
        route: its declaration.
        policy: gives the terms their names and lengths.
        on: as they are on this day; None: on the policy's first day.

    Raises:
        KeyError: a stage awaits a term that policy does not have; the message names those that it has.
    """
    on = on or policy.valid_from
    policy = policy.on(on)
    stages = [spec for spec in route.stages if spec.stage is not Stage.GESLOTEN]
    order = [spec.stage for spec in route.stages]
    traject = [spec for spec in route.acts if spec.track is Track.TRAJECT]
    own = [spec for spec in traject if spec.origin == "eigen"]
    columns, placed = [], set()
    for spec in stages:
        column, names = _column(spec, own, policy)
        columns.append(column)
        placed |= names
    exits = tuple(_exits(route.acts, order))
    exiting = {spec.name for spec in route.acts if Stage.GESLOTEN in spec.leads_to}
    anywhere = [
        spec for spec in own if spec.name not in placed | exiting and not (spec.leads_to and _sources(spec))
    ]
    telling = [spec.label for spec in anywhere if spec.meets or spec.arms or spec.negative]
    facts = [spec.label for spec in traject if _is_fact(spec)]
    return Sheet(
        key=route.key,
        label=route.label,
        source=route.source,
        municipality=policy.municipality,
        on=on,
        columns=tuple(columns),
        moves=tuple(_moves(route.acts, order)),
        exits=exits,
        everywhere=tuple(telling[:ACTS_EVERYWHERE]),
        everywhere_more=len(anywhere) - len(telling[:ACTS_EVERYWHERE]),
        lanes=tuple(_lanes(route.acts, policy)),
        facts=tuple(facts[:FACTS]),
        facts_more=max(0, len(facts) - FACTS),
    )


def _column(spec: StageSpec, own: Iterable[ActSpec], policy: Policy) -> tuple[Column, set[str]]:
    """A stage's column, and the names of the acts that have their place in it."""
    stage, awaited = spec.stage, set(spec.awaits)
    ranked: list[tuple[int, ActSpec]] = []
    for act in own:
        fits = act.stages & OPEN_STAGES
        if stage not in fits or Stage.GESLOTEN in act.leads_to:
            continue
        if act.leads_to and stage in _sources(act):
            # What moves on from nearly everywhere is an arrow; named in every column it would only be noise.
            if len(_sources(act)) <= _A_STAGE_ALONE:
                ranked.append((0, act))
        elif awaited & {*act.meets, *(arm.term for arm in act.arms)} and (
            len(fits) <= _A_STAGE_ALONE + 1 and not act.moves_from
        ):
            ranked.append((1, act))
        elif len(fits) <= _A_STAGE_ALONE:
            ranked.append((2, act))
    ranked.sort(key=lambda item: item[0])
    shown = [act for _, act in ranked[:ACTS_PER_STAGE]]
    moving = frozenset(act.label for rank, act in ranked if rank == 0)
    column = Column(
        stage=stage,
        label=spec.label,
        purpose=spec.purpose,
        terms=tuple(_term(policy.term(key)) for key in spec.awaits),
        acts=tuple(act.label for act in shown),
        moving=moving,
        more=len(ranked) - len(shown),
    )
    return column, {act.name for _, act in ranked}


def _sources(act: ActSpec) -> frozenset[Stage]:
    """The stages from which an act takes the journey elsewhere."""
    return ((act.moves_from or act.stages) & OPEN_STAGES) - act.leads_to


def _moves(acts: Iterable[ActSpec], order: list[Stage]) -> Iterable[Move]:
    for act in acts:
        sources = tuple(stage for stage in order if stage in _sources(act))
        for target in order:
            if sources and target in act.leads_to and target is not Stage.GESLOTEN:
                yield Move(act.label, sources, target, act.origin == "van_buiten")


def _exits(acts: Iterable[ActSpec], order: list[Stage]) -> Iterable[Exit]:
    for act in acts:
        ends = Stage.GESLOTEN in act.leads_to
        choices = _choices(act)
        if not ends and not (act.moves_to is Stage.NAZORG and choices):
            continue
        stages = sorted(act.stages & OPEN_STAGES, key=order.index)
        if act.stages >= OPEN_STAGES:
            where = "vanuit elke fase"
        elif len(stages) > _A_STAGE_ALONE:
            where = f"vanuit elke fase tot en met {stages[-1].value}"
        else:
            where = f"vanuit {' en '.join(stage.value for stage in stages)}"
        yield Exit(act.label, where if ends else f"{where}; eerst nazorg", choices, act.stages & OPEN_STAGES)


def _choices(act: ActSpec) -> tuple[str, ...]:
    """The codes that an act's data lets people choose from, as words."""
    for field in act.data.model_fields.values():
        annotation: Any = field.annotation
        if get_origin(annotation) is Literal:
            return tuple(str(code).replace("_", " ") for code in get_args(annotation))
    return ()


def _lanes(acts: Iterable[ActSpec], policy: Policy) -> Iterable[Lane]:
    acts = list(acts)
    for track in Track:
        here = [spec for spec in acts if spec.track is track]
        if track is Track.TRAJECT or not here:
            continue
        keys = dict.fromkeys(
            key
            for spec in here
            for key in (*(arm.term for arm in spec.arms), *spec.may_arm, *spec.meets, *spec.cancels)
        )
        own = [spec.label for spec in here if spec.origin == "eigen"]
        facts = [spec.label for spec in here if _is_fact(spec)]
        room = max(ACTS_PER_LANE - len(facts), 3)
        yield Lane(
            label=track.value.replace("_", " ").capitalize(),
            terms=tuple(_term(policy.term(key)) for key in keys),
            acts=tuple(own[:room]),
            facts=tuple(facts[:ACTS_PER_LANE]),
            more=len(own) + len(facts) - len(own[:room]) - len(facts[:ACTS_PER_LANE]),
        )


def _term(rule: TermRule) -> TermLine:
    # On which days the municipality is open is no matter for one glance.
    length = say_length(rule.length, "werkdagen" if rule.unit == "openingsdagen" else rule.unit)
    if rule.repeats == "reeks":
        length = f"elke {length}"
    else:
        match rule.counts:
            case Counts.DEADLINE:
                length = f"binnen {length}"
            case Counts.DURATION:
                length = f"gedurende {length}"
            case Counts.EARLIEST:
                length = f"niet eerder dan na {length}"
    return TermLine(rule.key, rule.description, length, rule.kind is Kind.STATUTORY)
