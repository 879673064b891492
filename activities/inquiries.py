"""Asks a registry what a journey wants to know: with the purpose of policy, through the gate, and written down.

Everything of one question stands in one place here. The municipality's policy of today says with which purpose it
is asked and how much a registry may be asked; both hold for journeys that run on an older one.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from activities.brp import BrpClient, NoUse
from activities.clients import Clients
from activities.contracts import Question
from activities.gate import Gate
from activities.processing_log import ProcessingLog
from activities.registries import SYSTEM_USER, Answered, Call, RegistryClient, RegistryUnavailable
from domain.calendars import civil_date
from domain.findings import Child, Finding, Outcome
from domain.limits import Limits
from domain.policy import Asked, Policy
from domain.questions import BRP_CHILDREN, BRP_PERSON, QUESTIONS, REGISTRY_NAMES, Registry

BRP_PURPOSE = "Uitvoering Participatiewet: vaststellen van de klantroute"
"""Doelbinding of the BRP where policy names none (Participatiewet art. 53a)."""
CHILDREN_WAIT = timedelta(seconds=15)
"""How long the second question about one family waits for its turn; after it the children are left for another time."""
LONGEST_USER = 40
"""X-GEBRUIKER is cut here by gateways."""

_log = structlog.get_logger(__name__)


class Inquiries:
    """Asks one question at a time about one client; any number at once.

    Args:
        clients: who is behind a client number.
        gate: says when a registry may be called.
        log: keeps every call.
        registries: who can be asked; what is not in it is not connected.
        policy_of: the policy of a municipality.
        maintenance: whether registries have their nightly maintenance; those of a demo or a test do not.
    """

    def __init__(
        self,
        *,
        clients: Clients,
        gate: Gate,
        log: ProcessingLog,
        registries: Mapping[Registry, RegistryClient],
        policy_of: Callable[[str], Policy],
        maintenance: bool = True,
    ) -> None:
        self._clients = clients
        self._gate = gate
        self._log = log
        self._registries = registries
        self._policy_of = policy_of
        self._maintenance = maintenance

    def _limits(self, policy: Policy, registry: Registry) -> Limits:
        limits = policy.patience_of(registry)
        return limits if self._maintenance else limits.model_copy(update={"maintenance": ()})

    @property
    def connected(self) -> tuple[str, ...]:
        """Who can be asked, in the order in which they are declared."""
        return tuple(name for name in REGISTRY_NAMES if name in self._registries)

    async def ask(self, question: Question) -> Finding:
        """Ask, and keep what it says of others where that belongs.

        Raises:
            RegistryUnavailable: no answer now, or no call may be made now; try again later.
        """
        named = QUESTIONS.get(question.question)
        client = self._registries.get(named.registry) if named else None
        policy = self._policy_of(question.gemeente).on(civil_date(datetime.now(UTC)))
        asked = policy.questions.get(question.question)
        if named is None or client is None or (asked is None and policy.questions):
            return _not_asked(question, _why(question.question, named is not None, client is not None))
        bsn = await self._clients.bsn(question.gemeente, question.client_number)
        if bsn is None:
            return _not_asked(
                question, "Van deze persoon is geen burgerservicenummer bekend.", Outcome.NOT_FOUND
            )
        answered = await self._call(question, named.registry, client, policy, asked, bsn)
        finding = answered.finding.model_copy(update={"purpose": _purpose(asked)})
        if question.question == BRP_PERSON and answered.partners is not None:
            finding = await self._keep_family(question, client, policy, asked, answered, finding)
        return finding

    async def _call(
        self,
        question: Question,
        registry: Registry,
        client: RegistryClient,
        policy: Policy,
        asked: Asked | None,
        bsn: str,
    ) -> Answered:
        key = f"{question.journey_id}/{question.id}"
        async with (
            self._gate.passage(question.gemeente, registry, key, self._limits(policy, registry)),
            self._log.processing(
                journey_id=question.journey_id,
                gemeente=question.gemeente,
                client_number=question.client_number,
                question_id=question.id,
                question=question.question,
                purpose=_purpose(asked),
                bsn=bsn,
                activity=asked.activity if asked else "",
            ) as record,
        ):
            answered = await client.ask(bsn, self._said(question, asked, record.traceparent))
            record.ended(answered.finding.outcome)
        return answered

    def _said(self, question: Question, asked: Asked | None, trace: str) -> Call:
        return Call(
            question_id=question.id,
            question=question.question,
            purpose=_purpose(asked),
            now=lambda: datetime.now(UTC),
            user=question.by[:LONGEST_USER] or SYSTEM_USER,
            trace=trace,
        )

    # -- family --------------------------------------------------------------------------------------

    async def _keep_family(
        self,
        question: Question,
        client: RegistryClient,
        policy: Policy,
        asked: Asked | None,
        answered: Answered,
        finding: Finding,
    ) -> Finding:
        """Keep partner and address for the household, before the journey hears of the answer and looks for it."""
        gemeente, number = question.gemeente, question.client_number
        moved = await self._clients.lives_at(gemeente, number, answered.address)
        await self._clients.relate(
            gemeente, number, [f"bsn:{partner}" for partner in answered.partners or ()], source="brp"
        )
        if finding.person is None:
            return finding
        children: tuple[Child, ...] | None = ()
        if answered.children:
            children = await self._children(question, client, policy, asked, answered)
        person = finding.person.model_copy(update={"moved": moved, "children": children})
        return finding.model_copy(update={"person": person})

    async def _children(
        self,
        question: Question,
        client: RegistryClient,
        policy: Policy,
        asked: Asked | None,
        answered: Answered,
    ) -> tuple[Child, ...] | None:
        """The children at the same address. Not being able to ask is not that there are none."""
        if answered.address is None or not isinstance(client, BrpClient):
            return None
        first, *others = dict.fromkeys(answered.children)
        limits = self._limits(policy, "brp")
        key = f"{question.journey_id}/{question.id}/kinderen"
        try:
            async with (
                self._gate.passage(question.gemeente, "brp", key, limits, wait=CHILDREN_WAIT),
                self._log.processing(
                    journey_id=question.journey_id,
                    gemeente=question.gemeente,
                    client_number=question.client_number,
                    question_id=question.id,
                    question=BRP_CHILDREN,
                    purpose=_purpose(asked),
                    bsn=first,
                    others=others,
                    activity=asked.activity if asked else "",
                ) as record,
            ):
                call = replace(self._said(question, asked, record.traceparent), question=BRP_CHILDREN)
                try:
                    found = await client.children_at(answered.address, [first, *others], call)
                except NoUse as ended:
                    record.ended(ended.outcome)
                    return None
                record.ended(Outcome.FOUND)
        except RegistryUnavailable:
            _log.info("kinderen niet gevraagd; een volgende keer wel", klantroute=question.journey_id)
            return None
        return tuple(
            Child(ref=self._clients.child_ref(question.gemeente, bsn), birth=birth) for bsn, birth in found
        )


def _purpose(asked: Asked | None) -> str:
    return asked.purpose if asked else BRP_PURPOSE


def _why(name: str, known: bool, connected: bool) -> str:
    if not known:
        return f"Deze versie van Meedoen kent de vraag {name} niet."
    label = QUESTIONS[name].label
    if not connected:
        return f"'{label}' is niet gevraagd: er is geen koppeling meer met deze registratie."
    return f"'{label}' is niet gevraagd: het beleid van vandaag noemt er geen grondslag meer voor."


def _not_asked(question: Question, reason: str, outcome: Outcome = Outcome.REFUSED_US) -> Finding:
    return Finding(
        id=question.id,
        question=question.question,
        outcome=outcome,
        answered_at=question.asked_at,
        reason=reason,
    )
