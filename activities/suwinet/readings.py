"""What each service says, reduced to what the rules need.

Source: SuwiML Basisschema v0801 and the reactions of the five services; names of fields are theirs. A date is
eight digits (yyyymmdd) of which the day, the month, or all may be zero: that part is unknown.
"""

from collections.abc import Iterator
from datetime import date
from types import UnionType
from typing import Annotated, ClassVar, NamedTuple, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from activities.registries import NotUnderstood
from activities.suwinet.schools import school_of
from domain.findings import (
    Benefits,
    BenefitSpell,
    Earnings,
    Enrolment,
    Ground,
    Job,
    Paid,
    PartialDate,
    Provision,
    Reintegration,
    SchoolRecord,
    TargetGroup,
)

_LAST_YEAR = 9998
"""Leaves room to name the day after an incomplete date."""
_NO_END_YEAR = "9999"
"""Registries write a day in this year for an end that is not foreseen."""
_YES = "1"
_NO = "2"
_CENTS = Field(ge=0, le=10**12)


def _date(text: object) -> PartialDate:
    if not isinstance(text, str) or len(text) != 8 or not (text.isascii() and text.isdigit()):
        raise ValueError("no date")
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    if year == 0:
        return PartialDate()
    if year > _LAST_YEAR or month > 12:
        raise ValueError("no date")
    if month == 0:
        return PartialDate(year=year)
    if day == 0:
        return PartialDate(year=year, month=month)
    return PartialDate.of(date(year, month, day))


def _end(text: object) -> PartialDate | None:
    # 00000000 is an end on a day that nobody knows, which is neither "still running" nor a day; only an end
    # that is not there at all means that it runs still.
    if text is None or (isinstance(text, str) and text.startswith(_NO_END_YEAR) and len(text) == 8):
        return None
    return _date(text)


_Date = Annotated[PartialDate, BeforeValidator(_date)]
_End = Annotated[PartialDate | None, BeforeValidator(_end)]
_Code = Annotated[str | None, Field(max_length=70)]


class _Wire(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)


class _Client(_Wire):
    """ClientSuwi: everything of one person."""

    finding: ClassVar[str]
    """The field of a finding that this becomes."""
    Burgerservicenr: Annotated[str, Field(pattern="^[0-9]{9}$")]

    def told(self) -> BaseModel:
        """As the rules know it."""
        raise NotImplementedError


# --- DUO ------------------------------------------------------------------------------------------


class _Contents(_Wire):
    CdNiveauOpleidingDuo: _Code = None


class _Participation(_Wire):
    DatBDeelnameOpleiding: _Date
    DatEDeelnameOpleiding: _End = None
    InhoudDeelnameOpleidingDuo: _Contents

    @property
    def level(self) -> str:
        return self.InhoudDeelnameOpleidingDuo.CdNiveauOpleidingDuo or ""


class _Agreement(_Wire):
    DatInschrijvingOpleiding: _Date
    DatUitschrijvingOpleiding: _End = None
    DeelnameOpleidingGeregistrDuo: list[_Participation] = []

    def enrolments(self) -> Iterator[Enrolment]:
        """One per participation, which is a school year or a part of one; without any, the agreement itself."""
        for part in self.DeelnameOpleidingGeregistrDuo:
            yield Enrolment(
                since=part.DatBDeelnameOpleiding,
                # Who left the school left what was followed there.
                until=part.DatEDeelnameOpleiding or self.DatUitschrijvingOpleiding,
                school=school_of(part.level),
                level=part.level,
            )
        if not self.DeelnameOpleidingGeregistrDuo:
            yield Enrolment(since=self.DatInschrijvingOpleiding, until=self.DatUitschrijvingOpleiding)


class _School(_Client):
    finding = "school"
    IndStartkwalificatieDuo: Annotated[str, Field(pattern="^[0-9]$")] | None = None
    Onderwijsovereenkomst: list[_Agreement] = []

    def told(self) -> SchoolRecord:
        return SchoolRecord(
            basic_qualification={_YES: True, _NO: False}.get(self.IndStartkwalificatieDuo or ""),
            enrolments=tuple(one for part in self.Onderwijsovereenkomst for one in part.enrolments()),
        )


# --- UWV ------------------------------------------------------------------------------------------


class _Registration(_Wire):
    DatELdrRegistratieWbQa: _End = None


class _Ground(_Wire):
    CdGrondslagArbeidsbeperktheid: _Code = None
    DatBGrondslagArbeidsbeperktheid: _Date
    DatEGrondslagArbeidsbeperktheid: _End = None


class _TargetGroup(_Client):
    finding = "target_group"
    LdrRegistratieWbQa: _Registration | None = None
    GrondslagArbeidsbeperktheid: list[_Ground] = []

    def told(self) -> TargetGroup:
        registration = self.LdrRegistratieWbQa
        return TargetGroup(
            registered=registration is not None,
            ends=None if registration is None else registration.DatELdrRegistratieWbQa,
            grounds=tuple(
                Ground(
                    code=ground.CdGrondslagArbeidsbeperktheid or "",
                    since=ground.DatBGrondslagArbeidsbeperktheid,
                    until=ground.DatEGrondslagArbeidsbeperktheid,
                )
                for ground in self.GrondslagArbeidsbeperktheid
            ),
        )


class _Amount(_Wire):
    """StandaardBedr, in cents."""

    CdMunteenheid: Annotated[str, Field(pattern="^EUR$")] | None = None
    CdPositiefNegatief: Annotated[str, Field(pattern="^[+-]$")] | None = None
    WaardeBedr: Annotated[int, _CENTS] | None = None

    @property
    def cents(self) -> int | None:
        if self.WaardeBedr is None:
            return None
        return -self.WaardeBedr if self.CdPositiefNegatief == "-" else self.WaardeBedr


class _Period(_Wire):
    DatBIkp: _Date
    CdSrtIkv: _Code = None


class _Report(_Wire):
    DatBIko: _Date
    DatEIko: _End = None
    BedrBrutoloonSv: _Amount | None = None

    def paid(self, kind: str) -> Iterator[Paid]:
        """That a wage was paid; the amount stays where it is. Nothing where none was reported."""
        cents = None if self.BedrBrutoloonSv is None else self.BedrBrutoloonSv.cents
        if cents is not None and cents > 0:
            yield Paid(since=self.DatBIko, until=self.DatEIko, kind=kind)


class _Job(_Wire):
    DatBIkv: _End = None
    DatEIkv: _End = None
    Inkomstenperiode: Annotated[list[_Period], Field(min_length=1)]
    Inkomstenopgave: Annotated[list[_Report], Field(min_length=1)]

    def job(self) -> Job:
        return Job(since=self.DatBIkv, until=self.DatEIkv, kind=self.kind)

    @property
    def kind(self) -> str:
        """CdSrtIkv of the latest period."""
        latest = max(self.Inkomstenperiode, key=lambda period: period.DatBIkp.earliest() or date.min)
        return latest.CdSrtIkv or ""


class _Earnings(_Client):
    finding = "earnings"
    Inkomstenverhouding: list[_Job] = []

    def told(self) -> Earnings:
        return Earnings(
            jobs=tuple(job.job() for job in self.Inkomstenverhouding),
            paid=tuple(
                paid
                for job in self.Inkomstenverhouding
                for report in job.Inkomstenopgave
                for paid in report.paid(job.kind)
            ),
        )


# --- Inlichtingenbureau ---------------------------------------------------------------------------


class _Law(_Wire):
    CdSzWet: Annotated[str, Field(min_length=1, max_length=5)]


class _Application(_Wire):
    DatAanvraagUitkering: _End = None
    SzWet: _Law

    def told(self) -> BenefitSpell:
        return BenefitSpell(law=self.SzWet.CdSzWet, since=self.DatAanvraagUitkering or PartialDate())


class _Benefit(_Wire):
    DatBUitkeringsverhouding: _Date
    DatEUitkeringsverhouding: _End = None
    SzWet: _Law

    def told(self) -> BenefitSpell:
        return BenefitSpell(
            law=self.SzWet.CdSzWet, since=self.DatBUitkeringsverhouding, until=self.DatEUitkeringsverhouding
        )


class _Benefits(_Client):
    finding = "benefits"
    AanvraagUitkering: list[_Application] = []
    Uitkeringsverhouding: list[_Benefit] = []

    def told(self) -> Benefits:
        return Benefits(
            spells=tuple(one.told() for one in self.Uitkeringsverhouding),
            applications=tuple(one.told() for one in self.AanvraagUitkering),
        )


class _Percentage(_Wire):
    """StandaardPerc: five digits, of which two behind the comma (SGR: 999,99)."""

    CdPositiefNegatief: Annotated[str, Field(pattern="^[+]$")] | None = None
    Percentage: Annotated[str, Field(pattern="^[0-9]{5}$")] | None = None

    @property
    def whole(self) -> int | None:
        """In whole percents, half up."""
        return None if self.Percentage is None else (int(self.Percentage) + 50) // 100


class _Subsidy(_Wire):
    PercLoonwaardeTovWml: _Percentage


class _Provision(_Wire):
    DatBRv: _Date
    DatERv: _End = None
    CdTypeRvGsd: _Code = None
    Loonkostensubsidie: _Subsidy | None = None

    def told(self) -> Provision:
        subsidy = self.Loonkostensubsidie
        return Provision(
            kind=self.CdTypeRvGsd or "",
            since=self.DatBRv,
            until=self.DatERv,
            wage_value_percent=None if subsidy is None else subsidy.PercLoonwaardeTovWml.whole,
        )


class _Capacity(_Wire):
    CdArbeidsvermogen: _Code = None


class _Relation(_Wire):
    Arbeidsvermogen: _Capacity | None = None
    ReIntegratievoorziening: list[_Provision] = []

    @property
    def capacity(self) -> str:
        return "" if self.Arbeidsvermogen is None else self.Arbeidsvermogen.CdArbeidsvermogen or ""


class _Reintegration(_Client):
    finding = "reintegration"
    AtlRelatie: list[_Relation] = []

    def told(self) -> Reintegration:
        capacities = {relation.capacity for relation in self.AtlRelatie} - {""}
        return Reintegration(
            # Two municipalities that say different things say nothing that a rule can use.
            work_capacity=capacities.pop() if len(capacities) == 1 else "",
            provisions=tuple(
                one.told() for relation in self.AtlRelatie for one in relation.ReIntegratievoorziening
            ),
        )


# --- reading --------------------------------------------------------------------------------------


def _models(model: type[_Wire]) -> Iterator[type[_Wire]]:
    """A model with every model that its fields are made of."""
    yield model
    for field in model.model_fields.values():
        for part in _parts(field.annotation):
            yield from _models(part)


def _parts(annotation: object) -> Iterator[type[_Wire]]:
    if isinstance(annotation, type) and issubclass(annotation, _Wire):
        yield annotation
    elif isinstance(annotation, UnionType) or get_args(annotation):
        for argument in get_args(annotation):
            yield from _parts(argument)


class Reading(NamedTuple):
    """What was said of one person."""

    field: str
    """Of a finding."""
    value: BaseModel


class Reader:
    """Reads the answers of one service."""

    def __init__(self, model: type[_Client]) -> None:
        self._model = model
        self.names = frozenset(name for part in _models(model) for name in part.model_fields)
        """Every element that is read."""

    @classmethod
    def of(cls, question: str) -> Self:
        """The reader of the answers to a question (a key of ``domain.questions.QUESTIONS``)."""
        return cls(_ANSWERS[question])

    def read(self, client: object, bsn: str) -> Reading:
        """Read ClientSuwi.

        Args:
            client: plain values by the names of the contract.
            bsn: about whom was asked.

        Raises:
            NotUnderstood: something is missing or impossible, or it is about somebody else.
        """
        try:
            said = self._model.model_validate(client)
        except ValidationError as error:
            problem = self._problem(error)
        else:
            if said.Burgerservicenr == bsn:
                return Reading(self._model.finding, said.told())
            problem = "het gaat over een andere persoon dan gevraagd"
        # Raised outside the handler: the error of the library knows the answer.
        raise NotUnderstood(problem)

    def _problem(self, error: ValidationError) -> str:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        names = dict.fromkeys(part for part in first["loc"] if isinstance(part, str) and part in self.names)
        return f"het veld {'.'.join(names) or 'ClientSuwi'} ontbreekt of klopt niet"


_ANSWERS: dict[str, type[_Client]] = {
    "duo_onderwijs": _School,
    "uwv_doelgroepregister": _TargetGroup,
    "uwv_inkomen": _Earnings,
    "bijstandsregelingen": _Benefits,
    "gsd_reintegratie": _Reintegration,
}
