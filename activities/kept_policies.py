"""The numbers that decisions were made by, kept for as long as the journal: by their fingerprint."""

import asyncpg
from pydantic import ValidationError

from domain.policy import Policy


class KeptPolicies:
    """Keeps each policy once, and gives it back.

    Args:
        pool: the database.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def keep(self, policy: Policy) -> None:
        """Keep a policy; one that is there already stays as it is."""
        # Not remembered here: a database that is put back forgets, and this process may live on.
        await self._pool.execute(_KEEP, policy.hash, policy.name, policy.model_dump(mode="json"))

    async def find(self, policy_hash: str) -> Policy | None:
        """The policy with this fingerprint; None: it was not kept, or does not load in this release."""
        content = await self._pool.fetchval(_FIND, policy_hash)
        if content is None:
            return None
        try:
            return Policy.model_validate(content)
        except ValidationError:
            return None


_KEEP = "INSERT INTO policy (hash, name, content) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_FIND = "SELECT content FROM policy WHERE hash = $1"
