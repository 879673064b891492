"""What every route has in common."""

from domain.declaration import ActSpec, on
from domain.journey import Track
from domain.topics import (
    care,
    exits,
    income,
    intake,
    life,
    melding,
    objection,
    owners,
    participation,
    routing,
    signals,
    stock,
    youth,
)

COMMON_ACTS: tuple[ActSpec, ...] = (
    *melding.ACTS,
    *intake.ACTS,
    *on(Track.INKOMEN, income.ACTS),
    *participation.ACTS,
    *exits.ACTS,
    *life.ACTS,
    *on(Track.BEZWAAR, objection.ACTS),
    *signals.ACTS,
    *on(Track.REGIE, owners.ACTS),
    *routing.ACTS,
    *youth.ACTS,
    *stock.ACTS,
    *care.ACTS,
)
"""The acts of a route, topic by topic, in the order in which people are shown them."""
