"""The line to a registry: a question is posted, and its answer is read within one deadline and one limit of size.

The burgerservicenummer travels in what is posted. So no proxy is used, no redirect followed, and whatever goes wrong is
raised anew outside the handlers: the errors of the HTTP library hold the request.
"""

import asyncio
import re
import ssl
from collections.abc import Coroutine, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar

import httpx2

from activities.other_side import OtherSide
from activities.registries import NotUnderstood, RegistryUnavailable
from activities.retry_after import retry_after
from runtime.certificates import tls_error, tls_problem
from runtime.settings import SettingsError

_T = TypeVar("_T")
_TRACE = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Format(NamedTuple):
    """What questions and answers are written in."""

    name: str
    content_types: tuple[str, ...]
    """Of answers; the first one is ours too."""


JSON = Format("JSON", ("application/json",))
XML = Format("XML", ("text/xml", "application/xml"))


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: httpx2.Headers
    body: bytes
    """Longer than the limit: there was more than may be read."""


class LineBroken(Exception):
    """The line could not be made, or broke before the answer was whole.

    Attributes:
        problem: what is wrong with a certificate, in a Dutch clause; None: it was something else.
        connected: somebody was there.
        answering: the answer had begun.
    """

    def __init__(self, problem: str | None, *, connected: bool, answering: bool) -> None:
        super().__init__(problem)
        self.problem = problem
        self.connected = connected
        self.answering = answering


class Line:
    """Leads to one registry or broker; safe for use by many tasks of one event loop."""

    def __init__(
        self,
        to: OtherSide,
        written_in: Format,
        *,
        timeout_seconds: float,
        max_bytes: int,
        tls: ssl.SSLContext | None,
        headers: Mapping[str, str],
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            to: who is there.
            written_in: what questions and answers are written in.
            timeout_seconds: for all that belongs to one question, from connecting to the last byte.
            max_bytes: how long an answer may be.
            tls: shows our certificate, trusts theirs; None: the certificates of the system.
            headers: that go with every question.

        Raises:
            SettingsError: the time limit cannot be used.
        """
        if timeout_seconds <= 0:
            raise SettingsError(
                f"De tijdslimiet voor {to.name} ({to.setting}_TIMEOUT_SECONDS) moet groter zijn dan nul seconden."
            )
        self._to = to
        self._format = written_in
        self._timeout_seconds = timeout_seconds
        self._max_bytes = max_bytes
        self._headers = {
            "Accept": written_in.content_types[0],
            # Unpacking could turn a small answer into one without limit.
            "Accept-Encoding": "identity",
            "Content-Type": f"{written_in.content_types[0]}; charset=utf-8",
            **headers,
        }
        self.client = httpx2.AsyncClient(
            timeout=None,
            follow_redirects=False,
            # A proxy from the environment must never decide where a BSN travels.
            trust_env=False,
            verify=tls if tls is not None else True,
        )
        """For whatever else has to be fetched on this line."""

    async def aclose(self) -> None:
        """Close all connections."""
        await self.client.aclose()

    async def in_time(self, asking: Coroutine[Any, Any, _T]) -> _T:
        """Do all that one question takes within the time limit.

        Raises:
            RegistryUnavailable: it was not done in time.
        """
        try:
            # Time-outs per read would let an answer that drips in byte by byte go on for ever.
            async with asyncio.timeout(self._timeout_seconds):
                return await asking
        except TimeoutError:
            pass
        raise RegistryUnavailable(self._to.late(self._timeout_seconds))

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Reply:
        """Send one question; `in_time` limits how long that takes.

        Raises:
            RegistryUnavailable: no connection, or it broke.
        """
        try:
            return await post(
                self.client,
                url,
                max_bytes=self._max_bytes,
                headers=self._headers | dict(headers),
                content=content,
            )
        except LineBroken as broken:
            if broken.problem is not None:
                sentence = self._to.unsafe(broken.problem)
            elif not broken.connected:
                sentence = self._to.unreachable()
            else:
                secure = url.startswith("https:")
                sentence = self._to.broken_off(unexplained=secure and not broken.answering)
        raise RegistryUnavailable(sentence)

    def check(self, reply: Reply) -> None:
        """See that a reply is an answer that can be read.

        Raises:
            RegistryUnavailable: 429 or 5xx.
            RegistryRefused: we are sent away.
            NotUnderstood: it is something else.
        """
        status = reply.status
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise RegistryUnavailable(self._to.unavailable(status), retry_after(reply.headers))
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            raise self._to.refusal(status)
        if status != HTTPStatus.OK:
            raise NotUnderstood(f"het antwoord heeft statuscode {status}")
        self.check_content(reply)

    def check_content(self, reply: Reply) -> None:
        """The same, whatever the status says.

        Raises:
            NotUnderstood: it is longer, packed, or written in something else than was agreed.
        """
        if len(reply.body) > self._max_bytes:
            raise NotUnderstood(f"het antwoord is groter dan {self._max_bytes // 1024} kB")
        if reply.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise NotUnderstood("het antwoord is ingepakt, terwijl daar niet om gevraagd is")
        kind, _, parameters = reply.headers.get("content-type", "").lower().partition(";")
        if kind.strip() not in self._format.content_types:
            raise NotUnderstood(f"het antwoord is geen {self._format.name} volgens zijn content-type")
        charset = re.search(r"charset\s*=\s*\"?([^\s\";]+)", parameters)
        if charset is not None and charset.group(1) not in ("utf-8", "utf8"):
            raise NotUnderstood("het antwoord heeft een andere tekenset dan UTF-8")


async def post(
    client: httpx2.AsyncClient,
    url: str,
    *,
    max_bytes: int,
    headers: Mapping[str, str],
    content: bytes | None = None,
    form: Mapping[str, str] | None = None,
) -> Reply:
    """Send something; what comes back is read until it is longer than it may be.

    Args:
        client: sends it; the caller closes it and limits the time.
        url: where to.
        max_bytes: how long the answer may be.
        headers: that go with it.
        content: what is sent.
        form: or fields of a form.

    Raises:
        LineBroken: no connection, or it broke.
    """
    body = bytearray()
    answering = False
    try:
        async with client.stream("POST", url, content=content, data=form, headers=headers) as response:
            answering = True
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > max_bytes:
                    break
        return Reply(response.status_code, response.headers, bytes(body))
    except (httpx2.HTTPError, OSError) as error:
        # Under TLS 1.3 the other side refuses our certificate only after the hand-shake, and the library lets that
        # error through as it is.
        connected = not isinstance(error, httpx2.ConnectError) or tls_error(error) is not None
        broken = LineBroken(tls_problem(error), connected=connected, answering=answering)
    raise broken


def trace_header(trace: str) -> dict[str, str]:
    """The header for W3C Trace Context; none where there is no trace, or it is not one."""
    return {"traceparent": trace} if _TRACE.fullmatch(trace) else {}


def usable_address(address: str, name: str) -> str:
    """An address that questions can be sent to, as it was set.

    Args:
        address: as set.
        name: what it is and which setting holds it, to begin a Dutch sentence with.

    Raises:
        SettingsError: it is none; the sentence does not repeat it.
    """
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
        raise SettingsError(
            f"{name} is geweigerd: het moet beginnen met https:// of http://, met een bestaande naam en poort, en "
            "zonder vraagteken, hekje of wachtwoord. Pas de instelling aan."
        )
    return address
