"""What the back office does with journeys: start them and record acts. One way for every screen."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from activities.clients import Clients, Registration
from activities.journal import Journal
from activities.notes import Notes
from domain.calendars import civil_date
from domain.clock import Clock
from domain.decide import check
from domain.happenings import Act, Actor, Refused
from domain.identity import checked_bsn, checked_reference
from domain.journey import JourneyState, Resident, journey_id
from domain.routes import ROUTES
from domain.topics.transfer import Transfer, carry_over
from runtime.executions import described
from workflows.acting import Acts, NotHeld
from workflows.messages import (
    CLIENT_ROUTE,
    RESTORE_UPDATE,
    STATE_QUERY,
    ActAnswer,
    StartJourney,
    SubmittedAct,
)


@dataclass(frozen=True)
class Started:
    """What came of a start."""

    journey_id: str
    outcome: Literal["gestart", "loopt_al"]
    seq: int = 0


@dataclass(frozen=True)
class HandedOver:
    """What came of a handover."""

    journey_id: str
    """The journey in the other municipality."""
    outcome: Literal["overgedragen", "was_al_over"]
    seq: int = 0
    """The entry of the journey here that closed it."""


class Journeys:
    """Starts journeys and records acts.

    Args:
        client: the connection to Temporal.
        clients: client numbers and the rule of one open journey.
        notes: free texts.
        journal: tells the state of a journey that has left Temporal.
        task_queue: where workers listen.
        clock: what new journeys read time by.
        patience: how long a person waits for Temporal to hold an act.
    """

    def __init__(
        self,
        client: Client,
        clients: Clients,
        notes: Notes,
        journal: Journal,
        *,
        task_queue: str,
        clock: Clock,
        patience: timedelta,
    ) -> None:
        self._client = client
        self._clients = clients
        self._notes = notes
        self._journal = journal
        self._task_queue = task_queue
        self._clock = clock
        self._patience = patience
        self._acts = Acts(client, task_queue, clock, patience)

    async def start(
        self,
        *,
        gemeente: str,
        by: Actor,
        bsn: str = "",
        reference: str = "",
        melding: date | None = None,
        channel: str = "balie",
        household: str = "onbekend",
        route: str = "regulier",
        transfer: Transfer | None = None,
        front: str = "",
        partner_bsn: str = "",
        partner_reference: str = "",
    ) -> Started:
        """Start the journey of a person, with the melding, or find the one that is open.

        Args:
            gemeente: a municipality that has a policy; the caller checked that.
            by: who records the melding.
            bsn: burgerservicenummer, or empty with a ``reference``.
            reference: a code of the municipality's own for a person without BSN.
            melding: the day of the melding; None: today.
            channel: how the resident reported.
            household: what is known of the household.
            route: which route.
            transfer: what comes along from another municipality.
            front: code of the team whose door it is; empty: the toegang of the municipality.
            partner_bsn: of the partner, as the resident says: both belong to one household.
            partner_reference: of a partner without BSN.

        Raises:
            WrongIdentity: a BSN or a reference cannot be used.
            Refused: the melding is refused, with a sentence.
            NotHeld: no worker took the start in time.
        """
        return await self._begin(
            "melding",
            gemeente,
            by,
            bsn,
            reference,
            household,
            route,
            effective=melding,
            data={"kanaal": channel} | ({"toegang": front} if front else {}) | _taken_along(transfer),
            partner=_identity(partner_bsn, partner_reference) if partner_bsn or partner_reference else "",
        )

    async def take_over(
        self,
        *,
        gemeente: str,
        by: Actor,
        known: dict[str, Any],
        bsn: str = "",
        reference: str = "",
        household: str = "onbekend",
        route: str = "regulier",
    ) -> Started:
        """Start the journey of somebody who is on benefit already (overname), or find the one that is open.

        Args:
            gemeente: a municipality that has a policy; the caller checked that.
            by: who takes the resident over.
            known: what is known, as the act ``overname`` says it.
            bsn: burgerservicenummer, or empty with a ``reference``.
            reference: a code of the municipality's own for a person without BSN.
            household: what is known of the household.
            route: which route.

        Raises:
            WrongIdentity: the BSN or the reference cannot be used.
            Refused: the act is refused, with a sentence.
            NotHeld: no worker took the start in time.
        """
        return await self._begin(
            "overname", gemeente, by, bsn, reference, household, route, effective=None, data=known
        )

    async def running(self, gemeente: str, *, bsn: str = "", reference: str = "") -> str | None:
        """The open journey of a person; None: there is none. Changes nothing.

        Raises:
            WrongIdentity: the BSN or the reference cannot be used.
        """
        return await self._clients.current(gemeente, _identity(bsn, reference))

    async def _begin(
        self,
        first: str,
        gemeente: str,
        by: Actor,
        bsn: str,
        reference: str,
        household: str,
        route: str,
        *,
        effective: date | None,
        data: dict[str, Any],
        partner: str = "",
    ) -> Started:
        """Start a journey with its first act."""
        number = checked_bsn(bsn) if bsn else None
        identity = _identity(bsn, reference)
        registered = await self._register(gemeente, identity, number)
        if registered.state == "loopt":
            return Started(registered.journey_id, "loopt_al")
        if partner:
            # Before the journey looks for its household.
            await self._clients.relate(gemeente, registered.client_number, [partner], source="inwoner")
        name = f"{gemeente}-{registered.client_number}"
        operation: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            CLIENT_ROUTE,
            StartJourney(
                gemeente=gemeente,
                client_number=registered.client_number,
                journey_number=registered.journey_number,
                route=route,
                resident=Resident(has_bsn=number is not None, household=household),
                clock=self._clock,
            ),
            id=registered.journey_id,
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            static_summary=f"Klantroute {name}, {ROUTES[route].label}",
            memo={REGISTERED: registration(registered.registered_at)},
            result_type=dict,
        )
        try:
            answer = await self._acts.held(
                # Also when it runs already: a start that was cut off may have left a journey without first act.
                self._client.execute_update_with_start_workflow(
                    first,
                    SubmittedAct(
                        # The same for a start that was cut off: it counts once.
                        id=f"{first}-{registered.journey_number}",
                        by=by,
                        effective=effective,
                        data=data,
                    ),
                    start_workflow_operation=operation,
                    result_type=ActAnswer,
                    rpc_timeout=self._patience,
                )
            )
        except Refused:
            if await self._holds_something(registered.journey_id):
                return Started(registered.journey_id, "loopt_al")
            # Nobody was helped by a number without a journey; a corrected start gets the next one.
            await self._clients.take_back(registered)
            raise
        return Started(registered.journey_id, "gestart", answer.seq)

    async def hand_over(
        self, state: JourneyState, to: str, *, by: Actor, bsn: str = "", reference: str = ""
    ) -> HandedOver:
        """Let a journey go on in another municipality, and close it here.

        Both sides have ids of their own, so cut off half-way and called again it goes on where it was. The
        journey there begins before the one here ends: nobody is without.

        Args:
            state: the journey here.
            to: the municipality that accepted it; the caller checked that it has a policy.
            by: who hands over.
            bsn: of the resident, or empty with a ``reference``.
            reference: a code of the municipality's own for a person without BSN.

        Raises:
            Refused: it was not accepted, or something here has to be finished first. Nothing was started.
            NotHeld: no worker took it in time; calling again is safe.
        """
        if state.handover and state.handover.journey:
            return HandedOver(state.handover.journey, "was_al_over")
        today = civil_date(self._clock.now(datetime.now(UTC)))
        closing = Act(
            id=f"overgedragen-{state.journey_number}",
            name="overgedragen",
            by=by,
            effective=today,
            data={"naar": to, "klantroute": journey_id(to, 1, 1)},
        )
        # Refused here before anything begins there.
        check(state, closing)
        transfer = carry_over(state, today)
        started = await self.start(
            gemeente=to,
            by=by,
            bsn=bsn,
            reference=reference,
            channel="overdracht",
            household=transfer.huishouden,
            route=transfer.route,
            transfer=transfer,
        )
        if started.outcome == "loopt_al":
            # Reported there before, or cut off after the start: the same carry-over counts once.
            there = await self._journal.state(started.journey_id)
            if there is None or there.came_from != state.id:
                await self.act(
                    started.journey_id,
                    "melding",
                    by=by,
                    data={"kanaal": "overdracht"} | _taken_along(transfer),
                    act_id=f"overdracht-{state.id}",
                )
        answer = await self.act(
            state.id,
            closing.name,
            by=by,
            data={"naar": to, "klantroute": started.journey_id},
            act_id=closing.id,
        )
        return HandedOver(started.journey_id, "overgedragen", answer.seq)

    async def _register(self, gemeente: str, identity: str, bsn: str | None) -> Registration:
        """Register a person under a number that nobody else has in Temporal.

        A database that was put back from a backup issues numbers again that were issued in the time that it
        lost; Temporal still knows those journeys. They are left alone, and the next number is taken.
        """
        while True:
            registered = await self._clients.register(
                gemeente=gemeente, identity=identity, bsn=bsn, now=datetime.now(UTC)
            )
            if registered.state == "loopt" or not registered.new_client:
                return registered
            try:
                found = await self._acts.answered(
                    described(self._client, registered.journey_id, within=self._patience)
                )
            except NotHeld:
                # Nobody can say whose number this is, so it may not wait for somebody who fills it.
                await self._clients.take_back(registered)
                raise
            if found is None:
                return registered
            theirs = await started_for(self._client, found.workflow_execution_info)
            if theirs == registration(registered.registered_at):
                return registered
            await self._clients.take_back(registered)

    async def _holds_something(self, journey_id: str) -> bool:
        """Whether a journey runs and has taken its first act before."""
        try:
            state: JourneyState = await self._client.get_workflow_handle(journey_id).query(
                STATE_QUERY, result_type=JourneyState, rpc_timeout=self._patience
            )
        except (RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
            return False
        return bool(state.log)

    async def act(
        self,
        journey_id: str,
        name: str,
        *,
        by: Actor,
        effective: date | None = None,
        data: dict[str, Any] | None = None,
        act_id: str = "",
        expected_version: int | None = None,
        note: str = "",
    ) -> ActAnswer:
        """Record that somebody did something.

        Args:
            journey_id: which journey.
            name: the act.
            by: who did it.
            effective: from when it counts; None: today, on the journey's clock.
            data: the act's own fields.
            act_id: the act's own id, so that sending it twice counts once; empty: a new one.
            expected_version: the version that the person looked at.
            note: free text; it goes to PostgreSQL and the act only refers to it.

        Raises:
            Refused: with a sentence; nothing changed.
            NotHeld: no worker took the act in time.
        """
        if name == RESTORE_UPDATE:
            raise Refused(
                "'herstel' is geen handeling. Een klantroute terugzetten na een storing doet beheer met "
                "'meedoen reconcile --repair'."
            )
        act_id = act_id or uuid4().hex
        reference = await self._notes.add(journey_id, act_id, note) if note else None
        submitted = SubmittedAct(
            id=act_id,
            by=by,
            effective=effective,
            data=data or {},
            expected_version=expected_version,
            note=reference,
        )
        return await self._acts.submit(journey_id, name, submitted, self._journal.state)


def _identity(bsn: str, reference: str) -> str:
    return f"bsn:{checked_bsn(bsn)}" if bsn else f"kenmerk:{checked_reference(reference)}"


def _taken_along(transfer: Transfer | None) -> dict[str, Any]:
    # A handover asks for no bijstand: that the resident does, and on a day of their own.
    if transfer is None:
        return {}
    return {"overgedragen_van": transfer.model_dump(mode="json"), "voor_bijstand": False}


REGISTERED = "aangemeld"
"""Memo of a journey: which registration it was started for."""


def registration(registered_at: datetime) -> str:
    """What a journey's memo says of the registration that it was started for."""
    return registered_at.astimezone(UTC).isoformat()


async def started_for(client: Client, info: WorkflowExecutionInfo) -> str:
    """Which registration a journey was started for; empty: it was started before that was kept."""
    payload = info.memo.fields.get(REGISTERED)
    if payload is None:
        return ""
    (found,) = await client.data_converter.decode([payload], [str])
    return str(found)


__all__ = ["HandedOver", "Journeys", "NotHeld", "Started", "registration", "started_for"]
