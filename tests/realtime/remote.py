"""An engine as if on another machine: it answers later, other nodes speak meanwhile, and some of it is not heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from liveroom.realtime.backplane.base import Position
from liveroom.realtime.backplane.memory import MemoryBackplane
from liveroom.realtime.errors import BackplaneUnavailable
from tests.realtime.rooms import make_event
from tests.support.clock import FakeClock


class RemoteBackplane(MemoryBackplane):
    """Answers as an engine on another machine does: later, with a moment before each call that a test can fill.

    `turns` of the loop are what a call takes; one, if not said otherwise.
    """

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock, ring_events=50)
        self.between: Callable[[str], object] = lambda call: None
        self.is_away = False
        self.calls: list[str] = []
        self.turns: dict[str, int] = {}

    async def _travel(self, call: str) -> None:
        self.calls.append(call)
        for _ in range(self.turns.get(call, 1)):
            await asyncio.sleep(0)
        if self.is_away:
            raise BackplaneUnavailable
        self.between(call)

    async def subscribe(self, room: str, recent: int) -> tuple[Position, list[bytes]]:
        await self._travel("subscribe")
        answer = await super().subscribe(room, recent)
        await self._travel("subscribed")
        return answer

    async def unsubscribe(self, room: str) -> None:
        await self._travel("unsubscribe")
        await super().unsubscribe(room)

    async def latest(self, room: str) -> dict[str, bytes]:
        answer = await super().latest(room)
        await self._travel("latest")
        return answer

    async def tail(self, room: str, after: Position) -> tuple[Position, list[bytes] | None]:
        answer = await super().tail(room, after)
        await self._travel("tail")
        return answer

    def say(self, room: str, *numbers: int, is_heard: bool = True) -> None:
        """Events published by another node; not heard here when the line was cut at that moment."""
        known = self._room(room)
        events = [make_event(number) for number in numbers]
        first_seq = known.ring.last_seq + 1
        known.ring.extend([event.payload for event in events])
        if is_heard and known.subscribed and self._receiver is not None:
            self._receiver.on_events(room, known.epoch, first_seq, events)

    def tell(self, room: str, kind: str, value: bytes) -> None:
        """An absolute value told by another node."""
        self._room(room).latest[kind] = ((0, 0), value)
        if self._room(room).subscribed and self._receiver is not None:
            self._receiver.on_latest(room, kind, value)
