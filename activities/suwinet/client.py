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

import httpx2
from cryptography import x509
from lxml import etree

from activities.registries import Answered, Call, RegistryUnavailable
from activities.retry_after import retry_after
from activities.suwinet.answer import Answer, TryLater, body_of, check_relation, has_fault, judge, parse
from activities.suwinet.contract import Contract, ContractError, ContractFolder, Contracts, own_contract
from activities.suwinet.identity import Identity, IdentityError, load_identity, load_issuers, tls_context
from activities.suwinet.problems import NotUnderstood, Refused
from activities.suwinet.readings import Reader, Reading
from activities.suwinet.services import SERVICES, Service
from activities.suwinet.signing import address_and_sign, verified_body
from domain.findings import Finding, Outcome
from domain.questions import QUESTIONS, REGISTRY_NAMES
from runtime.settings import Settings

MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""A working life of income can be most of a megabyte."""
INCOME_MONTHS = 24
"""How far back income is asked, in whole months. A whole working life is more than anybody needs to choose a route
(AVG art. 5 lid 1 onder c)."""

_XML = frozenset({"text/xml", "application/xml"})
_TRACE = re.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


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
            ValueError: a value cannot be used; the sentence says which, without repeating it.
        """
        if timeout_seconds <= 0:
            raise ValueError("De tijdslimiet voor Suwinet moet groter zijn dan nul seconden.")
        self._url = _usable(url)
        self._identity = identity
        self._timeout_seconds = timeout_seconds
        self._issuers = tuple(answer_issuers)
        self._contracts = contracts
        self._loaded: dict[str, asyncio.Task[Contract]] = {}
        self._client = httpx2.AsyncClient(
            headers={
                "Accept": "text/xml",
                # Unpacking could turn a small answer into one without limit.
                "Accept-Encoding": "identity",
                "Content-Type": "text/xml; charset=utf-8",
                "SOAPAction": '""',
            },
            timeout=None,
            follow_redirects=False,
            # A proxy from the environment must never decide where a BSN travels.
            trust_env=False,
            verify=tls if tls is not None else True,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

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
                "Er is niets aan Suwinet gevraagd: het burgerservicenummer bestaat niet uit negen cijfers. "
                "Controleer het nummer in het dossier.",
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
        response, body = await self._post(to, message, call.trace)
        try:
            answer, reading = await asyncio.to_thread(
                self._read, response, body, contract, message_id, bsn, call.question
            )
        except TryLater as later:
            raise RegistryUnavailable(
                f"{who} kan nu niet antwoorden via Suwinet (code {later.code}).", retry_after(response)
            ) from None
        except Refused as refused:
            return _Ending(
                Outcome.REFUSED_US, f"Suwinet {refused.what}. Laat de beheerder {refused.mend} nakijken."
            )
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

    async def _post(self, to: str, message: bytes, trace: str) -> tuple[httpx2.Response, bytes]:
        """Send the question; the answer is read no further than one byte past the limit."""
        headers = {"traceparent": trace} if _TRACE.fullmatch(trace) else {}
        body = bytearray()
        began = False
        try:
            # Time-outs per read would let an answer that drips in byte by byte go on for ever.
            async with asyncio.timeout(self._timeout_seconds):
                async with self._client.stream("POST", to, content=message, headers=headers) as response:
                    began = True
                    async for chunk in response.aiter_raw():
                        body += chunk
                        if len(body) > MAX_ANSWER_BYTES:
                            break
                return response, bytes(body)
        except TimeoutError:
            sentence = f"Suwinet antwoordde niet binnen {self._timeout_seconds:g} seconden."
        except (httpx2.HTTPError, OSError) as error:
            # TLS 1.3 tells only while the answer is read that our certificate was refused, and the HTTP library
            # lets that error through as it is.
            sentence = _connection_sentence(error, secure=to.startswith("https:"), began=began)
        # Raised here and not in the handlers: the library's error holds the request, and so the BSN.
        raise RegistryUnavailable(sentence)

    def _read(
        self,
        response: httpx2.Response,
        body: bytes,
        contract: Contract,
        message_id: str,
        bsn: str,
        question: str,
    ) -> tuple[Answer, Reading | None]:
        """From bytes to what was said; runs in a thread.

        Raises:
            NotUnderstood, Refused, TryLater, RegistryUnavailable: it was not an answer.
        """
        envelope = _envelope(response, body)
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


class _Ending(NamedTuple):
    """How a question ended."""

    outcome: Outcome
    reason: str
    reading: Reading | None = None


def suwinet_client(settings: Settings) -> SuwinetClient | None:
    """Suwinet as the settings name it; None: not connected.

    Raises:
        IdentityError: a certificate or a key cannot be used.
        ContractError: the folder with contracts is not there.
        ValueError: another setting cannot be used.
    """
    if not settings.suwinet_url:
        return None
    for name in ("suwinet_certificate", "suwinet_private_key"):
        if not getattr(settings, name):
            raise IdentityError(
                f"MEEDOEN_SUWINET_URL is ingesteld, maar MEEDOEN_{name.upper()} niet. Suwinet vraagt een "
                "certificaat met een sleutel. Vul de instelling in, of laat MEEDOEN_SUWINET_URL leeg."
            )
    password = settings.suwinet_private_key_password.get_secret_value()
    certificate, key = str(settings.suwinet_certificate), str(settings.suwinet_private_key)
    identity = load_identity(certificate, key, password)
    contracts: Contracts = own_contract
    if settings.suwinet_wsdl_dir:
        folder = settings.suwinet_wsdl_dir
        if not folder.is_dir():
            raise ContractError(
                "De map van MEEDOEN_SUWINET_WSDL_DIR bestaat niet. Zet de WSDL's van BKWI daar neer, of laat de "
                "instelling leeg."
            )
        contracts = ContractFolder(folder)
    return SuwinetClient(
        url=settings.suwinet_url,
        identity=identity,
        timeout_seconds=settings.suwinet_timeout_seconds,
        tls=tls_context(certificate, key, password, str(settings.suwinet_ca or "")),
        answer_issuers=load_issuers(str(settings.suwinet_answer_ca)) if settings.suwinet_answer_ca else (),
        contracts=contracts,
    )


# --- what HTTP says -------------------------------------------------------------------------------


def _envelope(response: httpx2.Response, body: bytes) -> etree._Element:
    """The SOAP envelope of an answer, or of an error that is told as one.

    Raises:
        NotUnderstood: it is no SOAP message.
        Refused: we are sent away.
        RegistryUnavailable: it may go better later.
    """
    status = response.status_code
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        # SOAP 1.1 tells every fault with this status, so that only the message says whether it may pass.
        envelope = _fault(response, body)
        if envelope is not None:
            return envelope
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise RegistryUnavailable(_unavailable_sentence(status), retry_after(response))
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise _refusal(status)
    if status != HTTPStatus.OK:
        raise NotUnderstood(f"het antwoord heeft statuscode {status}")
    _check_kind(response, body)
    return parse(body)


def _fault(response: httpx2.Response, body: bytes) -> etree._Element | None:
    try:
        _check_kind(response, body)
        envelope = parse(body)
    except NotUnderstood:
        return None
    return envelope if has_fault(envelope) else None


def _check_kind(response: httpx2.Response, body: bytes) -> None:
    if len(body) > MAX_ANSWER_BYTES:
        raise NotUnderstood(f"het antwoord is groter dan {MAX_ANSWER_BYTES // 1024} kB")
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise NotUnderstood("het antwoord is ingepakt, terwijl daar niet om gevraagd is")
    kind, _, parameters = response.headers.get("content-type", "").lower().partition(";")
    if kind.strip() not in _XML:
        raise NotUnderstood("het antwoord is geen XML volgens zijn content-type")
    charset = re.search(r"charset\s*=\s*\"?([^\s\";]+)", parameters)
    if charset is not None and charset.group(1) not in ("utf-8", "utf8"):
        raise NotUnderstood("het antwoord heeft een andere tekenset dan UTF-8")


def _refusal(status: int) -> Refused:
    match status:
        case HTTPStatus.UNAUTHORIZED:
            what = (
                "herkent ons niet",
                "het certificaat (MEEDOEN_SUWINET_CERTIFICATE) en de sleutel (MEEDOEN_SUWINET_PRIVATE_KEY)",
            )
        case HTTPStatus.FORBIDDEN:
            what = (
                "staat ons deze vraag niet toe",
                "de autorisatie bij Suwinet (BKWI) en het certificaat (MEEDOEN_SUWINET_CERTIFICATE)",
            )
        case HTTPStatus.NOT_FOUND:
            what = "is niet te vinden op dit adres", "het adres (MEEDOEN_SUWINET_URL)"
        case _ if status < HTTPStatus.BAD_REQUEST:
            what = "verwijst ons naar een ander adres", "het adres (MEEDOEN_SUWINET_URL)"
        case _:
            # Also what some servers say of a certificate that they do not like.
            what = (
                "wijst onze vraag af",
                "de koppeling (MEEDOEN_SUWINET_URL) en het certificaat (MEEDOEN_SUWINET_CERTIFICATE)",
            )
    return Refused(f"{what[0]} ({status})", what[1])


def _unavailable_sentence(status: int) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "Suwinet vraagt ons te wachten: er komen te veel vragen tegelijk (429)."
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return "Suwinet is tijdelijk niet beschikbaar (503)."
    return f"Suwinet heeft een storing ({status})."


def _connection_sentence(error: Exception, *, secure: bool, began: bool) -> str:
    trouble = _tls_trouble(error)
    if isinstance(trouble, ssl.SSLCertVerificationError):
        return (
            "Het certificaat van Suwinet wordt niet vertrouwd: het is verlopen, of van een andere naam of uitgever "
            "dan wij verwachten. De beheerder moet MEEDOEN_SUWINET_CA en MEEDOEN_SUWINET_URL nakijken; is het "
            "verlopen, dan moet BKWI het vernieuwen."
        )
    if trouble is not None and _is_about_our_certificate(trouble):
        return (
            "Suwinet weigert ons certificaat: het is verlopen, ingetrokken of daar niet bekend. De beheerder moet "
            "het certificaat nakijken (MEEDOEN_SUWINET_CERTIFICATE) en zo nodig laten aanmelden bij BKWI."
        )
    if isinstance(error, httpx2.ConnectError) and trouble is None:
        return "Suwinet is niet bereikbaar: er komt geen verbinding tot stand."
    sentence = "De verbinding met Suwinet brak af voordat het antwoord compleet was."
    if secure and not began:
        # Some servers hang up on a certificate that they do not like, without a word.
        sentence += (
            " Gebeurt dit steeds, dan kan ons certificaat geweigerd zijn: laat de beheerder "
            "MEEDOEN_SUWINET_CERTIFICATE nakijken."
        )
    return sentence


def _tls_trouble(error: BaseException) -> ssl.SSLError | None:
    """What went wrong with TLS, somewhere under what the HTTP library makes of it."""
    current: BaseException | None = error
    seen: set[int] = set()
    while current is not None and id(current) not in seen:
        if isinstance(current, ssl.SSLError):
            return current
        seen.add(id(current))
        current = current.__cause__ or current.__context__
    return None


def _is_about_our_certificate(error: ssl.SSLError) -> bool:
    # OpenSSL tells what the other side said by name: TLSV1_ALERT_UNKNOWN_CA, SSLV3_ALERT_CERTIFICATE_EXPIRED.
    reason = error.reason or ""
    return "ALERT" in reason and (
        "CERTIFICATE" in reason or "UNKNOWN_CA" in reason or "ACCESS_DENIED" in reason
    )


# --- sentences and addresses ----------------------------------------------------------------------


def _who(question: str) -> str:
    """The registry at the beginning of a sentence."""
    name = REGISTRY_NAMES[QUESTIONS[question].registry]
    return name[0].upper() + name[1:]


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


def _usable(address: str) -> str:
    try:
        url = httpx2.URL(address)
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    usable = (
        url.scheme in ("http", "https")
        and re.fullmatch(rb"[A-Za-z0-9.:_-]+", url.raw_host) is not None
        and (url.port is None or 1 <= url.port <= 65535)
        and not (url.query or url.fragment or url.userinfo)
    )
    if not usable:
        raise ValueError(
            "Het adres van Suwinet (MEEDOEN_SUWINET_URL) is geweigerd: het moet beginnen met https:// of http://, "
            "met een bestaande naam en poort, en zonder vraagteken, hekje of wachtwoord. Pas de instelling aan."
        )
    return address.rstrip("/")
