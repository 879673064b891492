"""Every call to a registry has a record before it is made, and nobody can change that record afterwards."""

import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from activities.brp import brp_client
from activities.clients import Clients
from activities.contracts import Question
from activities.gate import NotNow
from activities.journey import journey_activities
from activities.processing_log import Processing, ProcessingLog
from activities.registries import RegistryUnavailable
from activities.sealing import client_name, unseal
from domain.findings import Outcome
from runtime.keys import KeyRing, Sealed
from runtime.settings import Settings
from tests.activities.told import BSN, NOW, register
from tests.scripted import Asked, Reply, scripted

CHILD = "999990019"
QUESTION = Question(
    id="brp_persoon-1",
    question="brp_persoon",
    gemeente="deventer",
    client_number=1,
    journey_id="klantroute-deventer-1-1",
    asked_at=NOW,
)


@pytest.fixture
def log(pool: asyncpg.Pool, keys: KeyRing) -> ProcessingLog:
    return ProcessingLog(pool, keys)


@pytest.fixture(autouse=True)
async def client(clients: Clients) -> str:
    return (await register(clients)).journey_id


@asynccontextmanager
async def asking(
    log: ProcessingLog, question_id: str = "brp_persoon-1", **given: Any
) -> AsyncIterator[Processing]:
    """A call about the client."""
    said: dict[str, Any] = {
        "journey_id": "klantroute-deventer-1-1",
        "gemeente": "deventer",
        "client_number": 1,
        "question_id": question_id,
        "question": "brp_persoon",
        "purpose": "Uitvoering Participatiewet",
        "bsn": BSN,
    }
    async with log.processing(**said | given) as record:
        yield record


async def rows(pool: asyncpg.Pool) -> list[dict[str, Any]]:
    return [dict(record) for record in await pool.fetch("SELECT * FROM look_up ORDER BY id")]


@asynccontextmanager
async def without_postgresql(postgres_url: str, pool: asyncpg.Pool) -> AsyncIterator[None]:
    """The database of the test lets nobody in for a while."""
    name = await pool.fetchval("SELECT current_database()")
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
    try:
        yield
    finally:
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await admin.close()


async def test_the_record_is_there_before_the_call_and_is_completed_after_it(
    log: ProcessingLog, pool: asyncpg.Pool
) -> None:
    async with asking(log) as record:
        [open_one] = await rows(pool)
        assert (open_one["status_code"], open_one["end_time"], open_one["outcome"]) == (0, None, None)
        record.ended(Outcome.FOUND)

    [row] = await rows(pool)
    assert (row["status_code"], row["outcome"]) == (1, "gevonden")
    assert timedelta() <= row["end_time"] - row["at"] < timedelta(seconds=30)
    assert (row["question"], row["purpose"]) == ("brp_persoon", "Uitvoering Participatiewet")
    assert (row["parent_operation_id"], row["foreign_operation"]) == (None, None)
    assert row["resource"]["name"] == "meedoen"
    assert row["processing_activity_id"] == "urn:meedoen:verwerkingsactiviteit:brp_persoon"
    assert not {"bsn", "employee", "staff", "by", "user"} & row.keys()


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.FOUND, 1),
        (Outcome.NOT_FOUND, 1),
        (Outcome.NO_ANSWER, 2),
        (Outcome.INCOMPREHENSIBLE, 2),
        (Outcome.REFUSED_US, 2),
    ],
)
async def test_whether_it_went_well_is_in_the_record(
    log: ProcessingLog, pool: asyncpg.Pool, outcome: Outcome, status: int
) -> None:
    async with asking(log) as record:
        record.ended(outcome)
    assert [(row["status_code"], row["outcome"]) for row in await rows(pool)] == [(status, outcome.value)]


async def test_every_attempt_has_a_record_and_all_attempts_at_one_question_one_trace(
    log: ProcessingLog, pool: asyncpg.Pool
) -> None:
    sent = []

    async def attempt(question: str) -> None:
        async with asking(log, question) as record:
            sent.append(record.traceparent)
            raise RegistryUnavailable("De BRP heeft een storing (503).")

    for question in ("brp_persoon-1", "brp_persoon-1", "brp_persoon-2"):
        with pytest.raises(RegistryUnavailable):
            await attempt(question)

    found = await rows(pool)
    assert [row["outcome"] for row in found] == ["geen_antwoord"] * 3
    assert [row["status_code"] for row in found] == [2] * 3
    for row, traceparent in zip(found, sent, strict=True):
        assert traceparent == f"00-{row['trace_id'].hex()}-{row['operation_id'].hex()}-01"
        assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", traceparent)
    assert found[0]["trace_id"] == found[1]["trace_id"] != found[2]["trace_id"]
    assert len({row["operation_id"] for row in found}) == 3


async def test_a_call_about_several_people_has_a_record_for_each(
    log: ProcessingLog, pool: asyncpg.Pool
) -> None:
    async with asking(log, others=(CHILD, "999990020")) as record:
        record.ended(Outcome.FOUND)

    call, *children = await rows(pool)
    assert record.traceparent.split("-")[2] == call["operation_id"].hex()
    assert call["parent_operation_id"] is None
    assert {child["parent_operation_id"] for child in children} == {call["operation_id"]}
    assert {row["status_code"] for row in (call, *children)} == {1}
    assert [line.about for line in await log.of_client("deventer", 1)] == [
        "cliënt", "iemand anders", "iemand anders",
    ]  # fmt: skip


async def test_who_it_is_about_is_sealed_with_the_client_s_own_key_and_gone_after_erasure(
    log: ProcessingLog, pool: asyncpg.Pool, clients: Clients, keys: KeyRing
) -> None:
    async with asking(log) as record:
        record.ended(Outcome.FOUND)
    [row] = await rows(pool)
    wrapped = await pool.fetchrow("SELECT data_key_id, data_key FROM client")
    key = keys.unwrap(Sealed(*wrapped), client=client_name("deventer", 1))
    place = f"look_up/data_subject_id/{row['operation_id'].hex()}"
    assert unseal(key, row["data_subject_id"], place) == BSN

    await clients.erase("deventer", 1)

    [line] = await log.of_client("deventer", 1)
    assert (line.about, line.outcome, line.question) == ("gewist", "gevonden", "brp_persoon")
    with pytest.raises(NotNow, match="gewist"):
        async with asking(log):
            pytest.fail("a call about somebody who was erased")
    assert len(await rows(pool)) == 1


async def test_a_worker_that_is_killed_during_a_call_leaves_its_record(
    pool: asyncpg.Pool, database: str, tmp_path: Path
) -> None:
    keys = KeyRing.create(tmp_path / "keys.json")
    wrapped = keys.wrap(keys.new_data_key(), client=client_name("deventer", 1))
    await pool.execute(
        "UPDATE client SET data_key_id = $1, data_key = $2 WHERE gemeente = 'deventer'", *wrapped
    )
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.activities.dying_caller", database, str(tmp_path / "keys.json"), BSN,
        cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert worker.stdout is not None
    assert await worker.stdout.readline() == b"gevraagd\n"
    worker.kill()
    await worker.wait()

    [row] = await rows(pool)
    assert (row["status_code"], row["end_time"], row["outcome"]) == (0, None, None)
    assert row["at"] is not None


async def test_a_call_that_was_cut_off_keeps_an_open_record(log: ProcessingLog, pool: asyncpg.Pool) -> None:
    inside = asyncio.Event()

    async def call() -> None:
        async with asking(log):
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(call())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await log.settled()
    assert [row["status_code"] for row in await rows(pool)] == [0]


async def test_a_fault_of_ours_is_an_error_without_an_outcome(log: ProcessingLog, pool: asyncpg.Pool) -> None:
    with pytest.raises(KeyError):
        async with asking(log):
            raise KeyError
    [row] = await rows(pool)
    assert (row["status_code"], row["outcome"], row["end_time"] is not None) == (2, None, True)


async def test_no_finding_is_lost_or_held_up_when_postgresql_goes_away_during_the_call(
    log: ProcessingLog, pool: asyncpg.Pool, postgres_url: str
) -> None:
    finding, begun = "", 0.0
    async with asyncio.timeout(30):
        gone = without_postgresql(postgres_url, pool)
        async with asking(log) as record:
            await gone.__aenter__()
            record.ended(Outcome.FOUND)
            begun = time.monotonic()
        finding = "gevonden"
        assert time.monotonic() - begun < 5
        await gone.__aexit__(None, None, None)
        await log.settled()

    assert finding == "gevonden"
    [row] = await rows(pool)
    assert (row["status_code"], row["outcome"]) == (1, "gevonden")
    # When the call ended, and not when that could be written.
    assert row["end_time"] - row["at"] < timedelta(seconds=2)


async def never(*_: object) -> bool:
    return False


async def test_a_worker_that_stops_completes_the_records_of_its_last_calls(
    settings: Settings, keys: KeyRing, pool: asyncpg.Pool, postgres_url: str
) -> None:
    gone = without_postgresql(postgres_url, pool)

    async def script(_: Asked) -> Reply:
        await gone.__aenter__()
        return Reply({"type": "RaadpleegMetBurgerservicenummer", "personen": []})

    async with asyncio.timeout(30), scripted(script) as url:
        async with brp_client(Settings(environment="test", brp_base_url=url)) as brp:
            async with journey_activities(settings, keys, pool, {"brp": brp}, never, never) as activities:  # type: ignore[arg-type]
                [look_up] = [one for one in activities if one.__name__ == "look_up"]
                finding = await look_up(QUESTION)
                await gone.__aexit__(None, None, None)

    assert finding.outcome is Outcome.NOT_FOUND
    [row] = await rows(pool)
    assert (row["status_code"], row["outcome"]) == (1, "niet_gevonden")


async def test_a_worker_that_stops_waits_no_longer_for_a_record_than_it_may(
    log: ProcessingLog, pool: asyncpg.Pool, postgres_url: str
) -> None:
    gone = without_postgresql(postgres_url, pool)
    async with asyncio.timeout(30):
        async with asking(log) as record:
            await gone.__aenter__()
            record.ended(Outcome.FOUND)
        began = time.monotonic()
        await log.settled(0.1)
        assert time.monotonic() - began < 3
        await gone.__aexit__(None, None, None)
        # Nothing goes on that would use the database after the worker has left it.
        await log.settled()

    assert [row["status_code"] for row in await rows(pool)] == [0]


async def test_no_call_is_made_that_cannot_be_logged(
    log: ProcessingLog, pool: asyncpg.Pool, postgres_url: str
) -> None:
    async with without_postgresql(postgres_url, pool):
        with pytest.raises(NotNow, match="zonder regel in het logboek"):
            async with asking(log):
                pytest.fail("a call without a record")


async def test_the_program_may_complete_a_record_once_and_change_nothing_else(
    log: ProcessingLog, pool: asyncpg.Pool, subtests: pytest.Subtests
) -> None:
    async with asking(log) as record:
        for column in (
            "purpose = ''",
            "data_subject_id = NULL",
            "at = now()",
            "trace_id = NULL",
            "gemeente = 'x'",
        ):
            with subtests.test(column), pytest.raises(asyncpg.InsufficientPrivilegeError):
                await pool.execute(f"UPDATE look_up SET {column}")
        record.ended(Outcome.FOUND)

    for statement in ("DELETE FROM look_up", "TRUNCATE look_up", "DROP TABLE look_up"):
        with subtests.test(statement), pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(statement)
    for change in ("outcome = 'geweigerd'", "status_code = 0, end_time = NULL", "end_time = now()"):
        with subtests.test(change), pytest.raises(asyncpg.RaiseError, match="verandert niet meer"):
            await pool.execute(f"UPDATE look_up SET {change}")
    assert [(row["status_code"], row["outcome"]) for row in await rows(pool)] == [(1, "gevonden")]


async def test_a_worker_of_the_release_before_goes_on_logging_its_own_way(
    log: ProcessingLog, pool: asyncpg.Pool
) -> None:
    await pool.execute(
        """
        INSERT INTO look_up (gemeente, client_number, journey_id, question, purpose, at, outcome)
        VALUES ('deventer', 1, 'klantroute-deventer-1-1', 'brp_persoon', 'Participatiewet', now(), 'gevonden')
        """
    )
    async with asking(log) as record:
        record.ended(Outcome.NOT_FOUND)

    assert [(line.outcome, line.status_code, line.about) for line in await log.of_client("deventer", 1)] == [
        ("gevonden", None, ""),
        ("niet_gevonden", 1, "cliënt"),
    ]
    with pytest.raises(asyncpg.RaiseError):
        await pool.execute("UPDATE look_up SET outcome = 'x' WHERE trace_id IS NULL")


async def test_of_an_unknown_client_nothing_is_known(log: ProcessingLog) -> None:
    assert await log.of_client("deventer", 404) == []
