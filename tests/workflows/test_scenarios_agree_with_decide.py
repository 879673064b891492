"""Every scenario of the handbook tells the same through the workflow as through `decide` alone."""

from pathlib import Path

import pytest

from domain.calendars import AMSTERDAM
from domain.decide import Refused
from domain.routes import ROUTES
from runtime.policies import load_policy
from starter.dry_run.runner import DryRun, line
from starter.dry_run.scenario import Scenario, read_scenario, usual_actor
from tests.domain.story import Story

SCENARIOS = sorted((Path(__file__).parents[2] / "docs" / "scenarios").glob("*.toml"))


def test_there_are_at_least_twenty() -> None:
    assert len(SCENARIOS) >= 20


def by_decide_alone(scenario: Scenario) -> tuple[list[dict[str, object]], list[str]]:
    """The events without refusals, and the acts that were refused."""
    story = Story(
        birth=scenario.resident.birth_date,
        policy=load_policy(scenario.policy),
        route=scenario.route,
        household=scenario.resident.household,
    )
    refused = []
    for number, step in enumerate(scenario.step, start=1):
        local = step.instant.astimezone(AMSTERDAM).strftime("%Y-%m-%dT%H:%M:%S")
        role = step.by or usual_actor(ROUTES[story.state.route].act(step.act)).role
        try:
            story.act(
                local,
                step.act,
                role=role,
                effective=str(step.effective or ""),
                act_id=step.id or f"stap-{number}",
                **step.data,
            )
        except Refused:
            refused.append(step.act)
    story.until(scenario.end.astimezone(AMSTERDAM).strftime("%Y-%m-%dT%H:%M:%S"))
    return [line(event) for event in story.events], refused


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
async def test_the_workflow_tells_what_decide_alone_tells(dry_run: DryRun, file: Path) -> None:
    scenario = read_scenario(file)
    played = [line(event) for event in await dry_run.play(scenario, load_policy(scenario.policy))]
    told, refused = by_decide_alone(scenario)
    assert [event for event in played if event["event"] != "act_refused"] == told
    assert [event["act"] for event in played if event["event"] == "act_refused"] == refused
    # A scenario of the handbook shows what works; one shows a refusal on purpose.
    assert refused == (["maatregel_opgelegd"] if file.stem == "maatregel-pas-na-zienswijze" else [])
