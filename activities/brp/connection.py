"""The line to the BRP: who we say that we are, how long we wait, and what counts as an answer."""

import asyncio
import re
import ssl
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

import httpx2

from activities.access_tokens import BROKEN, AccessTokens, TokenRefused, TokenUnavailable
from activities.brp.outcome import API_KEY, OAUTH, NotUnderstood, NoUse, nothing_asked, refused, unavailable
from activities.registries import Call, RegistryUnavailable
from activities.retry_after import retry_after
from domain.base import Explained
from domain.findings import Outcome
from runtime.certificates import tls_problem

MAX_ANSWER_BYTES = 1024 * 1024
MAX_HEADER = 242
"""Longest gateway header that municipal gateways pass on uncut."""
MAX_USER = 40
"""The same, of X-GEBRUIKER."""
OIN_HEADERS = ("X-ORIGIN-OIN", "X-AFNEMER-OIN")

_CONTEXT = "klantroute"
_PLAIN = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_TRACE = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class BrpSettingsError(Explained, ValueError):
    """A setting cannot be used; the sentence says which, without repeating it."""


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
            BrpSettingsError: a value cannot be used.
        """
        if timeout_seconds <= 0:
            raise BrpSettingsError(
                "De tijdslimiet voor de BRP (MEEDOEN_BRP_TIMEOUT_SECONDS) moet groter zijn dan nul seconden."
            )
        headers = {
            "Accept": "application/json",
            # Unpacking could turn a small answer into one without limit.
            "Accept-Encoding": "identity",
            "Content-Type": "application/json; charset=utf-8",
        }
        if api_key:
            headers["X-API-KEY"] = _header("De sleutel (MEEDOEN_BRP_API_KEY)", api_key, longest=4096)
        if oin is not None:
            if oin_header.upper() not in OIN_HEADERS:
                raise BrpSettingsError(
                    f"De naam van het veld voor het OIN (MEEDOEN_BRP_OIN_HEADER) is geweigerd: kies "
                    f"{' of '.join(OIN_HEADERS)}, wat de leverancier van de gateway u opgaf."
                )
            headers[oin_header] = _header("Het OIN (MEEDOEN_BRP_OIN)", oin)
        self._url = _usable(base_url, "Het adres van de BRP (MEEDOEN_BRP_BASE_URL)").rstrip("/") + "/personen"
        self._headers = headers
        self._timeout_seconds = timeout_seconds
        self._client = httpx2.AsyncClient(
            timeout=None,
            follow_redirects=False,
            # A proxy from the environment must never decide where a BSN travels.
            trust_env=False,
            verify=tls if tls is not None else True,
        )
        self._credentials = OAUTH if login else API_KEY
        self._tokens = None
        if login is not None:
            if not login.client_id or not login.secret:
                raise BrpSettingsError(
                    "Voor de toegangscode van de BRP ontbreekt het client-id of het client-secret. Vul "
                    "MEEDOEN_BRP_CLIENT_ID en MEEDOEN_BRP_CLIENT_SECRET in, of laat MEEDOEN_BRP_TOKEN_URL leeg."
                )
            self._tokens = AccessTokens(
                self._client,
                url=_usable(login.token_url, "Het adres van de toegangsserver (MEEDOEN_BRP_TOKEN_URL)"),
                client_id=login.client_id,
                secret=login.secret,
                scope=login.scope,
            )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def ask(self, question: Mapping[str, object], call: Call) -> bytes:
        """Send one question and give the body of the answer, which is JSON of at most a megabyte.

        Raises:
            RegistryUnavailable: no connection, no answer in time, or 429 or 5xx.
            NoUse: the call cannot be made like this, or the registry refuses it.
            NotUnderstood: what came is no JSON.
        """
        headers = self._headers | _headers_of(call)
        try:
            # Time-outs per read would let an answer that drips in byte by byte go on for ever.
            async with asyncio.timeout(self._timeout_seconds):
                response, body = await self._send(question, headers)
        except TimeoutError:
            response = None
        if response is None:
            # Raised here and not in the handler: the errors of the library hold the request, and so the BSN.
            raise RegistryUnavailable(f"De BRP antwoordde niet binnen {self._timeout_seconds:g} seconden.")
        status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise RegistryUnavailable(unavailable(status), retry_after(response))
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            raise refused(status, body, self._credentials)
        if status != HTTPStatus.OK:
            raise NotUnderstood(f"het antwoord heeft statuscode {status}")
        _check_json(response, body)
        return body

    async def _send(
        self, question: Mapping[str, object], headers: Mapping[str, str]
    ) -> tuple[httpx2.Response, bytes]:
        if self._tokens is None:
            return await self._post(question, headers)
        token = await self._token(self._tokens)
        answer = await self._post(question, {**headers, "Authorization": f"Bearer {token}"})
        if answer[0].status_code != HTTPStatus.UNAUTHORIZED:
            return answer
        # It may have been withdrawn before its end. Once: a second refusal is about who we are.
        self._tokens.forget(token)
        token = await self._token(self._tokens)
        return await self._post(question, {**headers, "Authorization": f"Bearer {token}"})

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

    async def _post(
        self, question: Mapping[str, object], headers: Mapping[str, str]
    ) -> tuple[httpx2.Response, bytes]:
        """Send the question; the answer is read no further than one byte past the limit."""
        body = bytearray()
        try:
            async with self._client.stream("POST", self._url, json=question, headers=headers) as response:
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) > MAX_ANSWER_BYTES:
                        break
            return response, bytes(body)
        except BROKEN as error:
            sentence = _broken(error)
        raise RegistryUnavailable(sentence)


def _broken(error: Exception) -> str:
    problem = tls_problem(error)
    if problem is not None:
        return (
            f"De verbinding met de BRP is niet veilig te maken: {problem}. Laat de beheerder de certificaten "
            "nakijken met 'meedoen doctor --only brp'."
        )
    if isinstance(error, httpx2.ConnectError):
        return "De BRP is niet bereikbaar: er komt geen verbinding tot stand."
    return "De verbinding met de BRP brak af voordat het antwoord compleet was."


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
    trace = {"traceparent": call.trace} if _TRACE.fullmatch(call.trace) else {}
    return {"X-DOELBINDING": call.purpose, "X-VERWERKING": handling, "X-GEBRUIKER": call.user} | trace


def _check_json(response: httpx2.Response, body: bytes) -> None:
    if len(body) > MAX_ANSWER_BYTES:
        raise NotUnderstood(f"het antwoord is groter dan {MAX_ANSWER_BYTES // 1024} kB")
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise NotUnderstood("het antwoord is ingepakt, terwijl daar niet om gevraagd is")
    kind, _, parameters = response.headers.get("content-type", "").lower().partition(";")
    if kind.strip() != "application/json":
        raise NotUnderstood("het antwoord is geen JSON volgens zijn content-type")
    charset = re.search(r"charset\s*=\s*\"?([^\s\";]+)", parameters)
    if charset is not None and charset.group(1) not in ("utf-8", "utf8"):
        raise NotUnderstood("het antwoord heeft een andere tekenset dan UTF-8")


def _is_plain(value: str, longest: int) -> bool:
    return 0 < len(value) <= longest and _PLAIN.fullmatch(value) is not None


def _header(name: str, value: str, longest: int = MAX_HEADER) -> str:
    if not _is_plain(value, longest):
        raise BrpSettingsError(
            f"{name} voor de BRP is geweigerd: het mag niet leeg zijn, niet langer dan {longest} tekens, en "
            "alleen gewone letters, cijfers, leestekens en spaties ertussen bevatten. Pas de instelling aan."
        )
    return value


def _usable(address: str, name: str) -> str:
    try:
        url = httpx2.URL(address)
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    usable = (
        url.scheme in ("http", "https")
        and re.fullmatch(rb"[A-Za-z0-9.:_-]+", url.raw_host) is not None
        and (url.port is None or 1 <= url.port <= 65535)
        and not (url.query or url.fragment or url.userinfo)
    )
    if not usable:
        raise BrpSettingsError(
            f"{name} is geweigerd: het moet beginnen met https:// of http://, met een bestaande naam en poort, en "
            "zonder vraagteken, hekje of wachtwoord. Pas de instelling aan."
        )
    return address
