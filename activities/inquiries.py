"""Asks a registry what a journey wants to know: with the purpose of policy, through the gate, and written down.

Everything of one question stands in one place here. The municipality's policy of today says with which purpose it
is asked and how much a registry may be asked; both hold for journeys that run on an older one.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from activities.brp import MAX_USER, BrpClient, NoUse
from activities.clients import Clients
from activities.contracts import Question
from activities.gate import Gate
from activities.processing_log import Processing, ProcessingLog
from activities.registries import SYSTEM_USER, Answered, Call, RegistryClient
from domain.calendars import civil_date
from domain.findings import Child, Finding, Outcome
from domain.limits import Limits
from domain.policy import Asked, Policy
from domain.questions import BRP_CHILDREN, QUESTIONS, REGISTRY_NAMES, Registry, label_of
from domain.topics.inquiries import first_asked

BRP_PURPOSE = "Uitvoering Participatiewet: vaststellen van de klantroute"
"""Doelbinding of the BRP where policy names none (Participatiewet art. 53a)."""


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
            return _not_asked(question, "Van deze persoon is geen burgerservicenummer bekend.")
        asking = _Asking(question, policy, asked, bsn)
        # Its place in the line is the question's own, also when it is asked again after its patience was over.
        key = f"{question.journey_id}/{first_asked(question.id)[0]}"
        async with self._gate.passage(
            question.gemeente, named.registry, key, self._limits(policy, named.registry)
        ):
            answered = await self._person(asking, client)
            children = await self._children(asking, client, answered)
        finding = answered.finding.model_copy(update={"purpose": asking.purpose})
        if answered.partners is not None:
            finding = await self._keep_family(asking, answered, finding, children)
        return finding

    def _limits(self, policy: Policy, registry: Registry) -> Limits:
        limits = policy.patience_of(registry)
        changes: dict[str, object] = {} if self._maintenance else {"maintenance": ()}
        if registry == "brp":
            # A person and the children are asked in one go, and count as two.
            changes["per_minute"] = max(1, limits.per_minute // 2)
        return limits.model_copy(update=changes)

    async def _person(self, asking: "_Asking", client: RegistryClient) -> Answered:
        async with self._logged(asking, asking.question.question, [asking.bsn]) as record:
            answered = await client.ask(asking.bsn, asking.call(record.traceparent))
            record.ended(answered.finding.outcome)
        return answered

    def _logged(
        self, asking: "_Asking", name: str, about: Sequence[str]
    ) -> AbstractAsyncContextManager[Processing]:
        question = asking.question
        return self._log.processing(
            journey_id=question.journey_id,
            gemeente=question.gemeente,
            client_number=question.client_number,
            question_id=question.id,
            question=name,
            purpose=asking.purpose,
            bsn=about[0],
            others=about[1:],
            activity=asking.asked.activity if asking.asked else "",
        )

    # -- family --------------------------------------------------------------------------------------

    async def _children(
        self, asking: "_Asking", client: RegistryClient, answered: Answered
    ) -> tuple[Child, ...] | None:
        """The children at the same address; None: it could not be asked, which is not that there are none."""
        if answered.finding.person is None or not isinstance(client, BrpClient):
            return None
        if not answered.children:
            return ()
        if answered.address is None:
            return None
        children = list(dict.fromkeys(answered.children))
        async with self._logged(asking, BRP_CHILDREN, children) as record:
            call = replace(asking.call(record.traceparent), question=BRP_CHILDREN)
            try:
                found = await client.children_at(answered.address, children, call)
            except NoUse as ended:
                record.ended(ended.outcome)
                return None
            record.ended(Outcome.FOUND)
        return tuple(
            Child(ref=self._clients.child_ref(asking.question.gemeente, bsn), birth=birth)
            for bsn, birth in found
        )

    async def _keep_family(
        self, asking: "_Asking", answered: Answered, finding: Finding, children: tuple[Child, ...] | None
    ) -> Finding:
        """Keep partner and address for the household, before the journey hears of the answer and looks for it."""
        question = asking.question
        moved = await self._clients.lives_at(
            question.gemeente,
            question.client_number,
            answered.address,
            question=f"{question.journey_id}/{question.id}",
        )
        await self._clients.relate(
            question.gemeente,
            question.client_number,
            [f"bsn:{partner}" for partner in answered.partners or ()],
            source="brp",
        )
        if finding.person is None:
            return finding
        person = finding.person.model_copy(update={"moved": moved, "children": children})
        return finding.model_copy(update={"person": person})


@dataclass(frozen=True)
class _Asking:
    """One question, with whom it is about and by which rules."""

    question: Question
    policy: Policy
    asked: Asked | None
    bsn: str = field(repr=False)

    @property
    def purpose(self) -> str:
        return self.asked.purpose if self.asked else BRP_PURPOSE

    def call(self, trace: str) -> Call:
        return Call(
            question_id=self.question.id,
            question=self.question.question,
            purpose=self.purpose,
            now=lambda: datetime.now(UTC),
            user=self.question.by[:MAX_USER] or SYSTEM_USER,
            trace=trace,
        )


def _why(name: str, known: bool, connected: bool) -> str:
    if not known:
        return f"Deze versie van Meedoen kent de vraag {name} niet."
    label = label_of(name)
    if not connected:
        return f"'{label}' is niet gevraagd: er is geen koppeling meer met deze registratie."
    return f"'{label}' is niet gevraagd: het beleid van vandaag noemt er geen grondslag meer voor."


def _not_asked(question: Question, reason: str) -> Finding:
    return Finding(
        id=question.id,
        question=question.question,
        outcome=Outcome.NOT_ASKED,
        answered_at=question.asked_at,
        reason=reason,
    )
