"""How the gates before the registries stand, for Prometheus. Every worker tells the same: they share the gates."""

import asyncpg
from prometheus_client.core import GaugeMetricFamily

from activities.gate import Gate

_LABELS = ("gemeente", "registry")


async def gate_metrics(pool: asyncpg.Pool) -> list[GaugeMetricFamily]:
    """Per municipality and registry: whether calls are kept back, failures, who waits, and calls.

    Raises:
        OSError, asyncpg.PostgresError, asyncpg.InterfaceError: the database does not answer.
    """
    held_back = _gauge(
        "held_back", "1: nobody calls, or one tries whether it answers again; 0: calls are made"
    )
    failures = _gauge("failures", "Calls in a row without an answer")
    waiting = _gauge("waiting", "Questions that have a turn")
    calls = _gauge("calls_last_minute", "Calls in the last minute")
    for state in await Gate(pool).states():
        labels = (state.gemeente, state.registry)
        held_back.add_metric(labels, state.circuit != "closed")
        failures.add_metric(labels, state.failures)
        waiting.add_metric(labels, state.waiting)
        calls.add_metric(labels, state.calls)
    return [held_back, failures, waiting, calls]


def _gauge(name: str, documentation: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"meedoen_registry_{name}", documentation, labels=_LABELS)
