"""By which clock journeys live: the real one, or in a demo the accelerated one of the local stack.

The stack moves the anchor (``starter.stack.clock``); whoever needs the journeys' time reads it here.
"""

from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, Field, ValidationError

from domain.base import Explained, Frozen
from domain.clock import Clock
from runtime.settings import STATE_DIR, Settings

CLOCK_FILE = "clock.json"


class ClockUnreadable(Explained):
    """The file with the anchor cannot be read; the message is a Dutch sentence."""


class ClockAnchor(Frozen):
    """One real instant and the logical instant that belongs to it.

    ``speed`` is the number of logical seconds in one real second.
    """

    real: AwareDatetime
    logical: AwareDatetime
    speed: float = Field(gt=0)

    def logical_at(self, real: datetime) -> datetime:
        """The logical instant at a real instant, as if the clock had run since the anchor."""
        return self.logical + (real - self.real) * self.speed


def read_anchor(folder: Path) -> ClockAnchor | None:
    """The anchor that stands in a folder, or None before the first start.

    Raises:
        ClockUnreadable: the file cannot be read as an anchor.
    """
    path = folder / CLOCK_FILE
    try:
        return ClockAnchor.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        raise ClockUnreadable(
            f"De stand van de demoklok in {path} is onleesbaar. Zet het bestand terug uit een kopie, of "
            f"verwijder de hele map {folder} om opnieuw te beginnen."
        ) from None


def clock_of(settings: Settings) -> Clock:
    """The clock that new journeys get: the real one, or in a demo that of the local stack.

    Raises:
        ClockUnreadable: see `read_anchor`.
    """
    if settings.environment != "demo":
        return Clock()
    anchor = read_anchor(STATE_DIR)
    if anchor is None:
        return Clock()
    return Clock(speed=anchor.speed, real=anchor.real, logical=anchor.logical)
