"""Policy files on disk. The rules themselves live in ``domain.policy``."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from domain.policy import Policy, PolicyError
from domain.policy_files import PolicyText, is_municipality, resolve

_NOT_A_MUNICIPALITY = ("landelijk", "kalender")


def policy_texts(folder: Path | None) -> dict[str, PolicyText]:
    """Every policy file, by its name without ``.toml``, those of law and calendar included."""
    place = folder if folder is not None else files("policies")
    return {
        entry.name.removesuffix(".toml"): PolicyText(
            file=f"policies/{entry.name}" if folder is None else str(folder / entry.name),
            text=entry.read_text(encoding="utf-8"),
        )
        for entry in place.iterdir()
        if entry.name.endswith(".toml")
    }


def policy_names(folder: Path | None = None) -> list[str]:
    """The municipalities that have a policy file. Files that municipalities share are left out."""
    return sorted(
        name
        for name, text in policy_texts(folder).items()
        if name not in _NOT_A_MUNICIPALITY and is_municipality(text)
    )


@cache
def load_policy(name: str, folder: Path | None = None) -> Policy:
    """The whole policy of one municipality.

    Args:
        name: the file's name without ``.toml``.
        folder: another folder than the one that comes with the program.

    Raises:
        PolicyError: there is no such municipality, or a file is wrong; the message is a sentence.
    """
    texts = policy_texts(folder)
    for needed in _NOT_A_MUNICIPALITY:
        if needed not in texts:
            raise PolicyError(f"{needed}.toml ontbreekt in de map met beleid; zet het bestand terug.")
    shared = {
        other: text
        for other, text in texts.items()
        if other not in _NOT_A_MUNICIPALITY and not is_municipality(text)
    }
    if name in _NOT_A_MUNICIPALITY or name in shared or name not in texts:
        known = ", ".join(policy_names(folder))
        raise PolicyError(f"Gemeente {name!r} is onbekend. Er is beleid van: {known}.")
    return resolve(
        name, local=texts[name], national=texts["landelijk"], calendar=texts["kalender"], shared=shared
    )
