"""Who is behind a client number: registration, personal data, erasure."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

import asyncpg

from activities import notes, outbox, read_model
from activities.sealing import client_name, data_key, seal, unseal
from domain.base import Explained, Frozen
from domain.households import household_id, read_household_id
from domain.journey import journey_id, read_journey_id
from runtime.keys import DataKey, KeyRing


class ClientError(Explained):
    """What was asked of a client cannot be; the message is a Dutch sentence without personal data."""


class UnknownClient(ClientError):
    """There is no client with this number."""


class IdentityMismatch(ClientError):
    """The same reference came with another burgerservicenummer."""


class ErasureRefused(ClientError):
    """A journey of the client is still open."""


class Registration(NamedTuple):
    """Which journey a person has."""

    journey_id: str
    client_number: int
    journey_number: int
    state: Literal["nieuw", "aangemeld", "loopt"]
    """``nieuw``: registered now. ``aangemeld``: registered before, without a first entry in its journal:
    start it (again). ``loopt``: it runs."""
    registered_at: datetime
    new_client: bool
    """The client number was issued together with this journey."""


class Personal(Frozen):
    """The personal data of a client. ``erased``: it was there and nobody can read it any more."""

    bsn: str | None = None
    birth: date | None = None
    erased: bool = False


class Clients:
    """Registers clients and reads what is sealed with their keys.

    Args:
        pool: the database.
        keys: seals the key of each client, and makes the hash that finds a person again.
    """

    def __init__(self, pool: asyncpg.Pool, keys: KeyRing) -> None:
        self._pool = pool
        self._keys = keys

    async def register(
        self, *, gemeente: str, identity: str, bsn: str | None, birth: date | None = None, now: datetime
    ) -> Registration:
        """Find or make the client and the one journey that the client has now.

        Safe to repeat, and to call from any number of processes at once.

        Args:
            gemeente: code of the municipality; numbers are issued per municipality.
            identity: who it is, such as ``bsn:...`` or ``kenmerk:...``. Only a keyed hash is kept.
            bsn: burgerservicenummer, when there is one.
            birth: birth date, when known.
            now: when it was registered.

        Raises:
            IdentityMismatch: the client is known with another burgerservicenummer.
        """
        identity_hash = self.identity_hash(gemeente, identity)
        given = Personal(bsn=bsn, birth=birth)
        async with self._pool.acquire() as connection, connection.transaction():
            client = await connection.fetchrow(_FIND, gemeente, identity_hash)
            if client is None:
                await self.lock_numbers(connection, gemeente)
                # Somebody may have been first while this one waited for the counter.
                client = await connection.fetchrow(_FIND, gemeente, identity_hash)
            new_client = client is None
            if client is None:
                number = await self._next_number(connection, gemeente)
                await self._make_client(connection, gemeente, number, identity_hash, given, now)
            else:
                number = client["client_number"]
                await self._complete(connection, client, given)
            current = await connection.fetchrow(_CURRENT, gemeente, number)
            if current is not None:
                state: Literal["aangemeld", "loopt"] = "loopt" if current["seq"] else "aangemeld"
                return Registration(
                    current["journey_id"],
                    number,
                    current["journey_number"],
                    state,
                    current["registered_at"],
                    new_client=current["with_client"],
                )
            journey_number: int = await connection.fetchval(_NEXT_JOURNEY, gemeente, number)
            made = journey_id(gemeente, number, journey_number)
            await connection.execute(_REGISTER_JOURNEY, made, gemeente, number, journey_number, now)
            return Registration(made, number, journey_number, "nieuw", now, new_client=new_client)

    def identity_hash(self, gemeente: str, identity: str) -> bytes:
        """What finds a person again, per municipality: who is known here must not be found there."""
        return self._keys.keyed_hash(f"identity\x00{gemeente}\x00{identity}")

    async def relate(
        self, gemeente: str, client_number: int, others: Sequence[str], *, source: Literal["brp", "inwoner"]
    ) -> None:
        """Keep who is the partner of a client, as a keyed hash, in place of what the same source said before.

        Args:
            gemeente: whose client.
            client_number: about whom.
            others: who it is, such as ``bsn:...``; empty: there is none.
            source: who says so.
        """
        hashes = [self.identity_hash(gemeente, other) for other in others]
        async with self._pool.acquire() as connection, connection.transaction():
            record = await connection.fetchrow(f"{_CLIENT} FOR UPDATE", gemeente, client_number)
            if record is None or record["identity_hash"] is None:
                return
            await connection.execute(_UNRELATE, gemeente, record["identity_hash"], source)
            for other in hashes:
                if other != record["identity_hash"]:
                    await connection.execute(_RELATE, gemeente, record["identity_hash"], other, source)

    def child_ref(self, gemeente: str, bsn: str) -> str:
        """What journeys call a child of whom the BRP told: the same for both parents, and nobody's number."""
        return self._keys.keyed_hash(f"kind\x00{gemeente}\x00{bsn}")[:8].hex()

    async def lives_at(
        self, gemeente: str, client_number: int, address: str | None, *, question: str
    ) -> bool:
        """Keep where a client lives, as a keyed hash that only says who lives there too.

        Args:
            gemeente: whose client.
            client_number: who.
            address: identification of the object in the BAG; None: unknown or secret.
            question: which question this answers; an answer that is kept twice says the same twice.

        Returns:
            True when another address was known before, also when it was unknown in between.
        """
        kept = self._keys.keyed_hash(f"address\x00{gemeente}\x00{address}") if address else None
        before = await self._pool.fetchval(_LIVES_AT, gemeente, client_number, kept, question)
        return kept is not None and before is not None and before != kept

    async def new_household(
        self,
        connection: asyncpg.Connection,
        gemeente: str,
        now: datetime,
        taken: Callable[[str], Awaitable[bool]] | None = None,
    ) -> tuple[int, str]:
        """Issue the number of a household, with a key of its own, in a transaction that holds the counter.

        Args:
            connection: in that transaction.
            gemeente: whose household.
            now: when it was registered.
            taken: whether Temporal knows a household by this id. A database that was put back from a backup issues
                numbers again that it has lost; nobody may come into a household of strangers by that.

        Returns:
            The number, and the household's id.
        """
        number = await self._next_number(connection, gemeente)
        while taken is not None and await taken(household_id(gemeente, number)):
            number = await self._next_number(connection, gemeente)
        await self._make_client(connection, gemeente, number, None, Personal(), now, kind="huishouden")
        made = household_id(gemeente, number)
        await connection.execute(_REGISTER_JOURNEY, made, gemeente, number, 1, now)
        return number, made

    async def lock_numbers(self, connection: asyncpg.Connection, gemeente: str) -> None:
        """Hold the counter of a municipality until the transaction ends: whoever comes next waits."""
        await connection.execute(_COUNTER, gemeente)
        await connection.execute(_LOCK_COUNTER, gemeente)

    async def current(self, gemeente: str, identity: str) -> str | None:
        """The journey that a person has now; None: the person is unknown, or has none. Changes nothing.

        Args:
            gemeente: code of the municipality.
            identity: who it is, as for `register`.
        """
        identity_hash = self.identity_hash(gemeente, identity)
        found: str | None = await self._pool.fetchval(_CURRENT_OF, gemeente, identity_hash)
        return found

    async def take_back(self, registered: Registration) -> None:
        """Undo a registration that did not become a journey.

        Its melding was refused, or its client number turned out to be in use in Temporal: that happens after the
        database was put back from a backup, when the number was issued to somebody else in the time that was
        lost. A client number stays used up, so registering again gives the next one.
        """
        await self.take_back_number(registered.journey_id)

    async def take_back_number(self, journey_id: str) -> None:
        """Undo whatever registration holds this journey's number and has no journal yet."""
        found = read_journey_id(journey_id)
        assert found is not None
        gemeente, client_number, _ = found
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_TAKE_BACK_JOURNEY, journey_id)
            await connection.execute(_TAKE_BACK_CLIENT, gemeente, client_number)

    async def register_again(self, file: str, *, now: datetime) -> bool:
        """Make room again for a journey or household that Temporal holds and the database has lost.

        Args:
            file: its id.
            now: when it was registered again.

        Returns:
            True when the client was lost too: who it is has to be found out (`identify`).
        """
        found = read_journey_id(file)
        assert found is not None
        gemeente, client_number, journey_number = found
        kind = "persoon" if read_household_id(file) is None else "huishouden"
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_COUNTER, gemeente)
            await connection.execute(_RAISE_COUNTER, gemeente, client_number)
            lost = await connection.fetchrow(_CLIENT, gemeente, client_number) is None
            if lost:
                await self._make_client(connection, gemeente, client_number, None, Personal(), now, kind=kind)
            taken = await connection.fetchrow(_CURRENT, gemeente, client_number) is not None
            await connection.execute(
                _REGISTER_AGAIN, file, gemeente, client_number, journey_number, not taken, now
            )
        return lost

    async def identify(self, gemeente: str, client_number: int, *, identity: str, bsn: str | None) -> None:
        """Say who a client is whose identity was lost.

        Raises:
            UnknownClient: there is no such client.
            IdentityMismatch: it is known who this client is, or this person is another client.
        """
        name = client_name(gemeente, client_number)
        identity_hash = self.identity_hash(gemeente, identity)
        async with self._pool.acquire() as connection, connection.transaction():
            record = await connection.fetchrow(f"{_CLIENT} FOR UPDATE", gemeente, client_number)
            if record is None:
                raise _unknown(gemeente, client_number)
            if record["identity_hash"] is not None and record["identity_hash"] != identity_hash:
                raise IdentityMismatch(
                    f"Geweigerd: van cliënt {name} is al bekend wie het is. Controleer het cliëntnummer."
                )
            other = await connection.fetchrow(_FIND, gemeente, identity_hash)
            if other is not None and other["client_number"] != client_number:
                raise IdentityMismatch(
                    f"Geweigerd: deze persoon is al cliënt {client_name(gemeente, other['client_number'])}. "
                    f"Beëindig een van de twee klantroutes, of controleer wie cliënt {name} is."
                )
            key = data_key(self._keys, record)
            if key is None:
                raise IdentityMismatch(f"Geweigerd: de gegevens van cliënt {name} zijn gewist.")
            known = self._personal(record)
            sealed = _seal_personal(
                key, gemeente, client_number, known.model_copy(update={"bsn": bsn or known.bsn})
            )
            await connection.execute(_IDENTIFY, gemeente, client_number, identity_hash, sealed)

    async def is_registered(self, journey_id: str) -> bool:
        """Whether this journey was registered."""
        return await self._pool.fetchval(_IS_REGISTERED, journey_id) is not None

    async def personal(self, gemeente: str, client_number: int) -> Personal:
        """The personal data of a client.

        Raises:
            UnknownClient: there is no such client.
            KeyRingError: the data was changed outside the program, or the key ring misses a key.
        """
        record = await self._pool.fetchrow(_CLIENT, gemeente, client_number)
        if record is None:
            raise _unknown(gemeente, client_number)
        return self._personal(record)

    async def bsn(self, gemeente: str, client_number: int) -> str | None:
        """The burgerservicenummer; None: there is none, or it was erased.

        Raises:
            UnknownClient: there is no such client.
            KeyRingError: see `personal`.
        """
        return (await self.personal(gemeente, client_number)).bsn

    async def erase(self, gemeente: str, client_number: int) -> None:
        """Destroy the key of a client, and what links the number to a person. There is no way back.

        What was sealed reads as erased afterwards; codes, dates and counts stay. Whoever comes back later is
        a new client. Doing it twice changes nothing. A backup from before still holds the wrapped key: it
        has to go as well.

        Raises:
            UnknownClient: there is no such client.
            ErasureRefused: a journey is open.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            record = await connection.fetchrow(f"{_CLIENT} FOR UPDATE", gemeente, client_number)
            if record is None:
                raise _unknown(gemeente, client_number)
            still_open = await connection.fetchval(_OPEN, gemeente, client_number)
            if still_open is not None:
                raise ErasureRefused(
                    f"Cliënt {client_name(gemeente, client_number)} kan niet gewist worden: {still_open} is "
                    "nog open. Beëindig de klantroute eerst."
                )
            if record["identity_hash"] is not None:
                await connection.execute(_FORGET_RELATED, gemeente, record["identity_hash"])
            await connection.execute(_ERASE, gemeente, client_number)
            # What a household holds is about its members: it goes with the last of them.
            for row in await connection.fetch(_ERASE_EMPTY_HOUSEHOLDS, gemeente, client_number):
                household: int = row["household_number"]
                await connection.execute(_ERASE, gemeente, household)
                await read_model.forget_texts(connection, gemeente, household)
                await outbox.forget_texts(connection, gemeente, household)
                await notes.forget_texts(connection, gemeente, household)
            await connection.execute(_ERASE_JOURNEYS, gemeente, client_number)
            await read_model.forget_texts(connection, gemeente, client_number)
            await outbox.forget_texts(connection, gemeente, client_number)
            await notes.forget_texts(connection, gemeente, client_number)

    async def _make_client(
        self,
        connection: asyncpg.Connection,
        gemeente: str,
        number: int,
        identity_hash: bytes | None,
        given: Personal,
        now: datetime,
        *,
        kind: str = "persoon",
    ) -> None:
        key = self._keys.new_data_key()
        wrapped = self._keys.wrap(key, client=client_name(gemeente, number))
        personal = _seal_personal(key, gemeente, number, given)
        await connection.execute(
            _MAKE_CLIENT, gemeente, number, identity_hash, wrapped.key_id, wrapped.blob, personal, now, kind
        )

    async def _next_number(self, connection: asyncpg.Connection, gemeente: str) -> int:
        number: int = await connection.fetchval(_NEXT_CLIENT, gemeente)
        return number

    async def _complete(self, connection: asyncpg.Connection, record: Any, given: Personal) -> None:
        """Add what was not known before. A birth date may be put right, a burgerservicenummer not."""
        known = self._personal(record)
        if known.bsn is not None and given.bsn is not None and known.bsn != given.bsn:
            raise IdentityMismatch(
                f"De aanmelding is geweigerd: cliënt "
                f"{client_name(record['gemeente'], record['client_number'])} is bekend met een ander "
                "burgerservicenummer. Controleer of het dezelfde persoon is."
            )
        full = Personal(bsn=known.bsn or given.bsn, birth=given.birth or known.birth)
        key = data_key(self._keys, record)
        if full != known and key is not None:
            gemeente, number = record["gemeente"], record["client_number"]
            sealed = _seal_personal(key, gemeente, number, full)
            await connection.execute(_CHANGE_PERSONAL, gemeente, number, sealed)

    def _personal(self, record: Any) -> Personal:
        place = _personal_at(record["gemeente"], record["client_number"])
        said = unseal(data_key(self._keys, record), record["personal"], place)
        return Personal(erased=True) if said is None else Personal.model_validate(said)


def _seal_personal(key: DataKey, gemeente: str, client_number: int, personal: Personal) -> bytes:
    said = personal.model_dump(mode="json", exclude={"erased"})
    return seal(key, said, _personal_at(gemeente, client_number))


def _personal_at(gemeente: str, client_number: int) -> str:
    return f"client/personal/{client_name(gemeente, client_number)}"


def _unknown(gemeente: str, client_number: int) -> UnknownClient:
    return UnknownClient(
        f"Cliënt {client_name(gemeente, client_number)} bestaat niet. Controleer het cliëntnummer."
    )


_FIND = """
    SELECT gemeente, client_number, data_key_id, data_key, personal FROM client
    WHERE gemeente = $1 AND identity_hash = $2
    FOR UPDATE
"""
_COUNTER = """
    INSERT INTO client_counter (gemeente, last_client_number) VALUES ($1, 0) ON CONFLICT DO NOTHING
"""
_LOCK_COUNTER = "SELECT 1 FROM client_counter WHERE gemeente = $1 FOR UPDATE"
_NEXT_CLIENT = """
    UPDATE client_counter SET last_client_number = last_client_number + 1 WHERE gemeente = $1
    RETURNING last_client_number
"""
_MAKE_CLIENT = """
    INSERT INTO client (gemeente, client_number, identity_hash, data_key_id, data_key, personal,
        registered_at, kind)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_UNRELATE = "DELETE FROM related WHERE gemeente = $1 AND identity_hash = $2 AND source = $3"
_RELATE = """
    INSERT INTO related (gemeente, identity_hash, other_hash, source) VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING
"""
_LIVES_AT = """
    UPDATE client SET
        address_before = CASE WHEN address_question = $4 THEN address_before
            ELSE coalesce(address_hash, address_before) END,
        address_hash = $3,
        address_question = $4
    WHERE gemeente = $1 AND client_number = $2 AND erased_at IS NULL
    RETURNING address_before
"""
_FORGET_RELATED = "DELETE FROM related WHERE gemeente = $1 AND $2 IN (identity_hash, other_hash)"
_ERASE_EMPTY_HOUSEHOLDS = """
    SELECT DISTINCT m.household_number FROM household_member m
    WHERE m.gemeente = $1 AND m.client_number = $2 AND NOT EXISTS (
        SELECT FROM household_member o JOIN client c USING (gemeente, client_number)
        WHERE o.gemeente = $1 AND o.household_number = m.household_number AND c.erased_at IS NULL)
"""
_CHANGE_PERSONAL = "UPDATE client SET personal = $3 WHERE gemeente = $1 AND client_number = $2"
_CURRENT = """
    SELECT j.journey_id, j.journey_number, j.seq, j.registered_at,
        j.journey_number = 1 AND j.registered_at = c.registered_at AS with_client
    FROM journey j JOIN client c USING (gemeente, client_number)
    WHERE j.gemeente = $1 AND j.client_number = $2 AND j.current
"""
_CURRENT_OF = """
    SELECT j.journey_id FROM journey j JOIN client c USING (gemeente, client_number)
    WHERE c.gemeente = $1 AND c.identity_hash = $2 AND j.current AND j.seq > 0
"""
_NEXT_JOURNEY = """
    SELECT coalesce(max(journey_number), 0) + 1 FROM journey WHERE gemeente = $1 AND client_number = $2
"""
_REGISTER_JOURNEY = """
    INSERT INTO journey (journey_id, gemeente, client_number, journey_number, current, registered_at)
    VALUES ($1, $2, $3, $4, true, $5)
"""
_IS_REGISTERED = "SELECT 1 FROM journey WHERE journey_id = $1"
_CLIENT = """
    SELECT gemeente, client_number, identity_hash, data_key_id, data_key, personal FROM client
    WHERE gemeente = $1 AND client_number = $2
"""
_TAKE_BACK_JOURNEY = "DELETE FROM journey WHERE journey_id = $1 AND seq = 0"
_TAKE_BACK_CLIENT = """
    DELETE FROM client c WHERE gemeente = $1 AND client_number = $2
        AND NOT EXISTS (
            SELECT FROM journey j WHERE j.gemeente = c.gemeente AND j.client_number = c.client_number)
"""
_RAISE_COUNTER = """
    UPDATE client_counter SET last_client_number = greatest(last_client_number, $2) WHERE gemeente = $1
"""
_REGISTER_AGAIN = """
    INSERT INTO journey (journey_id, gemeente, client_number, journey_number, current, registered_at)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
"""
_IDENTIFY = """
    UPDATE client SET identity_hash = $3, personal = $4 WHERE gemeente = $1 AND client_number = $2
"""
_OPEN = """
    SELECT journey_id FROM overview WHERE gemeente = $1 AND client_number = $2 AND status = 'open' LIMIT 1
"""
_ERASE = """
    UPDATE client SET identity_hash = NULL, data_key_id = NULL, data_key = NULL, personal = NULL,
        address_hash = NULL, address_before = NULL, address_question = NULL,
        erased_at = coalesce(erased_at, now())
    WHERE gemeente = $1 AND client_number = $2
"""
_ERASE_JOURNEYS = """
    UPDATE journey SET final_state = NULL, current = false WHERE gemeente = $1 AND client_number = $2
"""
