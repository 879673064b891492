"""Addresses of databases: in parts, so that no password stands on a command line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from starter.backup.errors import BackupError


@dataclass(frozen=True, repr=False)
class Address:
    """``postgresql://role:password@host:port/database``."""

    url: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
            raise BackupError(
                "Een adres van een database is niet te lezen. Schrijf postgresql://rol:wachtwoord@machine:poort/"
                "database in MEEDOEN_OWNER_DATABASE_URL, MEEDOEN_SUPERUSER_DATABASE_URL en "
                "MEEDOEN_TEMPORAL_DATABASE_URLS."
            )

    def __repr__(self) -> str:
        return f"Address({self.shown})"

    @property
    def database(self) -> str:
        return unquote(urlsplit(self.url).path.strip("/"))

    @property
    def role(self) -> str:
        return unquote(urlsplit(self.url).username or "")

    @property
    def shown(self) -> str:
        """Without the password: for command lines and sentences."""
        parts = urlsplit(self.url)
        name, _, place = parts.netloc.rpartition("@")
        name = name.partition(":")[0]
        return urlunsplit(parts._replace(netloc=f"{name}@{place}" if name else place))

    @property
    def secret(self) -> Mapping[str, str]:
        """The password as PostgreSQL's programs read it; empty: they look in ``~/.pgpass``."""
        password = urlsplit(self.url).password
        return {"PGPASSWORD": unquote(password)} if password else {}

    def at(self, database: str) -> Self:
        """Another database on the same server, as the same role."""
        parts = urlsplit(self.url)
        return type(self)(urlunsplit(parts._replace(path=f"/{quote(database, safe='')}")))
