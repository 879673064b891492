"""What neither Temporal nor the journal holds any more is named, also when the repair is run again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest_asyncio
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest, ListWorkflowExecutionsRequest
from temporalio.client import WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy

from domain.calendars import civil_date
from domain.decide import decide
from domain.happenings import Act, Actor
from domain.journey import JourneyState, Resident
from domain.projection import journal_entry
from runtime.policies import load_policy
from starter.office import Office
from starter.reconcile import Kind
from tests.starter.stand import Stand, stand
from workflows.messages import CLIENT_ROUTE, STATE_QUERY, ActAnswer, StartJourney, SubmittedAct

ME = Actor(code="consulent", role="consulent")


@pytest_asyncio.fixture(loop_scope="session")
async def place(database: str, tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(database, tmp_path) as it:
        yield it


async def cut_back(place: Stand, journey: str, seq: int) -> None:
    """As if the database were put back to when the journal was at an entry."""
    url = place.settings.database_url.get_secret_value().replace("//meedoen_app:", "//meedoen:")
    connection = await asyncpg.connect(url)
    async with connection.transaction():
        await connection.execute("ALTER TABLE journal DISABLE TRIGGER journal_append_only")
        await connection.execute(
            "DELETE FROM escalation_row WHERE journey_id = $1 AND seq > $2", journey, seq
        )
        await connection.execute("DELETE FROM journal WHERE journey_id = $1 AND seq > $2", journey, seq)
        await connection.execute(
            "UPDATE journey SET seq = $2, last_hash = "
            "(SELECT hash FROM journal WHERE journey_id = $1 AND seq = $2) WHERE journey_id = $1",
            journey,
            seq,
        )
        await connection.execute("ALTER TABLE journal ENABLE TRIGGER journal_append_only")
    await connection.close()


async def restless(office: Office) -> str:
    """A journey that continues as new after every few acts."""
    registered = await office.clients.register(
        gemeente="deventer", identity="kenmerk:rusteloos", bsn=None, now=datetime.now(UTC)
    )
    operation: WithStartWorkflowOperation[object, object] = WithStartWorkflowOperation(
        CLIENT_ROUTE,
        StartJourney(
            gemeente="deventer", client_number=registered.client_number, journey_number=1,
            resident=Resident(), history_limit=30,
        ),
        id=registered.journey_id,
        task_queue=office.settings.task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )  # fmt: skip
    await office.client.execute_update_with_start_workflow(
        "melding",
        SubmittedAct(id="melding-1", by=ME),
        start_workflow_operation=operation,
        result_type=ActAnswer,
    )
    for number in range(9):
        answer = await office.journeys.act(
            registered.journey_id, "trede_gemeten", by=ME, act_id=f"trede-{number}", data={"trede": 3}
        )
    assert await office.worklist.wait_for(registered.journey_id, seq=answer.seq, timeout=30)
    return registered.journey_id


async def delete_closed_runs(office: Office, journey: str) -> int:
    """What Temporal does by itself when retention is over. How many runs there were."""
    service = office.client.workflow_service
    closed: set[str] = set()
    while True:
        page = await service.list_workflow_executions(
            ListWorkflowExecutionsRequest(
                namespace="default", query=f'WorkflowId = "{journey}" AND ExecutionStatus != "Running"'
            ),
            retry=True,
        )
        runs = {info.execution.run_id for info in page.executions}
        closed |= runs
        if closed and not runs:
            return len(closed)
        for run_id in runs:
            await service.delete_workflow_execution(
                DeleteWorkflowExecutionRequest(
                    namespace="default",
                    workflow_execution=WorkflowExecution(workflow_id=journey, run_id=run_id),
                ),
                retry=True,
            )
        # Deleting happens after the answer.
        await asyncio.sleep(0.2)


async def test_entries_whose_histories_are_gone_get_a_line_that_says_so(place: Stand) -> None:
    async with place.office() as office:
        journey = await restless(office)
        before: JourneyState = await office.client.get_workflow_handle(journey).query(
            STATE_QUERY, result_type=JourneyState
        )
        assert await delete_closed_runs(office, journey) >= 1
        await cut_back(place, journey, 1)

        said = await place.meedoen("reconcile", "--repair", "--patience", "0.5", "--json")

        assert said.code == 0, said.out + said.err
        assert [found["kind"] for found in said.json["found"]] == [Kind.JOURNAL_BEHIND]
        (lost,) = said.json["lost"]
        assert f"{journey}: " in lost and "van het journaal" in lost
        told = await office.journal.entries(journey)
        gone = [entry.seq for entry in told if entry.name == "verloren"]
        # The first entry stands in the journal, and of the last run whatever its history holds.
        assert gone == list(range(2, 2 + len(gone))) and 1 <= len(gone) <= before.seq - 1
        assert str(len(gone)) in lost
        assert await office.journal.state(journey) == before
        assert await office.journal.verify(journey) == []
        # The same again: nothing differs, and what was lost is still named.
        again = await place.meedoen("reconcile", "--repair", "--patience", "0.5", "--json")
        assert (again.json["found"], again.json["lost"]) == ([], [lost])
        await office.journeys.act(journey, "trede_gemeten", by=ME, act_id="verder", data={"trede": 4})
        assert await office.worklist.wait_for(journey, seq=before.seq + 1, timeout=30)


async def test_who_was_lost_with_the_database_is_named_until_somebody_says_who_it_is(place: Stand) -> None:
    async with place.office() as office:
        await office.clients.register_again("klantroute-deventer-17-1", now=datetime.now(UTC))

        said = await place.meedoen("reconcile", "--repair", "--patience", "0.5")
        assert "Cliënt deventer-17: wie dit is, staat nergens meer" in said.out, said.out + said.err

        assert (await place.meedoen("identify", "deventer-17", "--kenmerk", "gevonden")).code == 0
        said = await place.meedoen("reconcile", "--repair", "--patience", "0.5")
        assert "deventer-17: wie dit is" not in said.out


async def test_a_number_that_was_issued_twice_goes_back_to_whom_temporal_knows(place: Stand) -> None:
    async with place.office() as office:
        first = await office.journeys.start(gemeente="deventer", by=ME, reference="eerste")
        assert await office.worklist.wait_for(first.journey_id, seq=1, timeout=30)
        url = place.settings.database_url.get_secret_value().replace("//meedoen_app:", "//meedoen:")
        connection = await asyncpg.connect(url)
        await connection.execute("ALTER TABLE journal DISABLE TRIGGER journal_append_only")
        # The worker is busy sending what is in it.
        async with asyncio.timeout(60):
            while await connection.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL"):
                await asyncio.sleep(0.1)
        for table in (
            "outbox_attempt",
            "outbox",
            "escalation_row",
            "term_row",
            "task_row",
            "journey_row",
            "journal",
            "journey",
        ):
            await connection.execute(f"DELETE FROM {table}")
        await connection.execute("DELETE FROM client")
        await connection.execute("UPDATE client_counter SET last_client_number = 0")
        await connection.execute("ALTER TABLE journal ENABLE TRIGGER journal_append_only")
        await connection.close()
        # Cut off right after the registration, before anybody looked whether Temporal knows the number.
        newcomer = await office.clients.register(
            gemeente="deventer", identity="kenmerk:tweede", bsn=None, now=datetime.now(UTC)
        )
        assert newcomer.journey_id == first.journey_id

        said = await place.meedoen("reconcile", "--repair", "--patience", "0.5", "--json")

        assert said.code == 0, said.out + said.err
        assert [found["kind"] for found in said.json["found"]] == [Kind.NUMBER_OF_ANOTHER]
        again = await office.journeys.start(gemeente="deventer", by=ME, reference="tweede")
        assert (again.outcome, again.journey_id) == ("gestart", "klantroute-deventer-2-1")
        assert (await office.clients.register(
            gemeente="deventer", identity="kenmerk:eerste", bsn=None, now=datetime.now(UTC)
        )).client_number == 3  # fmt: skip
        (lost,) = said.json["lost"]
        assert "deventer-1" in lost


async def test_a_journey_that_offers_numbers_that_the_journal_has_long_had_goes_on_from_the_journal(
    place: Stand,
) -> None:
    async with place.office() as office:
        journey = (await office.journeys.start(gemeente="deventer", by=ME, reference="terug")).journey_id
        await settled(place)
        forgotten = await three_entries_that_temporal_forgot(office, journey)
        # The first of these asks for the number of the first forgotten one; the others wait behind it.
        held = [f"na-{number}" for number in range(5)]
        for act_id in held:
            await office.journeys.act(journey, "trede_gemeten", by=ME, act_id=act_id, data={"trede": 5})

        said = await place.meedoen("reconcile", "--repair", "--patience", "0.5", "--json")

        assert said.code == 0, said.out + said.err
        assert [found["kind"] for found in said.json["found"]] == [Kind.JOURNAL_BEHIND]
        assert (said.json["left"], said.json["lost"]) == ([], [])
        await settled(place)
        entries = await office.journal.entries(journey)
        told = [event.act_id for entry in entries for event in entry.events if event.event == "act_accepted"]
        assert told[-8:] == [*forgotten, *held]
        assert await office.journal.verify(journey) == []


async def settled(place: Stand) -> None:
    async with asyncio.timeout(60):
        while (await place.meedoen("reconcile", "--patience", "0.5")).code:
            pass


async def three_entries_that_temporal_forgot(office: Office, journey: str) -> list[str]:
    """As if Temporal were put back to before three acts that the journal holds. The ids of those."""
    policy = load_policy("deventer")
    before = state = await office.journal.state(journey)
    acts = [f"voor-{number}" for number in range(3)]
    for act_id in acts:
        assert state is not None
        now = datetime.now(UTC)
        act = Act(id=act_id, name="trede_gemeten", by=ME, effective=civil_date(now), data={"trede": 2})
        decision = decide(state, act, now, policy)
        await office.journal.write([journal_entry(decision, now, policy, before=before)])
        before = state = decision.state
    return acts
