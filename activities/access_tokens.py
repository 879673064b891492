"""Access tokens for registries behind a gateway with OAuth2 (client credentials, RFC 6749 section 4.4).

No error or sentence of this module holds the secret or a token.
"""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote_plus

import httpx2
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from activities.line import LineBroken, Reply, post

EARLY_SECONDS = 30.0
"""How long before its end a token is no longer used: a question that is under way must still pass."""
UNSAID_SECONDS = 60.0
"""How long a token is kept of which nothing was said."""
MAX_ANSWER_BYTES = 64 * 1024


class TokenRefused(Exception):
    """The token server gives no token and will not give one later; the message is a Dutch phrase."""


class TokenUnavailable(Exception):
    """The token server gives no token now; the message is a Dutch phrase."""


class _Token(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    # What may stand in a header (RFC 6750).
    access_token: Annotated[str, Field(pattern=r"^[A-Za-z0-9\-._~+/]+=*$", max_length=16384)]
    token_type: Annotated[str, Field(pattern="^(?i:bearer)$")] = "Bearer"
    expires_in: Annotated[float, Field(ge=0, le=1e9)] = UNSAID_SECONDS


class AccessTokens:
    """One token at a time, for many askers of one event loop."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        *,
        url: str,
        client_id: str,
        secret: str,
        scope: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            client: sends the request; the caller closes it.
            url: token end point.
            client_id: who we are.
            secret: of the client id.
            scope: with spaces between, where the gateway wants one.
            clock: seconds that only go forward.
        """
        self._client = client
        self._url = url
        pair = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
        self._headers = {
            "Authorization": f"Basic {b64encode(pair).decode()}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        }
        self._form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        self._clock = clock
        self._fetching = asyncio.Lock()
        self._token = ""
        self._ends = 0.0

    async def token(self) -> str:
        """A token that is good for the moment, fetched when there is none.

        The caller limits the time.

        Raises:
            TokenRefused: our credentials or the address are wrong.
            TokenUnavailable: no answer now.
        """
        async with self._fetching:
            if not self._token or self._clock() >= self._ends:
                await self._fetch()
            return self._token

    def forget(self, token: str) -> None:
        """A token was refused: the next asker fetches another, unless somebody did so already."""
        if token == self._token:
            self._token = ""

    async def _fetch(self) -> None:
        asked = self._clock()
        self._token = ""
        status, _, body = await self._post()
        if len(body) > MAX_ANSWER_BYTES:
            raise TokenRefused("de toegangsserver antwoordt meer dan een toegangscode")
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise TokenUnavailable(f"de toegangsserver heeft een storing ({status})")
        if status != HTTPStatus.OK:
            raise TokenRefused(f"de toegangsserver wijst onze aanmelding af ({_error_code(status, body)})")
        try:
            fresh = _Token.model_validate_json(body)
        except ValidationError:
            fresh = None
        if fresh is None:
            raise TokenRefused("de toegangsserver antwoordt iets anders dan een toegangscode")
        # A short life is used for half of it rather than not at all.
        kept = max(fresh.expires_in - EARLY_SECONDS, fresh.expires_in / 2)
        self._token, self._ends = fresh.access_token, asked + kept

    async def _post(self) -> Reply:
        try:
            return await post(
                self._client, self._url, max_bytes=MAX_ANSWER_BYTES, headers=self._headers, form=self._form
            )
        except LineBroken as broken:
            what = broken.problem or "er komt geen verbinding tot stand"
        raise TokenUnavailable(f"de toegangsserver is niet bereikbaar ({what})")


class _OAuthError(BaseModel):
    error: Annotated[str, Field(pattern="^[a-z_]{1,40}$")]


def _error_code(status: int, body: bytes) -> str:
    try:
        return f"{status}, {_OAuthError.model_validate_json(body).error}"
    except ValidationError:
        return str(status)
