"""The register of memberships: who belongs to which household, decided in one transaction."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg

from activities.clients import Clients
from domain.households import household_id


class Place(NamedTuple):
    """The household of a client."""

    number: int
    household_id: str
    others: tuple[int, ...] = ()
    """Other households of somebody who belongs with this client: a person looks whether they are one."""
    neighbours: tuple[int, ...] = ()
    """Other households of who lives at the same address: that only suggests it."""


class Households:
    """Finds and makes households, and keeps one open membership per person.

    Args:
        pool: the database.
        clients: issues numbers and keys.
        taken: whether Temporal knows a household by this id; see `Clients.new_household`.
    """

    def __init__(
        self, pool: asyncpg.Pool, clients: Clients, taken: Callable[[str], Awaitable[bool]] | None = None
    ) -> None:
        self._pool = pool
        self._clients = clients
        self._taken = taken

    async def find(self, gemeente: str, client_number: int, *, now: datetime) -> Place:
        """The household of a client: the one that they belong to, that of their partner, or a new one.

        Safe to repeat and to call from any number of processes at once: two partners who report in the same
        second wait for each other and end in one.

        Args:
            gemeente: whose client.
            client_number: who.
            now: when it was registered.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await self._clients.lock_numbers(connection, gemeente)
            held: int | None = await connection.fetchval(_HELD, gemeente, client_number)
            together = [
                row["household_number"] for row in await connection.fetch(_TOGETHER, gemeente, client_number)
            ]
            if held is None:
                held = (
                    together[0]
                    if together
                    else (await self._clients.new_household(connection, gemeente, now, self._taken))[0]
                )
                await connection.execute(_JOIN, gemeente, client_number, held)
            others = tuple(number for number in together if number != held)
            near = await connection.fetch(_NEAR, gemeente, client_number, held)
            neighbours = tuple(
                row["household_number"] for row in near if row["household_number"] not in others
            )
        return Place(held, household_id(gemeente, held), others, neighbours)

    async def leave(self, gemeente: str, household: int, clients: Sequence[int]) -> None:
        """End the memberships of clients in one household. Doing it twice changes nothing."""
        await self._pool.execute(_LEAVE, gemeente, household, list(clients))

    async def join(self, gemeente: str, household: int, clients: Sequence[int]) -> None:
        """Let clients belong to a household again, those of them who belong to none. Twice changes nothing."""
        async with self._pool.acquire() as connection, connection.transaction():
            await self._clients.lock_numbers(connection, gemeente)
            for client in clients:
                await connection.execute(_JOIN, gemeente, client, household)

    async def move(self, gemeente: str, household: int, into: int) -> None:
        """Everybody of one household belongs to another from now on. Doing it twice changes nothing."""
        async with self._pool.acquire() as connection, connection.transaction():
            await self._clients.lock_numbers(connection, gemeente)
            moved = await connection.fetch(_END_ALL, gemeente, household)
            for row in moved:
                await connection.execute(_JOIN, gemeente, row["client_number"], into)

    async def of(self, gemeente: str, client_number: int) -> str | None:
        """The household that a client belongs to now; None: none yet."""
        held: int | None = await self._pool.fetchval(_HELD, gemeente, client_number)
        return None if held is None else household_id(gemeente, held)

    async def members(self, gemeente: str, household: int) -> list[int]:
        """Client numbers of whoever belongs to a household now."""
        return [row["client_number"] for row in await self._pool.fetch(_MEMBERS, gemeente, household)]


_HELD = """
    SELECT household_number FROM household_member WHERE gemeente = $1 AND client_number = $2 AND until IS NULL
"""
# Whoever left a household is not brought back by what a registry still says.
_TOGETHER = """
    SELECT DISTINCT m.household_number
    FROM client me
    JOIN related r ON r.gemeente = me.gemeente AND me.identity_hash IN (r.identity_hash, r.other_hash)
    JOIN client them ON them.gemeente = me.gemeente AND them.client_number <> me.client_number
        AND them.identity_hash IN (r.identity_hash, r.other_hash)
    JOIN household_member m ON m.gemeente = me.gemeente AND m.client_number = them.client_number
        AND m.until IS NULL
    WHERE me.gemeente = $1 AND me.client_number = $2 AND NOT EXISTS (
        SELECT FROM household_member before
        WHERE before.gemeente = $1 AND before.client_number = $2 AND before.until IS NOT NULL
            AND before.household_number = m.household_number)
    ORDER BY m.household_number
"""
_NEAR = """
    SELECT DISTINCT m.household_number
    FROM client me
    JOIN client them ON them.gemeente = me.gemeente AND them.address_hash = me.address_hash
        AND them.client_number <> me.client_number
    JOIN household_member m ON m.gemeente = me.gemeente AND m.client_number = them.client_number
        AND m.until IS NULL AND m.household_number <> $3
    WHERE me.gemeente = $1 AND me.client_number = $2
    ORDER BY m.household_number
"""
_JOIN = """
    INSERT INTO household_member (gemeente, client_number, household_number) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING
"""
_LEAVE = """
    UPDATE household_member SET until = now()
    WHERE gemeente = $1 AND household_number = $2 AND client_number = ANY ($3::bigint[]) AND until IS NULL
"""
_END_ALL = """
    UPDATE household_member SET until = now() WHERE gemeente = $1 AND household_number = $2 AND until IS NULL
    RETURNING client_number
"""
_MEMBERS = """
    SELECT client_number FROM household_member
    WHERE gemeente = $1 AND household_number = $2 AND until IS NULL ORDER BY client_number
"""
