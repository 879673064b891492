"""Makes a backup, whole or not at all, while everything runs."""

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Collection
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import asyncpg

from runtime.policies import policy_texts
from runtime.settings import Settings
from starter.backup.contents import contents
from starter.backup.errors import BackupError
from starter.backup.manifest import UNFINISHED, Contents, Manifest, Part, settle, stored_files
from starter.backup.places import Places, connected, key_ring
from starter.backup.programs import Programs

MEEDOEN_DUMP = "meedoen.dump"
TEMPORAL_FILE = "temporal.db"
POLICIES = "beleid"
_LEFT_OVER = timedelta(days=1)
_STAMP = "%Y%m%dT%H%M%SZ"


def temporal_dump(database: str) -> str:
    """Name of the file that holds a database of Temporal."""
    return f"temporal-{database}.dump"


async def make_backup(settings: Settings, folder: Path, parts: Collection[Part]) -> tuple[Path, Manifest]:
    """Write a new dated folder.

    Temporal's data is read first: what PostgreSQL holds is then never older, and the journal can tell
    Temporal again what it misses. The other way round a journey could be lost of which nobody knows.

    Args:
        settings: where everything is.
        folder: gets the new folder; made when it is not there.
        parts: what to save.

    Returns:
        The new folder and what it says about itself.

    Raises:
        BackupError: something cannot be read or written; nothing is left behind.
        KeyRingError: the key file cannot be read.
    """
    places = Places.of(settings)
    if "temporal" in parts:
        places.need_temporal()
    key_ids, mark = key_ring(settings)
    fresh: Path | None = None
    try:
        async with connected(places.meedoen) as connection:
            server = connection.get_server_version().major
            programs = await Programs.find(settings, server)
            now: datetime = await connection.fetchval("SELECT clock_timestamp()")
            fresh = _fresh_folder(folder, now)
            temporal_at = None
            if "temporal" in parts:
                temporal_at = await connection.fetchval("SELECT clock_timestamp()")
                await _save_temporal(places, programs, fresh)
            made_at, found = now, None
            if "postgresql" in parts:
                made_at, found = await _save_meedoen(connection, places, programs, fresh)
            _save_policies(settings, fresh)
            manifest = Manifest(
                release=_release(),
                made_at=made_at,
                temporal_at=temporal_at,
                finished_at=await connection.fetchval("SELECT clock_timestamp()"),
                parts=tuple(sorted(parts)),
                postgres_version=server,
                contents=found,
                # Histories in Temporal may be sealed with any key that the ring has ever had.
                key_ids=tuple(sorted({*key_ids, *(found.key_ids if found else ())})),
                key_mark=mark,
                files=await asyncio.to_thread(stored_files, fresh),
            )
        await asyncio.to_thread(_finish, fresh, manifest)
        done = fresh.rename(folder / f"meedoen-{now:{_STAMP}}")
        await asyncio.to_thread(settle, folder, deep=False)
        return done, manifest
    except (OSError, sqlite3.Error, asyncpg.PostgresError) as error:
        said = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise BackupError(
            f"De reservekopie in {folder} is niet gemaakt ({said}). Controleer de ruimte en de rechten van die "
            "map en begin opnieuw; er is niets half achtergebleven."
        ) from error
    finally:
        if fresh is not None:
            shutil.rmtree(fresh, ignore_errors=True)


def _fresh_folder(folder: Path, now: datetime) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.glob(f"{UNFINISHED}*"):
        # Of a backup that was killed; one that is under way is younger.
        if datetime.now(UTC).timestamp() - left.stat().st_mtime > _LEFT_OVER.total_seconds():
            shutil.rmtree(left, ignore_errors=True)
    name = f"meedoen-{now:{_STAMP}}"
    if (folder / name).exists():
        raise BackupError(f"{folder / name} bestaat al. Wacht een seconde en begin opnieuw.")
    # A name of its own: one of the same second that was killed may still lie here.
    return Path(tempfile.mkdtemp(prefix=f"{UNFINISHED}{name}-", dir=folder))


async def _save_meedoen(
    connection: asyncpg.Connection, places: Places, programs: Programs, fresh: Path
) -> tuple[datetime, Contents]:
    # What is counted and what is dumped is the same moment.
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        snapshot: str = await connection.fetchval("SELECT pg_export_snapshot()")
        made_at: datetime = await connection.fetchval("SELECT clock_timestamp()")
        found = await contents(connection)
        await programs.dump(places.meedoen, fresh / MEEDOEN_DUMP, snapshot=snapshot)
    return made_at, found


async def _save_temporal(places: Places, programs: Programs, fresh: Path) -> None:
    for address in places.temporal:
        await programs.dump(address, fresh / temporal_dump(address.database))
    if places.temporal_file is not None:
        await asyncio.to_thread(copy_sqlite, places.temporal_file, fresh / TEMPORAL_FILE)


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy an SQLite file as it is at one moment, while a server may be writing to it.

    Raises:
        sqlite3.Error: it cannot be read, or the copy is not whole.
    """
    target.touch(mode=0o600)
    with (
        closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True, timeout=60)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing)
        # One file, that holds everything by itself.
        writing.execute("PRAGMA journal_mode=DELETE")
        if not is_whole(writing):
            raise sqlite3.DatabaseError("the copy is not whole")


def is_whole(connection: sqlite3.Connection) -> bool:
    """Whether an SQLite database has no damage."""
    return bool(connection.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",))


def _save_policies(settings: Settings, fresh: Path) -> None:
    (fresh / POLICIES).mkdir()
    for name, policy in policy_texts(settings.policies_dir).items():
        (fresh / POLICIES / f"{name}.toml").write_text(policy.text, encoding="utf-8")


def _finish(fresh: Path, manifest: Manifest) -> None:
    manifest.write(fresh)
    for path in fresh.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    settle(fresh)


def _release() -> str:
    try:
        return version("meedoen")
    except PackageNotFoundError:
        return "onbekend"


def copy_keys(settings: Settings, file: Path) -> None:
    """Copy the key ring to a file of its own, for its owner only, whole or not at all.

    Raises:
        BackupError: the file is there already, lies in a backup, or cannot be written.
        KeyRingError: the key file cannot be read.
    """
    from starter.backup.manifest import MANIFEST

    key_ring(settings)
    if any((parent / MANIFEST).exists() for parent in file.absolute().parents):
        raise BackupError(
            f"{file} ligt in een reservekopie. Bewaar de sleutels ergens anders: wie beide heeft, kan alles lezen."
        )
    try:
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BackupError(f"{file} bestaat al en blijft zoals het is. Kies een andere naam.") from None
    except OSError as error:
        raise BackupError(f"{file} kan niet worden gemaakt ({error.strerror}). Controleer de map.") from None
    try:
        with os.fdopen(number, "wb") as target:
            target.write(settings.key_file.read_bytes())
            target.flush()
            os.fsync(target.fileno())
    except BaseException:
        file.unlink(missing_ok=True)
        raise
