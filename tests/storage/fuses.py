"""A machine for tests of machines: a fuse that is lit and goes out by itself; and one process that keeps fuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import orjson
from pydantic import TypeAdapter

from liveroom.realtime.backplane.base import Target
from liveroom.realtime.backplane.memory import MemoryBackplane
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import Elapse, Keeper, Machine, Step, Timers
from liveroom.rooms.machines.contract import ForRoom, ForSome
from liveroom.rooms.messages.like import LikeMilestoneReached
from liveroom.rooms.storage.documents import Cause
from tests.storage.conftest import opened
from tests.storage.desk import Desk
from tests.support.clock import FakeClock

ANN = Cause("ann", "fuse.light")
BURN_MS = 3_000


@dataclass(frozen=True)
class Fuse:
    """It is lit some times; 3 s after the last time it is out."""

    room: str
    lit: int = 0
    out_at: int | None = None
    is_out: bool = False


def apply(state: Fuse | None, command: Any, now_ms: int) -> Step[Fuse]:
    """`make` (a room), `light` or the clock."""
    if state is None:
        return Step(Fuse(command))
    if command == "break":
        raise ZeroDivisionError("a rule with a fault")
    if isinstance(command, Elapse):
        if state.out_at is None or now_ms < state.out_at:
            return Step(state)
        out = replace(state, out_at=None, is_out=True)
        return Step(out, [ForRoom(state.room, LikeMilestoneReached(total=state.lit))])
    if state.is_out:
        raise Refusal(ErrorCode.WRONG_STATE, "it is out", state="out")
    lit = replace(state, lit=state.lit + 1, out_at=now_ms + BURN_MS)
    told = LikeMilestoneReached(total=lit.lit)
    return Step(lit, [ForRoom(state.room, told), ForSome(state.room, Target(user_id="ann"), told)])


FUSE: Machine[Fuse] = Machine("fuse", TypeAdapter(Fuse), apply, lambda state: state.out_at, lambda state: state.room)


class House:
    """One process: storage, keeper, timers."""

    def __init__(self, desk: Desk, clock: FakeClock) -> None:
        self.desk = desk
        self.clock = clock
        self.backplane = MemoryBackplane(clock)
        self.keeper = Keeper(desk.documents, self.backplane, clock, [FUSE])
        self.timers = Timers(self.keeper, desk.documents, clock)

    async def light(self, fuse: str = "f1") -> Fuse:
        """Light it once."""
        return await self.keeper.carry_out(FUSE, fuse, "light", ANN)

    async def wait(self, ms: int) -> None:
        """Let time pass."""
        for _ in range(0, ms, 500):
            self.clock.advance(500)
            await self.timers.settle()

    async def told(self, count: int) -> list[int]:
        """The totals told to the room so far, when there are so many."""
        rows = await self.desk.sent.wait_for(lambda rows: len(rows) >= count)
        return [orjson.loads(event[2])["data"]["total"] for row in rows for event in orjson.loads(row.payload)]


@asynccontextmanager
async def process(url: str, clock: FakeClock) -> AsyncIterator[House]:
    """One process around a database."""
    async with opened(url, clock) as desk:
        await desk.start()
        house = House(desk, clock)
        try:
            yield house
        finally:
            await house.timers.stop()
