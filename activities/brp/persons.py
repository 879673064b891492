"""From what the BRP delivered to the few facts that this product keeps."""

from datetime import date
from typing import NamedTuple

from activities.brp.wire import Person, Place
from activities.registries import NotUnderstood
from domain.findings import BrpPerson, PartialDate, Residence

ADULT_YEARS = 18

_NO_MUNICIPALITY = frozenset({"0000", "1999"})
"""BRP table 33: unknown, and the register of non-residents (RNI)."""
_DECEASED = "O"
_NON_RESIDENT = "R"
_UNKNOWN_REASON = "."
_POST_ONLY = "B"
"""Functie adres: briefadres."""
_NO_OBJECT = "0" * 16
_KINDS: dict[str, Residence] = {
    "Adres": "adres",
    "Locatie": "locatie",
    "VerblijfplaatsBuitenland": "buitenland",
    "VerblijfplaatsOnbekend": "onbekend",
}


class Hit(NamedTuple):
    """Somebody who may be the one that was searched for. No name and no address: those the searcher has."""

    bsn: str
    birth: PartialDate | None
    municipality_code: str | None
    """The municipality that the search was limited to; None: it was not. A search tells of no other."""


def the_one(people: list[Person], bsn: str) -> Person:
    """The only person in an answer about one number.

    Raises:
        NotUnderstood: another, or more than one.
    """
    if len(people) > 1:
        raise NotUnderstood("er komt meer dan één persoon terug op één nummer")
    if people[0].burgerservicenummer not in (None, bsn):
        raise NotUnderstood("er komt een andere persoon terug dan gevraagd")
    return people[0]


def facts_of(person: Person) -> BrpPerson:
    """What the rules need. Children are asked apart: see `BrpClient.children_at`."""
    municipality, place, death = person.gemeenteVanInschrijving, person.verblijfplaats, person.overlijden
    suspension = _suspension(person)
    since = None if person.opschortingBijhouding is None else person.opschortingBijhouding.datum
    return BrpPerson(
        birth=None if person.geboorte is None else person.geboorte.partial(),
        municipality_code=(
            None if municipality is None or municipality.code in _NO_MUNICIPALITY else municipality.code
        ),
        secret=bool(person.geheimhoudingPersoonsgegevens),
        # The group is only sent when a death is on record, with or without its date.
        deceased=death is not None or suspension == _DECEASED,
        deceased_on=None if death is None else death.partial(),
        suspension=suspension,
        suspended_on=None if since is None else since.partial(),
        under_investigation=_doubted(person),
        residence=_residence(place),
        not_at_address=place is not None and bool(place.indicatieVastgesteldVerblijftNietOpAdres),
        guardianship=bool(person.indicatieCurateleRegister),
        has_partner=_has_partner(person, suspension),
    )


def partners_of(person: Person) -> tuple[str, ...]:
    """Numbers of who is the partner now, as far as the BRP knows them."""
    return tuple(
        partner.burgerservicenummer
        for partner in person.partners
        if partner.burgerservicenummer is not None and partner.ontbindingHuwelijkPartnerschap is None
    )


def children_of(person: Person) -> tuple[str, ...]:
    """Numbers of all children, as far as the BRP knows them."""
    numbers = (child.burgerservicenummer for child in person.kinderen)
    return tuple(dict.fromkeys(number for number in numbers if number is not None))


def home_of(person: Person) -> str | None:
    """Which object of the BAG somebody lives in; None: unknown, elsewhere, only post goes there, or secret."""
    place = person.verblijfplaats
    if place is None or person.geheimhoudingPersoonsgegevens or not _lives(person):
        return None
    if _residence(place) != "adres" or place.indicatieVastgesteldVerblijftNietOpAdres:
        return None
    return (
        None
        if place.adresseerbaarObjectIdentificatie == _NO_OBJECT
        else place.adresseerbaarObjectIdentificatie
    )


def is_child_at(person: Person, address: str, today: date) -> bool:
    """Whether somebody lives at this address and is not certainly of age."""
    if home_of(person) != address:
        return False
    birth = None if person.geboorte is None else person.geboorte.partial()
    latest = None if birth is None else birth.latest()
    if latest is None:
        return True
    # As numbers, so that who was born on 29 February comes of age on 1 March and not a day early.
    return (today.year - ADULT_YEARS, today.month, today.day) < (latest.year, latest.month, latest.day)


def _suspension(person: Person) -> str | None:
    suspension = person.opschortingBijhouding
    if suspension is None:
        return None
    return _UNKNOWN_REASON if suspension.reden is None else suspension.reden.code


def _lives(person: Person) -> bool:
    """Alive, and kept up by a municipality: of others the last address stays on record."""
    return person.overlijden is None and person.opschortingBijhouding is None


def _residence(place: Place | None) -> Residence:
    if place is None:
        return ""
    kind = _KINDS[place.type]
    posted = place.functieAdres is not None and place.functieAdres.code.upper() == _POST_ONLY
    return "briefadres" if posted and kind in ("adres", "locatie") else kind


def _has_partner(person: Person, suspension: str | None) -> bool | None:
    ended = [partner.ontbindingHuwelijkPartnerschap for partner in person.partners]
    if any(partner.doubted for partner in person.partners) or any(end and end.doubted for end in ended):
        return None
    if person.partners:
        return None in ended
    # Of non-residents marriages are not kept.
    return None if suspension == _NON_RESIDENT else False


def _doubted(person: Person) -> bool:
    """Whether anything that was asked is under investigation."""
    parts = (
        person,
        person.geboorte,
        person.overlijden,
        person.verblijfplaats,
        *person.partners,
        *(partner.ontbindingHuwelijkPartnerschap for partner in person.partners),
        *person.kinderen,
    )
    return any(part is not None and part.doubted for part in parts)
