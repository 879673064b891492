"""Gives out Bearer tokens as a gateway before a registry does (OAuth 2.0, client credentials, RFC 6749 section 4.4)."""

import base64
import binascii
import hmac
import secrets
import time
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.bodies import bounded_body

TOKEN_PATH = "/oauth/token"
_KEPT = 1000
_SECRETIVE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class TokenShop:
    """One client, and the tokens that it holds.

    Args:
        client_id: name of the client.
        secret: its secret.
        expires_in: seconds that a token lives.
        clock: seconds that only go forward.
    """

    def __init__(
        self, client_id: str, secret: str, expires_in: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = (client_id, secret)
        self._expires_in = expires_in
        self._clock = clock
        self._ends: dict[str, float] = {}
        self.given = 0
        """How many tokens were given out."""

    def routes(self) -> list[Route]:
        return [Route(TOKEN_PATH, self._give, methods=["POST"])]

    def knows(self, authorization: str) -> bool:
        """Whether a header ``Authorization`` holds a token that lives."""
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and self._clock() < self._ends.get(token.strip(), 0)

    async def _give(self, request: Request) -> Response:
        body = await bounded_body(request, 16 * 1024)
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if body is None or kind != "application/x-www-form-urlencoded":
            return _error(400, "invalid_request")
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        if not self._is_client(_basic(request.headers.get("authorization", "")) or _posted(form)):
            return _error(401, "invalid_client", {"WWW-Authenticate": 'Basic realm="sandbox"'})
        if "grant_type" not in form:
            return _error(400, "invalid_request")
        if form["grant_type"] != "client_credentials":
            return _error(400, "unsupported_grant_type")
        token = secrets.token_urlsafe(32)
        while len(self._ends) >= _KEPT:
            del self._ends[next(iter(self._ends))]
        self._ends[token] = self._clock() + self._expires_in
        self.given += 1
        answer: dict[str, object] = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": self._expires_in,
        }
        if "scope" in form:
            answer["scope"] = form["scope"]
        return JSONResponse(answer, headers=_SECRETIVE)

    def _is_client(self, given: tuple[str, str]) -> bool:
        return all(
            hmac.compare_digest(one.encode(), other.encode())
            for one, other in zip(given, self._client, strict=True)
        )


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(text.strip(), validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        return None
    return unquote_plus(name), unquote_plus(secret)


def _posted(form: dict[str, str]) -> tuple[str, str]:
    return form.get("client_id", ""), form.get("client_secret", "")


def _error(status: int, code: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": code}, status, headers=_SECRETIVE | (headers or {}))
