"""Faults that can be switched on: the answers that a real registry gives on a bad day."""

import asyncio
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field, ValidationError
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from domain.base import Frozen
from sandbox.problems import problem
from sandbox.residents import Bsn


class FaultKind(StrEnum):
    """What goes wrong."""

    SLOW = "langzaam"
    UNAVAILABLE = "503"
    BROKEN = "500"
    TOO_MANY = "429"
    NONSENSE = "onzin"
    HALF = "half"
    DRIP = "druppel"
    WRONG_TYPE = "verkeerd_type"
    UNAUTHORISED = "401"


class Fault(Frozen):
    """One fault. Strict: a control call with a typing error must not do something else than meant."""

    model_config = ConfigDict(strict=True)

    kind: Annotated[FaultKind | None, Field(strict=False)]
    """None: nothing is wrong."""
    seconds: Annotated[float, Field(ge=0, le=300, allow_inf_nan=False)] = 2.5
    """``langzaam``: how long the answer waits. ``druppel``: how long between two bytes."""
    retry_after: Annotated[int, Field(ge=0, le=86400)] | None = None
    """``429`` and ``503``: the seconds in the header Retry-After; None: no such header."""
    times: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Only the next so many calls; None: until it is switched off."""
    bsns: Annotated[tuple[Bsn, ...], Field(min_length=1, max_length=1000)] | None = None
    """Only calls about one of these people; None: all calls."""


class FaultRefused(Exception):
    """A control call that is wrong; the message is a Dutch sentence."""


class FaultControl:
    """The fault that is on now, if any."""

    def __init__(self) -> None:
        self._fault: Fault | None = None
        self._left: int | None = None

    @property
    def active(self) -> Fault | None:
        return self._fault

    @property
    def left(self) -> int | None:
        """How many more calls it hits; None: no limit."""
        return self._left

    def set(self, fault: Fault | None) -> None:
        """Switch a fault on, instead of the one that was; None switches it off."""
        self._fault = None if fault is None or fault.kind is None else fault
        self._left = None if self._fault is None else self._fault.times

    def order(self, body: bytes) -> None:
        """Carry out a control call: the JSON of a `Fault`.

        Raises:
            FaultRefused: the call is wrong, and nothing has changed.
        """
        try:
            fault = Fault.model_validate_json(body)
        except ValidationError as error:
            places = {
                str(item["loc"][0]) if item["loc"] else "" for item in error.errors(include_input=False)
            }
            names = sorted(places & Fault.model_fields.keys())
            what = f"het veld {' en '.join(names)} klopt niet" if names else "de inhoud is niet te lezen"
            raise FaultRefused(
                f"Deze storing is geweigerd, want {what}; er is niets veranderd. Stuur JSON zoals "
                '{"kind": "503", "seconds": 2.5, "retry_after": 3, "times": 5, "bsns": null}. '
                f"Kies voor kind uit {', '.join(FaultKind)}, of null om de storing uit te zetten."
            ) from None
        self.set(fault)

    def take(self, bsns: frozenset[str]) -> Fault | None:
        """The fault that hits a call about these people, counting the call."""
        fault = self._fault
        if fault is None or (fault.bsns is not None and bsns.isdisjoint(fault.bsns)):
            return None
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                self._fault = None
        return fault


class Stopping:
    """Waits that end at once when the sandbox stops."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def stop(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            pass


async def with_fault(fault: Fault, healthy: Response, stopping: Stopping) -> Response:
    """Turn the answer that would have been into that of a registry with this fault."""
    retry = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    match fault.kind:
        case FaultKind.UNAVAILABLE:
            return problem(503, retry)
        case FaultKind.TOO_MANY:
            return problem(429, retry)
        case FaultKind.BROKEN:
            return problem(500)
        case FaultKind.UNAUTHORISED:
            return problem(401)
        case FaultKind.NONSENSE:
            return Response(b'{"type": "Raadpleeg', media_type="application/json")
        case FaultKind.WRONG_TYPE:
            return HTMLResponse("<!doctype html><title>Aanmelden</title><p>Meld u aan om verder te gaan.")
        case FaultKind.DRIP:
            drops = _drip(bytes(healthy.body), fault.seconds, stopping)
            return StreamingResponse(drops, healthy.status_code, media_type="application/json")
        case FaultKind.HALF:
            return _HalfAnswer(bytes(healthy.body), media_type="application/json")
        case FaultKind.SLOW:
            await stopping.wait(fault.seconds)
    return healthy


async def _drip(body: bytes, seconds: float, stopping: Stopping) -> AsyncIterator[bytes]:
    for index in range(len(body)):
        yield body[index : index + 1]
        await stopping.wait(seconds)


class _HalfAnswer(Response):
    """Promises a whole answer and hangs up half-way."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytes(self.body)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        # Returning without the rest makes the server close the connection.
