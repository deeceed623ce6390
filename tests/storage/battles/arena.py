"""A node with live rooms whose hosts fight, as hosts and viewers use it, without sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import text

from liveroom.realtime.catalogue import Model, catalogue
from liveroom.realtime.identity import Identity, Role
from liveroom.rooms.messages.gift import Gift, GiftNames
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.service import NewRoom
from liveroom.server.battles import as_shown
from liveroom.server.node import Node
from liveroom.server.settings import load_settings
from tests.support.clock import FakeClock

ROOMS = ("a", "b", "c", "d")
FAR_MS = 2**52
Json = dict[str, Any]


class Arena:
    """See the module."""

    def __init__(self, url: str, directory: Path, clock: FakeClock, **settings: Any) -> None:
        kept = {"data_dir": directory} if url.startswith("sqlite") else {"database_url": url}
        self.node = Node(load_settings(secret="x" * 40, gift_billing="open", **kept, **settings), clock)
        self.clock = clock
        self._keys = 0
        self._is_closed = False

    async def close(self) -> None:
        """Stop, unless it is stopped."""
        if not self._is_closed:
            self._is_closed = True
            await self.node.stop()

    async def open(self) -> None:
        """Start, and make the rooms unless they are there."""
        await self.node.start()
        if await self.node.store.load("a") is not None:
            return
        for room in ROOMS:
            new = NewRoom(room, room, "show", Person(id=f"host-{room}", name=room.upper()), RoomSettings())
            await self.node.rooms.create(new, "op")
            await self.host(room, "room.go_live")
        rose = Gift(id="rose", names=GiftNames(zh="玫瑰", en="Rose"), price=100, icon="R", combo_window_ms=0)
        await self.node.value.gifts.catalogue.put(rose, "op")

    async def call(self, identity: Identity, room: str, type_: str, key: str | None, data: Json) -> Json:
        """Any command; gives the data of the ack."""
        self._keys += 1
        model: Model = catalogue.commands[type_].model.model_validate_json(orjson.dumps(data))
        key = key or f"k{id(self)}-{self._keys}"
        answer = await self.node.rooms.call(identity, room, type_, model, key)
        told: Json = orjson.loads(answer.data) if answer.data else {}
        return told | ({"duplicate": True} if answer.duplicate else {})

    async def host(self, room: str, type_: str, key: str | None = None, **data: Any) -> Json:
        """A command of the host of a room; gives the battle after it, where that is the answer."""
        who = f"host-{room}"
        identity = Identity(user_id=who, name=room, role=Role.HOST, rooms=frozenset({room}), expires_at_ms=FAR_MS)
        told = await self.call(identity, room, type_, key, data)
        return told.get("battle", told)

    async def viewer(self, room: str, type_: str, user: str, key: str | None = None, **data: Any) -> Json:
        """A command of a viewer."""
        identity = Identity(user_id=user, name=user.title(), role=Role.VIEWER, expires_at_ms=FAR_MS)
        return await self.call(identity, room, type_, key, data)

    async def fight(self, *rooms: str, **how: Any) -> str:
        """A battle of rooms that runs; the first one has invited. Gives its id."""
        first, *others = rooms or ("a", "b")
        opponents = [room for room in others if room != how.get("partner")]
        battle: str = (await self.host(first, "battle.invite", opponents=opponents, **how))["id"]
        for room in others:
            await self.host(room, "battle.accept", battle=battle)
        await self.wait(3)
        return battle

    async def wait(self, seconds: float, step_ms: int = 1_000) -> None:
        """Let time pass, and everything that comes of it happen."""
        left_ms = round(seconds * 1_000)
        while left_ms > 0:
            self.clock.advance(min(step_ms, left_ms))
            left_ms -= step_ms
            await self.settle()
        await self.settle()

    async def jump(self, seconds: float) -> None:
        """Let time pass in one go."""
        await self.wait(seconds, round(seconds * 1_000))

    async def settle(self) -> None:
        """Let everything happen that needs no time to pass."""
        value = self.node.value
        async with asyncio.timeout(60):
            for _ in range(4):
                await value._timers.settle()
                await value.battles.settle()
                await value.battles.likes.settle()
                await value._whereabouts.settle()
                await self.sent()
                self.clock.advance(0)

    async def sent(self) -> None:
        """Wait until what was committed is told; marking it as sent may wait for the clock."""
        tasks = self.node.storage.relay._tasks
        while tasks:
            await asyncio.wait(list(tasks.values()))

    async def battle(self, battle: str) -> Json:
        """The battle as everybody sees it."""
        state = await self.node.value.battles.find(battle)
        assert state is not None
        return dict(as_shown(state))

    async def scores(self, room: str = "a") -> dict[str, Json]:
        """What viewers of a room see as scores, by room."""
        opened = await self.node.rooms.room(room)
        await self.sent()
        entries = orjson.loads(opened.fanout.values["battle_scores"])["scores"]
        return {entry["room"]: entry for entry in entries.values() if "room" in entry}

    async def told(self, room: str, kind: str) -> list[Json]:
        """The sequenced events of a kind in a room so far, in order."""
        opened = await self.node.rooms.room(room)
        await self.sent()
        events = [orjson.loads(payload) for payload in opened.fanout.ring.tail(0) or ()]
        return [event["data"] for event in events if event["kind"] == kind]

    async def read(self, statement: str, **values: Any) -> Sequence[Any]:
        """Rows of the database."""
        async with self.node.storage.database.read() as connection:
            return list(await connection.execute(text(statement), values))

    async def webhooks(self, type_: str) -> list[Json]:
        """What the app's servers are told of a type, oldest first."""
        rows = await self.read("SELECT payload FROM outbox WHERE lane = 'webhooks' ORDER BY id")
        return [data for (payload,) in rows for told, data in orjson.loads(bytes(payload)) if told == type_]


@asynccontextmanager
async def opened(url: str, directory: Path, clock: FakeClock, **settings: Any) -> AsyncIterator[Arena]:
    """An arena that is open."""
    arena = Arena(url, directory, clock, **settings)
    await arena.open()
    try:
        yield arena
    finally:
        await arena.close()
