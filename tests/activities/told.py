"""Journeys that the real rules tell, as entries for the journal."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from activities.clients import Clients, Registration
from domain.decide import begin
from domain.journey import Resident
from domain.projection import JournalEntry, journal_entry
from tests.domain.story import Story

BSN = "999900006"
NOW = datetime(2026, 5, 1, 7, 0, tzinfo=UTC)


class Told(Story):
    """A story whose decisions become journal entries."""

    def __init__(self, registered: Registration | None = None, **given: Any) -> None:
        super().__init__(**given)
        if registered is not None:
            self.state = begin(
                registered.journey_id.split("-")[1],
                registered.client_number,
                registered.journey_number,
                resident=Resident(birth=self.state.resident.birth),
            )

    def until(self, local: str) -> "Told":
        super().until(local)
        return self

    def act(self, local: str, name: str, **said: Any) -> "Told":
        super().act(local, name, **said)
        return self

    def entries(self, after: int = 0, late: timedelta = timedelta()) -> list[JournalEntry]:
        """Everything after a sequence number."""
        told, before = [], None
        for decision in self.decisions:
            told.append(journal_entry(decision, decision.at + late, self.policy, before=before))
            before = decision.state
        return [entry for entry in told if entry.seq > after]


async def register(
    clients: Clients, *, gemeente: str = "deventer", bsn: str | None = BSN, identity: str = ""
) -> Registration:
    """A resident at the front door."""
    identity = identity or f"bsn:{bsn}"
    return await clients.register(gemeente=gemeente, identity=identity, bsn=bsn, now=NOW)


async def until_somebody_listens(pool: asyncpg.Pool, channel: str) -> None:
    """A notification before that would be heard by nobody."""
    while not await pool.fetchval("SELECT 1 FROM pg_stat_activity WHERE query LIKE $1", f"LISTEN%{channel}%"):
        pass


def reported(registered: Registration) -> Told:
    """A journey with its melding only."""
    return Told(registered).act("2026-05-01T09:00", "melding", kanaal="balie")


def breached(registered: Registration) -> Told:
    """A journey whose first talk is late, with the whole ladder told."""
    return reported(registered).until("2026-05-31T23:00")


def closed(registered: Registration) -> Told:
    """A journey that a person ended."""
    return reported(registered).act(
        "2026-05-04T10:00",
        "klantroute_beeindigd",
        act_id="einde",
        exit="vrijwillig",
        reden="op eigen verzoek",
    )
