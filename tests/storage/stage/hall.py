"""A whole node with a room that is live, people connected to it without sockets, on a clock that a test turns."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from liveroom.realtime.connection import Connection
from liveroom.realtime.identity import Identity, Role
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.service import NewRoom
from liveroom.server.node import Node
from liveroom.server.settings import load_settings
from tests.rooms_service.line import FakeTransport, Frame, Line
from tests.support.clock import FakeClock

ROOM = "demo"
PATIENCE_S = 60.0
FAR_MS = 2**52
STEP_MS = 250
NUDGE_S = 0.01
NUDGE_MS = 10
_keys = itertools.count(1)


class Wire(FakeTransport):
    """A transport that says when something was written."""

    def __init__(self) -> None:
        super().__init__()
        self.wrote = asyncio.Event()

    def write(self, data: bytes) -> None:
        """Keep it."""
        super().write(data)
        self.wrote.set()


class Guest(Line):
    """Somebody with a connection; commands carry a key of their own."""

    def __init__(self, connection: Connection, wire: Wire, clock: FakeClock) -> None:
        super().__init__(connection, wire, lambda: None)
        self._wire = wire
        self._clock = clock

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to be heard; where nothing comes, a flush may wait for a tick of the clock."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._wire.wrote.clear()
                try:
                    async with asyncio.timeout(NUDGE_S):
                        await self._wire.wrote.wait()
                except TimeoutError:
                    self._clock.advance(NUDGE_MS)

    async def ask(self, type_: str, data: Frame | None = None, *, key: str | None = None) -> Frame:
        """Send a command and wait for its answer: the data of the ack, or the error."""
        number = self.say(type_, data, key=key or f"k{next(_keys)}")
        answers: list[Frame] = []
        await self.until(lambda: bool(answers.extend(self._find(number)) or answers))
        answer = answers[0]
        return answer.get("data", {}) if answer["type"] == "ack" else answer["error"]

    def _find(self, number: int) -> list[Frame]:
        return [frame for frame in self.hear() if frame.get("id") == number and frame["type"] in ("ack", "error")]

    async def told(self, kind: str, holds: Callable[[Frame], bool] = lambda data: True) -> Frame:
        """The last private word of a kind, when it is as wanted."""
        words: list[Frame] = []

        def look() -> bool:
            words[:] = [word for word in self.private(kind)[-1:] if holds(word)]
            return bool(words)

        await self.until(look)
        return words[0]

    async def seen(self, kind: str, holds: Callable[[Frame], bool] = lambda data: True) -> Frame:
        """The last event of a kind, when it is as wanted."""
        events: list[Frame] = []

        def look() -> bool:
            # The last one may still be of a moment without what is looked at.
            with suppress(KeyError, TypeError):
                events[:] = [event["data"] for event in self.events(kind)[-1:] if holds(event["data"])]
            return bool(events)

        await self.until(look)
        return events[0]


class Hall:
    """See the module."""

    def __init__(self, url: str, directory: Path, clock: FakeClock) -> None:
        kept = {"data_dir": directory} if url.startswith("sqlite") else {"database_url": url}
        self.node = Node(load_settings(secret="x" * 40, heartbeat_s=300, **kept), clock)
        self.clock = clock
        # A heartbeat begins at a random moment, and nobody here answers a ping.
        self.node.gateway.limits = replace(self.node.gateway.limits, heartbeat_s=86_400.0)
        self.protocol = self.node.gateway.protocol_class()

    async def open(self, scene: str) -> None:
        """Start, and make the room and its show unless they are there."""
        await self.node.start()
        if await self.node.store.load(ROOM) is None:
            new = NewRoom(ROOM, "t", scene, Person(id="host", name="Host"), RoomSettings())
            await self.node.rooms.create(new, "op")
            host = await self.enter("host", Role.HOST)
            await host.ask("room.go_live")
            host.hang_up()

    async def change_scene(self, **options: Any) -> None:
        """Let a stage that begins from now on have other options."""
        room = await self.node.rooms.room(ROOM)
        assert room.scene.stage is not None
        room.scene = room.scene.model_copy(update={"stage": room.scene.stage.model_copy(update=options)})

    async def enter(self, user_id: str, role: Role = Role.VIEWER, **traits: Any) -> Guest:
        """Somebody connects and enters the room; `joined`: what they were answered."""
        guest = await self.connect(user_id, role, **traits)
        await guest.ask("room.join")
        return guest

    async def connect(self, user_id: str, role: Role = Role.VIEWER, **traits: Any) -> Guest:
        """Somebody connects, without entering."""
        rooms = [ROOM] if role in (Role.HOST, Role.MODERATOR) else None
        token = self.node.issuer.issue(
            user_id, name=user_id.title(), role=role, rooms=rooms, traits=traits, lifetime_s=86_400
        )
        wire = Wire()
        connection = self.protocol(None, SimpleNamespace(connections=set()), None)
        connection.connection_made(wire)  # type: ignore[arg-type] - as much of a transport as is used
        self.node.gateway._welcome(connection)
        guest = Guest(connection, wire, self.clock)
        guest.send({"type": "connect", "token": token, "lang": "en"})
        await guest.until(lambda: bool(guest.hear()))
        return guest

    async def call(self, user_id: str, type_: str, data: Any, role: Role = Role.VIEWER) -> Any:
        """A command over HTTP, of somebody who may be connected nowhere."""
        rooms = frozenset({ROOM}) if role in (Role.HOST, Role.MODERATOR) else None
        identity = Identity(user_id=user_id, name=user_id.title(), role=role, rooms=rooms, expires_at_ms=FAR_MS)
        return await self.node.rooms.call(identity, ROOM, type_, data, f"k{next(_keys)}")

    async def wait(self, ms: int) -> None:
        """Let time pass, step by step, with the work that it brings."""
        for _ in range(0, ms, STEP_MS):
            self.clock.advance(STEP_MS)
            await self.settle()

    async def settle(self) -> None:
        """Wait until what the clock has set off is done, and told to the rooms."""
        value = self.node.value
        async with asyncio.timeout(PATIENCE_S):
            await value._timers.settle()
            await value._whereabouts.settle()
            await value.stage.ending.settle()
            await value.stage.changes.settle()
            await self.node.storage.relay.settle()


@asynccontextmanager
async def opened(url: str, directory: Path, clock: FakeClock, scene: str = "show") -> AsyncIterator[Hall]:
    """A hall, closed at the end."""
    hall = Hall(url, directory, clock)
    try:
        await hall.open(scene)
        yield hall
    finally:
        await hall.node.stop()
