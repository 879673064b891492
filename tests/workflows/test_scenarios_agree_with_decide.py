"""Every scenario of the handbook tells the same through the workflow as through `decide` alone."""

from pathlib import Path

import pytest

from domain.calendars import AMSTERDAM
from domain.decide import Refused, route_of
from domain.routes import ROUTES, act_of_any_route
from runtime.policies import load_policy
from starter.dry_run.runner import DryRun, line, lived_line
from starter.dry_run.scenario import Scenario, read_scenario, usual_actor
from starter.dry_run.together import GEMEENTE
from tests.domain.story import Story
from tests.domain.world import World

FOLDER = Path(__file__).parents[2] / "docs" / "scenarios"
TOGETHER = sorted(FOLDER.glob("samen-*.toml"))
"""Of several people, or of one with a household."""
SCENARIOS = sorted(set(FOLDER.glob("*.toml")) - set(TOGETHER))


def test_there_are_at_least_twenty() -> None:
    assert len(SCENARIOS) >= 20
    assert len(TOGETHER) >= 8


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


def by_the_rules_alone(scenario: Scenario) -> World:
    """The same people and households, told with `decide` alone."""
    world = World(load_policy(scenario.policy), gemeente=GEMEENTE)
    ids: dict[str, str] = {}
    for number, one in enumerate(scenario.residents, start=1):
        ids[one.name] = world.resident(
            number,
            born=one.birth_date.isoformat() if one.birth_date else None,
            household=one.household,
            route=one.route,
        )
    clients = {name: int(journey.split("-")[-2]) for name, journey in ids.items()}
    for one in scenario.residents:
        if one.partner:
            world.register.relate(clients[one.name], [clients[one.partner]])
    asked = set()
    for number, step in enumerate(scenario.step, start=1):
        local = step.instant.astimezone(AMSTERDAM).strftime("%Y-%m-%dT%H:%M:%S")
        file = ids[step.resident]
        if act_of_any_route(step.act) is None:
            file = world.files[file].household_id
        world.act(
            file,
            local,
            step.act,
            role=step.by or usual_actor(route_of(world.files[file]).act(step.act)).role,
            effective=str(step.effective or ""),
            act_id=step.id or f"stap-{number}",
            **step.data,
        )
        for one in scenario.residents:
            pair = one.name, one.same_address_as
            homes = [world.files[ids[name]].household_id for name in pair if name]
            if len(homes) == 2 and all(homes) and pair not in asked:
                asked.add(pair)
                other = int(homes[1].rpartition("-")[2])
                world.act(
                    homes[0],
                    local,
                    "mogelijk_samen",
                    role="systeem",
                    act_id=f"adres-{other}",
                    huishouden=other,
                )
    world.until(scenario.end.astimezone(AMSTERDAM).strftime("%Y-%m-%dT%H:%M:%S"))
    world.agree()
    return world


@pytest.mark.parametrize("file", TOGETHER, ids=lambda file: file.stem)
async def test_households_tell_what_the_rules_alone_tell(dry_run: DryRun, file: Path) -> None:
    scenario = read_scenario(file)
    played = await dry_run.play_together(scenario, load_policy(scenario.policy))
    world = by_the_rules_alone(scenario)
    for name in world.files:
        told = [event for whose, decision in world.decisions if whose == name for event in decision.events]
        assert [line(one.event) for one in played if one.file == name] == [line(event) for event in told], (
            name
        )
    assert {one.file for one in played} == set(world.files)
    assert all(lived_line(one)["resident" if one.resident else "household"] for one in played)
