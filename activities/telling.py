"""Files tell each other how they stand: the register of memberships first, then an act in the other file."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any, Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.contracts import TELL, StateOf, ToTell
from activities.households import Place
from domain.base import Explained
from domain.findings import TOLD, Finding, Outcome
from domain.happenings import PROGRAM, Actor, Refused, Telling
from domain.households import read_household_id


class Tell(Protocol):
    """Records what the program has to tell a file; starts or wakes the file when it does not run."""

    def __call__(
        self,
        file: str,
        name: str,
        /,
        *,
        by: Actor,
        data: dict[str, Any],
        act_id: str,
        effective: date | None,
        recorded_at: datetime,
        state_of: StateOf,
    ) -> Awaitable[object]: ...


class Register(Protocol):
    """Who belongs to which household (`activities.households.Households`)."""

    async def find(self, gemeente: str, client_number: int, *, now: datetime) -> Place: ...
    async def leave(self, gemeente: str, household: int, clients: Sequence[int]) -> None: ...
    async def join(self, gemeente: str, household: int, clients: Sequence[int]) -> None: ...
    async def move(self, gemeente: str, household: int, into: int) -> None: ...


class TellActivity:
    """Carries out what one file tells another.

    Args:
        households: the register of memberships.
        tell: records an act in a file.
        state_of: see `StateOf`.
    """

    def __init__(self, households: Register, tell: Tell, state_of: StateOf) -> None:
        self._households = households
        self._tell = tell
        self._state_of = state_of

    @activity.defn(name=TELL)
    async def tell(self, order: ToTell) -> Finding:
        """Tell another file. A refusal is an answer; whoever is not there yet is told later.

        Raises:
            ApplicationError: retryable; the other file may take it in later.
        """
        async with _alive():
            return await self._told(order)

    async def _told(self, order: ToTell) -> Finding:
        telling = order.telling
        own = read_household_id(order.file)
        if own is not None and telling.leaves:
            await self._households.leave(own[0], own[1], telling.leaves)
        if own is not None and telling.joins:
            await self._households.join(own[0], own[1], telling.joins)
        if own is not None and telling.into and (into := read_household_id(telling.into)) is not None:
            await self._households.move(own[0], own[1], into[1])
        if not telling.act:
            return _answer(telling, Outcome.FOUND)
        to: str = telling.to
        suggested: list[tuple[int, str]] = []
        if not to:
            place = await self._households.find(order.gemeente, order.number, now=datetime.now(UTC))
            to = place.household_id
            suggested = [(one, "brp") for one in place.others] + [(one, "adres") for one in place.neighbours]
        try:
            await self._record(
                to, telling.act, telling.data, telling.by, telling.id, telling.at, telling.effective
            )
            for other, ground in suggested:
                await self._record(
                    to,
                    "mogelijk_samen",
                    {"huishouden": other, "grond": ground},
                    PROGRAM,
                    f"{ground}-{other}",
                    telling.at,
                    None,
                )
        except Refused as refusal:
            return _answer(telling, Outcome.REFUSED_US, reason=str(refusal))
        return _answer(telling, Outcome.FOUND, file=to)

    async def _record(
        self,
        file: str,
        name: str,
        data: dict[str, Any],
        by: Actor,
        act_id: str,
        at: datetime,
        effective: date | None,
    ) -> None:
        try:
            await self._tell(
                file,
                name,
                by=by,
                data=data,
                act_id=act_id,
                effective=effective,
                recorded_at=at,
                state_of=self._state_of,
            )
        except Refused:
            raise
        except Explained as error:
            # Temporal did not hold it in time: once more, under the same id.
            raise ApplicationError(str(error), type="NogNiet") from None


@asynccontextmanager
async def _alive() -> AsyncIterator[None]:
    """Say every second that this worker still works on it."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(1)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()


def _answer(telling: Telling, outcome: Outcome, *, file: str = "", reason: str = "") -> Finding:
    return Finding(
        id=telling.id,
        question=TOLD,
        outcome=outcome,
        # The file that told it stamps it by its own clock.
        answered_at=datetime.now(UTC),
        file=file,
        reason=reason,
    )


__all__ = ["Tell", "TellActivity"]
