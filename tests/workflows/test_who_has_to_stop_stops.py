"""Somebody who waits for an answer that does not come can still be told to stop."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from domain.clock import Clock
from domain.happenings import Actor
from domain.journey import JourneyState
from workflows.acting import Acts, NotHeld

ME = Actor(code="m.dekker", role="consulent")


async def _no_state(_: str) -> JourneyState | None:
    raise AssertionError("the journey runs")


async def _waiting(temporal: WorkflowEnvironment, patience: timedelta) -> "asyncio.Task[object]":
    """An act in a journey for which no worker listens."""
    journey, queue = f"niemand-{uuid4().hex}", f"niemand-{uuid4().hex}"
    client = Client(temporal.client.service_client, data_converter=pydantic_data_converter)
    await client.start_workflow("ClientRoute", id=journey, task_queue=queue)
    acts = Acts(client, queue, Clock(), patience)
    return asyncio.create_task(
        acts.record(journey, "trede_gemeten", by=ME, data={"trede": 2}, act_id="een", state_of=_no_state)
    )


async def test_whoever_waits_and_has_to_stop_is_not_told_to_try_again(temporal: WorkflowEnvironment) -> None:
    waiting = await _waiting(temporal, timedelta(minutes=10))
    done, _ = await asyncio.wait([waiting], timeout=0.5)
    assert not done
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_whoever_waits_long_enough_is_told_to_try_again(temporal: WorkflowEnvironment) -> None:
    with pytest.raises(NotHeld, match="Draait er een worker"):
        await (await _waiting(temporal, timedelta(seconds=1)))
