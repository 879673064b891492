"""Why the stack does not start or cannot go on."""

from domain.base import Explained


class StackError(Explained):
    """A sentence for the person at the keyboard: what was refused, why, and what to do.

    Args:
        message: the sentence, in Dutch.
        exit_code: 2 when nothing was started, 1 when something broke on the way.
    """

    def __init__(self, message: str, exit_code: int = 2) -> None:
        super().__init__(message)
        self.exit_code = exit_code
