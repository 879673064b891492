"""The tables that screens, worklists and indicators read, filled from a journey's snapshot.

They hold nothing that the journal and the rules could not tell again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import structlog

from activities.sealing import ERASED, storable
from domain.projection import JournalEntry, Snapshot, TaskRow, TermRow

_log = structlog.get_logger(__name__)


async def show(
    connection: asyncpg.Connection,
    shown: Snapshot,
    *,
    seq: int,
    last_hash: bytes,
    final_state: bytes | None,
    current: bool,
    now: datetime,
) -> None:
    """Make a journey look like its snapshot. The caller has locked the journey and checked ``seq``.

    Args:
        connection: in a transaction.
        shown: what to show.
        seq: the journal entry that the snapshot belongs to.
        last_hash: the hash of that entry.
        final_state: the sealed state of a closed journey.
        current: whether the journey held the client's one place until now.
        now: when it is written.
    """
    current = await _holds_place(connection, shown, current)
    await connection.execute(
        _SHOW_JOURNEY,
        shown.journey_id,
        shown.status,
        current,
        shown.route,
        shown.stage,
        storable(shown.next_step),
        storable(shown.team),
        storable(shown.person),
        storable(shown.regisseur),
        shown.next_term,
        shown.next_due,
        shown.next_wake,
        shown.escalation,
        shown.open_tasks,
        shown.version,
        shown.secret,
        seq,
        last_hash,
        final_state,
        now,
    )
    await _replace(connection, _TERMS, shown.journey_id, shown.terms)
    await _replace(connection, _TASKS, shown.journey_id, shown.tasks)


async def add_escalations(connection: asyncpg.Connection, entries: Sequence[JournalEntry]) -> None:
    """Keep every rung that was delivered. Rows of an entry are written once, together with the entry."""
    rows = [
        (
            entry.journey_id,
            entry.seq,
            position,
            event.at,
            event.stage,
            event.term,
            event.term_id,
            event.due,
            event.rung,
            event.role,
            storable(event.text),
        )
        for entry in entries
        for position, event in enumerate(entry.events)
        if event.event == "escalated"
    ]
    if rows:
        await connection.executemany(_ADD_ESCALATION, rows)


async def forget_texts(connection: asyncpg.Connection, gemeente: str, client_number: int) -> None:
    """Empty what is about a person; codes, dates and counts stay for statistics."""
    for statement in _FORGET:
        await connection.execute(statement, gemeente, client_number, ERASED)


async def _holds_place(connection: asyncpg.Connection, shown: Snapshot, current: bool) -> bool:
    if shown.status == "gesloten":
        return False
    if current:
        return True
    # Open again after a withdrawn closing. Registering the client again waits for this lock.
    await connection.execute(_LOCK_CLIENT, shown.gemeente, shown.client_number)
    other = await connection.fetchval(_OTHER_CURRENT, shown.gemeente, shown.client_number, shown.journey_id)
    if other is None:
        return True
    _log.critical(
        "alarm: twee klantroutes van één cliënt zijn open; beëindig er een",
        klantroute=shown.journey_id,
        andere_klantroute=other,
    )
    return False


async def _replace(
    connection: asyncpg.Connection,
    statements: tuple[str, str],
    journey_id: str,
    rows: Sequence[TermRow] | Sequence[TaskRow],
) -> None:
    remove, put = statements
    await connection.execute(remove, journey_id, [row.id for row in rows])
    if rows:
        held = [{"journey_id": journey_id, **storable(row.model_dump(mode="json"))} for row in rows]
        await connection.execute(put, held)


def _replacing(table: str, columns: Sequence[str]) -> tuple[str, str]:
    """Two statements: remove what is gone, put the rest. Rows that did not change are not written."""

    def each(prefix: str = "") -> str:
        return ", ".join(f"{prefix}{column}" for column in columns)

    return (
        f"DELETE FROM {table} WHERE journey_id = $1 AND id <> ALL ($2::text[])",
        f"""
        INSERT INTO {table} (journey_id, {each()})
        SELECT journey_id, {each()} FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb)
        ON CONFLICT (journey_id, id) DO UPDATE SET ({each()}) = ROW({each("excluded.")})
        WHERE ({each(f"{table}.")}) IS DISTINCT FROM ({each("excluded.")})
        """,
    )


def _columns(model: Any) -> tuple[str, ...]:
    return tuple(model.model_fields)


_TERMS = _replacing("term", _columns(TermRow))
_TASKS = _replacing("task", _columns(TaskRow))

_SHOW_JOURNEY = """
    UPDATE journey SET status = $2, current = $3, route = $4, stage = $5, next_step = $6, team = $7,
        person = $8, regisseur = $9, next_term = $10, next_due = $11, next_wake = $12, escalation = $13,
        open_tasks = $14, version = $15, secret = $16, seq = $17, last_hash = $18, final_state = $19,
        updated_at = $20
    WHERE journey_id = $1
"""
_LOCK_CLIENT = "SELECT 1 FROM client WHERE gemeente = $1 AND client_number = $2 FOR UPDATE"
_OTHER_CURRENT = """
    SELECT journey_id FROM journey
    WHERE gemeente = $1 AND client_number = $2 AND journey_id <> $3 AND current
"""
_ADD_ESCALATION = """
    INSERT INTO escalation (journey_id, seq, position, at, stage, term, term_id, due, rung, role, text)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_OF_CLIENT = "(SELECT journey_id FROM journey WHERE gemeente = $1 AND client_number = $2)"
_FORGET = (
    f"""
    UPDATE task SET text = $3, reasons = '{{}}', outcome = CASE WHEN outcome = '' THEN '' ELSE $3 END
    WHERE journey_id IN {_OF_CLIENT}
    """,
    f"UPDATE escalation SET text = $3 WHERE journey_id IN {_OF_CLIENT}",
)
