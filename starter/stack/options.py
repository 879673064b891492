"""What somebody who starts the stack may choose."""

import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from runtime.demo_clock import ClockAnchor
from runtime.settings import STATE_DIR, Settings
from starter.stack.folder import GIBIBYTE

ONE_DAY_PER_SECOND = 86400.0


def _python(module: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module)


@dataclass(frozen=True)
class Programs:
    """How our own processes are started. Tests put stand-ins here.

    The sandbox also gets its ports, its mail folder, its certificates and the file with test persons as
    arguments; the others find everything in their environment.
    """

    sandbox: tuple[str, ...] = field(default_factory=lambda: _python("sandbox"))
    codec: tuple[str, ...] = field(default_factory=lambda: _python("runtime.codec_server"))
    worker: tuple[str, ...] = field(default_factory=lambda: _python("worker"))
    watchdog: tuple[str, ...] = field(default_factory=lambda: _python("watchdog"))


def migrate(database_url: str) -> None:
    """Bring the tables up to date with the project's own migrations."""
    # Imported late: the migration tool is slow to load and the other commands do not need it.
    from migrations.run import upgrade

    upgrade(database_url)


def make_keys(path: Path) -> None:
    """Make the key file of this stack."""
    from runtime.keys import KeyRing

    KeyRing.create(path)


async def _nothing_to_tell(anchor: ClockAnchor) -> None:
    return None


async def _nothing_to_do(settings: Settings) -> None:
    return None


@dataclass(frozen=True)
class StackOptions:
    """Everything about one start of the stack.

    Args:
        folder: where all data is kept.
        port_offset: see ``Ports.shifted``; None: from MEEDOEN_PORT_OFFSET, else 0.
        speed: logical seconds per real second.
        first_instant: logical instant of the very first start; None: the present.
        testset: CSV file with official test persons for the sandbox.
        on_clock_resumed: called at every start, and after this machine has slept, with the new anchor of
            the logical clock, while PostgreSQL and Temporal run and the worker does not.
        after_ready: called once everything runs, with the settings of the stack; it may go on as long as
            it likes and is cancelled when the stack stops. When it fails, because a server was down for a
            moment, it is called again a few seconds later.
        programs: see ``Programs``.
        migrate: brings the tables of the database at the given address up to date.
        make_keys: makes the key file.
        free_bytes: how much room the disk must have.
        durable: False: PostgreSQL may lose data at a power cut; for tests.
    """

    folder: Path = STATE_DIR
    port_offset: int | None = None
    speed: float = ONE_DAY_PER_SECOND
    first_instant: datetime | None = None
    testset: Path | None = None
    on_clock_resumed: Callable[[ClockAnchor], Awaitable[None]] = _nothing_to_tell
    after_ready: Callable[[Settings], Awaitable[None]] = _nothing_to_do
    programs: Programs = field(default_factory=Programs)
    migrate: Callable[[str], None] = migrate
    make_keys: Callable[[Path], None] = make_keys
    free_bytes: int = GIBIBYTE
    durable: bool = True
