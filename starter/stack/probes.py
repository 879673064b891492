"""Whether a server really answers, which is more than that its process runs."""

import asyncio
import contextlib

import httpx2

from starter.stack.ports import HOST


async def http_answers(port: int, path: str = "/", only: int | None = None) -> bool:
    """Whether a web server answers here.

    Args:
        only: the status that counts; None: any answer of the server, a refusal included.
    """
    # A proxy from the environment must not come between this machine and itself.
    async with httpx2.AsyncClient(trust_env=False, timeout=5) as client:
        try:
            answer = await client.get(f"http://{HOST}:{port}{path}")
        except httpx2.HTTPError:
            return False
    return answer.status_code == only if only is not None else answer.status_code < 500


async def smtp_answers(port: int) -> bool:
    """Whether a mail server greets here."""
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    try:
        async with asyncio.timeout(5):
            greeting = await reader.readline()
            writer.write(b"QUIT\r\n")
            await writer.drain()
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return greeting.startswith(b"220")
