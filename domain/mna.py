"""What a journey knows of meedoen: places, proposals, measurements, missed appointments.

MNA (maatschappelijk nuttige activiteit) is any number of episodes side by side. What they are by law, what
they give to the city and what they give to the resident are kept apart. Pure: no journey is needed to count.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from domain.base import Carried
from domain.calendars import ONE_DAY

UNKNOWN = "onbekend"
IMPOSED = "opgedragen"
VOLUNTARY = "vrijwillig"


class Exit(StrEnum):
    """How a journey ends (uitstroom, or another end)."""

    WERK_REGULIER = "werk_regulier"
    WERK_GARANTIEBAAN = "werk_garantiebaan"
    BESCHUT_WERK = "beschut_werk"
    ONDERWIJS = "onderwijs"
    DAGBESTEDING = "dagbesteding"
    VERHUIZING = "verhuizing"
    OVERLIJDEN = "overlijden"
    VRIJWILLIG = "vrijwillig"
    GEEN_RECHT = "geen_recht"
    PENSIOEN = "pensioen"


class Pause(Carried):
    """A place that waits for a while: the partner is closed, a holiday."""

    since: date
    reason: str
    expected_until: date | None = None
    """Expected last day; None: nobody knows."""
    ended: date | None = None
    """First day on which it went on."""

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.ended is None or day < self.ended)


class Placement(Carried):
    """One episode of maatschappelijk nuttige activiteit."""

    kind: str
    place: str
    """The partner: KonnecteD, Cambio, Stadswerkplaats, buurthuis."""
    since: date
    until: date | None = None
    """The day on which it stopped; that day no longer counts."""
    why_stopped: str = ""
    id: str = ""
    """``mna-1``. Empty for places that began before release 0.3.0."""
    sector: str = UNKNOWN
    ground: str = UNKNOWN
    """``aangeboden``, ``opgedragen`` or ``vrijwillig``: the legal face (`legal_face`)."""
    category: str = UNKNOWN
    """``werken``, ``zichzelf_versterken``, ``iets_voor_een_ander`` or ``voor_de_stad``."""
    contribution: str = UNKNOWN
    """What the city gets of it, as a code."""
    own_gain: str = UNKNOWN
    """What the resident gets of it, as a code."""
    hours: int | None = None
    """A week; None: unknown."""
    pauses: tuple[Pause, ...] = ()
    ends_on: date | None = None
    """The last day that the partner or the contract gives it; it stops when a person says so."""
    stopped_by: str = ""
    cause: str = ""
    proposal: str = ""
    """The proposal that it came from."""
    terms: tuple[str, ...] = ()
    """Ids of the terms that run because of this place."""

    @property
    def running(self) -> bool:
        return self.until is None

    @property
    def pause(self) -> Pause | None:
        """The pause that holds now."""
        return next((pause for pause in self.pauses if pause.ended is None), None)

    def active_on(self, day: date) -> bool:
        """Whether the resident takes part on this day: begun, not stopped, not paused."""
        return self._lasts_on(day) and not any(pause.holds(day) for pause in self.pauses)

    def paused_on(self, day: date) -> bool:
        return self._lasts_on(day) and any(pause.holds(day) for pause in self.pauses)

    def _lasts_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


class Proposal(Carried):
    """A place that was proposed to a partner, or imposed by a person, and has not begun by that."""

    id: str
    """``voorstel-1``"""
    kind: str
    place: str
    on: date
    sector: str = UNKNOWN
    ground: str = UNKNOWN
    category: str = UNKNOWN
    contribution: str = UNKNOWN
    own_gain: str = UNKNOWN
    hours: int | None = None
    answer: str = ""
    answered_on: date | None = None
    term: str = ""
    """Id of the term in which the partner answers."""


class Measurement(Carried):
    """One measurement of the participatieladder."""

    on: date
    step: int
    """1 (geïsoleerd) to 6 (betaald werk)."""


class NoShow(Carried):
    """An appointment that the resident missed, with what a person needs to judge it."""

    on: date
    regime: str
    """``intake``, ``aanvraag``, ``uitkering``, ``re_integratie`` or ``vrijwillig``."""
    channel: str = UNKNOWN
    proof: str = UNKNOWN
    """How it is known that the invitation arrived; ``geen``: it does not count as missed."""
    reason: str = UNKNOWN


class Period(NamedTuple):
    """Civil days from ``first`` through ``last``; None: no end is known."""

    first: date
    last: date | None = None

    def holds(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


class MnaDays(NamedTuple):
    """Days of a resident who has work capacity and a benefit, by what they were. Days, never percentages."""

    active: int = 0
    """With at least one activity."""
    paused: int = 0
    """With a place that waits, and nothing else."""
    without: int = 0
    """Without an activity and without an exemption."""
    exempt: int = 0
    """Under an exemption, with or without an activity."""
    unknown: int = 0
    """Not known whether there was work capacity and a benefit."""


def count_days(
    placements: Iterable[Placement],
    *,
    over: Period,
    capable: Iterable[Period] | None,
    exempt: Iterable[Period] = (),
) -> MnaDays:
    """How the days of one resident were spent, for the indicator "days without MNA".

    Args:
        placements: all episodes.
        over: the days to look at; ``last`` has to be known.
        capable: when the resident had work capacity and a benefit; None: nobody knows, so every day is
            unknown and none is held against anybody.
        exempt: when an exemption held.

    Raises:
        ValueError: ``over`` has no last day.
    """
    if over.last is None:
        raise ValueError("the days to count need a last day")
    episodes, able, free = tuple(placements), None if capable is None else tuple(capable), tuple(exempt)
    active = paused = without = exempted = unknown = 0
    day = over.first
    while day <= over.last:
        if able is None:
            unknown += 1
        elif any(period.holds(day) for period in able):
            if any(period.holds(day) for period in free):
                exempted += 1
            elif any(placement.active_on(day) for placement in episodes):
                active += 1
            elif any(placement.paused_on(day) for placement in episodes):
                paused += 1
            else:
                without += 1
        day += ONE_DAY
    return MnaDays(active, paused, without, exempted, unknown)


class LadderDelta(NamedTuple):
    """Where somebody stood at the start of a journey and stands now."""

    start: int
    latest: int

    @property
    def steps(self) -> int:
        """Positive: a treetje hoger."""
        return self.latest - self.start


def ladder_delta(measurements: Iterable[Measurement], *, on: date, valid_from: date) -> LadderDelta | None:
    """The move on the participatieladder, or None when there are no two measurements to compare.

    Args:
        measurements: the history of the journey, in any order.
        on: the day of the question; later measurements do not count.
        valid_from: the latest measurement has to be of this day or later.
    """
    known = sorted((m for m in measurements if m.on <= on), key=lambda m: m.on)
    if len(known) < 2 or known[-1].on < valid_from:
        return None
    return LadderDelta(start=known[0].step, latest=known[-1].step)


def legal_face(ground: str, imposed_as: str) -> tuple[str, str]:
    """What an activity is by law, and by which article.

    The facts stay as they were recorded; what they are called by law changes on a date.

    Args:
        ground: as recorded with the placement.
        imposed_as: what the law calls an imposed activity on the day that is asked about.
    """
    match ground:
        case "aangeboden":
            return "aangeboden_voorziening", "Participatiewet art. 9 lid 1 onder b"
        case "opgedragen":
            return imposed_as, "Participatiewet art. 9 lid 1 onder c"
        case "vrijwillig":
            return VOLUNTARY, ""
        case _:
            return UNKNOWN, ""
