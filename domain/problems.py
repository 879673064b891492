"""What is wrong with input that does not fit a model, in sentences that a caseworker can read.

Never repeats what was entered: an error travels further (logs, histories, screens of others) than
the input that caused it.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, NamedTuple

from pydantic import ValidationError

WHOLE = "het geheel"
"""Stands for the place when the input as a whole is wrong."""

_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")
_MAX_PROBLEMS = 20

_BY_TYPE = {
    "missing": "ontbreekt",
    "extra_forbidden": "bestaat niet; controleer de spelling of laat dit weg",
    "json_invalid": "is geen geldige JSON",
    "json_type": "is geen geldige JSON",
    "date_past": "ligt niet in het verleden",
    "date_future": "ligt niet in de toekomst",
    "datetime_past": "ligt niet in het verleden",
    "datetime_future": "ligt niet in de toekomst",
    "timezone_aware": "heeft een tijdzone nodig, zoals 2026-05-01T09:00:00+02:00",
    "timezone_naive": "mag geen tijdzone hebben",
    "none_required": "moet leeg zijn",
    "string_pattern_mismatch": "heeft niet de juiste vorm",
    "union_tag_not_found": "mist het veld dat de soort noemt",
    "frozen_field": "mag niet veranderen",
    "frozen_instance": "mag niet veranderen",
}
_WITH_BOUND = {
    "greater_than": ("moet meer zijn dan {}", "gt"),
    "greater_than_equal": ("moet {} of meer zijn", "ge"),
    "less_than": ("moet minder zijn dan {}", "lt"),
    "less_than_equal": ("moet {} of minder zijn", "le"),
    "multiple_of": ("moet een veelvoud zijn van {}", "multiple_of"),
    "too_short": ("heeft minstens {} onderdelen nodig", "min_length"),
    "too_long": ("mag hoogstens {} onderdelen hebben", "max_length"),
    "string_too_short": ("heeft minstens {} tekens nodig", "min_length"),
    "string_too_long": ("mag hoogstens {} tekens hebben", "max_length"),
    # What was expected comes from the model; the tag that was sent stays out.
    "literal_error": ("moet een van deze zijn: {}", "expected"),
    "enum": ("moet een van deze zijn: {}", "expected"),
    "union_tag_invalid": ("noemt een onbekende soort; kies uit: {}", "expected_tags"),
}
_BY_FAMILY = {
    "date": "is geen datum; schrijf jaar-maand-dag, zoals 2026-05-01",
    "datetime": "is geen tijdstip; schrijf bijvoorbeeld 2026-05-01T09:00:00+02:00",
    "time": "is geen tijd; schrijf bijvoorbeeld 09:00",
    "timezone": "heeft een andere tijdzone dan nodig",
    "int": "is geen heel getal",
    "float": "is geen getal",
    "finite": "is geen gewoon getal",
    "decimal": "is geen getal",
    "bool": "moet true of false zijn",
    "string": "is geen tekst",
    "uuid": "is geen UUID",
    "url": "is geen webadres",
    "list": "moet een lijst zijn",
    "tuple": "moet een lijst zijn",
    "set": "moet een lijst zijn",
    "frozen": "moet een lijst zijn",
    "dict": "moet een groep velden zijn",
    "mapping": "moet een groep velden zijn",
    "model": "moet een groep velden zijn",
    "dataclass": "moet een groep velden zijn",
}


class Problem(NamedTuple):
    """One thing that is wrong."""

    field: str
    """Path of field names with dots, such as ``melding.datum``; `WHOLE` for the input itself."""
    problem: str
    """What is wrong with it: the rest of a Dutch sentence that starts with the field."""

    def __str__(self) -> str:
        return f"{self.field} {self.problem}"


def problems_in(error: ValidationError) -> tuple[Problem, ...]:
    """Everything that a model has against its input, at most twenty, without the input.

    A sentence that one of our own validators raises is passed on as it is.
    """
    details = error.errors(include_input=False, include_url=False)[:_MAX_PROBLEMS]
    return tuple(Problem(_place(detail["loc"]), _sentence(dict(detail))) for detail in details)


def _place(location: tuple[int | str, ...]) -> str:
    # A key that is no plain word may well be what somebody typed into the wrong place.
    parts = [str(part) if isinstance(part, int) or _FIELD_NAME.fullmatch(part) else "…" for part in location]
    return ".".join(parts) or WHOLE


def _sentence(detail: dict[str, Any]) -> str:
    kind = str(detail["type"])
    context: dict[str, Any] = detail.get("ctx", {})
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", "klopt niet"))
    if kind in _WITH_BOUND:
        text, bound = _WITH_BOUND[kind]
        return text.format(str(context.get(bound)).replace(" or ", " of "))
    return _BY_TYPE.get(kind) or _BY_FAMILY.get(kind.partition("_")[0], "klopt niet")


def meant(typed: str, known: Iterable[str]) -> str:
    """What somebody who mistyped a name may have meant, as a Dutch sentence."""
    near = get_close_matches(typed, list(known), n=3, cutoff=0.5)
    near += [name for name in known if typed and typed in name and name not in near][: 3 - len(near)]
    if not near:
        return "Niets lijkt daarop."
    return f"Bedoelt u {' of '.join(near)}?"
