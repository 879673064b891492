"""What every route has in common."""

from domain.declaration import ActSpec, on
from domain.journey import Track
from domain.topics import (
    care,
    debts,
    exits,
    income,
    intake,
    integration,
    life,
    melding,
    objection,
    owners,
    participation,
    routing,
    sheltered,
    signals,
    stock,
    work_limits,
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
    *on(Track.INBURGERING, integration.ACTS),
    *work_limits.ACTS,
    *on(Track.ZORG, sheltered.ACTS),
    *on(Track.SCHULDEN, debts.ACTS),
    *stock.ACTS,
    *care.ACTS,
)
"""The acts of a route, topic by topic, in the order in which people are shown them."""
