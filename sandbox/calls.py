"""Which calls the sandbox got: who asked with which purpose, never about whom."""

import hashlib
import secrets
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime

from domain.base import Frozen

_KEPT = 1000
_LONGEST = 242


class Call(Frozen):
    """One call to the BRP. Field names are those of the page and the JSON that show them."""

    moment: datetime
    doelbinding: str | None
    verwerking: str | None
    gebruiker: str | None
    oin: str | None
    personen: tuple[str, ...]
    """Hashes with a salt that lives as long as the process: equal ones are the same person."""
    velden: tuple[str, ...]
    """What was asked; empty for a question that was refused."""
    status: int
    storing: str | None
    """The fault that hit the call."""


class CallLog:
    """The last thousand calls and the number of all."""

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(16)
        self._calls: deque[Call] = deque(maxlen=_KEPT)
        self._total = 0

    @property
    def total(self) -> int:
        return self._total

    def newest_first(self) -> tuple[Call, ...]:
        return tuple(reversed(self._calls))

    def hash_of(self, bsn: str) -> str:
        """The hash under which this log knows a person."""
        return hashlib.blake2b(bsn.encode(), key=self._salt, digest_size=6).hexdigest()

    def add(
        self,
        headers: Iterable[tuple[str, str]],
        *,
        bsns: Iterable[str],
        fields: tuple[str, ...],
        status: int,
        fault: str | None,
    ) -> None:
        """Note one call. Headers come with names in lower case."""
        known = {name: value[:_LONGEST] for name, value in headers}
        self._total += 1
        self._calls.append(
            Call(
                moment=datetime.now(UTC),
                doelbinding=known.get("x-doelbinding"),
                verwerking=known.get("x-verwerking"),
                gebruiker=known.get("x-gebruiker"),
                oin=known.get("x-origin-oin"),
                personen=tuple(sorted(self.hash_of(bsn) for bsn in bsns)),
                velden=fields,
                status=status,
                storing=fault,
            )
        )
