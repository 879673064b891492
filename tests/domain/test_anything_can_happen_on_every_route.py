"""Thousands of random journeys on every route: no exception, no dead end, every refusal a sentence."""

import os

import pytest

from domain.routes import ROUTES
from runtime.policies import load_policy
from tests.domain.wanderer import wandered

SEQUENCES = int(os.environ.get("MEEDOEN_SEQUENCES", "100"))
"""Per route; ``make test-faults`` throws two thousand at each."""
PARTS = 5


@pytest.mark.many
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("route", list(ROUTES))
def test_no_sequence_of_acts_findings_and_time_leaves_a_journey_unguarded(route: str, part: int) -> None:
    policy = load_policy("deventer")
    for seed in range(part, SEQUENCES, PARTS):
        wandered(seed, policy, route)


@pytest.mark.parametrize("route", list(ROUTES))
def test_who_wanders_gets_nearly_everywhere(route: str) -> None:
    """Who only meets refusals proves nothing."""
    policy = load_policy("deventer")
    accepted = {
        item.act.name
        for seed in range(150)
        for item in wandered(seed, policy, route, steps=16).state.log
        if item.act
    }
    acts = {spec.name for spec in ROUTES[route].acts}
    assert len(acts - accepted) <= len(acts) // 4, f"never accepted: {sorted(acts - accepted)}"
