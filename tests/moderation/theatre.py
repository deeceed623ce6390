"""A whole node with its database, a live room, people on sockets without a network, and the staff over HTTP.

Time stands still unless a test turns it; `settle` lets everything happen that needs no time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from liveroom.realtime.identity import Role
from tests.rooms_service.line import FakeTransport, Frame, Line
from tests.support.http_app import KEY, ROOM, HttpApp, running_app

PATIENCE_S = 60.0
ROUNDS = 4
NEVER_S = 1e9
TICK_MS = 200
"""Longer than a busy room waits for its flush."""


class Stage:
    """See the module."""

    def __init__(self, app: HttpApp) -> None:
        self.app = app
        self.node = app.node
        self.clock = app.clock
        gateway = app.node.gateway
        gateway.limits = replace(gateway.limits, heartbeat_s=NEVER_S)
        self._protocol = gateway.protocol_class()

    async def line(self, user_id: str, role: Role = Role.VIEWER, **more: Any) -> Line:
        """Somebody connects, without entering the room."""
        rooms = [ROOM] if role in (Role.HOST, Role.MODERATOR) else None
        name = more.pop("name", user_id.title())
        token = self.node.issuer.issue(user_id, role=role, name=name, rooms=rooms, lifetime_s=86_400, traits=more)
        return await self._connect({"token": token})

    async def _connect(self, who: Frame) -> Line:
        transport = FakeTransport()
        connection = self._protocol(None, SimpleNamespace(connections=set()), None)
        connection.connection_made(transport)  # type: ignore[arg-type] - as much of a transport as is used
        self.node.gateway._welcome(connection)
        line = Line(connection, transport, self.settle)
        line.send({"type": "connect", "lang": "en", **who})
        await self.settle()
        return line

    async def enter(self, user_id: str, role: Role = Role.VIEWER, **more: Any) -> Line:
        """Somebody connects and enters the room."""
        line = await self.line(user_id, role, **more)
        await line.join(room=ROOM)
        return line

    async def guest(self) -> Line:
        """Somebody without a token enters."""
        line = await self._connect({})
        await line.join(room=ROOM)
        return line

    async def ask(self, line: Line, type_: str, data: Frame | None = None, *, key: str | None = None) -> Frame:
        """Send a command to the room and return its answer."""
        number = line.say(type_, data, key=key, room=ROOM)
        await self.settle()
        return line.answer(number)

    async def say(self, line: Line, text: str, **more: Any) -> Frame:
        """Write a comment, let the room be flushed, and return the answer."""
        answer = await self.ask(line, "comment.send", {"text": text, **more})
        await self.wait(TICK_MS, TICK_MS)
        return answer

    async def call(self, method: str, path: str, body: Frame | None = None, bearer: str = KEY) -> Any:
        """Call a route of the room as a server; gives the answer's JSON."""
        answer = await self.app.call(method, f"/api/v1/rooms/{ROOM}{path}", bearer, json=body)
        await self.settle()
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def settle(self) -> None:
        """Let everything happen that needs no time to pass."""
        node = self.node
        async with asyncio.timeout(PATIENCE_S):
            for _ in range(ROUNDS):
                while tasks := {*node.dialogue._entrance._tasks, *node.rooms.open_rooms._tasks}:
                    await asyncio.gather(*tasks)
                    await asyncio.sleep(0)
                await node.value._timers.settle()
                await node.value.desk.drain()
                await node.rooms.open_rooms.drain()
                while node.storage.relay._tasks:
                    await asyncio.wait(list(node.storage.relay._tasks.values()))
                await node.value.moderation.settle()
                await asyncio.sleep(0)
                self.clock.advance(0)

    async def wait(self, ms: float, step_ms: float = 500) -> None:
        """Let time pass, step by step."""
        while ms > 0:
            self.clock.advance(min(step_ms, ms))
            ms -= step_ms
            await self.settle()

    async def history(self) -> list[Frame]:
        """The comments somebody who joins now is shown."""
        line = await self.line("looker", Role.OPERATOR)
        joined = await line.join(room=ROOM)
        line.hang_up()
        await self.settle()
        comments: list[Frame] = [comment["data"] for comment in joined["snapshot"]["comments"]]
        return comments


@asynccontextmanager
async def playing(data_dir: Path, *, again: bool = False, **settings: Any) -> AsyncIterator[Stage]:
    """A node whose room is live.

    Args:
        again: the room is there already, from an earlier process.
    """
    async with running_app(data_dir, **settings) as app:
        stage = Stage(app)
        if not again:
            await app.open_room()
        await stage.settle()
        yield stage
