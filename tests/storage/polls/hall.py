"""A node with a room that is live, a host who asks and viewers who tap, without sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import text

from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.identity import Identity, Role
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.service import NewRoom
from liveroom.server.node import Node
from liveroom.server.settings import load_settings
from tests.support.clock import FakeClock

ROOM = "demo"
FAR_MS = 2**52
STEP_MS = 500


def viewer(user_id: str, **traits: Any) -> Identity:
    """Somebody in the audience."""
    return Identity(user_id=user_id, name=user_id.title(), role=Role.VIEWER, expires_at_ms=FAR_MS, traits=traits)


def host(user_id: str = "host") -> Identity:
    """A host of the room."""
    return Identity(user_id=user_id, name="h", role=Role.HOST, rooms=frozenset({ROOM, "other"}), expires_at_ms=FAR_MS)


class Hall:
    """See the module."""

    def __init__(self, url: str, directory: Path, clock: FakeClock, **settings: Any) -> None:
        kept = {"data_dir": directory} if url.startswith("sqlite") else {"database_url": url}
        self.node = Node(load_settings(secret="x" * 40, **kept, **settings), clock)
        self.clock = clock

    async def open(self, scene: str = "show") -> None:
        """Start, and make the room unless it is there."""
        await self.node.start()
        if await self.node.store.load(ROOM) is None:
            new = NewRoom(ROOM, "t", scene, Person(id="host", name="h"), RoomSettings())
            await self.node.rooms.create(new, "op")
            await self.call(host(), "room.go_live")

    async def call(
        self, who: Identity, type_: str, key: str | None = None, /, room: str = ROOM, **data: Any
    ) -> dict[str, Any]:
        """Any command; gives the data of the ack, with `duplicate` where it is a repeat."""
        model = catalogue.commands[type_].model.model_validate_json(orjson.dumps(data))
        key = key or f"{type_} {len(orjson.dumps(data))} {self.clock.now_ms()}"
        answer = await self.node.rooms.call(who, room, type_, model, key)
        told: dict[str, Any] = orjson.loads(answer.data) if answer.data else {}
        return told | ({"duplicate": True} if answer.duplicate else {})

    async def wait(self, ms: int) -> None:
        """Let time pass, with everything that is due."""
        for _ in range(0, ms, STEP_MS):
            self.clock.advance(STEP_MS)
            await self.node.value._timers.settle()
        await self.node.storage.relay.drain()

    async def read(self, statement: str, **values: Any) -> Sequence[Any]:
        """Rows of the database."""
        async with self.node.storage.database.read() as connection:
            return list(await connection.execute(text(statement), values))

    async def told(self, kind: str) -> list[dict[str, Any]]:
        """The sequenced events of a kind in the room so far, in order."""
        room = await self.node.rooms.room(ROOM)
        await self.node.storage.relay.drain()
        events = [orjson.loads(payload) for payload in room.fanout.ring.tail(0) or ()]
        return [event["data"] for event in events if event["kind"] == kind]

    async def latest(self, kind: str) -> dict[str, Any]:
        """The absolute value of a kind."""
        room = await self.node.rooms.room(ROOM)
        await self.node.storage.relay.drain()
        value: dict[str, Any] = orjson.loads(room.fanout.values[kind])
        return value

    async def shown(self, part: str) -> Mapping[str, Any]:
        """A part of the snapshot."""
        await self.node.storage.relay.drain()
        return (await self.node.rooms.room(ROOM)).snapshot.parts.get(part, {})

    async def mine(self, who: Identity) -> Mapping[str, object]:
        """What a join tells somebody of their votes and entries."""
        room = await self.node.rooms.room(ROOM)
        read = self.node.value.areas.fetch(room, who)
        found = {} if read is None else await read
        return {name: value for name, value in found.items() if name != "level"}

    async def webhooks(self, type_: str) -> list[dict[str, Any]]:
        """What the app's servers are told, oldest first."""
        rows = await self.read("SELECT payload FROM outbox WHERE lane = 'webhooks' ORDER BY id")
        told = [(name, data) for (payload,) in rows for name, data in orjson.loads(bytes(payload))]
        return [data for name, data in told if name == type_]


@asynccontextmanager
async def opened(
    url: str, directory: Path, clock: FakeClock, scene: str = "show", **settings: Any
) -> AsyncIterator[Hall]:
    """A hall that is open."""
    hall = Hall(url, directory, clock, **settings)
    await hall.open(scene)
    try:
        yield hall
    finally:
        await hall.node.stop()
