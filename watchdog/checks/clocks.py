"""A clock that differs: terms would fall early or late, and nobody would see why.

Each clock is compared with that of this machine, at the middle of a round trip; half the round trip is how
exact it is (a millisecond or so on one machine). Temporal tells its time only as the instant at which
somebody last asked a queue for work, so the watchdog asks a queue of its own, once.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import asyncpg
from prometheus_client import Gauge
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, PollActivityTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from watchdog.sources import POSTGRESQL, RPC, TEMPORAL, Check, Sources
from watchdog.temporal_view import utc
from watchdog.trouble import Trouble

MOST = timedelta(seconds=5)
QUEUE = "meedoen-klok"

OURS = "klok-bewaking"
OF_POSTGRESQL = "klok-postgresql"
OF_TEMPORAL = "klok-temporal"
OF_WORKER = "klok-worker"

_TRIES = 3
_LOOK_SECONDS = 0.02
_ANSWER_SECONDS = 5.0
_REMEDY = (
    "Beheer: zet de tijd op die machine gelijk (chrony of systemd-timesyncd; timedatectl laat zien of dat "
    "loopt) en herstart daarna de workers."
)

_offset = Gauge(
    "meedoen_clock_offset_seconds", "How far a clock is ahead of that of the watchdog", labelnames=["clock"]
)


class Offset(NamedTuple):
    """How far a clock is ahead of ours, and how exactly that is known."""

    ahead: timedelta
    within: timedelta


async def offset_of_postgresql(pool: asyncpg.Pool, sources: Sources) -> Offset:
    """Measured over a few round trips; the shortest tells most."""
    found = []
    async with pool.acquire() as connection:
        for _ in range(_TRIES):
            before = sources.now()
            there: datetime = await connection.fetchval("SELECT clock_timestamp()")
            found.append(_offset_of(before, there, sources.now()))
    return min(found, key=lambda each: each.within)


async def offset_of_temporal(client: Client, sources: Sources) -> Offset:
    """The clock of the part of the server that hands out work.

    Raises:
        TimeoutError: the server does not note who asks.
    """
    identity = f"meedoen-bewaking@{socket.gethostname()}:{os.getpid()}"
    earlier = await _last_asked(client, identity)
    request = PollActivityTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=QUEUE), identity=identity
    )
    before = sources.now()
    asking = asyncio.ensure_future(client.workflow_service.poll_activity_task_queue(request, timeout=RPC))
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            while (there := await _last_asked(client, identity)) in (None, earlier):  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_SECONDS)
        assert there is not None
        return _offset_of(before, there, sources.now())
    finally:
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError, RPCError):
            await asking


async def _last_asked(client: Client, identity: str) -> datetime | None:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=QUEUE),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    )
    told = await client.workflow_service.describe_task_queue(request, timeout=RPC)
    return max((utc(one.last_access_time) for one in told.pollers if one.identity == identity), default=None)


def _offset_of(before: datetime, there: datetime, after: datetime) -> Offset:
    half = (after - before) / 2
    return Offset(there - (before + half), half)


async def _look(sources: Sources) -> Sequence[Trouble]:
    found = {
        POSTGRESQL: await offset_of_postgresql(sources.database, sources),
        TEMPORAL: await offset_of_temporal(sources.temporal, sources),
    }
    for name, offset in found.items():
        _offset.labels(name).set(offset.ahead.total_seconds())
    off = {name: offset.ahead for name, offset in found.items() if abs(offset.ahead) - offset.within > MOST}
    troubles = []
    if len(off) == len(found) and abs(off[POSTGRESQL] - off[TEMPORAL]) < MOST:
        # The two agree with each other: it is ours.
        troubles.append(_differs(OURS, "De klok van de machine van de bewaking", -off[POSTGRESQL]))
    else:
        for name, cause, whose in (
            (POSTGRESQL, OF_POSTGRESQL, "De klok van de machine van PostgreSQL"),
            (TEMPORAL, OF_TEMPORAL, "De klok van de machine van Temporal"),
        ):
            if name in off:
                troubles.append(_differs(cause, whose, off[name]))
    return troubles + await _workers(sources.database)


async def _workers(pool: asyncpg.Pool) -> list[Trouble]:
    rows = await pool.fetch(_WORKERS, MOST)
    if not rows:
        return []
    whose = f"De klok van de machine van worker {rows[0]['instance']}"
    if len(rows) > 1:
        whose += f" (en van nog {len(rows) - 1})"
    return [_differs(OF_WORKER, whose, rows[0]["ahead"])]


def _differs(cause: str, whose: str, ahead: timedelta) -> Trouble:
    seconds = abs(ahead.total_seconds())
    which = "voor" if ahead > timedelta() else "achter"
    return Trouble(
        cause=cause,
        sentence=f"{whose} loopt {seconds:.0f} seconden {which}. Termijnen kunnen daardoor te vroeg of te laat vallen.",
        remedy=_REMEDY,
    )


# Both instants belong to one moment: the worker's own clock, and that of the database.
_WORKERS = """
    SELECT instance, local_at - seen_at AS ahead
    FROM worker
    WHERE stopped_at IS NULL AND seen_at > now() - interval '2 minutes'
        AND greatest(local_at - seen_at, seen_at - local_at) > $1::interval
    ORDER BY instance
"""

CLOCKS = Check(
    "klokken",
    _look,
    frozenset({POSTGRESQL, TEMPORAL}),
    (OURS, OF_POSTGRESQL, OF_TEMPORAL, OF_WORKER),
)
