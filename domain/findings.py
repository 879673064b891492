"""What a registry answered, reduced to what the rules need (bevinding).

Unknown is never "no": a registry that knows nobody, one that stays silent and one that answers
nonsense are three different outcomes, and none of them decides against a resident.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from domain.base import Carried

Residence = Literal["", "adres", "briefadres", "locatie", "buitenland", "onbekend"]
"""Kind of verblijfplaats; empty: not asked. A briefadres is where post goes, and nobody lives there."""

TOLD = "doorgegeven"
"""The question of whether another file took in what it was told."""


class Outcome(StrEnum):
    """How a look-up ended."""

    FOUND = "gevonden"
    NOT_FOUND = "niet_gevonden"
    NO_ANSWER = "geen_antwoord"
    INCOMPREHENSIBLE = "onbegrijpelijk"
    REFUSED_US = "geweigerd"
    """400, 401 or 403: our own mistake or a missing authorisation, for the administrator."""
    NOT_ASKED = "niet_gevraagd"
    """Nobody was asked: there is no connection or no basis any more."""


class PartialDate(Carried):
    """A civil date of which only the year, or year and month, or nothing at all may be known.

    Source: Haal Centraal BRP Personen bevragen 2.7, ``AbstractDatum`` (Datum, JaarMaandDatum,
    JaarDatum, DatumOnbekend).
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None

    @classmethod
    def of(cls, whole: date) -> "PartialDate":
        return cls(year=whole.year, month=whole.month, day=whole.day)

    def earliest(self) -> date | None:
        """The first day that this can mean; None when not even the year is known."""
        if self.year is None:
            return None
        return date(self.year, self.month or 1, self.day or 1)

    def whole(self) -> date | None:
        """The day, when it can mean only one; None: it is not complete."""
        first = self.earliest()
        return first if first == self.latest() else None

    def latest(self) -> date | None:
        """The last day that this can mean; None when not even the year is known."""
        if self.year is None:
            return None
        if self.month is None:
            return date(self.year, 12, 31)
        if self.day is None:
            following = date(self.year + (self.month == 12), self.month % 12 + 1, 1)
            return date.fromordinal(following.toordinal() - 1)
        return date(self.year, self.month, self.day)


class Child(Carried):
    """A child of somebody, as the BRP registers it. No name and no number."""

    ref: str
    """Opaque and the same for both parents, within one municipality; see `activities.clients`."""
    birth: PartialDate | None = None


class BrpPerson(Carried):
    """The few facts of the BRP that choose a route. No name and no address: the rules need none."""

    birth: PartialDate | None = None
    municipality_code: str | None = None
    """Gemeentecode of four digits (BRP table 33), None when not registered in a municipality."""
    secret: bool = False
    """Geheimhouding: carried, never shown."""
    deceased: bool = False
    deceased_on: PartialDate | None = None
    suspension: str | None = None
    """Reden opschorting bijhouding: O overlijden, E emigratie, M ministerieel besluit, R RNI, . onbekend."""
    under_investigation: bool = False
    suspended_on: PartialDate | None = None
    residence: Residence = ""
    not_at_address: bool = False
    """Vastgesteld verblijft niet op adres: the municipality found that somebody does not live there."""
    guardianship: bool = False
    """Indicatie curateleregister: somebody decides together with a curator."""
    moved: bool = False
    """The address is another one than at the question before."""
    has_partner: bool | None = None
    """Whether a marriage or registered partnership runs; None: the BRP was not asked, or gave no certainty."""
    children: tuple[Child, ...] | None = None
    """Children younger than 18 who live at the same address; None: that could not be asked."""


class Enrolment(Carried):
    """One enrolment at a school (DUO, Onderwijsovereenkomst)."""

    since: PartialDate
    until: PartialDate | None = None
    """Last day; None: enrolled still."""
    school: str = "onbekend"
    """A value of the fact ``school``: vo, vso, pro, mbo, hbo_wo or onbekend."""
    level: str = ""
    """As DUO wrote it (CdNiveauOpleidingDuo), for the person who reads it."""


class SchoolRecord(Carried):
    """What DUO registers of somebody's education (DUODossierPersoonGSD)."""

    basic_qualification: bool | None = None
    """Startkwalificatie; None: DUO does not say."""
    enrolments: tuple[Enrolment, ...] = ()


class Ground(Carried):
    """Why somebody counts for the banenafspraak (GrondslagArbeidsbeperktheid)."""

    code: str = ""
    since: PartialDate
    until: PartialDate | None = None


class TargetGroup(Carried):
    """The doelgroepregister of UWV (UWVDossierQuotumArbeidsbeperktenGSD). No diagnosis is in it."""

    registered: bool = False
    """Whether UWV told of a registration (LdrRegistratieWbQa), with or without its last day."""
    ends: PartialDate | None = None
    """Last day of the registration, where there is one."""
    grounds: tuple[Ground, ...] = ()


class Job(Carried):
    """One income relation (Inkomstenverhouding) without the name of the employer."""

    since: PartialDate | None = None
    until: PartialDate | None = None
    kind: str = ""
    """CdSrtIkv as UWV wrote it: which kind of work or benefit it is."""


class Paid(Carried):
    """What one employer reported over one stretch of days (Inkomstenopgave)."""

    since: PartialDate
    until: PartialDate | None = None
    kind: str = ""
    """CdSrtIkv of the income relation. The amount stays in the registry: no rule needs it."""


class Earnings(Carried):
    """Income as the polisadministratie of UWV knows it (UWVDossierInkomstenGSD)."""

    jobs: tuple[Job, ...] = ()
    paid: tuple[Paid, ...] = ()


class BenefitSpell(Carried):
    """A benefit of a municipality or the SVB (Uitkeringsverhouding), or an application for one."""

    law: str
    """CdSzWet as written: PW, IOAW, IOAZ, BBZ and others."""
    since: PartialDate
    until: PartialDate | None = None


class Benefits(Carried):
    """Bijstand that anybody pays or was asked for (Bijstandsregelingen)."""

    spells: tuple[BenefitSpell, ...] = ()
    applications: tuple[BenefitSpell, ...] = ()
    """Aanvragen: ``since`` is the date of application."""


class Provision(Carried):
    """One voorziening on the way to work (ReIntegratievoorziening)."""

    kind: str = ""
    """CdTypeRvGsd as written."""
    since: PartialDate
    until: PartialDate | None = None
    wage_value_percent: int | None = None
    """Loonwaarde, in hundredths of the legal minimum wage, where loonkostensubsidie is paid."""


class Reintegration(Carried):
    """What municipalities did to help somebody to work (GSDDossierReintegratie)."""

    work_capacity: str = ""
    """CdArbeidsvermogen as written."""
    provisions: tuple[Provision, ...] = ()


class Finding(Carried):
    """One answer of one registry to one question."""

    id: str
    """Stable per question, so that an answer that arrives twice counts once."""
    question: str
    """What was asked: a key of ``domain.questions.QUESTIONS``."""
    outcome: Outcome
    answered_at: datetime
    person: BrpPerson | None = None
    school: SchoolRecord | None = None
    target_group: TargetGroup | None = None
    earnings: Earnings | None = None
    benefits: Benefits | None = None
    reintegration: Reintegration | None = None
    purpose: str = ""
    """Doelbinding with which it was asked; empty: of before release 0.3.0."""
    reason: str = ""
    """A Dutch sentence for the person who reads it; holds no personal data."""
    file: str = ""
    """Of something that was told: the file that took it in."""
