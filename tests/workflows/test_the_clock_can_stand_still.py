"""A demo that stands still for three days is three days later in real life and not in its journeys."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.client import WorkflowHandle

from domain.clock import Clock
from domain.findings import PartialDate
from domain.happenings import Actor
from domain.journey import Resident, journey_id
from runtime.settings import Settings
from tests.workflows.journeys import Journey, Journeys, instant
from workflows.files import ClientRoute
from workflows.messages import CLOCK_SIGNAL, StartJourney, SubmittedAct

ME = Actor(code="consulent", role="consulent")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(
    MOMENTS, MOMENTS, st.timedeltas(timedelta(), timedelta(hours=6)), st.sampled_from([1.0, 60.0, 86400.0])
)
def test_the_clock_reaches_an_instant_after_exactly_the_real_time_that_it_says(
    real: datetime, logical: datetime, passed: timedelta, speed: float
) -> None:
    clock, now = Clock(real=real, logical=logical, speed=speed), real + passed
    target = clock.now(now) + timedelta(days=3)
    assert abs(clock.now(now + clock.real_until(target, now)) - target) < timedelta(seconds=1)


def test_production_refuses_another_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="in productie loopt de tijd met snelheid 1"):
        Settings(_env_file=None, environment="productie", speed=86400)  # type: ignore[call-arg]


async def test_a_standstill_moves_no_term(journeys: Journeys) -> None:
    environment = journeys.environment
    gemeente, number = journeys.id()
    began = instant("2026-04-30T10:00")
    with environment.with_time_skipping_disabled():
        handle: WorkflowHandle[Any, Any] = await environment.client.start_workflow(
            ClientRoute.run,
            StartJourney(
                gemeente=gemeente,
                client_number=number,
                journey_number=1,
                resident=Resident(birth=PartialDate(year=1985)),
                clock=Clock(logical=began),
            ),
            id=journey_id(gemeente, number, 1),
            task_queue=journeys.queue,
        )
    journey = Journey(environment, handle, began, (await handle.describe()).start_time)
    await journey.send("melding", SubmittedAct(id="m", by=ME))
    await environment.fast_forward(handle, timedelta(days=3))
    # It stood still all that time: the same moment of the journey belongs to a later real one.
    now = await environment.get_current_time(handle)
    await handle.signal(CLOCK_SIGNAL, Clock(real=now, logical=began))
    await environment.fast_forward(handle, timedelta(days=6))
    assert journeys.told(journey, "term_breached") == []
    await environment.fast_forward(handle, timedelta(days=3))
    assert journeys.told(journey, "term_breached") == ["26-05-08 eerste_gesprek-1"]
