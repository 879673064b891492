"""Makes the read model again from the journal, beside the one in use, and swaps the two in one step."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from time import monotonic

import asyncpg
import structlog
from pydantic import ValidationError

from activities import read_model
from activities.journal import Journal, Told
from activities.kept_policies import KeptPolicies, PoliciesOfThen
from domain.base import Explained, Frozen
from domain.policy import Policy, PolicyError
from domain.projection import snapshot
from runtime.keys import KeyRingError

AT_ONCE = 50
"""Journeys per transaction."""
FEW = 100
"""So many journeys may be left for the swap itself, during which writers wait."""
ROUNDS = 20
_ONLY_ONE = 7_370_150_003

_log = structlog.get_logger(__name__)

Progress = Callable[[int, int], None]
"""Takes how many journeys are done and how many there are."""


class RebuildError(Explained):
    """The read model was not made again; what screens read is as it was."""


class Rebuilt(Frozen):
    """What a rebuild did."""

    journeys: int = 0
    """Told again from their journal."""
    entries: int = 0
    """How many entries were read for that, those that came in meanwhile included."""
    taken_over: int = 0
    """Journeys whose journal tells no state: erased clients, and journals of before release 0.2.0. Their
    rows were taken over as they were."""
    other_policy: int = 0
    """Journeys whose policy was not kept; the texts of their terms follow the policy of today."""
    differed: int = 0
    """Journeys that the lists showed otherwise than their journal tells."""
    seconds: float = 0
    swap_seconds: float = 0
    """How long writers waited."""


class Rebuilder:
    """Fills the next generation of the read model.

    Args:
        pool: the database; two connections are used.
        journal: what happened.
        kept: the policies that decisions were made by.
        policy_of: the policy of a municipality of today, for a journey whose own was not kept.
    """

    def __init__(
        self, pool: asyncpg.Pool, journal: Journal, kept: KeptPolicies, policy_of: Callable[[str], Policy]
    ) -> None:
        self._pool = pool
        self._journal = journal
        self._policies = PoliciesOfThen(kept, policy_of)
        self._untold: set[str] = set()
        self._told: set[str] = set()
        self._other_policy: set[str] = set()
        self._entries = 0

    async def run(self, progress: Progress = lambda _done, _all: None) -> Rebuilt:
        """Make it again while work goes on.

        A rebuild that was cut off leaves rows that nobody reads; the next one removes them first.

        Raises:
            RebuildError: another rebuild is under way.
        """
        began = monotonic()
        async with self._alone() as connection:
            generation = await self._clear(connection)
            for _ in range(ROUNDS):
                waiting = await self._waiting(connection, generation)
                if self._told and len(waiting) <= FEW:
                    break
                for start in range(0, len(waiting), AT_ONCE):
                    await self._fill(connection, waiting[start : start + AT_ONCE], generation)
                    progress(min(start + AT_ONCE, len(waiting)), len(waiting))
                if not waiting:
                    break
            swapping = monotonic()
            async with connection.transaction():
                # Waits for the writes under way; later ones wait for this.
                await connection.execute("SELECT pg_advisory_xact_lock($1)", read_model.SWAP_LOCK)
                waiting = await self._waiting(connection, generation)
                for start in range(0, len(waiting), AT_ONCE):
                    await self._fill(connection, waiting[start : start + AT_ONCE], generation)
                await read_model.take_over(connection, sorted(self._untold), generation)
                before: int = await connection.fetchval("SELECT active FROM read_model")
                await connection.execute("UPDATE read_model SET active = $1", generation)
            swapped = monotonic()
            differed = await read_model.differences(connection, generation, before)
            await self._remove_others(connection, generation)
        return Rebuilt(
            journeys=len(self._told),
            entries=self._entries,
            taken_over=len(self._untold),
            other_policy=len(self._other_policy),
            differed=differed,
            seconds=monotonic() - began,
            swap_seconds=swapped - swapping,
        )

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[asyncpg.Connection]:
        async with self._pool.acquire() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _ONLY_ONE):
                raise RebuildError(
                    "De lijsten worden al opnieuw gemaakt door een ander. Wacht tot dat klaar is."
                )
            try:
                yield connection
            finally:
                await connection.execute("SELECT pg_advisory_unlock($1)", _ONLY_ONE)

    async def _clear(self, connection: asyncpg.Connection) -> int:
        active: int = await connection.fetchval("SELECT active FROM read_model")
        await self._remove_others(connection, active)
        return active + 1

    async def _remove_others(self, connection: asyncpg.Connection, generation: int) -> None:
        for table in read_model.TABLES:
            # In pieces, so that no statement takes long however many there are.
            while (
                await connection.execute(_REMOVE_SOME.format(table=table), generation, 20_000) != "DELETE 0"
            ):
                pass

    async def _waiting(self, connection: asyncpg.Connection, generation: int) -> list[str]:
        found = await connection.fetch(_BEHIND, generation)
        return [record["journey_id"] for record in found if record["journey_id"] not in self._untold]

    async def _fill(self, connection: asyncpg.Connection, journeys: Sequence[str], generation: int) -> None:
        async with connection.transaction():
            # Erasing one of these clients waits for us, or has been done before we read.
            await connection.execute(_LOCK_CLIENTS, list(journeys))
            shown = []
            escalations: list[read_model.HasEvents] = []
            for told in await self._journal.told(journeys, connection):
                self._entries += told.seq
                try:
                    state = told.state()
                    row = None if state is None else snapshot(state, await self._policy(state.gemeente, told))
                    rungs = told.escalations()
                except (ValidationError, KeyRingError, PolicyError, KeyError) as error:
                    # One journey that cannot be told keeps its rows; it does not keep the others from theirs.
                    _log.error(
                        "klantroute niet uit het journaal te vertellen",
                        klantroute=told.journey_id,
                        soort=type(error).__name__,
                    )
                    row = None
                if row is None:
                    self._untold.add(told.journey_id)
                    continue
                self._told.add(told.journey_id)
                shown.append((row, told.seq, told.written_at))
                escalations += rungs
            await read_model.fill(connection, shown, generation)
            await read_model.add_escalations(connection, escalations, generation)

    async def _policy(self, gemeente: str, told: Told) -> Policy:
        policy, own = await self._policies.find(gemeente, told.policy_hash)
        if not own:
            self._other_policy.add(told.journey_id)
        return policy


_LOCK_CLIENTS = """
    SELECT 1 FROM client c JOIN journey j USING (gemeente, client_number)
    WHERE j.journey_id = ANY ($1::text[])
    ORDER BY c.gemeente, c.client_number
    FOR SHARE OF c
"""
_REMOVE_SOME = """
    DELETE FROM {table} WHERE ctid = ANY (
        ARRAY(SELECT ctid FROM {table} WHERE generation <> $1 LIMIT $2))
"""
_BEHIND = """
    SELECT j.journey_id FROM journey j
    LEFT JOIN journey_row n ON n.generation = $1 AND n.journey_id = j.journey_id
    WHERE j.seq > coalesce(n.seq, 0)
    ORDER BY j.journey_id
"""
