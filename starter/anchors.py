"""Anchors: where each journal stood at a moment, kept outside the database.

The chain of hashes shows what was changed, taken out or put in. Whoever can write in the database could
still take away the last entries of a journal and the note of where it ends. An anchor that is kept elsewhere
shows that too: an entry that stood there once has to stand there still.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, Field, ValidationError

from activities.journal import Head
from domain.base import Explained, Frozen
from domain.problems import problems_in


class AnchorError(Explained):
    """The file with anchors cannot be used."""


class Anchors(Frozen):
    """Where the journals stood."""

    at: AwareDatetime
    journals: dict[str, tuple[int, str]] = Field(default_factory=dict)
    """Journey to its last entry: number, and hash as hexadecimal digits."""


def read_anchors(file: Path) -> Anchors | None:
    """The anchors in a file; None: there is no such file yet.

    Raises:
        AnchorError: it cannot be read.
    """
    try:
        return Anchors.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise AnchorError(f"{file} is niet te lezen ({error.strerror}). Controleer de rechten.") from None
    except ValidationError as error:
        said = "; ".join(map(str, problems_in(error)))
        raise AnchorError(
            f"{file} is geen bestand met ankers: {said}. Noem een ander bestand, of zet het goede terug."
        ) from None


def write_anchors(file: Path, at: AwareDatetime, heads: dict[str, Head]) -> None:
    """Keep where the journals stand now, whole or not at all.

    Raises:
        AnchorError: the file cannot be written.
    """
    held = {journey: [head.seq, head.hash.hex()] for journey, head in sorted(heads.items())}
    fresh = file.with_name(f"{file.name}.nieuw")
    try:
        fresh.write_text(json.dumps({"at": at.isoformat(), "journals": held}), encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        raise AnchorError(
            f"De ankers zijn niet bewaard in {file} ({error.strerror}). Noem een map waarin geschreven mag "
            "worden."
        ) from None


def keep_beside(file: Path) -> Path:
    """Give a file with anchors another name, so that new ones can take its place.

    Returns:
        The new name.
    """
    kept = file.with_name(f"{file.name}.tot-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    file.rename(kept)
    return kept
