"""Policy files: TOML of law and municipality, checked and made into one ``Policy``.

``resolve`` is pure: it gets texts. A file holds the rules of its first day, and ``[[periods]]`` with what
changes later; a municipal file may build on shared files (``include``) and try things out in ``[[pilots]]``.
Whatever is wrong is refused with file, key, reason and what to do, also when it would only matter later.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import reduce
from typing import Any, NamedTuple, TypeVar

from dateutil.easter import easter
from pydantic import Field, ValidationError, field_validator

from domain.base import Frozen
from domain.calendars import Calendars, say
from domain.digest import Digest
from domain.dwangsom import Dwangsom
from domain.policy import (
    DOORZETTINGSMACHT,
    FEESTDAGEN,
    STANDARD,
    Asked,
    Changes,
    Ladder,
    Opening,
    Patience,
    Payment,
    PensionAge,
    Period,
    Pilot,
    Policy,
    PolicyError,
    Targets,
    Value,
)
from domain.problems import meant, problems_in
from domain.questions import QUESTIONS, REGISTRY_NAMES
from domain.terms import Kind, Reminder, TermClass, TermRule

Raw = dict[str, Any]
_Model = TypeVar("_Model", bound=Frozen)


class PolicyText(Frozen):
    """One policy file: its name for messages, and its text."""

    file: str
    text: str


# -- what files may hold -------------------------------------------------------------------------------


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
    penalty: bool = False
    right: bool = False
    reminders: tuple[Reminder, ...] = ()
    confidence: str

    def rule(self, key: str) -> TermRule:
        return TermRule.model_validate_json(json.dumps({"key": key, **self.model_dump(mode="json")}))


class _Reading(Frozen):
    default: str
    options: tuple[str, ...] = ()
    """Empty: any word."""
    source: str = ""


class _NationalPeriod(Frozen):
    """Partial tables; what they become together with the rules before them is checked after."""

    valid_from: date
    source: str = ""
    terms: dict[str, Raw] = {}
    dwangsom: Raw = {}
    readings: dict[str, Any] = {}
    values: dict[str, Any] = {}


class _LocalPeriod(Frozen):
    valid_from: date
    source: str = ""
    terms: dict[str, Raw] = {}
    ladders: dict[str, Raw] = {}
    payment: Raw = {}
    patience: dict[str, Raw] = {}
    questions: dict[str, Raw] = {}
    readings: dict[str, Any] = {}
    values: dict[str, Any] = {}
    first_team: str = ""
    income_team: str = ""
    closed_weeks: int = 0


class _Pilot(Frozen):
    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,29}$")
    description: str
    valid_from: date
    valid_through: date
    share_percent: int = Field(default=0, ge=0, le=100)
    wijken: tuple[str, ...] = ()
    terms: dict[str, Raw] = {}
    ladders: dict[str, Raw] = {}
    patience: dict[str, Raw] = {}
    values: dict[str, Any] = {}
    first_team: str = ""
    income_team: str = ""


class _NationalFile(Frozen):
    valid_from: date
    terms: dict[str, _TermEntry]
    pension_ages: tuple[PensionAge, ...] = Field(min_length=1)
    pension_ages_through: date
    dwangsom: Dwangsom
    readings: dict[str, str | _Reading] = {}
    values: dict[str, Value] = {}
    periods: tuple[_NationalPeriod, ...] = ()


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
    questions: dict[str, Asked] = {}
    targets: Targets = Targets()
    digest: Digest = Digest()
    readings: dict[str, str] = {}
    values: dict[str, Value] = {}
    periods: tuple[_LocalPeriod, ...] = ()
    pilots: tuple[_Pilot, ...] = ()


_NEVER_SHARED = ("municipality", "municipality_code", "include")
_DATED = ("periods", "pilots")
_ABOUT_A_PERIOD = ("valid_from", "source", "name", "description", "valid_through", "share_percent", "wijken")
_RIGHTS = {
    "readings": "een lezing van de wet",
    "dwangsom": "een wettelijk bedrag",
    "payment": "wanneer er betaald wordt",
    "closed_weeks": "hoe lang een gesloten klantroute nog luistert",
    "opening": "de openingsdagen",
}
_FIRM_LADDERS = (TermClass.STATUTORY_MONEY, TermClass.SAFETY)


# -- reading -------------------------------------------------------------------------------------------


class _Source(NamedTuple):
    """A file as it was read."""

    file: str
    raw: Raw


class _Files(NamedTuple):
    """Files that are read as one, the most general first; the last one is the municipality's own."""

    sources: tuple[_Source, ...]

    @property
    def own(self) -> str:
        return self.sources[-1].file

    def of(self, place: str) -> str:
        """Which file says something at a place such as ``terms.plan.length``; the own one for what misses."""
        path = place.split(".")

        def depth(source: _Source) -> int:
            held: Any = source.raw
            for number, part in enumerate(path):
                if not isinstance(held, dict) or part not in held:
                    return number
                held = held[part]
            return len(path)

        # The own file wins a tie, because it is read last.
        return max(reversed(self.sources), key=depth).file

    def refused(self, place: str, reason: str) -> PolicyError:
        return PolicyError(f"{self.of(place)} is geweigerd. {place}: {reason}")


def _raw(source: PolicyText) -> Raw:
    try:
        return tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{source.file} is geen geldig TOML: {error}. Verbeter die regel.") from None


def _laid_over(below: Raw, above: Raw) -> Raw:
    """Tables are merged name by name; anything else is replaced. Dated parts are added."""
    found = dict(below)
    for name, value in above.items():
        held = found.get(name)
        if name in _DATED and isinstance(held, list) and isinstance(value, list):
            found[name] = held + value
        elif isinstance(held, dict) and isinstance(value, dict):
            found[name] = _laid_over(held, value)
        else:
            found[name] = value
    return found


def _with_shared(local: PolicyText, shared: Mapping[str, PolicyText]) -> tuple[Raw, _Files]:
    own = _raw(local)
    names = own.pop("include", [])
    sources = []
    for name in names if isinstance(names, list) else [names]:
        if name not in shared:
            known = ", ".join(sorted(shared)) or "geen"
            raise PolicyError(
                f"{local.file} is geweigerd. include: {name!r} bestaat niet. Gedeelde bestanden zijn: {known}."
            )
        raw = _raw(shared[name])
        known_keys = set(_LocalFile.model_fields) - set(_NEVER_SHARED)
        if wrong := sorted(set(raw) - known_keys):
            raise PolicyError(
                f"{shared[name].file} is geweigerd. {wrong[0]}: hoort niet in een gedeeld bestand. "
                f"Dat kan wel: {', '.join(sorted(known_keys))}."
            )
        sources.append(_Source(shared[name].file, raw))
    files = _Files((*sources, _Source(local.file, own)))
    return reduce(_laid_over, (source.raw for source in files.sources), {}), files


def _checked(model: type[_Model], raw: Raw, files: _Files, when: str = "") -> _Model:
    """A file's content as its model.

    Raises:
        PolicyError: names everything that is wrong.
    """
    try:
        # As JSON, which has lists and words only: tuples, dates and enums are the model's business.
        return model.model_validate_json(json.dumps(raw, default=str))
    except ValidationError as error:
        raise _in_sentences(error, files, when) from None


def _in_sentences(error: ValidationError, files: _Files, when: str, at: str = "") -> PolicyError:
    problems = problems_in(error)
    file = files.of(at or problems[0].field)
    said = " ".join(f"{problem.field}: {problem.problem}." for problem in problems)
    return PolicyError(f"{file} is geweigerd. {when}{f'{at}: ' if at else ''}{said}")


def _rules(entries: Mapping[str, _TermEntry], files: _Files, when: str = "") -> dict[str, TermRule]:
    rules = {}
    for key, entry in entries.items():
        try:
            rules[key] = entry.rule(key)
        except ValidationError as error:
            raise _in_sentences(error, files, when, f"terms.{key}") from None
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


# -- checks --------------------------------------------------------------------------------------------


def _stages(
    base: Raw, periods: Iterator[tuple[date, Raw]] | list[tuple[date, Raw]]
) -> list[tuple[date, Raw]]:
    """The whole rules from each date on."""
    found = [(date.min, base)]
    for day, changes in periods:
        found.append((day, _laid_over(found[-1][1], changes)))
    return found


def _partial(raw: Raw) -> Raw:
    """Only what a period or pilot changes."""
    return {name: value for name, value in raw.items() if name not in _ABOUT_A_PERIOD}


def _in_order(raw: Raw, parsed: _NationalFile | _LocalFile, files: _Files) -> list[tuple[date, Raw]]:
    """The periods in order of time, as they were written.

    Raises:
        PolicyError: a period begins with the first rules or before them, two begin on one day, or one
            names a term that the first rules do not have.
    """
    pairs = sorted(
        zip((period.valid_from for period in parsed.periods), raw.get("periods", []), strict=True),
        key=lambda pair: pair[0],
    )
    for number, (day, written) in enumerate(pairs):
        if day <= parsed.valid_from:
            raise files.refused(
                "periods",
                f"een periode vanaf {say(day, weekday=False)} begint niet na de eerste regels, die vanaf "
                f"{say(parsed.valid_from, weekday=False)} gelden. Kies een latere valid_from.",
            )
        if number and day == pairs[number - 1][0] and len(files.sources) == 1:
            raise files.refused(
                "periods",
                f"twee perioden beginnen op {say(day, weekday=False)}. Voeg ze samen.",
            )
        _nothing_new(parsed, written, files, f"periods (vanaf {say(day, weekday=False)})")
    return pairs


def _nothing_new(parsed: _NationalFile | _LocalFile, written: Raw, files: _Files, where: str) -> None:
    """A later rule changes what is there. A term without a rule on its first day could not be armed."""
    for name in ("terms", "ladders", "patience", "questions", "values", "readings"):
        if name == "readings" and isinstance(parsed, _LocalFile):
            continue
        held = getattr(parsed, name, {})
        for key in written.get(name, {}):
            if key not in held:
                raise files.refused(
                    name if where.startswith("periods") else "pilots",
                    f"{where} verandert {name}.{key}, maar die staat niet in de eerste regels. Zet {key} daar "
                    f"ook neer. Bekend zijn: {', '.join(sorted(held)) or 'geen'}.",
                )


def _check_local(own: _LocalFile, law: _NationalFile, files: _Files, when: str = "") -> None:
    for key, entry in own.terms.items():
        if entry.kind is Kind.STATUTORY:
            raise files.refused(
                f"terms.{key}.kind",
                f"{when}een gemeente kan geen wettelijke termijn maken. Schrijf kind = beleid of kind = intern.",
            )
    if missing := set(TermClass) - set(own.ladders):
        raise files.refused(
            f"ladders.{min(missing)}",
            "ontbreekt; elke klasse van termijnen heeft een ladder nodig, anders hoort niemand dat een termijn "
            "verstrijkt.",
        )
    _check_escalation(own, files, when)
    _check_registries(own, files, when)


def _check_registries(own: _LocalFile, files: _Files, when: str = "") -> None:
    """A question or registry that nobody knows would never be asked, and nobody would notice."""
    if "brp" not in own.patience:
        raise files.refused("patience.brp", f"{when}ontbreekt; hoelang op de BRP gewacht wordt staat hier.")
    for name, known in (("questions", QUESTIONS), ("patience", REGISTRY_NAMES)):
        for key in getattr(own, name):
            if key not in known:
                raise files.refused(
                    f"{name}.{key}",
                    f"{when}bestaat niet. {meant(key, known)} Bekend zijn: {', '.join(known)}.",
                )


def _check_escalation(own: _LocalFile, files: _Files, when: str = "") -> None:
    """Doorzettingsmacht is asked for by people, and nobody is told at night."""
    for term_class, ladder in own.ladders.items():
        if term_class is not TermClass.SAFETY and ladder.names(DOORZETTINGSMACHT):
            raise files.refused(
                f"ladders.{term_class.value}",
                f"{when}noemt {DOORZETTINGSMACHT}, en dat is geen trede voor een gewone gemiste termijn. Zij staat "
                "alleen in de ladder veiligheid; verder roept een mens haar in. Kies een andere rol, bijvoorbeeld "
                "afdelingshoofd.",
            )
    for key, entry in own.terms.items():
        if entry.term_class is not TermClass.SAFETY and any(
            reminder.role == DOORZETTINGSMACHT for reminder in entry.reminders
        ):
            raise files.refused(
                f"terms.{key}.reminders",
                f"{when}{DOORZETTINGSMACHT} krijgt geen herinnering aan een gewone termijn. Kies een andere rol.",
            )
    at = own.digest.at
    if at is not None and not own.opening.opens <= at < own.opening.closes:
        raise files.refused(
            "digest.at",
            "ligt buiten de openingstijden, en niemand krijgt 's nachts bericht. Kies een tijd vanaf opening.opens "
            "en vóór opening.closes.",
        )


def _check_not_of_the_law(written: Raw, law: _NationalFile, files: _Files, where: str = "") -> None:
    for key in written.get("terms", {}):
        if key in law.terms:
            raise files.refused(
                f"{where}terms.{key}",
                f"dit is een wettelijke termijn ({law.terms[key].source}) en een gemeente kan hem niet "
                "veranderen. Haal deze sleutel weg; een eigen, kortere streeftermijn krijgt een eigen naam.",
            )
    for key in written.get("values", {}):
        if key in law.values:
            raise files.refused(
                f"{where}values.{key}",
                "dit getal staat in de wet en een gemeente kan het niet veranderen. Haal deze sleutel weg.",
            )


def _reading(given: str | _Reading) -> _Reading:
    return given if isinstance(given, _Reading) else _Reading(default=given)


def _check_readings(chosen: Mapping[str, str], law: _NationalFile, files: _Files, when: str = "") -> None:
    for key, choice in chosen.items():
        if key not in law.readings:
            raise files.refused(
                f"readings.{key}",
                f"deze keuze bestaat niet. Te kiezen valt: {', '.join(sorted(law.readings)) or 'niets'}.",
            )
        options = _reading(law.readings[key]).options
        if options and choice not in options:
            raise files.refused(
                f"readings.{key}", f"{when}{choice!r} kan niet. Kies uit: {', '.join(options)}."
            )


def _check_pilot(pilot: _Pilot, written: Raw, rules: Mapping[str, TermRule], files: _Files) -> None:
    """A pilot varies service; it never touches a statutory term or a right."""
    where = f"pilot {pilot.name}"
    if pilot.name == STANDARD:
        raise files.refused("pilots", f"{where}: zo heet een klantroute zonder pilot. Kies een andere naam.")
    if pilot.valid_through < pilot.valid_from:
        raise files.refused("pilots", f"{where}: valid_through ligt vóór valid_from. Draai ze om.")
    if bool(pilot.wijken) == bool(pilot.share_percent):
        raise files.refused(
            "pilots",
            f"{where}: noem precies één manier waarop inwoners meedoen: share_percent (1 tot en met 100) of "
            "wijken.",
        )
    for key in pilot.terms:
        rule = rules.get(key)
        if rule is None:
            continue
        if rule.kind is Kind.STATUTORY:
            raise files.refused(
                "pilots",
                f"{where}: terms.{key} is een wettelijke termijn ({rule.source}); een pilot verandert alleen "
                "de dienstverlening. Haal deze sleutel weg.",
            )
        if rule.right:
            raise files.refused(
                "pilots",
                f"{where}: op terms.{key} rust een recht van inwoners ({rule.source}); een pilot verandert "
                "alleen de dienstverlening. Haal deze sleutel weg.",
            )
        if wrong := {"kind", "class", "right", "penalty"} & set(written["terms"][key]):
            raise files.refused(
                "pilots",
                f"{where}: terms.{key}.{min(wrong)} kan in een pilot niet anders zijn. Haal het weg.",
            )
    for key in pilot.ladders:
        if key in _FIRM_LADDERS:
            raise files.refused(
                "pilots",
                f"{where}: ladders.{key} waakt over geld en veiligheid van inwoners en is voor iedereen "
                "gelijk. Haal deze sleutel weg.",
            )


def _refuse_rights(raw: Raw, files: _Files) -> None:
    pilots = raw.get("pilots", [])
    for written in pilots if isinstance(pilots, list) else []:
        for key, what in _RIGHTS.items():
            if isinstance(written, dict) and key in written:
                raise files.refused(
                    "pilots",
                    f"pilot {written.get('name', '?')}: {key} ({what}) is voor iedereen gelijk; een pilot "
                    "verandert alleen de dienstverlening. Haal deze sleutel weg.",
                )


# -- the whole -----------------------------------------------------------------------------------------


def _changes(written: Raw) -> Raw:
    """What a period or pilot changes, in the words of the models that it will be laid over."""
    changed: Raw = json.loads(json.dumps(_partial(written), default=str))
    for term in changed.get("terms", {}).values():
        if "class" in term:
            term["term_class"] = term.pop("class")
    return {name: value for name, value in changed.items() if name in Changes.model_fields}


def resolve(
    name: str,
    *,
    local: PolicyText,
    national: PolicyText,
    calendar: PolicyText,
    shared: Mapping[str, PolicyText] | None = None,
) -> Policy:
    """Make the policy of one municipality whole.

    Args:
        name: how the policy is called: ``deventer``.
        local: the municipality's file.
        national: the terms of national law.
        calendar: the table of equated days.
        shared: files that a municipality may include, by their names.

    Raises:
        PolicyError: a file cannot be used, or the local file changes a statutory term.
    """
    law_raw, days_raw = _raw(national), _raw(calendar)
    law_files = _Files((_Source(national.file, law_raw),))
    law = _checked(_NationalFile, law_raw, law_files)
    days = _checked(_CalendarFile, days_raw, _Files((_Source(calendar.file, days_raw),)))
    own_raw, files = _with_shared(local, shared or {})
    _refuse_rights(own_raw, files)
    own = _checked(_LocalFile, own_raw, files)

    _check_not_of_the_law(own_raw, law, files)
    _check_local(own, law, files)
    law_periods = _in_order(law_raw, law, law_files)
    own_periods = _in_order(own_raw, own, files)

    # Each later rule is made whole here once, so that nothing wrong waits in a file for its date.
    laws: list[tuple[date, _NationalFile]] = []
    for day, raw in _stages(_without_dated(law_raw), [(day, _partial(p)) for day, p in law_periods]):
        when = "" if day == date.min else f"periods (vanaf {say(day, weekday=False)}): "
        laws.append((day, _checked(_NationalFile, raw, law_files, when)))
        _rules(laws[-1][1].terms, law_files, when)
    owns: list[tuple[date, Raw, _LocalFile]] = []
    for day, raw in _stages(_without_dated(own_raw), [(day, _partial(p)) for day, p in own_periods]):
        when = "" if day == date.min else f"periods (vanaf {say(day, weekday=False)}): "
        owns.append((day, raw, _checked(_LocalFile, raw, files, when)))
        _check_not_of_the_law(raw, law, files)
        _check_local(owns[-1][2], law, files, when)
        _rules(owns[-1][2].terms, files, when)
    for day in sorted({day for day, _ in laws} | {day for day, _, _ in owns}):
        current_law = [item for since, item in laws if since <= day][-1]
        current = [item for since, _, item in owns if since <= day][-1]
        when = "" if day == date.min else f"vanaf {say(day, weekday=False)} "
        _check_readings(current.readings, current_law, files, when)

    rules = _rules(law.terms, law_files) | _rules(own.terms, files)
    for pilot, written in zip(own.pilots, own_raw.get("pilots", []), strict=True):
        where = f"pilot {pilot.name}"
        _check_pilot(pilot, written, rules, files)
        _nothing_new(own, written, files, where)
        for _, raw, _ in owns:
            tried = _checked(_LocalFile, _laid_over(raw, _partial(written)), files, f"{where}: ")
            _check_escalation(tried, files, f"{where}: ")
            _rules(tried.terms, files, f"{where}: ")
    if len({pilot.name for pilot in own.pilots}) < len(own.pilots):
        raise files.refused("pilots", "twee pilots hebben dezelfde naam. Geef elke pilot een eigen naam.")

    periods: list[tuple[date, int, Period]] = []
    for day, written in law_periods:
        changes = _changes(written)
        changes["readings"] = {
            key: _reading(dict(laws)[day].readings[key]).default
            for key in changes.get("readings", {})
            # What the municipality chose stays chosen while the law still allows it.
            if key not in [item for since, _, item in owns if since <= day][-1].readings
        }
        periods.append((day, 0, Period(valid_from=day, source=written.get("source", ""), **changes)))
    for day, written in own_periods:
        period = Period(valid_from=day, source=written.get("source", ""), **_changes(written))
        periods.append((day, 1, period))
    return Policy(
        name=name,
        municipality=own.municipality,
        municipality_code=own.municipality_code,
        valid_from=own.valid_from,
        terms=rules,
        ladders=own.ladders,
        calendars=calendars_from(days, own.opening),
        spread_minutes=own.opening.spread_minutes,
        payment=own.payment,
        digest=own.digest,
        patience=own.patience,
        questions=own.questions,
        pension_ages=law.pension_ages,
        pension_ages_through=law.pension_ages_through,
        first_team=own.first_team,
        income_team=own.income_team,
        readings={key: _reading(given).default for key, given in law.readings.items()} | own.readings,
        closed_weeks=own.closed_weeks,
        values=law.values | own.values,
        targets=own.targets,
        dwangsom=law.dwangsom,
        periods=tuple(period for _, _, period in sorted(periods, key=lambda item: item[:2])),
        pilots=tuple(
            Pilot(
                name=pilot.name,
                valid_from=pilot.valid_from,
                valid_through=pilot.valid_through,
                share_percent=pilot.share_percent,
                wijken=pilot.wijken,
                **_changes(written),
            )
            for pilot, written in zip(own.pilots, own_raw.get("pilots", []), strict=True)
        ),
    )


def _without_dated(raw: Raw) -> Raw:
    return {name: value for name, value in raw.items() if name not in _DATED}


def is_municipality(source: PolicyText) -> bool:
    """Whether a file is a municipality's own, and not one that municipalities share.

    A file that cannot be read counts as one, so that whoever asks for it hears why.
    """
    try:
        return "municipality" in tomllib.loads(source.text)
    except tomllib.TOMLDecodeError:
        return True
