"""Watches every log line of every test for fictional burgerservicenummers and names."""

import logging
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from stdnum.nl import bsn

from runtime.logging import formatter

# Every fictional person has a number of the series for practice.
_NUMBER = re.compile(r"(?<![0-9a-fA-F])9999[0-9]{5}(?![0-9a-fA-F])")


def _surnames() -> re.Pattern[str]:
    told = tomllib.loads((files("sandbox") / "residents.toml").read_text(encoding="utf-8"))
    names = sorted({one["surname"].split()[-1] for one in told["inwoner"]})
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b")


_NAME = _surnames()


def personal_in(text: str) -> str | None:
    """What stands in a text that may stand in no log, such as ``a number``; None: nothing."""
    if any(bsn.is_valid(found) for found in _NUMBER.findall(text)):
        return "a burgerservicenummer"
    return "a surname" if _NAME.search(text) else None


class Watch(logging.Handler):
    """Makes of every record the line that a process would print, and looks at it."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(formatter())
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # The line itself is not kept: a report is a log too.
        if found := personal_in(self.format(record)):
            self.found.append(f"{found} in a line of {record.name} ({record.pathname}:{record.lineno})")


@contextmanager
def watched(folder: Path | None) -> Iterator[None]:
    """Every line of this process, and every log file that stands in a folder afterwards, holds nothing personal.

    Raises:
        AssertionError: some line does; says where.
    """
    watch, root = Watch(), logging.getLogger()
    root.addHandler(watch)
    try:
        yield
    finally:
        root.removeHandler(watch)
    found = watch.found
    for file in sorted(folder.rglob("*.log")) if folder else ():
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        found += [
            f"{what} in {file.name}:{n}" for n, line in enumerate(lines, 1) if (what := personal_in(line))
        ]
    assert not found, "Personal data in logs: " + "; ".join(found[:5])
