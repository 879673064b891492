"""The state of one journey: everything that it carries for years."""

import re
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from domain.base import Carried, remembered
from domain.calendars import ONE_DAY, start_of_day
from domain.facts import Fact
from domain.findings import Finding, PartialDate
from domain.happenings import Act, Actor, LookUp, MomentKind, Telling, Told
from domain.households import HOUSEHOLD, HouseholdFacts, HouseholdFile, household_id, read_household_id
from domain.income import Income, Objection
from domain.mna import Measurement, NoShow, Placement, Proposal
from domain.sides import Care, Integration, SupportedWork
from domain.terms import Computation


class Stage(StrEnum):
    """Fase."""

    INTAKE = "intake"
    PLAN = "plan"
    MNA = "mna"
    UITSTROOM = "uitstroom"
    NAZORG = "nazorg"
    GESLOTEN = "gesloten"


class Track(StrEnum):
    """Spoor: what runs side by side, each with its own owner."""

    TRAJECT = "traject"
    INKOMEN = "inkomen"
    REGIE = "regie"
    BEZWAAR = "bezwaar"
    INBURGERING = "inburgering"
    ZORG = "zorg"
    SCHULDEN = "schulden"


class FlagKind(StrEnum):
    """What lies over the stages for a while."""

    OPGESCHORT = "opgeschort"
    ZIEK = "ziek"
    ONTHEFFING = "ontheffing"
    BEZWAAR = "bezwaar"
    VERHUIZING = "verhuizing_in_behandeling"
    PAUZE = "pauze"


class TermStatus(StrEnum):
    """Where a term stands."""

    RUNNING = "loopt"
    SUSPENDED = "opgeschort"
    BREACHED = "verstreken"
    """Past its end and not met."""
    MET = "gehaald"
    MET_LATE = "te_laat_gehaald"
    IN_TIME_RECORDED_LATE = "tijdig_laat_geregistreerd"
    CANCELLED = "vervallen"

    @property
    def is_open(self) -> bool:
        return self in (TermStatus.RUNNING, TermStatus.SUSPENDED, TermStatus.BREACHED)


class Ahead(NamedTuple):
    """A moment that may be the next one; its fields stand in the order in which moments come."""

    at: datetime
    order: int
    ref: str
    number: int

    @classmethod
    def of(cls, at: datetime, kind: MomentKind, ref: str = "", number: int = 0) -> "Ahead":
        return cls(at, _ORDER[kind], ref, number)

    @property
    def kind(self) -> MomentKind:
        return _KINDS[self.order]


_KINDS: tuple[MomentKind, ...] = ("opschorting_voorbij", "gepland", "open", "breuk", "signaal", "slot")
_ORDER = {kind: order for order, kind in enumerate(_KINDS)}
_OPENS, _BREACHES, _TELLS = _ORDER["open"], _ORDER["breuk"], _ORDER["signaal"]


@lru_cache(maxsize=4096)
def _reminder(at: datetime, text: str) -> str:
    return f"{at:%Y%m%dT%H%M}-{sha256(text.encode()).hexdigest()[:4]}"


class Signal(Carried):
    """Somebody has to be told something at an instant. Rung 0 is a warning, 1 and up the ladder."""

    at: datetime
    rung: int
    roles: tuple[str, ...]
    with_other_team: tuple[str, ...] = ()
    """Roles instead when another team takes part by the time that it fires."""
    text: str = ""
    fired_at: datetime | None = None

    def name(self, due: date) -> str:
        """Within its term. A rung is told once for one last day, also when the term changes hands.

        A correction can give the term another last day, and when that passes people have to hear of it. A
        reminder is another one when it comes at another moment or says something else.
        """
        if self.rung:
            return f"trede-{self.rung}/{due.isoformat()}"
        return _reminder(self.at, self.text)


class Suspension(Carried):
    """One line of the suspension ledger (Awb 4:15)."""

    since: date
    """Day of the invitation to complete; counting stops the day after."""
    until: date
    """Last day of the completion term."""
    by: Actor
    why: str
    ended: date | None = None
    days: int = 0
    """Days that the term stood still; known when it ended."""
    ground: str = "aanvulling"
    """A code: ``aanvulling``, ``instemming``, ``toedoen_aanvrager``, ``overmacht``, ``bezwaar_verzuim``, ``pauze``."""
    open_ended: bool = False
    """It ends when a person says so; ``until`` is no more than what was expected."""


class Extension(Carried):
    """One extension of a term: who decided, why, and until when."""

    until: date
    decided_on: date
    by: Actor
    why: str


class Deadline(Carried):
    """A term armed on a date."""

    id: str
    term: str
    track: Track
    dates: Computation
    status: TermStatus = TermStatus.RUNNING
    armed_at: datetime
    signals: tuple[Signal, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    extensions: tuple[Extension, ...] = ()
    breached_at: datetime | None = None
    """The computed instant of the breach. Stays for ever, also after the term was met."""
    annulled_by: Actor | None = None
    """Who confirmed that the breach was wrongly registered."""
    disputed_by: Actor | None = None
    ended_on: date | None = None
    provisional: bool = False
    """The calendar's table does not reach this far: weekends counted, feestdagen not yet known."""
    task: str | None = None
    """The task that this term guards."""
    quiet: bool = False
    """Somebody else's time, the resident's mostly: nobody is warned, and when it has passed it lapses."""
    cause: str = ""
    """What started it, so that it keeps its id when a correction tells the story again."""

    @remembered
    def is_open(self) -> bool:
        return self.status.is_open

    @remembered
    def ahead(self) -> Ahead | None:
        """The first instant at which this term does something by itself.

        Remembered with the term: most terms of a journey stay as they are from one decision to the next.
        """
        if not self.is_open:
            return None
        if self.status is TermStatus.SUSPENDED:
            line = self.suspensions[-1]
            if line.open_ended:
                # What it waits for has a term of its own (ziekte_toets, pauze_einde, ontheffing_einde).
                return None
            return Ahead.of(start_of_day(line.until + ONE_DAY), "opschorting_voorbij", self.id)
        first: Ahead | None = None
        breached = self.status is TermStatus.BREACHED
        # One that opens something has no breach.
        if opens_at := self.dates.opens_at:
            first = Ahead(max(opens_at, self.armed_at), _OPENS, self.id, 0)
        elif (ends_at := self.dates.breach_at) and not breached:
            first = Ahead(max(ends_at, self.armed_at), _BREACHES, self.id, 0)
        for index, signal in enumerate(self.signals):
            if signal.fired_at is None and (breached or not signal.rung):
                # They stand in order of time, and come after what happens at the same instant.
                if first is None or signal.at < first.at:
                    return Ahead(signal.at, _TELLS, self.id, index)
                break
        return first

    @property
    def due(self) -> date:
        return self.dates.legal_end

    @property
    def started_by(self) -> str:
        """The act or moment that started it: a name that does not depend on what else was recorded first."""
        return self.cause.partition("@")[2] or self.id

    @property
    def counts_as_breach(self) -> bool:
        """False for a breach that was no fault: done in time, wrongly registered, lapsed before its end.

        Nor for one of an end that turned out not to be the end: an extension that was sent in time and recorded
        late, or days that stood still and were heard of later. Missed again, the breach is of the new end.
        """
        lapsed_before = (
            self.status is TermStatus.CANCELLED and self.ended_on is not None and self.ended_on <= self.due
        )
        ends_at = self.dates.breach_at
        moved = ends_at is not None and self.breached_at is not None and self.breached_at < ends_at
        return (
            self.breached_at is not None
            and not moved
            and self.annulled_by is None
            and self.status is not TermStatus.IN_TIME_RECORDED_LATE
            and not lapsed_before
        )


class Owner(Carried):
    """Who acts on a track: a team always, a person when one has taken it."""

    team: str
    person: str = ""


class Task(Carried):
    """A question for a person."""

    id: str
    kind: str
    role: str
    text: str
    opened_at: datetime
    reasons: tuple[str, ...] = ()
    """Codes of what has to be judged: ``te_jong``, ``woont_elders``."""
    done_by: Actor | None = None
    done_on: date | None = None
    outcome: str = ""


class Child(Carried):
    """A child in the household. No name; its birth date only stands in the terms that wait for a birthday."""

    number: int
    since: date
    """Since when it belongs to the household."""
    left: date | None = None
    adult: bool = False
    terms: tuple[str, ...] = ()
    """Ids of the terms that wait for a birthday of this child."""
    ref: str = ""
    """What the BRP calls it (`domain.findings.Child`); empty: only people told of it."""
    stayed_on: date | None = None
    """It stayed with the other household when the resident left that one."""


class StayAbroad(Carried):
    """A stay outside the Netherlands (Participatiewet art. 13 lid 1 onder e)."""

    since: date
    back: date | None = None


class Handover(Carried):
    """An offer to another municipality to go on with this journey."""

    to: str
    """Which municipality: the name of its policy."""
    offered_on: date
    answer: str = ""
    """``aanvaard`` or ``geweigerd``; empty: none yet."""
    journey: str = ""
    """The journey there, once it runs."""


class Flag(Carried):
    """Something that holds from a day until it ends. Says that it is so, never why in medical words."""

    kind: FlagKind
    since: date
    until: date | None = None
    """Expected last day; None: nobody knows."""
    detail: str = ""
    """A code: ``detentie``, ``hele_dagen``."""
    ended: date | None = None
    """First day on which it held no more."""
    hours: int | None = None
    """While ill: hours a week that somebody can take part; None: nobody knows."""
    covers: tuple[str, ...] = ()
    """Of an exemption: which duties it is from (``arbeidsinschakeling``, ``tegenprestatie``)."""


class Resident(Carried):
    """The few facts about a person that the rules need. No name, no BSN, no address."""

    has_bsn: bool = False
    birth: PartialDate | None = None
    household: str = "onbekend"
    municipality_code: str | None = None
    secret: bool = False
    deceased: bool = False
    facts: tuple[Fact, ...] = ()
    """What was recorded since, in the order of recording (`domain.facts`)."""


class RouteChange(Carried):
    """A route that was chosen, and why."""

    route: str
    since: date
    reasons: tuple[str, ...] = ()
    """Codes of why: ``te_jong``, ``gemengd_paar``."""
    by: Actor | None = None
    """The person who chose; None: the facts did."""


class Youth(Carried):
    """What was done about residents younger than 27 (`domain.topics.youth`)."""

    search_waived_on: date | None = None
    """The college began before the zoektermijn was over (Pw art. 41 lid 11)."""
    early_application_on: date | None = None
    """An application came on this day, within the zoektermijn."""
    early_application_until: date | None = None
    """The day on which that zoektermijn opens."""
    school_papers_on: date | None = None
    attitude: str = ""
    """``voldoende`` or ``onvoldoende`` (Pw art. 43 lid 4 and 5)."""
    action_plan_on: date | None = None
    """Plan van aanpak (Pw art. 44a)."""


class Logged(Carried):
    """An act or finding that the journey holds, with the instant at which it was decided."""

    at: datetime
    act: Act | None = None
    finding: Finding | None = None
    hash: str = ""
    answer: str = ""
    """What the person was answered; the same act sent again gets the same answer."""
    withdrawn: bool = False
    placed_at: datetime | None = None
    """Where a fact that became known late stands in the story; None: where it was recorded."""
    after: tuple[str, ...] = ()
    """Ids of the acts after which a late fact had to come: they would not fit behind it."""
    not_retold: bool = False
    """A late fact that stands where it was recorded, because the story could not be told again."""

    @property
    def stands_at(self) -> datetime:
        """The instant at which it takes effect in the story. ``at`` stays when it was recorded."""
        return self.placed_at or self.at


class Superseded(Carried):
    """What stood there before a correction or withdrawal: it is kept."""

    act: Act
    at: datetime
    by: Actor
    why: str


class JourneyState(Carried):
    """Everything about one journey. Immutable: ``decide`` makes the next one."""

    gemeente: str
    client_number: int
    journey_number: int
    route: str = "regulier"
    stage: Stage = Stage.INTAKE
    resident: Resident = Resident()
    first_route: str = ""
    """The route that the journey began in; a correction tells the story from there."""
    first_resident: Resident | None = None
    """What was known of the resident at the start."""
    routes_chosen: tuple[RouteChange, ...] = ()
    """Oldest first; the last one is why the journey is in the route that it is in."""
    benefit_reported_on: date | None = None
    """Melding voor bijstand (Pw art. 44 lid 2); often the day of the melding at the front door."""
    youth: Youth = Youth()
    owners: dict[Track, Owner] = {}
    teams: tuple[str, ...] = ()
    """Other teams that take part."""
    terms: tuple[Deadline, ...] = ()
    numbers: dict[str, int] = {}
    """The highest number that was given to a term, by its key. A number is never given twice."""
    tasks: tuple[Task, ...] = ()
    flags: tuple[Flag, ...] = ()
    planned: tuple[Act, ...] = ()
    placements: tuple[Placement, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    """Of the participatieladder, in order of date."""
    no_shows: tuple[NoShow, ...] = ()
    look_ups: tuple[LookUp, ...] = ()
    log: tuple[Logged, ...] = ()
    superseded: tuple[Superseded, ...] = ()
    delivered: tuple[str, ...] = ()
    """Rungs that reached people before the story was told otherwise. They are not delivered again."""
    version: int = 0
    """Counts acts of people and nothing else; a stale screen is checked against it."""
    seq: int = 0
    """The journal's last entry."""
    last_at: datetime | None = None
    """The instant of the last happening; time in a journey never runs back."""
    application_on: date | None = None
    decision: str = ""
    children: tuple[Child, ...] = ()
    stays_abroad: tuple[StayAbroad, ...] = ()
    handover: Handover | None = None
    came_from: str = ""
    """The journey in another municipality that this one goes on from."""
    talk_offered: date | None = None
    ladder_step: int | None = None
    """Latest trede on the participatieladder, 1 to 6."""
    income: Income = Income()
    objections: tuple[Objection, ...] = ()
    side_tracks: dict[Track, str] = {}
    """Where each side track stands: ``aanmelding``, ``gesprek``, ``klaar``. Empty: it never began."""
    integration: Integration | None = None
    supported_work: SupportedWork | None = None
    care: Care | None = None
    exit: str = ""
    """One of ``Exit``; empty while nobody left."""
    exit_on: date | None = None
    """The day on which work, school or another end began."""
    closed_at: datetime | None = None
    forget_at: datetime | None = None
    """When a closed journey stops listening."""
    policy_hash: str = ""
    variant: str = ""
    """Which pilot it takes part in, recorded with the melding; ``standaard``: in none. Never changes."""
    taken_over_on: date | None = None
    """The day on which somebody who was on benefit already was taken over; None: it began with a melding."""
    benefit_since: date | None = None
    """From when the benefit runs, as it was known when the resident was taken over."""
    unknown_facts: tuple[str, ...] = ()
    """What nobody could say then (`domain.topics.stock`)."""
    connected: tuple[str, ...] = ("brp",)
    """The registries that can be asked where this journey runs (`domain.questions.Registry`)."""
    households: bool = False
    """Households are kept where this journey runs, so it belongs to one."""
    household_id: str = ""
    """The household that took it in; empty: none has yet."""
    household: HouseholdFacts | None = None
    """What that household told it."""
    household_left_on: date | None = None
    """When the resident left the last household."""
    household_file: HouseholdFile | None = None
    """Of a household itself: everything that it holds. Its ``client_number`` is the household's own number."""
    tellings: tuple[Telling, ...] = ()
    """What other files still have to take in, oldest first."""
    told: dict[str, Told] = {}
    """What other files were told last, by their name."""

    @property
    def id(self) -> str:
        """The name of the file everywhere: ``klantroute-deventer-17-1``, ``huishouden-deventer-18``."""
        if self.route == HOUSEHOLD:
            return household_id(self.gemeente, self.client_number)
        return journey_id(self.gemeente, self.client_number, self.journey_number)

    def open_terms(self, key: str | None = None) -> list[Deadline]:
        """The terms that still run or were breached and not met, oldest first."""
        return [term for term in self.terms if term.is_open and (key is None or term.term == key)]

    def issued(self) -> dict[str, int]:
        """The highest number per key of a term, also in a state that did not keep count."""
        found = dict(self.numbers)
        for term in self.terms:
            found[term.term] = max(found.get(term.term, 0), int(term.id.rpartition("-")[2]))
        return found

    def open_tasks(self, *names: str) -> list[Task]:
        """The questions that wait; with names, those of these kinds or with these ids."""
        waiting = [task for task in self.tasks if task.done_on is None]
        return [task for task in waiting if task.kind in names or task.id in names] if names else waiting

    def term(self, term_id: str) -> Deadline | None:
        """The term with this id, whatever became of it."""
        return next((term for term in self.terms if term.id == term_id), None)

    def application_term(self) -> Deadline | None:
        """The decision term of the application that runs, whatever its regeling; None: none runs."""
        application = self.income.application
        held = self.term(application.term) if application else None
        if held is not None and held.is_open:
            return held
        # Journeys of before release 0.3.0 did not write down which term was the application's.
        return next(iter(self.open_terms("besluit_aanvraag")), None)

    def flag(self, kind: FlagKind) -> Flag | None:
        """What holds now, if it does."""
        return next((flag for flag in self.flags if flag.kind is kind and flag.ended is None), None)

    def flags_of(self, *kinds: FlagKind) -> list[Flag]:
        """What holds and what held, of these kinds, oldest first."""
        return [flag for flag in self.flags if flag.kind in kinds]

    def next_placement_id(self) -> str:
        """What the next episode is called: ``mna-2``."""
        return f"mna-{len(self.placements) + 1}"

    def running_placements(self) -> list[Placement]:
        """The episodes that were not stopped, oldest first; one that is paused is among them."""
        return [placement for placement in self.placements if placement.running]

    def acts(self, name: str) -> list[Act]:
        """The acts of that name that stand, in the order in which they were recorded."""
        return [item.act for item in self.log if item.act and item.act.name == name and not item.withdrawn]

    def logged(self, act_id: str) -> Logged | None:
        """The act with this id, if the journey holds it."""
        return next((item for item in self.log if item.act and item.act.id == act_id), None)

    @property
    def escalation(self) -> int:
        """The highest rung delivered on a term that is still open; 0 when all is calm."""
        return max(
            (
                signal.rung
                for term in self.terms
                if term.status is TermStatus.BREACHED and term.annulled_by is None
                for signal in term.signals
                if signal.fired_at
            ),
            default=0,
        )


def journey_id(gemeente: str, client_number: int, journey_number: int) -> str:
    """The workflow id, which is the business key (design: no personal data in it)."""
    return f"klantroute-{gemeente}-{client_number}-{journey_number}"


def read_journey_id(text: str) -> tuple[str, int, int] | None:
    """Municipality, client number and journey number of a file's id; None: it is no such id.

    A household has a number of the same series and counts as its own first journey.
    """
    if (household := read_household_id(text)) is not None:
        return (*household, 1)
    found = re.fullmatch(r"klantroute-(.+)-([0-9]{1,18})-([0-9]{1,9})", text)
    return None if found is None else (found[1], int(found[2]), int(found[3]))
