"""What acts of every kind have in common; what each one says stands with its topic (`domain.topics`).

Every model is strict and closed: a field that does not belong is refused by name. Free text does not
belong here; it stands in PostgreSQL and an act refers to it.
"""

from pydantic import Field

from domain.base import Frozen

Reason = Field(min_length=3, max_length=200, description="Waarom, in een korte zin zonder persoonsgegevens")


class Nothing(Frozen):
    """An act that says it all by its name."""
