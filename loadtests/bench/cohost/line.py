"""One person's socket in the cohost benchmark: commands and their answers, nothing else is kept."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import secrets
from collections.abc import Iterator
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from loadtests.bench.errors import ServerFailed

ANSWER_S = 10.0
SUBPROTOCOL = Subprotocol("live.v1.json")


class Line:
    """An open connection in one room."""

    def __init__(self, socket: ClientConnection, room: str) -> None:
        self._socket = socket
        self._room = room
        self._numbers = itertools.count(2)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reader = asyncio.create_task(self._read())

    async def ask(self, type_: str, **data: Any) -> dict[str, Any]:
        """Send a command and give the data of its answer. Raises ServerFailed."""
        number = next(self._numbers)
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        frame = {"id": number, "type": type_, "room": self._room, "data": data, "key": secrets.token_hex(8)}
        with _named(f"{type_} was not answered"):
            async with asyncio.timeout(ANSWER_S):
                await self._socket.send(json.dumps(frame))
                answer = await future
        if answer["type"] == "error":
            raise ServerFailed(f"{type_} was refused: {answer['error']['message']}")
        given: dict[str, Any] = answer.get("data", {})
        return given

    async def close(self) -> None:
        """End it."""
        self._reader.cancel()
        await self._socket.close()

    async def _read(self) -> None:
        with contextlib.suppress(WebSocketException):  # whoever waits for an answer finds that there is none
            async for message in self._socket:
                frame = json.loads(message)
                if frame["type"] == "ping":
                    await self._socket.send(json.dumps({"type": "pong", "t": frame["t"]}))
                future = self._waiting.pop(frame.get("id", -1), None)
                if future is not None and not future.done():
                    future.set_result(frame)


@contextlib.contextmanager
def _named(what: str) -> Iterator[None]:
    """Raise ServerFailed for a time that is over, or a connection that is."""
    try:
        yield
    except (TimeoutError, OSError, WebSocketException) as error:
        raise ServerFailed(f"{what}: {str(error) or f'nothing came within {ANSWER_S:g} s'}") from error


async def open_line(port: int, token: str, room: str) -> Line:
    """Connect as somebody and enter a room. Raises ServerFailed."""
    with _named(f"nobody could enter {room}"):
        async with asyncio.timeout(ANSWER_S):
            socket = await connect(f"ws://127.0.0.1:{port}/ws", subprotocols=[SUBPROTOCOL], compression=None)
            await socket.send(json.dumps({"id": 1, "type": "connect", "token": token, "rooms": {room: {}}}))
            answer = json.loads(await socket.recv())
    if answer["type"] != "connected" or "error" in answer["rooms"][room]:
        raise ServerFailed(f"nobody could enter {room}: {answer}")
    return Line(socket, room)
