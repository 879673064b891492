"""A small HTTP server inside a process that has other work to do."""

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from domain.base import Explained

GRACE_SECONDS = 2


class PortUnavailable(Explained):
    """The server cannot listen there; the message is a Dutch sentence."""


class EmbeddedServer:
    """Serves an ASGI application while its ``async with`` lasts.

    Leaves the signals of the process alone: the process decides when it ends.
    """

    def __init__(self, app: ASGIApp, *, host: str, port: int, purpose: str) -> None:
        """Prepare; nothing listens yet.

        Args:
            app: the application.
            host: address to listen on.
            port: port to listen on; 0: any free one (see `port`).
            purpose: what it is for, for the sentence of an error, such as ``de gezondheidspagina``.
        """
        self._host = host
        self._wanted = port
        self._purpose = purpose
        # The application's own start-up belongs to the process, hence no lifespan.
        self._server = _Server(
            uvicorn.Config(
                app,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._socket: socket.socket | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port that it listens on; known once it runs."""
        if self._socket is None:
            return self._wanted
        return int(self._socket.getsockname()[1])

    async def __aenter__(self) -> Self:
        """Listen and serve.

        Raises:
            PortUnavailable: the port is busy, forbidden, or the address is not of this computer.
        """
        self._socket = self._listen()
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving
        if self._socket is not None:
            self._socket.close()

    def _listen(self) -> socket.socket:
        # Bound here, because uvicorn ends the whole process when a port is busy. A bound and listening
        # socket also takes connections before the first turn of the server's task.
        try:
            address = socket.getaddrinfo(self._host, self._wanted, type=socket.SOCK_STREAM)[0]
            listening = socket.socket(address[0], socket.SOCK_STREAM)
        except OSError as error:
            raise self._unavailable(error) from None
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address[4])
            listening.listen(128)
            listening.setblocking(False)
        except OSError as error:
            listening.close()
            raise self._unavailable(error) from None
        return listening

    def _unavailable(self, error: OSError) -> PortUnavailable:
        if error.errno == errno.EADDRINUSE:
            why = f"poort {self._wanted} is al in gebruik"
            remedy = "Stop het andere programma of kies een andere poort."
        elif error.errno == errno.EACCES:
            why = f"dit proces mag poort {self._wanted} niet gebruiken"
            remedy = "Kies een poort boven 1024."
        else:
            why = f"het adres {self._host} kan niet gebruikt worden ({error.strerror})"
            remedy = "Kies een adres van deze computer, zoals 127.0.0.1."
        return PortUnavailable(f"{self._purpose} kan niet starten: {why}. {remedy}")


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
