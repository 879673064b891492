"""The controls and pages around the registries: faults, who called, who lives here."""

from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.questions import REGISTRY_NAMES, Registry
from sandbox.bodies import bounded_body
from sandbox.calls import Call, CallLog
from sandbox.faults import FaultControl, FaultRefused
from sandbox.pages import page, paragraph, table, text
from sandbox.residents import Register, Resident

_MAX_ORDER_BYTES = 64 * 1024
_SHOWN_CALLS = 20
_LOCAL = ZoneInfo("Europe/Amsterdam")
_SHORT: dict[Registry, str] = {
    registry: name.removeprefix("de ").removeprefix("het ") for registry, name in REGISTRY_NAMES.items()
}


class Controls:
    """What people and tests use beside the registries themselves."""

    def __init__(self, register: Register, faults: FaultControl, calls: CallLog) -> None:
        self._register = register
        self._faults = faults
        self._calls = calls

    def routes(self) -> list[Route]:
        return [
            Route("/sandbox/storing", self._set_fault, methods=["PUT"]),
            Route("/sandbox/storing", self._clear_fault, methods=["DELETE"]),
            Route("/sandbox/aanroepen", self._show_calls, methods=["GET"]),
            Route("/sandbox/inwoners", self._show_residents, methods=["GET"]),
            Route("/gezond", self._health, methods=["GET"]),
            Route("/", self._home, methods=["GET"]),
        ]

    async def _set_fault(self, request: Request) -> Response:
        body = await bounded_body(request, _MAX_ORDER_BYTES)
        try:
            self._faults.order(body or b"")
        except FaultRefused as refusal:
            return JSONResponse({"fout": str(refusal)}, 400)
        return Response(status_code=204)

    async def _clear_fault(self, request: Request) -> Response:
        try:
            self._faults.clear(request.query_params.get("registry", "alle"))
        except FaultRefused as refusal:
            return JSONResponse({"fout": str(refusal)}, 400)
        return Response(status_code=204)

    async def _show_calls(self, request: Request) -> Response:
        calls = [call.model_dump(mode="json") for call in self._calls.newest_first()]
        return JSONResponse({"aantal": self._calls.total, "aanroepen": calls})

    async def _show_residents(self, request: Request) -> Response:
        """Everybody that can be asked about, for whoever needs a number to play with."""
        return JSONResponse(
            [
                {
                    "burgerservicenummer": resident.bsn,
                    "naam": " ".join(
                        part for part in (resident.given_names, resident.prefix, resident.surname) if part
                    ),
                    "gemeente": resident.municipality_code,
                    "bijzonderheid": resident.note,
                    "bekend_bij": ["brp", *known_at(resident)],
                }
                for resident in self._register.all()
            ]
        )

    async def _health(self, request: Request) -> Response:
        return JSONResponse({"status": "gezond"})

    async def _home(self, request: Request) -> Response:
        return page(
            "Verzonnen registraties",
            paragraph(
                "Dit is een sandbox. Hij antwoordt zoals de Basisregistratie Personen (BRP), en zoals Suwinet met "
                "DUO, UWV en het Inlichtingenbureau, maar niemand die erin staat bestaat echt. Gebruik hem om te "
                "oefenen en te testen."
            ),
            paragraph(f"Er staan {len(self._register)} verzonnen inwoners in."),
            *(paragraph(line) for line in self._faults.told()),
            paragraph(f"Aantal aanroepen sinds de start: {self._calls.total}."),
            table(
                "Laatste aanroepen",
                (
                    "Moment",
                    "Registratie",
                    "Vraag",
                    "Over wie",
                    "Antwoord",
                    "Storing",
                    "Doelbinding",
                    "Verwerking",
                ),
                (_row(call) for call in self._calls.newest_first()[:_SHOWN_CALLS]),
            ),
            paragraph(
                "Over wie een vraag gaat, staat er als kenmerk dat bij elke start van de sandbox verandert. Gelijke "
                "kenmerken zijn dezelfde inwoner. Suwinet kent geen doelbinding in de vraag."
            ),
        )


def known_at(resident: Resident) -> list[str]:
    """Which registries beside the BRP know somebody."""
    found = []
    if resident.uwv is not None:
        found.append("uwv")
    if resident.duo is not None:
        found.append("duo")
    if resident.bijstand is not None or resident.reintegratie is not None:
        found.append("inlichtingenbureau")
    return found


def _row(call: Call) -> tuple[str, ...]:
    none = "geen" if call.registratie == "brp" else "n.v.t."
    cut = " (ingekort)" if call.ingekort else ""
    return (
        text(f"{call.moment.astimezone(_LOCAL):%d-%m %H:%M:%S}"),
        text(_SHORT[call.registratie]),
        # The operation alone: the service before it says nothing more to a reader.
        text(call.vraag.rpartition(" ")[2] or "onleesbaar"),
        text(" ".join(call.personen) or "onbekend"),
        text(call.status),
        text(call.storing or "geen"),
        text(call.doelbinding or none),
        text((call.verwerking or none) + cut),
    )
