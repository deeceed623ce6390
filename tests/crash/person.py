"""One person on a raw WebSocket: sends without waiting, and writes down every answer and every event."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import Any

import orjson

from loadtests.bench.frames import PING, PONG, TEXT, make_frame, split_frames
from loadtests.bench.upgrade import make_key, make_request, read_response
from tests.support.server import Server

KEY = make_key(b"sixteen bytes ok")
MASK = b"\x00\x00\x00\x00"
EVENTS = b'{"type":"events"'
CALM_S = 60.0


@dataclass(slots=True)
class Order:
    """A command that was sent; `answer` is the frame that came back, or None."""

    type_: str
    user: str
    key: str
    data: dict[str, Any]
    answer: dict[str, Any] | None = None

    @property
    def is_kept(self) -> bool:
        """Whether the server has acknowledged that something of worth came of it."""
        return self.answer is not None and self.answer["type"] == "ack" and self.outcome in ("granted", "sent")

    @property
    def outcome(self) -> str:
        """What the ack says, or the code of the refusal; empty without an answer."""
        if self.answer is None:
            return ""
        if self.answer["type"] == "error":
            return str(self.answer["error"]["code"])
        return str(self.answer["data"]["outcome"])


class Person(asyncio.Protocol):
    """See the module.

    Args:
        before: the same person on a server that is gone; what was seen there is known.
        listens: whether events are kept. Two hundred people who keep all of them take gigabytes.
    """

    def __init__(
        self, server: Server, user: str, room: str, role: str, before: Person | None = None, *, listens: bool = True
    ) -> None:
        self.user = user
        self.room = room
        self._listens = listens
        self.events: set[bytes] = set() if before is None else before.events
        self.joined: dict[str, Any] = {}
        self._after = {} if before is None else {"epoch": before.joined["epoch"], "seq": before.joined["seq"]}
        self.gone = asyncio.Event()
        self._orders: dict[int, Order] = {}
        self._token = server.token(user, role=role, rooms=[room])
        self._numbers = itertools.count(2)
        self._rest = b""
        self._is_open = False
        self._changed = asyncio.Event()
        self._transport: asyncio.Transport

    async def enter(self, server: Server) -> Person:
        """Connect and join."""
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", server.port)
        await self.wait_for(lambda: bool(self.joined))
        return self

    def say(self, type_: str, key: str, data: dict[str, Any]) -> Order:
        """Send a command."""
        number = next(self._numbers)
        order = Order(type_, self.user, key, data)
        self._orders[number] = order
        self._send({"id": number, "type": type_, "room": self.room, "data": data, "key": key})
        return order

    async def ask(self, order: Order) -> Order:
        """Send a command once more, again while it is refused for now, and wait for its answer."""
        while True:
            again = self.say(order.type_, order.key, order.data)
            await self.wait_for(lambda again=again: again.answer is not None)
            assert again.answer is not None
            error = again.answer.get("error", {})
            if not error.get("retryable"):
                return again
            await asyncio.sleep(error.get("retry_after_ms", 0) / 1000)

    async def wait_for(self, done: Any) -> None:
        """Wait until something heard makes it true."""
        async with asyncio.timeout(CALM_S):
            while not done():
                assert not self.gone.is_set(), f"the server closed the socket of {self.user}"
                self._changed.clear()
                await self._changed.wait()

    def leave(self) -> None:
        """Cut the socket."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade; what belongs behind it goes with it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(make_request("127.0.0.1", "/ws", KEY, "live.v1.json"))
        self._send({"id": 1, "type": "connect", "token": self._token, "rooms": {self.room: self._after}})

    def connection_lost(self, error: Exception | None) -> None:
        """The server is gone, or we are."""
        self.gone.set()
        self._changed.set()

    def data_received(self, data: bytes) -> None:
        """Hear."""
        self._rest += data
        if not self._is_open:
            rest = read_response(self._rest, KEY)
            if rest is None:
                return
            self._is_open, self._rest = True, rest
        frames, self._rest = split_frames(self._rest)
        for opcode, payload in frames:
            if opcode == PING:
                self._transport.write(make_frame(payload, MASK, PONG))
            elif opcode == TEXT:
                self._hear(payload)
        self._changed.set()

    def _hear(self, payload: bytes) -> None:
        if not self._listens and payload.startswith(EVENTS):
            return
        frame = orjson.loads(payload)
        if frame["type"] == "events":
            self.events.update(map(orjson.dumps, frame["events"]))
        elif frame["type"] in ("ack", "error") and frame.get("id") in self._orders:
            self._orders[frame["id"]].answer = frame
        elif frame["type"] == "ping":
            self._send({"type": "pong"})
        elif frame.get("id") == 1:
            assert frame["type"] == "connected", frame
            self.joined = frame["rooms"][self.room]
            self.events.update(map(orjson.dumps, self.joined.get("events", ())))

    def _send(self, frame: dict[str, Any]) -> None:
        self._transport.write(make_frame(orjson.dumps(frame), MASK))
