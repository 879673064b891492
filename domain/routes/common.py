"""What every route has in common."""

from domain.declaration import ActSpec
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
    work_limits,
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
    *integration.ACTS,
    *work_limits.ACTS,
    *sheltered.ACTS,
    *debts.ACTS,
    *care.ACTS,
)
"""The acts of a route, topic by topic, in the order in which people are shown them."""
