"""Policy (beleid): the numbers of the law and of one municipality, read from TOML and made whole.

``resolve`` is pure: it gets texts and gives one ``Policy`` that holds everything a journey needs, the
days of its calendars included, so that a journey which carries it never has to ask again. Structure of
routes is code; lengths, ladders, roles and targets are here.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from datetime import date, time, timedelta
from functools import cached_property
from typing import Any

from dateutil.easter import easter
from pydantic import Field, ValidationError, field_validator, model_validator

from domain.base import Explained, Frozen
from domain.calendars import Calendars
from domain.problems import problems_in
from domain.terms import Kind, Reminder, TermClass, TermRule

DOORZETTINGSMACHT = "doorzettingsmacht"


class PolicyError(Explained):
    """A policy file is refused; the message names file, key, reason and what to do."""


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

    @model_validator(mode="after")
    def _in_order(self) -> "Ladder":
        days = [rung.days for rung in self.after]
        if days != sorted(days) or any(day == 0 for day in days):
            raise ValueError("after moet oplopen en hoger dan 0 beginnen")
        return self


class Patience(Frozen):
    """How long a registry may stay silent before a person is asked, and how it is asked until then."""

    hours: int = Field(ge=1)
    first_retry_seconds: int = Field(default=30, ge=1)
    longest_retry_minutes: int = Field(default=60, ge=1)

    @property
    def whole(self) -> timedelta:
        return timedelta(hours=self.hours)


class PensionAge(Frozen):
    """AOW-leeftijd for those who reach it from this date on (Algemene Ouderdomswet art. 7a)."""

    valid_from: date
    years: int
    months: int


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


class Policy(Frozen):
    """Everything that a journey needs to know, for one municipality from one date."""

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
    pension_ages: tuple[PensionAge, ...]
    first_team: str
    """The team that owns every new journey until somebody takes it over (toegang)."""
    income_team: str
    readings: dict[str, str] = {}
    """Which reading of a law text is used where it leaves room."""
    closed_weeks: int
    """How many weeks a closed journey still takes facts as a running one (objection term and post)."""

    @cached_property
    def hash(self) -> str:
        """A short fingerprint of all numbers; it stands beside every entry in the journal."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @cached_property
    def calendars_open_ended(self) -> Calendars:
        """The same days without an end: beyond the table only weekends are known.

        For waking up and warning, where a day off by one harms nobody; never for a legal end.
        """
        return self.calendars.model_copy(update={"covered_from": date.min, "covered_through": date.max})

    def term(self, key: str) -> TermRule:
        """The rule of a term.

        Raises:
            KeyError: the policy has no such term; the message names those that it has.
        """
        try:
            return self.terms[key]
        except KeyError:
            known = ", ".join(sorted(self.terms))
            raise KeyError(f"Beleid {self.name} kent geen termijn {key}. Bekend zijn: {known}.") from None


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


class _Equated(Frozen):
    day: date
    source: str


class _CalendarFile(Frozen):
    covered_from: date
    covered_through: date
    source: str
    equated: tuple[_Equated, ...]

    @field_validator("equated")
    @classmethod
    def _no_weekend(cls, days: tuple[_Equated, ...]) -> tuple[_Equated, ...]:
        for item in days:
            if item.day.weekday() >= 5:
                raise ValueError(f"{item.day} is een weekenddag en kan niet gelijkgesteld worden")
        return days


class _TermEntry(Frozen):
    description: str
    source: str
    kind: Kind
    counts: str = "deadline"
    start: str
    length: int
    unit: str
    rollover: str
    term_class: TermClass = Field(alias="class")
    suspendable: bool = False
    extendable: bool = False
    repeats: str = "nooit"
    payment_run: bool = False
    reminders: tuple[Reminder, ...] = ()
    confidence: str

    def rule(self, key: str) -> TermRule:
        return TermRule.model_validate_json(json.dumps({"key": key, **self.model_dump(mode="json")}))


class _NationalFile(Frozen):
    valid_from: date
    terms: dict[str, _TermEntry]
    pension_ages: tuple[PensionAge, ...] = Field(min_length=1)
    readings: dict[str, str] = {}


class _LocalFile(Frozen):
    municipality: str
    municipality_code: str = Field(pattern=r"^\d{4}$")
    valid_from: date
    first_team: str
    income_team: str
    closed_weeks: int = Field(ge=7)
    opening: Opening
    payment: Payment
    terms: dict[str, _TermEntry]
    ladders: dict[TermClass, Ladder]
    patience: dict[str, Patience]
    targets: Targets = Targets()
    readings: dict[str, str] = {}


class PolicyText(Frozen):
    """One policy file: its name for messages, and its text."""

    file: str
    text: str


def _read(source: PolicyText, model: type[Any]) -> Any:
    try:
        raw = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{source.file} is geen geldig TOML: {error}. Verbeter die regel.") from None
    try:
        # As JSON: strict mode refuses TOML's lists for tuples and strings for enums in Python objects.
        return model.model_validate_json(json.dumps(raw, default=str))
    except ValidationError as error:
        raise PolicyError(f"{source.file} is geweigerd. {_sentences(error)}") from None


def _sentences(error: ValidationError) -> str:
    return " ".join(f"{problem.field}: {problem.problem}." for problem in problems_in(error))


def _rules(source: PolicyText, entries: Mapping[str, _TermEntry]) -> dict[str, TermRule]:
    rules = {}
    for key, entry in entries.items():
        try:
            rules[key] = entry.rule(key)
        except ValidationError as error:
            raise PolicyError(f"{source.file} is geweigerd. terms.{key}: {_sentences(error)}") from None
    return rules


def _bank_closed(year: int) -> dict[date, str]:
    sunday = easter(year)
    return {
        date(year, 1, 1): "Nieuwjaarsdag",
        sunday - timedelta(days=2): "Goede Vrijdag",
        sunday + timedelta(days=1): "tweede paasdag",
        date(year, 5, 1): "Dag van de Arbeid",
        date(year, 12, 25): "eerste kerstdag",
        date(year, 12, 26): "tweede kerstdag",
    }


def calendars_from(table: _CalendarFile, opening: Opening) -> Calendars:
    """The days of one municipality, for every year of the table."""
    # Only policy files need it; a worklist that is asked for should not wait for it.
    import holidays

    years = range(table.covered_from.year, table.covered_through.year + 1)
    library = holidays.country_holidays(
        "NL", years=years, categories=(holidays.PUBLIC, holidays.OPTIONAL), language="nl"
    )
    ours = {theirs: name for name, theirs in FEESTDAGEN.items()}
    free: dict[date, str] = {}
    for day, names in library.items():
        for name in names.split("; "):
            if name in ours:
                free[day] = ours[name].capitalize()
    expected = len(FEESTDAGEN) * len(years)
    # Two feestdagen can fall on one day (Hemelvaart on 5 mei), so a few less may be right, a loss is not.
    if not expected - len(years) <= len(free) <= expected:
        raise PolicyError(
            "De feestdagen uit de bibliotheek kloppen niet met de Algemene termijnenwet; werk niet met deze "
            "versie van de bibliotheek."
        )
    bank: dict[date, str] = {}
    for year in years:
        bank |= _bank_closed(year)
    closed_names = set(opening.holidays)
    return Calendars(
        covered_from=table.covered_from,
        covered_through=table.covered_through,
        holidays=free,
        equated={item.day: item.source for item in table.equated},
        closed={day: name for day, name in free.items() if name.lower() in closed_names} | opening.closed,
        bank_closed=bank,
        open_weekdays=tuple(day - 1 for day in opening.weekdays),
        opens=opening.opens,
        closes=opening.closes,
    )


def resolve(name: str, *, local: PolicyText, national: PolicyText, calendar: PolicyText) -> Policy:
    """Make the policy of one municipality whole.

    Args:
        name: how the policy is called: ``deventer``.
        local: the municipality's file.
        national: the terms of national law.
        calendar: the table of equated days.

    Raises:
        PolicyError: a file cannot be used, or the local file changes a statutory term.
    """
    law: _NationalFile = _read(national, _NationalFile)
    own: _LocalFile = _read(local, _LocalFile)
    days: _CalendarFile = _read(calendar, _CalendarFile)
    for key, entry in own.terms.items():
        if key in law.terms:
            raise PolicyError(
                f"{local.file} is geweigerd. terms.{key}: dit is een wettelijke termijn "
                f"({law.terms[key].source}) en een gemeente kan hem niet veranderen. Haal deze sleutel weg; "
                "een eigen, kortere streeftermijn krijgt een eigen naam."
            )
        if entry.kind is Kind.STATUTORY:
            raise PolicyError(
                f"{local.file} is geweigerd. terms.{key}.kind: een gemeente kan geen wettelijke termijn "
                "maken. Schrijf kind = beleid of kind = intern."
            )
    for reading in own.readings:
        if reading not in law.readings:
            raise PolicyError(
                f"{local.file} is geweigerd. readings.{reading}: deze keuze bestaat niet. "
                f"Te kiezen valt: {', '.join(sorted(law.readings)) or 'niets'}."
            )
    if missing := set(TermClass) - set(own.ladders):
        raise PolicyError(
            f"{local.file} is geweigerd. ladders.{min(missing)}: ontbreekt; elke klasse van termijnen heeft "
            "een ladder nodig, anders hoort niemand dat een termijn verstrijkt."
        )
    return Policy(
        name=name,
        municipality=own.municipality,
        municipality_code=own.municipality_code,
        valid_from=own.valid_from,
        terms=_rules(national, law.terms) | _rules(local, own.terms),
        ladders=own.ladders,
        calendars=calendars_from(days, own.opening),
        spread_minutes=own.opening.spread_minutes,
        payment=own.payment,
        patience=own.patience,
        pension_ages=law.pension_ages,
        first_team=own.first_team,
        income_team=own.income_team,
        readings=law.readings | own.readings,
        closed_weeks=own.closed_weeks,
    )
