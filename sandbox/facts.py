"""What registries other than the BRP know of a resident. Everything in it is made up.

A table that is absent means that the source knows nothing of somebody, which is another answer than an empty one.
Codes are written as the service sends them; where no public list of codes was found, ours are fictional.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from domain.base import Frozen
from domain.findings import PartialDate


def partial_date(value: object) -> object:
    """Read a date as people write it: ``1985-12-01``, ``1985-12``, ``1985`` or ``onbekend``."""
    if isinstance(value, date):
        return PartialDate.of(value)
    if isinstance(value, str):
        if value == "onbekend":
            return PartialDate()
        try:
            year, month, day = ([int(part) for part in value.split("-")] + [0, 0])[:3]
            date(year, month or 1, day or 1)
        except ValueError:
            raise ValueError("is geen datum; schrijf 1985-12-01, 1985-12, 1985 of onbekend") from None
        return PartialDate(year=year, month=month or None, day=day or None)
    return value


def _whole(value: PartialDate) -> PartialDate:
    if value.day is None:
        raise ValueError("is geen hele datum; schrijf jaar-maand-dag")
    return value


WrittenDate = Annotated[PartialDate, BeforeValidator(partial_date)]
WholeDate = Annotated[PartialDate, BeforeValidator(partial_date), AfterValidator(_whole)]
Municipality = Annotated[str, Field(pattern="^[0-9]{4}$")]
School = Literal["vo", "vso", "pro", "mbo", "hbo_wo"]


class _Spell(Frozen):
    """Something that begins, and may have ended."""

    since: WrittenDate
    until: WrittenDate | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        begin, end = self.since.earliest(), self.until.latest() if self.until else None
        if begin is not None and end is not None and end < begin:
            raise ValueError("eindigt voordat het begint; draai since en until om")
        return self


class Enrolment(_Spell):
    """One enrolment at a school."""

    school: School
    brin: Annotated[str, Field(pattern="^[0-9]{2}[A-Z]{2}$")]
    level: Annotated[str, Field(max_length=70)]
    programme: Annotated[str, Field(max_length=40)] = ""
    learning_path: Annotated[str, Field(max_length=70)] = ""
    """Leerweg: BOL or BBL."""
    year: Annotated[str, Field(max_length=2)] = ""


class Exam(Frozen):
    """One result of an exam."""

    level: Annotated[str, Field(max_length=70)]
    programme: Annotated[str, Field(max_length=40)] = ""
    passed: bool
    on: WholeDate


class Duo(Frozen):
    """What DUO registers of somebody's education."""

    basic_qualification: bool | None = None
    """Startkwalificatie; None: DUO does not say."""
    enrolments: tuple[Enrolment, ...] = ()
    exams: tuple[Exam, ...] = ()


class Ground(_Spell):
    """Why somebody counts for the banenafspraak."""

    code: Annotated[str, Field(min_length=2, max_length=2)]


class TargetGroup(Frozen):
    """The doelgroepregister."""

    ends: WrittenDate | None = None
    grounds: Annotated[tuple[Ground, ...], Field(min_length=1)]


class Job(_Spell):
    """One income relation, paid by the month."""

    employer: Annotated[str, Field(max_length=200)]
    payroll_number: Annotated[str, Field(pattern="^[0-9]{9}L[0-9]{2}$")]
    since: WholeDate
    until: WholeDate | None = None
    kind: Annotated[str, Field(pattern="^[0-9]{2}$")] = "15"
    """Code soort inkomstenverhouding; 15: wage of a private employer, 43: Participatiewet."""
    contract: Annotated[str, Field(pattern="^[A-Z]$")] = "B"
    hours: Annotated[int, Field(ge=0, le=300)]
    """Paid hours a month."""
    cents: Annotated[int, Field(ge=0, le=10_000_000)]
    """Gross SV wage a month, in cents of a euro."""
    reported_until: WholeDate
    """Last day over which the employer reported."""


class Uwv(Frozen):
    """What UWV knows; each part may be unknown."""

    target_group: TargetGroup | None = None
    jobs: tuple[Job, ...] = ()


class Benefit(_Spell):
    """A benefit that a municipality pays or paid."""

    law: Annotated[str, Field(pattern="^[A-Z]{1,5}$")] = "PW"
    municipality: Municipality
    ended_because: Annotated[str, Field(pattern="^[0-9]{2}$")] | None = None
    cents: Annotated[int, Field(ge=0)] | None = None
    """Paid a month, in cents of a euro."""


class Application(Frozen):
    """An application for a benefit."""

    law: Annotated[str, Field(pattern="^[A-Z]{1,5}$")] = "PW"
    municipality: Municipality
    on: WrittenDate
    decision: Annotated[str, Field(pattern="^[0-9]{2}$")] | None = None
    decided_on: WrittenDate | None = None


class Bijstand(Frozen):
    """What municipalities gave to the Inlichtingenbureau about bijstand."""

    benefits: tuple[Benefit, ...] = ()
    applications: tuple[Application, ...] = ()


class Provision(_Spell):
    """One voorziening on the way to work."""

    kind: Annotated[str, Field(pattern="^[0-9]{2}$")]
    description: Annotated[str, Field(max_length=100)] = ""
    wage_value_percent: Annotated[int, Field(ge=0, le=100)] | None = None


class Trajectory(Frozen):
    """What one municipality did to help somebody to work."""

    municipality: Municipality
    work_capacity: Annotated[str, Field(min_length=2, max_length=2)] | None = None
    goal: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    provisions: tuple[Provision, ...] = ()


class Reintegratie(Frozen):
    """What municipalities did, all together."""

    trajectories: Annotated[tuple[Trajectory, ...], Field(min_length=1)]
