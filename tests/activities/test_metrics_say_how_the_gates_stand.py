"""Prometheus hears per municipality and registry whether calls are made, and how many wait."""

from datetime import timedelta
from functools import partial

import asyncpg
import httpx2
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from activities.gate import Gate, NotNow
from activities.gate_metrics import gate_metrics
from activities.registries import RegistryUnavailable
from domain.limits import Limits
from domain.questions import Registry
from runtime.metrics import OpsServer

LIMITS = Limits(per_minute=1, failures=2)
PLENTY = Limits(per_minute=60_000, failures=2)


async def asked(gate: Gate, gemeente: str, registry: Registry, key: str, limits: Limits) -> None:
    async with gate.passage(gemeente, registry, key, limits):
        """Answered."""


async def test_each_gate_has_its_own_numbers(pool: asyncpg.Pool) -> None:
    gate = Gate(pool, short_wait=timedelta(seconds=5))
    await asked(gate, "deventer", "brp", "eerste", LIMITS)
    for key in ("tweede", "derde"):
        with pytest.raises(NotNow):
            await asked(gate, "deventer", "brp", key, LIMITS)
    for key in ("a", "b"):
        with pytest.raises(RegistryUnavailable):
            async with gate.passage("zutphen", "duo", key, PLENTY):
                raise RegistryUnavailable("DUO heeft een storing (503).")

    async with OpsServer(
        port=0, checks={}, registry=CollectorRegistry(), sources=[partial(gate_metrics, pool)]
    ) as server:
        async with httpx2.AsyncClient(trust_env=False) as http:
            page = (await http.get(f"http://127.0.0.1:{server.port}/metrics")).text

    told: dict[tuple[str, str], dict[str, float]] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            gate_of = (sample.labels["gemeente"], sample.labels["registry"])
            told.setdefault(gate_of, {})[sample.name.removeprefix("meedoen_registry_")] = sample.value
    assert told == {
        ("deventer", "brp"): {"held_back": 0, "failures": 0, "waiting": 2, "calls_last_minute": 1},
        ("zutphen", "duo"): {"held_back": 1, "failures": 2, "waiting": 0, "calls_last_minute": 2},
    }
