"""The two kinds of model that the rules are made of."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Self, TypeVar, overload

from pydantic import BaseModel, ConfigDict

_T = TypeVar("_T")


class remembered(Generic[_T]):
    """A property that is computed once per value and kept with it.

    What the standard library has takes a lock on Python 3.11, and the rules ask more often than they compute.
    """

    def __init__(self, compute: Callable[[Any], _T]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, value: None, owner: type) -> Self: ...
    @overload
    def __get__(self, value: object, owner: type) -> _T: ...
    def __get__(self, value: object | None, owner: type) -> Self | _T:
        if value is None:
            return self
        # Found there the next time, before this descriptor is.
        found = value.__dict__[self._name] = self._compute(value)
        return found


_new = object.__new__
_SLOTS = BaseModel.__dict__
_put_values = _SLOTS["__dict__"].__set__
_put_given = _SLOTS["__pydantic_fields_set__"].__set__
_put_extra = _SLOTS["__pydantic_extra__"].__set__
_put_private = _SLOTS["__pydantic_private__"].__set__


_blanks: dict[type[BaseModel], dict[str, Any]] = {}
_NOT_KEPT_UP: set[str] = set()


def _blank(cls: type[BaseModel]) -> dict[str, Any]:
    """Every field of a model in order, with its default."""
    fields = cls.__pydantic_fields__
    found = _blanks[cls] = {name: None if one.is_required() else one.default for name, one in fields.items()}
    return found


class _Value(BaseModel):
    """A value that never changes, and is copied a great many times."""

    @classmethod
    def made(cls, **values: Any) -> Self:
        """A value whose parts are right already: nothing is checked, in half the time.

        Only for what the rules make by the thousand out of their own values; what comes from outside is always
        checked. Every field without a default has to be given.
        """
        made = _new(cls)
        _put_values(made, (_blanks.get(cls) or _blank(cls)) | values)
        _put_given(made, _NOT_KEPT_UP)
        _put_extra(made, None)
        _put_private(made, None)
        return made

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As pydantic copies, in a third of the time, and without what was remembered of the old value.

        A decision is mostly copies. pydantic takes cached properties along, which tell of the old value. Which
        fields were given and which are defaults is not kept up: nothing here asks for it.
        """
        if deep:
            return super().model_copy(update=update, deep=True)
        cls = self.__class__
        held = self.__dict__.copy()
        more = len(held) - len(cls.__pydantic_fields__)
        while more:
            held.popitem()  # what was remembered came after the fields
            more -= 1
        if update:
            held.update(update)
        copied = _new(cls)
        _put_values(copied, held)
        _put_given(copied, self.__pydantic_fields_set__)
        _put_extra(copied, None)
        _put_private(copied, self.__pydantic_private__)
        return copied


class Frozen(_Value):
    """A value that never changes. Unknown keys are refused, so that a typing error gets a sentence."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, ignored_types=(remembered,)
    )


class Carried(_Value):
    """A value that lives in a journey's state for years.

    Unknown keys are ignored and every field added later needs a default: the state that an older
    release carried must load in a newer one, and the other way round during an upgrade.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, ignored_types=(remembered,)
    )


def put_back(row: Sequence[_T], changed: _T, by: str = "number") -> tuple[_T, ...]:
    """The row with one of its things replaced by how it is now.

    Args:
        row: what was there.
        changed: how one of them is now.
        by: the field that says which one.
    """
    mine = getattr(changed, by)
    return tuple(changed if getattr(one, by) == mine else one for one in row)


class Explained(Exception):
    """An error whose message is a sentence for the person at the other end: what, why and what to do.

    Programs print it and end with code 2; any other error is a fault of ours and shows itself as one.
    Never holds personal data.
    """
