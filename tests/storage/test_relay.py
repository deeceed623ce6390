"""Outbox rows are sent at least once, in order for each room, whoever wrote them and whatever died."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from liveroom.realtime.errors import BackplaneUnavailable
from liveroom.rooms.storage.outbox import Lane, Message, OutboxRow
from liveroom.rooms.storage.relay import GRACE_MS, RETRY_MOST_MS
from tests.storage.desk import Desk
from tests.support.clock import FakeClock

SWEEP_MS = 2_000


def lane(room: str = "r1") -> Lane:
    """Where the messages of these tests go."""
    return Lane("events", room)


async def write(desk: Desk, *payloads: str, room: str = "r1") -> Sequence[OutboxRow]:
    """Commit messages and hand them to the relay."""
    async with desk.database.write() as connection:
        messages = [Message(lane(room), payload.encode()) for payload in payloads]
        written = await desk.outbox.write(connection, messages, desk.clock.now_ms())
    desk.outbox.committed(written)
    return written.rows


def payloads(rows: Sequence[OutboxRow]) -> list[str]:
    """What was sent."""
    return [row.payload.decode() for row in rows]


async def wait_until_sent(desk: Desk, count: int) -> list[str]:
    """The payloads, as soon as there are so many."""
    return payloads(await desk.sent.wait_for(lambda rows: len(rows) >= count))


async def waiting(desk: Desk, room: str = "r1") -> list[str]:
    """Rows that are not marked as sent."""
    return payloads(await desk.outbox.load(lane(room), 0, 1000))


async def test_rows_are_sent_after_the_commit_and_marked(desk: Desk) -> None:
    """At once, with the ids of the table."""
    await desk.start()
    rows = await write(desk, "a", "b", "c")
    await desk.relay.drain()
    assert desk.sent.rows == list(rows)
    assert [row.id for row in rows] == sorted(row.id for row in rows)
    assert await waiting(desk) == []


async def test_what_was_rolled_back_is_not_sent(desk: Desk) -> None:
    """No row, no message."""
    await desk.start()

    async def write_and_fail() -> None:
        async with desk.database.write() as connection:
            await desk.outbox.write(connection, [Message(lane(), b"a")], 0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_fail()
    await write(desk, "b")
    assert await wait_until_sent(desk, 1) == ["b"]


async def test_a_process_that_died_is_swept_by_the_next_at_its_start(desk: Desk, clock: FakeClock) -> None:
    """Rows were committed and not sent."""
    await write(desk, "a", "b")
    await write(desk, "x", room="r2")
    clock.advance(1)
    next_one = await Desk(desk.database, clock).start()
    assert sorted(await wait_until_sent(next_one, 3)) == ["a", "b", "x"]
    await next_one.relay.drain()
    assert await waiting(desk) == []
    await next_one.stop()


async def test_a_process_that_died_is_swept_by_those_that_run(desk: Desk, clock: FakeClock) -> None:
    """After a time in which it could have sent them itself."""
    next_one = await Desk(desk.database, clock).start()
    await write(desk, "a")
    swept = asyncio.ensure_future(wait_until_sent(next_one, 1))
    while not swept.done():
        clock.advance(SWEEP_MS)
        await asyncio.wait([swept], timeout=0.02)
    assert swept.result() == ["a"]
    assert clock.monotonic_s() * 1000 > GRACE_MS
    await next_one.stop()


async def test_rows_that_another_process_left_go_first(desk: Desk, clock: FakeClock) -> None:
    """Cause before effect: it was committed before."""
    next_one = await Desk(desk.database, clock).start()
    await write(desk, "cause")
    await write(next_one, "effect")
    await write(next_one, "later")
    assert await wait_until_sent(next_one, 3) == ["cause", "effect", "later"]
    await next_one.relay.drain()
    assert await waiting(desk) == []
    await next_one.stop()


async def test_a_send_that_fails_is_tried_again_later_and_not_overtaken(desk: Desk, clock: FakeClock) -> None:
    """The pause doubles; the attempts are in the table."""
    await desk.start()
    desk.sent.failures = 3
    (first,) = await write(desk, "a")
    await write(desk, "b", "c")
    await write(desk, "other", room="r2")
    sent = asyncio.ensure_future(wait_until_sent(desk, 4))
    while not sent.done():
        clock.advance(25)
        await asyncio.wait([sent], timeout=0.01)
    order = [payload for payload in sent.result() if payload != "other"]
    assert order == ["a", "b", "c"]
    assert next(row for row in desk.sent.rows if row.id == first.id).attempts >= 1


async def test_while_nobody_can_be_told_tries_go_on_every_second_at_most(desk: Desk, clock: FakeClock) -> None:
    """However long it lasts, so that what was committed is told soon after; it is not written down for each try."""
    await desk.start()
    sent, tries, written_off = desk.sent, 14, []
    put_off = desk.outbox.put_off

    async def send(room: str, rows: Sequence[OutboxRow]) -> None:
        nonlocal tries
        if tries:
            tries -= 1
            raise BackplaneUnavailable
        await sent(room, rows)

    async def note(*row: int) -> None:
        written_off.append(row)
        await put_off(*row)

    desk.relay._senders = {"events": send}
    desk.outbox.put_off = note  # type: ignore[method-assign] # watched
    began_ms = clock.now_ms()
    await write(desk, "a")
    done = asyncio.ensure_future(wait_until_sent(desk, 1))
    while not done.done():
        clock.advance(50)
        await asyncio.wait([done], timeout=0.002)
    assert done.result() == ["a"]
    assert clock.now_ms() - began_ms <= 14 * 1_000 + 5_000
    assert written_off == []


async def test_a_room_that_cannot_be_reached_holds_up_only_itself(desk: Desk) -> None:
    """Lanes are independent."""
    await desk.start()
    sent = desk.sent

    async def send(room: str, rows: Sequence[OutboxRow]) -> None:
        if room == "r1":
            raise ConnectionError
        await sent(room, rows)

    desk.relay._senders = {"events": send}
    await write(desk, "a")
    await write(desk, "b", room="r2")
    assert await wait_until_sent(desk, 1) == ["b"]
    assert desk.relay.unsent >= 1


async def test_rows_above_the_bound_stay_in_the_table_and_keep_their_order(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is bounded; nothing is lost."""
    monkeypatch.setattr("liveroom.rooms.storage.relay.HELD_ROWS", 5)
    monkeypatch.setattr("liveroom.rooms.storage.relay.BATCH", 3)
    await desk.start()
    desk.sent.gate.clear()
    for start in range(0, 40, 4):
        await write(desk, *(str(number) for number in range(start, start + 4)))
    assert desk.relay.unsent == 40
    assert desk.relay._held <= 5
    desk.sent.gate.set()
    await write(desk, "40")
    await desk.relay.drain()
    told = await wait_until_sent(desk, 41)
    # A row that the lane reads in the table before it hears of the commit is sent twice, under the same key.
    assert list(dict.fromkeys(told)) == [str(number) for number in range(41)]
    assert desk.relay.unsent == 0
    assert desk.relay._held == 0
    assert await waiting(desk) == []


async def test_rows_in_memory_are_counted_right_when_lanes_are_read_at_the_same_time(
    desk: Desk, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = ["r1", "r2", "r3"]
    for room in rooms:
        await write(desk, "a", "b", room=room)
    load, others = desk.outbox.load, asyncio.Barrier(len(rooms))

    async def load_together(of: Lane, after_id: int, limit: int) -> Sequence[OutboxRow]:
        rows = await load(of, after_id, limit)
        await asyncio.wait_for(others.wait(), 60)
        return rows

    async def send_together(room: str, rows: Sequence[OutboxRow]) -> None:
        await asyncio.wait_for(others.wait(), 60)
        held.append(desk.relay._held)
        await desk.sent(room, rows)

    held: list[int] = []
    monkeypatch.setattr(desk.outbox, "load", load_together)
    monkeypatch.setitem(desk.relay._senders, "events", send_together)  # type: ignore[arg-type]
    clock.advance(1)
    await desk.relay.start()
    await wait_until_sent(desk, 6)
    await desk.relay.drain()
    assert (max(held), desk.relay._held) == (6, 0)


async def test_a_clock_that_is_ahead_holds_up_no_other_process(desk: Desk, clock: FakeClock) -> None:
    """Neither what it has written nor, for long, what it has tried in vain."""
    behind = FakeClock()
    clock.advance(3_600_000)
    (tried,) = await write(desk, "tried", room="r2")
    await desk.outbox.put_off(tried.id, 1, clock.now_ms())
    await write(desk, "cause")
    slow = await Desk(desk.database, behind).start()
    await write(slow, "effect")
    await write(slow, "later", room="r2")
    assert await wait_until_sent(slow, 2) == ["cause", "effect"]
    sent = asyncio.ensure_future(wait_until_sent(slow, 4))
    while not sent.done():
        behind.advance(RETRY_MOST_MS // 2)
        await asyncio.wait([sent], timeout=0.3)
    assert sent.result() == ["cause", "effect", "tried", "later"]
    assert behind.now_ms() < clock.now_ms() - 1_800_000
    await slow.relay.drain()
    await slow.stop()


async def test_lanes_that_nobody_sends_here_are_left_alone(desk: Desk) -> None:
    """Another kind of process may."""
    await desk.start()
    async with desk.database.write() as connection:
        written = await desk.outbox.write(connection, [Message(Lane("letters", "r1"), b"a")], 0)
    desk.outbox.committed(written)
    await write(desk, "b")
    assert await wait_until_sent(desk, 1) == ["b"]
    assert [row.payload for row in await desk.outbox.load(Lane("letters", "r1"), 0, 10)] == [b"a"]


async def test_sent_rows_are_deleted_in_slices_and_others_never(desk: Desk, clock: FakeClock) -> None:
    """Retention."""
    await desk.start()
    await write(desk, *"abcdef")
    await desk.relay.drain()
    desk.sent.gate.clear()
    await write(desk, "unsent")
    clock.advance(10)
    assert await desk.outbox.forget(clock.now_ms(), 4) == 4
    assert await desk.outbox.forget(clock.now_ms(), 4) == 2
    assert await desk.outbox.forget(clock.now_ms(), 4) == 0
    assert await waiting(desk) == ["unsent"]
