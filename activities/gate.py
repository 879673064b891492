"""The gate before every registry: one for all workers together, kept in PostgreSQL.

Per municipality and registry it counts failures, spreads calls over time and keeps everybody away during maintenance;
`activities.gate_rules` says how. Who may not call now is told when to come back, and has a turn then. The time is
that of the database, so that workers need not agree on theirs.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import astuple, fields
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import asyncpg
import structlog

from activities.gate_rules import Go, Line, Reason, Standing, Wait, turn
from activities.registries import RegistryUnavailable
from domain.calendars import AMSTERDAM
from domain.limits import Limits
from domain.questions import REGISTRY_NAMES, Registry, begun
from runtime.database import UNREACHABLE

SHORT_WAIT = timedelta(seconds=2)
"""A turn that comes as soon as this is waited for at the gate."""
LEASE = timedelta(seconds=90)
"""A probe that was not heard of for so long has died; longer than any call takes."""
KEPT_FOR = timedelta(minutes=5)
"""A turn that was not used for so long belongs to nobody."""
ASKING_SECONDS = 10.0
TELLING_SECONDS = 5.0

_log = structlog.get_logger(__name__)


class NotNow(RegistryUnavailable):
    """No call was made, and none may be made before ``retry_after``; says nothing of the registry's health."""


class GateState(NamedTuple):
    """How one gate stands."""

    gemeente: str
    registry: Registry
    circuit: Literal["closed", "open", "probing"]
    """``closed``: calls are made. ``open``: nobody calls. ``probing``: one tries whether it answers again."""
    since: datetime | None
    """Since when nobody calls; None: calls are made."""
    until: datetime | None
    """End of the pause, when there is one."""
    failures: int
    """Calls in a row without an answer."""
    calls: int
    """In the last minute."""
    waiting: int
    """Questions that have a turn."""


class Gate:
    """Lets calls to registries through, for any number of processes at once.

    Args:
        pool: the database.
        short_wait: how long a turn may be waited for inside `passage`.
        clock: SQL that gives the time; another one than the database's own is for tests.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        *,
        short_wait: timedelta = SHORT_WAIT,
        clock: str = "clock_timestamp()",
    ) -> None:
        self._pool = pool
        self._short_wait = short_wait
        self._line_sql = _LINE.format(clock=clock)
        self._states_sql = _STATES.format(clock=clock)
        self._now_sql = f"SELECT {clock}"

    @asynccontextmanager
    async def passage(
        self, gemeente: str, registry: Registry, key: str, limits: Limits
    ) -> AsyncIterator[None]:
        """Make one call inside ``async with``, when it may be made.

        RegistryUnavailable inside counts as a failure of the registry and its ``retry_after`` holds for everybody;
        an end without an exception counts as an answer, whatever the answer was. Any other exception, `NotNow`
        too, says nothing of the registry.

        Args:
            gemeente: for whom is asked; each has its own agreement with the registry.
            registry: who is asked.
            key: of the question, the same for every attempt; holds the turn. No personal data.
            limits: what may be asked.

        Raises:
            NotNow: no call may be made now, or PostgreSQL cannot say so. The question has a turn after
                ``retry_after``; a turn that is not used within five minutes lapses.
        """
        call = await self._admitted(gemeente, registry, key, limits)
        try:
            yield
        except NotNow:
            await self._gave_up(call)
            raise
        except RegistryUnavailable as error:
            asked = error.retry_after
            await self._tell(call, lambda standing, now: standing.failed(call.epoch, limits, now, asked))
            raise
        except BaseException:
            await self._gave_up(call)
            raise
        if call.probe:
            await self._tell(call, lambda standing, _: standing.answered(call.epoch))
        else:
            await self._answered(call)

    async def states(self) -> list[GateState]:
        """How every gate stands, in order of municipality and registry."""
        return [GateState(*record) for record in await self._pool.fetch(self._states_sql, KEPT_FOR)]

    # --- going in -----------------------------------------------------------------------------------

    async def _admitted(self, gemeente: str, registry: Registry, key: str, limits: Limits) -> "_Call":
        left = self._short_wait
        while True:
            try:
                async with asyncio.timeout(ASKING_SECONDS):
                    now, found = await self._ask(gemeente, registry, key, limits)
            except asyncpg.SyntaxOrAccessError:
                # No outage: the tables are of another release, or the role lacks a right.
                raise
            except UNREACHABLE as error:
                # Never a call that nobody counted.
                _log.warning("de poort voor registers is niet te bevragen", fout=type(error).__name__)
                raise NotNow(
                    f"De vraag aan {REGISTRY_NAMES[registry]} is niet gesteld: onze database antwoordt niet, en "
                    "alleen daar staat of er nu gevraagd mag worden. De vraag wordt vanzelf opnieuw gesteld."
                ) from None
            if isinstance(found, _Call):
                return found
            wait = found.at - now
            if wait > left:
                raise NotNow(_sentence(found.reason, REGISTRY_NAMES[registry], found.at, now), wait)
            left -= max(wait, timedelta(milliseconds=1))
            await asyncio.sleep(wait.total_seconds())

    async def _ask(
        self, gemeente: str, registry: Registry, key: str, limits: Limits
    ) -> "tuple[datetime, _Call | Wait]":
        async with self._pool.acquire() as connection, connection.transaction():
            standing = await self._lock(connection, gemeente, registry)
            # In a statement of its own: the one that waited for the lock does not see what others did meanwhile.
            line = await connection.fetchrow(self._line_sql, gemeente, registry, key, KEPT_FOR)
            now: datetime = line["now"]
            mine = Line(line["mine"], line["ahead"], line["last"])
            found = turn(standing.bar(limits, now), mine, limits, now)
            if isinstance(found, Go):
                gone = standing.called(now, LEASE)
                await connection.execute(
                    _CALLED, gemeente, registry, key, now, KEPT_FOR, gone.epoch, gone.probe_until
                )
                return now, _Call(gemeente, registry, gone.epoch, probe=gone.since is not None)
            if found.move_line:
                await connection.execute(
                    _MOVE_LINE, gemeente, registry, now, KEPT_FOR, found.at, limits.interval
                )
                found = found._replace(at=await connection.fetchval(_MINE, gemeente, registry, key))
            elif found.at != mine.mine:
                await connection.execute(_TAKE_TURN, gemeente, registry, key, found.at)
            return now, found

    async def _lock(self, connection: asyncpg.Connection, gemeente: str, registry: str) -> Standing:
        record = await connection.fetchrow(_LOCK, gemeente, registry)
        if record is None:
            await connection.execute(_MAKE, gemeente, registry)
            record = await connection.fetchrow(_LOCK, gemeente, registry)
        return Standing(**record)

    # --- coming out ---------------------------------------------------------------------------------

    async def _gave_up(self, call: "_Call") -> None:
        if call.probe:
            await self._tell(call, lambda standing, _: standing.gave_up(call.epoch))

    async def _answered(self, call: "_Call") -> None:
        async with _telling():
            await self._pool.execute(_ANSWERED, call.gemeente, call.registry, call.epoch)

    async def _tell(self, call: "_Call", change: Callable[[Standing, datetime], Standing]) -> None:
        async with _telling(), self._pool.acquire() as connection, connection.transaction():
            standing = await self._lock(connection, call.gemeente, call.registry)
            after = change(standing, await connection.fetchval(self._now_sql))
            if after != standing:
                await connection.execute(_SET, call.gemeente, call.registry, *astuple(after))


class _Call(NamedTuple):
    """A call that may be made."""

    gemeente: str
    registry: str
    epoch: int
    probe: bool


@asynccontextmanager
async def _telling() -> AsyncIterator[None]:
    """What a call said of the registry is noted when that can be done soon; the answer itself is worth more."""
    try:
        async with asyncio.timeout(TELLING_SECONDS):
            yield
    except UNREACHABLE as error:
        _log.warning("de poort voor registers weet niet hoe een vraag afliep", fout=type(error).__name__)


def _sentence(reason: Reason, registry: str, at: datetime, now: datetime) -> str:
    there, here = at.astimezone(AMSTERDAM), now.astimezone(AMSTERDAM)
    when = f"{there:%H:%M}" if there.date() == here.date() else f"{there:%H:%M} op {there:%d-%m-%Y}"
    name = begun(registry)
    why = {
        "drukte": f"Er wachten meer vragen aan {registry} dan er tegelijk gesteld mogen worden.",
        "storing": f"{name} gaf een paar keer achter elkaar geen antwoord en wordt even met rust gelaten.",
        "gevraagd": f"{name} heeft ons gevraagd te wachten.",
        "proef": f"{name} gaf geen antwoord; één vraag probeert nu of dat weer lukt.",
        "onderhoud": f"{name} is in onderhoud.",
    }
    return f"{why[reason]} Deze vraag is aan de beurt om {when}; dat gaat vanzelf."


_COLUMNS = ", ".join(field.name for field in fields(Standing))
_LOCK = f"SELECT {_COLUMNS} FROM registry_gate WHERE gemeente = $1 AND registry = $2 FOR UPDATE"
_MAKE = "INSERT INTO registry_gate (gemeente, registry) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_SET = f"""
    UPDATE registry_gate
    SET ({_COLUMNS}) = ROW({", ".join(f"${number}" for number in range(3, 3 + len(fields(Standing))))})
    WHERE gemeente = $1 AND registry = $2
"""
# The clock is read once, after the lock was taken.
_LINE = """
    WITH clock AS MATERIALIZED (SELECT {clock} AS now),
    mine AS MATERIALIZED (
        SELECT at FROM registry_turn, clock
        WHERE gemeente = $1 AND registry = $2 AND key = $3 AND at > now - $4::interval)
    SELECT now,
        (SELECT at FROM mine) AS mine,
        (SELECT count(*) FROM registry_turn t, mine
            WHERE t.gemeente = $1 AND t.registry = $2 AND t.at > now - $4::interval AND t.at < mine.at) AS ahead,
        (SELECT max(t.at) FROM registry_turn t
            WHERE t.gemeente = $1 AND t.registry = $2 AND t.at > now - $4::interval) AS last
    FROM clock
"""
_TAKE_TURN = """
    INSERT INTO registry_turn (gemeente, registry, key, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (gemeente, registry, key) DO UPDATE SET at = excluded.at
"""
_MINE = "SELECT at FROM registry_turn WHERE gemeente = $1 AND registry = $2 AND key = $3"
# In order, none earlier than it was told, and never two in one interval.
_MOVE_LINE = """
    UPDATE registry_turn t SET at = greatest(t.at, $5::timestamptz + (line.place - 1) * $6::interval)
    FROM (
        SELECT key, row_number() OVER (ORDER BY at, key) AS place FROM registry_turn
        WHERE gemeente = $1 AND registry = $2 AND at > $3::timestamptz - $4::interval
    ) line
    WHERE t.gemeente = $1 AND t.registry = $2 AND t.key = line.key
"""
_CALLED = """
    WITH turn AS (
        DELETE FROM registry_turn
        WHERE gemeente = $1 AND registry = $2 AND (key = $3 OR at <= $4::timestamptz - $5::interval)),
    earlier AS (
        DELETE FROM registry_call
        WHERE gemeente = $1 AND registry = $2 AND at <= $4::timestamptz - interval '1 minute'),
    call AS (INSERT INTO registry_call (gemeente, registry, at) VALUES ($1, $2, $4))
    UPDATE registry_gate SET last_call = $4, epoch = $6, probe_until = $7 WHERE gemeente = $1 AND registry = $2
"""
_ANSWERED = """
    UPDATE registry_gate SET failures = 0
    WHERE gemeente = $1 AND registry = $2 AND epoch = $3 AND since IS NULL AND failures > 0
"""
_STATES = """
    WITH clock AS MATERIALIZED (SELECT {clock} AS now)
    SELECT gemeente, registry,
        CASE WHEN since IS NULL THEN 'closed' WHEN probe_until > now THEN 'probing' ELSE 'open' END,
        since, until, failures,
        (SELECT count(*) FROM registry_call c
            WHERE c.gemeente = g.gemeente AND c.registry = g.registry AND c.at > now - interval '1 minute'),
        (SELECT count(*) FROM registry_turn t
            WHERE t.gemeente = g.gemeente AND t.registry = g.registry AND t.at > now - $1::interval)
    FROM registry_gate g, clock
    ORDER BY gemeente, registry
"""
