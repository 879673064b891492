"""The fictional BRP over HTTP."""

import hmac
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.bodies import bounded_body
from sandbox.brp_answer import answer
from sandbox.brp_question import Question, bsns_in, kind_of, read_question
from sandbox.calls import CallLog
from sandbox.faults import FaultControl, FaultKind, Stopping, with_fault
from sandbox.problems import PEOPLE_PATH, InvalidParam, invalid_question, problem
from sandbox.residents import Register
from sandbox.tokens import TokenShop

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


class BrpSandbox:
    """Answers as the BRP does, about people who do not exist."""

    def __init__(
        self,
        register: Register,
        *,
        api_key: str | None,
        tokens: TokenShop | None = None,
        faults: FaultControl,
        calls: CallLog,
        stopping: Stopping,
    ) -> None:
        """Keep everything in memory.

        Args:
            api_key: what X-API-KEY must hold; None: any call may in.
            tokens: who gave out the Bearer token that a call must hold; None: none is asked.
        """
        self._register = register
        self._api_key = api_key
        self._tokens = tokens
        self._faults = faults
        self._calls = calls
        self._stopping = stopping

    def routes(self) -> list[Route]:
        everything = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
        return [Route(PEOPLE_PATH, self._people, methods=everything)]

    async def _people(self, request: Request) -> Response:
        body = await bounded_body(request, _MAX_QUESTION_BYTES)
        question = read_question(body) if body is not None else [_TOO_LONG]
        bsns = bsns_in(body) if body is not None else frozenset[str]()
        refusal = self._refusal(request)
        fault = None
        if refusal is None or refusal.status_code not in (401, 405):
            fault = self._faults.take(bsns)
        response = refusal or self._respond(question, None if fault is None else fault.kind)
        if fault is not None:
            response = await with_fault(fault, response, self._stopping, _ProblemDialect())
        self._calls.add(
            "brp",
            "" if body is None else kind_of(body),
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
        if self._tokens is not None and not self._tokens.knows(request.headers.get("authorization", "")):
            return problem(401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        if _media_type(request, "accept") not in _ACCEPTED:
            return problem(406)
        if _media_type(request, "content-type") not in _CONTENT_TYPES:
            return problem(415)
        return None

    def _respond(self, question: Question | list[InvalidParam], bend: FaultKind | None) -> Response:
        if not isinstance(question, Question):
            return invalid_question(question)
        if bend is FaultKind.TEMPORARY:
            return problem(503)
        content: object = answer(self._register, question)
        if bend is FaultKind.EXTRA:
            content = _with_more(content)
        if bend is FaultKind.MISSING:
            content = _without_types(content)
        return JSONResponse(content, media_type="application/json; charset=utf-8")


_TOO_LONG = InvalidParam("body", "maxLength", "De vraag is te lang.")


class _ProblemDialect:
    """A refusal as problem+json."""

    media_type = "application/json"
    nonsense = b'{"type": "Raadpleeg'

    def refuse(self, status: int, headers: Mapping[str, str]) -> Response:
        return problem(status, headers)


def _with_more(content: object) -> object:
    if isinstance(content, dict):
        return {name: _with_more(value) for name, value in content.items()} | {"sandboxNieuwVeld": "nieuw"}
    return [_with_more(value) for value in content] if isinstance(content, list) else content


def _without_types(content: object) -> object:
    """The contract asks for ``type`` in the answer, in every date and in a verblijfplaats."""
    if isinstance(content, dict):
        return {name: _without_types(value) for name, value in content.items() if name != "type"}
    return [_without_types(value) for value in content] if isinstance(content, list) else content


def _media_type(request: Request, header: str) -> str:
    return "".join(request.headers.get(header, "").lower().split())
