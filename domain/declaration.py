"""The words in which a route is declared."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from domain.acts import Nothing
from domain.base import Frozen
from domain.draft import Draft
from domain.facts import Facts, Verdict
from domain.happenings import Act, Refused
from domain.journey import JourneyState, Stage, Track
from domain.policy import Policy
from domain.problems import meant

ALL_STAGES = frozenset(Stage)
OPEN_STAGES = ALL_STAGES - {Stage.GESLOTEN}
UNTIL_EXIT = OPEN_STAGES - {Stage.NAZORG}

Rule = Callable[[Draft, Act, Any], None]
"""Changes a draft as an act wants it; the act was checked before."""
Check = Callable[[JourneyState, Act, Any], None]
"""Raises Refused with a sentence when an act cannot be."""
EntryTest = Callable[[Facts, date, Policy], Verdict]
"""Whether a route fits on a day. Unknown is an answer of its own and never a no."""
Settle = Callable[[Draft, Facts], None]
"""Arms what the facts ask for and cancels what cannot apply any more; called again and again."""


@dataclass(frozen=True, kw_only=True)
class Arms:
    """A term that an act starts, counted from the day on which the act takes effect."""

    term: str
    track: Track = Track.TRAJECT
    unless_running: bool = False


@dataclass(frozen=True, kw_only=True)
class ActSpec:
    """One act of a route.

    ``van_buiten`` is a fact that came from outside: it is never refused, only placed. ``eigen`` is what
    our own people decide, plan or do: it can be "not now".
    """

    name: str
    label: str
    origin: Literal["van_buiten", "eigen"]
    roles: frozenset[str]
    stages: frozenset[Stage]
    """Where it fits. A fact that fits badly is recorded and opens a task."""
    data: type[Frozen] = Nothing
    moves_to: Stage | None = None
    moves_from: frozenset[Stage] = frozenset()
    """Only from these stages does it move the journey; elsewhere it is recorded. Empty: from all."""
    meets: tuple[str, ...] = ()
    cancels: tuple[str, ...] = ()
    arms: tuple[Arms, ...] = ()
    may_arm: tuple[str, ...] = ()
    """Terms that its rule can start, beside what it always starts and what follows from facts."""
    plannable: bool = False
    """Can be entered with a date ahead and then takes effect by itself."""
    announced: Rule | None = None
    """What happens already when it is entered with a date ahead: somebody has to prepare for it."""
    retells: bool = False
    """A fact that takes its own place in the story when it becomes known late."""
    follows: tuple[str, ...] = ()
    """Acts that such a fact is about: it never comes before one of its own day or earlier was recorded."""
    check: Check | None = None
    rule: Rule | None = None
    closes: bool = False
    """Ends the journey."""
    negative: bool = False
    """A decision that can go against the resident: always a person's."""
    mandated: bool = False
    """Only who has the mandate for it does it or puts it right; a teamleider may not step in."""
    why: str = ""
    """Why it stands in this route."""
    track: Track = Track.TRAJECT
    """The track that it stands on: each track is a lane of the route's picture."""
    begins: bool = False
    """A journey can begin with it."""
    at_household: bool = False
    """Once a journey belongs to a household, it is recorded there: one plan, one regisseur."""
    stands: str = ""
    """Why it cannot be corrected or withdrawn, and what to do instead: another file has acted on it."""
    past: frozenset[str] = frozenset()
    """Date fields that tell of long ago: the model bounds how long, and none lies after the act itself."""
    may_lead_to: frozenset[Stage] = frozenset()
    """Stages to which its rule can take the journey (from ``moves_from``), beside ``moves_to`` and ``closes``."""

    @property
    def leads_to(self) -> frozenset[Stage]:
        """Every stage that this act can take a journey to."""
        targets = set(self.may_lead_to)
        if self.moves_to is not None:
            targets.add(self.moves_to)
        if self.closes:
            targets.add(Stage.GESLOTEN)
        return frozenset(targets)


def on(track: Track, acts: tuple[ActSpec, ...]) -> tuple[ActSpec, ...]:
    """The acts of a topic, on the track that they belong to."""
    return tuple(replace(spec, track=track) for spec in acts)


@dataclass(frozen=True, kw_only=True)
class StageSpec:
    """One stage: what it is for, and what has to run in it so that no journey stands still."""

    stage: Stage
    label: str
    purpose: str
    awaits: tuple[str, ...]
    """Terms of which at least one has to run while a journey is in this stage."""
    next_step: str
    """What the owner does now, in a sentence."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """A klantroute."""

    key: str
    label: str
    source: str
    entry: EntryTest
    stages: tuple[StageSpec, ...]
    acts: tuple[ActSpec, ...]
    settle: Settle | None = None
    """Called when the route is chosen, and after every change of facts while a journey is in it."""
    _by_name: dict[str, ActSpec] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_name.update({spec.name: spec for spec in self.acts})
        if len(self._by_name) != len(self.acts):
            raise ValueError(f"route {self.key} declares an act twice")

    def find(self, name: str) -> ActSpec | None:
        return self._by_name.get(name)

    def act(self, name: str) -> ActSpec:
        """The act of that name.

        Raises:
            Refused: the route has no such act; the sentence names those that look like it.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise Refused(
                f"De handeling {name!r} bestaat niet in route {self.key}. {meant(name, self._by_name)} "
                "Alle handelingen toont 'meedoen acts'."
            ) from None

    def stage(self, stage: Stage) -> StageSpec:
        return next(spec for spec in self.stages if spec.stage is stage)

    def open_acts(self, stage: Stage) -> list[ActSpec]:
        """The acts that fit in a stage, in the order of the declaration."""
        return [spec for spec in self.acts if stage in spec.stages]

    def terms(self) -> set[str]:
        """Every term that this route can arm, meet or cancel by its declaration."""
        return {key for spec in self.acts for key in (*spec.meets, *spec.cancels, *spec.may_arm)} | {
            arm.term for spec in self.acts for arm in spec.arms
        }


ROUTES: dict[str, Route] = {}
"""Every route by its key, in the order in which their entry tests are asked (`domain.routes` fills it)."""

FILES: dict[str, Route] = {}
"""Every declaration by its key: the routes of residents, and that of households (`domain.routes` fills it)."""
