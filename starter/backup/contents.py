"""What the database of Meedoen holds, in numbers that tell two of them apart."""

import hashlib

import asyncpg

from starter.backup.manifest import Contents


async def contents(connection: asyncpg.Connection) -> Contents:
    """Count journeys and entries.

    Args:
        connection: as the owner; in a transaction, when it matters that nothing moves meanwhile.
    """
    digest = hashlib.sha256()
    journeys = 0
    async with connection.transaction():
        async for row in connection.cursor(_LAST):
            journeys += 1
            digest.update(f"{row['journey_id']} {row['seq']} {row['last_hash'].hex()}\n".encode())
    entries, last = await connection.fetchrow(_ENTRIES)
    keys = await connection.fetch(_KEYS)
    return Contents(
        journeys=journeys,
        entries=entries,
        last_written=last,
        digest=digest.hexdigest(),
        key_ids=tuple(row["data_key_id"] for row in keys),
    )


_LAST = 'SELECT journey_id, seq, last_hash FROM journey ORDER BY journey_id COLLATE "C"'
_ENTRIES = "SELECT count(*), max(written_at) FROM journal"
_KEYS = "SELECT DISTINCT data_key_id FROM client WHERE data_key_id IS NOT NULL ORDER BY data_key_id"
