"""Everything that a back-office command needs, opened together and closed in order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from activities.clients import Clients
from activities.directory import Directory
from activities.journal import Journal
from activities.notes import Notes
from activities.worklist import Worklist
from runtime.database import open_pool
from runtime.keys import KeyRing
from runtime.settings import Settings, load_settings
from starter.journeys import Journeys, clock_of


@dataclass(frozen=True)
class Office:
    """What people work with."""

    settings: Settings
    pool: asyncpg.Pool
    journeys: Journeys
    worklist: Worklist
    directory: Directory


@asynccontextmanager
async def open_office(settings: Settings | None = None) -> AsyncIterator[Office]:
    """Connect to PostgreSQL and Temporal.

    Raises:
        Explained: one of them cannot be reached, or the settings or keys are wrong.
    """
    from runtime.temporal import connect

    settings = settings or load_settings()
    keys = KeyRing.load(settings.key_file)
    client = await connect(settings, keys)
    async with open_pool(settings) as pool:
        yield Office(
            settings=settings,
            pool=pool,
            journeys=Journeys(
                client,
                Clients(pool, keys),
                Notes(pool, keys),
                Journal(pool, keys, settings.mail_domain),
                task_queue=settings.task_queue,
                clock=clock_of(settings),
                patience=timedelta(seconds=settings.patience_seconds),
            ),
            worklist=Worklist(pool, keys),
            directory=Directory(pool),
        )
