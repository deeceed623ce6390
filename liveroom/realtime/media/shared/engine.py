"""The side of each process that shares an engine: an engine like any other, which asks the one that is the engine.

Promise: see `MediaEngine`. When the process with the engine is gone, so is all that it knew: everybody is told as
closed, and `Forgotten` says that rights have to be told anew; it is connected to again as soon as it is back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from pathlib import Path

from pydantic import TypeAdapter

from liveroom.realtime.media.base import Answer, Capabilities, EngineHealth, MediaEngine, Ticket
from liveroom.realtime.media.events import BOTH, Closed, Connected, Ended, Forgotten, Kind, Kinds, MediaEvent
from liveroom.realtime.media.places import Person
from liveroom.realtime.media.sfu.questions import Questions
from liveroom.realtime.media.sfu.rpc import FRAME_BYTES, SIZE_BYTES, Line, Message, unpack_event

logger = logging.getLogger(__name__)

ANSWER_S = 20.0
"""The first ticket waits for the engine to start; every other answer is bounded by the engine itself."""
AGAIN_S = 0.2

_ticket = TypeAdapter(Ticket)
_answer = TypeAdapter(Answer)


class SharedEngine(MediaEngine):
    """See the module. `path`: the socket of the engine's process."""

    name = "sfu"
    capabilities = Capabilities(offers=True, links="forward", nodes=True, unmute=True)

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._questions = Questions(ANSWER_S)
        self._sessions: dict[Person, str] = {}
        self._health = EngineHealth()
        self._line: Line | None = None
        self._runner: asyncio.Task[None] | None = None

    @property
    def health(self) -> EngineHealth:
        """See `MediaEngine`: what was told last; the same in every process that shares it."""
        return self._health

    # --- running ------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """See `MediaEngine`. The other process may begin after this one, so this does not wait for it."""
        self._runner = asyncio.create_task(self._keep_connected())

    async def stop(self) -> None:
        """See `MediaEngine`; the engine goes on for the others."""
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.gather(self._runner, return_exceptions=True)

    async def _keep_connected(self) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(self._path, limit=FRAME_BYTES + SIZE_BYTES)
            except OSError:
                await asyncio.sleep(AGAIN_S)
                continue
            self._line = Line(reader, writer)
            try:
                while (message := await self._line.receive()) is not None:
                    self._take(message)
            except Exception:
                logger.exception("the process that forwards audio and video told what nobody understands")
            finally:
                self._line.close()
                self._line = None
                self._questions.fail()
            logger.warning("the process that forwards audio and video is gone; waiting for the next one")
            await asyncio.sleep(0)  # whoever was answered last sees it before all of it is forgotten
            self._forget()
            await asyncio.sleep(AGAIN_S)

    def _take(self, message: Message) -> None:
        if "event" in message:
            self._hear(unpack_event(message))
        elif "health" in message:
            self._health = EngineHealth(**message["health"])
        else:
            self._questions.settle(message)

    def _hear(self, event: MediaEvent) -> None:
        if isinstance(event, Connected):
            self._sessions[Person(event.room, event.user_id)] = event.session
        elif isinstance(event, Closed):
            person = Person(event.room, event.user_id)
            if self._sessions.get(person) == event.session:
                del self._sessions[person]
        self._tell(event)

    def _forget(self) -> None:
        self._health = EngineHealth()
        sessions, self._sessions = self._sessions, {}
        for person, session in sessions.items():
            self._tell(Closed(person.room, person.user_id, session, Ended.LOST))
        self._tell(Forgotten())

    async def _ask(self, do: str, /, **fields: object) -> object:
        return await self._questions.ask(self._line, do, **fields)

    # --- commands -----------------------------------------------------------------------------------------------

    async def prepare(self, room: str, user_id: str, *, watch: bool = False) -> Ticket:
        """See `MediaEngine`."""
        made = await self._ask("prepare", room=room, user_id=user_id, watch=watch)
        return _ticket.validate_python(made, strict=False)

    async def owns(self, ticket: str, room: str, user_id: str) -> bool:
        """See `MediaEngine`."""
        return await self._ask("owns", ticket=ticket, room=room, user_id=user_id) is True

    async def answer(self, ticket: str, offer: str) -> Answer:
        """See `MediaEngine`."""
        return _answer.validate_python(await self._ask("answer", ticket=ticket, offer=offer), strict=False)

    async def grant(self, room: str, user_id: str, seat: int, kinds: Kinds = BOTH) -> None:
        """See `MediaEngine`."""
        await self._ask("grant", room=room, user_id=user_id, seat=seat, kinds=sorted(kinds))

    async def revoke(self, room: str, user_id: str) -> None:
        """See `MediaEngine`."""
        await self._ask("revoke", room=room, user_id=user_id)

    async def mute(self, room: str, user_id: str, kind: Kind, muted: bool) -> None:
        """See `MediaEngine`."""
        await self._ask("mute", room=room, user_id=user_id, kind=kind, muted=muted)

    async def remove(self, room: str, user_id: str) -> None:
        """See `MediaEngine`."""
        await self._ask("remove", room=room, user_id=user_id)

    async def link(self, room_a: str, room_b: str) -> None:
        """See `MediaEngine`."""
        await self._ask("link", room_a=room_a, room_b=room_b)

    async def unlink(self, room_a: str, room_b: str) -> None:
        """See `MediaEngine`."""
        await self._ask("unlink", room_a=room_a, room_b=room_b)

    async def close_room(self, room: str) -> None:
        """See `MediaEngine`."""
        await self._ask("close_room", room=room)

    async def resume(self, room: str, seated: Collection[str]) -> None:
        """See `MediaEngine`."""
        await self._ask("resume", room=room, seated=sorted(seated))
