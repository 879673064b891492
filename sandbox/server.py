"""Runs the whole sandbox in one event loop: HTTP for the BRP, the controls and the pages, and SMTP."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from domain.base import Explained
from sandbox.bouncing import Bouncer
from sandbox.brp import BrpSandbox
from sandbox.calls import CallLog
from sandbox.faults import FaultControl, Stopping
from sandbox.lo3 import TestsetUnreadable, read_testset
from sandbox.mailbox import Mailbox, MailServer
from sandbox.problems import PEOPLE_PATH
from sandbox.residents import Register, load_residents


class CannotStart(Explained):
    """The sandbox cannot run like this; the message is a Dutch sentence that says why and what to do."""


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

    @property
    def url(self) -> str:
        """Address of the pages and the controls, without a slash at the end."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.http_port}"

    @property
    def brp_base_url(self) -> str:
        """What MEEDOEN_BRP_BASE_URL must hold to use this BRP."""
        return self.url + PEOPLE_PATH.removesuffix("/personen")


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
) -> AsyncIterator[Sandbox]:
    """Run a sandbox for as long as the context lasts.

    Args:
        brp_port: port for HTTP; 0 takes a free one.
        smtp_port: port for mail; 0 takes a free one.
        testset: CSV file with the official test persons, who then live here too.
        api_key: what X-API-KEY must hold; None: any call may in.
        mail_dir: folder that gets each mail as a file.
        bounce_port: where mail for an address that starts with ``weg.`` goes back to; None: nowhere.

    Raises:
        CannotStart: a port is taken, the folder cannot be made, or the CSV file is not what it should be.
    """
    residents, municipalities = load_residents()
    try:
        official = () if testset is None else await asyncio.to_thread(read_testset, testset)
        mailbox = await asyncio.to_thread(Mailbox, mail_dir, Bouncer(host, bounce_port))
    except TestsetUnreadable as problem:
        raise CannotStart(str(problem)) from None
    except OSError:
        raise CannotStart(
            f"de map {mail_dir} voor de mail is niet te maken. Kies een andere map met --mail-dir."
        ) from None
    register = Register((*residents, *official), municipalities)
    faults, calls, stopping = FaultControl(), CallLog(), Stopping()
    brp = BrpSandbox(register, api_key=api_key, faults=faults, calls=calls, stopping=stopping)
    mail_server = MailServer(mailbox)
    with _listening("HTTP", host, brp_port):
        listener = _listener(host, brp_port)
    with listener:
        with _listening("mail", host, smtp_port):
            real_smtp_port = await mail_server.start(host, smtp_port)
        web = _WebServer(Starlette(routes=[*brp.routes(), *mailbox.routes()]))
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


class _WebServer(uvicorn.Server):
    """Uvicorn that leaves the signals to the process that it runs in."""

    def __init__(self, app: Starlette) -> None:
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
        )
        super().__init__(config)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
