"""What people see of a household: whole for who directs it, little for who works with one member."""

from datetime import date
from typing import NamedTuple

import asyncpg

from activities.clients import Clients
from activities.households import Households
from activities.journal import Journal
from domain.base import Frozen
from domain.households import Domain, HouseholdFile, Support, read_household_id
from domain.journey import read_journey_id
from runtime.keys import KeyRing


class Involved(Frozen):
    """Who works with another member. Not which member, nor what for."""

    team: str
    person: str
    next_due: date | None
    """The first date on which something has to be done there."""


class Promise(Frozen):
    """Something that somebody does for the plan."""

    number: int
    domain: Domain
    by: Support
    due: date
    text: str
    """Empty when it is another member's."""


class Around(Frozen):
    """What somebody who works with one member sees of the household: who is involved, goals and dates.

    Source: domain facts, data rules: no general ground lets files of the social domain merge.
    """

    household: str
    team: str
    person: str
    """The regisseur who accepted; empty: none yet."""
    plan_since: date | None
    goals: tuple[str, ...]
    """As the resident agreed to them: ``werk: twee ochtenden werk``."""
    promises: tuple[Promise, ...]
    involved: tuple[Involved, ...]


class Share(NamedTuple):
    """How many plans of a municipality demonstrably had one plan and one regisseur on a day."""

    held: int
    plans: int
    alone_held: int
    alone: int
    """Of residents who live alone: reported apart."""


class HouseholdViews:
    """Reads households.

    Args:
        pool: the database.
        journal: tells the file of a household.
        households: who belongs where.
    """

    def __init__(self, pool: asyncpg.Pool, journal: Journal, households: Households) -> None:
        self._pool = pool
        self._journal = journal
        self._households = households

    async def household_of(self, file: str) -> str | None:
        """The household that a journey's client belongs to now; of a household its own id. None: none yet."""
        found = read_journey_id(file)
        if found is None or read_household_id(file) is not None:
            return file if found else None
        return await self._households.of(found[0], found[1])

    async def file(self, household: str) -> HouseholdFile | None:
        """Everything of a household, for who directs it; None: it has no journal, or was erased."""
        state = await self._journal.state(household)
        return None if state is None else state.household_file

    async def around(self, journey: str) -> Around | None:
        """What may be seen from one member's journey; None: it belongs to no household."""
        found = read_journey_id(journey)
        if found is None or read_household_id(journey) is not None:
            return None
        gemeente, client, _ = found
        household = await self._households.of(gemeente, client)
        file = await self.file(household) if household else None
        member = file.member_of(client) if file else None
        if household is None or file is None or member is None or not member.belongs:
            return None
        others = [one.id for other, one in file.open_journeys if other.number != member.number]
        rows = await self._pool.fetch(_INVOLVED, others)
        director, plan = file.director, file.plan
        agreed = [version for version in plan.versions if version.agreements] if plan else []
        return Around(
            household=household,
            team=director.team if director else "",
            person=director.person if director else "",
            plan_since=plan.since if plan else None,
            goals=tuple(
                f"{goal.domain}: {goal.text}" if goal.text else goal.domain
                for goal in (agreed[-1].goals if agreed else ())
            ),
            promises=tuple(
                Promise(
                    number=action.number,
                    domain=action.domain,
                    by=action.by,
                    due=action.due,
                    text=action.text if action.who == str(client) else "",
                )
                for action in file.actions
                if action.is_open
            ),
            involved=tuple(
                Involved(team=row["team"], person=row["person"], next_due=row["next_due"]) for row in rows
            ),
        )

    async def share(self, gemeente: str, on: date) -> Share:
        """The figure of "één gezin, één plan, één regisseur" on a day, from what happened.

        Only households with a plan on that day count (begroting 2019: "van de ondersteuningsplannen").
        """
        row = await self._pool.fetchrow(_SHARE, gemeente, on)
        return Share(*row)


def household_views(pool: asyncpg.Pool, keys: KeyRing) -> HouseholdViews:
    """What reads households, over a connection that is open."""
    # The domain of a Message-ID is for writing only.
    return HouseholdViews(pool, Journal(pool, keys, mail_domain=""), Households(pool, Clients(pool, keys)))


_INVOLVED = """
    SELECT team, person, next_due FROM overview WHERE journey_id = ANY ($1::text[]) ORDER BY team, person
"""
_SHARE = """
    SELECT count(*) FILTER (WHERE held AND NOT alone), count(*) FILTER (WHERE NOT alone),
        count(*) FILTER (WHERE held AND alone), count(*) FILTER (WHERE alone)
    FROM evidence WHERE gemeente = $1 AND plan AND since <= $2 AND (until IS NULL OR $2 < until)
"""

__all__ = ["Around", "HouseholdViews", "Involved", "Promise", "Share", "household_views"]
