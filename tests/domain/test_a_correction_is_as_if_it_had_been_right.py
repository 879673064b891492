"""A correction gives the state as if the right act had come in the first place, beside what it keeps."""

import random
import re
from datetime import timedelta
from typing import Any

import pytest

from domain.decide import Refused, advance, begin, decide
from domain.happenings import Act, Actor
from domain.journey import JourneyState, Logged
from domain.policy import Policy
from domain.routes import ROUTES
from runtime.policies import load_policy
from tests.domain.wanderer import wandered

TRIES = 60
_ID = re.compile(r"[a-z][a-z0-9_]*-[0-9]+")
_OF_THE_RECORD = {"log", "superseded", "delivered", "version", "seq", "last_at", "policy_hash", "numbers"}


def told(first: JourneyState, log: list[Logged], policy: Policy) -> JourneyState:
    state = first
    for item in log:
        for decision in advance(state, item.at, policy):
            state = decision.state
        happening = item.act or item.finding
        assert happening is not None
        state = decide(state, happening, item.at, policy).state
    return state


def in_substance(state: JourneyState) -> dict[str, Any]:
    """The state with terms named by what started them: a number once given is not given again."""
    names = {term.id: term.cause for term in state.terms}
    found = state.model_dump(mode="json", exclude=_OF_THE_RECORD)

    def renamed(value: Any) -> Any:
        if isinstance(value, str):
            # Whole ids only, and a cause may name another term in its turn.
            return _ID.sub(lambda found: renamed(names[found[0]]) if found[0] in names else found[0], value)
        if isinstance(value, list):
            return [renamed(one) for one in value]
        if isinstance(value, dict):
            return {key: renamed(one) for key, one in value.items()}
        return value

    return {name: renamed(value) for name, value in found.items()}


def named(log: list[Logged], state: JourneyState) -> list[str]:
    """What started the terms that acts name by their number."""
    causes = {term.id: term.cause for term in state.terms}
    numbers = [str(item.act.data.get("termijn", "")) for item in log if item.act]
    return [causes.get(number, "") for number in numbers]


@pytest.mark.parametrize("route", list(ROUTES))
def test_a_wrong_date_put_right_leaves_no_trace_in_what_follows(route: str) -> None:
    policy = load_policy("deventer")
    compared = 0
    for seed in range(TRIES):
        luck = random.Random(seed)
        wanderer = wandered(seed, policy, route, steps=8)
        log = [
            item
            for item in wanderer.state.log
            if not (item.act and item.act.name in ("handeling_gecorrigeerd", "handeling_ingetrokken"))
        ]
        first = begin("deventer", 1, 1, route=route, resident=wanderer.first_resident)
        chosen = luck.choice([index for index, item in enumerate(log) if item.act])
        right = log[chosen].act
        assert right is not None
        wrong = right.model_copy(update={"effective": right.effective - timedelta(days=luck.randint(1, 9))})
        mistaken = [*log]
        mistaken[chosen] = log[chosen].model_copy(update={"act": wrong})
        end = log[-1].at + timedelta(minutes=1)
        correction = Act(
            id="recht",
            name="handeling_gecorrigeerd",
            by=Actor(code="t", role="teamleider"),
            effective=end.date(),
            data={"handeling": right.id, "ingang": right.effective.isoformat(), "reden": "typefout"},
        )
        try:
            as_it_should = told(first, log, policy)
            state = told(first, mistaken, policy)
            for decision in advance(state, end, policy):
                state = decision.state
            for decision in advance(as_it_should, end, policy):
                as_it_should = decision.state
            corrected = decide(state, correction, end, policy).state
        except Refused:
            continue
        if named(log, state) != named(log, as_it_should):
            continue  # an act names a term by a number that the two stories gave to different terms
        assert in_substance(corrected) == in_substance(as_it_should), f"seed {seed}, {right.name}"
        compared += 1
    assert compared >= TRIES // 3
