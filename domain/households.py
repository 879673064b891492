"""A household (huishouden): who belongs to it, its one plan and its one regisseur.

It is not the Pw-gezin of the Participatiewet, which makes one application together (`domain.topics.pw_household`).
Whoever shares a plan shares a household; the same address alone only suggests it.

Sources: begroting 2019 ("één gezin, één plan, één regisseur", "in 60% van de ondersteuningsplannen aantoonbaar");
Maatschappelijk kader 2015 (eigen kracht, omgeving, algemene voorziening, dan pas een professional).
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Literal, NamedTuple

from pydantic import Field

from domain.base import Carried, put_back

HOUSEHOLD = "huishouden"
"""Key of the route that every household follows."""

Kind = Literal["volwassene", "kind"]
Source = Literal["melding", "brp", "inwoner", "medewerker", "ander_huishouden"]
"""How we know that somebody belongs to it: who reported is ``melding``."""
Left = Literal["", "overleden", "verhuisd", "uit_elkaar", "op_zichzelf", "vergissing", "ander_huishouden"]
Domain = Literal["opgroeien", "onderwijs", "zorg", "werk"]
"""The four domains of a plan: opgroeien, een onderwijsplek, zorg, meedoen via werk."""
Support = Literal["inwoner", "netwerk", "algemene_voorziening", "professional"]
"""Who does something, in the order of preference."""
How = Literal["gesprek", "ondertekend", "telefonisch", "schriftelijk"]


def household_id(gemeente: str, number: int) -> str:
    """The workflow id of a household: ``huishouden-deventer-14``."""
    return f"huishouden-{gemeente}-{number}"


def read_household_id(text: str) -> tuple[str, int] | None:
    """Municipality and number of a household's id; None: it is no such id."""
    found = re.fullmatch(r"huishouden-(.+)-([0-9]{1,18})", text)
    return None if found is None else (found[1], int(found[2]))


class ChildSeen(Carried):
    """A child in a household, as one journey knows it. No name and no birth date."""

    number: int
    since: date
    left: date | None = None
    ref: str = ""
    """What the BRP calls it, the same for both parents; empty: only people told of it."""


class HouseholdFacts(Carried):
    """What a journey holds of its household: copied facts, and nothing about other members.

    ``version`` counts what one household told one journey, so that an older message never undoes a newer one.
    """

    household: str
    version: int = 0
    belongs: bool = True
    """False: the resident has left it."""
    shared: bool = False
    """Somebody else belongs to it too."""
    plan_since: date | None = None
    agreed_on: date | None = None
    """When this resident agreed to the plan, or a professional decided on it with a reason."""
    team: str = ""
    person: str = ""
    """The regisseur who accepted; empty: none yet."""
    accepted_on: date | None = None
    left_on: date | None = None
    """When the resident left it."""
    children_along: tuple[ChildSeen, ...] = ()
    """Of a resident who left: the children who went along, by their number in this journey; 0: not known there."""
    children_stay: tuple[int, ...] = ()
    """Of a resident who left: the children of this journey who stayed, by their number there."""
    told_at: datetime | None = None
    """When the household said so; the journey keeps it with what it holds."""


class MemberReport(Carried):
    """What a journey tells its household about itself: enough for one plan and one regisseur, and no more."""

    klant: int
    klantroute: str
    gemeld_op: date
    hoort_sinds: date
    """The melding, or the day on which the resident left another household."""
    team: str
    """The toegang of its melding."""
    geeindigd_op: date | None = None
    einde: str = ""
    """How it ended: one of ``domain.topics.exits.Exit``."""
    plan_op: date | None = None
    """When a plan was agreed before there was a household."""
    regisseur_team: str = ""
    regisseur: str = ""
    """Who directed before there was a household."""
    regisseur_sinds: date | None = None
    partner: Literal["", "ja", "nee"] = ""
    """Whether the resident has a partner in the household, as far as is known."""
    partner_overleden: bool = False
    kinderen: tuple[ChildSeen, ...] = ()


class LinkedJourney(Carried):
    """A journey of a member."""

    id: str
    since: date
    team: str
    """The toegang of its melding."""
    until: date | None = None
    """The day on which it ended."""
    refers_since: date | None = None
    """From when it held what its household told it."""
    partner: Literal["", "ja", "nee"] = ""
    """What it said last about a partner."""

    def is_open_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


class Member(Carried):
    """Somebody who belongs, or belonged, to the household. No name and no birth date."""

    number: int
    kind: Kind = "volwassene"
    client: int | None = None
    """Client number of whoever reported."""
    since: date
    source: Source
    until: date | None = None
    """The day on which somebody left: the first one outside."""
    left: Left = ""
    left_by: str = ""
    """The journey whose end made somebody leave; empty: a person said so."""
    journeys: tuple[LinkedJourney, ...] = ()
    known_by: tuple[str, ...] = ()
    """Of somebody without a number: the journeys that told of them: ``klantroute-deventer-17-1/2`` (a child, with its
    number there), ``klantroute-deventer-17-1/partner``."""
    came_from: str = ""
    """The household that they came from when two became one."""
    ref: str = ""
    """Of a child: what the BRP calls it, the same for both parents."""

    def belongs_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)

    @property
    def belongs(self) -> bool:
        return self.until is None

    @property
    def open_journeys(self) -> list[LinkedJourney]:
        return [journey for journey in self.journeys if journey.until is None]

    @property
    def is_unnamed_adult(self) -> bool:
        """Somebody whom others told of, and who has not reported."""
        return self.kind == "volwassene" and self.client is None

    def number_in(self, journey_id: str) -> int:
        """Of a child: its number in a journey that told of it; 0: that journey did not."""
        told = [ref for ref in self.known_by if ref.startswith(f"{journey_id}/")]
        return int(told[0].rpartition("/")[2]) if told else 0

    def journey(self, journey_id: str) -> LinkedJourney | None:
        return next((one for one in self.journeys if one.id == journey_id), None)

    def with_journey(self, changed: LinkedJourney) -> "Member":
        """The same member, with one journey as it is now."""
        return self.model_copy(update={"journeys": put_back(self.journeys, changed, by="id")})


class Goal(Carried):
    """What the household wants to reach."""

    domain: Domain
    text: str = ""
    """In a few words that everybody in the household may read."""


class Action(Carried):
    """What somebody does for a goal."""

    number: int
    domain: Domain
    text: str
    by: Support
    who: str = ""
    """Client number, or a code of a person or organisation."""
    why_not_lighter: str = ""
    """Of a professional: why nobody before a professional in the order can do it."""
    due: date
    """Last day."""
    term: str = ""
    """Id of the term that guards it."""
    done_on: date | None = None
    dropped: str = ""
    """Why it is not needed any more."""
    rested: bool = False
    """It was dropped because no journey was open any more."""

    @property
    def is_open(self) -> bool:
        return self.done_on is None and not self.dropped


class Agreement(Carried):
    """Somebody agrees with a version of the plan, or does not."""

    client: int
    on: date
    how: How = "gesprek"
    agreed: bool = True
    why: str = ""
    """Why it holds without agreement (maatwerk)."""


class Version(Carried):
    """One version of a plan. Actions live beside it: they go on when the plan changes."""

    number: int
    proposed_on: date
    goals: tuple[Goal, ...] = ()
    tailored: str = ""
    """Where it departs from what is usual, and why (maatwerk)."""
    agreements: tuple[Agreement, ...] = ()

    @property
    def settled_on(self) -> date | None:
        """From when it is a plan: the first agreement."""
        return min((agreement.on for agreement in self.agreements), default=None)


class Plan(Carried):
    """A plan of the household, or one that somebody brought."""

    number: int
    versions: tuple[Version, ...]
    brought_by: str = ""
    """The journey or household that it comes from; empty: it was made here."""
    here_since: date | None = None
    """From when it counts in this household, when another one brought it."""
    until: date | None = None
    """The day on which it was a plan no more."""
    merged_into: int | None = None
    rested: bool = False
    """It ended because no journey was open any more."""

    @property
    def since(self) -> date | None:
        """From when it is a plan; None: only proposed."""
        return min((on for version in self.versions if (on := version.settled_on)), default=None)

    def is_open_on(self, day: date) -> bool:
        since = self.counts_since
        return since is not None and since <= day and (self.until is None or day < self.until)

    @property
    def counts_since(self) -> date | None:
        """From when it is a plan of this household."""
        since = self.since
        return since if since is None or self.here_since is None else max(since, self.here_since)

    @property
    def latest(self) -> Version:
        return self.versions[-1]


class Director(Carried):
    """A regisseur who accepted."""

    team: str
    person: str
    since: date
    until: date | None = None
    brought_by: str = ""
    """The journey or household in which it was accepted; empty: here."""
    here_since: date | None = None
    """From when it counts in this household, when another one brought it."""
    rested: bool = False
    """It ended because no journey was open any more."""

    @property
    def counts_since(self) -> date:
        return max(self.since, self.here_since or self.since)

    def directs_on(self, day: date) -> bool:
        return self.counts_since <= day and (self.until is None or day < self.until)


class Suggestion(Carried):
    """Another household that may be the same one: people live at the same address, or the BRP says so."""

    household: int
    ground: Literal["adres", "brp"]
    on: date
    answer: Literal["", "samen", "apart"] = ""


class HouseholdFile(Carried):
    """What is known of one household, from its beginning. Whoever left or died stays in it."""

    members: tuple[Member, ...] = ()
    plans: tuple[Plan, ...] = ()
    actions: tuple[Action, ...] = ()
    directors: tuple[Director, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    merged_into: int | None = None
    merged_on: date | None = None

    def member_of(self, client: int) -> Member | None:
        """The membership of a client that runs, or else the last one."""
        found = [member for member in self.members if member.client == client]
        return next((member for member in found if member.belongs), found[-1] if found else None)

    @property
    def belonging(self) -> list[Member]:
        return [member for member in self.members if member.belongs]

    @property
    def adults(self) -> list[Member]:
        return [member for member in self.belonging if member.kind == "volwassene"]

    @property
    def open_journeys(self) -> list[tuple[Member, LinkedJourney]]:
        return [(member, journey) for member in self.belonging for journey in member.open_journeys]

    @property
    def plan(self) -> Plan | None:
        """The plan that runs or is proposed: never more than one."""
        return next((plan for plan in self.plans if plan.until is None), None)

    @property
    def director(self) -> Director | None:
        return next((one for one in self.directors if one.until is None), None)


# -- evidence --------------------------------------------------------------------------------------------

Missing = Literal[
    "geen_plan", "meer_plannen", "geen_regisseur", "meer_regisseurs", "klantroute_verwijst_niet"
]


class Evidence(NamedTuple):
    """Whether one household demonstrably had one plan and one regisseur on a day.

    Source: begroting 2019, "in 60% van de ondersteuningsplannen aantoonbaar"; what counts stands in
    ``docs/working-assumptions.md``.
    """

    missing: tuple[Missing, ...]
    """What was not so; empty: the principle held."""
    alone: bool
    """Nobody else belonged to it: reported separately."""
    since: date | None
    """From when it has been like this without a break; None: no journey was open that day."""

    @property
    def held(self) -> bool:
        return self.since is not None and not self.missing


class Period(NamedTuple):
    """A stretch of days on which the answer is the same, up to and without ``until``."""

    since: date
    until: date | None
    missing: tuple[Missing, ...]
    alone: bool
    plan: bool
    """There was a plan: only those count for the share."""


def evidence(file: HouseholdFile, on: date) -> Evidence:
    """Whether "één gezin, één plan, één regisseur" held on a day, and since when.

    It is told from what happened, never from what somebody ticked: exactly one plan to which somebody agreed,
    exactly one regisseur who accepted, and every open journey holding what the household told it.
    """
    for period in periods(file):
        if period.since <= on and (period.until is None or on < period.until):
            return Evidence(period.missing, period.alone, period.since)
    return Evidence((), True, None)


def periods(file: HouseholdFile) -> Iterator[Period]:
    """The stretches of days on which a journey was open, oldest first; neighbours differ."""
    days = sorted(set(_turning_points(file)))
    current: Period | None = None
    for day, following in zip(days, [*days[1:], None], strict=True):
        found = _on(file, day, following)
        if current is not None:
            if found is not None and found[2:] == current[2:] and current.until == found.since:
                current = current._replace(until=found.until)
                continue
            yield current
        current = found
    if current is not None:
        yield current


def _turning_points(file: HouseholdFile) -> Iterable[date]:
    """Every day on which an answer can change."""
    for member in file.members:
        yield from (member.since, *([member.until] if member.until else ()))
        for journey in member.journeys:
            yield from (day for day in (journey.since, journey.until, journey.refers_since) if day)
    for plan in file.plans:
        yield from (day for day in (plan.counts_since, plan.until) if day)
    for director in file.directors:
        yield from (day for day in (director.counts_since, director.until) if day)
    if file.merged_on:
        yield file.merged_on


def _on(file: HouseholdFile, day: date, until: date | None) -> Period | None:
    if file.merged_on is not None and day >= file.merged_on:
        return None
    present = [member for member in file.members if member.belongs_on(day)]
    journeys = [one for member in present for one in member.journeys if one.is_open_on(day)]
    if not journeys:
        return None
    plans = sum(plan.is_open_on(day) for plan in file.plans)
    directors = sum(one.directs_on(day) for one in file.directors)
    missing: list[Missing] = []
    if plans != 1:
        missing.append("meer_plannen" if plans else "geen_plan")
    if directors != 1:
        missing.append("meer_regisseurs" if directors else "geen_regisseur")
    if any(one.refers_since is None or day < one.refers_since for one in journeys):
        missing.append("klantroute_verwijst_niet")
    return Period(day, until, tuple(missing), len(present) == 1, plans > 0)


Short = Field(min_length=3, max_length=120)
"""A few words that everybody in the household may read: no diagnosis, no amount, no name."""
