"""Builds the question to one service, and reads what came back, by the service's own contract (WSDL).

The contract comes from files on this machine: the municipality's own, or the small ones that lie beside this
module. Nothing is ever fetched, and no address in a contract is used.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Protocol

import zeep
import zeep.exceptions
import zeep.helpers
import zeep.xsd
from lxml import etree

from activities.registries import NotUnderstood
from activities.suwinet.quiet import silence
from activities.suwinet.services import Service
from domain.base import Explained

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_EMPTY = "leeg"
_MAX_FILE_BYTES = 4 * 1024 * 1024

silence()


class ContractError(Explained):
    """A contract is not there or cannot be used; the message says which and what to do."""


class Contract:
    """One service. Made once, then used by many threads: nothing in it changes."""

    def __init__(self, service: Service, client: zeep.Client) -> None:
        """Find the operation.

        Raises:
            ContractError: the WSDL is not of this service.
        """
        self._client = client
        for binding in _bindings(client.wsdl):
            operation = binding.all().get(service.operation)
            if operation is not None and operation.abstract.wsa_action:
                self._operation = operation
                self.action: str = operation.abstract.wsa_action
                """WS-Addressing action of the question."""
                self._response = operation.abstract.output_message.parts["parameters"].element
                return
        raise ContractError(
            f"De WSDL van {service.full_name} kent de bewerking {service.operation} niet. Haal de WSDL opnieuw op "
            "bij BKWI, of laat MEEDOEN_SUWINET_WSDL_DIR leeg."
        )

    @property
    def answer_tag(self) -> str:
        """Name of the element that holds the answer, with its namespace."""
        return str(self._response.qname.text)

    def question(self, bsn: str, since: date | None = None) -> etree._Element:
        """The SOAP envelope that asks about one person, without any header.

        Args:
            bsn: nine digits.
            since: only what is of this day or later, where the service can leave out the rest.
        """
        asked: dict[str, Any] = {"Burgerservicenr": bsn}
        if since is not None:
            asked["PeriodeGegevensvraagIko"] = {"DatBPeriode": since.strftime("%Y%m%d")}
        envelope: etree._Element = self._operation.create(**asked).content
        return envelope

    def read(self, answer: etree._Element, names: frozenset[str]) -> dict[str, Any]:
        """The data in an answer, as plain values by the names of the contract.

        Args:
            answer: element of `answer_tag`; it is changed.
            names: the elements that are going to be read. What the contract does not know is left out, whatever
                it is called; of these an impossible value is an error and not a gap.

        Raises:
            NotUnderstood: the answer does not fit the contract.
        """
        _fit(answer, self._response.type, names)
        try:
            value = self._response.parse(answer, self._client.wsdl.types)
            read = zeep.helpers.serialize_object(value, dict)
        except Exception:
            # What zeep raises differs by what is wrong, and names what it read.
            read = None
        if not isinstance(read, dict):
            raise NotUnderstood("het volgt de afspraken van deze dienst niet")
        return read


def _bindings(document: Any) -> Iterator[Any]:
    """Of the document itself, and of what it imports, which zeep only knows by the ports that use it."""
    yield from document.bindings.values()
    for service in document.services.values():
        for port in service.ports.values():
            yield port.binding


class Contracts(Protocol):
    """Where contracts come from."""

    def __call__(self, service: Service) -> Contract:
        """Load the contract of a service. Blocks.

        Raises:
            ContractError: it cannot be had.
        """


def own_contract(service: Service) -> Contract:
    """The contract that comes with the program: only what is asked and read."""
    with as_file(files("activities.suwinet") / "contracts") as folder:
        return _load(service, folder / f"{service.full_name}.wsdl", folder)


class ContractFolder:
    """The contracts of the municipality, laid out as BKWI hands them out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, service: Service) -> Contract:
        """Load the newest build of this version of the service."""
        found = [
            path
            for path in self._folder.glob(
                f"{service.full_name}*/Diensten/{service.name}/{service.version}*/Impl/BKWI.wsdl"
            )
            if _build(path, service) is not None
        ]
        if not found:
            raise ContractError(
                f"In de map van MEEDOEN_SUWINET_WSDL_DIR staat geen WSDL van {service.full_name}. Verwacht wordt "
                f"{service.full_name}/Diensten/{service.name}/{service.version}/Impl/BKWI.wsdl, eventueel met een "
                "bouwnummer erachter. Zet de map van BKWI daar neer, of laat de instelling leeg."
            )
        newest = max(found, key=lambda path: _build(path, service) or "")
        return _load(service, newest, newest.parents[4])


def _build(path: Path, service: Service) -> str | None:
    """What comes after the version: "-b04", or nothing; None: another version that begins alike."""
    rest = path.parents[1].name.removeprefix(service.version)
    return rest if not rest or rest.startswith("-") else None


class _FilesOnly:
    """What zeep loads by: files inside one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def load(self, location: str) -> bytes:
        path = Path(location).resolve()
        if not path.is_relative_to(self._folder):
            raise ContractError(
                "Een WSDL of schema verwijst naar iets buiten zijn eigen map. Haal de WSDL opnieuw op bij BKWI."
            )
        with path.open("rb") as file:
            content = file.read(_MAX_FILE_BYTES + 1)
        if len(content) > _MAX_FILE_BYTES:
            raise ContractError("Een WSDL of schema is te groot. Haal de WSDL opnieuw op bij BKWI.")
        return content


def _load(service: Service, path: Path, folder: Path) -> Contract:
    settings = zeep.Settings(
        strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True, xml_huge_tree=False
    )
    try:
        client = zeep.Client(str(path), transport=_FilesOnly(folder), settings=settings)
        return Contract(service, client)
    except ContractError:
        raise
    except Exception as error:
        kind = type(error).__name__
    raise ContractError(
        f"De WSDL van {service.full_name} is niet te lezen ({kind}). Haal de WSDL opnieuw op bij BKWI, of laat "
        "MEEDOEN_SUWINET_WSDL_DIR leeg."
    )


def _fit(element: etree._Element, kind: Any, names: frozenset[str]) -> None:
    """Leave out what a contract does not know, and refuse values that zeep would turn into nothing.

    An element that is unknown would otherwise hide all that comes after it.
    """
    xsi = [name for name in element.attrib if str(name).startswith(_XSI)]
    name = etree.QName(element).localname
    if any(not str(one).endswith("chemaLocation") for one in xsi):
        raise NotUnderstood(f"het veld {_known(name, names)} is leeg gemaakt of van een andere soort")
    element.attrib.clear()
    known = _children(kind)
    if known is None:
        if len(element):
            raise NotUnderstood(f"het veld {_known(name, names)} heeft onderdelen")
        if name in names:
            _check_value(element.text, kind, name)
        return
    for child in list(element):
        child_kind = known.get(etree.QName(child).localname)
        if child_kind is None:
            element.remove(child)
        else:
            _fit(child, child_kind, names)
    if not len(element):
        # An element without parts is not the same as none, and zeep only sees the difference by an attribute.
        element.set(_EMPTY, "")


def _children(kind: Any) -> Mapping[str, Any] | None:
    """The elements that a type may have, by name; None for a type with a value only."""
    if not isinstance(kind, zeep.xsd.ComplexType):
        return None
    return {
        part.qname.localname: part.type
        for _, part in kind.elements
        if getattr(part, "qname", None) is not None
    }


def _check_value(text: str | None, kind: Any, name: str) -> None:
    if text is None or not text.strip():
        # A code may be empty; a date, a number or an indication may not, and is then no "no".
        if name.startswith("Cd"):
            return
        raise NotUnderstood(f"het veld {name} is leeg")
    try:
        kind.pythonvalue(text)
        return
    except (TypeError, ValueError, ArithmeticError):
        pass
    # Raised outside the handler: the error of the library knows the value.
    raise NotUnderstood(f"het veld {name} klopt niet")


def _known(name: str, names: frozenset[str]) -> str:
    # Never a name that only the answer knows: it can hold anything.
    return name if name in names else "van het antwoord"
