"""Logboek dataverwerkingen: who was asked about in which registry, why, and how that ended.

Source: Logius, Logboek Dataverwerkingen: one record per call and per data subject, never a sample, no employee in it. In
table ``look_up``, ``question`` is the standard's ``name`` and ``at`` its ``start_time``. A record is written before the
call, so that no call goes without one, and completed after it; one that stays open tells of a call whose end nobody saw.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any, Literal

import asyncpg
import structlog

from activities.clients import Clients
from activities.gate import NotNow
from activities.registries import RegistryUnavailable
from activities.sealing import data_key, seal, unseal
from domain.base import Frozen
from domain.findings import Outcome
from runtime.database import UNREACHABLE
from runtime.keys import KeyRing

UNSET, OK, ERROR = 0, 1, 2
"""Values of ``status_code``. UNSET: the end is not known."""

ACTIVITY = "urn:meedoen:verwerkingsactiviteit:"
"""Before the question: the processing activity, where the municipality's own register gives no address for it."""

BEGIN_SECONDS = 10.0
END_SECONDS = 1.0
"""The end of a call waits no longer than this for its record."""
TRIES = (0.0, 1.0, 5.0, 25.0, 60.0)
"""Seconds before each attempt to complete a record."""

_WELL = frozenset({Outcome.FOUND, Outcome.NOT_FOUND})
_RESOURCE = {"name": "meedoen", "version": version("meedoen")}

_log = structlog.get_logger(__name__)


class Processing:
    """A call that is being made."""

    def __init__(self, trace_id: bytes, operation_id: bytes) -> None:
        self._trace_id = trace_id
        self._operation_id = operation_id
        self.outcome: Outcome | None = None

    @property
    def traceparent(self) -> str:
        """W3C Trace Context for the call: the same trace for every attempt at one question."""
        return f"00-{self._trace_id.hex()}-{self._operation_id.hex()}-01"

    def ended(self, outcome: Outcome) -> None:
        """Say how it ended; the record is completed when the ``async with`` is left."""
        self.outcome = outcome


class LogLine(Frozen):
    """One record, without who it is about."""

    journey_id: str
    question: str
    """``name`` in the standard: a key of ``domain.questions.QUESTIONS``."""
    purpose: str
    start_time: datetime
    end_time: datetime | None
    """None: the end is not known, or an earlier release wrote the record when the call had ended."""
    status_code: int | None
    """UNSET, OK or ERROR; None: written by an earlier release."""
    outcome: str | None
    about: Literal["cliënt", "iemand anders", "gewist", ""]
    """Empty: written by an earlier release, about the client."""
    trace_id: str
    operation_id: str
    parent_operation_id: str
    foreign_operation: dict[str, Any] | None
    resource: dict[str, Any] | None
    processing_activity_id: str


class ProcessingLog:
    """Writes and reads the log. One per process, for any number of tasks.

    Args:
        pool: the database.
        keys: opens the key of each client and makes trace ids that nobody else can make.
    """

    def __init__(self, pool: asyncpg.Pool, keys: KeyRing) -> None:
        self._pool = pool
        self._keys = keys
        self._completing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def processing(
        self,
        *,
        journey_id: str,
        gemeente: str,
        client_number: int,
        question_id: str,
        question: str,
        purpose: str,
        bsn: str,
        others: Sequence[str] = (),
        activity: str = "",
    ) -> AsyncIterator[Processing]:
        """Log one call that is made inside ``async with``; go through the gate first.

        RegistryUnavailable inside ends it as no answer. When the task is cancelled the end stays unknown.

        Args:
            journey_id: in which journey.
            gemeente: whose client.
            client_number: about whom, or whose household.
            question_id: the same for every attempt; gives them one trace.
            question: what is asked: a key of ``domain.questions.QUESTIONS``.
            purpose: doelbinding.
            bsn: about whom.
            others: burgerservicenummers of whom the same call is about too; each gets a record of its own.
            activity: URI of the processing activity in the municipality's register; empty: one of our own.

        Raises:
            NotNow: the record could not be written; the call may not be made.
            KeyRingError: the key of the client cannot be opened.
        """
        trace_id = self._keys.keyed_hash(f"trace\x00{journey_id}\x00{question_id}")[:16]
        first, *more = (os.urandom(8) for _ in range(1 + len(others)))
        subjects = [(first, bsn), *zip(more, others, strict=True)]
        try:
            async with asyncio.timeout(BEGIN_SECONDS), self._pool.acquire() as connection:
                client = await connection.fetchrow(_CLIENT, gemeente, client_number)
                key = None if client is None else data_key(self._keys, client)
                if key is None:
                    raise NotNow("De vraag is niet gesteld: de gegevens van deze cliënt zijn gewist.")
                began: datetime = await connection.fetchval(
                    _BEGIN,
                    gemeente,
                    client_number,
                    journey_id,
                    question,
                    purpose,
                    trace_id,
                    first,
                    _RESOURCE,
                    activity or f"{ACTIVITY}{question}",
                    [operation for operation, _ in subjects],
                    [seal(key, subject, _at(operation)) for operation, subject in subjects],
                )
        except asyncpg.SyntaxOrAccessError:
            raise
        except UNREACHABLE as error:
            _log.warning("het logboek dataverwerkingen is niet te schrijven", fout=type(error).__name__)
            raise NotNow(
                "De vraag is niet gesteld: onze database antwoordt niet, en zonder regel in het logboek wordt er niets "
                "gevraagd. De vraag wordt vanzelf opnieuw gesteld."
            ) from None
        started = time.monotonic()
        record, failed = Processing(trace_id, first), False
        try:
            yield record
        except RegistryUnavailable:
            record.outcome = record.outcome or Outcome.NO_ANSWER
            raise
        except Exception:
            failed = True
            raise
        finally:
            if record.outcome is not None or failed:
                # By the clock that the beginning was read from; however late it is written.
                ended = began + timedelta(seconds=time.monotonic() - started)
                operations = [operation for operation, _ in subjects]
                await self._end(trace_id, operations, ended, record.outcome)

    async def settled(self, seconds: float | None = None) -> None:
        """Wait until every record that can be completed is.

        Args:
            seconds: give up after so long, and leave the others open; None: wait as long as it takes.
        """
        try:
            async with asyncio.timeout(seconds):
                while self._completing:
                    await asyncio.wait(self._completing)
        except TimeoutError:
            left = list(self._completing)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            _log.warning("regels van het logboek dataverwerkingen blijven open", aantal=len(left))

    async def of_client(self, gemeente: str, client_number: int) -> list[LogLine]:
        """Everything that was asked about a client or for one, oldest first, over all journeys.

        Raises:
            KeyRingError: a record was changed outside the program, or the key ring misses a key.
        """
        client = await self._pool.fetchrow(_CLIENT, gemeente, client_number)
        if client is None:
            return []
        key = data_key(self._keys, client)
        bsn = await Clients(self._pool, self._keys).bsn(gemeente, client_number)
        lines = []
        for record in await self._pool.fetch(_OF_CLIENT, gemeente, client_number):
            line = dict(record)
            sealed, operation = line.pop("data_subject_id"), line["operation_id"]
            about = "" if sealed is None else "gewist"
            if sealed is not None and key is not None:
                about = "cliënt" if unseal(key, sealed, _at(operation)) == bsn else "iemand anders"
            for name in ("trace_id", "operation_id", "parent_operation_id"):
                line[name] = "" if line[name] is None else line[name].hex()
            lines.append(LogLine(about=about, **line))
        return lines

    async def _end(
        self, trace_id: bytes, operations: list[bytes], ended: datetime, outcome: Outcome | None
    ) -> None:
        task = asyncio.create_task(self._complete(trace_id, operations, ended, outcome))
        self._completing.add(task)
        task.add_done_callback(self._completing.discard)
        # What the registry said is worth more than the note that it did: that goes on without us.
        await asyncio.wait((task,), timeout=END_SECONDS)

    async def _complete(
        self, trace_id: bytes, operations: list[bytes], ended: datetime, outcome: Outcome | None
    ) -> None:
        status = OK if outcome in _WELL else ERROR
        trouble = ""
        for pause in TRIES:
            await asyncio.sleep(pause)
            try:
                async with asyncio.timeout(BEGIN_SECONDS):
                    await self._pool.execute(_END, trace_id, operations, ended, status, outcome)
            except UNREACHABLE as error:
                trouble = type(error).__name__
            else:
                return
        _log.warning("een regel van het logboek dataverwerkingen blijft open", fout=trouble)


def _at(operation_id: bytes) -> str:
    return f"look_up/data_subject_id/{operation_id.hex()}"


_CLIENT = """
    SELECT gemeente, client_number, data_key_id, data_key FROM client WHERE gemeente = $1 AND client_number = $2
"""
# Of several data subjects each has an operation of its own below the one of the call.
_BEGIN = """
    INSERT INTO look_up (gemeente, client_number, journey_id, question, purpose, at, trace_id, operation_id,
        parent_operation_id, resource, status_code, processing_activity_id, data_subject_id)
    SELECT $1, $2, $3, $4, $5, now(), $6, operation, CASE WHEN operation <> $7::bytea THEN $7::bytea END, $8, 0, $9,
        subject
    FROM unnest($10::bytea[], $11::bytea[]) AS subjects (operation, subject)
    RETURNING at
"""
_END = """
    UPDATE look_up SET end_time = $3, status_code = $4, outcome = $5
    WHERE trace_id = $1 AND operation_id = ANY ($2::bytea[]) AND end_time IS NULL
"""
_OF_CLIENT = """
    SELECT journey_id, question, purpose, at AS start_time, end_time, status_code, outcome, trace_id, operation_id,
        parent_operation_id, foreign_operation, resource,
        coalesce(processing_activity_id, '') AS processing_activity_id, data_subject_id
    FROM look_up
    WHERE gemeente = $1 AND client_number = $2
    ORDER BY at, id
"""
