"""Searches of the BRP: what may be filled in (OpenAPI of RvIG, the schemas that end in ``Filter``)."""

import re
from collections.abc import Mapping

from activities.brp.outcome import nothing_asked

_LETTERS = "a-zA-Z0-9À-ž .\\-'"
_SHAPES: dict[str, tuple[str, str]] = {
    "geslachtsnaam": (
        f"[{_LETTERS}]{{1,200}}|[{_LETTERS}]{{3,199}}\\*",
        "de geslachtsnaam heeft letters, en na minstens drie letters mag een * staan",
    ),
    "voornamen": (
        f"[{_LETTERS}]{{1,199}}\\*?",
        "de voornamen hebben letters, en eindigen misschien met een *",
    ),
    "voorvoegsel": ("[a-zA-Z ']{1,10}", "een voorvoegsel heeft hoogstens tien letters"),
    "geboortedatum": (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "een geboortedatum is jaar-maand-dag"),
    "postcode": ("[1-9][0-9]{3}[A-Z]{2}", "een postcode is vier cijfers en twee letters"),
    "huisnummer": ("[1-9][0-9]{0,4}", "een huisnummer ligt tussen 1 en 99999"),
    "huisletter": ("[a-zA-Z]", "een huisletter is één letter"),
    "huisnummertoevoeging": (
        r"[a-zA-Z0-9 \-]{1,4}",
        "een huisnummertoevoeging heeft hoogstens vier letters of cijfers",
    ),
    "adresseerbaarObjectIdentificatie": (
        "(?!0{16})[0-9]{16}",
        "een adresseerbaar object heeft een nummer van zestien cijfers",
    ),
    "gemeenteVanInschrijving": ("[0-9]{4}", "een gemeentecode is vier cijfers"),
}


def filled_in(needed: Mapping[str, object], extra: Mapping[str, object]) -> dict[str, object]:
    """The parameters of a search, each in its own shape; extra ones that are empty are left out.

    Raises:
        NoUse: one has another shape; the sentence says which shape it has, without repeating it.
    """
    given = {**needed, **{name: value for name, value in extra.items() if value != ""}}
    for name, value in given.items():
        shape, rule = _SHAPES[name]
        if re.fullmatch(shape, str(value)) is None:
            raise nothing_asked(f"{rule}. Pas de zoekvraag aan.")
    return given
