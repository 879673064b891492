"""What every route has in common."""

from domain.declaration import ActSpec, on
from domain.journey import Track
from domain.topics import (
    care,
    completion,
    default_notice,
    dispatch,
    exits,
    income,
    intake,
    life,
    mandate,
    melding,
    objection,
    owners,
    part_time,
    participation,
    pw_household,
    reentry,
    rights,
    routing,
    sanctions,
    signals,
    stock,
    youth,
)

COMMON_ACTS: tuple[ActSpec, ...] = (
    *melding.ACTS,
    *intake.ACTS,
    *on(
        Track.INKOMEN,
        (
            *income.ACTS,
            *completion.ACTS,
            *dispatch.ACTS,
            *default_notice.ACTS,
            *pw_household.ACTS,
            *rights.ACTS,
            *sanctions.ACTS,
            *part_time.ACTS,
            *reentry.ACTS,
        ),
    ),
    *participation.ACTS,
    *exits.ACTS,
    *life.ACTS,
    *on(Track.BEZWAAR, objection.ACTS),
    *signals.ACTS,
    *on(Track.REGIE, owners.ACTS),
    *routing.ACTS,
    *youth.ACTS,
    *stock.ACTS,
    *mandate.ACTS,
    *care.ACTS,
)
"""The acts of a route, topic by topic, in the order in which people are shown them."""
