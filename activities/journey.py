"""The activities of a journey, as Temporal calls them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.brp import BrpClient
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
from activities.households import Households
from activities.journal import Journal
from activities.kept_policies import KeptPolicies
from activities.registries import Call, RegistryUnavailable
from activities.telling import Tell, TellActivity
from domain.findings import Finding, Outcome
from domain.policy import Policy, PolicyError
from runtime.keys import KeyRing
from runtime.policies import load_policy
from runtime.settings import Settings

BRP_PURPOSE = "Uitvoering Participatiewet: vaststellen van de klantroute"
"""Doelbinding of the question for age, municipality and suspension (Participatiewet art. 53a)."""


class JourneyActivities:
    """Connects journeys to PostgreSQL, to policy files and to the BRP.

    Args:
        journal: where decisions are written.
        clients: who is behind a client number.
        brp: asks the BRP.
        policy_of: the policy of a municipality; raises PolicyError with a sentence.
        kept: keeps every policy that decisions are made by.
        households: whether journeys belong to a household.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        clients: Clients,
        brp: BrpClient,
        policy_of: Callable[[str], Policy],
        kept: KeptPolicies,
        households: bool,
    ) -> None:
        self._journal = journal
        self._clients = clients
        self._brp = brp
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
        return OpenedJourney(policy=policy, households=self._keeps_households)

    @activity.defn(name=WRITE_JOURNAL)
    async def write_journal(self, batch: JournalBatch) -> None:
        """Write decisions down; the same decisions again change nothing."""
        await self._journal.write(batch.entries)

    @activity.defn(name=LOOK_UP)
    async def look_up(self, question: Question) -> Finding:
        """Ask the BRP about the client. Silence is tried again; every other answer is a finding.

        Raises:
            ApplicationError: retryable; the registry may answer later.
        """
        bsn = await self._clients.bsn(question.gemeente, question.client_number)
        if bsn is None:
            return Finding(
                id=question.id,
                question=question.question,
                outcome=Outcome.NOT_FOUND,
                answered_at=question.asked_at,
                reason="Van deze persoon is geen burgerservicenummer bekend.",
            )
        try:
            finding, partners, address, _ = await self._brp.ask(
                bsn,
                Call(
                    question_id=question.id,
                    question=question.question,
                    purpose=BRP_PURPOSE,
                    now=lambda: datetime.now(UTC),
                ),
            )
        except RegistryUnavailable as error:
            await self._log(question, Outcome.NO_ANSWER)
            raise ApplicationError(
                error.sentence, type="RegistryUnavailable", next_retry_delay=error.retry_after
            ) from None
        await self._log(question, finding.outcome)
        if partners is not None:
            # Before the journey hears of it: then it looks for its household.
            await self._clients.lives_at(question.gemeente, question.client_number, address)
            await self._clients.relate(
                question.gemeente,
                question.client_number,
                [f"bsn:{partner}" for partner in partners],
                source="brp",
            )
        return finding

    async def _log(self, question: Question, outcome: Outcome) -> None:
        await self._clients.log_look_up(
            journey_id=question.journey_id,
            gemeente=question.gemeente,
            client_number=question.client_number,
            question=question.question,
            purpose=BRP_PURPOSE,
            outcome=outcome.value,
        )


def journey_activities(
    settings: Settings,
    keys: KeyRing,
    pool: asyncpg.Pool,
    brp: BrpClient,
    tell: Tell,
    taken: Callable[[str], Awaitable[bool]],
) -> list[Callable[..., Any]]:
    """What a worker registers.

    Args:
        settings: of this process.
        keys: opens and seals.
        pool: the database.
        brp: asks the BRP.
        tell: records in one file what another tells it.
        taken: whether Temporal knows a file by this id.
    """
    journal, clients = Journal(pool, keys, settings.mail_domain), Clients(pool, keys)
    telling = TellActivity(Households(pool, clients, taken), tell, journal.state)
    journey = JourneyActivities(
        journal=journal,
        clients=clients,
        brp=brp,
        policy_of=lambda name: load_policy(name, settings.policies_dir),
        kept=KeptPolicies(pool),
        households=settings.households,
    )
    return [journey.open_journey, journey.write_journal, journey.look_up, telling.tell]
