"""The shape of what a journey carries: every model that can be reached, its fields, and which are needed."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

Shape = dict[str, dict[str, str]]
"""Name of the model, then of the field, then ``nodig`` or ``standaard`` (it has a default)."""

NEEDED, DEFAULT = "nodig", "standaard"


def shape_of(model: type[BaseModel]) -> Shape:
    """The shape of a model and of all models in its fields."""
    found: Shape = {}
    _walk(model, found)
    return {name: found[name] for name in sorted(found)}


def broken(kept: Shape, present: Shape) -> list[str]:
    """What keeps state of an earlier release from loading whole, in sentences with advice."""
    problems = []
    for model, fields in kept.items():
        now = present.get(model)
        if now is None:
            problems.append(
                f"Model {model} is gone. Journeys carry it for years: keep it, or record a release in which "
                "nothing fills it any more before it goes."
            )
            continue
        for field, was in fields.items():
            if field not in now:
                problems.append(
                    f"Field {model}.{field} is gone, and with it what journeys carried in it. Put it back; a "
                    "field that is no longer used keeps its place and its default."
                )
            elif now[field] == NEEDED and was != NEEDED:
                problems.append(f"Field {model}.{field} lost its default. {_GIVE_DEFAULT}")
        problems += [
            f"Field {model}.{field} is new and has no default. {_GIVE_DEFAULT}"
            for field, needs in now.items()
            if field not in fields and needs == NEEDED
        ]
    return problems


_GIVE_DEFAULT = (
    "State of an earlier release does not have it, so its journeys would wait in task retries until the code is "
    "mended: give it a default that is right for journeys that began before."
)


def _walk(model: type[BaseModel], found: Shape) -> None:
    if model.__name__ in found:
        return
    fields = found[model.__name__] = {}
    for name, field in model.model_fields.items():
        fields[name] = NEEDED if field.is_required() else DEFAULT
        for inner in _models_in(field.annotation):
            _walk(inner, found)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
