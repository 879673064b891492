"""Asks Suwinet one question about one person, for all registries behind it.

The burgerservicenummer travels in the signed body of a POST and nowhere else; no error, sentence or log line of
this package repeats what was sent or received.
"""

import asyncio
import re
import ssl
from collections.abc import Sequence
from datetime import UTC, date, datetime
from http import HTTPStatus
from types import TracebackType
from typing import NamedTuple, Self

from cryptography import x509
from lxml import etree

from activities.line import XML, Line, Reply, trace_header, usable_address
from activities.other_side import OtherSide
from activities.registries import Answered, Call, NotUnderstood, RegistryRefused, RegistryUnavailable
from activities.retry_after import retry_after
from activities.suwinet.answer import (
    AUTHORISATION,
    Answer,
    TryLater,
    body_of,
    check_relation,
    has_fault,
    judge,
    parse,
)
from activities.suwinet.contract import Contract, ContractError, Contracts, own_contract
from activities.suwinet.identity import Identity
from activities.suwinet.readings import Reader, Reading
from activities.suwinet.services import SERVICES, Service
from activities.suwinet.signing import address_and_sign, verified_body
from domain.findings import Finding, Outcome
from domain.questions import QUESTIONS, REGISTRY_NAMES, begun

MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""A working life of income can be most of a megabyte."""
INCOME_MONTHS = 24
"""How far back income is asked, in whole months. A whole working life is more than anybody needs to choose a route
(AVG art. 5 lid 1 onder c)."""

_LINK = "de koppeling (MEEDOEN_SUWINET_URL) en het certificaat (MEEDOEN_SUWINET_CERTIFICATE)"
"""Some servers say of a certificate that they do not like that the question is wrong."""
_SUWINET = OtherSide(
    name="Suwinet",
    group="suwinet",
    address="MEEDOEN_SUWINET_URL",
    known_by="het certificaat (MEEDOEN_SUWINET_CERTIFICATE) en de sleutel (MEEDOEN_SUWINET_PRIVATE_KEY)",
    allowed_by=AUTHORISATION,
    question=_LINK,
    link=_LINK,
)


class SuwinetClient:
    """Asks about one person at a time; safe for use by many tasks of one event loop.

    Use it as an async context manager, or call `aclose` at the end.
    """

    def __init__(
        self,
        *,
        url: str,
        identity: Identity,
        timeout_seconds: float,
        tls: ssl.SSLContext | None = None,
        answer_issuers: Sequence[x509.Certificate] = (),
        contracts: Contracts = own_contract,
    ) -> None:
        """Prepare the connection; nothing is sent or loaded yet.

        Args:
            url: address without the name of a service, such as ``https://.../suwibroker/soap``.
            identity: signs every question.
            timeout_seconds: for the whole call, from connecting to the last byte.
            tls: shows our certificate, trusts theirs; None: the certificates of the system.
            answer_issuers: whose certificates may sign answers; none: signatures of answers are not looked at.
            contracts: where the contracts of the services come from.

        Raises:
            SettingsError: a value cannot be used; the sentence says which, without repeating it.
        """
        self._url = usable_address(url, "Het adres van Suwinet (MEEDOEN_SUWINET_URL)").rstrip("/")
        self._identity = identity
        self._issuers = tuple(answer_issuers)
        self._contracts = contracts
        self._loaded: dict[str, asyncio.Task[Contract]] = {}
        self._line = Line(
            _SUWINET,
            XML,
            timeout_seconds=timeout_seconds,
            max_bytes=MAX_ANSWER_BYTES,
            tls=tls,
            headers={"SOAPAction": '""'},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._line.aclose()

    async def ask(self, bsn: str, call: Call) -> Answered:
        """Ask about one person.

        Args:
            bsn: nine digits.
            call: which question, and how; ``call.purpose`` is kept with the finding (Suwinet itself takes none).

        Returns:
            What the registry said, or why what it said is of no use. No partner, address or child: of those
            Suwinet is not asked.

        Raises:
            RegistryUnavailable: no connection, no answer in time, an expired certificate, 429 or 5xx, or an error
                that says to come back later: try again later.
            ValueError: not a question for Suwinet.
        """
        service = SERVICES.get(call.question)
        if service is None:
            raise ValueError(f"Suwinet beantwoordt de vraag '{call.question}' niet.")
        outcome, reason, reading = await self._outcome(service, bsn, call)
        finding = Finding(
            id=call.question_id,
            question=call.question,
            outcome=outcome,
            answered_at=call.now(),
            purpose=call.purpose,
            reason=reason,
        )
        if reading is not None:
            finding = finding.model_copy(update={reading.field: reading.value})
        return Answered(finding)

    async def _outcome(self, service: Service, bsn: str, call: Call) -> "_Ending":
        if re.fullmatch("[0-9]{9}", bsn) is None:
            return _Ending(
                Outcome.REFUSED_US,
                _SUWINET.nothing_asked(
                    "het burgerservicenummer bestaat niet uit negen cijfers. Controleer het nummer in het dossier."
                ),
            )
        self._refuse_expired()
        who = _who(call.question)
        try:
            contract = await self._contract(service)
        except ContractError as error:
            return _Ending(Outcome.REFUSED_US, str(error))
        since = _months_before(call.now().date(), INCOME_MONTHS) if call.question == "uwv_inkomen" else None
        to = f"{self._url}/{service.full_name}"
        message, message_id = await asyncio.to_thread(self._question, contract, bsn, since, to)
        reply = await self._line.in_time(self._line.post(to, message, trace_header(call.trace)))
        try:
            answer, reading = await asyncio.to_thread(
                self._read, reply, contract, message_id, bsn, call.question
            )
        except TryLater as later:
            raise RegistryUnavailable(
                f"{who} kan nu niet antwoorden via Suwinet (code {later.code}).", retry_after(reply.headers)
            ) from None
        except RegistryRefused as refusal:
            return _Ending(Outcome.REFUSED_US, _SUWINET.refused(refusal))
        except NotUnderstood as problem:
            return _Ending(
                Outcome.INCOMPREHENSIBLE,
                f"{who} gaf via Suwinet een antwoord dat wij niet kunnen lezen: {problem}. Controleer de gegevens "
                "met de hand en meld dit aan de beheerder.",
            )
        if reading is None:
            return _Ending(Outcome.NOT_FOUND, f"{who} heeft via Suwinet niets gevonden over deze persoon.")
        return _Ending(Outcome.FOUND, _warning(who, answer.warnings), reading)

    def _refuse_expired(self) -> None:
        ended = self._identity.expired_on(datetime.now(UTC))
        if ended is not None:
            raise RegistryUnavailable(
                f"Ons certificaat voor Suwinet is verlopen op {ended:%d-%m-%Y}. De beheerder moet een nieuw "
                "certificaat aanvragen en neerzetten (MEEDOEN_SUWINET_CERTIFICATE)."
            )

    async def _contract(self, service: Service) -> Contract:
        """The contract of a service, loaded once however many ask at once; a failed attempt is tried again."""
        loading = self._loaded.get(service.full_name)
        if loading is None or (loading.done() and (loading.cancelled() or loading.exception() is not None)):
            loading = asyncio.create_task(asyncio.to_thread(self._contracts, service))
            self._loaded[service.full_name] = loading
        # One who gives up waiting must not take it from the others.
        return await asyncio.shield(loading)

    def _question(self, contract: Contract, bsn: str, since: date | None, to: str) -> tuple[bytes, str]:
        return address_and_sign(
            contract.question(bsn, since),
            action=contract.action,
            to=to,
            identity=self._identity,
            now=datetime.now(UTC),
        )

    def _read(
        self,
        reply: Reply,
        contract: Contract,
        message_id: str,
        bsn: str,
        question: str,
    ) -> tuple[Answer, Reading | None]:
        """From bytes to what was said; runs in a thread.

        Raises:
            NotUnderstood, RegistryRefused, TryLater, RegistryUnavailable: it was not an answer.
        """
        envelope = self._envelope(reply)
        # An error tells nothing of anybody, and who stands in front of Suwinet cannot sign for it.
        if self._issuers and not has_fault(envelope):
            content = verified_body(envelope, self._issuers, datetime.now(UTC))
        else:
            content = body_of(envelope)
        check_relation(envelope, message_id)
        answer = judge(content, contract.answer_tag)
        if answer.element is None:
            return answer, None
        reader = Reader.of(question)
        said = contract.read(answer.element, reader.names)
        return answer, reader.read(said.get("ClientSuwi"), bsn)

    def _envelope(self, reply: Reply) -> etree._Element:
        """The SOAP envelope of an answer, or of an error that is told as one.

        Raises:
            NotUnderstood: it is no SOAP message.
            RegistryRefused: we are sent away.
            RegistryUnavailable: it may go better later.
        """
        if reply.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            # SOAP 1.1 tells every fault with this status, so that only the message says whether it may pass.
            envelope = self._fault(reply)
            if envelope is not None:
                return envelope
        self._line.check(reply)
        return parse(reply.body)

    def _fault(self, reply: Reply) -> etree._Element | None:
        try:
            self._line.check_content(reply)
            envelope = parse(reply.body)
        except NotUnderstood:
            return None
        return envelope if has_fault(envelope) else None


class _Ending(NamedTuple):
    """How a question ended."""

    outcome: Outcome
    reason: str
    reading: Reading | None = None


def _who(question: str) -> str:
    """The registry at the beginning of a sentence."""
    return begun(REGISTRY_NAMES[QUESTIONS[question].registry])


def _warning(who: str, codes: Sequence[str]) -> str:
    if not codes:
        return ""
    return (
        f"{who} gaf een waarschuwing mee (code {', '.join(codes[:5])}): het antwoord kan onvolledig zijn. Kijk bij "
        "twijfel in Suwinet-Inkijk."
    )


def _months_before(day: date, months: int) -> date:
    """The first day of the month that was so many months ago."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, month + 1, 1)
