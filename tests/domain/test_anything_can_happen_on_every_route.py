"""Thousands of random journeys on every route: no exception, no dead end, every refusal a sentence."""

import os

import pytest

from domain.routes import ROUTES
from runtime.policies import load_policy
from tests.domain.wanderer import wandered

SEQUENCES = int(os.environ.get("MEEDOEN_SEQUENCES", "100"))
"""Per route; ``make test-faults`` throws five hundred at each, ``make test-many`` ten thousand."""
PARTS = 5


@pytest.mark.many
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("route", list(ROUTES))
def test_no_sequence_of_acts_findings_and_time_leaves_a_journey_unguarded(route: str, part: int) -> None:
    policy = load_policy("deventer")
    for seed in range(part, SEQUENCES, PARTS):
        wandered(seed, policy, route)


def test_who_wanders_gets_nearly_everywhere() -> None:
    """Who only meets refusals proves nothing."""
    policy = load_policy("deventer")
    accepted = {
        item.act.name
        for route in ROUTES
        for seed in range(60)
        for item in wandered(seed, policy, route, steps=14).state.log
        if item.act
    }
    acts = {spec.name for route in ROUTES.values() for spec in route.acts}
    assert len(acts - accepted) <= len(acts) // 5, f"never accepted: {sorted(acts - accepted)}"
