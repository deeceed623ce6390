"""The record of a show is counted every minute, and its history says when it began and ended."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from liveroom.realtime.backplane.memory import MemoryBackplane
from liveroom.rooms.machines import Keeper
from liveroom.rooms.messages.numbers import NO_FIGURES, Figures
from liveroom.rooms.numbers.machine import RECORD
from liveroom.rooms.numbers.shows import KEEP_MS, Shows
from liveroom.rooms.storage.documents import Documents
from tests.storage.desk import Desk
from tests.support.clock import FakeClock

MINUTES = 5


async def test_counting_leaves_no_history(desk: Desk, clock: FakeClock) -> None:
    documents = Documents(desk.database, desk.outbox, clock)
    counted = iter(range(1, 100))

    async def count(*_: object) -> Figures:
        return NO_FIGURES.model_copy(update={"comments": next(counted)})

    keeper = Keeper(documents, MemoryBackplane(clock), clock, [RECORD])
    counter = cast(Any, SimpleNamespace(count=count))
    shows = Shows(keeper, counter, lambda _: cast(Any, object()), clock, ("COIN", "CNY"))
    shows.follow("r1", "show_1", clock.now_ms())
    running = shows.running["r1"]
    for _ in range(MINUTES):
        clock.advance(KEEP_MS)
        await shows.count(running)
    kept = await documents.load(RECORD.kind, "show_1")
    assert kept is not None
    assert kept.version > MINUTES
    assert kept.state["figures"]["comments"] == MINUTES
    clock.advance(1)
    await shows.end(running, clock.now_ms(), None)
    history = await documents.history(RECORD.kind, "show_1", 0, 100)
    assert [(step.from_state or {}).get("status") for step in history] == [None, "live"]
    assert [step.to_state["status"] for step in history] == ["live", "ended"]
