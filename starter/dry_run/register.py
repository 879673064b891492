"""The register of memberships as a dry run keeps it: in memory, with the rules of the real one."""

from collections.abc import Iterable


class MemoryRegister:
    """Who belongs to which household. A person has one open membership at a time.

    Args:
        first: the first number that it gives to a household.
    """

    def __init__(self, first: int = 1) -> None:
        self._next = first
        self._household: dict[int, int] = {}
        self._together: dict[int, set[int]] = {}

    def relate(self, client: int, others: Iterable[int]) -> None:
        """What is known of who belongs together before they reported: partners in the BRP."""
        for other in others:
            self._together.setdefault(client, set()).add(other)
            self._together.setdefault(other, set()).add(client)

    def find(self, client: int) -> int:
        """The household of a client: their own, that of who belongs with them, or a new one."""
        if client not in self._household:
            known = [self._household[one] for one in self._together.get(client, ()) if one in self._household]
            if known:
                self._household[client] = min(known)
            else:
                self._household[client] = self._next
                self._next += 1
        return self._household[client]

    def leave(self, household: int, clients: Iterable[int]) -> None:
        """They belong to this household no more, and nobody is together with them any more."""
        for client in clients:
            if self._household.get(client) == household:
                del self._household[client]
            for other in self._together.pop(client, ()):
                self._together.get(other, set()).discard(client)

    def join(self, household: int, clients: Iterable[int]) -> None:
        """They belong to this household again, those of them who belong to none."""
        for client in clients:
            self._household.setdefault(client, household)

    def move(self, household: int, into: int) -> None:
        """Everybody of one household belongs to another from now on."""
        for client, held in self._household.items():
            if held == household:
                self._household[client] = into


__all__ = ["MemoryRegister"]
