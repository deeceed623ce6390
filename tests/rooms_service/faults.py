"""A backplane and a store that fail when a test says so.

For each method a list of faults to come: `raise` and `hang` before anything has happened, `raise after` and
`hang after` when the effect has taken place but the answer is lost, as over a network; None: this call is well.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from liveroom.realtime.backplane.base import NO_FLOORS, Key, Publication, Published, Take, Target, Version
from liveroom.realtime.backplane.memory import MemoryBackplane
from liveroom.realtime.errors import BackplaneUnavailable
from liveroom.rooms.rules.bans import Ban
from liveroom.rooms.rules.lifecycle import RoomState
from liveroom.rooms.rules.visits import PastVisits
from liveroom.rooms.storage.outbox import Message
from tests.support.room_store import MemoryRoomStore

T = TypeVar("T")


class Faults:
    """What will go wrong, and what was called."""

    def __init__(self) -> None:
        self.to_come: defaultdict[str, deque[str | None]] = defaultdict(deque)
        self.calls: list[str] = []
        self.hanging = asyncio.Event()

    def plan(self, method: str, *faults: str | None) -> None:
        """The next calls of `method` fail so."""
        self.to_come[method].extend(faults)

    async def meet(self, method: str, call: Callable[[], Awaitable[T]]) -> T:
        """Carry out a call, or let it fail."""
        self.calls.append(method)
        planned = self.to_come[method]
        fault = planned.popleft() if planned else None
        if fault is None:
            return await call()
        if fault.endswith("after"):
            await call()
        if fault.startswith("hang"):
            self.hanging.set()
            await asyncio.Event().wait()
        raise BackplaneUnavailable


class FaultyBackplane(MemoryBackplane):
    """The memory engine with faults."""

    faults: Faults
    elsewhere = 0
    """Viewers of other nodes."""

    async def report_viewers(self, room: str, viewers: int) -> int:
        return self.elsewhere + await self.faults.meet("report_viewers", partial(super().report_viewers, room, viewers))

    async def publish(self, room: str, publications: Sequence[Publication]) -> list[Published]:
        return await self.faults.meet("publish", partial(super().publish, room, publications))

    async def recall(self, room: str, keys: Sequence[Key]) -> list[Published | None]:
        return await self.faults.meet("recall", partial(super().recall, room, keys))

    async def take(self, wishes: Sequence[Take]) -> list[int]:
        return await self.faults.meet("take", partial(super().take, wishes))

    async def add(
        self,
        room: str,
        counters: Mapping[str, int],
        key: str | None = None,
        floors: Mapping[str, int] = NO_FLOORS,
    ) -> dict[str, int]:
        return await self.faults.meet("add", partial(super().add, room, counters, key, floors))

    async def set_latest(self, room: str, kind: str, value: bytes, version: Version) -> None:
        await self.faults.meet(f"set_latest {kind}", partial(super().set_latest, room, kind, value, version))

    async def send_private(self, room: str | None, target: Target, payload: bytes) -> None:
        await self.faults.meet("send_private", partial(super().send_private, room, target, payload))

    async def tell_nodes(self, message: bytes) -> None:
        await self.faults.meet("tell_nodes", partial(super().tell_nodes, message))


class FaultyStore(MemoryRoomStore):
    """The memory store with faults."""

    faults: Faults

    async def load(self, room: str) -> RoomState | None:
        return await self.faults.meet("load", partial(super().load, room))

    async def save(
        self,
        state: RoomState,
        expected_version: int,
        *,
        who: str = "",
        command: str = "",
        told: Sequence[Message] = (),
    ) -> bool:
        save = partial(super().save, state, expected_version, who=who, command=command, told=told)
        return await self.faults.meet("save", save)

    async def bans(self, room: str) -> Mapping[str, Ban]:
        return await self.faults.meet("bans", partial(super().bans, room))

    async def remember_visits(self, room: str, visits: Mapping[str, PastVisits]) -> None:
        await self.faults.meet("remember_visits", partial(super().remember_visits, room, visits))
