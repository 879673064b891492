"""Faults that can be switched on: the answers that a real registry gives on a bad day.

Each registry has its own, for behind one broker one can be down while the others are not.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, Protocol, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, ConfigDict, Field, ValidationError, model_validator
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from domain.base import Frozen
from domain.questions import REGISTRY_NAMES, Registry
from sandbox.residents import Bsn

HANG_UP = "sandbox.hang_up"
"""Where the server puts, in the scope of a call, what closes the connection at once."""
REGISTRIES: tuple[Registry, ...] = get_args(Registry)
_LOCAL = ZoneInfo("Europe/Amsterdam")
Where = Literal["brp", "uwv", "duo", "inlichtingenbureau", "alle"]


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
    DOWN = "storing"
    """The connection closes without an answer."""
    EXTRA = "extra_veld"
    """Schema drift that harms nobody: a field that no contract knows."""
    MISSING = "ontbrekend_veld"
    """Schema drift that harms: a required field is not there."""
    TEMPORARY = "tijdelijk"
    """The registry says itself that it is away for a while: of Suwinet a good message (FWI, Fout), of the BRP a 503."""
    WARNING = "waarschuwing"
    """Suwinet only: the data, with a warning (FWI, Waarschuwing)."""


class Fault(Frozen):
    """One fault. Strict: a control call with a typing error must not do something else than meant."""

    model_config = ConfigDict(strict=True)

    kind: Annotated[FaultKind | None, Field(strict=False)]
    """None: nothing is wrong."""
    registry: Where = "brp"
    """Which registry has it; ``alle``: each of them. The BRP knows no ``waarschuwing``."""
    seconds: Annotated[float, Field(ge=0, le=300, allow_inf_nan=False)] = 2.5
    """``langzaam``: how long the answer waits. ``druppel``: how long between two bytes."""
    retry_after: Annotated[int, Field(ge=0, le=86400)] | None = None
    """``429`` and ``503``: the seconds in the header Retry-After; None: no such header."""
    times: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Only the next so many calls; None: until it is switched off."""
    minutes: Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)] | None = None
    """It ends by itself after so many minutes (real time)."""
    until: AwareDatetime | None = None
    """It ends by itself at this instant (real time)."""
    bsns: Annotated[tuple[Bsn, ...], Field(min_length=1, max_length=1000)] | None = None
    """Only calls about one of these people; None: all calls."""

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if self.minutes is not None and self.until is not None:
            raise ValueError("geef minutes of until, niet allebei")
        return self


class FaultRefused(Exception):
    """A control call that is wrong; the message is a Dutch sentence."""


class _Order:
    """A fault that was switched on, with what is left of it; registries that got it together count together."""

    def __init__(self, fault: Fault, now: datetime) -> None:
        self.fault = fault
        self.left = fault.times
        self.ends = fault.until if fault.minutes is None else now + timedelta(minutes=fault.minutes)


class FaultControl:
    """The faults that are on now, at most one for each registry.

    Args:
        now: real time, with a time zone.
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._orders: dict[Registry, _Order] = {}

    def on(self, registry: Registry) -> Fault | None:
        """The fault of a registry, if it has one."""
        order = self._order(registry)
        return None if order is None else order.fault

    def left(self, registry: Registry) -> int | None:
        """How many more calls its fault hits; None: no limit, or no fault."""
        order = self._order(registry)
        return None if order is None else order.left

    def ends(self, registry: Registry) -> datetime | None:
        """When its fault ends by itself; None: not, or no fault."""
        order = self._order(registry)
        return None if order is None else order.ends

    def set(self, fault: Fault | None) -> None:
        """Switch a fault on, instead of the one that was; None switches all faults off."""
        if fault is None:
            self._orders.clear()
            return
        order = _Order(fault, self._now())
        for registry in REGISTRIES if fault.registry == "alle" else (fault.registry,):
            if fault.kind is None:
                self._orders.pop(registry, None)
            elif registry != "brp" or fault.kind is not FaultKind.WARNING:
                self._orders[registry] = order

    def clear(self, where: str) -> None:
        """Switch off the faults of one registry, or of ``alle``.

        Raises:
            FaultRefused: there is no such registry.
        """
        if where != "alle" and where not in REGISTRIES:
            raise FaultRefused(
                "Het uitzetten is geweigerd, want deze registratie bestaat niet; er is niets veranderd. Kies uit "
                f"{', '.join((*REGISTRIES, 'alle'))}."
            )
        for registry in REGISTRIES:
            if where in ("alle", registry):
                self._orders.pop(registry, None)

    def order(self, body: bytes) -> None:
        """Carry out a control call: the JSON of a `Fault`.

        Raises:
            FaultRefused: the call is wrong, and nothing has changed.
        """
        try:
            fault = Fault.model_validate_json(body)
        except ValidationError as error:
            raise FaultRefused(
                f"Deze storing is geweigerd, want {_why(error)}; er is niets veranderd. Stuur JSON zoals "
                '{"kind": "503", "registry": "duo", "seconds": 2.5, "retry_after": 3, "times": 5, "minutes": 10, '
                f'"bsns": null}}. Kies voor kind uit {", ".join(FaultKind)}, of null om de storing uit te zetten, en '
                f"voor registry uit {', '.join((*REGISTRIES, 'alle'))}."
            ) from None
        if fault.registry == "brp" and fault.kind is FaultKind.WARNING:
            raise FaultRefused(
                "Deze storing is geweigerd, want de BRP kent geen waarschuwing; er is niets veranderd. Kies een "
                "registratie achter Suwinet."
            )
        self.set(fault)

    def take(self, bsns: frozenset[str], registry: Registry = "brp") -> Fault | None:
        """The fault that hits a call about these people, counting the call."""
        order = self._order(registry)
        if order is None or (order.fault.bsns is not None and bsns.isdisjoint(order.fault.bsns)):
            return None
        if order.left is not None:
            order.left -= 1
        return order.fault

    def told(self) -> list[str]:
        """What is on now, in sentences for the page."""
        lines = []
        for registry in REGISTRIES:
            order = self._order(registry)
            if order is None:
                continue
            left = "" if order.left is None else f", nog {order.left} keer"
            ends = "" if order.ends is None else f", tot {order.ends.astimezone(_LOCAL):%d-%m-%Y %H:%M}"
            bsns = order.fault.bsns
            who = "" if bsns is None else f", alleen voor {len(bsns)} inwoner(s)"
            lines.append(
                f"Er staat een storing aan bij {REGISTRY_NAMES[registry]}: {order.fault.kind}{left}{ends}{who}."
            )
        return lines or ["Er staat geen storing aan."]

    def _order(self, registry: Registry) -> _Order | None:
        order = self._orders.get(registry)
        if order is None or order.left == 0 or (order.ends is not None and order.ends <= self._now()):
            return None
        return order


def _why(error: ValidationError) -> str:
    details = error.errors(include_input=False)
    own = [str(item["ctx"]["error"]) for item in details if item["type"] == "value_error"]
    if own:
        return own[0]
    names = sorted({str(item["loc"][0]) for item in details if item["loc"]} & Fault.model_fields.keys())
    return f"het veld {' en '.join(names)} klopt niet" if names else "de inhoud is niet te lezen"


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


class Dialect(Protocol):
    """How a registry says no, in its own form."""

    media_type: str
    nonsense: bytes
    """The beginning of an answer that cannot be read."""

    def refuse(self, status: int, headers: Mapping[str, str]) -> Response:
        """The answer with this status."""


async def with_fault(fault: Fault, healthy: Response, stopping: Stopping, dialect: Dialect) -> Response:
    """Turn the answer that would have been into that of a registry with this fault.

    Faults in what an answer says (drift, FWI) are in `healthy` already: an answer may have to be signed.
    """
    retry = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    match fault.kind:
        case FaultKind.UNAVAILABLE:
            return dialect.refuse(503, retry)
        case FaultKind.TOO_MANY:
            return dialect.refuse(429, retry)
        case FaultKind.BROKEN:
            return dialect.refuse(500, {})
        case FaultKind.UNAUTHORISED:
            return dialect.refuse(401, {})
        case FaultKind.NONSENSE:
            return Response(dialect.nonsense, media_type=dialect.media_type)
        case FaultKind.WRONG_TYPE:
            return HTMLResponse("<!doctype html><title>Aanmelden</title><p>Meld u aan om verder te gaan.")
        case FaultKind.DRIP:
            drops = _drip(bytes(healthy.body), fault.seconds, stopping)
            return StreamingResponse(drops, healthy.status_code, media_type=dialect.media_type)
        case FaultKind.HALF:
            return _HalfAnswer(bytes(healthy.body), media_type=dialect.media_type)
        case FaultKind.DOWN:
            return _NoAnswer(status_code=503)
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


class _NoAnswer(Response):
    """Hangs up without a word."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[HANG_UP]()
        # Until the server has seen it itself: it would send an answer of its own otherwise.
        while (await receive())["type"] != "http.disconnect":
            """The rest of the question."""
