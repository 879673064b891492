"""The activities of a journey, as Temporal calls them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.clients import Clients
from activities.contracts import (
    LOOK_UP,
    OPEN_JOURNEY,
    WRITE_JOURNAL,
    JournalBatch,
    JourneyRef,
    OpenedJourney,
    Question,
)
from activities.gate import Gate
from activities.households import Households
from activities.inquiries import Inquiries
from activities.journal import Journal
from activities.kept_policies import KeptPolicies
from activities.processing_log import ProcessingLog
from activities.registries import RegistryClient, RegistryUnavailable
from activities.telling import Tell, TellActivity
from domain.findings import Finding
from domain.policy import Policy, PolicyError
from domain.questions import Registry
from runtime.keys import KeyRing
from runtime.policies import load_policy
from runtime.settings import Settings

_LAST_TRY = timedelta(seconds=1)
LAST_RECORDS_SECONDS = 15.0
"""How long a worker that stops waits for the database, to complete what it wrote down of its last calls; with the time
that activities get to finish it stays within what a container gets."""


class JourneyActivities:
    """Connects journeys to PostgreSQL, to policy files and to registries.

    Args:
        journal: where decisions are written.
        clients: who is behind a client number.
        inquiries: asks registries.
        policy_of: the policy of a municipality; raises PolicyError with a sentence.
        kept: keeps every policy that decisions are made by.
        households: whether journeys belong to a household.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        clients: Clients,
        inquiries: Inquiries,
        policy_of: Callable[[str], Policy],
        kept: KeptPolicies,
        households: bool,
    ) -> None:
        self._journal = journal
        self._clients = clients
        self._inquiries = inquiries
        self._policy_of = policy_of
        self._kept = kept
        self._keeps_households = households

    @activity.defn(name=OPEN_JOURNEY)
    async def open_journey(self, ref: JourneyRef) -> OpenedJourney:
        """The policy of the municipality, for a journey that was registered in PostgreSQL.

        Raises:
            ApplicationError: not retryable: the municipality is unknown or nobody registered the journey.
        """
        try:
            policy = self._policy_of(ref.gemeente)
        except PolicyError as error:
            raise ApplicationError(str(error), type="OnbekendBeleid", non_retryable=True) from None
        if not await self._clients.is_registered(ref.journey_id):
            raise ApplicationError(
                f"{ref.journey_id} is niet geregistreerd. Start klantroutes met 'meedoen start' of 'meedoen "
                "import'; die geven het nummer uit.",
                type="NietGeregistreerd",
                non_retryable=True,
            )
        await self._kept.keep(policy)
        return OpenedJourney(
            policy=policy, households=self._keeps_households, connected=self._inquiries.connected
        )

    @activity.defn(name=WRITE_JOURNAL)
    async def write_journal(self, batch: JournalBatch) -> None:
        """Write decisions down; the same decisions again change nothing."""
        await self._journal.write(batch.entries)

    @activity.defn(name=LOOK_UP)
    async def look_up(self, question: Question) -> Finding:
        """Ask a registry about the client. Silence is tried again; every other answer is a finding.

        Raises:
            ApplicationError: retryable; the registry may answer later.
        """
        try:
            return await self._inquiries.ask(question)
        except RegistryUnavailable as error:
            raise ApplicationError(
                error.sentence,
                type="RegistryUnavailable",
                next_retry_delay=_within(error.retry_after),
                # No fault of ours: the watchdog tells of an outage, and a line for every try would hide the rest.
                category=ApplicationErrorCategory.BENIGN,
            ) from None


def _within(delay: timedelta | None) -> timedelta | None:
    """A wait that ends before the patience does: Temporal would otherwise give up at once, and not when it is over."""
    info = activity.info()
    if delay is None or info.schedule_to_close_timeout is None:
        return delay
    left = info.scheduled_time + info.schedule_to_close_timeout - datetime.now(UTC)
    return min(delay, max(left - _LAST_TRY, timedelta()))


@asynccontextmanager
async def journey_activities(
    settings: Settings,
    keys: KeyRing,
    pool: asyncpg.Pool,
    registries: Mapping[Registry, RegistryClient],
    tell: Tell,
    taken: Callable[[str], Awaitable[bool]],
) -> AsyncIterator[list[Callable[..., Any]]]:
    """What a worker registers; the worker has stopped before the context is left.

    What it asked of registries last is then written down whole, when that can be done soon.

    Args:
        settings: of this process.
        keys: opens and seals.
        pool: the database.
        registries: who can be asked.
        tell: records in one file what another tells it.
        taken: whether Temporal knows a file by this id.
    """
    journal, clients = Journal(pool, keys, settings.mail_domain), Clients(pool, keys)
    log = ProcessingLog(pool, keys)
    telling = TellActivity(Households(pool, clients, taken), tell, journal.state)

    def policy_of(name: str) -> Policy:
        return load_policy(name, settings.policies_dir)

    journey = JourneyActivities(
        journal=journal,
        clients=clients,
        inquiries=Inquiries(
            clients=clients,
            gate=Gate(pool),
            log=log,
            registries=registries,
            policy_of=policy_of,
            maintenance=settings.environment == "productie",
        ),
        policy_of=policy_of,
        kept=KeptPolicies(pool),
        households=settings.households,
    )
    try:
        yield [journey.open_journey, journey.write_journal, journey.look_up, telling.tell]
    finally:
        await log.settled(LAST_RECORDS_SECONDS)
