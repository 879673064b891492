"""Everything that a back-office command needs, opened together and closed in order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
from temporalio.client import Client

from activities.clients import Clients
from activities.directory import Directory
from activities.household_views import HouseholdViews, household_views
from activities.households import Households
from activities.journal import Journal
from activities.kept_policies import KeptPolicies, PoliciesOfThen
from activities.notes import Notes
from activities.worklist import Worklist
from domain.clock import Clock
from runtime.database import open_pool
from runtime.demo_clock import clock_of
from runtime.keys import KeyRing
from runtime.policies import load_policy
from runtime.settings import Settings, load_settings
from starter.journeys import Journeys
from starter.reconcile import Mender, PostgresqlSide, Reconciler, TemporalSide


@dataclass(frozen=True)
class Records:
    """What is kept in PostgreSQL."""

    settings: Settings
    pool: asyncpg.Pool
    journal: Journal
    clients: Clients
    notes: Notes
    worklist: Worklist
    directory: Directory
    households: HouseholdViews


@dataclass(frozen=True)
class Office(Records):
    """What people work with: the records, and the journeys that run in Temporal."""

    client: Client
    journeys: Journeys
    clock: Clock
    """What journeys that are started read time by."""

    def reconciler(self, patience: timedelta) -> Reconciler:
        """What lays Temporal and the journal side by side.

        Args:
            patience: how long a difference may be a matter of lagging.
        """
        temporal = TemporalSide(self.client, self.settings.task_queue)
        policies = PoliciesOfThen(
            KeptPolicies(self.pool), lambda name: load_policy(name, self.settings.policies_dir)
        )
        postgresql = PostgresqlSide(self.pool, self.journal, policies, Households(self.pool, self.clients))
        mender = Mender(
            self.client,
            temporal,
            postgresql,
            journal=self.journal,
            clients=self.clients,
            notes=self.notes,
            task_queue=self.settings.task_queue,
            clock=self.clock,
        )
        return Reconciler(temporal, postgresql, mender, self.notes, patience)


@asynccontextmanager
async def open_records(settings: Settings | None = None) -> AsyncIterator[Records]:
    """Connect to PostgreSQL only: what is kept can be read when Temporal is down.

    Raises:
        Explained: it cannot be reached, or the settings or keys are wrong.
    """
    settings = settings or load_settings()
    keys = KeyRing.load(settings.key_file)
    async with open_pool(settings) as pool:
        yield _records(settings, keys, pool)


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
        records = _records(settings, keys, pool)
        clock = clock_of(settings)
        journeys = Journeys(
            client,
            records.clients,
            records.notes,
            records.journal,
            task_queue=settings.task_queue,
            clock=clock,
            patience=timedelta(seconds=settings.patience_seconds),
        )
        yield Office(**vars(records), client=client, journeys=journeys, clock=clock)


def _records(settings: Settings, keys: KeyRing, pool: asyncpg.Pool) -> Records:
    return Records(
        settings=settings,
        pool=pool,
        journal=Journal(pool, keys, settings.mail_domain),
        clients=Clients(pool, keys),
        notes=Notes(pool, keys),
        worklist=Worklist(pool, keys),
        directory=Directory(pool),
        households=household_views(pool, keys),
    )
