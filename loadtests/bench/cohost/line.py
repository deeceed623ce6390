"""One person's socket in the cohost benchmark: commands and their answers, nothing else is kept."""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from loadtests.bench.errors import ServerFailed

ANSWER_S = 10.0
SUBPROTOCOL = "live.v1.json"


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
        await self._socket.send(json.dumps(frame))
        async with asyncio.timeout(ANSWER_S):
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
        async for message in self._socket:
            frame = json.loads(message)
            if frame["type"] == "ping":
                await self._socket.send(json.dumps({"type": "pong", "t": frame["t"]}))
            future = self._waiting.pop(frame.get("id", -1), None)
            if future is not None and not future.done():
                future.set_result(frame)


async def open_line(port: int, token: str, room: str) -> Line:
    """Connect as somebody and enter a room. Raises ServerFailed."""
    socket = await connect(f"ws://127.0.0.1:{port}/ws", subprotocols=[SUBPROTOCOL], compression=None)  # type: ignore[list-item] # a NewType of str
    await socket.send(json.dumps({"id": 1, "type": "connect", "token": token, "rooms": {room: {}}}))
    answer = json.loads(await socket.recv())
    if answer["type"] != "connected" or "error" in answer["rooms"][room]:
        raise ServerFailed(f"nobody could enter {room}: {answer}")
    return Line(socket, room)
