"""A server in memory for the Python client: sockets are queues, time is the fake clock's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from liveroom.realtime.client import LiveRoomClient, TransportClosed
from tests.support.clock import START_MS, FakeClock

Frame = dict[str, Any]
PATIENCE_S = 60


class FakeSocket:
    """One connection, seen from the server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.closed_by_client = asyncio.Event()
        self._to_client: asyncio.Queue[Frame | str | TransportClosed] = asyncio.Queue()
        self._from_client: asyncio.Queue[Frame] = asyncio.Queue()

    async def send(self, text: str) -> None:
        """The client writes."""
        self._from_client.put_nowait(json.loads(text))

    async def receive(self) -> str:
        """The client reads."""
        item = await self._to_client.get()
        if isinstance(item, TransportClosed):
            raise item
        return item if isinstance(item, str) else json.dumps(item)

    async def close(self) -> None:
        """The client closes."""
        self.closed_by_client.set()

    def push(self, *frames: Frame | str) -> None:
        """The server writes."""
        for frame in frames:
            self._to_client.put_nowait(frame)

    def end(self, code: int = 1006, **facts: Any) -> None:
        """The server closes, or the network does."""
        self._to_client.put_nowait(TransportClosed(code, "", **facts))

    async def read(self, type_: str) -> Frame:
        """The client's next frame, which must be of this type."""
        async with asyncio.timeout(PATIENCE_S):
            frame = await self._from_client.get()
        assert frame["type"] == type_, frame
        return frame

    async def sync(self) -> Frame:
        """Wait until the client has read everything so far and check that it has nothing to say but `pong`."""
        self.push({"type": "ping", "t": 7})
        return await self.read("pong")

    async def welcome(self, **more: Any) -> Frame:
        """Answer `connect`; returns it."""
        connect = await self.read("connect")
        rooms = {name: joined(name) for name in connect["rooms"]}
        answer = {"type": "connected", "id": connect["id"], "server_time": START_MS, "heartbeat_ms": 25_000}
        self.push({**answer, "limits": {"message_bytes": 65_536}, "rooms": rooms} | more)
        return connect


class FakeNetwork:
    """Where `LiveRoomClient(connect=…)` connects to."""

    def __init__(self) -> None:
        self.refusals: list[TransportClosed] = []
        self.attempts = 0
        self._arrived: asyncio.Queue[FakeSocket] = asyncio.Queue()

    async def connect(self, url: str) -> FakeSocket:
        """The client connects."""
        self.attempts += 1
        if self.refusals:
            raise self.refusals.pop(0)
        socket = FakeSocket(url)
        self._arrived.put_nowait(socket)
        return socket

    async def accept(self) -> FakeSocket:
        """The next connection."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._arrived.get()

    @property
    def waiting(self) -> int:
        """Connections that nobody has accepted."""
        return self._arrived.qsize()


def joined(room: str = "demo", seq: int = 10, epoch: str = "e1", **more: Any) -> Frame:
    """The answer to a join, with a snapshot unless told otherwise."""
    answer = {"room": room, "epoch": epoch, "seq": seq, "recovered": False, "totals": {}, "me": {}}
    return {**answer, "snapshot": {"room": {"id": room, "status": "open"}, "show": None, "comments": []}} | more


def recovered(seq: int, *events: Frame, room: str = "demo", epoch: str = "e1") -> Frame:
    """The answer to a join with a position."""
    answer = {"room": room, "epoch": epoch, "seq": seq, "recovered": True, "totals": {}, "me": {}}
    return {**answer, "events": list(events)}


def comment(number: int) -> Frame:
    """A comment whose text is its number."""
    return {"kind": "comment.sent", "ts": START_MS, "data": {"id": f"c_{number}", "text": str(number)}}


def events(last_seq: int, *bodies: Frame, room: str = "demo") -> Frame:
    """An `events` frame."""
    return {"type": "events", "room": room, "seq": last_seq, "events": list(bodies)}


def make_client(network: FakeNetwork, clock: FakeClock, **options: Any) -> LiveRoomClient:
    """A client without chance: every jitter is its maximum."""
    settings: Frame = {"rooms": ["demo"], "token": "t1", "random": lambda: 1.0, **options}
    return LiveRoomClient("ws://test/ws", clock=clock, connect=network.connect, **settings)


async def until(holds: Callable[[], bool]) -> None:
    """Let the tasks that are ready run until the condition holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - no time passes: each turn runs what is ready
            await asyncio.sleep(0)
