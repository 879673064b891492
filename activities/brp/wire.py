"""Answers of the BRP as they travel: only the parts that were asked.

Names are those of the OpenAPI. Unknown fields are fine (the BRP adds fields within a version); a known field
of another type is not.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.findings import PartialDate


class Wire(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)


# The last year leaves room to name the day after an incomplete date.
_Year = Annotated[int, Field(ge=1, le=9998)]
_Month = Annotated[int, Field(ge=1, le=12)]
_Bsn = Annotated[str, Field(pattern="^[0-9]{9}$")]


class _WholeDate(Wire):
    type: Literal["Datum"]
    datum: date

    def partial(self) -> PartialDate:
        return PartialDate.of(self.datum)


class _YearMonth(Wire):
    type: Literal["JaarMaandDatum"]
    jaar: _Year
    maand: _Month

    def partial(self) -> PartialDate:
        return PartialDate(year=self.jaar, month=self.maand)


class _YearOnly(Wire):
    type: Literal["JaarDatum"]
    jaar: _Year

    def partial(self) -> PartialDate:
        return PartialDate(year=self.jaar)


class _UnknownDate(Wire):
    type: Literal["DatumOnbekend"]

    def partial(self) -> PartialDate:
        return PartialDate()


AnyDate = Annotated[_WholeDate | _YearMonth | _YearOnly | _UnknownDate, Field(discriminator="type")]


class Investigated(Wire):
    """A group of which data may be under investigation: which fields, and since when."""

    inOnderzoek: dict[str, object] | None = None

    @property
    def doubted(self) -> bool:
        return self.inOnderzoek is not None and any(self.inOnderzoek.values())


class Code(Wire):
    code: Annotated[str, Field(min_length=1, max_length=40)]


class MunicipalityCode(Wire):
    code: Annotated[str, Field(pattern="^[0-9]{4}$")]


class Dated(Investigated):
    """``geboorte``, ``overlijden`` and ``ontbindingHuwelijkPartnerschap``."""

    datum: AnyDate | None = None

    def partial(self) -> PartialDate | None:
        return None if self.datum is None else self.datum.partial()


class Suspension(Wire):
    reden: Code | None = None
    datum: AnyDate | None = None


class Partner(Investigated):
    burgerservicenummer: _Bsn | None = None
    ontbindingHuwelijkPartnerschap: Dated | None = None
    """Without a partner the BRP delivers the last one, with this group."""


class Child(Investigated):
    burgerservicenummer: _Bsn | None = None
    """A child may have none, as when it was born dead or lives abroad."""


class Place(Investigated):
    type: Literal["Adres", "Locatie", "VerblijfplaatsBuitenland", "VerblijfplaatsOnbekend"]
    """Comes along with any field of it."""
    adresseerbaarObjectIdentificatie: Annotated[str, Field(pattern="^[0-9]{16}$")] | None = None
    functieAdres: Code | None = None
    indicatieVastgesteldVerblijftNietOpAdres: bool | None = None


class Person(Investigated):
    burgerservicenummer: str | None = None
    geboorte: Dated | None = None
    gemeenteVanInschrijving: MunicipalityCode | None = None
    overlijden: Dated | None = None
    verblijfplaats: Place | None = None
    partners: list[Partner] = []
    kinderen: list[Child] = []
    indicatieCurateleRegister: bool | None = None
    opschortingBijhouding: Suspension | None = None
    geheimhoudingPersoonsgegevens: bool | None = None


class Answer(Wire):
    type: str
    """Repeats the type of the question."""
    personen: list[Person]


FIELD_NAMES = frozenset(
    name
    for model in (Answer, Person, Dated, Suspension, Partner, Child, Place, Code)
    for name in model.model_fields
)
"""Names that may be told of an answer that cannot be read: our own, never what somebody sent."""
