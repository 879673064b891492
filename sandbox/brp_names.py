"""Names as the BRP delivers them, of somebody and of their relatives."""

from sandbox.brp_dates import Json
from sandbox.residents import Relative, Resident

_SEXES = {"M": "man", "V": "vrouw", "O": "onbekend"}
_LOOSE = ("voornamen", "voorvoegsel", "geslachtsnaam", "voorletters")


def names(person: Resident | Relative, *, whole: bool) -> Json:
    """Every part of a name that there is.

    Args:
        whole: with ``volledigeNaam``, which relatives do not have.
    """
    initials = "".join(f"{part[0]}." for part in person.given_names.split())[:40]
    parts = dict(zip(_LOOSE, (person.given_names, person.prefix, person.surname, initials), strict=True))
    if whole:
        parts["volledigeNaam"] = " ".join(
            part for part in (person.given_names, person.prefix, person.surname) if part
        )
    return {name: text for name, text in parts.items() if text}


def sex(person: Resident | Relative) -> Json | None:
    """Geslacht as a value of its table."""
    return None if person.sex is None else {"code": person.sex, "omschrijving": _SEXES[person.sex]}
