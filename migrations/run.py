"""Brings the schema of a database up to date."""

import asyncio
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from domain.base import Explained

_FOLDER = Path(__file__).parent
# Any number, as long as it is always this one: it keeps two processes from migrating at once.
_LOCK = 7_370_150_001


class MigrationError(Explained):
    """The database cannot be brought up to date; the message is a Dutch sentence."""


def upgrade(database_url: str, revision: str = "head") -> None:
    """Create or update all tables. All of it happens, or nothing; a second process waits its turn.

    Blocks, and starts an event loop of its own: call it in a thread where one runs already.

    Args:
        database_url: ``postgresql://role:password@host:port/database``.
        revision: up to where.

    Raises:
        MigrationError: the database does not answer or refuses.
    """
    asyncio.run(_upgrade(database_url, revision))


async def _upgrade(database_url: str, revision: str) -> None:
    # asyncpg reads the address itself, so that it means here what it means everywhere else.
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(
            database_url, timeout=10, server_settings={"application_name": "meedoen-migrations"}
        ),
        poolclass=NullPool,
    )
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            await connection.run_sync(_migrate, revision)
    except MigrationError:
        raise
    except (OSError, TimeoutError, DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        cause = getattr(error, "orig", None) or error
        state = getattr(cause, "sqlstate", None)
        raise MigrationError(
            "De database kon niet worden bijgewerkt en is gebleven zoals zij was "
            f"({type(cause).__name__}{f' {state}' if state else ''}). Controleer of PostgreSQL draait en of "
            "MEEDOEN_DATABASE_URL klopt, en probeer het opnieuw."
        ) from error
    finally:
        await engine.dispose()


def _migrate(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
