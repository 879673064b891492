"""What may be asked of the BRP, and what the real one says when the question is wrong."""

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sandbox.problems import InvalidParam

_BY_BSN = "RaadpleegMetBurgerservicenummer"
_OTHER_TYPES = frozenset(
    {
        "ZoekMetGeslachtsnaamEnGeboortedatum",
        "ZoekMetNaamEnGemeenteVanInschrijving",
        "ZoekMetPostcodeEnHuisnummer",
        "ZoekMetStraatHuisnummerEnGemeenteVanInschrijving",
        "ZoekMetNummeraanduidingIdentificatie",
        "ZoekMetAdresseerbaarObjectIdentificatie",
    }
)
_PARAMETERS = ("type", "fields", "burgerservicenummer", "gemeenteVanInschrijving")
_MAX_FIELDS = 130
_MAX_BSNS = 20
_FIELD = r"^[a-zA-Z0-9\._]{1,200}$"
_BSN = "^[0-9]{9}$"
_MUNICIPALITY = "^[0-9]{4}$"
_DATE_PARTS = frozenset({"type", "datum", "jaar", "maand", "onbekend", "langFormaat"})
_TABLE_PARTS = frozenset({"code", "omschrijving"})


@dataclass(frozen=True)
class Question:
    """A question that the BRP takes."""

    bsns: tuple[str, ...]
    fields: tuple[str, ...]
    municipality_code: str | None

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
    wrong = _wrong_type(content)
    if wrong is not None:
        return [wrong]
    problems = [
        *_wrong_list(content, "burgerservicenummer", _MAX_BSNS, _wrong_bsn),
        *_wrong_list(content, "fields", _MAX_FIELDS, _wrong_field),
        *_wrong_municipality(content),
        *(
            InvalidParam(_shown(name), "unknownParam", "Parameter is niet verwacht.")
            for name in content
            if name not in _PARAMETERS
        ),
    ]
    if problems:
        return problems
    return Question(
        bsns=tuple(content["burgerservicenummer"]),
        fields=tuple(content["fields"]),
        municipality_code=content.get("gemeenteVanInschrijving"),
    )


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


def _wrong_type(content: dict[str, object]) -> InvalidParam | None:
    kind = content.get("type")
    if kind is None:
        return InvalidParam("type", "required", "Parameter is verplicht.")
    if kind == _BY_BSN:
        return None
    if isinstance(kind, str) and kind in _OTHER_TYPES:
        return InvalidParam("type", "value", f"Deze BRP is een sandbox en kent alleen {_BY_BSN}.")
    return InvalidParam("type", "value", "Waarde is geen geldig zoek type.")


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


def _wrong_field(name: str, value: object) -> InvalidParam | None:
    problem = _wrong_pattern(name, value, _FIELD)
    if problem is None and value not in _allowed_fields():
        return InvalidParam(name, "fields", "Parameter bevat een niet bestaande veldnaam.")
    return problem


def _wrong_municipality(content: dict[str, object]) -> list[InvalidParam]:
    value = content.get("gemeenteVanInschrijving")
    problem = None if value is None else _wrong_pattern("gemeenteVanInschrijving", value, _MUNICIPALITY)
    return [] if problem is None else [problem]


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
