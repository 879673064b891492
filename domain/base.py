"""The two kinds of model that the rules are made of."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

_put = object.__setattr__


class _Value(BaseModel):
    """A value that never changes, and is copied a great many times."""

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As pydantic copies, in a third of the time, and without what was remembered of the old value.

        A decision is mostly copies. pydantic takes cached properties along, which tell of the old value.
        """
        if deep:
            return super().model_copy(update=update, deep=True)
        cls = type(self)
        mine, fields, given = self.__dict__, cls.__pydantic_fields__, self.__pydantic_fields_set__
        held = dict(mine) if len(mine) == len(fields) else {name: mine[name] for name in fields}
        if update:
            held.update(update)
            given = given.union(update)
        copied = cls.__new__(cls)
        _put(copied, "__dict__", held)
        _put(copied, "__pydantic_fields_set__", given)
        _put(copied, "__pydantic_extra__", None)
        _put(copied, "__pydantic_private__", self.__pydantic_private__)
        return copied


class Frozen(_Value):
    """A value that never changes. Unknown keys are refused, so that a typing error gets a sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Carried(_Value):
    """A value that lives in a journey's state for years.

    Unknown keys are ignored and every field added later needs a default: the state that an older
    release carried must load in a newer one, and the other way round during an upgrade.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Explained(Exception):
    """An error whose message is a sentence for the person at the other end: what, why and what to do.

    Programs print it and end with code 2; any other error is a fault of ours and shows itself as one.
    Never holds personal data.
    """
