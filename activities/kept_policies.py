"""The numbers that decisions were made by, kept for as long as the journal: by their fingerprint."""

from collections.abc import Callable

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


class PoliciesOfThen:
    """The policy that a decision was made by, each read once.

    Args:
        kept: the policies that were kept.
        policy_of: the policy of a municipality of today, for when one was not kept.
    """

    def __init__(self, kept: KeptPolicies, policy_of: Callable[[str], Policy]) -> None:
        self._kept = kept
        self._policy_of = policy_of
        self._found: dict[tuple[str, str], tuple[Policy, bool]] = {}

    async def find(self, gemeente: str, policy_hash: str) -> tuple[Policy, bool]:
        """The policy, and whether it is the one of then; else it is the one of today.

        Raises:
            PolicyError: it was not kept, and the municipality has no policy today.
        """
        key = gemeente, policy_hash
        if key not in self._found:
            kept = await self._kept.find(policy_hash)
            self._found[key] = (kept, True) if kept else (self._policy_of(gemeente), False)
        return self._found[key]


_KEEP = "INSERT INTO policy (hash, name, content) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_FIND = "SELECT content FROM policy WHERE hash = $1"
