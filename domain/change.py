"""What one decision changed in the state of a journey, as JSON, and a state put together from changes.

The journal keeps a change with every entry, so that the state at any entry can be told again without the
rules: a later release may decide otherwise, and what was decided stays what it was. The first entry that a
run writes carries the whole state.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, JsonValue

from domain.journey import JourneyState

Change = dict[str, JsonValue]
"""``{"whole": state}``, or ``{"set": {field: value}, "items": {field: {"length": n, "at": {index: item}}}}``.

``items`` is for fields that hold a row of things (terms, acts): only those that differ are in it.
``{"lost": true}`` stands for an entry of which nobody knows any more what it changed.
"""


def change_between(before: JourneyState | None, after: JourneyState) -> Change:
    """What has to be known to get from one state to the next.

    Args:
        before: the state that the journal can tell; None: nothing, so the whole of ``after`` is given.
        after: the state that was decided.
    """
    if before is None:
        return {"whole": after.model_dump(mode="json")}
    values: dict[str, Any] = {}
    items: dict[str, Any] = {}
    for name in JourneyState.model_fields:
        old, new = getattr(before, name), getattr(after, name)
        # States share what did not change, so most fields are settled without looking inside.
        if new is old or new == old:
            continue
        if isinstance(new, tuple) and isinstance(old, tuple) and _holds_models(new, old):
            items[name] = {
                "length": len(new),
                "at": {
                    str(index): item.model_dump(mode="json")
                    for index, item in enumerate(new)
                    if index >= len(old) or (item is not old[index] and item != old[index])
                },
            }
        else:
            values[name] = after.model_dump(mode="json", include={name})[name]
    return {"set": values, "items": items}


def state_from(changes: Iterable[Mapping[str, Any]]) -> JourneyState | None:
    """The state after these changes, oldest first; None: no change among them tells the whole state.

    Raises:
        ValidationError: the state does not load in this release.
    """
    told: dict[str, Any] | None = None
    for change in changes:
        if "whole" in change:
            told = dict(change["whole"])
        elif "lost" in change:
            told = None
        elif told is not None:
            told |= change.get("set", {})
            for name, row in change.get("items", {}).items():
                told[name] = _with(told.get(name, ()), row)
    return None if told is None else JourneyState.model_validate(told)


def _with(old: Iterable[Any], row: Mapping[str, Any]) -> list[Any]:
    held = list(old)[: row["length"]]
    held += [None] * (row["length"] - len(held))
    for index, item in row["at"].items():
        held[int(index)] = item
    return held


def _holds_models(*rows: tuple[Any, ...]) -> bool:
    return all(isinstance(item, BaseModel) for row in rows for item in row)


__all__ = ["Change", "change_between", "state_from"]
