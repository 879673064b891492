"""What a backup says about itself, and whether it is still what it was."""

import hashlib
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError

from domain.base import Frozen
from starter.backup.errors import BackupDamaged

MANIFEST = "manifest.json"
CHECKSUMS = "SHA256SUMS"
"""In the form of ``sha256sum``, so that anybody can check without this program."""
UNFINISHED = ".bezig-"
"""How the name of a backup starts that is not finished."""

Part = Literal["postgresql", "temporal"]
_CHUNK = 1024 * 1024


class Contents(Frozen):
    """What the database of Meedoen holds."""

    journeys: int
    entries: int
    last_written: datetime | None
    digest: str
    """SHA-256 over the last number and hash of every journey's journal."""
    key_ids: tuple[str, ...]
    """Keys that clients' data is sealed with."""


class Stored(Frozen):
    """One file."""

    name: str
    bytes: int
    sha256: str


class Manifest(Frozen):
    """``manifest.json``."""

    format: Literal[1] = 1
    release: str
    made_at: datetime
    """When PostgreSQL's data was read, by its own clock."""
    temporal_at: datetime | None
    """When Temporal's data was read: before PostgreSQL's."""
    finished_at: datetime
    parts: tuple[Part, ...] = Field(min_length=1)
    postgres_version: int
    contents: Contents | None
    key_ids: tuple[str, ...]
    """Keys without which this backup cannot be read."""
    key_mark: str
    """Tells the right key ring from another one with the same ids; says nothing about the keys."""
    files: tuple[Stored, ...]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The manifest of a whole and undamaged backup.

        Raises:
            BackupDamaged: names what is missing, too much or changed.
        """
        if folder.name.startswith(UNFINISHED) or not (folder / MANIFEST).is_file():
            raise BackupDamaged(
                f"{folder} is geen hele reservekopie: {MANIFEST} ontbreekt. Kies een andere map; een "
                "onderbroken kopie is niet te gebruiken."
            )
        try:
            sums = dict(_sums((folder / CHECKSUMS).read_text(encoding="utf-8")))
            manifest = cls.model_validate_json((folder / MANIFEST).read_bytes())
        except (OSError, ValueError, ValidationError):
            raise BackupDamaged(
                f"{folder} is beschadigd: {MANIFEST} of {CHECKSUMS} is niet te lezen. Neem een andere "
                "reservekopie."
            ) from None
        expected = {stored.name: stored.sha256 for stored in manifest.files} | {
            MANIFEST: sums.get(MANIFEST, "")
        }
        wrong = []
        for name, digest in expected.items():
            path = folder / name
            if not path.is_file():
                wrong.append(f"{name} ontbreekt")
            elif sums.get(name) != digest or sha256(path) != digest:
                wrong.append(f"{name} is veranderd")
        if wrong:
            raise BackupDamaged(
                f"{folder} is beschadigd: {', '.join(wrong)}. Neem een andere reservekopie; er is niets gedaan."
            )
        return manifest

    def write(self, folder: Path) -> None:
        """Write the manifest and the list of checksums."""
        (folder / MANIFEST).write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")
        lines = [f"{stored.sha256}  {stored.name}" for stored in self.files]
        lines.append(f"{sha256(folder / MANIFEST)}  {MANIFEST}")
        (folder / CHECKSUMS).write_text("\n".join(lines) + "\n", encoding="utf-8")


def stored_files(folder: Path) -> tuple[Stored, ...]:
    """Every file in a folder, with its size and checksum."""
    return tuple(
        Stored(name=path.relative_to(folder).as_posix(), bytes=path.stat().st_size, sha256=sha256(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )


def sha256(path: Path) -> str:
    """The checksum of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def settle(folder: Path, *, deep: bool = True) -> None:
    """Have the disk hold a folder before anybody counts on it.

    Args:
        folder: what must be there after a power cut.
        deep: also all that is in it; False: only which names it has.
    """
    for path in (*(folder.rglob("*") if deep else ()), folder):
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _sums(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        digest, _, name = line.partition("  ")
        yield name, digest
