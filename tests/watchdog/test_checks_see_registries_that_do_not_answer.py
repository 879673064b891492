"""A registry that is silent, refuses or talks nonsense is one alarm, however many journeys ask, and ends by itself."""

from datetime import UTC, datetime, timedelta

import asyncpg

from activities.clients import Clients
from activities.gate import Gate
from activities.processing_log import ProcessingLog
from activities.registries import RegistryUnavailable
from domain.findings import Outcome
from domain.limits import Limits
from runtime.keys import KeyRing
from tests.activities.told import BSN, register
from watchdog.checks.registries import NONSENSE, REFUSES, REGISTRIES, SILENT
from watchdog.sources import Sources


async def answered(
    pool: asyncpg.Pool, keys: KeyRing, gemeente: str, question: str, outcome: Outcome, number: int
) -> None:
    """A question was asked about a client, and this came back."""
    async with ProcessingLog(pool, keys).processing(
        journey_id=f"klantroute-{gemeente}-1-1",
        gemeente=gemeente,
        client_number=1,
        question_id=f"{question}-{number}",
        question=question,
        purpose="proef",
        bsn=BSN,
    ) as record:
        record.ended(outcome)


async def causes(sources: Sources) -> list[str]:
    return [trouble.cause for trouble in await REGISTRIES.look(sources)]


async def test_a_refusal_is_one_alarm_until_a_question_is_answered_again(
    sources: Sources, pool: asyncpg.Pool, keys: KeyRing, clients: Clients, gemeente: str
) -> None:
    await register(clients, gemeente=gemeente)
    for number in range(3):
        await answered(pool, keys, gemeente, "brp_persoon", Outcome.REFUSED_US, number)
    await answered(pool, keys, gemeente, "duo_onderwijs", Outcome.INCOMPREHENSIBLE, 1)
    await answered(pool, keys, gemeente, "uwv_inkomen", Outcome.NOT_FOUND, 1)
    assert await causes(sources) == [f"{REFUSES}:brp", f"{NONSENSE}:duo"]
    await answered(pool, keys, gemeente, "brp_persoon", Outcome.FOUND, 4)
    assert await causes(sources) == [f"{NONSENSE}:duo"]


async def test_silence_is_told_when_it_has_lasted_and_says_how_many_wait(
    sources: Sources, pool: asyncpg.Pool, gemeente: str
) -> None:
    async def down(clock: str) -> None:
        gate = Gate(pool, clock=clock)
        try:
            async with gate.passage(gemeente, "uwv", "vraag", Limits(failures=1, longest_pause_minutes=60)):
                raise RegistryUnavailable("UWV is weg.", timedelta(hours=5))
        except RegistryUnavailable:
            pass

    await down("clock_timestamp()")
    assert await causes(sources) == []
    await pool.execute(
        "UPDATE registry_gate SET since = $1 WHERE gemeente = $2",
        datetime.now(UTC) - timedelta(hours=4),
        gemeente,
    )
    await down("clock_timestamp()")
    (trouble,) = await REGISTRIES.look(sources)
    assert trouble.cause == f"{SILENT}:uwv"
    assert "1 vraag wacht" in trouble.sentence
