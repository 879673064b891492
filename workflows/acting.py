"""How an act reaches a journey: by an update, and after the journey's end by starting it again for it."""

import asyncio
from collections.abc import Awaitable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.contracts import StateOf
from domain.base import Explained
from domain.clock import Clock
from domain.decide import route_of
from domain.happenings import Actor, AtHousehold, Refused
from domain.households import HOUSEHOLD, household_id, read_household_id
from domain.journey import JourneyState, Stage, read_journey_id
from workflows.messages import (
    AT_HOUSEHOLD,
    CLIENT_ROUTE,
    HOUSEHOLD_WORKFLOW,
    ActAnswer,
    StartJourney,
    SubmittedAct,
)

_T = TypeVar("_T")
JOINS = "lid_gemeld"
"""The act that begins a household."""


class NotHeld(Explained):
    """Temporal did not say that it holds the act; sending the same act again is safe."""


class Acts:
    """Records acts in journeys.

    Args:
        client: the connection to Temporal.
        task_queue: where workers listen.
        clock: what a journey that starts again reads time by.
        patience: how long to wait for Temporal to hold an act.
    """

    def __init__(
        self, client: Client, task_queue: str, clock: Clock, patience: timedelta = timedelta(seconds=20)
    ) -> None:
        self._client = client
        self._task_queue = task_queue
        self._clock = clock
        self._patience = patience

    async def record(
        self,
        journey_id: str,
        name: str,
        /,
        *,
        by: Actor,
        data: dict[str, Any],
        act_id: str,
        state_of: StateOf,
        effective: date | None = None,
        recorded_at: datetime | None = None,
    ) -> ActAnswer:
        """Record what the program itself has to tell a file. See `submit`."""
        submitted = SubmittedAct(id=act_id, by=by, effective=effective, data=data, recorded_at=recorded_at)
        return await self.submit(journey_id, name, submitted, state_of)

    async def submit(
        self, journey_id: str, name: str, submitted: SubmittedAct, state_of: StateOf
    ) -> ActAnswer:
        """Record an act, once per id.

        Args:
            journey_id: which journey.
            name: the act.
            submitted: what it says.
            state_of: see `StateOf`.

        Raises:
            Refused: with a sentence; nothing changed.
            NotHeld: no worker took the act in time.
        """
        try:
            return await self._submit(journey_id, name, submitted, state_of)
        except AtHousehold as elsewhere:
            return await self._submit(
                elsewhere.household, name, _at_household(journey_id, name, submitted), state_of
            )

    async def _submit(
        self, journey_id: str, name: str, submitted: SubmittedAct, state_of: StateOf
    ) -> ActAnswer:
        handle = self._client.get_workflow_handle(journey_id)
        try:
            return await self.held(
                handle.execute_update(name, submitted, result_type=ActAnswer, rpc_timeout=self._patience)
            )
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
        return await self._after_the_end(journey_id, name, submitted, state_of)

    async def _after_the_end(
        self, journey_id: str, name: str, submitted: SubmittedAct, state_of: StateOf
    ) -> ActAnswer:
        """A fact from outside is placed even when the journey has ended; the journey wakes for it."""
        state = await state_of(journey_id)
        household = read_household_id(journey_id)
        if state is None and household is not None and name == JOINS:
            return await self._started(_first_of(*household, self._clock, self._task_queue), name, submitted)
        if state is None:
            raise Refused(
                f"{journey_id} loopt niet in Temporal, en haar journaal vertelt haar stand niet. Is de klantroute "
                "net gestart, probeer het dan zo opnieuw. Zijn de gegevens van de cliënt gewist, dan kan er niets "
                "meer bij. Blijft dit staan, meld het dan bij beheer."
            )
        spec = route_of(state).act(name)
        # An open one was lost from Temporal: it goes on from its journal, and the act with it.
        if spec.origin == "eigen" and state.stage is Stage.GESLOTEN:
            raise Refused(
                f"'{spec.label}' kan niet meer: deze klantroute is gesloten. Een feit van buiten (bezwaar, "
                "overlijden, nieuwe melding) kan nog wel vastgelegd worden."
            )
        why = "na sluiting" if state.stage is Stage.GESLOTEN else "opnieuw gestart"
        return await self._started(going_on(state, self._clock, self._task_queue, why=why), name, submitted)

    async def _started(
        self, operation: WithStartWorkflowOperation[Any, Any], name: str, submitted: SubmittedAct
    ) -> ActAnswer:
        return await self.held(
            self._client.execute_update_with_start_workflow(
                name,
                submitted,
                start_workflow_operation=operation,
                result_type=ActAnswer,
                rpc_timeout=self._patience,
            )
        )

    async def held(self, call: Awaitable[ActAnswer]) -> ActAnswer:
        """The answer of a call that records an act.

        Raises:
            Refused: the journey refuses it, with a sentence.
            NotHeld: no answer in time.
        """
        try:
            return await self.answered(call)
        except WorkflowUpdateFailedError as error:
            cause = error.cause
            sentence = getattr(cause, "message", str(cause))
            if isinstance(cause, ApplicationError) and cause.type == AT_HOUSEHOLD:
                raise AtHousehold(sentence, str(cause.details[0])) from None
            raise Refused(sentence) from None

    async def answered(self, call: Awaitable[_T]) -> _T:
        """The answer of any call to Temporal.

        Raises:
            NotHeld: no answer in time.
            CancelledError: whoever asked is told to stop.
            RPCError: any other answer than that.
        """
        try:
            return await call
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError):
            # The library has one error for an answer that stays away and for a caller who has to stop.
            asking = asyncio.current_task()
            if asking is not None and asking.cancelling():
                raise asyncio.CancelledError from None
            raise NotHeld(_NOT_HELD.format(seconds=self._patience.total_seconds())) from None
        except RPCError as error:
            if error.status in _NO_ANSWER:
                raise NotHeld(_NOT_HELD.format(seconds=self._patience.total_seconds())) from None
            raise


def going_on(
    state: JourneyState, clock: Clock, task_queue: str, *, why: str
) -> WithStartWorkflowOperation[Any, Any]:
    """The start of a journey that goes on from a known state, when it does not run already.

    Args:
        state: what its journal tells.
        clock: what it reads time by.
        task_queue: where workers listen.
        why: for the list in Temporal UI, in Dutch.
    """
    start = StartJourney(
        gemeente=state.gemeente,
        client_number=state.client_number,
        journey_number=state.journey_number,
        route=state.route,
        clock=clock,
        carried=state,
    )
    return _start(start, state.id, task_queue, why)


def _first_of(
    gemeente: str, number: int, clock: Clock, task_queue: str
) -> WithStartWorkflowOperation[Any, Any]:
    """The start of a household, when it does not run already: two members may be the first at once."""
    start = StartJourney(
        gemeente=gemeente, client_number=number, journey_number=1, route=HOUSEHOLD, clock=clock
    )
    return _start(start, household_id(gemeente, number), task_queue)


def _start(
    start: StartJourney, file: str, task_queue: str, why: str = ""
) -> WithStartWorkflowOperation[Any, Any]:
    household = start.route == HOUSEHOLD
    what = f"{'Huishouden' if household else 'Klantroute'} {start.gemeente}-{start.client_number}"
    return WithStartWorkflowOperation(
        HOUSEHOLD_WORKFLOW if household else CLIENT_ROUTE,
        start,
        id=file,
        task_queue=task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        static_summary=f"{what}, {why}" if why else what,
        result_type=dict,
    )


def _at_household(journey_id: str, name: str, submitted: SubmittedAct) -> SubmittedAct:
    """The same act, for the file of the household: an agreement says whose it is."""
    found = read_journey_id(journey_id)
    if name != "plan_vastgesteld" or found is None or "klant" in submitted.data:
        return submitted.model_copy(update={"expected_version": None})
    data = {**submitted.data, "klant": found[1]}
    return submitted.model_copy(update={"data": data, "expected_version": None})


_NO_ANSWER = (
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.UNAVAILABLE,
    # The journey's task failed or its worker died: the server takes no update until it is picked up again.
    RPCStatusCode.FAILED_PRECONDITION,
)


_NOT_HELD = (
    "Temporal heeft binnen {seconds:g} seconden niet bevestigd dat de handeling is aangenomen. Draait er "
    "een worker? Stuur dezelfde handeling met hetzelfde kenmerk opnieuw; dubbel vastleggen kan niet."
)
