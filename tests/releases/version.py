"""Which release the present code is, and which were kept."""

import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent
PRESENT: str = tomllib.loads((FOLDER.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "version"
]


def in_order(release: str) -> tuple[int, ...]:
    """For sorting: 0.10.0 comes after 0.9.0."""
    return tuple(int(part) for part in release.split("."))


def kept() -> list[str]:
    """The releases whose states are kept here, oldest first."""
    return sorted((path.parent.name for path in FOLDER.glob("*/shape.json")), key=in_order)
