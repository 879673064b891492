"""The journal: what happened in every journey, for ever, each entry chained to the one before it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

import asyncpg
import structlog
from prometheus_client import Counter
from pydantic import JsonValue

from activities import outbox, read_model
from activities.sealing import ERASED, data_key, fingerprint, seal, storable, unseal
from domain.base import Explained, Frozen
from domain.change import state_from
from domain.happenings import Event
from domain.journey import JourneyState
from domain.projection import JournalEntry
from runtime.keys import DataKey, KeyRing, TamperedError

WRITTEN = "meedoen_journal"
"""Channel of ``pg_notify``; its payload is the journey's id."""

_log = structlog.get_logger(__name__)
_conflicts = Counter(
    "meedoen_journal_conflicts", "Journal entries that were refused because another one holds their place"
)


class JournalError(Explained):
    """An entry cannot be written; the message is a Dutch sentence."""


class JournalConflict(JournalError):
    """Another entry stands under this number. Trying again does not help: people must look."""

    def __init__(self, journey_id: str, seq: int) -> None:
        super().__init__(
            f"Regel {seq} van {journey_id} is geweigerd: daar staat al iets anders. Temporal en het journaal "
            "spreken elkaar tegen; laat beheer ze naast elkaar leggen met 'meedoen reconcile'."
        )
        self.place = journey_id, seq


class JournalGap(JournalError):
    """An earlier entry is missing still. Trying again later helps."""


class UnknownJourney(JournalError):
    """Nobody registered this journey. Trying again does not help."""


class Written(Frozen):
    """One entry as it was read back. ``change`` is what it changed in the state (``domain.change``)."""

    journey_id: str
    seq: int
    kind: str
    name: str
    happening: dict[str, JsonValue] | None
    """None once the client was erased."""
    at: datetime
    handled_at: datetime
    late_seconds: int
    policy_hash: str
    events: tuple[Event, ...]
    written_at: datetime
    change: dict[str, JsonValue] = {}

    @property
    def erased(self) -> bool:
        return self.happening is None


class Head(NamedTuple):
    """Where the journal of a journey stands."""

    seq: int
    hash: bytes


class Rungs(NamedTuple):
    """The rungs of one entry, as the read model keeps them."""

    journey_id: str
    seq: int
    events: tuple[Event, ...]


class Told:
    """One journey as its journal tells it: read in bulk, opened when it is asked.

    Its methods raise ``KeyRingError`` when an entry was changed outside the program or a key is missing.
    """

    def __init__(self, keys: KeyRing, records: Sequence[Any]) -> None:
        last = records[-1]
        self.journey_id: str = last["journey_id"]
        self.seq: int = last["seq"]
        self.policy_hash: str = last["policy_hash"]
        self.written_at: datetime = last["written_at"]
        self._keys = keys
        self._records = records

    @cached_property
    def _said(self) -> list[dict[str, Any]]:
        key = data_key(self._keys, self._records[0])
        return [
            unseal(key, record["happening"], _sealed_at(record["journey_id"], record["seq"])) or {}
            for record in self._records
        ]

    def state(self) -> JourneyState | None:
        """See `Journal.state`; without the states that were left apart by journeys of before 0.2.0."""
        return state_from(said.get("change", {}) for said in self._said)

    def escalations(self) -> list[Rungs]:
        """Every entry in which a rung was delivered."""
        found = []
        for record, said in zip(self._records, self._said, strict=True):
            if any(event.get("event") == "escalated" for event in record["events"]):
                found.append(Rungs(self.journey_id, record["seq"], _events(record, said.get("texts"))))
        return found


class Journal:
    """Writes and reads the journal, and with it everything that is filled from it.

    Args:
        pool: the database.
        keys: opens the key of each client, and keys the chain of hashes.
        mail_domain: right-hand side of the Message-ID of every message.
    """

    def __init__(self, pool: asyncpg.Pool, keys: KeyRing, mail_domain: str) -> None:
        self._pool = pool
        self._keys = keys
        self._mail_domain = mail_domain

    async def write(self, entries: Sequence[JournalEntry]) -> None:
        """Write entries, what screens show of them, and their messages: all of it or nothing.

        An entry that stands there already with the same content changes nothing.

        Args:
            entries: decisions in order, of one journey or several.

        Raises:
            JournalConflict: another entry stands under the number of one of these.
            JournalGap: the entry before one of these is not there.
            UnknownJourney: a journey was never registered.
        """
        if not entries:
            return
        try:
            await self._write(entries)
        except JournalConflict as conflict:
            # For the watchdog: what is refused leaves no other trace in the database.
            await self._pool.execute(_REFUSED, *conflict.place)
            raise

    async def _write(self, entries: Sequence[JournalEntry]) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            places = await self._lock(connection, {entry.journey_id for entry in entries})
            fresh = [entry for entry in entries if await self._is_new(connection, places, entry)]
            if not fresh:
                return
            now: datetime = await connection.fetchval("SELECT now()")
            rows = [self._chain(places[entry.journey_id], entry, now) for entry in fresh]
            await connection.executemany(_INSERT, rows)
            generation = await read_model.in_use(connection)
            await read_model.add_escalations(connection, fresh, generation)
            messages = await outbox.put(connection, fresh, self._mail_domain)
            for entry in {entry.journey_id: entry for entry in fresh}.values():
                await self._show(connection, places[entry.journey_id], entry, generation, now)
                await connection.execute("SELECT pg_notify($1, $2)", WRITTEN, entry.journey_id)
            if messages:
                await connection.execute("SELECT pg_notify($1, '')", outbox.WAITING)

    async def entries(self, journey_id: str, connection: asyncpg.Connection | None = None) -> list[Written]:
        """Everything that happened in one journey, in order; of an erased client without what it said.

        Args:
            journey_id: which journey.
            connection: to read within its transaction; None: any of the pool.

        Raises:
            KeyRingError: an entry was changed outside the program, or the key ring misses a key.
        """
        records = await (connection or self._pool).fetch(_READ, journey_id)
        if not records:
            return []
        first = records[0]
        # One client per journey, so one key opens them all.
        key = data_key(self._keys, first)
        return [_written(key, record) for record in records]

    async def told(self, journeys: Sequence[str], connection: asyncpg.Connection) -> list[Told]:
        """Many journeys at once, those without any entry left out.

        Args:
            journeys: which.
            connection: to read within its transaction.

        Raises:
            KeyRingError: see `entries`.
        """
        records = await connection.fetch(_READ_MANY, list(journeys))
        found = []
        for _, of_one in groupby(records, key=lambda record: record["journey_id"]):
            found.append(Told(self._keys, list(of_one)))
        return found

    async def state(self, journey_id: str) -> JourneyState | None:
        """The state of a journey as its journal tells it.

        Returns:
            None: nothing is known of it, its client was erased, or its journal is of before release 0.2.0.

        Raises:
            KeyRingError: see `entries`.
            ValidationError: the state does not load in this release.
        """
        state = state_from(entry.change for entry in await self.entries(journey_id))
        if state is not None:
            return state
        # Journeys that closed before the journal held states left theirs apart.
        record = await self._pool.fetchrow(_FINAL_STATE, journey_id)
        if record is None:
            return None
        said = unseal(data_key(self._keys, record), record["final_state"], _final_state_at(journey_id))
        return None if said is None else JourneyState.model_validate(said)

    async def verify(self, journey_id: str) -> list[str]:
        """Whether the journal of a journey is as it was written.

        Returns:
            A Dutch sentence for each fault; empty: all is well.

        Raises:
            UnknownJourney: it was never registered.
        """
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            journey = await connection.fetchrow(_LAST, journey_id)
            if journey is None:
                raise _unknown(journey_id)
            records = await connection.fetch(_READ, journey_id)
        faults = []
        previous, expected = b"", 1
        for record in records:
            place = f"{journey_id}, regel {record['seq']}"
            if record["seq"] != expected:
                faults.append(f"{place}: regel {expected} ontbreekt.")
            if record["previous_hash"] != previous:
                faults.append(f"{place}: sluit niet aan op de regel ervoor.")
            if record["hash"] != self._hash(tuple(record[name] for name in _HASHED)):
                faults.append(f"{place}: is veranderd nadat zij geschreven was.")
            else:
                try:
                    _written(data_key(self._keys, record), record)
                except TamperedError:
                    faults.append(f"{place}: de inhoud is niet te openen.")
            previous, expected = record["hash"], record["seq"] + 1
        if (expected - 1, previous) != (journey["seq"], journey["last_hash"]):
            faults.append(f"{journey_id}: het journaal eindigt niet bij regel {journey['seq']}.")
        return faults

    async def agrees(self, entry: JournalEntry) -> bool:
        """Whether an entry stands in the journal as it is given here. Changes nothing and alarms nobody."""
        record = await self._pool.fetchrow(_STANDS_WITH_KEY, entry.journey_id, entry.seq)
        return record is not None and _same(data_key(self._keys, record), record, entry)

    async def heads(self) -> dict[str, Head]:
        """Of every journey with a journal: where it stands."""
        return {
            record["journey_id"]: Head(record["seq"], record["last_hash"])
            for record in await self._pool.fetch(_HEADS)
        }

    async def stands(self, journey_id: str, head: Head) -> bool:
        """Whether an entry that stood in a journal once stands there still."""
        return bool(await self._pool.fetchval(_HASH_AT, journey_id, head.seq) == head.hash)

    async def _lock(self, connection: asyncpg.Connection, wanted: set[str]) -> dict[str, "_Place"]:
        records = await connection.fetch(_LOCK, list(wanted))
        places = {record["journey_id"]: _Place(record, data_key(self._keys, record)) for record in records}
        for journey_id in sorted(wanted - places.keys()):
            raise _unknown(journey_id)
        return places

    async def _is_new(
        self, connection: asyncpg.Connection, places: dict[str, "_Place"], entry: JournalEntry
    ) -> bool:
        place = places[entry.journey_id]
        if entry.seq > place.claimed + 1:
            raise JournalGap(
                f"Regel {entry.seq} van {entry.journey_id} wacht: regel {place.claimed + 1} is nog niet "
                "geschreven. Het gaat vanzelf verder als die er is."
            )
        if entry.seq == place.claimed + 1:
            place.claimed = entry.seq
            place.fresh[entry.seq] = entry
            return True
        if entry.seq in place.fresh:
            same = _content(place.fresh[entry.seq]) == _content(entry)
        else:
            stands = await connection.fetchrow(_STANDS, entry.journey_id, entry.seq)
            same = stands is not None and _same(place.key, stands, entry)
        if not same:
            _conflicts.inc()
            _log.critical(
                "alarm: op deze regel van het journaal staat al iets anders",
                klantroute=entry.journey_id,
                regel=entry.seq,
            )
            raise JournalConflict(entry.journey_id, entry.seq)
        return False

    def _chain(self, place: "_Place", entry: JournalEntry, now: datetime) -> tuple[Any, ...]:
        """The row of a new entry; ``place`` moves on to it."""
        sealed = content = None
        if place.key is not None:
            # What an event says in words may be about the person; what happened when is statistics.
            said = {
                "happening": entry.happening,
                "texts": [event.text for event in entry.events],
                "change": entry.change,
            }
            sealed = seal(place.key, said, _sealed_at(entry.journey_id, entry.seq))
            content = fingerprint(place.key, _content(entry))
        row = (
            entry.journey_id,
            entry.seq,
            entry.kind,
            entry.name,
            sealed,
            entry.at.astimezone(UTC),
            entry.handled_at.astimezone(UTC),
            entry.late_seconds,
            entry.policy_hash,
            [storable(event.model_dump(mode="json", exclude_defaults=True, exclude={"text"}))
             for event in entry.events],
            now,
            content,
            place.last_hash,
        )  # fmt: skip
        place.last_hash = self._hash(row)
        return (*row, place.last_hash)

    async def _show(
        self,
        connection: asyncpg.Connection,
        place: "_Place",
        entry: JournalEntry,
        generation: int,
        now: datetime,
    ) -> None:
        current = await read_model.holds_place(connection, entry.snapshot, place.current)
        await connection.execute(_MOVE_ON, entry.journey_id, entry.seq, place.last_hash, current)
        await read_model.show(connection, entry.snapshot, generation=generation, seq=entry.seq, now=now)

    def _hash(self, row: tuple[Any, ...]) -> bytes:
        # Keyed: who can write in the database still cannot make a chain that fits.
        text = json.dumps([_plain(value) for value in row], sort_keys=True, separators=(",", ":"))
        return self._keys.keyed_hash(f"journal\x00{text}")


class _Place:
    """Where the journal of one journey stands during a write."""

    def __init__(self, record: Any, key: DataKey | None) -> None:
        self.key = key
        self.claimed: int = record["seq"]
        self.fresh: dict[int, JournalEntry] = {}
        self.last_hash: bytes = record["last_hash"]
        self.current: bool = record["current"]


def _final_state_at(journey_id: str) -> str:
    return f"journey/final_state/{journey_id}"


def _sealed_at(journey_id: str, seq: int) -> str:
    return f"journal/happening/{journey_id}/{seq}"


def _content(entry: JournalEntry) -> str:
    # Not the snapshot and the change: they follow from the rest. And no defaults: a field that a later
    # release adds may not turn a retried write into another content.
    told = entry.model_dump(mode="json", exclude_defaults=True, exclude={"snapshot", "change"})
    return json.dumps(told, sort_keys=True, separators=(",", ":"))


def _same(key: DataKey | None, stands: Any, entry: JournalEntry) -> bool:
    if key is not None and stands["content_hash"] is not None:
        return bool(stands["content_hash"] == fingerprint(key, _content(entry)))
    # Of an erased client only this can still be compared.
    return (stands["kind"], stands["name"], stands["at"], stands["handled_at"]) == (
        entry.kind,
        entry.name,
        entry.at,
        entry.handled_at,
    )


def _written(key: DataKey | None, record: Any) -> Written:
    said = unseal(key, record["happening"], _sealed_at(record["journey_id"], record["seq"]))
    return Written(
        journey_id=record["journey_id"],
        seq=record["seq"],
        kind=record["kind"],
        name=record["name"],
        happening=said["happening"] if said else None,
        change=said.get("change", {}) if said else {},
        at=record["at"],
        handled_at=record["handled_at"],
        late_seconds=record["late_seconds"],
        policy_hash=record["policy_hash"],
        events=_events(record, said["texts"] if said else None),
        written_at=record["written_at"],
    )


def _events(record: Any, texts: Sequence[str] | None) -> tuple[Event, ...]:
    if texts is None:
        texts = [ERASED] * len(record["events"])
    return tuple(
        Event.model_validate({**event, "text": text})
        for event, text in zip(record["events"], texts, strict=True)
    )


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value


def _unknown(journey_id: str) -> UnknownJourney:
    return UnknownJourney(
        f"{journey_id} is niet geregistreerd, dus er kan niets over worden vastgelegd. Registreer de cliënt "
        "eerst; dat geeft het nummer van de klantroute uit."
    )


_HASHED = (
    "journey_id",
    "seq",
    "kind",
    "name",
    "happening",
    "at",
    "handled_at",
    "late_seconds",
    "policy_hash",
    "events",
    "written_at",
    "content_hash",
    "previous_hash",
)
_INSERT = f"""
    INSERT INTO journal ({", ".join(_HASHED)}, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
"""
# Locked in order of id, so that two writers never wait for each other.
_LOCK = """
    SELECT j.journey_id, j.gemeente, j.client_number, j.seq, j.last_hash, j.current,
        c.data_key_id, c.data_key
    FROM journey j JOIN client c USING (gemeente, client_number)
    WHERE j.journey_id = ANY ($1::text[])
    ORDER BY j.journey_id
    FOR NO KEY UPDATE OF j
"""
_STANDS = """
    SELECT kind, name, at, handled_at, content_hash FROM journal WHERE journey_id = $1 AND seq = $2
"""
_STANDS_WITH_KEY = """
    SELECT e.kind, e.name, e.at, e.handled_at, e.content_hash, c.gemeente, c.client_number, c.data_key_id,
        c.data_key
    FROM journal e JOIN journey j USING (journey_id) JOIN client c USING (gemeente, client_number)
    WHERE e.journey_id = $1 AND e.seq = $2
"""
_READ = """
    SELECT e.*, c.gemeente, c.client_number, c.data_key_id, c.data_key
    FROM journal e JOIN journey j USING (journey_id) JOIN client c USING (gemeente, client_number)
    WHERE e.journey_id = $1
    ORDER BY e.seq
"""
_READ_MANY = """
    SELECT e.*, c.gemeente, c.client_number, c.data_key_id, c.data_key
    FROM journal e JOIN journey j USING (journey_id) JOIN client c USING (gemeente, client_number)
    WHERE e.journey_id = ANY ($1::text[])
    ORDER BY e.journey_id, e.seq
"""
# Also those that say that they have no entry and have one.
_HEADS = """
    SELECT j.journey_id, j.seq, j.last_hash FROM journey j
    WHERE j.seq > 0 OR EXISTS (SELECT FROM journal e WHERE e.journey_id = j.journey_id)
    ORDER BY j.journey_id
"""
_HASH_AT = "SELECT hash FROM journal WHERE journey_id = $1 AND seq = $2"
_LAST = "SELECT seq, last_hash FROM journey WHERE journey_id = $1"
_MOVE_ON = "UPDATE journey SET seq = $2, last_hash = $3, current = $4 WHERE journey_id = $1"
_FINAL_STATE = """
    SELECT j.final_state, c.gemeente, c.client_number, c.data_key_id, c.data_key
    FROM journey j JOIN client c USING (gemeente, client_number)
    WHERE j.journey_id = $1
"""
_REFUSED = """
    INSERT INTO journal_refusal (journey_id, seq) VALUES ($1, $2)
    ON CONFLICT (journey_id, seq) DO UPDATE
    SET last_at = now(), times = journal_refusal.times + 1
"""
