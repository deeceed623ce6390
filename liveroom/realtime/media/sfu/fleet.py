"""The worker processes of the engine, and which room is on which.

Promise: a room is on one worker until it is moved or forgotten; a new one comes to the worker that does least.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from liveroom.realtime.media.base import WARM_S
from liveroom.realtime.media.errors import MediaUnavailable
from liveroom.realtime.media.events import MediaEvent
from liveroom.realtime.media.sfu.rpc import Message
from liveroom.realtime.media.sfu.worker_process import WorkerProcess


@dataclass(frozen=True, slots=True)
class SfuSettings:
    """How the engine is run.

    Args:
        workers: processes; one a core is enough.
        binds, advertised, ports: see `Reach`.
        slots: how many others one person can receive.
        most_bps: what one person may send.
        most_load: share of a core above which a worker takes nobody new.
        warm_s: how long a connection without rights is kept.
    """

    workers: int = 1
    binds: tuple[str, ...] = ("127.0.0.1",)
    advertised: tuple[str, ...] = ()
    ports: tuple[int, int] = (0, 0)
    slots: int = 8
    most_bps: int = 2_500_000
    most_load: float = 0.7
    warm_s: float = WARM_S

    def as_start(self) -> Message:
        """The first message to a worker."""
        return {
            "binds": self.binds,
            "advertised": self.advertised,
            "ports": self.ports,
            "slots": self.slots,
            "most_bps": self.most_bps,
            "most_load": self.most_load,
            "warm_s": self.warm_s,
        }


class Fleet:
    """See the module.

    Args:
        on_event: hears the number of a worker and what it tells.
        on_up, on_down: called with the number of a worker that is ready, or gone.
    """

    def __init__(
        self,
        settings: SfuSettings,
        on_event: Callable[[int, MediaEvent], None],
        on_up: Callable[[int], None],
        on_down: Callable[[int], None],
    ) -> None:
        start = settings.as_start()
        self.workers = [
            WorkerProcess(start, partial(on_event, index), partial(on_up, index), partial(on_down, index))
            for index in range(settings.workers)
        ]
        self._places: dict[str, int] = {}

    async def start(self) -> None:
        """Start all. Raises MediaUnavailable when one is not ready in time."""
        await asyncio.gather(*(worker.start() for worker in self.workers))

    async def stop(self) -> None:
        """End all."""
        await asyncio.gather(*(worker.stop() for worker in self.workers))

    def place(self, room: str) -> int:
        """The number of a room's worker."""
        index = self._places.get(room)
        if index is None:
            rooms = list(self._places.values())
            health = [worker.health for worker in self.workers]
            index = min(range(len(self.workers)), key=lambda each: (health[each].connections, rooms.count(each)))
            self._places[room] = index
        return index

    def put(self, room: str, index: int) -> None:
        """Move a room to a worker."""
        self._places[room] = index

    def forget(self, room: str) -> None:
        """A room is nowhere any more."""
        self._places.pop(room, None)

    def rooms_of(self, index: int) -> list[str]:
        """The rooms on a worker."""
        return [room for room, place in self._places.items() if place == index]

    def load_of(self, room: str) -> float:
        """The share of a core that a room's worker takes."""
        return self.workers[self.place(room)].health.load

    async def ask(self, room: str, do: str, /, **fields: object) -> Message:
        """Have the worker of a room carry something out. Raises MediaError."""
        return await self.workers[self.place(room)].ask(do, **fields)

    async def ask_quietly(self, index: int, do: str, /, **fields: object) -> None:
        """A command whose failure changes nothing: the worker is gone, and with it what was to end."""
        try:
            await self.workers[index].ask(do, **fields)
        except MediaUnavailable:
            return
