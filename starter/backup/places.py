"""Where everything is that belongs in a backup."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from runtime.keys import KeyRing, KeyRingError
from runtime.settings import Settings
from starter.backup.address import Address
from starter.backup.errors import BackupError
from starter.stack.folder import StackFolder

KEY_MARK = "meedoen-reservekopie"


@dataclass(frozen=True)
class Places:
    """The databases and files of this installation."""

    meedoen: Address
    """As the owner of the tables."""
    temporal: tuple[Address, ...]
    """In production; empty on the local stack."""
    temporal_file: Path | None
    """On the local stack."""
    stack: StackFolder | None
    """The folder of the local stack, when this is one."""

    @classmethod
    def of(cls, settings: Settings) -> "Places":
        """What the settings name.

        Raises:
            BackupError: an address cannot be read.
        """
        urls = settings.temporal_database_urls.get_secret_value().split()
        folder = StackFolder(settings.key_file.absolute().parent)
        return cls(
            meedoen=Address(settings.owner_url),
            temporal=tuple(map(Address, urls)),
            temporal_file=folder.temporal_database
            if not urls and folder.temporal_database.exists()
            else None,
            stack=folder if folder.postgres.exists() and folder.postgres_password.exists() else None,
        )

    def need_temporal(self) -> None:
        """Make sure that it is known where Temporal keeps its data.

        Raises:
            BackupError: it is not.
        """
        if not self.temporal and self.temporal_file is None:
            raise BackupError(
                "Waar Temporal zijn gegevens bewaart is niet bekend. Noem zijn databases in "
                "MEEDOEN_TEMPORAL_DATABASE_URLS, of kies alleen --only postgresql."
            )


@asynccontextmanager
async def connected(address: Address) -> AsyncIterator[asyncpg.Connection]:
    """One connection to a database.

    Raises:
        BackupError: it does not answer or does not let us in.
    """
    try:
        connection = await asyncpg.connect(
            address.url, timeout=10, server_settings={"application_name": "meedoen-backup", "timezone": "UTC"}
        )
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        state = getattr(error, "sqlstate", None)
        raise BackupError(
            f"Database {address.database} antwoordt niet of laat {address.role} niet binnen "
            f"({type(error).__name__}{f' {state}' if state else ''}). Controleer of PostgreSQL draait en of het "
            "adres klopt."
        ) from None
    try:
        yield connection
    finally:
        await connection.close()


def key_ring(settings: Settings) -> tuple[tuple[str, ...], str]:
    """The ids of the keys of this installation, and the mark that tells this ring from others.

    Raises:
        KeyRingError: the key file cannot be read.
    """
    ring = KeyRing.load(settings.key_file)
    return ring.key_ids, ring.keyed_hash(KEY_MARK).hex()


def check_keys(settings: Settings, needed: tuple[str, ...], mark: str) -> KeyRing:
    """The key ring, when it is the one that a backup needs.

    Raises:
        BackupError: it is missing, another one, or misses a key.
    """
    try:
        ring = KeyRing.load(settings.key_file)
    except KeyRingError as error:
        raise BackupError(
            f"Zonder sleutels is deze reservekopie niet te lezen. {error} Zet eerst de sleutels terug uit de "
            f"kluis, in {settings.key_file}."
        ) from None
    if ring.keyed_hash(KEY_MARK).hex() != mark:
        raise BackupError(
            f"De sleutels in {settings.key_file} horen niet bij deze reservekopie. Zet eerst de goede sleutels "
            f"terug uit de kluis; nodig: {', '.join(needed)}."
        )
    missing = [key for key in needed if key not in ring.key_ids]
    if missing:
        raise BackupError(
            f"In {settings.key_file} ontbreken sleutels die deze reservekopie nodig heeft: {', '.join(missing)}. "
            "Zet een latere kopie van de sleutels terug uit de kluis."
        )
    return ring
