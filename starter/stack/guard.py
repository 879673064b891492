"""A small process that outlives a killed stack and stops what it left behind.

``python -m starter.stack.guard PID STARTED RECORD`` waits until the process PID, started at STARTED, has
ended, and then stops the processes in the file RECORD. After an orderly end there are none left.

Without it, a worker whose stack was killed would let journeys run on while their clock stands still.
"""

import sys
import time
from pathlib import Path

from starter.stack.record import StartedProcess, stop_processes, survivors

_LOOK_SECONDS = 0.25


def watch(watched: StartedProcess, record: Path) -> None:
    """Wait for the end of a process, then stop what it has recorded."""
    # Asked again and again: a dead process that its parent has not noticed yet would be waited for in vain.
    while watched.find() is not None:
        time.sleep(_LOOK_SECONDS)
    stop_processes(survivors(record), grace_seconds=5)


def command(watched: StartedProcess, record: Path) -> list[str]:
    """The command line that guards a process."""
    return [sys.executable, "-m", __name__, str(watched.pid), repr(watched.started), str(record)]


if __name__ == "__main__":
    pid, started, record = sys.argv[1:]
    watch(StartedProcess(name="stack", pid=int(pid), started=float(started)), Path(record))
