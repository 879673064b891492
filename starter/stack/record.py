"""Which processes a stack has started, on disk, so that somebody can stop them when it was killed."""

import contextlib
import json
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import psutil
from pydantic import BaseModel, TypeAdapter, ValidationError

GRACE_SECONDS = 8.0


class StartedProcess(BaseModel, frozen=True):
    """A process that can be told from a later one with the same number.

    ``stop_signals`` are sent one after the other until it is gone; the last resort is always SIGKILL.
    """

    name: str
    pid: int
    started: float
    stop_signals: tuple[int, ...] = (signal.SIGTERM,)

    @classmethod
    def of(cls, name: str, pid: int, stop_signals: Iterable[int]) -> Self:
        """Describe a running process.

        Raises:
            psutil.NoSuchProcess: it has ended already.
        """
        started = psutil.Process(pid).create_time()
        return cls(name=name, pid=pid, started=started, stop_signals=tuple(stop_signals))

    def find(self) -> psutil.Process | None:
        """The process itself, or None when it has ended."""
        try:
            process = psutil.Process(self.pid)
            # Seconds since the start of the machine are added to a clock that may be set: allow a little.
            same = abs(process.create_time() - self.started) < 1.0
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


_RECORDS = TypeAdapter(list[StartedProcess])


def write_record(path: Path, processes: Iterable[StartedProcess]) -> None:
    """Replace the record by the processes that run now, in the order in which they were started."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps([process.model_dump() for process in processes]), encoding="utf-8")
    fresh.replace(path)


def read_record(path: Path) -> list[StartedProcess]:
    """The recorded processes; none when there is no record or it is unreadable."""
    try:
        return _RECORDS.validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return []


def survivors(path: Path) -> list[StartedProcess]:
    """The recorded processes that still run."""
    return [process for process in read_record(path) if process.find() is not None]


def stop_processes(processes: Iterable[StartedProcess], grace_seconds: float = GRACE_SECONDS) -> None:
    """Stop processes, the last one started first, and return when all are gone.

    Args:
        processes: in the order in which they were started.
        grace_seconds: how long each may take per signal before the next, harder one.
    """
    for started in reversed(list(processes)):
        process = started.find()
        if process is None:
            continue
        for number in (*started.stop_signals, signal.SIGKILL):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)
            if _gone(started, grace_seconds):
                break


def _gone(started: StartedProcess, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while started.find() is not None:
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
