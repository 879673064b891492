"""Keeps the sandbox away from production, where its fictional answers could pass for real ones."""

from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

_NAME = "MEEDOEN_ENVIRONMENT"
_PRODUCTION = "productie"
_OF_A_REAL_ONE = frozenset(
    f"MEEDOEN_{name}"
    for name in ("DATABASE_URL", "TEMPORAL_ADDRESS", "BRP_BASE_URL", "SUWINET_URL", "KEY_FILE")
)
"""Settings that somebody gives who runs more than this sandbox."""
_FILES = (Path(".meedoen/stack.env"), Path(".env"))
"""Where settings of Meedoen stand in a working folder."""


def beside_production(environment: Mapping[str, str], folder: Path) -> str | None:
    """Where it says that this is production; None: nowhere.

    What the process was started with decides when it names an environment, as it does for every setting: the local
    stack passes ``demo``, tests pass ``test``, and so a demo runs in a folder that also holds the settings of
    production. When it names none, the files of the working folder are read. There a file that holds settings of
    Meedoen and names no environment means production too, because that is what the other processes make of it.
    Where nothing is said at all, as on somebody's laptop, there is no production to mislead and the sandbox starts.

    Args:
        environment: the variables of this process.
        folder: the working folder.
    """
    said = environment.get(_NAME, "").strip().lower()
    if said:
        return _NAME if said == _PRODUCTION else None
    if given := sorted(_OF_A_REAL_ONE & environment.keys()):
        # Whoever reads these settings without an environment is in production.
        return given[0]
    for name in _FILES:
        path = folder / name
        if not path.is_file():
            continue
        values = dotenv_values(path, interpolate=False)
        settings = {key: value or "" for key, value in values.items() if key.startswith("MEEDOEN_")}
        if settings and settings.get(_NAME, _PRODUCTION).strip().lower() in ("", _PRODUCTION):
            return str(name)
    return None
