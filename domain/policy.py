"""Policy (beleid): the numbers of the law and of one municipality, whole and dated.

One ``Policy`` holds everything that a journey needs, the days of its calendars included, so that a journey
which carries it never has to ask again: the first rules in full, and of what changes on a date or in a
pilot only what differs. ``Policy.on`` gives the rules of a day. Structure of routes is code; lengths,
ladders, roles and targets are here. ``domain.policy_files`` makes it from TOML.
"""

import hashlib
import json
from bisect import bisect_right
from datetime import date, time, timedelta
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field, PrivateAttr, model_validator

from domain.base import Carried, Explained, Frozen, remembered
from domain.calendars import Calendars
from domain.digest import Digest
from domain.dwangsom import Dwangsom
from domain.limits import Limits
from domain.mna import Exit
from domain.problems import meant
from domain.questions import Moment, Phase
from domain.terms import TermClass, TermRule

DOORZETTINGSMACHT = "doorzettingsmacht"
_Model = TypeVar("_Model", bound=BaseModel)


class PolicyError(Explained):
    """A policy file is refused; the message names file, key, reason and what to do."""


class MissingTerm(KeyError):
    """A policy does not have a term; the message names those that it has."""


class Rung(Frozen):
    """One step of a ladder, ``days`` opening days away."""

    days: int = Field(ge=0)
    roles: tuple[str, ...] = Field(min_length=1)
    with_other_team: tuple[str, ...] = ()
    """Roles instead when another team is part of the journey."""


class Ladder(Frozen):
    """Who hears when, for one class of terms. All counts are opening days of the municipality."""

    at_start: tuple[str, ...] = ()
    before: tuple[Rung, ...] = ()
    at_breach: tuple[str, ...] = Field(min_length=1)
    """Delivered at the start of the first opening day from the breach on; this is rung 1."""
    after: tuple[Rung, ...] = ()
    """Rungs 2 and on, counted from the day on which rung 1 was delivered."""
    second_miss: tuple[str, ...] = ()
    """Who hears at once when the same term is missed twice in a row."""
    on_default_notice: tuple[str, ...] = ()
    """Who hears on the day of an ingebrekestelling."""
    again_days: int = Field(default=10, ge=1)
    """After the last rung the owner is reminded again and again, this many opening days apart."""
    in_digest: tuple[str, ...] = ()
    """Roles that hear of missed terms in the weekly digest, and not in a message for each."""

    def names(self, role: str) -> bool:
        """Whether this ladder ever reaches a role."""
        rungs = (*self.before, *self.after)
        listed = (self.at_start, self.at_breach, self.second_miss, self.on_default_notice)
        return any(role in roles for roles in listed) or any(
            role in (*rung.roles, *rung.with_other_team) for rung in rungs
        )

    @model_validator(mode="after")
    def _in_order(self) -> "Ladder":
        days = [rung.days for rung in self.after]
        if days != sorted(days) or any(day == 0 for day in days):
            raise ValueError("after moet oplopen en hoger dan 0 beginnen")
        return self


class Patience(Limits):
    """How long a registry may stay silent before a person is asked, and how much it is asked until then."""

    hours: int = Field(ge=1)
    first_retry_seconds: int = Field(default=30, ge=1)
    longest_retry_minutes: int = Field(default=60, ge=1)

    @remembered
    def whole(self) -> timedelta:
        return timedelta(hours=self.hours)


class Asked(Frozen):
    """When a registry is asked one question about a resident, with which purpose and on which basis.

    Source: AVG art. 5 lid 1 onder b and c; Wet SUWI art. 62 and 73; Wet BRP art. 1.7.
    """

    after: tuple[Moment, ...]
    """What is followed by the question."""
    stages: tuple[Phase, ...]
    """In which stages there is a basis for it."""
    basis: str = Field(min_length=1)
    """The article that lets the municipality ask."""
    purpose: str = Field(min_length=1, max_length=242, pattern=r"^[!-~](?:[ -~]*[!-~])?$")
    """Doelbinding, as agreed with the registry; gateways cut it at 242 characters."""
    activity: str = Field(min_length=1, pattern=r"^https?://[!-~]+$")
    """Which verwerkingsactiviteit of the municipality's register it is (Logboek dataverwerkingen): a URI."""
    again_days: int = Field(default=30, ge=0)
    """Asked again by itself no sooner than this after an answer."""
    below_age: int | None = Field(default=None, ge=1)
    """Only about who is surely younger."""
    benefit_only: bool = False
    """Only about who applied for a benefit or has one."""
    after_benefit: str = ""
    """The article that lets the municipality ask after the benefit has ended; empty: it is not asked then."""


class PensionAge(Frozen):
    """AOW-leeftijd for those who reach it from this date on (Algemene Ouderdomswet art. 7a)."""

    valid_from: date
    years: int
    months: int


FEESTDAGEN = {
    # our name -> the name in the holidays library; ATW art. 3 lid 1. The library calls 5 mei optional.
    "nieuwjaarsdag": "Nieuwjaarsdag",
    "goede vrijdag": "Goede vrijdag",
    "tweede paasdag": "Tweede paasdag",
    "koningsdag": "Koningsdag",
    "bevrijdingsdag": "Bevrijdingsdag",
    "hemelvaartsdag": "Hemelvaartsdag",
    "tweede pinksterdag": "Tweede pinksterdag",
    "eerste kerstdag": "Eerste kerstdag",
    "tweede kerstdag": "Tweede kerstdag",
}


class Opening(Frozen):
    """When the municipality works."""

    weekdays: tuple[int, ...]
    """1 is Monday, 7 is Sunday."""
    opens: time
    closes: time
    spread_minutes: int = Field(ge=0, le=240)
    """Journeys wake up spread over this window, so that a morning is no storm."""
    holidays: tuple[str, ...]
    """Names of the feestdagen on which the municipality is closed."""
    closed: dict[date, str] = {}
    """Further closing days."""

    @model_validator(mode="after")
    def _sound(self) -> "Opening":
        if not self.weekdays or any(day not in range(1, 8) for day in self.weekdays):
            raise ValueError("weekdays moet minstens één dag van 1 (maandag) tot en met 7 (zondag) noemen")
        if self.opens >= self.closes:
            raise ValueError("opens moet vóór closes liggen")
        if unknown := set(self.holidays) - set(FEESTDAGEN):
            raise ValueError(
                f"holidays kent {', '.join(sorted(unknown))} niet; kies uit {', '.join(FEESTDAGEN)}"
            )
        return self


class Payment(Frozen):
    """How many payment days a payment takes from hand-in to account."""

    days: int = Field(ge=0)
    december_days: int = Field(ge=0)


class Targets(Frozen):
    """Indicators that are measured and never refuse anybody anything."""

    first_talk_on_time_percent: int = 100
    exits: dict[str, tuple[Exit, ...]] = {}
    """Which ways out count for which target (`domain.topics.exits.counts_for`)."""
    satisfaction_moments: tuple[Literal["na_intake", "halfjaar", "uitstroom"], ...] = ()
    """When residents are asked how content they are."""


Value = bool | int | float | str | list[str]
"""A single number or word of policy that is no term: ``voorschot_percentage``."""
STANDARD = "standaard"
"""The variant of a journey that takes part in no pilot."""


class Changes(Carried):
    """What differs from the rules before it, by name; of a term or ladder only the fields that change."""

    terms: dict[str, dict[str, Any]] = {}
    ladders: dict[str, dict[str, Any]] = {}
    payment: dict[str, Any] = {}
    patience: dict[str, dict[str, Any]] = {}
    questions: dict[str, dict[str, Any]] = {}
    dwangsom: dict[str, Any] = {}
    readings: dict[str, str] = {}
    values: dict[str, Value] = {}
    first_team: str = ""
    income_team: str = ""
    closed_weeks: int = 0


class Period(Changes):
    """New rules of law or municipality from a day on."""

    valid_from: date
    source: str = ""


class Pilot(Changes):
    """A variant of the service for a part of the journeys, for a while (proef)."""

    name: str
    valid_from: date
    valid_through: date
    """Last day. After it the ordinary rules hold for whatever starts, also in a journey that took part."""
    share_percent: int = 0
    """How many in a hundred take part; 0: chosen by wijk."""
    wijken: tuple[str, ...] = ()

    def runs_on(self, day: date) -> bool:
        return self.valid_from <= day <= self.valid_through

    def takes(self, journey_id: str, wijk: str) -> bool:
        """Whether a journey takes part. The same journey always gets the same answer."""
        if self.wijken:
            return wijk in self.wijken
        digest = hashlib.sha256(f"{self.name}/{journey_id}".encode()).digest()
        return int.from_bytes(digest[:4], "big") % 100 < self.share_percent


class Policy(Carried):
    """Everything that a journey needs to know, for one municipality.

    The fields are the rules of the first day, ``valid_from``; ask ``on`` for those of another day. What
    ``on`` and ``with_variant`` give is a view: it has the same ``hash`` and can be asked again.
    """

    name: str
    municipality: str
    municipality_code: str
    valid_from: date
    terms: dict[str, TermRule]
    ladders: dict[TermClass, Ladder]
    calendars: Calendars
    spread_minutes: int
    payment: Payment
    patience: dict[str, Patience]
    questions: dict[str, Asked] = {}
    """What registries are asked; empty: a policy of before release 0.3.0, which asks the BRP at the start."""
    pension_ages: tuple[PensionAge, ...]
    first_team: str
    """The team that owns every new journey until somebody takes it over (toegang)."""
    income_team: str
    pension_ages_through: date | None = None
    """Last day for which the ages were announced; None: a policy of before release 0.3.0."""
    readings: dict[str, str] = {}
    """Which reading of a law text is used where it leaves room."""
    digest: Digest = Digest()
    closed_weeks: int
    """How many weeks a closed journey still takes facts as a running one (objection term and post)."""
    values: dict[str, Value] = {}
    targets: Targets = Targets()
    dwangsom: Dwangsom = Dwangsom()
    periods: tuple[Period, ...] = ()
    """In order of time; on one day the law before the municipality."""
    pilots: tuple[Pilot, ...] = ()
    _whole: "Policy | None" = PrivateAttr(default=None)
    _variant: str = PrivateAttr(default="")

    @remembered
    def whole(self) -> "Policy":
        """The policy that this is a view of; itself when it is none."""
        return self._whole or self

    @remembered
    def hash(self) -> str:
        """A short fingerprint of all numbers, later ones and pilots included.

        It stands beside every entry in the journal. A view has the fingerprint of its whole.
        """
        text = json.dumps(self.whole.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @remembered
    def calendars_open_ended(self) -> Calendars:
        """The same days without an end: beyond the table only weekends are known.

        For waking up and warning, where a day off by one harms nobody; never for a legal end.
        """
        return self.calendars.model_copy(update={"covered_from": date.min, "covered_through": date.max})

    def term(self, key: str) -> TermRule:
        """The rule of a term.

        Raises:
            MissingTerm: the policy has no such term.
        """
        try:
            return self.terms[key]
        except KeyError:
            raise MissingTerm(
                f"Beleid {self.name} kent geen termijn {key}. {meant(key, self.terms)} "
                "Alle termijnen toont 'meedoen term --list'."
            ) from None

    def number(self, key: str) -> int:
        """A value that counts something."""
        value = self.values[key]
        assert isinstance(value, int)
        return value

    @remembered
    def asked_after(self) -> dict[str, tuple[str, ...]]:
        """Which questions follow an act or an answer, by its name."""
        found: dict[str, tuple[str, ...]] = {}
        for question, asked in self.questions.items():
            for moment in asked.after:
                found[moment] = (*found.get(moment, ()), question)
        return found

    def patience_of(self, registry: str) -> Patience:
        """How long a registry may stay silent; what policy does not name is as patient as the BRP."""
        return self.patience.get(registry) or self.patience["brp"]

    # -- dates and pilots ----------------------------------------------------------------------------

    @remembered
    def views(self) -> dict[tuple[int, str, bool], "Policy"]:
        """The views of this policy that were asked for: few, because rules change seldom."""
        return {}

    @remembered
    def changes_on(self) -> list[date]:
        return [period.valid_from for period in self.periods]

    def on(self, day: date) -> "Policy":
        """The rules that hold on a day. Before ``valid_from`` those of the first day: no older are known."""
        # Every decision asks this, and mostly of a day that was asked before.
        found = self._by_day.get(day)
        if found is None:
            found = self._by_day[day] = self._on(day)
        return found

    @remembered
    def _by_day(self) -> dict[date, "Policy"]:
        return {}

    def _on(self, day: date) -> "Policy":
        whole = self.whole
        count = bisect_right(whole.changes_on, day) if whole.periods else 0
        if not (count or self._variant):
            return whole
        pilot = whole._pilot(self._variant)
        running = pilot is not None and pilot.runs_on(day)
        key = count, self._variant, running
        if key not in whole.views:
            changes: tuple[Changes, ...] = whole.periods[:count]
            if pilot is not None and running:
                changes = (*changes, pilot)
            whole.views[key] = whole._view(self._variant, changes)
        return whole.views[key]

    def with_variant(self, name: str) -> "Policy":
        """The same policy for a journey of a pilot; ask it ``on`` a day.

        A pilot that the files no longer name gives the ordinary rules: a pilot varies service only, and a
        journey never stops over it.
        """
        whole = self.whole
        if not whole.pilots or whole._pilot(name) is None:
            return whole
        key = -1, name, False
        if key not in whole.views:
            whole.views[key] = whole._view(name, ())
        return whole.views[key]

    def variant_for(self, journey_id: str, wijk: str, on: date) -> str:
        """Which pilot a journey that starts on a day takes part in: the first that takes it.

        Returns:
            The pilot's name, or ``standaard``.
        """
        for pilot in self.whole.pilots:
            if pilot.runs_on(on) and pilot.takes(journey_id, wijk):
                return pilot.name
        return STANDARD

    def _pilot(self, name: str) -> Pilot | None:
        return next((pilot for pilot in self.pilots if pilot.name == name), None)

    def _view(self, variant: str, changes: tuple[Changes, ...]) -> "Policy":
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        for change in changes:
            fields |= _applied(fields, change)
        view = Policy.model_construct(**fields)
        view._whole, view._variant = self, variant
        return view


def _applied(fields: dict[str, Any], change: Changes) -> dict[str, Any]:
    """The fields that a change replaces."""
    found: dict[str, Any] = {
        name: value
        for name in ("first_team", "income_team", "closed_weeks")
        if (value := getattr(change, name))
    }
    for name in ("terms", "ladders", "patience", "questions"):
        if partial := getattr(change, name):
            held = fields[name]
            found[name] = held | {key: merged(held[key], part) for key, part in partial.items()}
    for name in ("payment", "dwangsom"):
        if partial := getattr(change, name):
            found[name] = merged(fields[name], partial)
    for name in ("readings", "values"):
        if partial := getattr(change, name):
            found[name] = fields[name] | partial
    return found


def merged(held: _Model, part: dict[str, Any]) -> _Model:
    """A model with some fields replaced, checked as a whole.

    Raises:
        pydantic.ValidationError: the two do not fit together.
    """
    return type(held).model_validate_json(json.dumps(held.model_dump(mode="json") | part))
