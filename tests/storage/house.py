"""A node with one room, as hosts and viewers use it, without sockets.

Promise: two houses on one database and two processes are the same thing to the room; one that is dropped without
`close` is a process that was killed.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import text

from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.clock import Clock
from liveroom.realtime.identity import NO_TRAITS, Identity, Role
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.room import Room
from liveroom.rooms.service import NewRoom
from liveroom.server.node import Node
from liveroom.server.settings import load_settings

ROOM = "demo"
FAR_MS = 2**52
_keys = itertools.count(1)


def make_person(user_id: str, role: Role = Role.VIEWER, **traits: Any) -> Identity:
    """Somebody; hosts and moderators are so in the room."""
    return Identity(
        user_id=user_id,
        name=user_id.title(),
        role=role,
        guest=role is Role.GUEST,
        rooms=frozenset({ROOM}) if role in (Role.HOST, Role.MODERATOR) else None,
        expires_at_ms=FAR_MS,
        traits=traits or NO_TRAITS,
    )


HOST = make_person("host", Role.HOST)


class House:
    """See the module."""

    def __init__(self, url: str, directory: Path, clock: Clock, **settings: Any) -> None:
        kept = {"data_dir": directory} if url.startswith("sqlite") else {"database_url": url}
        self.node = Node(load_settings(secret="x" * 40, **kept, **settings), clock)
        self.clock: Any = clock
        """Tests turn theirs."""

    async def open(self, scene: str = "commerce") -> None:
        """Start, make the room unless it is there, and go live."""
        await self.node.start()
        if await self.node.store.load(ROOM) is None:
            host = Person(id="host", name="h")
            await self.node.rooms.create(NewRoom(ROOM, "t", scene, host, RoomSettings()), "op")
            await self.order("room.go_live")

    async def close(self) -> None:
        """Stop."""
        await self.node.stop()

    async def room(self) -> Room:
        """The room on this node."""
        return await self.node.rooms.room(ROOM)

    async def call(self, who: Identity, type_: str, key: str | None = None, **data: Any) -> dict[str, Any]:
        """Any command; gives the data of the ack, with `duplicate` where it is a repeat."""
        model = catalogue.commands[type_].model.model_validate_json(orjson.dumps(data))
        answer = await self.node.rooms.call(who, ROOM, type_, model, key or f"k{next(_keys)}")
        told: dict[str, Any] = orjson.loads(answer.data) if answer.data else {}
        return told | ({"duplicate": True} if answer.duplicate else {})

    async def order(self, type_: str, key: str | None = None, **data: Any) -> dict[str, Any]:
        """A command of the host."""
        return await self.call(HOST, type_, key, **data)

    async def told(self) -> list[tuple[str, dict[str, Any]]]:
        """The sequenced events of the room so far, in order."""
        room = await self.room()
        await self.node.storage.relay.drain()
        events = [orjson.loads(payload) for payload in room.fanout.ring.tail(0) or ()]
        return [(event["kind"], event["data"]) for event in events]

    async def latest(self, kind: str) -> Any:
        """An absolute value as viewers have it; None: nothing was told."""
        room = await self.room()
        await self.node.storage.relay.drain()
        value = room.fanout.values.get(kind)
        return None if value is None else orjson.loads(value)

    async def webhooks(self) -> list[tuple[str, dict[str, Any]]]:
        """What the app's servers are told, oldest first: type and data."""
        rows = await self.read("SELECT payload FROM outbox WHERE lane = 'webhooks' ORDER BY id")
        return [(type_, data) for (payload,) in rows for type_, data in orjson.loads(bytes(payload))]

    async def read(self, statement: str, **values: Any) -> Sequence[Any]:
        """Rows of the database."""
        async with self.node.storage.database.read() as connection:
            return list(await connection.execute(text(statement), values))


@asynccontextmanager
async def opened(url: str, directory: Path, clock: Clock, **settings: Any) -> AsyncIterator[House]:
    """A house with its room live."""
    house = House(url, directory, clock, **settings)
    await house.open()
    try:
        yield house
    finally:
        await house.close()
