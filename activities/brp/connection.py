"""The line to the BRP: who we say that we are, and for what and for whom we ask."""

import json
import re
import ssl
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from activities.access_tokens import AccessTokens, TokenRefused, TokenUnavailable
from activities.brp.outcome import BEHIND_LOGIN, BRP, OAUTH, NoUse, nothing_asked, refused
from activities.line import JSON, Line, Reply, trace_header, usable_address
from activities.registries import Call, RegistryRefused, RegistryUnavailable
from domain.findings import Outcome
from runtime.settings import SettingsError

MAX_ANSWER_BYTES = 1024 * 1024
MAX_HEADER = 242
"""Longest gateway header that municipal gateways pass on uncut."""
MAX_USER = 40
"""The same, of X-GEBRUIKER."""
OIN_HEADERS = ("X-ORIGIN-OIN", "X-AFNEMER-OIN")

_CONTEXT = "klantroute"
_PLAIN = re.compile(r"[!-~](?:[ -~]*[!-~])?")


class Login(NamedTuple):
    """OAuth2 client credentials of a gateway."""

    token_url: str
    client_id: str
    secret: str
    scope: str = ""


class Connection:
    """Sends questions; safe for use by many tasks of one event loop."""

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        timeout_seconds: float,
        oin: str | None,
        oin_header: str,
        tls: ssl.SSLContext | None,
        login: Login | None,
    ) -> None:
        """See `BrpClient`.

        Raises:
            SettingsError: a value cannot be used.
        """
        headers = {}
        if api_key:
            headers["X-API-KEY"] = _header("De sleutel (MEEDOEN_BRP_API_KEY)", api_key, longest=4096)
        if oin is not None:
            if oin_header.upper() not in OIN_HEADERS:
                raise SettingsError(
                    f"De naam van het veld voor het OIN (MEEDOEN_BRP_OIN_HEADER) is geweigerd: kies "
                    f"{' of '.join(OIN_HEADERS)}, wat de leverancier van de gateway u opgaf."
                )
            headers[oin_header] = _header("Het OIN (MEEDOEN_BRP_OIN)", oin)
        self._url = (
            usable_address(base_url, "Het adres van de BRP (MEEDOEN_BRP_BASE_URL)").rstrip("/") + "/personen"
        )
        self._line = Line(
            BEHIND_LOGIN if login else BRP,
            JSON,
            timeout_seconds=timeout_seconds,
            max_bytes=MAX_ANSWER_BYTES,
            tls=tls,
            headers=headers,
        )
        self._tokens = None
        if login is not None:
            if not login.client_id or not login.secret:
                raise SettingsError(
                    "Voor de toegangscode van de BRP ontbreekt het client-id of het client-secret. Vul "
                    "MEEDOEN_BRP_CLIENT_ID en MEEDOEN_BRP_CLIENT_SECRET in, of laat MEEDOEN_BRP_TOKEN_URL leeg."
                )
            self._tokens = AccessTokens(
                self._line.client,
                url=usable_address(
                    login.token_url, "Het adres van de toegangsserver (MEEDOEN_BRP_TOKEN_URL)"
                ),
                client_id=login.client_id,
                secret=login.secret,
                scope=login.scope,
            )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._line.aclose()

    async def ask(self, question: Mapping[str, object], call: Call) -> bytes:
        """Send one question and give the body of the answer, which is JSON of at most a megabyte.

        Raises:
            RegistryUnavailable: no connection, no answer in time, or 429 or 5xx.
            NoUse: the call cannot be made like this, or the registry refuses it.
            NotUnderstood: what came is no JSON.
        """
        content = json.dumps(question, ensure_ascii=False).encode()
        reply = await self._line.in_time(self._send(content, _headers_of(call)))
        try:
            self._line.check(reply)
        except RegistryRefused as refusal:
            raise refused(refusal, reply.body) from None
        return reply.body

    async def _send(self, content: bytes, headers: Mapping[str, str]) -> Reply:
        if self._tokens is None:
            return await self._line.post(self._url, content, headers)
        token = await self._token(self._tokens)
        reply = await self._line.post(self._url, content, {**headers, "Authorization": f"Bearer {token}"})
        if reply.status != HTTPStatus.UNAUTHORIZED:
            return reply
        # It may have been withdrawn before its end. Once: a second refusal is about who we are.
        self._tokens.forget(token)
        token = await self._token(self._tokens)
        return await self._line.post(self._url, content, {**headers, "Authorization": f"Bearer {token}"})

    async def _token(self, tokens: AccessTokens) -> str:
        try:
            return await tokens.token()
        except TokenUnavailable as error:
            sentence = f"De BRP is niet te bevragen: {error}."
        except TokenRefused as error:
            raise NoUse(
                Outcome.REFUSED_US,
                f"De BRP is niet te bevragen: {error}. Laat de beheerder {OAUTH} en het adres "
                "(MEEDOEN_BRP_TOKEN_URL) nakijken.",
            ) from None
        raise RegistryUnavailable(sentence)


def _headers_of(call: Call) -> dict[str, str]:
    """Why and for whom we ask, as a gateway logs it.

    Raises:
        NoUse: a value would have to be cut, and half a doelbinding is another doelbinding.
    """
    handling = f"{_CONTEXT}@{call.question}"
    for name, value, longest in (
        ("de doelbinding", call.purpose, MAX_HEADER),
        ("de verwerking", handling, MAX_HEADER),
        ("de gebruiker", call.user, MAX_USER),
    ):
        if not _is_plain(value, longest):
            raise nothing_asked(
                f"{name} is leeg, langer dan {longest} tekens, of heeft andere tekens dan gewone letters, cijfers, "
                "leestekens en spaties ertussen. Laat de beheerder het beleid en de medewerkers nakijken."
            )
    if handling.count("@") > 1:
        raise nothing_asked(
            "de naam van de vraag heeft een @, en de verwerking mag er maar één hebben. Meld dit aan de beheerder."
        )
    said = {"X-DOELBINDING": call.purpose, "X-VERWERKING": handling, "X-GEBRUIKER": call.user}
    return said | trace_header(call.trace)


def _is_plain(value: str, longest: int) -> bool:
    return 0 < len(value) <= longest and _PLAIN.fullmatch(value) is not None


def _header(name: str, value: str, longest: int = MAX_HEADER) -> str:
    if not _is_plain(value, longest):
        raise SettingsError(
            f"{name} voor de BRP is geweigerd: het mag niet leeg zijn, niet langer dan {longest} tekens, en "
            "alleen gewone letters, cijfers, leestekens en spaties ertussen bevatten. Pas de instelling aan."
        )
    return value
