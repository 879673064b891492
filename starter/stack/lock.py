"""One stack per folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starter.stack.errors import StackError


@contextmanager
def only_stack(path: Path) -> Iterator[None]:
    """Hold the lock of a folder; the system lets go of it when this process ends, however that happens.

    Args:
        path: the lock file; it stays behind, since removing it could give two stacks a lock each.

    Raises:
        StackError: another stack holds it; the message says which process.
    """
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip()
            process = f" als proces {owner}" if owner.isdigit() else ""
            raise StackError(
                f"In deze map draait al een stack{process}. Stop die eerst met Ctrl-C in zijn eigen venster, "
                "of start een tweede stack in een andere map met een verschuiving van de poorten: "
                "MEEDOEN_PORT_OFFSET=100 make demo."
            ) from None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield
