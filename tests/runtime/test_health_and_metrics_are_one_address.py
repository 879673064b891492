"""Health and metrics: one address, sentences instead of errors, the SDK's measurements on the same page."""

import asyncio
import itertools
import json
import os
import signal
import socket
import subprocess
import sys

import httpx2
import pytest
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families

from runtime.embedded import PortUnavailable
from runtime.metrics import Check, OpsServer

# In a process of its own: an SDK runtime lives as long as its process.
WITH_SDK = """
import asyncio, json, httpx2
from prometheus_client import CollectorRegistry, Counter
from runtime.exit import end_process
from runtime.metrics import OpsServer, SdkMetrics

async def main():
    sdk = SdkMetrics()
    sdk.runtime.metric_meter.create_counter("temporal_proef", "van de SDK").add(3)
    registry = CollectorRegistry()
    Counter("meedoen_proef", "van ons", registry=registry).inc(2)
    async with OpsServer(port=0, checks={}, sdk=sdk, registry=registry) as server:
        async with httpx2.AsyncClient() as client:
            page = await client.get(f"http://127.0.0.1:{server.port}/metrics")
    print(json.dumps([page.status_code, page.headers["content-type"], page.text]), flush=True)
asyncio.run(main())
end_process(0)
"""


async def _works() -> str | None:
    return None


async def _is_broken() -> str | None:
    return "De database antwoordt niet."


async def _raises() -> str | None:
    raise LookupError("Zeemeermin")


async def _hangs() -> str | None:
    await asyncio.Event().wait()
    return None


async def _get(port: int, path: str) -> httpx2.Response:
    async with httpx2.AsyncClient(trust_env=False) as client:
        return await client.get(f"http://127.0.0.1:{port}{path}")


async def test_healthy_when_every_check_is_silent() -> None:
    async with OpsServer(port=0, checks={"database": _works, "temporal": _works}) as server:
        answer = await _get(server.port, "/gezond")
    assert (answer.status_code, answer.json()) == (200, {"gezond": True})


async def test_each_failing_check_is_named_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.metrics.CHECK_SECONDS", 0.05)
    checks: dict[str, Check] = {
        "temporal": _works,
        "database": _is_broken,
        "outbox": _raises,
        "register": _hangs,
    }
    async with OpsServer(port=0, checks=checks) as server:
        answer = await _get(server.port, "/gezond")
    assert answer.status_code == 503
    problems = answer.json()["problemen"]
    assert answer.json()["gezond"] is False
    assert problems.keys() == {"database", "outbox", "register"}
    assert problems["database"] == "De database antwoordt niet."
    assert "LookupError" in problems["outbox"]
    assert "geen antwoord" in problems["register"]
    assert "Zeemeermin" not in answer.text


async def test_metrics_page_of_the_process_alone() -> None:
    registry = CollectorRegistry()
    Counter("meedoen_proef", "van ons", registry=registry).inc(2)
    async with OpsServer(port=0, checks={}, registry=registry) as server:
        answer = await _get(server.port, "/metrics")
    samples = {s.name: s.value for f in text_string_to_metric_families(answer.text) for s in f.samples}
    assert samples["meedoen_proef_total"] == 2


async def test_numbers_from_elsewhere_are_looked_up_at_each_scrape_and_may_be_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("runtime.metrics.SCRAPE_SECONDS", 0.05)
    registry = CollectorRegistry()
    Counter("meedoen_proef", "van ons", registry=registry).inc(2)
    scrapes = itertools.count(1)

    async def counted() -> list[Metric]:
        return [GaugeMetricFamily("meedoen_elders", "van elders", value=next(scrapes))]

    async def broken() -> list[Metric]:
        raise LookupError("Zeemeermin")

    async def hanging() -> list[Metric]:
        await asyncio.Event().wait()
        return []

    sources = [broken, counted, hanging]
    async with OpsServer(port=0, checks={}, registry=registry, sources=sources) as server:
        pages = [(await _get(server.port, "/metrics")).text for _ in range(2)]

    told = [
        {s.name: s.value for f in text_string_to_metric_families(page) for s in f.samples} for page in pages
    ]
    assert [page["meedoen_elders"] for page in told] == [1, 2]
    assert [page["meedoen_proef_total"] for page in told] == [2, 2]


async def test_metrics_of_the_sdk_stand_on_the_same_page() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WITH_SDK, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    status, kind, page = json.loads(output)
    assert status == 200
    assert kind.startswith("text/plain")
    samples = {s.name: s.value for f in text_string_to_metric_families(page) for s in f.samples}
    assert samples["meedoen_proef_total"] == 2
    assert samples["temporal_proef_total"] == 3


async def test_busy_port_is_a_dutch_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortUnavailable, match=f"poort {port} is al in gebruik"):
            async with OpsServer(port=port, checks={}):
                pass


async def test_address_of_another_computer_is_a_dutch_sentence() -> None:
    with pytest.raises(PortUnavailable, match="adres van deze computer"):
        async with OpsServer(port=0, host="192.0.2.1", checks={}):
            pass


async def test_port_is_free_again_afterwards() -> None:
    async with OpsServer(port=0, checks={}) as first:
        port = first.port
    async with OpsServer(port=port, checks={}) as second:
        assert (await _get(second.port, "/gezond")).status_code == 200


STOPPED_BY_SIGNAL = """
import asyncio, signal
import httpx2
from runtime.metrics import OpsServer

async def main():
    stop = asyncio.Event()
    wake = asyncio.get_running_loop().call_soon_threadsafe
    signal.signal(signal.SIGTERM, lambda *_: wake(stop.set))
    async with OpsServer(port=0, checks={}) as server, httpx2.AsyncClient() as client:
        address = f"http://127.0.0.1:{server.port}/gezond"
        await client.get(address)
        print("klaar", flush=True)
        await stop.wait()
        print((await client.get(address)).status_code, flush=True)
asyncio.run(main())
"""


def test_signals_stay_with_the_process_and_health_answers_until_it_ends() -> None:
    process = subprocess.Popen([sys.executable, "-c", STOPPED_BY_SIGNAL], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "klaar\n"
    os.kill(process.pid, signal.SIGTERM)
    assert process.stdout.read() == "200\n"
    assert process.wait() == 0
