"""Another release of the program: a copy of its source, edited."""

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PARTS = (
    "activities",
    "domain",
    "migrations",
    "policies",
    "runtime",
    "starter",
    "watchdog",
    "workflows",
    "worker.py",
)

Edit = tuple[str, str, str]
"""File, what stands there once, and what takes its place."""

NEW_FIELD: Edit = (
    "domain/journey.py",
    '    policy_hash: str = ""\n',
    '    policy_hash: str = ""\n    tried_release: str = "nieuw"\n',
)
"""A field in the state, with a default."""
NEEDED_FIELD: Edit = (
    "domain/journey.py",
    '    policy_hash: str = ""\n',
    '    policy_hash: str = ""\n    tried_release: str\n',
)
"""A field in the state that no earlier release wrote: its state does not load."""
CHANGED_RULE: Edit = ("domain/decide.py", ": vastgelegd per {say(", ": vanaf nu anders vastgelegd per {say(")
"""A rule that answers otherwise."""


def make_release(folder: Path, *edits: Edit) -> Path:
    """Copy the program and edit it.

    Returns:
        The folder, to be used as PYTHONPATH.
    """
    folder.mkdir()
    for part in _PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    for name, before, after in edits:
        file = folder / name
        text = file.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{name} holds {before!r} {text.count(before)} times"
        file.write_text(text.replace(before, after), encoding="utf-8")
    return folder
