"""Puts a backup back, beside what is there, and swaps at the end."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from runtime.settings import Settings
from starter.backup.address import Address
from starter.backup.contents import contents
from starter.backup.databases import KEPT, Server, beside
from starter.backup.errors import BackupDamaged, BackupError
from starter.backup.local_server import local_postgres, superuser_of
from starter.backup.make import MEEDOEN_DUMP, TEMPORAL_FILE, is_whole, temporal_dump
from starter.backup.manifest import Contents, Manifest, Part, settle
from starter.backup.places import Places, check_keys, connected
from starter.backup.programs import Programs

APP_ROLE = "meedoen_app"
_SQLITE_FILES = ("", "-wal", "-shm")


@dataclass(frozen=True)
class Loss:
    """What is there now and will not be after a restore."""

    entries: int
    journeys: int
    last_written: datetime | None
    erased: tuple[str, ...] = ()
    """Clients whose key was destroyed since: a restore brings the key back."""


@dataclass
class PutBack:
    """What a restore did."""

    manifest: Manifest
    kept: list[str] = field(default_factory=list)
    """Databases and files that were there before, under their new names."""
    erased: tuple[str, ...] = ()
    """Clients that have to be erased again."""


Confirm = Callable[[Manifest, Loss | None], Awaitable[bool]]


class NotConfirmed(BackupError):
    """A person did not want it after all."""


async def put_back(
    settings: Settings, folder: Path, *, only: Part | None, force: bool, confirm: Confirm
) -> PutBack:
    """Put a backup back; what was there is kept beside it.

    Args:
        settings: where everything goes.
        folder: the backup.
        only: one part; None: all that the backup holds.
        force: also when something still runs, or the keys do not fit.
        confirm: asks a person, who hears what will be lost.

    Raises:
        BackupDamaged: the backup is damaged or not whole; nothing was done.
        BackupError: it cannot be; nothing was changed.
        NotConfirmed: the person said no.
    """
    manifest = await asyncio.to_thread(Manifest.read, folder)
    parts = _parts(manifest, only)
    places = Places.of(settings)
    if not force:
        check_keys(settings, manifest.key_ids, manifest.key_mark)
    async with superuser(settings, places) as address:
        server = Server(address)
        wanted = _wanted(places, manifest, parts)
        if not force:
            await _nobody_works(settings, server, places, parts, [address.database for _, address in wanted])
        loss = await _loss(server, places, manifest) if "postgresql" in parts else None
        if not await confirm(manifest, loss):
            raise NotConfirmed("Er is niets veranderd.")
        done = await _restore(settings, folder, manifest, places, server, wanted, parts)
        done.erased = loss.erased if loss is not None else ()
        return done


async def _restore(
    settings: Settings, folder: Path, manifest: Manifest, places: Places, server: Server,
    wanted: list[tuple[str, Address]], parts: set[Part],
) -> PutBack:  # fmt: skip
    moment = await server.now()
    programs = await Programs.find(settings, max(manifest.postgres_version, await server.major()))
    done = PutBack(manifest)
    fresh: list[tuple[str, str, str]] = []
    try:
        for file, address in wanted:
            name = beside(address.database, "herstel", moment)
            fresh.append((name, address.database, beside(address.database, KEPT, moment)))
            await fill(server, programs, folder / file, address.at(name), like=address.database)
            if file == MEEDOEN_DUMP:
                await check_filled(address.at(name), manifest)
        file_in_place = _temporal_place(places)
        if "temporal" in parts and (folder / TEMPORAL_FILE).exists() and file_in_place is not None:
            ready = await asyncio.to_thread(_sqlite_beside, folder / TEMPORAL_FILE, file_in_place)
            done.kept += await server.swap(fresh)
            done.kept += await asyncio.to_thread(_swap_sqlite, ready, file_in_place, moment)
        else:
            done.kept += await server.swap(fresh)
    except BaseException:
        for name, _, _ in fresh:
            await asyncio.shield(server.drop(name))
        raise
    return done


async def fill(server: Server, programs: Programs, file: Path, address: Address, *, like: str) -> None:
    """Make a database and fill it from a dump, with the rights that it had.

    Args:
        server: where.
        programs: that fit.
        file: the dump.
        address: of the database to make, as its owner.
        like: the database whose doors it gets.
    """
    await server.make(address.database, address.role)
    await programs.restore(file, address)
    role = APP_ROLE if file.name == MEEDOEN_DUMP else None
    await server.let_in(address.database, like, role)
    async with connected(address) as connection:
        # Without this the first questions to a large database are slow.
        await connection.execute("ANALYZE")


async def check_filled(address: Address, manifest: Manifest) -> Contents:
    """Whether a database holds what the manifest says, with the right rights.

    Raises:
        BackupError: it does not.
    """
    async with connected(address) as connection:
        found = await contents(connection)
        may = await connection.fetchrow(_RIGHTS, APP_ROLE)
    if found != manifest.contents:
        expected = manifest.contents
        raise BackupDamaged(
            f"De reservekopie is niet goed: er horen {expected.entries if expected else 0} regels in het journaal "
            f"te staan en het zijn er {found.entries}, of ze sluiten niet aan. Neem een andere reservekopie."
        )
    if may is None or tuple(may) != (True, False, False):
        raise BackupError(
            f"De rechten van de rol {APP_ROLE} kloppen niet na het terugzetten: zij hoort regels aan het journaal "
            "toe te voegen en niet te veranderen. Kijk of de rollen in PostgreSQL goed gemaakt zijn."
        )
    return found


def _parts(manifest: Manifest, only: Part | None) -> set[Part]:
    if only is not None and only not in manifest.parts:
        raise BackupError(
            f"Deze reservekopie bevat geen {only}, alleen {' en '.join(manifest.parts)}. Kies een andere."
        )
    return {only} if only is not None else set(manifest.parts)


def _wanted(places: Places, manifest: Manifest, parts: set[Part]) -> list[tuple[str, Address]]:
    """Which dump goes into which database."""
    names = {stored.name for stored in manifest.files}
    wanted = [(MEEDOEN_DUMP, places.meedoen)] if "postgresql" in parts else []
    if "temporal" not in parts:
        return wanted
    if TEMPORAL_FILE in names:
        if places.temporal or _temporal_place(places) is None:
            raise BackupError(
                "Deze reservekopie van Temporal is van een lokale stack, en dit is er geen. Zet met --only "
                "postgresql alleen het journaal terug."
            )
        return wanted
    for address in places.temporal:
        if temporal_dump(address.database) not in names:
            raise BackupError(
                f"Deze reservekopie bevat geen database {address.database} van Temporal. Controleer "
                "MEEDOEN_TEMPORAL_DATABASE_URLS."
            )
        wanted.append((temporal_dump(address.database), address))
    if not places.temporal:
        places.need_temporal()
        raise BackupError(
            "Deze reservekopie van Temporal hoort bij PostgreSQL. Noem de databases in "
            "MEEDOEN_TEMPORAL_DATABASE_URLS, of zet met --only postgresql alleen het journaal terug."
        )
    return wanted


def _temporal_place(places: Places) -> Path | None:
    """Where the local stack looks for its file, also when it is gone."""
    if places.temporal_file is not None:
        return places.temporal_file
    return places.stack.temporal_database if places.stack is not None else None


@contextlib.asynccontextmanager
async def superuser(settings: Settings, places: Places) -> AsyncIterator[Address]:
    """An address that may make databases: of the settings, or of the local stack, which runs or is started."""
    if given := settings.superuser_database_url.get_secret_value():
        yield Address(given)
        return
    if places.stack is None:
        raise BackupError(
            "Databases maken en een andere naam geven mag alleen de beheerder van PostgreSQL. Noem zijn adres in "
            "MEEDOEN_SUPERUSER_DATABASE_URL."
        )
    address = superuser_of(places.stack, places.meedoen)
    try:
        async with connected(address):
            runs = True
    except BackupError:
        runs = False
    if runs:
        yield address
        return
    async with local_postgres(places):
        yield address


async def _nobody_works(
    settings: Settings, server: Server, places: Places, parts: set[Part], databases: list[str]
) -> None:
    """Refuse while something would go on writing to what is put aside.

    Raises:
        BackupError: names what runs.
    """
    running = []
    if await server.exists(places.meedoen.database):
        with contextlib.suppress(asyncpg.UndefinedTableError):
            async with connected(places.meedoen) as connection:
                if await connection.fetchval(_WORKERS):
                    running.append("een worker")
    for database in databases:
        running += [f"{who} in database {database}" for who in await server.users(database)]
    if "temporal" in parts and not places.temporal and await _answers(settings.temporal_address):
        running.append("Temporal")
    if running:
        raise BackupError(
            f"Er wordt niets teruggezet, want dit draait nog: {', '.join(dict.fromkeys(running))}. Stop eerst de "
            "workers en de andere processen van Meedoen"
            f"{', en Temporal' if 'temporal' in parts else ''}. Met --force gaat het toch door; wat ze dan nog "
            "schrijven gaat verloren."
        )


async def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        async with asyncio.timeout(3):
            _, writer = await asyncio.open_connection(host or "127.0.0.1", int(port))
    except (OSError, TimeoutError, ValueError):
        return False
    writer.close()
    return True


async def _loss(server: Server, places: Places, manifest: Manifest) -> Loss | None:
    if not await server.exists(places.meedoen.database):
        return None
    try:
        async with connected(places.meedoen) as connection:
            row = await connection.fetchrow(_SINCE, manifest.made_at)
            erased = await connection.fetch(_ERASED, manifest.made_at)
    except (asyncpg.PostgresError, BackupError):
        return None  # too damaged to count; that is what a restore is for
    return Loss(
        row["entries"], row["journeys"], row["last"], erased=tuple(record["client"] for record in erased)
    )


def _sqlite_beside(source: Path, place: Path) -> Path:
    ready = place.with_name(f"{place.name}.herstel")
    ready.unlink(missing_ok=True)
    shutil.copyfile(source, ready)
    ready.chmod(0o600)
    with closing(sqlite3.connect(ready)) as connection:
        whole = is_whole(connection)
    if not whole:
        ready.unlink()
        raise BackupDamaged(f"{source.name} is beschadigd. Neem een andere reservekopie; er is niets gedaan.")
    number = os.open(ready, os.O_RDONLY)
    os.fsync(number)
    os.close(number)
    return ready


def _swap_sqlite(ready: Path, place: Path, moment: datetime) -> list[str]:
    kept = []
    old = place.with_name(f"{place.name}.{KEPT}_{moment.astimezone(UTC):%Y%m%d_%H%M%S}")
    for end in _SQLITE_FILES:
        # The journal beside the file belongs to what was there; it would damage what comes.
        before = place.with_name(place.name + end)
        if before.exists():
            before.rename(old.with_name(old.name + end))
            kept.append(old.name + end)
    ready.rename(place)
    settle(place.parent, deep=False)
    return kept[:1]


_WORKERS = """
    SELECT EXISTS (SELECT FROM worker WHERE stopped_at IS NULL AND seen_at > now() - interval '30 seconds')
"""
_SINCE = """
    SELECT count(*) AS entries, count(DISTINCT journey_id) AS journeys, max(written_at) AS last FROM journal WHERE written_at > $1
"""
_ERASED = """
    SELECT gemeente || '-' || client_number AS client FROM client WHERE erased_at > $1
    ORDER BY gemeente, client_number
"""
_RIGHTS = """
    SELECT has_table_privilege($1, 'journal', 'INSERT'), has_table_privilege($1, 'journal', 'UPDATE'),
        has_table_privilege($1, 'journal', 'DELETE')
"""
