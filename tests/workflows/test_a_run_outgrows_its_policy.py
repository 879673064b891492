"""A run that began on rules of before a term existed goes on by newer rules, and loses nothing."""

from collections.abc import Iterator

import pytest

from domain.happenings import Actor
from domain.policy import Policy
from runtime.policies import load_policy
from tests.workflows.journeys import Journeys
from workflows.messages import SubmittedAct

KEY = "schuld_eerste_gesprek"


@pytest.fixture
def older(journeys: Journeys) -> Iterator[Journeys]:
    """Journeys that start now begin on a policy without debt help."""
    today = journeys.policy
    journeys.policy = without_debt_help(today)
    yield journeys
    journeys.policy = today


def without_debt_help(policy: Policy) -> Policy:
    return policy.model_copy(update={"terms": {k: rule for k, rule in policy.terms.items() if k != KEY}})


async def test_an_act_that_needs_a_newer_term_is_taken_by_the_next_run(older: Journeys) -> None:
    journey = await older.start()
    await journey.act("2026-05-04T10:00", "gesprek_gevoerd")
    first = (await journey.handle.describe()).run_id
    older.world.policies[journey.handle.id] = load_policy("deventer")
    await journey.until("2026-05-11T09:00")
    said = await journey.refused(
        "schuldhulp_gevraagd", SubmittedAct(id="hulp", by=Actor(code="toegang", role="toegang"))
    )
    assert "gaat net over op nieuwere regels" in said
    await journey.act("2026-05-11T10:00", "schuldhulp_gevraagd", act_id="hulp")
    assert (await journey.handle.describe()).run_id != first
    state = await journey.state()
    # Four weeks after Monday 11 May 2026 (Wgs art. 4 lid 1).
    assert [str(term.due) for term in state.open_terms(KEY)] == ["2026-06-08"]
    assert [item.act.id for item in state.log if item.act][1:] == ["gesprek_gevoerd@2026-05-04T10:00", "hulp"]
