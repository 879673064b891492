"""The fictional BRP over HTTP: the question itself, and the controls and pages around it."""

import hmac
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.brp_answer import answer
from sandbox.brp_question import Question, bsns_in, read_question
from sandbox.calls import CallLog
from sandbox.faults import FaultControl, FaultRefused, Stopping, with_fault
from sandbox.pages import page, paragraph, table, text
from sandbox.problems import PEOPLE_PATH, InvalidParam, invalid_question, problem
from sandbox.residents import Register

_MAX_QUESTION_BYTES = 64 * 1024
_ACCEPTED = frozenset(
    {
        "",
        "*/*",
        "*/*;charset=utf-8",
        "application/json",
        "application/json;charset=utf-8",
    }
)
_CONTENT_TYPES = frozenset({"", "application/json", "application/json;charset=utf-8"})
_SHOWN_CALLS = 20
_LOCAL = ZoneInfo("Europe/Amsterdam")


class BrpSandbox:
    """Answers as the BRP does, about people who do not exist."""

    def __init__(
        self,
        register: Register,
        *,
        api_key: str | None,
        faults: FaultControl,
        calls: CallLog,
        stopping: Stopping,
    ) -> None:
        """Keep everything in memory.

        Args:
            api_key: what X-API-KEY must hold; None: any call may in.
        """
        self._register = register
        self._api_key = api_key
        self._faults = faults
        self._calls = calls
        self._stopping = stopping

    def routes(self) -> list[Route]:
        everything = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
        return [
            Route(PEOPLE_PATH, self._people, methods=everything),
            Route("/sandbox/storing", self._set_fault, methods=["PUT"]),
            Route("/sandbox/storing", self._clear_fault, methods=["DELETE"]),
            Route("/sandbox/aanroepen", self._show_calls, methods=["GET"]),
            Route("/sandbox/inwoners", self._show_residents, methods=["GET"]),
            Route("/gezond", self._health, methods=["GET"]),
            Route("/", self._home, methods=["GET"]),
        ]

    async def _people(self, request: Request) -> Response:
        body = await bounded_body(request, _MAX_QUESTION_BYTES)
        question = read_question(body) if body is not None else [_TOO_LONG]
        bsns = bsns_in(body) if body is not None else frozenset[str]()
        response = self._refusal(request) or self._respond(question)
        fault = None
        if response.status_code not in (401, 405):
            fault = self._faults.take(bsns)
        if fault is not None:
            response = await with_fault(fault, response, self._stopping)
        self._calls.add(
            request.headers.items(),
            bsns=bsns,
            fields=question.fields if isinstance(question, Question) else (),
            status=response.status_code,
            fault=None if fault is None else fault.kind,
        )
        return response

    def _refusal(self, request: Request) -> Response | None:
        """What is wrong with the call before its body is looked at."""
        if request.method != "POST":
            return problem(405, {"Allow": "POST"})
        given = request.headers.get("x-api-key", "")
        if self._api_key is not None and not hmac.compare_digest(given.encode(), self._api_key.encode()):
            return problem(401)
        if _media_type(request, "accept") not in _ACCEPTED:
            return problem(406)
        if _media_type(request, "content-type") not in _CONTENT_TYPES:
            return problem(415)
        return None

    def _respond(self, question: Question | list[InvalidParam]) -> Response:
        if not isinstance(question, Question):
            return invalid_question(question)
        return JSONResponse(answer(self._register, question), media_type="application/json; charset=utf-8")

    async def _set_fault(self, request: Request) -> Response:
        body = await bounded_body(request, _MAX_QUESTION_BYTES)
        try:
            self._faults.order(body or b"")
        except FaultRefused as refusal:
            return JSONResponse({"fout": str(refusal)}, 400)
        return Response(status_code=204)

    async def _clear_fault(self, request: Request) -> Response:
        self._faults.set(None)
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
                }
                for resident in self._register.all()
            ]
        )

    async def _health(self, request: Request) -> Response:
        return JSONResponse({"status": "gezond"})

    async def _home(self, request: Request) -> Response:
        fault = self._faults.active
        if fault is None:
            state = "Er staat geen storing aan."
        else:
            left = "" if self._faults.left is None else f", nog {self._faults.left} keer"
            who = "" if fault.bsns is None else f", alleen voor {len(fault.bsns)} inwoner(s)"
            state = f"Er staat een storing aan: {fault.kind}{left}{who}."
        rows = (
            (
                text(f"{call.moment.astimezone(_LOCAL):%d-%m-%Y %H:%M:%S}"),
                text(call.doelbinding or "geen"),
                text(call.verwerking or "geen"),
                text(call.status),
                text(call.storing or "geen"),
            )
            for call in self._calls.newest_first()[:_SHOWN_CALLS]
        )
        return page(
            "Verzonnen BRP",
            paragraph(
                "Dit is een sandbox. Hij antwoordt zoals de Basisregistratie Personen (BRP), maar niemand "
                "die erin staat bestaat echt. Gebruik hem om te oefenen en te testen."
            ),
            paragraph(f"Er staan {len(self._register)} verzonnen inwoners in."),
            paragraph(state),
            paragraph(f"Aantal aanroepen sinds de start: {self._calls.total}."),
            table("Laatste aanroepen", ("Moment", "Doelbinding", "Verwerking", "Antwoord", "Storing"), rows),
        )


_TOO_LONG = InvalidParam("body", "maxLength", "De vraag is te lang.")


async def bounded_body(request: Request, limit: int) -> bytes | None:
    """The body of a request, or None when it is longer than `limit` bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


def _media_type(request: Request, header: str) -> str:
    return "".join(request.headers.get(header, "").lower().split())
