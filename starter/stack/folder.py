"""The folder in which the local stack keeps everything, usually ``.meedoen``."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from starter.stack.errors import StackError
from starter.stack.suwinet_papers import SuwinetPapers

GIBIBYTE = 1024**3


@dataclass(frozen=True)
class StackFolder:
    """Names of the files. All paths are absolute when ``root`` is."""

    root: Path

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def logs(self) -> Path:
        return self.root / "log"

    @property
    def mail(self) -> Path:
        return self.root / "mail"

    @property
    def temporal_database(self) -> Path:
        return self.root / "temporal.db"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def postgres_password(self) -> Path:
        return self.root / "postgres-password"

    @property
    def keys(self) -> Path:
        return self.root / "keys.json"

    @property
    def watchdog(self) -> Path:
        return self.root / "bewaking"

    @property
    def suwinet(self) -> SuwinetPapers:
        return SuwinetPapers(self.root / "suwinet")

    @property
    def environment(self) -> Path:
        return self.root / "stack.env"

    @property
    def processes(self) -> Path:
        return self.root / "processes.json"

    @property
    def unfinished(self) -> Path:
        """Exists from the start of the first set-up until it has succeeded once."""
        return self.root / "set-up-unfinished"

    def make(self) -> None:
        """Make the folder, for its owner only: keys and passwords are in it."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.logs.mkdir(exist_ok=True)
        self.mail.mkdir(exist_ok=True)


def check_space(path: Path, needed: int = GIBIBYTE) -> None:
    """Refuse to start on a disk that is nearly full: a database that cannot write loses its clients.

    Args:
        path: an existing folder on the disk in question.
        needed: bytes that must be free.

    Raises:
        StackError: there is less.
    """
    free = shutil.disk_usage(path).free
    if free < needed:
        raise StackError(
            f"Er is te weinig ruimte op de schijf van {path}: {_gib(free)} GiB vrij, en {_gib(needed)} GiB "
            "is nodig. Maak ruimte vrij en start opnieuw."
        )


def _gib(size: int) -> str:
    return f"{size / GIBIBYTE:.1f}".replace(".", ",")


def begin_set_up(folder: StackFolder) -> bool:
    """Look at what is there and make it safe to go on.

    A first set-up that was cut off is thrown away: nobody has used it yet. A set-up that was finished is
    never thrown away; when a part of it is missing, a person decides.

    Returns:
        True when this is a first set-up; call ``finish_set_up`` once everything runs.

    Raises:
        StackError: a part of a finished set-up is missing.
    """
    parts = (folder.postgres, folder.temporal_database, folder.keys)
    if folder.unfinished.exists():
        for path in (
            *parts,
            folder.postgres_password,
            *folder.root.glob(f"{folder.temporal_database.name}-*"),
        ):
            _remove(path)
    missing = [path.name for path in parts if not path.exists()]
    if not missing:
        return False
    if len(missing) == len(parts):
        folder.unfinished.touch()
        return True
    raise StackError(
        f"In {folder.root} ontbreekt {' en '.join(missing)}, terwijl de rest er nog is. Zonder dat deel "
        "zijn de gegevens niet te gebruiken. Zet het terug uit een kopie. Of verwijder de hele map "
        f"{folder.root} om opnieuw te beginnen; alle gegevens van de demo zijn dan weg."
    )


def finish_set_up(folder: StackFolder) -> None:
    """From here on the data counts and is never thrown away."""
    folder.unfinished.unlink(missing_ok=True)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
