"""Three short lives at accelerated speed on real servers: what happened is what the rules alone tell."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.calendars import civil_date
from domain.happenings import Actor
from domain.routes import act_of_any_route
from runtime.policies import load_policy
from starter.dry_run.scenario import Scenario, read_scenario, usual_actor
from starter.office import Office
from tests.faults.agreement import everything_agrees, told_as_if_nothing_had_happened
from tests.faults.machine import Machine, machine
from tests.faults.test_nothing_is_lost_when_servers_die import agreed, stand_still

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

FOLDER = Path(__file__).parents[2] / "docs" / "scenarios"
LIVES = ("gesprek-te-laat", "dreigende-ontruiming", "niet-verschenen")
DAYS = 45
DAYS_PER_SECOND = 1.0


async def test_three_lives_agree_with_decide_alone(tmp_path: Path) -> None:
    scenarios = [read_scenario(FOLDER / f"{name}.toml") for name in LIVES]
    first = min(scenario.start for scenario in scenarios)
    async with (
        machine(tmp_path, speed=86400 * DAYS_PER_SECOND, first=first) as place,
        place.office() as office,
    ):
        journeys = await asyncio.gather(
            *(live(place, office, name, scenario) for name, scenario in zip(LIVES, scenarios, strict=True))
        )
        await until(place, first + timedelta(days=DAYS))
        await stand_still(place, office)
        await agreed(office)
        answered = [(journey_id, act) for journey_id, acts in journeys for act in acts]
        await everything_agrees(office, answered)
        policy = load_policy("deventer")
        for journey_id, _ in journeys:
            await told_as_if_nothing_had_happened(office, journey_id, policy)
            events = [event for entry in await office.journal.entries(journey_id) for event in entry.events]
            assert any(event.event == "term_met" for event in events)
        late = [
            event.term
            for entry in await office.journal.entries(journeys[0][0])
            for event in entry.events
            if event.event == "term_breached"
        ]
        assert "eerste_gesprek" in late


async def until(place: Machine, instant: datetime) -> None:
    while place.now() < instant:
        await asyncio.sleep(0.02)


async def live(place: Machine, office: Office, name: str, scenario: Scenario) -> tuple[str, list[str]]:
    """Do what the scenario says when its moment has come; the days on which it counts are the scenario's."""
    steps = [step for step in scenario.step if step.instant < scenario.start + timedelta(days=DAYS)]
    started = await office.journeys.start(
        gemeente="deventer",
        by=Actor(code="toegang", role="toegang"),
        reference=f"leven-{name}",
        melding=civil_date(scenario.start),
        household=scenario.resident.household,
    )
    done = []
    for number, step in enumerate(steps[1:], start=2):
        await until(place, step.instant)
        spec = act_of_any_route(step.act)
        by = Actor(code=step.by, role=step.by) if step.by else usual_actor(spec)
        act_id = f"stap-{number}"
        await office.journeys.act(
            started.journey_id,
            step.act,
            by=by,
            effective=step.effective or civil_date(step.instant),
            data=dict(step.data),
            act_id=act_id,
        )
        done.append(act_id)
    return started.journey_id, done
