"""The side that has the engine: takes commands of the processes that share it, and tells all of them what happens.

Promise: a command is answered once. What was told about somebody is told again to whoever asks (`resume`). The engine
is started with the first ticket; rights that come before are kept for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

from liveroom.realtime.media.base import MediaEngine
from liveroom.realtime.media.errors import MediaUnavailable
from liveroom.realtime.media.events import (
    Back,
    Closed,
    Connected,
    FirstMedia,
    Forgotten,
    Kind,
    LinksChanged,
    Lost,
    MediaEvent,
    Muted,
    QualityChanged,
    SlotsChanged,
    SpeakersChanged,
    TicketEnded,
)
from liveroom.realtime.media.places import Person
from liveroom.realtime.media.sfu.questions import reply
from liveroom.realtime.media.sfu.rpc import FRAME_BYTES, SIZE_BYTES, Line, Message, pack_event

HEALTH_S = 1.0
MOST_LINES = 256
ANSWERED = frozenset({"prepare", "owns", "answer"})
"""Commands that are nothing without their answer."""
Personal = Connected | FirstMedia | SlotsChanged | LinksChanged | Muted | QualityChanged | Lost | Back | Closed
Command = Callable[[Message], Awaitable[object]]


class EngineHost:
    """See the module."""

    def __init__(self, engine: MediaEngine) -> None:
        self._engine = engine
        self._lines: set[Line] = set()
        self._left = asyncio.Event()
        self._told: dict[Person, dict[str, MediaEvent]] = {}
        self._starting = asyncio.Lock()
        self._is_started = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._telling: asyncio.Task[None] | None = None
        self._commands: dict[str, Command] = {
            "prepare": self._prepare,
            "owns": self._owns,
            "answer": self._answer,
            "grant": self._grant,
            "revoke": lambda asked: self._engine.revoke(asked["room"], asked["user_id"]),
            "mute": self._mute,
            "remove": lambda asked: self._engine.remove(asked["room"], asked["user_id"]),
            "link": lambda asked: self._engine.link(asked["room_a"], asked["room_b"]),
            "unlink": lambda asked: self._engine.unlink(asked["room_a"], asked["room_b"]),
            "resume": lambda asked: self._engine.resume(asked["room"], asked["seated"]),
            "close_room": lambda asked: self._engine.close_room(asked["room"]),
        }
        engine.listen(self._hear)

    async def start(self, path: Path) -> None:
        """Take whoever connects to this socket; it is in a directory that only its owner may enter."""
        self._telling = asyncio.create_task(self._tell_health())
        limit = FRAME_BYTES + SIZE_BYTES
        self._server = await asyncio.start_unix_server(self._serve, path, limit=limit)

    async def stop(self) -> None:
        """End the engine, and tell nobody anything any more."""
        if self._server is not None:
            self._server.close()
        for line in self._lines:
            line.abort()
        while self._lines:
            self._left.clear()
            await self._left.wait()
        tasks = [*self._tasks, *([self._telling] if self._telling is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._is_started:
            await self._engine.stop()

    async def _tell_health(self) -> None:
        while True:
            await asyncio.sleep(HEALTH_S)
            health = self._engine.health
            if health is not None:
                for line in self._lines:
                    line.send({"health": asdict(health)})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(reader, writer)
        if len(self._lines) >= MOST_LINES:
            line.close()
            return
        self._lines.add(line)
        try:
            while (message := await line.receive()) is not None:
                task = asyncio.create_task(reply(line, message, partial(self._carry_out, line)))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        finally:
            self._lines.discard(line)
            line.close()
            self._left.set()

    async def _carry_out(self, line: Line, message: Message) -> object:
        if message["do"] == "resume":
            self._resume(line, message)
        try:
            return await self._commands[message["do"]](message)
        except MediaUnavailable:
            if self._is_started or message["do"] in ANSWERED:
                raise
            return None  # the engine has noted it, and its workers will be told when they are there

    # --- commands -----------------------------------------------------------------------------------------------

    async def _prepare(self, asked: Message) -> object:
        async with self._starting:
            if not self._is_started:
                await self._engine.start()
                self._is_started = True
        return asdict(await self._engine.prepare(asked["room"], asked["user_id"], watch=asked["watch"]))

    async def _owns(self, asked: Message) -> object:
        return await self._engine.owns(asked["ticket"], asked["room"], asked["user_id"])

    async def _answer(self, asked: Message) -> object:
        return asdict(await self._engine.answer(asked["ticket"], asked["offer"]))

    async def _grant(self, asked: Message) -> object:
        kinds = frozenset(Kind(kind) for kind in asked["kinds"])
        await self._engine.grant(asked["room"], asked["user_id"], asked["seat"], kinds)
        return None

    async def _mute(self, asked: Message) -> object:
        await self._engine.mute(asked["room"], asked["user_id"], Kind(asked["kind"]), asked["muted"])
        return None

    def _resume(self, line: Line, asked: Message) -> None:
        for person, events in self._told.items():
            if person.room == asked["room"]:
                for event in events.values():
                    line.send(pack_event(event))

    # --- what the engine tells ----------------------------------------------------------------------------------

    def _hear(self, event: MediaEvent) -> None:
        packed = pack_event(event)
        for line in self._lines:
            line.send(packed)
        if not isinstance(event, SpeakersChanged | TicketEnded | Forgotten):
            self._note(event)

    def _note(self, event: Personal) -> None:
        person = Person(event.room, event.user_id)
        known = self._told.setdefault(person, {}) if isinstance(event, Connected) else self._told.get(person)
        if known is None:
            return
        if isinstance(event, Closed):
            stands = known["Connected"]
            if isinstance(stands, Connected) and stands.session == event.session:
                del self._told[person]
            return
        known["Lost" if isinstance(event, Lost | Back) else type(event).__name__] = event
