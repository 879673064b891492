"""Refusals in the words of the real BRP (``application/problem+json``, its published feature files)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import JSONResponse

PEOPLE_PATH = "/haalcentraal/api/brp/personen"

_RFC7231 = "https://datatracker.ietf.org/doc/html/rfc7231#section-"
_KINDS: dict[int, tuple[str, str, str, str | None]] = {
    401: (
        "https://datatracker.ietf.org/doc/html/rfc7235#section-3.1",
        "authentication",
        "Niet correct geauthenticeerd.",
        None,
    ),
    405: (f"{_RFC7231}6.5.5", "methodNotAllowed", "Gebruikte bevragingsmethode is niet toegestaan.", None),
    406: (
        f"{_RFC7231}6.5.6",
        "notAcceptable",
        "Gevraagde content type wordt niet ondersteund.",
        "Ondersteunde content type: application/json; charset=utf-8.",
    ),
    415: (
        f"{_RFC7231}6.5.13",
        "unsupportedMediaType",
        "Media Type wordt niet ondersteund.",
        "Ondersteunde content type: application/json; charset=utf-8.",
    ),
    429: (
        "https://datatracker.ietf.org/doc/html/rfc6585#section-4",
        "tooManyRequests",
        "Too many request",
        "The user has sent too many requests in a given amount of time (rate limiting).",
    ),
    500: (f"{_RFC7231}6.6.1", "serverError", "Interne server fout.", None),
    503: (
        f"{_RFC7231}6.6.4",
        "notAvailable",
        "Bronservice BRP is tijdelijk niet beschikbaar.",
        None,
    ),
}
"""Status: type, code, title and detail."""


@dataclass(frozen=True)
class InvalidParam:
    """One parameter that is wrong, as ``invalidParams`` lists it."""

    name: str
    code: str
    reason: str


def problem(status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The refusal that belongs to a status."""
    kind, code, title, detail = _KINDS[status]
    body: dict[str, object] = {"type": kind, "title": title, "status": status}
    if detail is not None:
        body["detail"] = detail
    return _problem_json(body | {"instance": PEOPLE_PATH, "code": code}, status, headers)


def invalid_question(invalid: Sequence[InvalidParam]) -> JSONResponse:
    """The refusal of a question with wrong parameters (400)."""
    incomplete = any(param.code == "required" and param.name != "type" for param in invalid)
    body = {
        "type": f"{_RFC7231}6.5.1",
        "title": "Minimale combinatie van parameters moet worden opgegeven."
        if incomplete
        else "Een of meerdere parameters zijn niet correct.",
        "status": 400,
        "detail": f"De foutieve parameter(s) zijn: {', '.join(param.name for param in invalid)}.",
        "instance": PEOPLE_PATH,
        "code": "paramsCombination" if incomplete else "paramsValidation",
        "invalidParams": [
            {"name": param.name, "code": param.code, "reason": param.reason} for param in invalid
        ],
    }
    return _problem_json(body, 400, None)


def _problem_json(body: object, status: int, headers: Mapping[str, str] | None) -> JSONResponse:
    return JSONResponse(body, status, headers, media_type="application/problem+json")
