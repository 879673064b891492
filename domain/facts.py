"""Facts (feiten) about a resident: what the choice of a route is made of.

A fact holds from a civil date, and is recorded on another: late, out of order, and right or wrong. What
was never recorded is unknown and so is what was recorded as ``onbekend``; the difference is that the second
was asked. No names, no numbers, no diagnoses: codes and dates only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple, Self

from dateutil.relativedelta import relativedelta

from domain.base import Carried
from domain.findings import PartialDate
from domain.policy import PensionAge, Policy

About = Literal["inwoner", "partner"]

JA, NEE, ONBEKEND = "ja", "nee", "onbekend"
_YES_NO = (JA, NEE, ONBEKEND)

ALONE = ("alleenstaand", "alleenstaande_ouder")
COUPLES = ("paar", "paar_partner_onder_27", "paar_partner_27_plus")
HOUSEHOLDS = (*ALONE, *COUPLES, ONBEKEND)
"""``paar``: the partner's age follows from the partner's birth date, or is unknown."""

VSO_PRO = ("vso", "pro")

PENSION = "aow_leeftijd"
"""The term that opens when somebody reaches the AOW-leeftijd."""

Kind = Literal[
    "geboortedatum",
    "huishouden",
    "vso_pro",
    "school",
    "startkwalificatie",
    "school_mogelijk",
    "medische_urenbeperking",
    "lks_doelgroep",
    "doelgroepregister",
    "arbeidsvermogen",
    "beschut_advies",
    "wajong",
    "wsw",
    "asielvergunning",
    "inburgeringsplichtig",
    "regeling",
]
KINDS: dict[Kind, tuple[str, ...]] = {
    "geboortedatum": (),
    "huishouden": HOUSEHOLDS,
    # Registered at vso or pro now or before; the last day of it is the fact's end.
    "vso_pro": (*VSO_PRO, NEE, ONBEKEND),
    "school": ("vso", "pro", "vo", "entree", "mbo", "hbo_wo", "geen", ONBEKEND),
    "startkwalificatie": _YES_NO,
    # Whether school is possible and fitting, as a person judged (Pw art. 7a and 13 lid 2).
    "school_mogelijk": _YES_NO,
    "medische_urenbeperking": _YES_NO,
    "lks_doelgroep": _YES_NO,
    "doelgroepregister": _YES_NO,
    "arbeidsvermogen": _YES_NO,
    "beschut_advies": ("positief", "negatief", ONBEKEND),
    "wajong": _YES_NO,
    "wsw": _YES_NO,
    "asielvergunning": _YES_NO,
    "inburgeringsplichtig": _YES_NO,
    "regeling": ("pw", "ioaw", "ioaz", "bbz", "nug", ONBEKEND),
}
"""Every kind of fact with the values that it can have. A birth date is text: 1999, 1999-05 or 1999-05-12."""

Source = Literal["opgave", "brp", "duo", "uwv", "ind", "coa", "school", "dossier"]


class Fact(Carried):
    """One thing that somebody said about a resident or the partner."""

    kind: str
    value: str
    since: date
    """First day on which it holds."""
    until: date | None = None
    """Last day on which it holds; None: until something else is known."""
    about: About = "inwoner"
    source: str = "opgave"
    recorded_on: date
    act: str = ""
    """The act that recorded it."""


class Reason(NamedTuple):
    """Why a route does or does not fit: a code for lists, a sentence for people."""

    code: str
    text: str


class Verdict(NamedTuple):
    """What an entry test says of one route."""

    fits: Literal["past", "past_niet", "onbekend"]
    reasons: tuple[Reason, ...] = ()

    @classmethod
    def yes(cls, code: str, text: str) -> Self:
        return cls("past", (Reason(code, text),))

    @classmethod
    def no(cls, code: str, text: str) -> Self:
        return cls("past_niet", (Reason(code, text),))

    @classmethod
    def unknown(cls, *reasons: Reason) -> Self:
        return cls("onbekend", reasons)


class Choice(NamedTuple):
    """Which route the facts choose. ``route`` is None while something is unknown, or when none fits."""

    route: str | None
    reasons: tuple[Reason, ...]
    unknowns: tuple[Reason, ...] = ()


def read_birth(text: str) -> PartialDate:
    """A birth date of which month and day may be unknown.

    Raises:
        ValueError: it is none; the message is a Dutch sentence.
    """
    try:
        parts = [int(part) for part in text.split("-")]
        year, month, day = (*parts, None, None)[:3]
        if len(parts) > 3 or year is None:
            raise ValueError
        date(year, month or 1, day or 1)
    except ValueError:
        raise ValueError("een geboortedatum is 1999-05-12, 1999-05 of 1999") from None
    return PartialDate(year=year, month=month, day=day)


def birthday(birth: date, years: int, policy: Policy) -> date:
    """The day on which somebody reaches an age.

    Born on 29 February, in a year that has none: reading ``verjaardag_29_februari``.
    """
    return _birthday(birth, years, policy.readings.get("verjaardag_29_februari") == "01-03")


@lru_cache(maxsize=4096)
def _birthday(birth: date, years: int, in_march: bool) -> date:
    reached = birth + relativedelta(years=years)
    return reached + timedelta(days=1) if in_march and reached.day != birth.day else reached


def pension_date(birth: date, policy: Policy) -> date:
    """The day on which somebody born on that day reaches the AOW-leeftijd (AOW art. 7a)."""
    return _pension(birth, policy.pension_ages)[0]


def pension_age(birth: date, policy: Policy) -> PensionAge:
    """The AOW-leeftijd of somebody born on that day, as far as ages were announced (AOW art. 7a)."""
    return _pension(birth, policy.pension_ages)[1]


@lru_cache(maxsize=4096)
def _pension(birth: date, steps: tuple[PensionAge, ...]) -> tuple[date, PensionAge]:
    known, *later = sorted(steps, key=lambda item: item.valid_from)
    reached = birth + relativedelta(years=known.years, months=known.months)
    for age in later:
        # A higher age is for who had not reached the one before when it came into force.
        if reached >= age.valid_from:
            known, reached = age, birth + relativedelta(years=age.years, months=age.months)
    return reached, known


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that entry tests may ask, about any day.

    Every question has three answers: True, False, and None for what nobody knows.
    """

    rows: tuple[Fact, ...] = ()
    """In the order in which they were recorded."""
    birth: PartialDate | None = None
    """As the registry or, without it, the resident says."""
    household: str = ONBEKEND
    """What was known at the start; a fact ``huishouden`` comes before it."""
    reported_on: date | None = None
    """Melding voor bijstand (Pw art. 44 lid 2)."""
    applied_on: date | None = None

    def of(self, kind: Kind, about: About = "inwoner") -> list[Fact]:
        """The facts of one kind, oldest first by the day from which they hold; a correction comes last."""
        if not self.rows:
            return []
        return sorted(
            (row for row in self.rows if row.kind == kind and row.about == about), key=lambda row: row.since
        )

    def value(self, kind: Kind, on: date, about: About = "inwoner") -> str:
        """What holds on a day: a code, ``onbekend`` when it was asked and nobody knew, or empty."""
        if not self.rows:
            return ""  # of most residents nobody said anything beside the registry
        held = [row for row in self.of(kind, about) if row.since <= on]
        if not held or (held[-1].until is not None and held[-1].until < on):
            return ""
        return held[-1].value

    def says(self, kind: Kind, on: date, about: About = "inwoner") -> bool | None:
        """A fact of yes or no. None: it was not asked, or nobody knew."""
        return {JA: True, NEE: False}.get(self.value(kind, on, about))

    def asked_in_vain(self, kind: Kind, on: date, about: About = "inwoner") -> bool:
        """Somebody asked and nobody knew: a question for a person."""
        return self.value(kind, on, about) == ONBEKEND

    # -- age ---------------------------------------------------------------------------------------

    def birth_of(self, about: About = "inwoner") -> PartialDate | None:
        if about == "inwoner" and self.birth is not None:
            return self.birth
        said = self.of("geboortedatum", about)
        return read_birth(said[-1].value) if said else None

    def reaches(self, years: int, policy: Policy, about: About = "inwoner") -> tuple[date, date] | None:
        """First and last day on which this age may be reached; None: the birth date is unknown."""
        birth = self.birth_of(about)
        first, last = (birth.earliest(), birth.latest()) if birth else (None, None)
        if first is None or last is None:
            return None
        return birthday(first, years, policy), birthday(last, years, policy)

    def reached(self, years: int, on: date, policy: Policy, about: About = "inwoner") -> bool | None:
        """Whether somebody has an age on a day. An incomplete date is a range: sure only outside of it."""
        found = self.reaches(years, policy, about)
        if found is None:
            return None
        return True if found[1] <= on else False if found[0] > on else None

    def young(self, on: date, policy: Policy, about: About = "inwoner") -> bool | None:
        """Younger than 27 on a day (Pw art. 41 lid 4)."""
        if about == "partner":
            known = {"paar_partner_onder_27": True, "paar_partner_27_plus": False}
            if (said := self.household_on(on)) in known:
                return known[said]
        reached = self.reached(policy.term("verjaardag_27").length, on, policy, about)
        return None if reached is None else not reached

    # -- household ---------------------------------------------------------------------------------

    def household_on(self, on: date) -> str:
        """One of HOUSEHOLDS."""
        return self.value("huishouden", on) or self.household

    def couple(self, on: date) -> bool | None:
        said = self.household_on(on)
        return None if said not in HOUSEHOLDS or said == ONBEKEND else said in COUPLES

    # -- school ------------------------------------------------------------------------------------

    def vso_pro_within_a_year(self, on: date, policy: Policy, about: About = "inwoner") -> bool | None:
        """Registered at vso or pro at most a year before applying (Pw art. 41 lid 4 onder a).

        The year counts back from the melding voor bijstand when there is one: who may apply at once on
        that day keeps that.
        """
        asked = self.reported_on or self.applied_on or on
        school, special = self.of("school", about), self.of("vso_pro", about)
        if not school and not special:
            return None
        window = asked - relativedelta(years=policy.term("na_vso_pro").length)
        for rows in (school, special):
            for row, last in _periods(rows):
                if row.value in VSO_PRO and row.since <= max(on, asked) and (last is None or last >= window):
                    return True
        if special and special[-1].value != ONBEKEND:
            return False
        # At another school all that time.
        other = (*VSO_PRO, ONBEKEND, "geen")
        if any(
            row.value not in other and row.since <= window and (last is None or last >= asked)
            for row, last in _periods(school)
        ):
            return False
        return None


def _periods(rows: Iterable[Fact]) -> list[tuple[Fact, date | None]]:
    """Each fact with its last day: its own, or the day before the next one begins."""
    held = list(rows)
    periods = []
    for number, row in enumerate(held):
        following = held[number + 1].since if number + 1 < len(held) else None
        if following is not None and following <= row.since:
            continue  # corrected by a later one from the same day
        ends = [day for day in (row.until, following - timedelta(days=1) if following else None) if day]
        periods.append((row, min(ends) if ends else None))
    return periods


AGE_UNKNOWN = Reason("leeftijd_onbekend", "De geboortedatum is onbekend of niet volledig genoeg.")
HOUSEHOLD_UNKNOWN = Reason(
    "huishouden_onbekend", "Of deze persoon alleen woont of een partner heeft, is onbekend."
)
PARTNER_UNKNOWN = Reason("partner_onbekend", "Of de partner al 27 is, is onbekend.")
SCHOOL_UNKNOWN = Reason(
    "vso_pro_onbekend", "Of deze jongere het laatste jaar op vso of praktijkonderwijs zat, is onbekend."
)


def all_young(facts: Facts, on: date, policy: Policy) -> bool | None:
    """Alone and younger than 27, or both partners are (Pw art. 41 lid 4)."""
    young, couple = facts.young(on, policy), facts.couple(on)
    if young is False or (young and couple is False):
        return young
    partner = facts.young(on, policy, "partner") if couple else None
    if partner is False:
        return False
    return True if young and partner else None


def one_young(facts: Facts, on: date, policy: Policy) -> bool | None:
    """Somebody for whom bijstand is asked is younger than 27 (Pw art. 41 lid 5)."""
    answers = [facts.young(on, policy)]
    if facts.couple(on):
        answers.append(facts.young(on, policy, "partner"))
    return True if True in answers else None if None in answers else False
