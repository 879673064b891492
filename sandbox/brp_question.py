"""What may be asked of the BRP, and what the real one says when the question is wrong."""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources

from sandbox.problems import InvalidParam

BY_BSN = "RaadpleegMetBurgerservicenummer"
_BY_OBJECT = "ZoekMetAdresseerbaarObjectIdentificatie"
_HOUSE = ("huisletter", "huisnummertoevoeging", "inclusiefOverledenPersonen")
_TYPES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    BY_BSN: (("burgerservicenummer",), ("gemeenteVanInschrijving",)),
    "ZoekMetGeslachtsnaamEnGeboortedatum": (
        ("geslachtsnaam", "geboortedatum"),
        ("geslacht", "voorvoegsel", "voornamen", "inclusiefOverledenPersonen", "gemeenteVanInschrijving"),
    ),
    "ZoekMetNaamEnGemeenteVanInschrijving": (
        ("geslachtsnaam", "voornamen", "gemeenteVanInschrijving"),
        ("geslacht", "voorvoegsel", "inclusiefOverledenPersonen"),
    ),
    "ZoekMetPostcodeEnHuisnummer": (
        ("postcode", "huisnummer"),
        (*_HOUSE, "geboortedatum", "geslachtsnaam", "gemeenteVanInschrijving"),
    ),
    "ZoekMetStraatHuisnummerEnGemeenteVanInschrijving": (
        ("straat", "huisnummer", "gemeenteVanInschrijving"),
        _HOUSE,
    ),
    "ZoekMetNummeraanduidingIdentificatie": (
        ("nummeraanduidingIdentificatie",),
        ("inclusiefOverledenPersonen", "gemeenteVanInschrijving"),
    ),
    _BY_OBJECT: (
        ("adresseerbaarObjectIdentificatie",),
        ("inclusiefOverledenPersonen", "gemeenteVanInschrijving"),
    ),
}
"""Question types with the parameters that they need and those that they take besides ``type`` and ``fields``."""
_LETTERS = r"a-zA-Z0-9À-ž \.\-\'"
_PATTERNS = {
    "geslachtsnaam": rf"^[{_LETTERS}]{{1,200}}$|^[{_LETTERS}]{{3,199}}\*{{1}}$",
    "geslacht": "^([Mm]|[Vv]|[Oo])$",
    "voorvoegsel": r"^[a-zA-Z \']{1,10}$",
    "huisletter": "^[a-zA-Z]{1}$",
    "huisnummertoevoeging": r"^[a-zA-Z0-9 \-]{1,4}$",
    "postcode": "^[1-9]{1}[0-9]{3}[ ]?[A-Za-z]{2}$",
    "straat": r"^[a-zA-Z0-9À-ž \-\'\.]{1,80}$|^[a-zA-Z0-9À-ž \-\'\.]{7,79}\*{1}$|^\*{1}[a-zA-Z0-9À-ž \-\'\.]{7,79}$",
    "nummeraanduidingIdentificatie": "^(?!0{16})[0-9]{16}$",
    "adresseerbaarObjectIdentificatie": "^(?!0{16})[0-9]{16}$",
    "gemeenteVanInschrijving": "^[0-9]{4}$",
}
_GIVEN_NAMES = {
    True: _PATTERNS["geslachtsnaam"],
    False: rf"^[{_LETTERS}]{{1,199}}\*{{0,1}}$",
}
"""Voornamen: stricter where a search depends on them."""
_LIMITED = (
    *(f"adressering.{part}" for part in ("adresregel1", "adresregel2", "adresregel3", "land")),
    *(f"adresseringBinnenland.{part}" for part in ("adresregel1", "adresregel2")),
    *(
        "adressering",
        "adresseringBinnenland",
        "burgerservicenummer",
        "geboorte",
        "geboorte.datum",
        "geslacht",
    ),
    *("leeftijd", "naam", "naam.adellijkeTitelPredicaat", "naam.geslachtsnaam", "naam.volledigeNaam"),
    *("naam.voorletters", "naam.voornamen", "naam.voorvoegsel"),
)
"""Fields that a search delivers (PersoonBeperkt); of dates and table values every part may be asked too."""
_WITH_PARTS = ("adressering.land", "geboorte.datum", "geslacht", "naam.adellijkeTitelPredicaat")
_MAX_FIELDS = 130
_MAX_BSNS = 20
_FIELD = r"^[a-zA-Z0-9\._]{1,200}$"
_BSN = "^[0-9]{9}$"
_DATE_PARTS = frozenset({"type", "datum", "jaar", "maand", "onbekend", "langFormaat"})
_TABLE_PARTS = frozenset({"code", "omschrijving"})


@dataclass(frozen=True)
class Question:
    """A question that the BRP takes."""

    bsns: tuple[str, ...]
    fields: tuple[str, ...]
    municipality_code: str | None
    kind: str = BY_BSN
    criteria: Mapping[str, object] = field(default_factory=dict)
    """What a search looks for, by the name of the parameter."""

    @property
    def limited(self) -> bool:
        """Whether less is delivered than to somebody who knows the number (PersoonBeperkt)."""
        return self.kind != BY_BSN

    def wants(self, path: str) -> bool:
        """Whether a datum was asked: by its own path, by a group around it, or by a part of it."""
        return any(
            field == path or path.startswith(f"{field}.") or field.startswith(f"{path}.")
            for field in self.fields
        )


def read_question(body: bytes) -> Question | list[InvalidParam]:
    """Read the body of a question; a list says everything that is wrong with it."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return [InvalidParam("body", "json", "Waarde is geen geldige JSON.")]
    if not isinstance(content, dict):
        return [InvalidParam("body", "object", "Waarde is geen JSON object.")]
    kind = content.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        return [_wrong_type(kind)]
    required, optional = _TYPES[kind]
    problems = [
        *(problem for name in required for problem in _wrong_parameter(content, name, kind, needed=True)),
        *_wrong_list(content, "fields", _MAX_FIELDS, lambda name, value: _wrong_field(name, value, kind)),
        *(problem for name in optional for problem in _wrong_parameter(content, name, kind, needed=False)),
        *(
            InvalidParam(_shown(name), "unknownParam", "Parameter is niet verwacht.")
            for name in content
            if name not in ("type", "fields", *required, *optional)
        ),
    ]
    if problems:
        return problems
    given = {name: content[name] for name in (*required, *optional) if content.get(name) is not None}
    municipality = given.pop("gemeenteVanInschrijving", None)
    return Question(
        bsns=tuple(given.pop("burgerservicenummer", ())),
        fields=tuple(content["fields"]),
        municipality_code=municipality,
        kind=kind,
        criteria=given,
    )


def kind_of(body: bytes) -> str:
    """The question type, also of a question that is otherwise wrong; empty when there is none."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    kind = content.get("type") if isinstance(content, dict) else None
    return kind if isinstance(kind, str) and kind in _TYPES else ""


def bsns_in(body: bytes) -> frozenset[str]:
    """The numbers that a question is about, also of a question that is otherwise wrong."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return frozenset()
    asked = content.get("burgerservicenummer") if isinstance(content, dict) else None
    if not isinstance(asked, list):
        return frozenset()
    return frozenset(bsn for bsn in asked if isinstance(bsn, str) and re.fullmatch("[0-9]{9}", bsn))


def _shown(name: str) -> str:
    """No more of a foreign name than a name can be, and only what can be sent."""
    return name[:30].encode("utf-8", "replace").decode()


def _wrong_type(kind: object) -> InvalidParam:
    if kind is None:
        return InvalidParam("type", "required", "Parameter is verplicht.")
    return InvalidParam("type", "value", "Waarde is geen geldig zoek type.")


def _wrong_parameter(content: dict[str, object], name: str, kind: str, *, needed: bool) -> list[InvalidParam]:
    if name == "burgerservicenummer":
        return _wrong_list(content, name, _MAX_BSNS, _wrong_bsn)
    value = content.get(name)
    if value is None or (needed and value == ""):
        return [InvalidParam(name, "required", "Parameter is verplicht.")] if needed else []
    problem = _wrong_value(name, value, kind, needed=needed)
    return [] if problem is None else [problem]


def _wrong_value(name: str, value: object, kind: str, *, needed: bool) -> InvalidParam | None:
    if name == "inclusiefOverledenPersonen":
        return None if isinstance(value, bool) else InvalidParam(name, "boolean", "Waarde is geen boolean.")
    if name == "geboortedatum":
        return None if _is_date(value) else InvalidParam(name, "date", "Waarde is geen geldige datum.")
    if name == "huisnummer":
        return _wrong_number(name, value)
    return _wrong_pattern(name, value, _GIVEN_NAMES[needed] if name == "voornamen" else _PATTERNS[name])


def _is_date(value: object) -> bool:
    if not isinstance(value, str) or re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value) is None:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _wrong_number(name: str, value: object) -> InvalidParam | None:
    if isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return InvalidParam(name, "integer", "Waarde is geen geldig getal.")
    if value < 1:
        return InvalidParam(name, "minimum", "Waarde is lager dan minimum 1.")
    if value > 99999:
        return InvalidParam(name, "maximum", "Waarde is hoger dan maximum 99999.")
    return None


def _wrong_list(
    content: dict[str, object], name: str, most: int, wrong: Callable[[str, object], InvalidParam | None]
) -> list[InvalidParam]:
    values = content.get(name)
    if values is None:
        return [InvalidParam(name, "required", "Parameter is verplicht.")]
    if not isinstance(values, list):
        return [InvalidParam(name, "array", "Parameter is geen array.")]
    if not values:
        return [InvalidParam(name, "minItems", "Array bevat minder dan 1 items.")]
    if len(values) > most:
        return [InvalidParam(name, "maxItems", f"Array bevat meer dan {most} items.")]
    found = (wrong(f"{name}[{index}]", value) for index, value in enumerate(values))
    return [problem for problem in found if problem is not None]


def _wrong_bsn(name: str, value: object) -> InvalidParam | None:
    return _wrong_pattern(name, value, _BSN)


def _wrong_field(name: str, value: object, kind: str) -> InvalidParam | None:
    problem = _wrong_pattern(name, value, _FIELD)
    if problem is None and value not in (_allowed_fields() if kind == BY_BSN else _search_fields(kind)):
        return InvalidParam(name, "fields", "Parameter bevat een niet bestaande veldnaam.")
    return problem


def _wrong_pattern(name: str, value: object, pattern: str) -> InvalidParam | None:
    # A final newline would slip past a dollar sign.
    if isinstance(value, str) and "\n" not in value and re.match(pattern, value):
        return None
    return InvalidParam(name, "pattern", f"Waarde voldoet niet aan patroon {pattern}.")


@cache
def _allowed_fields() -> frozenset[str]:
    content = tomllib.loads(resources.files("sandbox").joinpath("fields.toml").read_text(encoding="utf-8"))
    parts = {"dates": _DATE_PARTS, "tables": _TABLE_PARTS, "others": frozenset[str]()}
    allowed = set()
    for kind, groups in content.items():
        for group, names in groups.items():
            for name in names:
                path = f"{group}.{name}" if group else name
                allowed |= {path, *(f"{path}.{part}" for part in parts[kind])}
    return frozenset(allowed)


@cache
def _search_fields(kind: str) -> frozenset[str]:
    parts = {f"{path}." for path in _WITH_PARTS}
    below = {path for path in _allowed_fields() if path.rpartition(".")[0] + "." in parts}
    return frozenset({*_LIMITED, *below, *(("gezag",) if kind == _BY_OBJECT else ())})
