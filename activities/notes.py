"""Free text about a resident. It lives here and nowhere else; an act only refers to it."""

import asyncpg

from activities.sealing import ERASED, data_key, fingerprint, seal, unseal
from domain.base import Explained
from runtime.keys import KeyRing

LOST = "[verloren gegaan bij een storing]"
"""Stands where a note was that nobody holds any more."""


class NoteError(Explained):
    """A note cannot be kept or found; the message is a Dutch sentence without its text."""


class Notes:
    """Keeps and reads notes, sealed with the key of the client.

    Args:
        pool: the database.
        keys: opens the key of each client.
    """

    def __init__(self, pool: asyncpg.Pool, keys: KeyRing) -> None:
        self._pool = pool
        self._keys = keys

    async def add(self, journey_id: str, act_id: str, text: str) -> str:
        """Keep the note that belongs to an act.

        Args:
            journey_id: which journey it is about.
            act_id: the act that will refer to it.
            text: what was said.

        Returns:
            The reference for ``Act.note``: the same for the same text with the same act, so that an act that
            is sent again is the same act, and one with another text is not.

        Raises:
            NoteError: the journey is unknown or its client was erased.
        """
        client = await self._pool.fetchrow(_CLIENT, journey_id)
        if client is None:
            raise NoteError(
                f"{journey_id} is niet geregistreerd; de notitie is niet bewaard. Controleer het nummer."
            )
        key = data_key(self._keys, client)
        if key is None:
            raise NoteError(f"De gegevens van {journey_id} zijn gewist; een notitie kan er niet meer bij.")
        note_id = fingerprint(key, f"note\x00{journey_id}\x00{act_id}\x00{text}")[:16].hex()
        await self._pool.execute(_ADD, note_id, journey_id, seal(key, text, _at(note_id)))
        return note_id

    async def was_lost(self, journey_id: str, note_id: str) -> None:
        """Say in the place of a note that it was lost; one that is there stays as it is."""
        client = await self._pool.fetchrow(_CLIENT, journey_id)
        key = None if client is None else data_key(self._keys, client)
        if key is not None:
            await self._pool.execute(_ADD, note_id, journey_id, seal(key, LOST, _at(note_id)))

    async def lost(self) -> list[tuple[str, str]]:
        """Journey and reference of every note that was lost. Opens them all: for an administrator only."""
        records = await self._pool.fetch(_ALL)
        return [
            (record["journey_id"], record["note_id"])
            for record in records
            if unseal(data_key(self._keys, record), record["sealed"], _at(record["note_id"])) == LOST
        ]

    async def read(self, note_id: str) -> str:
        """The text of a note, or ``[gewist]`` when its client was erased.

        Raises:
            NoteError: there is no such note.
            KeyRingError: the note was changed outside the program, or the key ring misses a key.
        """
        record = await self._pool.fetchrow(_READ, note_id)
        if record is None:
            raise NoteError(f"Er is geen notitie met kenmerk {note_id!r}. Controleer het kenmerk.")
        text = unseal(data_key(self._keys, record), record["sealed"], _at(note_id))
        return ERASED if text is None else str(text)


async def forget_texts(connection: asyncpg.Connection, gemeente: str, client_number: int) -> None:
    """Empty every note about a client; that there was one stays."""
    await connection.execute(_FORGET, gemeente, client_number)


def _at(note_id: str) -> str:
    return f"note/sealed/{note_id}"


_CLIENT = """
    SELECT c.gemeente, c.client_number, c.data_key_id, c.data_key
    FROM journey j JOIN client c USING (gemeente, client_number)
    WHERE j.journey_id = $1
"""
_ADD = """
    INSERT INTO note (note_id, journey_id, sealed, written_at) VALUES ($1, $2, $3, now())
    ON CONFLICT DO NOTHING
"""
_READ = """
    SELECT n.sealed, c.gemeente, c.client_number, c.data_key_id, c.data_key
    FROM note n JOIN journey j USING (journey_id) JOIN client c USING (gemeente, client_number)
    WHERE n.note_id = $1
"""
_ALL = """
    SELECT n.note_id, n.journey_id, n.sealed, c.gemeente, c.client_number, c.data_key_id, c.data_key
    FROM note n JOIN journey j USING (journey_id) JOIN client c USING (gemeente, client_number)
    WHERE n.sealed IS NOT NULL
    ORDER BY n.journey_id, n.note_id
"""
_FORGET = """
    UPDATE note SET sealed = NULL
    WHERE journey_id IN (SELECT journey_id FROM journey WHERE gemeente = $1 AND client_number = $2)
"""
