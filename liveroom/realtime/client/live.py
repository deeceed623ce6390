"""The client as a program uses it.

async with LiveRoomClient("ws://127.0.0.1:8000/ws", token=token, rooms=["demo"]) as live:
    room = live.rooms["demo"]
    events = room.events()
    await room.send("comment.send", text="hello")
    async for event in events:
        print(event.kind, event.data)
"""

from __future__ import annotations

import asyncio
import functools
import random as chance
import uuid
import weakref
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType, TracebackType
from typing import Any, Self

from liveroom.realtime.client.errors import ClientClosed, ClientError
from liveroom.realtime.client.events import STREAM_LIMIT, Event, EventStream, Lane
from liveroom.realtime.client.link import Frame
from liveroom.realtime.client.room import Room
from liveroom.realtime.client.session import Introduction, Session
from liveroom.realtime.client.surroundings import Surroundings
from liveroom.realtime.client.tokens import TokenSource
from liveroom.realtime.client.transport import Connector, open_websocket
from liveroom.realtime.clock import Clock, LoopClock

CLIENT = {"name": "liveroom-python", "version": "0.1.0"}


class LiveRoomClient:
    """One user's connection, kept alive until it is closed.

    Args:
        url: address of the WebSocket, `ws://…/ws` or `wss://…/ws`.
        token: a JWT; neither it nor `get_token`: a guest.
        get_token: gives a token whenever one is needed: at the start, before the old one runs out, after 4003.
        rooms: rooms to enter with the first frame.
        lang: language of texts written for this user, BCP 47.
        compress: offer permessage-deflate; worth it on thin lines only.
        clock, random, connect: for tests; `random` gives numbers in [0, 1).

    Attributes:
        status: `connecting`, `connected`, `reconnecting` or `closed`.
        user: who the server says we are; empty before the first connection.
        error: why it is closed, if it is.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        get_token: TokenSource | None = None,
        rooms: Iterable[str] = (),
        lang: str | None = None,
        client: Mapping[str, str] = CLIENT,
        compress: bool = False,
        clock: Clock | None = None,
        random: Callable[[], float] = chance.random,
        connect: Connector | None = None,
    ) -> None:
        self.status = "connecting"
        self.user: Mapping[str, Any] = {}
        self.session_id: str | None = None
        self.error: ClientClosed | None = None
        self._streams: weakref.WeakSet[EventStream] = weakref.WeakSet()
        self._settled = asyncio.Event()
        opener = connect or functools.partial(open_websocket, compress=compress)
        surroundings = Surroundings(clock=clock or LoopClock(), random=random, connect=opener)
        introduction = Introduction(lang=lang, client=client)
        self._session = Session(url, token, get_token, introduction, surroundings, self)
        for name in rooms:
            self.join(name)

    @property
    def rooms(self) -> Mapping[str, Room]:
        """The rooms we are in or on the way into."""
        return MappingProxyType(self._session.rooms)

    @property
    def limits(self) -> Mapping[str, int]:
        """What the server told about its limits."""
        return self._session.limits

    async def __aenter__(self) -> Self:
        """Connect; as `start` followed by `wait_connected`."""
        self.start()
        try:
            await self.wait_connected()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        await self.close()

    def start(self) -> None:
        """Begin to connect, without waiting."""
        self._session.line.dial()

    async def wait_connected(self, timeout_s: float = 30.0) -> None:
        """Wait for the first connection; attempts go on meanwhile.

        Raises:
            ClientClosed: the server does not want us.
            TimeoutError: no server within `timeout_s`.
        """
        async with asyncio.timeout(timeout_s):
            await self._settled.wait()
        if self.error is not None:
            raise self.error

    def join(self, name: str) -> Room:
        """Enter a room, now or as soon as there is a connection; the same name gives the same room until it is left."""
        known = self._session.rooms.get(name)
        if known is not None:
            return known
        room = Room(name, self._send, self._tell)
        self._session.rooms[name] = room
        self._session.entrance.enter(room)
        return room

    def leave(self, name: str) -> None:
        """Leave a room; its events end."""
        room = self._session.rooms.pop(name, None)
        if room is not None:
            room.end()
            self._session.entrance.leave(name)

    async def send(
        self, type_: str, data: Mapping[str, Any] | None = None, /, *, key: str | None = None, **fields: Any
    ) -> dict[str, Any]:
        """Send a command that concerns no room; otherwise as `Room.send`."""
        return await self._send(type_, {**(data or {}), **fields}, room=None, key=key)

    def events(self, limit: int = STREAM_LIMIT) -> EventStream:
        """All events of all rooms from now on, and those of the connection (`status`, private ones without a room)."""
        stream = EventStream(limit)
        if self.status == "closed":
            stream.end()
        self._streams.add(stream)
        return stream

    async def ping(self) -> float:
        """Round trip to the server in ms; NaN while there is no connection."""
        return await self._session.clock.ping(self._session.line.link)

    def check(self) -> None:
        """Ask the server for a sign of life now, and make a new connection when none comes within 4 s.

        Between two attempts, make the next one now. For programs that hear when the network comes back or changes.
        """
        self._session.line.check()

    def server_now_ms(self) -> float:
        """Epoch ms by the server's clock; this machine's until the first connection."""
        return self._session.clock.now_ms()

    async def close(self) -> None:
        """End the connection for good; waiting commands raise ClientClosed. Returns when the socket is closed."""
        await self._session.close(ClientClosed("closed", "the client was closed"))

    def on_connected(self, frame: Frame) -> None:
        """The server knows us."""
        self.user = frame.get("user") or {}
        self.session_id = frame.get("session")

    def on_status(self, status: str, facts: Mapping[str, Any]) -> None:
        """The state of the connection may have changed."""
        if self.status == "closed" or (status == self.status and status != "reconnecting"):
            return
        self.status = status
        self._tell(Event("status", {"status": status, **facts}))
        if status == "closed":
            self.error = ClientClosed(facts["code"], facts["message"])
            for stream in self._streams:
                stream.end()
            for room in self._session.rooms.values():
                room.close_streams()
        if status in ("connected", "closed"):
            self._settled.set()

    def on_error(self, error: ClientError) -> None:
        """An error that answers no command of the program."""
        self._tell(Event("error", error.as_object()))

    def on_private(self, events: list[dict[str, Any]]) -> None:
        """Private events of the connection."""
        for event in events:
            self._tell(Event(event["kind"], event["data"], None, Lane.PRIVATE, None, event["ts"]))

    async def _send(
        self, type_: str, data: Mapping[str, Any], /, *, room: str | None, key: str | None
    ) -> dict[str, Any]:
        if self.error is not None:
            raise self.error
        commands, link = self._session.commands, self._session.line.link
        limit_bytes = self.limits.get("message_bytes")
        answer = commands.add(type_, room, data, key=key or uuid.uuid4().hex, limit_bytes=limit_bytes)
        if link is not None:
            commands.flush(link)
        ack = await answer
        return (ack.get("data") or {}) | {name: ack[name] for name in ("seq", "duplicate") if name in ack}

    def _tell(self, event: Event) -> None:
        for stream in self._streams:
            stream.put(event)
