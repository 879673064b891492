"""Keeps personal data out of logs: by the name of a field, and by the shape of a burgerservicenummer."""

import math
import re
from collections.abc import Mapping, Set
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import pairwise
from pathlib import PurePath
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from stdnum.nl import bsn

from domain.problems import problems_in

MASK = "***"
MAX_DEPTH = 12

SENSITIVE_WORDS = frozenset(
    {
        # who somebody is
        "bsn", "burgerservicenummer", "naam", "namen", "voornaam", "voornamen", "achternaam", "geslachtsnaam",
        "roepnaam", "voorletters", "voorvoegsel", "geboortedatum", "geboorteplaats", "surname", "birthdate",
        "birthday", "bsnnummer", "anummer", "vnummer", "burgerservicenr", "anr", "sofinr", "finr", "geboortedat",
        # where somebody is and how to reach them
        "adres", "huisadres", "straat", "straatnaam", "huisnummer", "postcode", "woonplaats",
        "verblijfplaats", "telefoon", "telefoonnummer", "mobiel", "phone", "email", "mail", "emailadres",
        "mailadres", "iban", "rekeningnummer", "postcd", "huisnr", "huisnrtoevoeging", "woonplaatsnaam",
        "gemeentenaam", "locatieoms",
        # what somebody said
        "toelichting", "verslag", "opmerking", "notitie",
        # what opens doors
        "wachtwoord", "password", "passwd", "secret", "geheim", "token", "authorization", "cookie", "apikey",
        "credentials",
    }
)  # fmt: skip
"""A field is masked when one of these is its name, or a word in its name (``contact_naam``)."""

SENSITIVE_PAIRS = frozenset(
    {
        ("first", "name"), ("last", "name"), ("family", "name"), ("given", "name"), ("full", "name"),
        ("birth", "date"), ("api", "key"), ("private", "key"), ("a", "nummer"), ("v", "nummer"),
    }
)  # fmt: skip
"""Words that are only sensitive next to each other."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PLAIN = (bool, type(None))
_SPOKEN = (datetime, date, time, timedelta, UUID, PurePath, Decimal)

# Whole runs of digits only, so that most counters and time stamps survive. After a percent escape the two
# hexadecimal digits before the run do not belong to it. A lookahead, so that candidates may overlap.
_START = r"(?:(?<![0-9])|(?<=%[0-9A-Fa-f]{2}))"
_WRITTEN = r"[0-9]{8,9}|[0-9]{3,4}([ .])[0-9]{2}\2[0-9]{3}|[0-9]{3}([ .\-])[0-9]{3}\3[0-9]{3}"
_BSN_SHAPE = re.compile(rf"(?=({_START}(?:{_WRITTEN})(?![0-9])))")


# An opening tag with the text after it, also where the message was cut off before the closing one.
_ELEMENT = re.compile(
    r"(?P<tag><(?:[\w.\-]+:)?(?P<name>[\w.\-]+)(?:\s[^<>]*)?>)(?P<held>(?:<!\[CDATA\[.*?\]\]>|[^<])+)",
    re.DOTALL,
)


def redact_text(text: str) -> str:
    """Mask what may not be logged: burgerservicenummers, and what stands in sensitive elements of XML.

    A number is one of eight or nine digits that passes the elfproef, also as 1234.56.782.
    """
    return _redact_numbers(_ELEMENT.sub(_masked_element, text) if "<" in text else text)


def _masked_element(found: re.Match[str]) -> str:
    if found["held"].strip() and is_sensitive(found["name"]):
        return found["tag"] + MASK
    return found[0]


def _redact_numbers(text: str) -> str:
    pieces = []
    done = 0
    for found in _BSN_SHAPE.finditer(text):
        if found.start() >= done and bsn.is_valid(found.group(1)):
            pieces += [text[done : found.start()], MASK]
            done = found.end(1)
    return "".join(pieces) + text[done:]


def is_sensitive(key: str) -> bool:
    """Whether a field of this name holds what may not be logged."""
    words = [word.lower() for word in _WORD.findall(key)]
    if "".join(words) in SENSITIVE_WORDS or not SENSITIVE_WORDS.isdisjoint(words):
        return True
    return not SENSITIVE_PAIRS.isdisjoint(pairwise(words))


def redact(value: object, depth: int = 0) -> Any:
    """The same value as plain JSON data without personal data.

    Texts lose burgerservicenummers, sensitive fields lose their value, and an object that is no plain
    value loses everything but the name of its type: its own words are not ours to trust.
    """
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Enum):
        return redact(value.value, depth)
    if isinstance(value, int | float):
        # A number can be a burgerservicenummer too; 123456782.0 as much as 123456782.
        text = repr(value)
        if redact_text(text) != text:
            return MASK
        return value if math.isfinite(value) else text
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, _SPOKEN):
        return redact_text(str(value))
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {exception_text(value)}"
    if depth >= MAX_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        return {
            redact_text(str(key)): MASK
            if is_sensitive(str(key)) and held is not None
            else redact(held, depth + 1)
            for key, held in value.items()
        }
    if isinstance(value, list | tuple | Set):
        return [redact(item, depth + 1) for item in value]
    return f"<{type(value).__name__}>"


def exception_text(error: BaseException) -> str:
    """What an exception says, without the data that it is about."""
    if isinstance(error, ValidationError):
        # Its own text repeats the input.
        return "; ".join(map(str, problems_in(error)))
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(sqlstate, str):
        # A database error quotes the row that it stumbled on.
        constraint = getattr(error, "constraint_name", None)
        return f"databasefout {sqlstate}" + (f" ({constraint})" if constraint else "")
    try:
        return redact_text(str(error))
    except Exception:
        # An exception that cannot say itself must not break the log line.
        return MASK
