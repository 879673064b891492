"""Tells a journey that a message did not arrive, so that a person does."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import asyncpg
import structlog

from activities.contracts import StateOf
from activities.outbox import UNDELIVERED
from domain.happenings import PROGRAM, Actor, Refused
from runtime.rounds import InRounds, Rounds

FACT = "bericht_niet_aangekomen"
POLL_SECONDS = 30.0
AGAIN_SECONDS = 900.0
"""A journey that refuses runs on a release that does not know the fact, or is gone from Temporal."""

_SILENT = 3


_log = structlog.get_logger(__name__)


class Report(Protocol):
    """Records a fact in a journey, also after its end.

    Raises:
        Refused: the journey cannot take it.
        Exception: Temporal does not answer; sending the same again is safe.
    """

    def __call__(
        self,
        journey_id: str,
        name: str,
        /,
        *,
        by: Actor,
        data: dict[str, Any],
        act_id: str,
        state_of: StateOf,
    ) -> Awaitable[Any]:
        """Record it, once per ``act_id``."""


class UndeliveredReporter(InRounds):
    """Reports what failed or came back, each message once, while its ``async with`` lasts.

    Any number of processes may do this side by side: the id of the fact is made of the Message-ID.

    Args:
        pool: the database.
        report: how a journey is told.
        state_of: the state of a journey that has left Temporal.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        report: Report,
        state_of: StateOf,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._report = report
        self._state_of = state_of
        self._clock = clock
        self._later: dict[int, float] = {}
        self._silent: set[int] = set()
        self._rounds = Rounds(
            pool,
            UNDELIVERED,
            self.report_waiting,
            seconds=POLL_SECONDS,
            trouble="dat berichten niet aankwamen kan nu niet worden gemeld",
        )

    async def report_waiting(self) -> int:
        """Report every message that did not arrive and of which nobody was told.

        Returns:
            How many were reported.

        Raises:
            Exception: Temporal or PostgreSQL does not answer; what was not reported waits.
        """
        await self._pool.execute(_NOBODY_TO_TELL)
        begun, done, silent = self._clock(), 0, 0
        self._later = {row: until for row, until in self._later.items() if until > begun}
        waiting = await self._pool.fetch(_WAITING, list(self._later))
        # Those that gave no answer before come last: they may not keep the others from being told.
        for row in sorted(waiting, key=lambda row: (row["id"] in self._silent, row["id"])):
            if self._rounds.stopping:
                break
            try:
                await self._report(
                    row["journey_id"],
                    FACT,
                    by=PROGRAM,
                    data=_said(row),
                    act_id=_act_id(row["message_id"]),
                    state_of=self._state_of,
                )
            except Refused as refusal:
                silent = 0
                if await self._holds(row["journey_id"], _act_id(row["message_id"])):
                    # It was told before the database was put back, perhaps with another reason.
                    await self._pool.execute(_REPORTED, row["id"])
                    continue
                self._later[row["id"]] = self._clock() + AGAIN_SECONDS
                _log.error(
                    "alarm: een klantroute neemt niet aan dat een bericht niet aankwam",
                    klantroute=row["journey_id"],
                    bericht=row["message_id"],
                    reden=str(refusal),
                )
                continue
            except Exception as error:
                # One journey that hangs may not hold up the others; when all of them do, it is Temporal.
                silent += 1
                self._silent.add(row["id"])
                self._later[row["id"]] = self._clock() + POLL_SECONDS
                if silent == _SILENT:
                    raise
                _log.warning(
                    "een klantroute antwoordt niet op een bericht dat niet aankwam",
                    klantroute=row["journey_id"],
                    exc_info=error,
                )
                continue
            silent = 0
            self._silent.discard(row["id"])
            await self._pool.execute(_REPORTED, row["id"])
            done += 1
        return done

    async def _holds(self, journey_id: str, act_id: str) -> bool:
        state = await self._state_of(journey_id)
        return state is not None and state.logged(act_id) is not None


def _act_id(message_id: str) -> str:
    """The same for ever, so that telling it twice counts once."""
    return f"bericht-{message_id[1:].partition('@')[0]}"


def _said(row: Any) -> dict[str, Any]:
    """What the journey hears: codes, and no address or name."""
    params = row["params"]
    return {
        "bericht": row["key"][:300],
        "sjabloon": row["template"],
        "rol": row["role"],
        "team": row["team"],
        "termijn": str(params.get("termijn", "")),
        "taak": str(params.get("taak", "")),
        "reden": row["reason"],
    }


# What happened first is the reason, for ever: a fact under a known id may not say anything else.
_WAITING = """
    SELECT o.id, o.message_id, o.journey_id, o.key, o.template, o.role, o.team, o.params,
        CASE WHEN o.failed_at IS NULL OR o.bounced_at < o.failed_at THEN 'teruggekomen'
            WHEN a.outcome = 'geweigerd' THEN 'geweigerd' ELSE 'opgegeven' END AS reason
    FROM outbox o
    LEFT JOIN LATERAL (
        SELECT outcome FROM outbox_attempt
        WHERE outbox_id = o.id AND outcome IN ('geweigerd', 'opgegeven', 'mislukt')
        ORDER BY number LIMIT 1
    ) a ON true
    WHERE o.reported_at IS NULL AND (o.failed_at IS NOT NULL OR o.bounced_at IS NOT NULL)
        AND o.id <> ALL ($1::bigint[])
    ORDER BY o.id
    LIMIT 500
"""
_REPORTED = "UPDATE outbox SET reported_at = clock_timestamp() WHERE id = $1"
# The journey of an erased client cannot be read and so cannot be woken; there is nobody left to help.
_NOBODY_TO_TELL = """
    UPDATE outbox o SET reported_at = clock_timestamp()
    FROM journey j JOIN client c USING (gemeente, client_number)
    WHERE o.journey_id = j.journey_id AND c.erased_at IS NOT NULL
        AND o.reported_at IS NULL AND (o.failed_at IS NOT NULL OR o.bounced_at IS NOT NULL)
"""
