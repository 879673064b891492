"""Reads what is sent to the sandbox, up to a limit."""

from starlette.requests import Request


async def bounded_body(request: Request, limit: int) -> bytes | None:
    """The body of a request, or None when it is longer than `limit` bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)
