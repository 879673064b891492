"""Who fits a search in the BRP (the question types that begin with Zoek).

Text is compared without capitals; a star at an end stands for any text. Who died is only found when asked for.
"""

from collections.abc import Mapping

from sandbox.residents import Resident


def matches(resident: Resident, criteria: Mapping[str, object]) -> bool:
    """Whether a resident fits everything that was given."""
    if resident.suspension == "O" and criteria.get("inclusiefOverledenPersonen") is not True:
        return False
    held = _held(resident)
    return all(
        _fits(str(value), held.get(name, ""))
        for name, value in criteria.items()
        if name != "inclusiefOverledenPersonen"
    )


def _held(resident: Resident) -> dict[str, str]:
    held = {
        "geslachtsnaam": resident.surname,
        "voorvoegsel": resident.prefix,
        "voornamen": resident.given_names,
        "geslacht": resident.sex or "",
    }
    born = resident.birth
    if born is not None and born.year is not None and born.month is not None and born.day is not None:
        held["geboortedatum"] = f"{born.year:04}-{born.month:02}-{born.day:02}"
    place = resident.residence
    # A search by address finds who lives there or gets post there, not who left the country.
    if place is not None and place.kind in ("adres", "briefadres"):
        held |= {
            "postcode": place.postcode,
            "huisnummer": str(place.number or ""),
            "huisletter": place.letter,
            "huisnummertoevoeging": place.addition,
            "straat": place.street,
            "nummeraanduidingIdentificatie": place.address_id or "",
            "adresseerbaarObjectIdentificatie": place.object_id or "",
        }
    return held


def _fits(asked: str, held: str) -> bool:
    asked, held = asked.replace(" ", "").casefold(), held.replace(" ", "").casefold()
    if not held:
        return False
    if asked.endswith("*"):
        return held.startswith(asked[:-1])
    if asked.startswith("*"):
        return held.endswith(asked[1:])
    return asked == held
