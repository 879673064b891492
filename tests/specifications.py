"""Where the official specifications and test persons lie, for tests only.

The folder is named by MEEDOEN_SPECIFICATIONS, or lies beside the repository as ``shared/data``. MEEDOEN_TESTSET
names the file with test persons of the BRP by itself. Whatever is absent makes its tests skip.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from lxml import etree
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

_BESIDE = Path(__file__).parents[2] / "shared" / "data"


def specifications(*parts: str) -> Path:
    """A file or folder of the official specifications; skips the test when it is not there."""
    given = os.environ.get("MEEDOEN_SPECIFICATIONS")
    path = (Path(given) if given else _BESIDE).joinpath(*parts)
    if not path.exists():
        pytest.skip(
            f"De officiële specificatie {'/'.join(parts)} is er niet; zet MEEDOEN_SPECIFICATIONS op de map met "
            "specificaties."
        )
    return path


def find_testset() -> Path | None:
    """The CSV file with the official test persons of the BRP; None: it is not there."""
    if named := os.environ.get("MEEDOEN_TESTSET"):
        return Path(named)
    given = os.environ.get("MEEDOEN_SPECIFICATIONS")
    folder = (Path(given) if given else _BESIDE) / "haalcentraal-brp"
    return next(iter(sorted(folder.glob("2022*.csv"))), None)


def brp_testset() -> Path:
    """The same; skips the test when it is not there."""
    found = find_testset()
    if found is None or not found.is_file():
        pytest.skip(
            "De officiële testpersonen van de BRP zijn er niet; zet MEEDOEN_SPECIFICATIONS op de map met "
            "specificaties, of MEEDOEN_TESTSET op het CSV-bestand."
        )
    return found


def suwinet_contracts() -> Path:
    """The folder with the WSDLs of Suwinet; skips the test when it is not there."""
    return specifications("suwinet-wsdl")


@cache
def suwinet_schema(service: str, part: str) -> etree.XMLSchema:
    """The official schema of what a service is asked (BodyAction) or answers (BodyReaction).

    Args:
        service: as in its address: ``DUODossierPersoonGSD-v0300``.
        part: name of the file.
    """
    name, version = service.split("-")
    [file] = suwinet_contracts().glob(f"{service}-*/Diensten/{name}/{version}-*/{part}.xsd")
    return etree.XMLSchema(file=str(file))


def brp_folder() -> Path:
    """The folder with the official files of the BRP; skips the test when it is not there."""
    if named := os.environ.get("MEEDOEN_TESTSET"):
        beside = Path(named).parent
        if (beside / "personen-openapi-resolved.yaml").is_file():
            return beside
    return specifications("haalcentraal-brp")


class BrpSpecification:
    """Checks against the component schemas of the official OpenAPI document of the BRP."""

    def __init__(self, path: Path) -> None:
        document = yaml.load(
            path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
        self._schemas: dict[str, Any] = document["components"]["schemas"]
        resource = Resource.from_contents(document, default_specification=DRAFT202012)
        self._registry = Registry().with_resource("urn:brp", resource)

    def complaints(self, schema: str, value: object) -> list[str]:
        """What is wrong with a value, in the words of the validator; formats such as dates are looked at too."""
        validator = Draft202012Validator(
            {"$ref": f"urn:brp#/components/schemas/{schema}"},
            registry=self._registry,
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )
        return [error.message for error in validator.iter_errors(value)]

    def unknown_names(self, schema: str, value: dict[str, Any]) -> set[str]:
        """Names in a value that its schema does not know, those of the schemas that it builds on included."""
        return set(value) - self._names(self._schemas[schema])

    def date_complaints(self, value: object) -> list[str]:
        """A date names its own schema, which a validator of JSON Schema does not follow."""
        if isinstance(value, list):
            return [complaint for item in value for complaint in self.date_complaints(item)]
        if not isinstance(value, dict):
            return []
        if "langFormaat" in value:
            schema = self._schemas["AbstractDatum"]["discriminator"]["mapping"][value["type"]]
            return self.complaints(schema.rpartition("/")[2], value)
        return [complaint for item in value.values() for complaint in self.date_complaints(item)]

    def _names(self, schema: dict[str, Any]) -> set[str]:
        if "$ref" in schema:
            return self._names(self._schemas[schema["$ref"].rpartition("/")[2]])
        return set(schema.get("properties", {})).union(
            *(self._names(part) for part in schema.get("allOf", []))
        )


@cache
def _read(path: Path) -> BrpSpecification:
    return BrpSpecification(path)


def brp_specification() -> BrpSpecification:
    """The official OpenAPI document of the BRP; skips the test when it is not there."""
    path = brp_folder() / "personen-openapi-resolved.yaml"
    if not path.is_file():
        pytest.skip("De officiële OpenAPI-specificatie van de BRP is er niet; zet MEEDOEN_SPECIFICATIONS.")
    return _read(path)
