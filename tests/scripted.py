"""A small HTTP server that answers what a test tells it to, over TLS where asked."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request as it came over the line."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What goes back."""

    content: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_bytes(self) -> bytes:
        body = self.content if isinstance(self.content, bytes) else json.dumps(self.content).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))} | dict(self.headers)
        lines = [f"HTTP/1.1 {self.status} Antwoord", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


Talk = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""Says whatever it likes, in its own time; then the server hangs up."""
Script = Callable[[Asked], Reply | Talk | Awaitable[Reply]]


def sends(content: bytes) -> Talk:
    """These bytes, whatever they mean."""

    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()

    return talk


@asynccontextmanager
async def scripted(script: Script, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve on a free port of loopback; yields the address, such as ``http://127.0.0.1:4711``."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.strip().split("\r\n")
                headers = {
                    name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
                }
                method, path, _ = first.split(" ")
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                reply = script(Asked(method, path, headers, body))
                if callable(reply):
                    await reply(writer)
                    break
                writer.write((reply if isinstance(reply, Reply) else await reply).as_bytes())
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
