"""Libraries that would write whole messages, and so people, into a log are never heard."""

import logging

_LIBRARIES = ("zeep", "signxml")


def silence() -> None:
    """Keep zeep and signxml out of every log, at every level; call it after importing them.

    zeep tells with a stack trace which value it could not read; signxml tells at DEBUG what it signs. Whoever sets
    a level, or listens at the root, must not hear either.
    """
    for name in _LIBRARIES:
        # For what they may import later.
        logging.getLogger(name).propagate = False
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger) and name.partition(".")[0] in _LIBRARIES:
            logger.disabled = True
