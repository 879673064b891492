"""The codec end point of Temporal UI and the ``temporal`` command: shows people what Temporal cannot read.

Whoever reaches it can read every payload that they can get hold of, so it listens on this computer only
unless told otherwise, answers pages of the configured UI only, and can ask for a token.
"""

import hmac
import ipaddress
import json
from collections.abc import Awaitable, Callable, Sequence

import structlog
from google.protobuf import json_format
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from temporalio.api.common.v1 import Payload, Payloads

from runtime.codec import EncryptingCodec
from runtime.embedded import EmbeddedServer
from runtime.keys import KeyRing
from runtime.process import run_process
from runtime.settings import Settings
from runtime.stopping import stop_requested

MAX_BODY_BYTES = 16 * 1024 * 1024
"""Four times what Temporal itself takes in one message."""

_HEADERS = ("content-type", "x-namespace", "authorization")
_log = structlog.get_logger(__name__)

_Work = Callable[[Sequence[Payload]], Awaitable[list[Payload]]]


class _Refused(Exception):
    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def codec_app(keys: KeyRing, *, origins: Sequence[str], token: str = "") -> Starlette:
    """The application: ``POST /decode`` and ``POST /encode`` with Temporal's JSON of ``Payloads``.

    A payload whose key is gone comes back as a remark; a body that is no ``Payloads`` gets 400.

    Args:
        keys: the ring to open with.
        origins: addresses of Temporal UI, such as ``http://127.0.0.1:8233``. A request from a page
            elsewhere is refused; one without an origin (the command line) passes.
        token: what must come as ``Authorization: Bearer``; empty: nothing is asked.
    """
    codec = EncryptingCodec(keys)
    allowed = frozenset(origins)

    def route(path: str, work: _Work) -> Route:
        async def handle(request: Request) -> Response:
            try:
                _check(request, allowed, token)
                payloads = await _read(request)
                answer = json_format.MessageToJson(Payloads(payloads=await work(payloads)), indent=None)
            except _Refused as refused:
                return JSONResponse({"message": str(refused)}, status_code=refused.status)
            return Response(answer, media_type="application/json")

        return Route(path, handle, methods=["POST"])

    return Starlette(
        routes=[route("/decode", codec.decode_for_display), route("/encode", codec.encode)],
        middleware=[
            Middleware(
                CORSMiddleware, allow_origins=list(origins), allow_methods=["POST"], allow_headers=_HEADERS
            )
        ],
    )


def codec_server(settings: Settings, keys: KeyRing) -> EmbeddedServer:
    """The end point on the address of the settings; use it with ``async with``."""
    token = settings.codec_token.get_secret_value()
    if not token and not _is_loopback(settings.codec_host):
        _log.warning(
            "het leespunt voor Temporal UI staat open voor andere computers en vraagt geen toegangscode; "
            "zet MEEDOEN_CODEC_TOKEN of zet er een poort met aanmelding voor",
            luistert_op=settings.codec_host,
        )
    app = codec_app(keys, origins=settings.codec_ui_origins.split(), token=token)
    return EmbeddedServer(
        app, host=settings.codec_host, port=settings.codec_port, purpose="Het leespunt voor Temporal UI"
    )


def _check(request: Request, allowed: frozenset[str], token: str) -> None:
    origin = request.headers.get("origin")
    # The browser hides our answer from other pages, but only we can refuse to give one.
    if origin is not None and origin not in allowed:
        raise _Refused(
            403,
            "Deze pagina mag hier niets lezen. Zet het adres van Temporal UI in MEEDOEN_CODEC_UI_ORIGINS.",
        )
    given = request.headers.get("authorization", "").encode("latin-1")
    if token and not hmac.compare_digest(given, f"Bearer {token}".encode()):
        raise _Refused(401, "De toegangscode ontbreekt of klopt niet. Vraag de beheerder om de goede.")


async def _read(request: Request) -> Sequence[Payload]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise _Refused(413, "De vraag is te groot. Vraag minder gegevens tegelijk.")
    try:
        content = json.loads(bytes(body))
        if isinstance(content, dict):
            return json_format.ParseDict(content, Payloads()).payloads
    except (ValueError, json_format.ParseError, RecursionError):
        pass
    raise _Refused(
        400, 'De vraag is niet te lezen: verwacht wordt JSON met een lijst "payloads" zoals Temporal stuurt.'
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _serve(settings: Settings) -> None:
    stop = stop_requested()
    async with codec_server(settings, KeyRing.load(settings.key_file)):
        await stop.wait()


if __name__ == "__main__":
    run_process(_serve)
