"""Nodes as far as the backplane knows them: an engine and somebody who listens to it, or a whole hub."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import pytest

from liveroom.realtime.backplane.base import Event
from liveroom.realtime.backplane.redis import RedisBackplane, backplane, read_location
from liveroom.realtime.clock import LoopClock
from liveroom.realtime.errors import BackplaneUnavailable
from liveroom.realtime.hub import Hub
from liveroom.realtime.telemetry import NullTelemetry
from tests.contracts.engine import said
from tests.contracts.receiver import RecordingReceiver

T = TypeVar("T")

PATIENCE_S = 60.0
LOOK_S = 0.01


@dataclass(slots=True)
class Heard:
    """A node with a hub; `seqs` are the numbers that its rooms were given, in their order, with their epochs."""

    hub: Hub
    engine: RedisBackplane
    seqs: dict[str, list[tuple[str, int]]] = field(default_factory=dict)

    def observe(self, room: str, events: Sequence[Event]) -> None:
        """See `Hub.observe`."""
        fanout = self.hub.get(room)
        assert fanout is not None
        first = fanout.ring.last_seq + 1
        heard = self.seqs.setdefault(room, [])
        heard.extend((fanout.epoch, seq) for seq in range(first, first + len(events)))


@asynccontextmanager
async def engine(url: str) -> AsyncIterator[tuple[RedisBackplane, RecordingReceiver]]:
    """An engine that has been started, and who hears it."""
    backplane, receiver = RedisBackplane(read_location(url), LoopClock()), RecordingReceiver()
    await backplane.start(receiver)
    try:
        yield backplane, receiver
    finally:
        await backplane.close()


@asynccontextmanager
async def node(url: str) -> AsyncIterator[Heard]:
    """A hub on an engine."""
    backplane = RedisBackplane(read_location(url), LoopClock())
    hub = Hub(backplane, LoopClock(), NullTelemetry())
    heard = Heard(hub, backplane)
    hub.observe(heard.observe)
    await hub.start()
    try:
        yield heard
    finally:
        await hub.stop()


async def until(holds: Callable[[], bool]) -> None:
    """Wait for something that happens elsewhere and tells nobody here."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if holds():
                return
            await asyncio.sleep(LOOK_S)


async def until_done(try_it: Callable[[], Awaitable[T]]) -> T:
    """Try until the backplane is there again."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await try_it()
            except BackplaneUnavailable:
                await asyncio.sleep(LOOK_S)


async def refused_start(url: str, wanted: str) -> str:
    """Start an engine that has to be refused for this reason; it is given more time while it has not heard it yet."""
    said = ""
    for start_s in (0.3, 3.0, PATIENCE_S):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(backplane, "START_S", start_s)
            with pytest.raises(BackplaneUnavailable) as refused:
                await RedisBackplane(read_location(url), LoopClock()).start(RecordingReceiver())
        said = str(refused.value)
        if re.search(wanted, said):
            return said
    raise AssertionError(f"not refused for {wanted}: {said}")


async def say(engine: RedisBackplane, room: str, *texts: str) -> None:
    """Publish each text once, in order, whatever happens meanwhile."""
    for text in texts:
        await until_done(partial(engine.publish, room, [said(text, key=text)]))
