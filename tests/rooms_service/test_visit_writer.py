"""The end of a room waits for the visits that are being written, and for none that are not."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from liveroom.rooms.errors import DatabaseUnavailable
from liveroom.rooms.visit_writer import VisitWriter
from tests.support.clock import FakeClock

PATIENCE_S = 60.0


class Store:
    """Writes when it may; `refuses`: never."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.begun, self.may_end = asyncio.Event(), asyncio.Event()
        self.written: list[str] = []

    async def remember_visits(self, room: str, visits: dict[str, Any]) -> None:
        self.begun.set()
        if self.refuses:
            raise DatabaseUnavailable("timeout")
        await self.may_end.wait()
        self.written.extend(visits)


def make_writer(store: Store, clock: FakeClock) -> VisitWriter:
    visits = {"ann": object()}
    outbox = SimpleNamespace(visits=visits, visits_kept=lambda kept: visits.clear())
    return VisitWriter(SimpleNamespace(id="r", outbox=outbox), store, clock)  # type: ignore[arg-type] # as far as it is used


async def test_a_write_under_way_is_let_to_end(clock: FakeClock) -> None:
    """One that is cancelled inside a statement costs a connection."""
    store = Store()
    writer = make_writer(store, clock)
    writer.begin()
    await store.begun.wait()
    stopping = asyncio.ensure_future(writer.stop())
    await asyncio.sleep(0)
    store.may_end.set()
    await stopping
    assert store.written == ["ann"]


async def test_the_pause_after_a_refusal_is_not_waited_for_and_nothing_more_is_begun(clock: FakeClock) -> None:
    store = Store(refuses=True)
    writer = make_writer(store, clock)
    writer.begin()
    await store.begun.wait()
    async with asyncio.timeout(PATIENCE_S):
        await writer.stop()
    store.begun.clear()
    writer.begin()
    await asyncio.sleep(0)
    assert not store.begun.is_set()
