"""One gate for all workers: how much is asked, who goes when, and who stays away, whoever asks from wherever."""

import asyncio
import heapq
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from activities.gate import KEPT_FOR, LEASE, Gate, NotNow
from activities.registries import RegistryUnavailable
from domain.limits import Limits
from domain.questions import Registry
from runtime.database import open_pool
from runtime.settings import Settings
from tests.activities.askers import FAST, ask_until_called
from tests.servers import free_port

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
BEGIN = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
PLENTY = Limits(per_minute=60_000, failures=3, pause_seconds=30, longest_pause_minutes=2)


class Moved:
    """Several workers' gates on a clock that stands until somebody moves it."""

    def __init__(self, owner: asyncpg.Pool, gates: list[Gate]) -> None:
        self._owner = owner
        self._gates = gates
        self.now = BEGIN

    async def at(self, moment: datetime) -> None:
        self.now = moment
        await self._owner.execute("UPDATE moved_clock SET at = $1", moment)

    async def later(self, span: timedelta) -> None:
        await self.at(self.now + span)

    @property
    def gate(self) -> Gate:
        """One of them: which one may make no difference."""
        return random.choice(self._gates)

    async def call(
        self,
        key: str,
        limits: Limits,
        *,
        failing: RegistryUnavailable | None = None,
        registry: Registry = "brp",
    ) -> NotNow | None:
        """Ask and call; what the gate said when the call was not made."""
        try:
            async with self.gate.passage("deventer", registry, key, limits):
                if failing is not None:
                    raise failing
        except NotNow as not_now:
            return not_now
        except RegistryUnavailable:
            return None
        return None

    async def fail(self, times: int, limits: Limits = PLENTY, retry_after: timedelta | None = None) -> None:
        """Calls that get no answer."""
        for number in range(times):
            await self.later(SECOND)
            assert await self.call(f"fails-{number}", limits, failing=silent(retry_after)) is None

    async def barred(self, limits: Limits = PLENTY, key: str = "asks") -> timedelta:
        """How long somebody who asks now is kept away."""
        not_now = await self.call(key, limits)
        assert not_now is not None
        assert not_now.retry_after is not None
        return not_now.retry_after


def silent(retry_after: timedelta | None = None) -> RegistryUnavailable:
    return RegistryUnavailable("De BRP heeft een storing (503).", retry_after)


@pytest_asyncio.fixture(loop_scope="session")
async def moved(owner: asyncpg.Pool, settings: Settings) -> AsyncIterator[Moved]:
    await owner.execute("CREATE TABLE moved_clock (at timestamptz NOT NULL)")
    await owner.execute("INSERT INTO moved_clock VALUES ($1)", BEGIN)
    await owner.execute("GRANT SELECT ON moved_clock TO meedoen_app")
    async with open_pool(settings) as one, open_pool(settings) as other:
        clock = "(SELECT at FROM moved_clock)"
        yield Moved(owner, [Gate(pool, short_wait=timedelta(), clock=clock) for pool in (one, other)])


# --- how much is asked ------------------------------------------------------------------------------


@pytest.mark.long
async def test_hundreds_who_ask_at_once_in_many_processes_call_one_by_one(
    pool: asyncpg.Pool, owner: asyncpg.Pool, settings: Settings, database: str
) -> None:
    # The gate itself keeps calls for a minute.
    await owner.execute("CREATE TABLE every_call (at timestamptz NOT NULL)")
    await owner.execute("GRANT INSERT, SELECT ON every_call TO meedoen_app")
    await owner.execute(
        """
        CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO every_call VALUES (new.at); RETURN new; END $$
        """
    )
    await owner.execute(
        "CREATE TRIGGER keep BEFORE INSERT ON registry_call FOR EACH ROW EXECUTE FUNCTION keep()"
    )
    others = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.activities.askers", database, f"proces-{number}", "100",
            cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE,
        )
        for number in range(2)
    ]  # fmt: skip
    async with open_pool(settings) as second:
        asking = [
            ask_until_called(gate, f"{name}-{number}", FAST)
            for name, gate in (("een", Gate(pool)), ("twee", Gate(second)))
            for number in range(100)
        ]
        times = await asyncio.gather(*asking)
    answers = [(await other.communicate())[0] for other in others]

    calls = [row["at"] for row in await pool.fetch("SELECT at FROM every_call ORDER BY at")]
    assert len(calls) == 400
    assert min(after - before for before, after in pairwise(calls)) >= FAST.interval
    assert max(times + [int(answer) for answer in answers]) <= 20
    assert await pool.fetchval("SELECT count(*) FROM registry_turn") == 0


async def test_a_thousand_who_wait_go_on_in_order_spread_out_and_ask_twice(moved: Moved) -> None:
    limits = Limits(per_minute=120)
    asked: Counter[str] = Counter()
    went: list[tuple[datetime, str]] = []
    coming = [(BEGIN, number, f"vraag-{number:04}") for number in range(1000)]
    while coming:
        at, number, key = heapq.heappop(coming)
        if at != moved.now:
            await moved.at(at)
        asked[key] += 1
        not_now = await moved.call(key, limits)
        if not_now is None:
            went.append((at, key))
        else:
            assert not_now.retry_after is not None
            heapq.heappush(coming, (at + not_now.retry_after, number, key))

    assert [key for _, key in went] == sorted(asked)
    assert {after[0] - before[0] for before, after in pairwise(went)} == {limits.interval}
    assert max(asked.values()) == 2
    assert sum(asked.values()) == 1999


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_no_minute_holds_too_much_and_nobody_calls_in_a_pause(
    moved: Moved, owner: asyncpg.Pool, seed: int
) -> None:
    """Askers who come late, die, fail and are told to wait, through a maintenance window."""
    luck = random.Random(seed)
    limits = Limits(
        per_minute=30, failures=3, pause_seconds=20, longest_pause_minutes=1, maintenance=("10:10-10:12",)
    )
    calls: list[datetime] = []
    asked: Counter[str] = Counter()
    coming = [(BEGIN + luck.random() * 8 * MINUTE, f"vraag-{number:03}") for number in range(150)]
    heapq.heapify(coming)
    down_until, answered = BEGIN, set()
    while coming:
        at, key = heapq.heappop(coming)
        await moved.at(max(at, moved.now))
        if luck.random() < 0.02:
            down_until = moved.now + luck.random() * MINUTE
        asked[key] += 1
        try:
            async with moved.gate.passage("deventer", "brp", key, limits):
                [state] = await moved.gate.states()
                assert state.circuit != "open"
                calls.append(moved.now)
                if moved.now < down_until:
                    raise silent(luck.choice([None, None, None, 10 * SECOND]))
                answered.add(key)
        except RegistryUnavailable as error:
            if luck.random() < 0.03:
                continue  # nobody ever comes back for this one
            late = luck.choice([0, 0, 0, luck.random() * 90, luck.random() * 400])
            heapq.heappush(coming, (moved.now + (error.retry_after or 5 * SECOND) + late * SECOND, key))

    assert len(answered) > 100
    assert min(after - before for before, after in pairwise(calls)) >= limits.interval
    assert not [at for at in calls if "09:10" <= f"{at:%H:%M}" < "09:12"]
    assert max(asked.values()) < 40


async def test_who_comes_late_shares_out_what_is_left_without_a_storm(moved: Moved) -> None:
    """All workers were away for two minutes: everybody's turn is over, and everybody is here at once."""
    limits = Limits(per_minute=60)
    keys = [f"vraag-{number:03}" for number in range(100)]
    for key in keys:
        await moved.call(key, limits)
    await moved.later(2 * MINUTE)
    asked: Counter[str] = Counter()
    went: list[tuple[datetime, str]] = []
    coming = [(moved.now, key) for key in keys[1:]]
    while coming:
        at, key = heapq.heappop(coming)
        await moved.at(at)
        asked[key] += 1
        not_now = await moved.call(key, limits)
        if not_now is None:
            went.append((at, key))
        else:
            assert not_now.retry_after is not None
            heapq.heappush(coming, (at + not_now.retry_after, key))

    assert [key for _, key in went] == keys[1:]
    assert {after[0] - before[0] for before, after in pairwise(went)} == {SECOND}
    assert max(asked.values()) <= 3


async def test_a_turn_that_nobody_uses_holds_nobody_up(moved: Moved) -> None:
    limits = Limits(per_minute=60)
    for number in range(10):
        await moved.call(f"weg-{number}", limits)
    await moved.later(10 * SECOND)

    assert await moved.call("nieuw", limits) is None
    await moved.later(KEPT_FOR + 10 * SECOND)
    assert await moved.call("nog een", limits) is None

    assert (await moved.gate.states())[0].waiting == 0


async def test_a_question_that_asks_sooner_than_told_keeps_its_turn(moved: Moved) -> None:
    limits = Limits(per_minute=6)
    assert await moved.call("eerste", limits) is None
    assert await moved.barred(limits, "tweede") == 10 * SECOND
    assert await moved.barred(limits, "derde") == 20 * SECOND

    await moved.later(4 * SECOND)
    assert await moved.barred(limits, "derde") == 16 * SECOND
    assert await moved.barred(limits, "tweede") == 6 * SECOND


async def test_every_registry_and_municipality_has_a_gate_of_its_own(moved: Moved) -> None:
    limits = Limits(per_minute=1)
    assert await moved.call("een", limits) is None
    assert await moved.call("twee", limits, registry="uwv") is None
    async with moved.gate.passage("olst-wijhe", "brp", "drie", limits):
        pass
    assert await moved.barred(limits) == MINUTE


async def test_a_turn_that_comes_soon_is_waited_for(pool: asyncpg.Pool) -> None:
    gate, limits = Gate(pool), Limits(per_minute=200)
    for number in range(3):
        async with gate.passage("deventer", "brp", f"vraag-{number}", limits):
            pass
    calls = [row["at"] for row in await pool.fetch("SELECT at FROM registry_call ORDER BY at")]
    assert [limits.interval <= after - before < 2 * SECOND for before, after in pairwise(calls)] == [True] * 2


# --- a registry that does not answer ----------------------------------------------------------------


async def test_after_so_many_failures_in_a_row_nobody_calls_for_a_while(moved: Moved) -> None:
    await moved.fail(2)
    await moved.later(SECOND)
    assert await moved.call("antwoord", PLENTY) is None
    await moved.fail(2)
    await moved.later(SECOND)
    assert await moved.call("nog een", PLENTY) is None
    assert (await moved.gate.states())[0].failures == 0

    await moved.fail(3)

    assert await moved.barred() == 30 * SECOND
    [state] = await moved.gate.states()
    assert (state.circuit, state.since, state.until, state.failures) == (
        "open", moved.now, moved.now + 30 * SECOND, 3,
    )  # fmt: skip


async def test_any_answer_is_an_answer_and_a_fault_of_ours_is_none(moved: Moved) -> None:
    await moved.fail(2)
    await moved.later(SECOND)
    with pytest.raises(KeyError):
        async with moved.gate.passage("deventer", "brp", "fout", PLENTY):
            raise KeyError
    assert (await moved.gate.states())[0].failures == 2
    await moved.later(SECOND)
    # Whether the registry refused us or knew nobody: it is there.
    assert await moved.call("geweigerd", PLENTY) is None
    assert (await moved.gate.states())[0].failures == 0


async def test_many_calls_that_fail_together_are_one_outage(moved: Moved) -> None:
    async with asyncio.timeout(20):
        under_way = [moved.gate.passage("deventer", "brp", f"vraag-{number}", PLENTY) for number in range(20)]
        for passage in under_way:
            await moved.later(SECOND)
            await passage.__aenter__()
        error = silent()
        for passage in under_way:
            assert not await passage.__aexit__(RegistryUnavailable, error, None)

    assert await moved.barred() == 30 * SECOND


async def test_after_the_pause_one_asker_probes_and_an_answer_opens_the_gate_for_all(moved: Moved) -> None:
    await moved.fail(3)
    await moved.later(30 * SECOND)

    async with moved.gate.passage("deventer", "brp", "proef", PLENTY):
        await moved.later(SECOND)
        others = await asyncio.gather(*(moved.call(f"ander-{number}", PLENTY) for number in range(50)))
        assert all(other is not None for other in others)
        assert (await moved.gate.states())[0].circuit == "probing"
    assert (await moved.gate.states())[0].circuit == "closed"

    await moved.later(10 * SECOND)
    for number in range(50):
        await moved.later(SECOND)
        assert await moved.call(f"ander-{number}", PLENTY) is None


async def test_of_a_hundred_who_come_when_the_pause_ends_exactly_one_calls(moved: Moved) -> None:
    await moved.fail(3)
    await moved.later(30 * SECOND)
    inside, calls = asyncio.Event(), 0

    async def probe(number: int) -> None:
        nonlocal calls
        try:
            async with moved.gate.passage("deventer", "brp", f"vraag-{number}", PLENTY):
                calls += 1
                await inside.wait()
        except NotNow:
            return

    asking = [asyncio.create_task(probe(number)) for number in range(100)]
    await asyncio.wait(asking, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    while sum(task.done() for task in asking) < 99:
        await asyncio.wait([task for task in asking if not task.done()], return_when=asyncio.FIRST_COMPLETED)
    inside.set()
    await asyncio.gather(*asking)
    assert calls == 1


async def test_pauses_double_while_probes_fail_up_to_the_longest(moved: Moved) -> None:
    await moved.fail(3)
    pauses = []
    for _ in range(5):
        pause = await moved.barred(key="proef")
        pauses.append(pause.total_seconds())
        await moved.later(pause)
        assert await moved.call("proef", PLENTY, failing=silent()) is None
    assert pauses == [30, 60, 120, 120, 120]

    await moved.later(2 * MINUTE)
    assert await moved.call("proef", PLENTY) is None
    await moved.fail(3)
    # Of a new outage the first pause is short again.
    assert await moved.barred() == 30 * SECOND


async def test_a_prober_that_died_keeps_nobody_away_for_ever(moved: Moved) -> None:
    await moved.fail(3)
    await moved.later(30 * SECOND)
    dead = moved.gate.passage("deventer", "brp", "sterft", PLENTY)
    await dead.__aenter__()
    await moved.later(LEASE - SECOND)
    assert await moved.barred() == SECOND

    await moved.later(SECOND)
    assert await moved.call("asks", PLENTY, failing=silent()) is None
    # What the first one says after all is of no use any more: another has tried since.
    await dead.__aexit__(None, None, None)

    assert (await moved.gate.states())[0].circuit == "open"


async def test_a_probe_that_was_cut_off_leaves_the_probe_to_another(moved: Moved) -> None:
    await moved.fail(3)
    await moved.later(30 * SECOND)
    inside = asyncio.Event()

    async def stopped() -> None:
        async with moved.gate.passage("deventer", "brp", "gestopt", PLENTY):
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(stopped())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await moved.later(SECOND)

    assert await moved.call("volgende", PLENTY) is None
    assert (await moved.gate.states())[0].circuit == "closed"


async def test_what_a_registry_asks_for_holds_for_everybody_at_once(moved: Moved) -> None:
    await moved.fail(1, retry_after=4 * MINUTE)

    not_now = await moved.call("ander", PLENTY)
    assert not_now is not None
    assert not_now.retry_after == 4 * MINUTE
    assert not_now.sentence == (
        "De BRP heeft ons gevraagd te wachten. Deze vraag is aan de beurt om 10:04; dat gaat vanzelf."
    )
    await moved.later(4 * MINUTE)
    assert await moved.call("ander", PLENTY) is None
    assert (await moved.gate.states())[0].circuit == "closed"


async def test_who_waits_keeps_their_place_through_an_outage(moved: Moved) -> None:
    limits = Limits(per_minute=60, failures=1, pause_seconds=60)
    keys = [f"vraag-{number:03}" for number in range(100)]
    for key in keys:
        await moved.call(key, limits)
    asked: Counter[str] = Counter()
    went: list[tuple[datetime, str]] = []
    coming = [(BEGIN + number * SECOND, key) for number, key in enumerate(keys) if number]
    while coming:
        at, key = heapq.heappop(coming)
        await moved.at(at)
        asked[key] += 1
        failing = silent() if key == keys[5] and asked[key] == 1 else None
        not_now = await moved.call(key, limits, failing=failing)
        if not_now is None and failing is None:
            went.append((at, key))
        elif not_now is not None:
            assert not_now.retry_after is not None
            heapq.heappush(coming, (at + not_now.retry_after, key))

    assert [key for _, key in went] == [*keys[1:5], *keys[6:]]
    assert min(after[0] - before[0] for before, after in pairwise(went)) >= SECOND
    # Once at their own turn, and once or twice because of the outage.
    assert max(asked.values()) <= 3


# --- maintenance and our own database ---------------------------------------------------------------


async def test_nobody_calls_in_maintenance_and_everybody_goes_on_spread_after_it(moved: Moved) -> None:
    limits = Limits(per_minute=60, maintenance=("02:00-05:00",))
    # The night that the clock goes back: the window lasts four hours.
    await moved.at(datetime(2026, 10, 24, 23, 59, 58, tzinfo=UTC))
    assert await moved.call("ervoor", limits) is None
    waits = [await moved.barred(limits, f"vraag-{number}") for number in range(4)]

    end = datetime(2026, 10, 25, 4, 0, tzinfo=UTC)
    assert [moved.now + wait for wait in waits] == [
        datetime(2026, 10, 24, 23, 59, 59, tzinfo=UTC), end, end + SECOND, end + 2 * SECOND,
    ]  # fmt: skip
    not_now = await moved.call("vraag-2", limits)
    assert not_now is not None
    assert "05:00" in not_now.sentence
    for number in (1, 2, 3):
        await moved.at(end + (number - 1) * SECOND)
        assert await moved.call(f"vraag-{number}", limits) is None


async def test_no_call_is_made_while_postgresql_is_away(
    pool: asyncpg.Pool, settings: Settings, postgres_url: str
) -> None:
    gate = Gate(pool)
    name = await pool.fetchval("SELECT current_database()")
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
    try:
        with pytest.raises(NotNow, match="onze database antwoordt niet") as refused:
            async with gate.passage("deventer", "brp", "vraag", PLENTY):
                pytest.fail("a call that nobody counted")
        assert refused.value.retry_after is None
    finally:
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await admin.close()

    async with gate.passage("deventer", "brp", "vraag", PLENTY):
        pass


async def test_an_answer_is_not_lost_when_postgresql_goes_away_during_the_call(
    pool: asyncpg.Pool, postgres_url: str
) -> None:
    name = await pool.fetchval("SELECT current_database()")
    admin = await asyncpg.connect(postgres_url)
    answer = ""
    async with Gate(pool).passage("deventer", "brp", "vraag", PLENTY):
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        answer = "gevonden"
    await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    await admin.close()

    assert answer == "gevonden"


async def test_a_server_that_was_never_there_lets_nobody_through() -> None:
    url = f"postgresql://meedoen_app@127.0.0.1:{free_port()}/meedoen"
    async with asyncpg.create_pool(url, min_size=0, max_size=1) as pool:
        with pytest.raises(NotNow):
            async with Gate(pool).passage("deventer", "brp", "vraag", PLENTY):
                pytest.fail("a call that nobody counted")


async def test_the_sentence_says_why_and_when_for_every_reason(moved: Moved) -> None:
    limits = Limits(per_minute=1, failures=1, pause_seconds=90, maintenance=("11:00-12:00",))
    said = []

    async def say(key: str) -> None:
        not_now = await moved.call(key, limits)
        assert not_now is not None
        said.append(not_now.sentence.partition(" Deze vraag")[0])

    assert await moved.call("een", limits) is None
    await say("druk")
    await moved.later(MINUTE)
    assert await moved.call("druk", limits, failing=silent()) is None
    await say("stil")
    await moved.later(90 * SECOND)
    async with moved.gate.passage("deventer", "brp", "stil", limits):
        await moved.later(61 * SECOND)
        await say("proef")
    await moved.at(BEGIN + 60 * MINUTE)
    await say("onderhoud")

    assert said == [
        "Er wachten meer vragen aan de BRP dan er tegelijk gesteld mogen worden.",
        "De BRP gaf een paar keer achter elkaar geen antwoord en wordt even met rust gelaten.",
        "De BRP gaf geen antwoord; één vraag probeert nu of dat weer lukt.",
        "De BRP is in onderhoud.",
    ]
