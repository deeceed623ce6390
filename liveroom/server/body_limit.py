"""Bounds on request bodies, which uvicorn does not have: a size and a time."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BYTES = 32 * 1024
BODY_TIMEOUT_S = 10.0


class BodyTooLarge(Exception):
    """More came than may come."""


class BodyCut(Exception):
    """The sender is gone before the end."""


class BodyLimit:
    """ASGI middleware: 413 for a body above `BODY_BYTES`, 408 for one that takes longer than `BODY_TIMEOUT_S`; a body
    whose sender is gone before its end reaches nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body bounded."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                body = await _read(receive)
        except (BodyTooLarge, TimeoutError) as error:
            await _refuse(send, 413 if isinstance(error, BodyTooLarge) else 408)
            return
        except BodyCut:
            return
        await self._app(scope, _replay(body, receive), send)


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise BodyCut
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_BYTES:
            raise BodyTooLarge
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


async def _refuse(send: Send, status: int) -> None:
    headers = [(b"content-length", b"0"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
