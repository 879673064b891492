"""A process that used Temporal ends with the code that it chose, with all its output written."""

import os
import subprocess
import sys

import pytest

# Unbuffered, there would be nothing left to write at the end.
BUFFERED = {**os.environ, "PYTHONUNBUFFERED": ""}


@pytest.mark.parametrize("code", [0, 3])
def test_code_and_output_arrive_and_nothing_runs_afterwards(code: int) -> None:
    program = (
        "import atexit, logging, sys\n"
        "from logging.handlers import MemoryHandler\n"
        "from runtime.exit import end_process\n"
        "atexit.register(print, 'te laat')\n"
        "logging.getLogger().addHandler(MemoryHandler(100, target=logging.StreamHandler(sys.stderr)))\n"
        "logging.warning('uit het logboek')\n"
        "sys.stdout.write('zonder regeleinde')\n"
        f"end_process({code})\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=BUFFERED
    )
    assert (ended.returncode, ended.stdout) == (code, "zonder regeleinde")
    assert "uit het logboek" in ended.stderr


def test_reader_that_left_does_not_change_the_code() -> None:
    program = (
        "import sys\n"
        "from runtime.exit import end_process\n"
        "sys.stdin.readline()\n"
        "sys.stdout.write('x' * 10)\n"
        "end_process(4)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=BUFFERED,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdout.close()
    process.stdin.write(b"\n")
    process.stdin.flush()
    assert process.wait() == 4
