"""How long it takes to make the read model again from a hundred thousand entries, while acts go on."""

import asyncio
import os
import time
from datetime import UTC, datetime, timedelta

from activities.clients import Clients
from activities.journal import Journal
from activities.kept_policies import KeptPolicies
from activities.rebuild import Rebuilder
from domain.decide import advance, begin, decide
from domain.happenings import Act, Actor
from domain.journey import JourneyState, Resident
from domain.policy import Policy
from domain.projection import JournalEntry, journal_entry
from runtime.database import open_pool
from runtime.keys import KeyRing
from runtime.policies import load_policy
from runtime.settings import Settings

ENTRIES = int(os.environ.get("BENCH_ENTRIES", "100000"))
PER_JOURNEY = 50
ME = Actor(code="consulent", role="consulent")
_MORNING = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


def life(state: JourneyState, policy: Policy, entries: int) -> tuple[list[JournalEntry], JourneyState]:
    """Something happens every week, and time passes in between."""
    told: list[JournalEntry] = []
    before: JourneyState | None = None
    number = 0
    while len(told) < entries:
        now = _MORNING + timedelta(days=7 * number)
        name = "melding" if not number else "trede_gemeten"
        data = {} if not number else {"trede": 1 + number % 6}
        for decision in advance(state, now, policy):
            told.append(journal_entry(decision, decision.at, policy, before=before))
            before = state = decision.state
        act = Act(id=f"act-{number}", name=name, by=ME, effective=now.date(), data=data)
        decision = decide(state, act, now, policy)
        told.append(journal_entry(decision, now, policy, before=before))
        before = state = decision.state
        number += 1
    return told, state


async def rebuild(database_url: str) -> list[tuple[str, str]]:
    """Fill a database, make its lists again while somebody writes, and tell how long it took.

    Args:
        database_url: a fresh database.
    """
    keys = KeyRing(active="b", secrets={"b": os.urandom(32)}, hash_secret=os.urandom(32))
    policy = load_policy("deventer")
    settings = Settings(environment="test", database_url=database_url)  # type: ignore[arg-type]
    async with open_pool(settings) as pool:
        clients, journal, kept = Clients(pool, keys), Journal(pool, keys, "bench"), KeptPolicies(pool)
        await kept.keep(policy)
        states: list[JourneyState] = []
        filling = time.perf_counter()
        for number in range(ENTRIES // PER_JOURNEY):
            registered = await clients.register(
                gemeente="deventer", identity=f"kenmerk:{number}", bsn=None, now=_MORNING
            )
            told, state = life(
                begin("deventer", registered.client_number, 1, resident=Resident()), policy, PER_JOURNEY
            )
            await journal.write(told)
            states.append(state)
        filled = time.perf_counter() - filling
        over = asyncio.Event()
        acts = 0

        async def work() -> None:
            nonlocal acts
            while not over.is_set():
                state = states[acts % len(states)]
                at = (state.last_at or _MORNING) + timedelta(seconds=1)
                act = Act(
                    id=f"na-{acts}", name="trede_gemeten", by=ME, effective=at.date(), data={"trede": 3}
                )
                decision = decide(state, act, at, policy)
                await journal.write([journal_entry(decision, at, policy, before=state)])
                states[acts % len(states)] = decision.state
                acts += 1
                await asyncio.sleep(0.05)

        working = asyncio.create_task(work())
        done = await Rebuilder(pool, journal, kept, lambda _: policy).run()
        over.set()
        await working
        size = await pool.fetchval("SELECT pg_total_relation_size('journal')")
        count = await pool.fetchval("SELECT count(*) FROM journal")
        assert done.differed == 0
    return [
        (f"fill the journal, entries per second (n {ENTRIES:,})", f"{ENTRIES / filled:,.0f}"),
        ("journal, bytes per entry", f"{size / count:,.0f}"),
        (
            f"rebuild of {done.journeys:,} journeys, {done.entries:,} entries",
            f"{done.seconds:.1f} s = {done.entries / done.seconds:,.0f} entries/s",
        ),
        (f"meanwhile {acts} acts were written; writers waited for the swap", f"{done.swap_seconds:.2f} s"),
    ]
