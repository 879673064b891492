"""Libraries that would write whole messages, and so people, into a log are never heard."""

import logging


def silence() -> None:
    """Keep zeep and signxml out of every log, at every level.

    zeep tells with a stack trace which value it could not read; signxml tells at DEBUG what it signs. Whoever sets
    a level, or listens at the root, must not hear either.
    """
    for name in ("zeep", "signxml"):
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
