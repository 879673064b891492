"""What tests do to a product whose worker may be gone: send again until it is held, ask until it is answered."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio.service import RPCError, RPCStatusCode

from domain.happenings import Actor
from domain.journey import JourneyState
from starter.journeys import NotHeld
from starter.office import Office
from workflows.messages import STATE_QUERY

DESK = Actor(code="toegang", role="toegang")
COACH = Actor(code="consulent", role="consulent")
_T = TypeVar("_T")


async def until_held(call: Callable[[], Awaitable[_T]]) -> _T:
    """Send the same again, under the same id, until Temporal holds it."""
    while True:
        try:
            return await call()
        except NotHeld:
            continue


async def state_of(office: Office, file: str) -> JourneyState:
    """How a file stands; while no worker is there, as soon as one is."""
    while True:
        try:
            state: JourneyState = await office.client.get_workflow_handle(file).query(
                STATE_QUERY, result_type=JourneyState
            )
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise
            await asyncio.sleep(0.1)
        else:
            return state


async def report(office: Office, name: str, partner: str = "", door: str = "") -> str:
    """Somebody reports at the desk, perhaps with a partner. Returns the id of the journey."""
    started = await until_held(
        lambda: office.journeys.start(
            gemeente="deventer", by=DESK, reference=name, partner_reference=partner, front=door
        )
    )
    return started.journey_id


async def act(
    office: Office, file: str, name: str, act_id: str = "", by: Actor = COACH, **data: object
) -> str:
    """Somebody records something. Returns the file in which it was recorded."""
    told = act_id or f"{name}-{file}"
    answer = await until_held(lambda: office.journeys.act(file, name, by=by, act_id=told, data=dict(data)))
    return answer.journey_id
