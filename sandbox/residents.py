"""Who lives in the sandbox: fictional people, written for this product in ``residents.toml``.

What registries beside the BRP know of them stands in the same file; of official test persons it stands in
``official.toml``, which holds nothing but numbers and facts that we made up.
"""

import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from domain.base import Explained, Frozen
from domain.problems import problems_in
from sandbox.facts import Bijstand, Duo, Municipality, Reintegratie, Uwv, WrittenDate

Bsn = Annotated[str, Field(pattern="^[0-9]{9}$")]
ObjectId = Annotated[str, Field(pattern="^[0-9]{16}$")]
Sex = Literal["M", "V", "O"]


class ResidentsUnreadable(Explained):
    """A file with residents is wrong; the message says which resident, what and what to do."""


class Investigation(Frozen):
    """Which data are being investigated, in the numbering of the LO (rubriek 83.10), and since when."""

    subject: Annotated[str, Field(pattern="^[0-9]{6}$")]
    since: WrittenDate


class ForeignSource(Frozen):
    """Which body delivered data on a non-resident (RNI-deelnemer), per category of the LO."""

    category: str
    code: str


class Relative(Frozen):
    """A partner or child as the BRP holds them with somebody, who may be nobody's resident."""

    bsn: Bsn | None = None
    given_names: str = ""
    prefix: str = ""
    surname: str = ""
    birth: WrittenDate | None = None
    sex: Sex | None = None


class Partner(Relative):
    """A marriage or registered partnership. The BRP delivers the last one, also after its end."""

    kind: Literal["H", "P", "."] = "H"
    """Huwelijk, partnerschap or unknown."""
    since: WrittenDate | None = None
    until: WrittenDate | None = None


class Residence(Frozen):
    """Where somebody lives, or gets post."""

    kind: Literal["adres", "briefadres", "locatie", "buitenland", "onbekend"] = "adres"
    object_id: ObjectId | None = None
    """Identification of the object in the BAG."""
    address_id: ObjectId | None = None
    """Identification of the nummeraanduiding in the BAG."""
    street: Annotated[str, Field(max_length=80)] = ""
    number: Annotated[int, Field(ge=1, le=99999)] | None = None
    letter: Annotated[str, Field(pattern="^[a-zA-Z]?$")] = ""
    addition: Annotated[str, Field(max_length=4)] = ""
    postcode: Annotated[str, Field(pattern="^([1-9][0-9]{3}[A-Z]{2})?$")] = ""
    town: str = ""
    place: Annotated[str, Field(max_length=35)] = ""
    """Description of a locatie."""
    lines: Annotated[tuple[str, ...], Field(max_length=3)] = ()
    """Lines of an address abroad."""
    country: Annotated[str, Field(pattern="^[0-9]{4}$")] | None = None
    """Code of the national table 34; only abroad."""
    since: WrittenDate | None = None
    left: bool = False
    """Vastgesteld verblijft niet op adres: the municipality found that somebody does not live there."""


def _partner(value: object) -> object:
    return {"bsn": value} if isinstance(value, str) else value


def _children(value: object) -> object:
    if isinstance(value, list):
        return tuple({"bsn": child} if isinstance(child, str) else child for child in value)
    return value


class Resident(Frozen):
    """One person: what the BRP holds, as far as this product's questions touch it, and what others know."""

    bsn: Bsn
    given_names: str = ""
    prefix: str = ""
    surname: str = ""
    birth: WrittenDate | None = None
    municipality_code: Municipality | None = None
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
    sex: Sex | None = None
    guardianship: bool = False
    """Indicatie curateleregister."""
    residence: Residence | None = None
    partner: Annotated[Partner | None, BeforeValidator(_partner)] = None
    """A number alone is enough for somebody who lives here too."""
    children: Annotated[tuple[Relative, ...], BeforeValidator(_children)] = ()
    duo: Duo | None = None
    """What other registries know; None: nothing at all."""
    uwv: Uwv | None = None
    bijstand: Bijstand | None = None
    reintegratie: Reintegratie | None = None
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
    """Read the fictional residents and the names of municipalities that come with the program.

    Raises:
        ResidentsUnreadable: names each wrong field of the first resident that is wrong.
    """
    content = _read("residents.toml")
    residents = tuple(
        read_resident(entry, f"inwoner {number}") for number, entry in enumerate(content["inwoner"], start=1)
    )
    return residents, content["gemeenten"]


def with_facts(official: Iterable[Resident]) -> tuple[Resident, ...]:
    """Official test persons of the BRP, with what our other registries know of some of them.

    Raises:
        ResidentsUnreadable: our own file with those facts is wrong.
    """
    facts = {entry.pop("bsn"): entry for entry in _read("official.toml")["testpersoon"]}
    return tuple(
        read_resident(resident.model_dump() | facts[resident.bsn], "testpersoon")
        if resident.bsn in facts
        else resident
        for resident in official
    )


def read_resident(entry: Mapping[str, Any], which: str) -> Resident:
    """One resident out of a file.

    Args:
        entry: the fields.
        which: how the sentence names this resident when something is wrong.

    Raises:
        ResidentsUnreadable: names every wrong field.
    """
    try:
        return Resident.model_validate(entry)
    except ValidationError as error:
        said = "; ".join(f"{problem}" for problem in problems_in(error))
        raise ResidentsUnreadable(
            f"de gegevens van {which} zijn geweigerd: {said}. Herstel dat in het bestand."
        ) from None


def _read(name: str) -> dict[str, Any]:
    text = resources.files("sandbox").joinpath(name).read_text(encoding="utf-8")
    return tomllib.loads(text)
