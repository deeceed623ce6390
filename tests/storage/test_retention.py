"""What nobody needs is deleted after its time, and only that."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from liveroom.rooms.errors import DatabaseReason, DatabaseUnavailable
from liveroom.rooms.rules.visits import PastVisits
from liveroom.rooms.storage.exclusions import Exclusions
from liveroom.rooms.storage.lifetimes import DAY_MS, PASSING_FACTS, PEOPLE_MS
from liveroom.rooms.storage.outbox import Lane, Message
from liveroom.rooms.storage.passing import Passing
from liveroom.rooms.storage.retention import PAUSE_S, ROUND_S, SENT_ROWS_MS, Retention
from liveroom.rooms.storage.tables import facts
from liveroom.rooms.storage.watches import Watches
from tests.storage.desk import Desk
from tests.support.clock import FakeClock


async def count_rows(desk: Desk) -> int:
    """Rows in the outbox, by deleting nothing."""
    return len(await desk.outbox.load(Lane("events", "r1"), 0, 100))


def _retention(desk: Desk, clock: FakeClock) -> Retention:
    exclusions = Exclusions(desk.database, desk.outbox)
    passing = Passing(desk.database, 30 * DAY_MS)
    return Retention(desk.outbox, desk.rooms, exclusions, Watches(desk.database), passing, clock)


async def _run_all(retention: Retention) -> int:
    """Rounds until there is nothing more; gives how many."""
    rounds = 1
    while await retention.run_once():
        rounds += 1
    return rounds


async def test_old_sent_rows_and_old_visits_go(desk: Desk, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """In slices, until there are no more."""
    monkeypatch.setattr("liveroom.rooms.storage.retention.SLICE", 2)
    async with desk.database.write() as connection:
        written = await desk.outbox.write(connection, [Message(Lane("events", "r1"), b"a")] * 5, clock.now_ms())
    await desk.outbox.mark_sent([row.id for row in written.rows[:4]], clock.now_ms())
    await desk.rooms.remember_visits("r1", {f"u{n}": PastVisits(1, clock.now_ms()) for n in range(5)})
    retention = _retention(desk, clock)
    assert await _run_all(retention) == 1
    clock.advance(SENT_ROWS_MS + 1)
    assert await _run_all(retention) == 3
    assert await desk.outbox.forget(clock.now_ms(), 100) == 0
    assert await count_rows(desk) == 1
    assert await desk.rooms.past_visits("r1", "u1") is not None
    clock.advance(PEOPLE_MS)
    await _run_all(retention)
    assert await desk.rooms.past_visits("r1", "u1") is None


async def test_rounds_go_on_and_end(desk: Desk, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """One round and one timer at a time; a database that is away is no reason to stop."""
    rounds = 0

    async def fail(before_ms: int, limit: int) -> int:
        nonlocal rounds
        rounds += 1
        raise DatabaseUnavailable("gone")

    monkeypatch.setattr(desk.outbox, "forget", fail)
    retention = _retention(desk, clock)
    retention.start()
    for number in range(1, 4):
        clock.advance(ROUND_S * 3_000)
        assert clock.pending == 0, "the next one is set when this one is over"
        for _ in range(3):
            await asyncio.sleep(0)
        assert (rounds, clock.pending) == (number, 1)
    await retention.stop()
    assert clock.pending == 0


async def test_where_there_is_more_the_next_round_waits_a_moment(
    desk: Desk, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others write meanwhile, however much there is to delete."""
    monkeypatch.setattr("liveroom.rooms.storage.retention.SLICE", 2)
    await desk.rooms.remember_visits("r1", {f"u{n}": PastVisits(1, n) for n in range(5)})
    retention = _retention(desk, clock)
    clock.advance(PEOPLE_MS)
    left = []
    retention.start()
    for pause_s in (ROUND_S, PAUSE_S, PAUSE_S):
        assert clock.pending == 1
        clock.advance(pause_s * 1_000)
        assert retention._task is not None
        await retention._task
        left.append([await desk.rooms.past_visits("r1", f"u{n}") is not None for n in range(5)].count(True))
    assert left == [3, 1, 0]
    await retention.stop()


async def test_what_cannot_be_deleted_holds_up_nothing_else(
    desk: Desk, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sort of rows has a fault."""

    async def fail(before_ms: int, limit: int) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(desk.outbox, "forget", fail)
    await desk.rooms.remember_visits("r1", {"u1": PastVisits(1, clock.now_ms())})
    clock.advance(PEOPLE_MS + 1)
    assert not await _retention(desk, clock).run_once()
    assert await desk.rooms.past_visits("r1", "u1") is None


@pytest.mark.parametrize(("reason", "is_deleted"), [("locked", True), ("timeout", True), ("gone", False)])
async def test_rows_that_others_hold_hold_up_nothing_else(
    desk: Desk, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, reason: DatabaseReason, is_deleted: bool
) -> None:
    """A database that is gone is not asked for one thing after the other."""

    async def fail(before_ms: int, limit: int) -> int:
        raise DatabaseUnavailable(reason)

    monkeypatch.setattr(desk.outbox, "forget", fail)
    await desk.rooms.remember_visits("r1", {"u1": PastVisits(1, clock.now_ms())})
    clock.advance(PEOPLE_MS + 1)
    assert not await _retention(desk, clock).run_once()
    assert (await desk.rooms.past_visits("r1", "u1") is None) == is_deleted


@pytest.mark.parametrize("stuck", [PASSING_FACTS[0], PASSING_FACTS[-1]])
async def test_a_kind_that_cannot_be_deleted_holds_up_no_other_kind(
    desk: Desk, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, stuck: str
) -> None:
    """Others hold the rows of one kind of fact, wherever it is in the order."""
    rows: Sequence[dict[str, Any]] = [
        {"kind": kind, "room": "r1", "scope": "s", "subject": "u", "key": kind, "digest": b""}
        | {"payload": "{}", "answer": "{}", "at_ms": clock.now_ms()}
        for kind in PASSING_FACTS
    ]
    async with desk.database.write() as connection:
        await connection.execute(facts.insert(), rows)
    delete = Passing._delete

    async def fail(passing: Passing, statement: Any, kind: str, before_ms: int, limit: int) -> int:
        if kind == stuck:
            raise DatabaseUnavailable("locked")
        return await delete(passing, statement, kind, before_ms, limit)

    monkeypatch.setattr(Passing, "_delete", fail)
    clock.advance(PEOPLE_MS + 1)
    await _retention(desk, clock).run_once()
    async with desk.database.read() as connection:
        assert list(await connection.scalars(select(facts.c.kind))) == [stuck]
