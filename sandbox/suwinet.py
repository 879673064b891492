"""The broker of Suwinet over HTTP: SOAP questions in, answers of five fictional sources out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from cryptography import x509
from lxml import etree
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bodies import bounded_body
from sandbox.calls import CallLog
from sandbox.faults import Fault, FaultControl, FaultKind, Stopping, with_fault
from sandbox.residents import Register
from sandbox.suwinet_request import SuwinetQuestion, bsns_in, message_id, parse, read
from sandbox.suwinet_services import SERVICES, Service
from sandbox.suwinet_signature import Signer, sign
from sandbox.suwinet_soap import (
    SOAP,
    WSSE,
    Refusal,
    envelope,
    fault,
    name,
    nothing_found,
    notice,
    notices,
    serialised,
)

BROKER_PATH = "/suwibroker/soap"
_MAX_QUESTION_BYTES = 256 * 1024
_XML = "text/xml; charset=utf-8"
_TEMPORARY = "De gegevensbron is tijdelijk niet beschikbaar. Probeer het later opnieuw."
_TOO_LONG = Refusal(
    (SOAP, "Client"), "Het bericht is geweigerd: het is te lang. Stuur één vraag over één persoon."
)


class SuwinetSandbox:
    """Answers as the broker does, about people who do not exist."""

    def __init__(
        self,
        register: Register,
        *,
        faults: FaultControl,
        calls: CallLog,
        stopping: Stopping,
        trusted: Sequence[x509.Certificate] | None = None,
        signer: Signer | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Keep everything in memory.

        Args:
            trusted: which certificates may ask, or may have issued those that ask; None: any.
            signer: who signs answers; None: they are not signed.
            now: real time, with a time zone.
        """
        self._register = register
        self._faults = faults
        self._calls = calls
        self._stopping = stopping
        self._trusted = trusted
        self._signer = signer
        self._now = now

    def routes(self) -> list[Route]:
        everything = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
        return [Route(f"{BROKER_PATH}/{{service}}", self._ask, methods=everything)]

    async def _ask(self, request: Request) -> Response:
        service = SERVICES.get(request.path_params["service"])
        if service is None:
            return Response("Deze dienst bestaat hier niet.", 404, media_type="text/plain; charset=utf-8")
        if request.method != "POST":
            return Response(status_code=405, headers={"Allow": "POST"})
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != "text/xml":
            return Response(status_code=415)
        body = await bounded_body(request, _MAX_QUESTION_BYTES)
        root, question = self._read(body, service)
        bsns = frozenset[str]() if root is None else bsns_in(root)
        hit = self._faults.take(bsns, service.registry)
        response = self._respond(service, root, question, None if hit is None else hit.kind)
        if hit is not None:
            response = await with_fault(hit, response, self._stopping, _SoapDialect(service, self._now))
        self._note(request, service, bsns, response, hit)
        return response

    def _read(
        self, body: bytes | None, service: Service
    ) -> tuple[etree._Element | None, SuwinetQuestion | Refusal]:
        root = None
        try:
            if body is None:
                raise _TOO_LONG
            root = parse(body)
            return root, read(root, service, self._trusted, self._now())
        except Refusal as refusal:
            return root, refusal

    def _respond(
        self,
        service: Service,
        root: etree._Element | None,
        question: SuwinetQuestion | Refusal,
        bend: FaultKind | None,
    ) -> Response:
        if isinstance(question, Refusal):
            content = fault(question.code, question.sentence, question.fwi_code)
            action, status = service.fault_action, 500
        else:
            content = self._content(service, question, bend)
            action, status = service.action("Response"), 200
        relates_to = None if root is None else message_id(root)
        message = envelope(content, action=action, relates_to=relates_to, now=self._now())
        if self._signer is not None:
            sign(message, self._signer)
        return Response(serialised(message), status, media_type=_XML)

    def _content(self, service: Service, question: SuwinetQuestion, bend: FaultKind | None) -> etree._Element:
        content = etree.Element(
            name(service.namespace, f"{service.operation}Response"), nsmap={"smls": service.namespace}
        )
        if bend is FaultKind.TEMPORARY:
            content.append(notices(notice("Fout", "1001", _TEMPORARY)))
            return content
        resident = self._register.find(question.bsn)
        found = None if resident is None else service.build(resident, question.period)
        content.extend(found or [nothing_found()])
        if bend is FaultKind.WARNING and found:
            content.append(
                notices(notice("Waarschuwing", "2001", "Een deel van de gegevens is mogelijk niet actueel."))
            )
        if bend is FaultKind.EXTRA:
            etree.SubElement(content[0] if found else content, "SandboxNieuwVeld").text = "nieuw"
        if bend is FaultKind.MISSING:
            place = content[0] if found else content
            place.remove(place[0])
        return content

    def _note(
        self, request: Request, service: Service, bsns: frozenset[str], response: Response, hit: Fault | None
    ) -> None:
        self._calls.add(
            service.registry,
            f"{service.address} {service.operation}",
            request.headers.items(),
            bsns=bsns,
            status=response.status_code,
            fault=None if hit is None else hit.kind,
        )


class _SoapDialect:
    """A refusal as a SOAP fault."""

    media_type = _XML
    nonsense = b'<?xml version="1.0"?><soap:Envelope xmlns:soap="' + SOAP.encode() + b'"><soap:Bo'

    def __init__(self, service: Service, now: Callable[[], datetime]) -> None:
        self._service = service
        self._now = now

    def refuse(self, status: int, headers: Mapping[str, str]) -> Response:
        content = (
            fault(
                (WSSE, "FailedAuthentication"),
                "Het bericht is geweigerd: dit certificaat mag deze dienst niet vragen.",
            )
            if status == 401
            else fault(
                (SOAP, "Server"), _TEMPORARY if status in (429, 503) else "Er ging iets mis bij de broker."
            )
        )
        message = envelope(content, action=self._service.fault_action, relates_to=None, now=self._now())
        return Response(serialised(message), status, dict(headers), media_type=_XML)
