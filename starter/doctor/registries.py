"""Registries: the way there, the certificates on both sides, and a question about a test person."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from cryptography import x509

from activities.connections import LOOPBACK
from activities.registries import Call, RegistryClient, RegistryUnavailable
from domain.calendars import civil_date, say
from domain.findings import Outcome
from domain.questions import QUESTIONS, begun
from runtime.certificates import CertificateError, Certificates, tls_problem
from starter.doctor.examine import Check
from starter.doctor.result import (
    APPLICATION,
    CONTRACT,
    NETWORK,
    SUPPLIER,
    Told,
    note,
    right,
    skipped,
    wrong,
)

SOON = timedelta(days=30)
"""How long before its end a certificate is spoken of: ordering one takes weeks."""
_CONNECT_SECONDS = 5.0
_REFUSAL_SECONDS = 0.5
_QUESTION_SECONDS = 60.0


class Endpoint(NamedTuple):
    """One address that a connection uses."""

    part: str
    """Begin of the names of its checks; empty for the registry itself."""
    label: str
    """In Dutch, such as ``de BRP``."""
    setting: str
    """Which setting holds the address."""
    url: str


@dataclass(frozen=True, kw_only=True)
class RegistryConnection:
    """Everything that the checks need to know of the connection to one registry, or to a broker of several.

    Attributes:
        group: first part of the names of the checks, and what ``--only`` takes.
        label: in Dutch, as in a sentence: ``de BRP``.
        endpoints: the addresses that are used.
        certificates: of ours, and whom we trust.
        client: makes the client that the worker uses; raises a sentence when settings do not fit.
        questions: keys of ``domain.questions.QUESTIONS`` that are tried.
        purpose: doelbinding of the test questions.
        test_bsn: whom they are about, as agreed with the registry; empty: nobody was agreed.
    """

    group: str
    label: str
    endpoints: tuple[Endpoint, ...]
    certificates: Certificates
    client: Callable[[], AbstractAsyncContextManager[RegistryClient]]
    questions: tuple[str, ...]
    purpose: str
    test_bsn: str


def registry_checks(
    connection: RegistryConnection, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> list[Check]:
    """The checks of one connection.

    Args:
        connection: to which registry.
        now: the clock by which certificates end.
    """
    group, label = connection.group, begun(connection.label)
    own = f"{group}.eigen-certificaat"
    settings = f"{group}.instellingen"
    checks = [
        Check(own, f"{label}: ons certificaat", lambda: _own_certificate(connection, now())),
        Check(settings, f"{label}: instellingen", lambda: _settings(connection), (own,)),
    ]
    needed: list[str] = [settings]
    for endpoint in connection.endpoints:
        checks += _way(connection, endpoint, now)
        needed.append(checks[-1].name)
    several = len(connection.questions) > 1
    for question in connection.questions:
        checks.append(
            Check(
                f"{group}.vraag-{question}" if several else f"{group}.vraag",
                f"{label}: testvraag" + (f" ({QUESTIONS[question].label})" if several else ""),
                partial(_ask, connection, question, now),
                tuple(needed),
                CONTRACT,
                _QUESTION_SECONDS,
            )
        )
    return checks


def _way(connection: RegistryConnection, endpoint: Endpoint, now: Callable[[], datetime]) -> list[Check]:
    """The checks of one address, each after the one before."""
    label = begun(endpoint.label)
    part = f"{connection.group}.{endpoint.part}"
    address, line = f"{part}adres", f"{part}verbinding"
    return [
        Check(address, f"{label}: adres", lambda: _resolves(endpoint)),
        Check(line, f"{label}: verbinding", lambda: _connects(endpoint), (address,)),
        Check(
            f"{part}certificaat",
            f"{label}: certificaat",
            lambda: _their_certificate(connection, endpoint, now()),
            (line,),
        ),
    ]


async def _own_certificate(connection: RegistryConnection, now: datetime) -> Told:
    own = await asyncio.to_thread(connection.certificates.own)
    if own is None:
        return right(f"Wij tonen {connection.label} geen eigen certificaat; er is er geen ingesteld.")
    setting = f"{connection.certificates.setting}_CERTIFICATE"
    return _dated(
        own.certificate,
        now,
        f"Ons certificaat voor {connection.label} ({setting})",
        f"Vraag een nieuw aan, en zet het met zijn sleutel neer bij {setting}.",
    ) or right(
        f"Ons certificaat voor {connection.label} past bij zijn sleutel en geldt tot en met {_last(own.certificate)}."
    )


async def _settings(connection: RegistryConnection) -> Told:
    async with connection.client():
        pass
    return right(f"De instellingen voor {connection.label} passen bij elkaar.")


async def _resolves(endpoint: Endpoint) -> Told:
    host = _host(endpoint)
    if host is None:
        return wrong(
            f"Het adres van {endpoint.label} ({endpoint.setting}) is geen adres dat met https:// begint. Zet er het "
            "adres dat de leverancier opgaf.",
            APPLICATION,
        )
    try:
        await asyncio.get_running_loop().getaddrinfo(host[0], host[1], type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return wrong(
            f"De naam {host[0]} van {endpoint.label} is hier niet bekend. Controleer {endpoint.setting}, en of deze "
            "machine de naamserver van dat netwerk gebruikt.",
            NETWORK,
        )
    return right(f"De naam {host[0]} van {endpoint.label} is bekend.")


async def _connects(endpoint: Endpoint) -> Told:
    host, port = _known(endpoint)
    why = "de verbinding wordt geweigerd"
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()
    except TimeoutError:
        why = f"er komt binnen {_CONNECT_SECONDS:g} seconden geen antwoord"
    except OSError:
        pass
    else:
        return right(f"{begun(endpoint.label)} neemt op {host}:{port} een verbinding aan.")
    return wrong(
        f"Er komt geen verbinding met {endpoint.label} op {host}:{port}: {why}. Laat de firewall en de route naar dat "
        "netwerk nakijken.",
        NETWORK,
    )


async def _their_certificate(connection: RegistryConnection, endpoint: Endpoint, now: datetime) -> Told:
    host, port = _known(endpoint)
    if urlsplit(endpoint.url).scheme != "https":
        if host in LOOPBACK:
            return right(f"{begun(endpoint.label)} staat op deze machine en heeft geen certificaat nodig.")
        return wrong(
            f"Het verkeer met {endpoint.label} gaat onversleuteld, en er gaan burgerservicenummers over. Laat "
            f"{endpoint.setting} met https:// beginnen.",
            APPLICATION,
        )
    context = await asyncio.to_thread(_context, connection.certificates)
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            shown = await _shown(host, port, context)
    except (OSError, TimeoutError) as error:
        problem = tls_problem(error)
        if problem is None:
            return wrong(
                f"{begun(endpoint.label)} breekt op {host}:{port} de versleutelde verbinding af voordat zij er is. "
                "Laat nakijken of daar wel https spreekt.",
                NETWORK,
            )
        return _unsafe(connection, endpoint, problem)
    theirs = x509.load_der_x509_certificate(shown)
    told = _dated(
        theirs,
        now,
        f"Het certificaat van {endpoint.label}",
        "Vraag de leverancier wanneer het nieuwe komt en wie dat uitgeeft.",
    )
    return told or right(
        f"Het certificaat van {endpoint.label} is van een vertrouwde uitgever en geldt tot en met {_last(theirs)}."
    )


def _context(certificates: Certificates) -> ssl.SSLContext:
    try:
        context = certificates.context()
    except CertificateError:
        # Ours has its own check; theirs is looked at all the same.
        context = replace(certificates, certificate=None, private_key=None).context()
    return context or ssl.create_default_context()


async def _shown(host: str, port: int, context: ssl.SSLContext) -> bytes:
    """The certificate that the other side shows, when it is trusted and takes ours.

    Raises:
        OSError: it is not, or does not.
    """
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    try:
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        assert isinstance(shown, bytes)
        # Under TLS 1.3 a refusal of our certificate comes after the hand-shake, and nothing comes otherwise.
        with suppress(TimeoutError):
            async with asyncio.timeout(_REFUSAL_SECONDS):
                await reader.read(1)
        return shown
    finally:
        writer.close()


def _unsafe(connection: RegistryConnection, endpoint: Endpoint, problem: str) -> Told:
    setting = connection.certificates.setting
    if "ons certificaat" in problem or "certificaat van ons" in problem:
        remedy = f"Zet het certificaat dat de leverancier kent bij {setting}_CERTIFICATE, of vraag hem het toe te laten."
        return wrong(f"{begun(endpoint.label)} laat ons niet binnen: {problem}. {remedy}", CONTRACT)
    if "uitgever" in problem:
        remedy = f"Vraag de leverancier wie zijn certificaat uitgeeft, en zet die bij {setting}_CA."
        return wrong(f"De verbinding met {endpoint.label} is niet veilig: {problem}. {remedy}", APPLICATION)
    if "andere naam" in problem:
        remedy = f"Zet bij {endpoint.setting} het adres dat de leverancier opgaf."
        return wrong(f"De verbinding met {endpoint.label} is niet veilig: {problem}. {remedy}", APPLICATION)
    remedy = "Vraag de leverancier om een certificaat dat geldt."
    return wrong(f"De verbinding met {endpoint.label} is niet veilig: {problem}. {remedy}", SUPPLIER)


async def _ask(connection: RegistryConnection, question: str, now: Callable[[], datetime]) -> Told:
    label = connection.label
    if not connection.test_bsn:
        return skipped(
            f"Er is geen testvraag aan {label} gesteld: er is geen testpersoon afgesproken. Vraag de leverancier wie "
            "dat mag zijn en zet het nummer in MEEDOEN_DOCTOR_TEST_BSN; nooit een echte inwoner.",
            CONTRACT,
        )
    asked = Call(question_id="doctor", question=question, purpose=connection.purpose, now=now)
    try:
        async with connection.client() as client:
            finding = (await client.ask(connection.test_bsn, asked)).finding
    except RegistryUnavailable as error:
        return wrong(f"{error.sentence} De testvraag bleef zonder antwoord.", SUPPLIER)
    match finding.outcome:
        case Outcome.FOUND:
            return right(f"De testvraag aan {label} is beantwoord.")
        case Outcome.NOT_FOUND:
            return note(
                f"{begun(label)} laat ons vragen, maar kent de testpersoon niet. Vraag de leverancier wie wel, en pas "
                "MEEDOEN_DOCTOR_TEST_BSN aan.",
                CONTRACT,
            )
        case Outcome.REFUSED_US:
            return wrong(finding.reason, CONTRACT)
        case _:
            return wrong(finding.reason, SUPPLIER)


def _dated(certificate: x509.Certificate, now: datetime, whose: str, remedy: str) -> Told | None:
    """What is wrong with the days of a certificate; None: nothing."""
    who = CONTRACT
    if certificate.not_valid_after_utc < now:
        return wrong(f"{whose} is verlopen sinds {_last(certificate)}. {remedy}", who)
    if certificate.not_valid_before_utc > now:
        first = say(civil_date(certificate.not_valid_before_utc), weekday=False)
        return wrong(f"{whose} geldt pas vanaf {first}. {remedy}", who)
    if certificate.not_valid_after_utc < now + SOON:
        days = (certificate.not_valid_after_utc - now).days
        return note(f"{whose} verloopt over {days} dagen, op {_last(certificate)}. {remedy}", who)
    return None


def _last(certificate: x509.Certificate) -> str:
    return say(civil_date(certificate.not_valid_after_utc), weekday=False)


def _host(endpoint: Endpoint) -> tuple[str, int] | None:
    try:
        parts: SplitResult = urlsplit(endpoint.url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.scheme not in ("http", "https"):
        return None
    return host, port or (443 if parts.scheme == "https" else 80)


def _known(endpoint: Endpoint) -> tuple[str, int]:
    """For checks that come after the one of the address."""
    host = _host(endpoint)
    assert host is not None
    return host


def connection_checks(connections: Sequence[RegistryConnection]) -> list[Check]:
    """The checks of several connections."""
    return [check for connection in connections for check in registry_checks(connection)]
