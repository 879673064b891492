"""Health and metrics of a process: ``/gezond`` for those who restart it, ``/metrics`` for Prometheus.

The SDK counts in its native part and can only serve that page itself, on a port of its own. It gets a free
port on the loopback address, and our page fetches from there at each scrape: one address for Prometheus,
exact histograms, and no Python code per measurement (a buffer that Python drains would cost a call for
each of the ten or so measurements per task, and loses them when the process is busy).
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Self

import httpx2
import structlog
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from temporalio.runtime import PrometheusConfig, Runtime

from domain.base import Explained
from runtime.embedded import EmbeddedServer
from runtime.sdk import telemetry

CHECK_SECONDS = 5.0
SCRAPE_SECONDS = 5.0
_ATTEMPTS = 5

Check = Callable[[], Awaitable[str | None]]
"""Looks whether one thing works: None, or a Dutch sentence that says what is wrong."""

Source = Callable[[], Awaitable[Iterable[Metric]]]
"""Numbers that are looked up at each scrape, because they change outside this process."""

_log = structlog.get_logger(__name__)


class MetricsError(Explained):
    """The SDK's metrics cannot be served; the message is a Dutch sentence."""


class SdkMetrics:
    """The SDK's runtime of this process, with its metrics and its native log.

    Make one per process, before the first client, and give `runtime` to ``connect``.
    """

    def __init__(self) -> None:
        """Start the SDK's native part.

        Raises:
            MetricsError: no port was free.
        """
        self.runtime, self._address = _start()

    async def page(self) -> bytes:
        """The metrics in Prometheus text; empty while the SDK cannot be reached."""
        try:
            async with httpx2.AsyncClient(timeout=SCRAPE_SECONDS, trust_env=False) as client:
                answer = await client.get(f"http://{self._address}/metrics")
                answer.raise_for_status()
                return answer.content
        except httpx2.HTTPError as error:
            # Half a page is better than none: our own metrics still arrive.
            _log.warning("de metingen van Temporal ontbreken", fout=type(error).__name__)
            return b""


class OpsServer:
    """Serves ``/gezond`` and ``/metrics`` while its ``async with`` lasts.

    ``/gezond`` answers 200 with ``{"gezond": true}``, or 503 with ``{"gezond": false, "problemen": {name:
    sentence}}``. Sentences come from the checks; what a check raises is never repeated.
    """

    def __init__(
        self,
        *,
        port: int,
        checks: Mapping[str, Check],
        sdk: SdkMetrics | None = None,
        host: str = "127.0.0.1",
        registry: CollectorRegistry = REGISTRY,
        sources: Sequence[Source] = (),
    ) -> None:
        """Prepare; nothing listens yet.

        Args:
            port: 0: any free one, see `port`.
            checks: name to check; they run side by side, each within five seconds.
            sdk: adds the SDK's metrics to the page.
            host: address to listen on.
            registry: our own metrics.
            sources: more of those; one that fails is left out of the page.
        """
        self._checks = dict(checks)
        self._sdk = sdk
        self._registry = registry
        self._sources = tuple(sources)
        app = Starlette(routes=[Route("/gezond", self._health), Route("/metrics", self._metrics)])
        self._server = EmbeddedServer(app, host=host, port=port, purpose="De gezondheidspagina")

    @property
    def port(self) -> int:
        """The port that it listens on; known once it runs."""
        return self._server.port

    async def __aenter__(self) -> Self:
        """Listen and serve.

        Raises:
            PortUnavailable: see `EmbeddedServer`.
        """
        await self._server.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._server.__aexit__(kind, error, trace)

    async def _health(self, _: Request) -> JSONResponse:
        found = await asyncio.gather(*(_run(name, check) for name, check in self._checks.items()))
        problems = {name: said for name, said in zip(self._checks, found, strict=True) if said is not None}
        if not problems:
            return JSONResponse({"gezond": True})
        return JSONResponse({"gezond": False, "problemen": problems}, status_code=503)

    async def _metrics(self, _: Request) -> Response:
        page = generate_latest(self._registry)
        for found in await asyncio.gather(*(_looked_up(source) for source in self._sources)):
            page += found
        if self._sdk is not None:
            # The sets of names do not overlap, so one text after the other is a valid page.
            page += (await self._sdk.page()).lstrip()
        return Response(page, media_type=CONTENT_TYPE_LATEST)


async def _run(name: str, check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return f"De controle '{name}' gaf binnen {CHECK_SECONDS:.0f} seconden geen antwoord."
    except Exception as error:
        _log.warning("controle mislukt", controle=name, exc_info=True)
        return f"De controle '{name}' is mislukt ({type(error).__name__}); zie het logboek."


class _Found:
    """Numbers that were looked up, as a registry of metrics wants them."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = tuple(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics


async def _looked_up(source: Source) -> bytes:
    registry = CollectorRegistry()
    try:
        async with asyncio.timeout(SCRAPE_SECONDS):
            registry.register(_Found(await source()))
    except Exception as error:
        # Half a page is better than none.
        _log.warning("metingen ontbreken", fout=type(error).__name__)
        return b""
    return generate_latest(registry)


def _start() -> tuple[Runtime, str]:
    # The SDK does not say which port it took when asked for any, so a free one is looked up first;
    # somebody else may take it in between.
    for _ in range(_ATTEMPTS):
        address = f"127.0.0.1:{_free_port()}"
        try:
            return Runtime(telemetry=telemetry(_served_at(address))), address
        except ValueError:
            continue
    raise MetricsError("De metingen van Temporal kunnen niet starten: er was geen vrije poort op 127.0.0.1.")


def _served_at(address: str) -> PrometheusConfig:
    return PrometheusConfig(
        bind_address=address, counters_total_suffix=True, unit_suffix=True, durations_as_seconds=True
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
