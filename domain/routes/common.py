"""What every route has in common."""

from domain.declaration import ActSpec
from domain.topics import (
    care,
    exits,
    income,
    intake,
    life,
    mandate,
    melding,
    objection,
    owners,
    participation,
    routing,
    signals,
    youth,
)

COMMON_ACTS: tuple[ActSpec, ...] = (
    *melding.ACTS,
    *intake.ACTS,
    *income.ACTS,
    *participation.ACTS,
    *exits.ACTS,
    *life.ACTS,
    *objection.ACTS,
    *signals.ACTS,
    *owners.ACTS,
    *routing.ACTS,
    *youth.ACTS,
    *mandate.ACTS,
    *care.ACTS,
)
"""The acts of a route, topic by topic, in the order in which people are shown them."""
