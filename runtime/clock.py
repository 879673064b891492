"""The clock that a journey gets when it starts."""

from pydantic import ValidationError

from domain.base import Explained
from domain.clock import Clock
from runtime.settings import STATE_DIR, Settings


class ClockError(Explained):
    """The clock of the demo cannot be read; the message is a Dutch sentence."""


def clock_of(settings: Settings) -> Clock:
    """The real clock, or in a demo that of the local stack (``starter.stack.clock`` writes it).

    Raises:
        ClockError: the file of the local stack cannot be read.
    """
    if settings.environment != "demo":
        return Clock()
    file = STATE_DIR / "clock.json"
    try:
        return Clock.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return Clock()
    except ValidationError:
        raise ClockError(
            f"De stand van de demoklok in {file} is onleesbaar. Zet het bestand terug uit een kopie, of verwijder "
            f"de hele map {STATE_DIR} om opnieuw te beginnen."
        ) from None
