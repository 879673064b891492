"""Who lives in the sandbox: fictional people, written for this product in ``residents.toml``."""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from importlib import resources
from typing import Annotated

from pydantic import BeforeValidator, Field

from domain.base import Frozen
from domain.findings import PartialDate


def partial_date(value: object) -> object:
    """Read a date as people write it: ``1985-12-01``, ``1985-12``, ``1985`` or ``onbekend``."""
    if isinstance(value, date):
        return PartialDate.of(value)
    if isinstance(value, str):
        if value == "onbekend":
            return PartialDate()
        year, month, day = ([int(part) for part in value.split("-")] + [0, 0])[:3]
        return PartialDate(year=year, month=month or None, day=day or None)
    return value


WrittenDate = Annotated[PartialDate, BeforeValidator(partial_date)]
Bsn = Annotated[str, Field(pattern="^[0-9]{9}$")]


class Investigation(Frozen):
    """Which data are being investigated, in the numbering of the LO (rubriek 83.10), and since when."""

    subject: Annotated[str, Field(pattern="^[0-9]{6}$")]
    since: WrittenDate


class ForeignSource(Frozen):
    """Which body delivered data on a non-resident (RNI-deelnemer), per category of the LO."""

    category: str
    code: str


class Resident(Frozen):
    """One person as the BRP holds them: only what this product's questions touch."""

    bsn: Bsn
    given_names: str = ""
    prefix: str = ""
    surname: str = ""
    birth: WrittenDate | None = None
    municipality_code: Annotated[str, Field(pattern="^[0-9]{4}$")] | None = None
    secret: bool = False
    suspension: str | None = None
    """Reden opschorting bijhouding: O, E, M, R, W, F or a full stop."""
    suspended_on: WrittenDate | None = None
    died_on: WrittenDate | None = None
    """None: alive. An unknown date is a `PartialDate` without a year."""
    investigations: tuple[Investigation, ...] = ()
    foreign_sources: tuple[ForeignSource, ...] = ()
    verified_on: WrittenDate | None = None
    verification: str = ""
    address: Annotated[str, Field(pattern="^[0-9]{16}$")] | None = None
    """Identification of the object in the BAG that somebody lives in."""
    partner: Bsn | None = None
    partner_until: WrittenDate | None = None
    """When the marriage or partnership ended; the BRP delivers the last partner then, with this date."""
    note: str = ""
    """What is special about this person, for whoever picks one. Never delivered by the BRP."""


class Register:
    """All residents, by BSN. The first one wins where a number occurs twice."""

    def __init__(self, residents: Iterable[Resident], municipalities: Mapping[str, str]) -> None:
        self._by_bsn: dict[str, Resident] = {}
        for resident in residents:
            self._by_bsn.setdefault(resident.bsn, resident)
        self._municipalities = dict(municipalities)

    def __len__(self) -> int:
        return len(self._by_bsn)

    def find(self, bsn: str) -> Resident | None:
        return self._by_bsn.get(bsn)

    def all(self) -> tuple[Resident, ...]:
        return tuple(self._by_bsn.values())

    def municipality_name(self, code: str) -> str | None:
        return self._municipalities.get(code)


def load_residents() -> tuple[tuple[Resident, ...], dict[str, str]]:
    """Read the fictional residents and the names of municipalities that come with the program."""
    text = resources.files("sandbox").joinpath("residents.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    return tuple(Resident.model_validate(entry) for entry in content["inwoner"]), content["gemeenten"]
