"""Databases beside each other: filled under another name, swapped in one step, kept until a person removes them."""

from contextlib import suppress
from datetime import datetime

import asyncpg

from starter.backup.address import Address
from starter.backup.errors import BackupError
from starter.backup.places import connected

KEPT = "voor_herstel"
_LONGEST = 63
_TRIES = 10


def beside(database: str, what: str, moment: datetime) -> str:
    """A name next to a database; PostgreSQL allows 63 bytes."""
    tail = f"_{what}_{moment:%Y%m%d_%H%M%S}"
    return database[: _LONGEST - len(tail)] + tail


class Server:
    """A PostgreSQL server, as somebody who may make and rename databases.

    Args:
        superuser: any database on it, as that role.
    """

    def __init__(self, superuser: Address) -> None:
        self._superuser = superuser

    async def now(self) -> datetime:
        """By its own clock."""
        async with connected(self._superuser) as connection:
            moment: datetime = await connection.fetchval("SELECT clock_timestamp()")
            return moment

    async def major(self) -> int:
        """Its version."""
        async with connected(self._superuser) as connection:
            return int(connection.get_server_version().major)

    async def exists(self, database: str) -> bool:
        async with connected(self._superuser) as connection:
            return await connection.fetchval(_EXISTS, database) is not None

    async def users(self, database: str) -> list[str]:
        """Which programs are connected to a database now."""
        async with connected(self._superuser) as connection:
            return [row["who"] for row in await connection.fetch(_USERS, database)]

    async def make(self, database: str, owner: str) -> None:
        """Make an empty database.

        Raises:
            BackupError: the owner does not exist, or we may not.
        """
        async with connected(self._superuser) as connection:
            try:
                await connection.execute(
                    f"CREATE DATABASE {_quoted(database)} OWNER {_quoted(owner)} TEMPLATE template0"
                )
            except asyncpg.UndefinedObjectError:
                raise _without_role(owner) from None
            except asyncpg.InsufficientPrivilegeError:
                raise BackupError(
                    f"{self._superuser.role} mag geen database maken. Noem in MEEDOEN_SUPERUSER_DATABASE_URL de "
                    "beheerder van PostgreSQL."
                ) from None

    async def let_in(self, database: str, like: str, role: str | None) -> None:
        """Let the same roles in as another database does; where that is not there, only owner and ``role``."""
        async with connected(self._superuser) as connection:
            known = await connection.fetchval(_EXISTS, like)
            rights = await connection.fetch(_RIGHTS, like)
            if known and not rights:
                return
            statements = [f"REVOKE ALL ON DATABASE {_quoted(database)} FROM PUBLIC"]
            for row in rights:
                whom = _quoted(row["grantee"]) if row["grantee"] else "PUBLIC"
                statements.append(f"GRANT {row['privilege']} ON DATABASE {_quoted(database)} TO {whom}")
            if not known and role:
                statements.append(f"GRANT CONNECT ON DATABASE {_quoted(database)} TO {_quoted(role)}")
            for statement in statements:
                await connection.execute(statement)

    async def swap(self, pairs: list[tuple[str, str, str]]) -> list[str]:
        """Give databases the name of others, all of them or none.

        Args:
            pairs: the new one, the name that it gets, and the name under which what has that now is kept.

        Returns:
            The names of those that are kept.
        """
        for _ in range(_TRIES):
            # Whoever was hung up on may be back before the name has changed.
            with suppress(asyncpg.ObjectInUseError):
                return await self._swap(pairs)
        names = ", ".join(name for _, name, _ in pairs)
        raise BackupError(
            f"Er blijft iemand verbonden met {names}, dus er is niets teruggezet. Stop alle processen van Meedoen "
            "en Temporal en begin opnieuw."
        )

    async def _swap(self, pairs: list[tuple[str, str, str]]) -> list[str]:
        kept = []
        async with connected(self._superuser) as connection, connection.transaction():
            for fresh, name, old in pairs:
                await connection.execute(_HANG_UP, [fresh, name])
                if await connection.fetchval(_EXISTS, name):
                    await connection.execute(f"ALTER DATABASE {_quoted(name)} RENAME TO {_quoted(old)}")
                    kept.append(old)
                await connection.execute(f"ALTER DATABASE {_quoted(fresh)} RENAME TO {_quoted(name)}")
        return kept

    async def drop(self, database: str) -> None:
        """Remove a database that nobody needs."""
        async with connected(self._superuser) as connection:
            await connection.execute(f"DROP DATABASE IF EXISTS {_quoted(database)} WITH (FORCE)")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _without_role(role: str) -> BackupError:
    return BackupError(
        f"De rol {role} ontbreekt in PostgreSQL. Maak eerst de rollen (docker compose up databases, of meedoen "
        "dev) en begin opnieuw."
    )


_EXISTS = "SELECT 1 FROM pg_database WHERE datname = $1"
_USERS = """
    SELECT DISTINCT coalesce(nullif(application_name, ''), usename, 'onbekend') AS who FROM pg_stat_activity
    WHERE datname = $1 AND pid <> pg_backend_pid() AND backend_type = 'client backend'
        AND application_name <> 'meedoen-backup'
    ORDER BY 1
"""
_RIGHTS = """
    SELECT CASE WHEN r.grantee = 0 THEN '' ELSE pg_get_userbyid(r.grantee) END AS grantee,
        r.privilege_type AS privilege
    FROM pg_database d, aclexplode(d.datacl) r WHERE d.datname = $1
"""
_HANG_UP = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = ANY ($1::text[]) AND pid <> pg_backend_pid()
"""
