"""The orderly end of a process that used Temporal."""

import logging
import os
import sys
from contextlib import suppress
from typing import NoReturn


def end_process(code: int) -> NoReturn:
    """End this process now with this exit code, after everything that was written has left.

    A Python process that used the Temporal client or a worker aborts or crashes at interpreter exit in
    about one of twelve runs (sdk-python issue 300: native threads call back into an interpreter that is
    being taken down). The work is done by then, but the exit code lies. Commands and the worker
    therefore end here, after they closed what they opened: nothing runs after this, no ``finally``, no
    ``atexit``.
    """
    with suppress(Exception):
        logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        # A reader that went away (a closed pipe) or a missing stream must not change the exit code.
        with suppress(Exception):
            stream.flush()
    os._exit(code)
