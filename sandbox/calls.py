"""Which calls the sandbox got: who asked what with which purpose, never about whom."""

import hashlib
import secrets
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime

from domain.base import Frozen
from domain.questions import Registry

_KEPT = 1000
_LONGEST = {
    "x-gebruiker": 40,
    "x-doelbinding": 242,
    "x-verwerking": 242,
    "x-origin-oin": 242,
    "x-afnemer-oin": 242,
}
"""Gateways before the real BRP cut what is longer."""


class Call(Frozen):
    """One call to a registry. Field names are those of the page and the JSON that show them."""

    moment: datetime
    registratie: Registry
    vraag: str
    """Question type of the BRP, or service and operation of Suwinet; empty when it could not be read."""
    doelbinding: str | None
    """None: not told. Suwinet has no place for it."""
    verwerking: str | None
    gebruiker: str | None
    oin: str | None
    ingekort: tuple[str, ...]
    """Headers that were longer than a gateway passes on, and were cut."""
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
        registry: Registry,
        question: str,
        headers: Iterable[tuple[str, str]],
        *,
        bsns: Iterable[str],
        fields: tuple[str, ...] = (),
        status: int,
        fault: str | None,
    ) -> None:
        """Note one call. Headers come with names in lower case."""
        given = {name: value for name, value in headers if name in _LONGEST}
        known = {name: value[: _LONGEST[name]] for name, value in given.items()}
        self._total += 1
        self._calls.append(
            Call(
                moment=datetime.now(UTC),
                registratie=registry,
                vraag=question,
                doelbinding=known.get("x-doelbinding"),
                verwerking=known.get("x-verwerking"),
                gebruiker=known.get("x-gebruiker"),
                oin=known.get("x-origin-oin", known.get("x-afnemer-oin")),
                ingekort=tuple(sorted(name for name, value in given.items() if value != known[name])),
                personen=tuple(sorted(self.hash_of(bsn) for bsn in bsns)),
                velden=fields,
                status=status,
                storing=fault,
            )
        )
