"""The tables that screens, worklists and indicators read, filled from a journey's snapshot.

They hold nothing that the journal could not tell again, and each row belongs to a generation: a rebuild
fills the next one while screens read this one (``activities.rebuild``).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import asyncpg
import structlog

from activities.sealing import ERASED, storable
from domain.happenings import Event
from domain.households import HOUSEHOLD
from domain.projection import EvidenceRow, Snapshot, TaskRow, TermRow

SWAP_LOCK = 7_370_150_002
"""Any number, as long as it is always this one: writers share it, who swaps generations holds it alone."""

_log = structlog.get_logger(__name__)


async def in_use(connection: asyncpg.Connection) -> int:
    """The generation of the tables that screens read, held in use until the transaction ends.

    A rebuild that has the next generation ready waits for this transaction, and later ones wait for it.
    """
    await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", SWAP_LOCK)
    generation: int = await connection.fetchval("SELECT active FROM read_model")
    return generation


async def show(
    connection: asyncpg.Connection, shown: Snapshot, *, generation: int, seq: int, now: datetime
) -> None:
    """Make a journey look like its snapshot. The caller has locked the journey and checked ``seq``.

    Args:
        connection: in a transaction.
        shown: what to show.
        generation: in which generation of the tables.
        seq: the journal entry that the snapshot belongs to.
        now: when it is written.
    """
    values = storable(shown.model_dump(include=set(_JOURNEY_COLUMNS)))
    await connection.execute(
        _SHOW_JOURNEY,
        generation,
        shown.journey_id,
        seq,
        now,
        *(values[column] for column in _JOURNEY_COLUMNS),
    )
    await _replace(connection, _TERMS, generation, shown.journey_id, shown.terms)
    await _replace(connection, _TASKS, generation, shown.journey_id, shown.tasks)
    if shown.route == HOUSEHOLD:
        await _replace(connection, _EVIDENCE, generation, shown.journey_id, shown.evidence)


async def fill(
    connection: asyncpg.Connection, shown: Sequence[tuple[Snapshot, int, datetime]], generation: int
) -> None:
    """Put many journeys in a generation that nobody reads yet, in place of what stood there of them.

    Args:
        connection: in a transaction.
        shown: of each journey what to show, its last entry, and when that was written.
        generation: which generation.
    """
    ids = [journey.journey_id for journey, _, _ in shown]
    for table in TABLES:
        await connection.execute(
            f"DELETE FROM {table} WHERE generation = $1 AND journey_id = ANY ($2::text[])", generation, ids
        )
    place = {"generation": generation}
    journeys, terms, tasks, evidence = [], [], [], []
    for journey, seq, at in shown:
        of = place | {"journey_id": journey.journey_id}
        journeys.append(
            of
            | {"seq": seq, "updated_at": at.isoformat()}
            | storable(journey.model_dump(mode="json", include=set(_JOURNEY_COLUMNS)))
        )
        terms += [of | storable(row.model_dump(mode="json")) for row in journey.terms]
        tasks += [of | storable(row.model_dump(mode="json")) for row in journey.tasks]
        evidence += [of | storable(row.model_dump(mode="json")) for row in journey.evidence]
    for table, rows in (
        ("journey_row", journeys),
        ("term_row", terms),
        ("task_row", tasks),
        ("evidence_row", evidence),
    ):
        columns = ", ".join(("generation", "journey_id", *COLUMNS[table]))
        await connection.execute(
            f"INSERT INTO {table} ({columns}) "
            f"SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb)",
            rows,
        )


async def take_over(connection: asyncpg.Connection, journeys: Sequence[str], generation: int) -> None:
    """Copy the rows of journeys that their journal cannot tell from the generation in use."""
    for table in TABLES:
        columns = ", ".join(("journey_id", *COLUMNS[table]))
        await connection.execute(
            f"DELETE FROM {table} WHERE generation = $1 AND journey_id = ANY ($2::text[])",
            generation,
            list(journeys),
        )
        await connection.execute(
            f"INSERT INTO {table} (generation, {columns}) SELECT $1, {columns} FROM {table} "
            "WHERE generation = (SELECT active FROM read_model) AND journey_id = ANY ($2::text[])",
            generation,
            list(journeys),
        )


async def differences(connection: asyncpg.Connection, one: int, other: int) -> int:
    """How many journeys stand otherwise in two generations that tell them up to the same entry."""
    unlike = " UNION ".join(
        f"(SELECT journey_id FROM (SELECT {columns} FROM {table} WHERE generation = {here} "
        f"EXCEPT SELECT {columns} FROM {table} WHERE generation = {there}) AS found_{number}{side})"
        for number, table in enumerate(TABLES)
        # When it was written differs for a good reason.
        for columns in [", ".join(("journey_id", *(set(COLUMNS[table]) - {"updated_at"})))]
        for side, here, there in (("a", "$1", "$2"), ("b", "$2", "$1"))
    )
    moved_on = """
        SELECT journey_id FROM journey_row a FULL JOIN journey_row b USING (journey_id)
        WHERE a.generation = $1 AND b.generation = $2 AND a.seq <> b.seq
    """
    count: int = await connection.fetchval(
        f"SELECT count(*) FROM (({unlike}) EXCEPT ({moved_on})) AS unlike", one, other
    )
    return count


class HasEvents(Protocol):
    """What tells of rungs: a decision that is being written, or an entry that was read back."""

    @property
    def journey_id(self) -> str: ...
    @property
    def seq(self) -> int: ...
    @property
    def events(self) -> tuple[Event, ...]: ...


async def add_escalations(
    connection: asyncpg.Connection, entries: Sequence[HasEvents], generation: int
) -> None:
    """Keep every rung that was delivered. Rows of an entry are written once, together with the entry."""
    rows = [
        (
            generation,
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


async def holds_place(connection: asyncpg.Connection, shown: Snapshot, current: bool) -> bool:
    """Whether a journey holds the one place of its client from now on.

    Args:
        connection: in a transaction that has locked the journey.
        shown: how it stands.
        current: whether it held the place until now.
    """
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
    generation: int,
    journey_id: str,
    rows: Sequence[TermRow] | Sequence[TaskRow] | Sequence[EvidenceRow],
) -> None:
    remove, put = statements
    await connection.execute(remove, generation, journey_id, [row.id for row in rows])
    if rows:
        place = {"generation": generation, "journey_id": journey_id}
        held = [place | storable(row.model_dump(mode="json")) for row in rows]
        await connection.execute(put, held)


def _replacing(table: str, columns: Sequence[str]) -> tuple[str, str]:
    """Two statements: remove what is gone, put the rest. Rows that did not change are not written."""

    def each(prefix: str = "") -> str:
        return ", ".join(f"{prefix}{column}" for column in columns)

    return (
        f"DELETE FROM {table} WHERE generation = $1 AND journey_id = $2 AND id <> ALL ($3::text[])",
        f"""
        INSERT INTO {table} (generation, journey_id, {each()})
        SELECT generation, journey_id, {each()} FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb)
        ON CONFLICT (generation, journey_id, id) DO UPDATE SET ({each()}) = ROW({each("excluded.")})
        WHERE ({each(f"{table}.")}) IS DISTINCT FROM ({each("excluded.")})
        """,
    )


def _columns(model: Any) -> tuple[str, ...]:
    return tuple(model.model_fields)


_TERMS = _replacing("term_row", _columns(TermRow))
_TASKS = _replacing("task_row", _columns(TaskRow))
_EVIDENCE = _replacing("evidence_row", _columns(EvidenceRow))

_JOURNEY_COLUMNS = (
    "status", "route", "stage", "next_step", "team", "person", "regisseur", "next_term", "next_due",
    "next_wake", "escalation", "open_tasks", "version", "secret",
)  # fmt: skip
_SHOW_JOURNEY = f"""
    INSERT INTO journey_row (generation, journey_id, seq, updated_at, {", ".join(_JOURNEY_COLUMNS)})
    VALUES ({", ".join(f"${number + 1}" for number in range(4 + len(_JOURNEY_COLUMNS)))})
    ON CONFLICT (generation, journey_id) DO UPDATE
    SET (seq, updated_at, {", ".join(_JOURNEY_COLUMNS)})
        = ROW(excluded.seq, excluded.updated_at, {", ".join(f"excluded.{name}" for name in _JOURNEY_COLUMNS)})
"""
COLUMNS = {
    "journey_row": ("seq", "updated_at", *_JOURNEY_COLUMNS),
    "term_row": _columns(TermRow),
    "task_row": _columns(TaskRow),
    "evidence_row": _columns(EvidenceRow),
    "escalation_row": (
        "seq", "position", "at", "stage", "term", "term_id", "due", "rung", "role", "text",
    ),
}  # fmt: skip
"""Of each table of the read model what stands there, beside generation and journey_id."""
TABLES = tuple(COLUMNS)
_LOCK_CLIENT = "SELECT 1 FROM client WHERE gemeente = $1 AND client_number = $2 FOR UPDATE"
_OTHER_CURRENT = """
    SELECT journey_id FROM journey
    WHERE gemeente = $1 AND client_number = $2 AND journey_id <> $3 AND current
"""
_ADD_ESCALATION = """
    INSERT INTO escalation_row
        (generation, journey_id, seq, position, at, stage, term, term_id, due, rung, role, text)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
_OF_CLIENT = "(SELECT journey_id FROM journey WHERE gemeente = $1 AND client_number = $2)"
_FORGET = (
    f"""
    UPDATE task_row SET text = $3, reasons = '{{}}', outcome = CASE WHEN outcome = '' THEN '' ELSE $3 END
    WHERE journey_id IN {_OF_CLIENT}
    """,
    f"UPDATE escalation_row SET text = $3 WHERE journey_id IN {_OF_CLIENT}",
)
