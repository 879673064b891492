"""Where somebody lives, as the BRP delivers it: four kinds of verblijfplaats, and adressering."""

from collections.abc import Callable

from sandbox.brp_dates import Json, full_date
from sandbox.brp_question import Question
from sandbox.residents import Residence, Resident

_TYPES = {
    "adres": "Adres",
    "briefadres": "Adres",
    "locatie": "Locatie",
    "buitenland": "VerblijfplaatsBuitenland",
    "onbekend": "VerblijfplaatsOnbekend",
}
_ABROAD = frozenset({"buitenland", "onbekend"})
_FUNCTIONS = {"W": "woonadres", "B": "briefadres"}
_LONGEST_LINES = (40, 50, 35)
_COUNTRIES = {
    "5010": "België",
    "6022": "China",
    "6029": "Spanje",
    "7028": "Polen",
    "9089": "Bondsrepubliek Duitsland",
}
"""Of the national table 34, those that residents of the sandbox live in."""


def residence(resident: Resident, question: Question, doubt: Callable[[str], Json]) -> Json | None:
    """The element ``verblijfplaats``, or None when nothing of it was asked or is known.

    Args:
        doubt: ``inOnderzoek`` of one datum by its path: empty when there is none.
    """
    place = resident.residence
    if place is None:
        return None
    # Who may not see addresses abroad asks under another name, and then gets none of them.
    roots = ["verblijfplaats"] if place.kind in _ABROAD else ["verblijfplaats", "verblijfplaatsBinnenland"]
    if not any(question.wants(root) for root in roots):
        return None

    def wanted(path: str) -> bool:
        return any(question.wants(f"{root}.{path}") for root in roots)

    delivered: Json = {"type": _TYPES[place.kind]}
    for name, value in _details(place).items():
        if value is not None and wanted(name):
            delivered[name] = value
    address = {name: value for name, value in _address(place).items() if wanted(f"verblijfadres.{name}")}
    if address:
        delivered["verblijfadres"] = address
    if place.left and place.kind not in _ABROAD:
        delivered["indicatieVastgesteldVerblijftNietOpAdres"] = True
    doubts: Json = {}
    for name in ("type", *_details(place)):
        if name in delivered:
            doubts |= doubt(f"verblijfplaats.{name}")
    return delivered | ({"inOnderzoek": doubts} if doubts else {})


def addressing(resident: Resident, question: Question) -> Json | None:
    """The element ``adressering``: the lines of an address. How somebody is greeted, the sandbox leaves out."""
    place = resident.residence
    if place is None:
        return None
    roots = ["adressering"] if place.kind in _ABROAD else ["adressering", "adresseringBinnenland"]
    lines: Json = {
        name: value
        for name, value in _lines(place).items()
        if any(question.wants(f"{root}.{name}") for root in roots)
    }
    if place.left and lines:
        lines["indicatieVastgesteldVerblijftNietOpAdres"] = True
    return lines or None


def _details(place: Residence) -> Json:
    details: Json = {"datumVan": None if place.since is None else full_date(place.since)}
    if place.kind in _ABROAD:
        return details
    function = "B" if place.kind == "briefadres" else "W"
    details["functieAdres"] = {"code": function, "omschrijving": _FUNCTIONS[function]}
    if place.kind != "locatie":
        details["adresseerbaarObjectIdentificatie"] = place.object_id
        details["nummeraanduidingIdentificatie"] = place.address_id
    return details


def _address(place: Residence) -> Json:
    if place.kind == "onbekend":
        return {}
    if place.kind == "locatie":
        return {"locatiebeschrijving": place.place} if place.place else {}
    if place.kind == "buitenland":
        return _abroad("regel", place)
    parts: Json = {
        "officieleStraatnaam": place.street,
        "korteStraatnaam": place.street[:24],
        "huisnummer": place.number,
        "huisletter": place.letter,
        "huisnummertoevoeging": place.addition,
        "postcode": place.postcode,
        "woonplaats": place.town,
    }
    return {name: value for name, value in parts.items() if value}


def _lines(place: Residence) -> Json:
    if place.kind == "buitenland":
        return _abroad("adresregel", place)
    if place.kind == "locatie":
        return {"adresregel1": place.place} if place.place else {}
    if not place.street or place.number is None:
        return {}
    addition = f"-{place.addition}" if place.addition else ""
    lines: Json = {"adresregel1": f"{place.street} {place.number}{place.letter}{addition}"[:40]}
    if place.postcode:
        lines["adresregel2"] = f"{place.postcode[:4]} {place.postcode[4:]}  {place.town.upper()}".strip()[:50]
    return lines


def _abroad(name: str, place: Residence) -> Json:
    lines = zip(place.lines, _LONGEST_LINES, strict=False)
    return {f"{name}{number}": line[:most] for number, (line, most) in enumerate(lines, start=1)} | _country(
        place
    )


def _country(place: Residence) -> Json:
    if place.country is None:
        return {}
    name = _COUNTRIES.get(place.country)
    return {"land": {"code": place.country} | ({} if name is None else {"omschrijving": name})}
