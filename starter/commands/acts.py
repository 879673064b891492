"""Which acts there are: all of a route in short, or one in full."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from domain.base import Explained
from starter.commands.output import Json, check_stage, print_json

if TYPE_CHECKING:
    from domain.declaration import ActSpec

_TYPES = {"boolean": "true of false", "integer": "een getal", "number": "een getal", "string": "tekst"}


class UnknownAct(Explained):
    """There is no such act or route."""


def _acts(
    what: Annotated[
        str,
        typer.Argument(
            help="Een route, bijvoorbeeld jongere, of één handeling, bijvoorbeeld gesprek_gevoerd."
        ),
    ] = "regulier",
    stage: Annotated[str, typer.Option("--fase", help="Alleen wat in deze fase past.")] = "",
    search: Annotated[str, typer.Option("--zoek", help="Alleen waar dit woord in staat.")] = "",
    as_json: Json = False,
) -> None:
    """Welke handelingen een route kent; of van één handeling wie haar mag vastleggen, haar velden en wat zij doet."""
    from domain.journey import Stage
    from domain.problems import meant
    from domain.routes import FILES, ROUTES

    check_stage(stage)
    routes_of = {
        spec.name: [route.key for route in FILES.values() if route.find(spec.name)]
        for route in FILES.values()
        for spec in route.acts
    }
    if what in routes_of:
        spec = FILES[routes_of[what][0]].act(what)
        if as_json:
            print_json(_as_data(spec))
        else:
            _print_one(spec, routes_of[what], everywhere=set(ROUTES) <= set(routes_of[what]))
        return
    if what not in FILES:
        raise UnknownAct(
            f"{what!r} is geen route en geen handeling. {meant(what, {**FILES, **routes_of})} Routes zijn: "
            f"{', '.join(FILES)}."
        )
    acts = [spec for spec in FILES[what].acts if not stage or Stage(stage) in spec.stages]
    if search:
        word = search.casefold()
        acts = [spec for spec in acts if word in f"{spec.name} {spec.label} {spec.why}".casefold()]
    if as_json:
        print_json([_as_data(spec) for spec in acts])
        return
    if not acts:
        print("Geen handeling past hierbij. Laat --fase of --zoek weg, of zoek op een korter woord.")
        return
    _print_all(acts)
    print(
        "\nEén handeling in het geheel: meedoen acts HANDELING. F: een feit van buiten, dat altijd vastgelegd kan worden."
    )


def _as_data(spec: "ActSpec") -> dict[str, Any]:
    return {
        "name": spec.name,
        "label": spec.label,
        "origin": spec.origin,
        "track": spec.track,
        "stages": _stages(spec),
        "roles": sorted(spec.roles),
        "plannable": spec.plannable,
        "meets": list(spec.meets),
        "starts": _starts(spec),
        "cancels": list(spec.cancels),
        "schema": spec.data.model_json_schema(),
        "why": spec.why,
    }


def _print_all(acts: "list[ActSpec]") -> None:
    tracks = list(dict.fromkeys(spec.track for spec in acts))
    wide = max(len(spec.name) for spec in acts)
    for track in tracks:
        print(f"\n{track.value}")
        for spec in acts:
            if spec.track is track:
                print(f"  {'F' if spec.origin == 'van_buiten' else ' '} {spec.name:<{wide}}  {spec.label}")


def _print_one(spec: "ActSpec", routes: list[str], *, everywhere: bool) -> None:
    from domain.journey import Stage

    print(f"{spec.name}  -  {spec.label}")
    print(f"  Waarom:  {spec.why}")
    print(f"  Wie:     {', '.join(sorted(spec.roles))}")
    if spec.origin == "van_buiten":
        print(
            "  Wanneer: altijd; het is een feit van buiten. Past het niet bij de fase, dan vraagt een taak wat nodig is."
        )
    elif len(_stages(spec)) == len(Stage):
        print("  Wanneer: in elke fase")
    else:
        print(f"  Wanneer: in {', '.join(_stages(spec))}")
    if not everywhere:
        print(f"  Route:   {', '.join(routes)}")
    if spec.plannable:
        print("  Vooruit: mag met een datum die nog komt; dan gaat het vanzelf in")
    for title, keys in (("Haalt", spec.meets), ("Start", _starts(spec)), ("Stopt", spec.cancels)):
        if keys:
            print(f"  {title + ':':<8} {', '.join(keys)}")
    print("  Velden:" if spec.data.model_fields else "  Velden:  geen")
    schema = spec.data.model_json_schema()
    for name, field in spec.data.model_fields.items():
        need = "nodig" if field.is_required() else "mag"
        told = f"; {field.description}" if field.description else ""
        print(f"    {name} ({need}): {_said(schema['properties'][name], schema.get('$defs', {}))}{told}")
    needed = " ".join(
        f"--set {name}=..." for name, field in spec.data.model_fields.items() if field.is_required()
    )
    print(f"\nVastleggen: meedoen act NUMMER {spec.name} {needed}{' ' if needed else ''}--by CODE")


def _stages(spec: "ActSpec") -> list[str]:
    from domain.journey import Stage

    return [item.value for item in Stage if item in spec.stages]


def _starts(spec: "ActSpec") -> list[str]:
    return list(dict.fromkeys((*(arm.term for arm in spec.arms), *spec.may_arm)))


def _said(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    """What goes into a field, from its JSON schema."""
    if "$ref" in schema:
        return _said(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in schema:
        kinds = [_said(one, definitions) for one in schema["anyOf"] if one.get("type") != "null"]
        return " of ".join(dict.fromkeys(kinds))
    if "enum" in schema:
        return f"een van {', '.join(str(value) for value in schema['enum'] if value != '')}"
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f'een lijst, zoals ["a", "b"], van: {_said(schema.get("items", {}), definitions)}'
    if schema.get("format") == "date":
        return "een datum, zoals 2026-05-01"
    said = _TYPES.get(schema.get("type", ""), "tekst")
    if "minimum" in schema and "maximum" in schema:
        said += f" van {schema['minimum']} tot en met {schema['maximum']}"
    return said


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("acts")(_acts)


__all__ = ["UnknownAct", "register"]
