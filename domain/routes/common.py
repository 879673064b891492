"""What every route has in common."""

from domain.declaration import ActSpec
from domain.topics import (
    care,
    completion,
    default_notice,
    dispatch,
    exits,
    income,
    intake,
    life,
    melding,
    objection,
    owners,
    part_time,
    participation,
    pw_household,
    reentry,
    rights,
    sanctions,
    signals,
)

COMMON_ACTS: tuple[ActSpec, ...] = (
    *melding.ACTS,
    *intake.ACTS,
    *income.ACTS,
    *completion.ACTS,
    *dispatch.ACTS,
    *default_notice.ACTS,
    *pw_household.ACTS,
    *rights.ACTS,
    *sanctions.ACTS,
    *part_time.ACTS,
    *reentry.ACTS,
    *participation.ACTS,
    *exits.ACTS,
    *life.ACTS,
    *objection.ACTS,
    *signals.ACTS,
    *owners.ACTS,
    *care.ACTS,
)
"""The acts of a route, topic by topic, in the order in which people are shown them."""
