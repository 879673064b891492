"""What supervisors can search journeys by in Temporal: names and kinds, as plain data.

The worker's side registers these and the workflows fill them; each builds its own typed keys from
this list. Temporal stores search attributes without encryption: a number, a code or a date may be
here, a name or a burgerservicenummer never.
"""

from enum import StrEnum
from typing import NamedTuple


class AttributeKind(StrEnum):
    """How Temporal stores the value."""

    KEYWORD = "keyword"
    INSTANT = "datetime"
    NUMBER = "int"


class SearchAttribute(NamedTuple):
    name: str
    kind: AttributeKind


MUNICIPALITY = SearchAttribute("Gemeente", AttributeKind.KEYWORD)
ROUTE = SearchAttribute("Route", AttributeKind.KEYWORD)
STAGE = SearchAttribute("Fase", AttributeKind.KEYWORD)
CASEWORKER = SearchAttribute("Regisseur", AttributeKind.KEYWORD)
"""Staff code of the regisseur, never a name."""
NEXT_DEADLINE = SearchAttribute("VolgendeTermijn", AttributeKind.INSTANT)
ESCALATION = SearchAttribute("Escalatie", AttributeKind.NUMBER)
"""Highest rung that was fired; 0: nothing escalated."""

SEARCH_ATTRIBUTES = (MUNICIPALITY, ROUTE, STAGE, CASEWORKER, NEXT_DEADLINE, ESCALATION)
