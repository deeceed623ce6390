"""What nobody needs is deleted after its time, and only that."""

from __future__ import annotations

import asyncio

import pytest

from liveroom.rooms.errors import DatabaseUnavailable
from liveroom.rooms.rules.visits import PastVisits
from liveroom.rooms.storage.exclusions import Exclusions
from liveroom.rooms.storage.outbox import Lane, Message
from liveroom.rooms.storage.retention import ROUND_S, SENT_ROWS_MS, VISITS_MS, Retention
from liveroom.rooms.storage.watches import Watches
from tests.storage.desk import Desk
from tests.support.clock import FakeClock


async def count_rows(desk: Desk) -> int:
    """Rows in the outbox, by deleting nothing."""
    return len(await desk.outbox.load(Lane("events", "r1"), 0, 100))


def _retention(desk: Desk, clock: FakeClock) -> Retention:
    exclusions = Exclusions(desk.database, desk.outbox)
    return Retention(desk.outbox, desk.rooms, exclusions, Watches(desk.database), clock)


async def test_old_sent_rows_and_old_visits_go(desk: Desk, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """In slices, until there are no more."""
    monkeypatch.setattr("liveroom.rooms.storage.retention.SLICE", 2)
    async with desk.database.write() as connection:
        written = await desk.outbox.write(connection, [Message(Lane("events", "r1"), b"a")] * 5, clock.now_ms())
    await desk.outbox.mark_sent([row.id for row in written.rows[:4]], clock.now_ms())
    await desk.rooms.remember_visits("r1", {f"u{n}": PastVisits(1, clock.now_ms()) for n in range(5)})
    retention = Retention(
        desk.outbox, desk.rooms, Exclusions(desk.database, desk.outbox), Watches(desk.database), clock
    )
    await retention.run_once()
    assert await desk.outbox.forget(clock.now_ms(), 100) == 0
    clock.advance(SENT_ROWS_MS + 1)
    await retention.run_once()
    assert await desk.outbox.forget(clock.now_ms(), 100) == 0
    assert await count_rows(desk) == 1
    assert await desk.rooms.past_visits("r1", "u1") is not None
    clock.advance(VISITS_MS)
    await retention.run_once()
    assert await desk.rooms.past_visits("r1", "u1") is None


async def test_rounds_go_on_and_end(desk: Desk, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """One round and one timer at a time; a database that is away is no reason to stop."""
    rounds = 0

    async def fail(before_ms: int, limit: int) -> int:
        nonlocal rounds
        rounds += 1
        raise DatabaseUnavailable("gone")

    monkeypatch.setattr(desk.outbox, "forget", fail)
    retention = Retention(
        desk.outbox, desk.rooms, Exclusions(desk.database, desk.outbox), Watches(desk.database), clock
    )
    retention.start()
    for number in range(1, 4):
        clock.advance(ROUND_S * 3_000)
        assert clock.pending == 0, "the next one is set when this one is over"
        for _ in range(3):
            await asyncio.sleep(0)
        assert (rounds, clock.pending) == (number, 1)
    await retention.stop()
    assert clock.pending == 0
