"""Runs the whole sandbox in one event loop: HTTP for the registries, the controls and the pages, and SMTP."""

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.base import Explained
from sandbox.bouncing import Bouncer
from sandbox.brp import BrpSandbox
from sandbox.calls import CallLog
from sandbox.controls import Controls
from sandbox.faults import HANG_UP, FaultControl, Stopping
from sandbox.lo3 import TestsetUnreadable, read_testset
from sandbox.mailbox import Mailbox, MailServer
from sandbox.problems import PEOPLE_PATH
from sandbox.residents import Register, Resident, ResidentsUnreadable, load_residents, with_facts
from sandbox.suwinet import BROKER_PATH, SuwinetSandbox
from sandbox.suwinet_signature import CertificateUnusable, read_certificates, read_signer
from sandbox.tokens import TOKEN_PATH, TokenShop


class CannotStart(Explained):
    """The sandbox cannot run like this; the message is a Dutch sentence that says why and what to do."""


@dataclass(frozen=True)
class Tls:
    """How HTTPS is spoken, for everything that the sandbox serves over HTTP."""

    certificate: Path
    key: Path
    client_ca: Path | None = None
    """Who may have issued the certificate that a caller must show; None: none is asked."""


@dataclass(frozen=True)
class Oauth:
    """The one client that may fetch tokens."""

    client_id: str
    secret: str = field(repr=False)
    expires_in: int = 300
    """Seconds that a token lives."""


@dataclass(frozen=True)
class SuwinetSecurity:
    """Whom the broker trusts, and how it signs."""

    trusted: Path | None = None
    """PEM file with certificates that may sign questions, or that may have issued those; None: any may."""
    sign: tuple[Path, Path] | None = None
    """Certificate and key that answers are signed with; None: they are not."""


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: where it listens, and its insides for tests in the same process."""

    host: str
    http_port: int
    smtp_port: int
    register: Register
    faults: FaultControl
    calls: CallLog
    mailbox: Mailbox
    tokens: TokenShop | None = None
    secure: bool = False

    @property
    def url(self) -> str:
        """Address of the pages and the controls, without a slash at the end."""
        scheme = "https" if self.secure else "http"
        return f"{scheme}://{f'[{self.host}]' if ':' in self.host else self.host}:{self.http_port}"

    @property
    def brp_base_url(self) -> str:
        """What MEEDOEN_BRP_BASE_URL must hold to use this BRP."""
        return self.url + PEOPLE_PATH.removesuffix("/personen")

    @property
    def suwinet_url(self) -> str:
        """What MEEDOEN_SUWINET_URL must hold to use this broker."""
        return self.url + BROKER_PATH

    @property
    def token_url(self) -> str:
        """Where a token is fetched, when the sandbox gives them out."""
        return self.url + TOKEN_PATH


@contextlib.asynccontextmanager
async def run_sandbox(
    *,
    host: str = "127.0.0.1",
    brp_port: int = 0,
    smtp_port: int = 0,
    testset: Path | None = None,
    api_key: str | None = None,
    mail_dir: Path | None = None,
    bounce_port: int | None = None,
    suwinet: SuwinetSecurity | None = None,
    tls: Tls | None = None,
    oauth: Oauth | None = None,
    brp_token: bool = False,
    more: Iterable[Resident] = (),
) -> AsyncIterator[Sandbox]:
    """Run a sandbox for as long as the context lasts.

    Args:
        brp_port: port for HTTP; 0 takes a free one.
        smtp_port: port for mail; 0 takes a free one.
        testset: CSV file with the official test persons, who then live here too.
        api_key: what X-API-KEY must hold; None: any call may in.
        mail_dir: folder that gets each mail as a file.
        bounce_port: where mail for an address that starts with ``weg.`` goes back to; None: nowhere.
        suwinet: who may ask the broker and how it signs; None: anybody who signs well, and it does not.
        tls: how HTTPS is spoken; None: plain HTTP.
        oauth: who may fetch tokens; None: nobody.
        brp_token: whether the BRP asks for such a token.
        more: further residents, for a test that needs many.

    Raises:
        CannotStart: a port is taken, the folder cannot be made, or a file is not what it should be.
    """
    if brp_token and oauth is None:
        raise CannotStart(
            "de BRP vraagt een token, maar niemand kan er een halen. Geef ook --oauth-client op."
        )
    context = None if tls is None else await asyncio.to_thread(_context, tls)
    try:
        residents, municipalities = load_residents()
        official = () if testset is None else with_facts(await asyncio.to_thread(read_testset, testset))
        trust = suwinet.trusted if suwinet is not None else None
        trusted = None if trust is None else read_certificates(trust)
        pair = suwinet.sign if suwinet is not None else None
        signer = None if pair is None else read_signer(*pair)
        mailbox = await asyncio.to_thread(Mailbox, mail_dir, Bouncer(host, bounce_port))
    except (TestsetUnreadable, ResidentsUnreadable, CertificateUnusable) as problem:
        raise CannotStart(str(problem)) from None
    except OSError:
        raise CannotStart(
            f"de map {mail_dir} voor de mail is niet te maken. Kies een andere map met --mail-dir."
        ) from None
    register = Register((*residents, *official, *more), municipalities)
    faults, calls, stopping = FaultControl(), CallLog(), Stopping()
    tokens = None if oauth is None else TokenShop(oauth.client_id, oauth.secret, oauth.expires_in)
    brp = BrpSandbox(
        register,
        api_key=api_key,
        tokens=tokens if brp_token else None,
        faults=faults,
        calls=calls,
        stopping=stopping,
    )
    broker = SuwinetSandbox(
        register, faults=faults, calls=calls, stopping=stopping, trusted=trusted, signer=signer
    )
    controls = Controls(register, faults, calls)
    mail_server = MailServer(mailbox)
    with _listening("HTTP", host, brp_port):
        listener = _listener(host, brp_port)
    with listener:
        with _listening("mail", host, smtp_port):
            real_smtp_port = await mail_server.start(host, smtp_port)
        shop = [] if tokens is None else tokens.routes()
        routes = [*brp.routes(), *broker.routes(), *shop, *controls.routes(), *mailbox.routes()]
        web = _WebServer(_CanHangUp(Starlette(routes=routes)), context)
        serving = asyncio.create_task(web.serve(sockets=[listener]))
        try:
            # The socket listens already: a call that comes before the server is up waits in its queue.
            yield Sandbox(
                host=host,
                http_port=listener.getsockname()[1],
                smtp_port=real_smtp_port,
                register=register,
                faults=faults,
                calls=calls,
                mailbox=mailbox,
                tokens=tokens,
                secure=context is not None,
            )
        finally:
            stopping.stop()
            await mail_server.stop()
            web.should_exit = True
            await serving


def _listener(host: str, port: int) -> socket.socket:
    # Named as TCP, or asyncio does not switch off Nagle's algorithm: then each answer waits 40 ms.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except BaseException:
        listener.close()
        raise
    return listener


@contextlib.contextmanager
def _listening(what: str, host: str, port: int) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeError) as error:
        number = error.errno if isinstance(error, OSError) else None
        why = {
            errno.EADDRINUSE: "die poort is al in gebruik. Kies een andere, of stop wat daar draait",
            errno.EACCES: "dat mag deze gebruiker niet. Kies een poort boven 1024",
        }.get(number or 0, "dat adres is op deze computer niet te gebruiken. Kies een ander adres met --host")
        raise CannotStart(f"luisteren op {host}, poort {port} ({what}) lukt niet: {why}.") from None


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(tls.certificate, tls.key, password="")
    except (OSError, ValueError) as error:
        raise CannotStart(
            f"het certificaat {tls.certificate} en de sleutel {tls.key} zijn niet te gebruiken "
            f"({type(error).__name__}). Geef met --tls twee PEM-bestanden op die bij elkaar horen."
        ) from None
    if tls.client_ca is not None:
        try:
            context.load_verify_locations(tls.client_ca)
        except (OSError, ValueError) as error:
            raise CannotStart(
                f"{tls.client_ca} is niet te gebruiken ({type(error).__name__}). Geef met --tls-client-ca een "
                "PEM-bestand met certificaten op."
            ) from None
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class _CanHangUp:
    """Lets an answer close the connection: the server has no word for that."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # ``send`` is a method of what holds the connection, as long as nothing stands in between.
        transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
        scope[HANG_UP] = transport.abort
        await self._app(scope, receive, send)


class _WebServer(uvicorn.Server):
    """Uvicorn that leaves the signals to the process that it runs in."""

    def __init__(self, app: ASGIApp, context: ssl.SSLContext | None) -> None:
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
        )
        config.load()
        config.ssl = context
        super().__init__(config)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
