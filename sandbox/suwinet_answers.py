"""What each source behind Suwinet delivers about a resident: the content of its answer, in the order of the contract.

Elements inside an answer have no namespace (the schemas are unqualified). None: the source knows nothing of somebody.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from lxml import etree

from domain.findings import PartialDate
from sandbox.facts import Benefit, Enrolment, Exam, Job, Trajectory
from sandbox.residents import Resident

_YES, _NO = "1", "2"
_COLUMN_MUNICIPALITIES = "3"
"""CdKolomSuwi. Our choice: no public list was found."""
_FORMS = {"vo": "VO", "vso": "VSO", "pro": "PRO", "mbo": "MBO", "hbo_wo": "HO"}


@dataclass(frozen=True)
class Period:
    """A period that was asked about; None: open on that side."""

    since: date | None = None
    until: date | None = None

    def touches(self, since: date, until: date) -> bool:
        return (self.until is None or since <= self.until) and (self.since is None or until >= self.since)


def written(value: PartialDate) -> str:
    """A date as eight digits, with zeros for what is unknown."""
    return f"{value.year or 0:04}{value.month or 0:02}{value.day or 0:02}"


def add(parent: etree._Element, name: str, text: str | int | PartialDate | None = None) -> etree._Element:
    """Add one element."""
    element = etree.SubElement(parent, name)
    if isinstance(text, PartialDate):
        element.text = written(text)
    elif text is not None:
        element.text = str(text)
    return element


def _maybe(parent: etree._Element, name: str, text: str | int | PartialDate | None) -> None:
    if text not in (None, ""):
        add(parent, name, text)


def _client(resident: Resident) -> etree._Element:
    client = etree.Element("ClientSuwi")
    add(client, "Burgerservicenr", resident.bsn)
    return client


def education(resident: Resident, period: Period) -> list[etree._Element] | None:
    """DUO: startkwalificatie, enrolments and exams."""
    known = resident.duo
    if known is None:
        return None
    client = _client(resident)
    if known.basic_qualification is not None:
        add(client, "IndStartkwalificatieDuo", _YES if known.basic_qualification else _NO)
    for enrolment in known.enrolments:
        _enrolment(client, enrolment)
    for exam in known.exams:
        _exam(client, exam)
    return [client]


def _enrolment(client: etree._Element, enrolment: Enrolment) -> None:
    agreement = add(client, "Onderwijsovereenkomst")
    add(add(agreement, "Brin"), "BrinNr", enrolment.brin)
    add(agreement, "DatInschrijvingOpleiding", enrolment.since)
    _maybe(agreement, "DatUitschrijvingOpleiding", enrolment.until)
    part = add(agreement, "DeelnameOpleidingGeregistrDuo")
    add(part, "DatBDeelnameOpleiding", enrolment.since)
    _maybe(part, "DatEDeelnameOpleiding", enrolment.until)
    _maybe(part, "AanduidingLeerjaar", enrolment.year)
    add(part, "CdOnderwijsvorm", _FORMS[enrolment.school])
    _maybe(part, "CdLeerwegMbo", enrolment.learning_path)
    content = add(part, "InhoudDeelnameOpleidingDuo")
    _maybe(content, "NaamOpleidingKortDuo", enrolment.programme)
    add(content, "CdNiveauOpleidingDuo", enrolment.level)


def _exam(client: etree._Element, exam: Exam) -> None:
    result = add(client, "ResultaatOpleidingGeregistrDuo")
    if exam.passed:
        add(result, "CdSrtWaardedocument", "DIPLOMA")
    content = add(result, "InhoudResultaatOpleidingDuo")
    _maybe(content, "NaamOpleidingKortDuo", exam.programme)
    add(content, "CdNiveauOpleidingDuo", exam.level)
    outcome = add(result, "ResultaatExamen")
    add(outcome, "CdResultaatExamen", "GESLAAGD" if exam.passed else "AFGEWEZEN")
    add(outcome, "DatResultaatExamen", exam.on)
    add(outcome, "JaarAfgelegdExamen", exam.on.year)


def target_group(resident: Resident, period: Period) -> list[etree._Element] | None:
    """UWV: the doelgroepregister."""
    known = resident.uwv.target_group if resident.uwv else None
    if known is None:
        return None
    client = _client(resident)
    if known.ends is not None:
        add(add(client, "LdrRegistratieWbQa"), "DatELdrRegistratieWbQa", known.ends)
    for ground in known.grounds:
        entry = add(client, "GrondslagArbeidsbeperktheid")
        add(entry, "CdGrondslagArbeidsbeperktheid", ground.code)
        add(entry, "DatBGrondslagArbeidsbeperktheid", ground.since)
        _maybe(entry, "DatEGrondslagArbeidsbeperktheid", ground.until)
    return [client]


def income(resident: Resident, period: Period) -> list[etree._Element] | None:
    """UWV: income relations that were paid in the period, with what was paid in it."""
    client = _client(resident)
    for number, job in enumerate(resident.uwv.jobs if resident.uwv else (), start=1):
        months = [month for month in months_of(job) if period.touches(*month)]
        if months:
            _job(client, number, job, months)
    if len(client) == 1:
        return None
    delivered = etree.Element("PeriodeGegevensleveringIko")
    for name, day in (("DatBPeriode", period.since), ("DatEPeriode", period.until)):
        if day is not None:
            add(delivered, name, PartialDate.of(day))
    return [client, delivered] if len(delivered) else [client]


def months_of(job: Job) -> Iterator[tuple[date, date]]:
    """First and last day of each stretch over which an employer reported, a month or what is left of one."""
    begin, last = job.since.earliest(), (job.until or job.reported_until).latest()
    assert begin is not None
    assert last is not None
    reported = job.reported_until.latest()
    assert reported is not None
    last = min(last, reported)
    while begin <= last:
        end = begin.replace(day=monthrange(begin.year, begin.month)[1])
        yield begin, min(end, last)
        begin = end + timedelta(days=1)


def _job(client: etree._Element, number: int, job: Job, months: list[tuple[date, date]]) -> None:
    relation = add(client, "Inkomstenverhouding")
    add(relation, "VolgnrIkv", number)
    add(relation, "DatBIkv", job.since)
    _maybe(relation, "DatEIkv", job.until)
    unit = add(relation, "AdministratieveEenheid")
    add(unit, "NaamAdministratieveEenheid", job.employer)
    add(unit, "Loonheffingennr", job.payroll_number)
    body = add(unit, "RechtspersoonAdministratieveEenh")
    add(body, "FiNr", job.payroll_number[:9])
    add(body, "NaamRechtspersoon", job.employer)
    stretch = add(relation, "Inkomstenperiode")
    add(stretch, "DatBIkp", job.since)
    _maybe(stretch, "DatEIkp", job.until)
    add(stretch, "CdSrtIkv", job.kind)
    add(stretch, "CdTypeArbeidscontract", job.contract)
    for since, until in months:
        report = add(relation, "Inkomstenopgave")
        add(report, "DatBIko", PartialDate.of(since))
        add(report, "DatEIko", PartialDate.of(until))
        # Somebody who came or left half-way is paid for the days.
        days, whole = (until - since).days + 1, monthrange(since.year, since.month)[1]
        add(report, "AantSvDagenIko", round(days * 5 / 7))
        add(report, "AantVerloondeUrenIko", round(job.hours * days / whole))
        amount = add(report, "BedrBrutoloonSv")
        add(amount, "CdMunteenheid", "EUR")
        add(amount, "CdPositiefNegatief", "+")
        add(amount, "WaardeBedr", round(job.cents * days / whole))


def benefits(resident: Resident, period: Period) -> list[etree._Element] | None:
    """Bijstand: applications and benefits, of every municipality."""
    known = resident.bijstand
    if known is None:
        return None
    client = _client(resident)
    _names(client, resident)
    for application in known.applications:
        entry = add(client, "AanvraagUitkering")
        add(entry, "DatAanvraagUitkering", application.on)
        add(add(entry, "SzWet"), "CdSzWet", application.law)
        if application.decision is not None:
            decision = add(entry, "BeslissingOpAanvraagUitkering")
            add(decision, "CdBeslissingOpAanvraagUitkering", application.decision)
            _maybe(decision, "DatDagtekeningBeslisOpAanvrUitk", application.decided_on)
        _source(entry, application.municipality)
    for benefit in known.benefits:
        _benefit(client, benefit)
    return [client]


def _benefit(client: etree._Element, benefit: Benefit) -> None:
    entry = add(client, "Uitkeringsverhouding")
    add(entry, "DatBUitkeringsverhouding", benefit.since)
    _maybe(entry, "DatEUitkeringsverhouding", benefit.until)
    add(add(entry, "SzWet"), "CdSzWet", benefit.law)
    if benefit.ended_because is not None:
        add(
            add(entry, "SpecifiekeGegevensBijstandUitk"),
            "CdAanleidingEindeBijstandUitk",
            benefit.ended_because,
        )
    stretch = add(entry, "Uitkeringsperiode")
    add(stretch, "DatBUitkeringsperiode", benefit.since)
    _maybe(stretch, "DatEUitkeringsperiode", benefit.until)
    if benefit.cents is not None:
        paid = add(add(stretch, "InkomstenBijstandUitkering"), "BedrBetaalbaarGesteldeUitkering")
        add(paid, "CdMunteenheid", "EUR")
        add(paid, "WaardeBedr", benefit.cents)
    _source(entry, benefit.municipality)


def reintegration(resident: Resident, period: Period) -> list[etree._Element] | None:
    """Municipalities: what they did to help somebody to work."""
    known = resident.reintegratie
    if known is None:
        return None
    client = _client(resident)
    _names(client, resident)
    for trajectory in known.trajectories:
        _trajectory(client, trajectory)
    return [client]


def _trajectory(client: etree._Element, trajectory: Trajectory) -> None:
    entry = add(client, "AtlRelatie")
    if trajectory.work_capacity is not None:
        add(add(entry, "Arbeidsvermogen"), "CdArbeidsvermogen", trajectory.work_capacity)
    if trajectory.goal is not None:
        add(add(entry, "DoelReintegratievoorziening"), "CdDoelRv", trajectory.goal)
    for provision in trajectory.provisions:
        help_ = add(entry, "ReIntegratievoorziening")
        add(help_, "DatBRv", provision.since)
        _maybe(help_, "DatERv", provision.until)
        add(help_, "CdTypeRvGsd", provision.kind)
        _maybe(help_, "OmsRv", provision.description)
        if provision.wage_value_percent is not None:
            share = add(add(help_, "Loonkostensubsidie"), "PercLoonwaardeTovWml")
            add(share, "CdPositiefNegatief", "+")
            # Five digits, the last two behind the comma.
            add(share, "Percentage", f"{provision.wage_value_percent * 100:05}")
    _source(entry, trajectory.municipality)


def _names(client: etree._Element, resident: Resident) -> None:
    """The names that a municipality sends along, though nobody here needs them."""
    _maybe(client, "Voornamen", resident.given_names)
    _maybe(client, "Voorvoegsel", resident.prefix)
    _maybe(client, "SignificantDeelVanDeAchternaam", resident.surname)
    _maybe(client, "Geboortedat", resident.birth)


def _source(parent: etree._Element, municipality: str) -> None:
    source = add(parent, "Bron")
    add(source, "CdKolomSuwi", _COLUMN_MUNICIPALITIES)
    add(source, "CdPartijSuwi", municipality)
