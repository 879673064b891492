"""The programs pg_dump and pg_restore: where they are, and how they are run."""

import asyncio
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from runtime.settings import Settings
from starter.backup.address import Address
from starter.backup.errors import BackupError
from starter.stack.wheel import programs_folder


class Programs:
    """Runs the programs that fit a server.

    Args:
        folder: where they are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    async def find(cls, settings: Settings, server: int) -> "Programs":
        """Programs that are not older than the server: those that the settings name, else the first that fit.

        Args:
            settings: ``postgres_programs``.
            server: the major version of the server.

        Raises:
            BackupError: there are none; the message says which were seen.
        """
        seen = []
        for folder in _folders(settings):
            versions = [await _version(folder / name) for name in ("pg_dump", "pg_restore")]
            if all(version is not None and version >= server for version in versions):
                return cls(folder)
            said = {version for version in versions if version is not None}
            seen.append(f"{folder} ({f'versie {min(said)}' if said else 'zonder pg_dump of pg_restore'})")
        raise BackupError(
            f"De server is PostgreSQL {server}, en pg_dump en pg_restore van die versie of nieuwer zijn niet "
            f"gevonden. Gezien: {', '.join(seen) or 'niets'}. Installeer de programma's van PostgreSQL {server} "
            "en noem hun map in MEEDOEN_POSTGRES_PROGRAMS."
        )

    async def dump(self, address: Address, file: Path, *, snapshot: str | None = None) -> None:
        """Write a database to a file, as it is at one moment.

        Args:
            address: which database, as its owner.
            file: made by this.
            snapshot: of a transaction that stays open meanwhile; None: a moment of its own.

        Raises:
            BackupError: it cannot be read or written.
        """
        options = [f"--snapshot={snapshot}"] if snapshot else []
        await self._run(
            "pg_dump", address, "--format=custom", "--no-password", *options, f"--file={file}",
            f"--dbname={address.shown}",
        )  # fmt: skip

    async def restore(self, file: Path, address: Address) -> None:
        """Fill an empty database from a file: all of it, or nothing.

        Raises:
            BackupError: it cannot be read or written.
        """
        await self._run(
            "pg_restore", address, "--single-transaction", "--exit-on-error", "--no-password",
            f"--dbname={address.shown}", str(file),
        )  # fmt: skip

    async def readable(self, file: Path) -> bool:
        """Whether a file has a table of contents that can be read."""
        process = await asyncio.create_subprocess_exec(
            self._folder / "pg_restore", "--list", file, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        return await process.wait() == 0

    async def _run(self, program: str, address: Address, *arguments: str) -> None:
        process = await asyncio.create_subprocess_exec(
            self._folder / program,
            *arguments,
            env={**os.environ, "LC_ALL": "C", **address.secret},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            umask=0o077,
        )
        try:
            _, said = await process.communicate()
        except BaseException:
            process.kill()
            await process.wait()
            raise
        if process.returncode != 0:
            # One line: what follows may hold what stands in the database.
            first = (said.decode(errors="replace").strip().splitlines() or ["geen reden genoemd"])[0]
            raise BackupError(
                f"{program} is mislukt voor database {address.database}: {first[:200]}. Er is niets half "
                "achtergebleven. Los dit op en begin opnieuw."
            )


def _folders(settings: Settings) -> Iterator[Path]:
    if settings.postgres_programs is not None:
        yield settings.postgres_programs
        return
    found = shutil.which("pg_dump")
    if found:
        # Debian puts a script there that looks for a version by itself; the real ones stand elsewhere.
        yield Path(found).parent
    if (folder := programs_folder()) is not None:
        yield folder


async def _version(program: Path) -> int | None:
    try:
        process = await asyncio.create_subprocess_exec(
            program, "--version", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return None
    said, _ = await process.communicate()
    found = re.search(rb"\(PostgreSQL\) (\d+)", said)
    return int(found.group(1)) if found else None
