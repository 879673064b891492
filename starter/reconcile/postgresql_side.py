"""What PostgreSQL knows of journeys: their registration, their journal, and the lists."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from activities.households import Households
from activities.journal import Journal
from activities.kept_policies import PoliciesOfThen
from domain.journey import JourneyState
from domain.policy import Policy
from domain.restoring import LOST
from domain.topics.members import register_of


@dataclass(frozen=True)
class Registered:
    """What is known of a journey without reading its journal."""

    seq: int
    shown_seq: int
    registered_at: datetime
    erased: bool


class PostgresqlSide:
    """Asks PostgreSQL.

    Args:
        pool: the database.
        journal: what happened.
        policies: the policies that decisions were made by.
        households: the register of memberships.
    """

    def __init__(
        self, pool: asyncpg.Pool, journal: Journal, policies: PoliciesOfThen, households: Households
    ) -> None:
        self._pool = pool
        self._households = households
        self._journal = journal
        self._policies = policies

    async def journeys(self) -> list[str]:
        """Every journey that was registered."""
        return [record["journey_id"] for record in await self._pool.fetch(_ALL)]

    async def registered(self, journey_id: str) -> Registered | None:
        """The registration; None: there is none."""
        record = await self._pool.fetchrow(_REGISTERED, journey_id)
        return None if record is None else Registered(**dict(record))

    async def is_open(self, journey_id: str) -> bool:
        """Whether the lists show the journey as open."""
        return bool(await self._pool.fetchval(_IS_OPEN, journey_id))

    async def state(self, journey_id: str) -> JourneyState | None:
        """See `Journal.state`."""
        return await self._journal.state(journey_id)

    async def memberships(self, state: JourneyState) -> list[str]:
        """How the register of memberships differs from what a household knows, in sentences; empty: it does not."""
        wanted, household = register_of(state), state.client_number
        if wanted is None:
            return []
        held = set(await self._households.members(state.gemeente, household))
        if wanted.into is not None:
            return [
                f"cliënt {one} staat er nog bij en hoort in huishouden {wanted.into}" for one in sorted(held)
            ]
        return [
            *(f"cliënt {one} hoort erbij en staat er niet bij" for one in sorted(wanted.within - held)),
            *(f"cliënt {one} is vertrokken en staat er nog bij" for one in sorted(wanted.left & held)),
        ]

    async def mend_memberships(self, state: JourneyState) -> None:
        """Let the register of memberships say what a household knows. Whoever belongs elsewhere stays there."""
        wanted, household = register_of(state), state.client_number
        if wanted is None:
            return
        if wanted.into is not None:
            await self._households.move(state.gemeente, household, wanted.into)
            return
        await self._households.leave(state.gemeente, household, sorted(wanted.left))
        await self._households.join(state.gemeente, household, sorted(wanted.within))

    async def unidentified(self) -> list[str]:
        """Clients of whom nobody knows any more who they are, such as ``deventer-17``."""
        return [record["client"] for record in await self._pool.fetch(_UNIDENTIFIED)]

    async def lost_entries(self) -> dict[str, int]:
        """Journey to the number of entries of its journal that were lost for good."""
        return {record["journey_id"]: record["lost"] for record in await self._pool.fetch(_LOST)}

    async def policy(self, state: JourneyState) -> Policy:
        """The policy that a journey goes by, or else that of today."""
        policy, _ = await self._policies.find(state.gemeente, state.policy_hash)
        return policy


_ALL = "SELECT journey_id FROM journey"
_UNIDENTIFIED = """
    SELECT gemeente || '-' || client_number AS client FROM client
    WHERE identity_hash IS NULL AND erased_at IS NULL AND kind = 'persoon'
    ORDER BY gemeente, client_number
"""
_LOST = f"""
    SELECT journey_id, count(*) AS lost FROM journal WHERE kind = 'herstel' AND name = '{LOST}'
    GROUP BY journey_id ORDER BY journey_id
"""
_REGISTERED = """
    SELECT j.seq, coalesce(o.seq, 0) AS shown_seq, j.registered_at, c.erased_at IS NOT NULL AS erased
    FROM journey j JOIN overview o USING (journey_id)
        JOIN client c ON c.gemeente = j.gemeente AND c.client_number = j.client_number
    WHERE j.journey_id = $1
"""
_IS_OPEN = "SELECT EXISTS (SELECT FROM overview WHERE journey_id = $1 AND status = 'open')"
