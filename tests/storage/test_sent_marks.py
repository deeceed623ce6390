"""Marks of sent rows wait for each other, except for somebody who waits until all of them are written."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any, cast

from liveroom.realtime.errors import BackplaneUnavailable
from liveroom.rooms.storage.outbox import Outbox
from liveroom.rooms.storage.sent_marks import GATHER_S, RETRY_S, SentMarks
from tests.support.clock import FakeClock


class Table:
    """Takes marks when it is told to."""

    def __init__(self) -> None:
        self.written: list[list[int]] = []
        self.refuses = False
        self.asked = asyncio.Semaphore(0)
        self.may_answer = asyncio.Semaphore(0)

    async def mark_sent(self, ids: Collection[int], _: int) -> None:
        """As `Outbox` does."""
        self.asked.release()
        await self.may_answer.acquire()
        if self.refuses:
            raise BackplaneUnavailable("away")
        self.written.append(list(ids))


def make(clock: FakeClock) -> tuple[Table, SentMarks]:
    """A table and the marks for it."""
    table = Table()
    return table, SentMarks(cast(Outbox, table), clock)


async def finish(drain: asyncio.Future[Any]) -> None:
    """It ends without the clock being turned."""
    async with asyncio.timeout(60):
        await drain


async def test_marks_of_rows_that_are_sent_meanwhile_do_not_wait_for_others(clock: FakeClock) -> None:
    table, marks = make(clock)
    marks.add([1])
    drain = asyncio.ensure_future(marks.drain())
    await table.asked.acquire()
    marks.add([2, 3])
    table.may_answer.release()
    await table.asked.acquire()
    marks.add([4])
    table.may_answer.release()
    table.may_answer.release()
    await finish(drain)
    assert table.written == [[1], [2, 3], [4]]


async def test_marks_that_begin_when_the_others_are_written_do_not_wait_either(clock: FakeClock) -> None:
    table, marks = make(clock)
    table.may_answer.release()
    table.may_answer.release()
    marks.add([1])
    assert marks._task
    marks._task.add_done_callback(lambda _: marks.add([2]))
    await finish(asyncio.ensure_future(marks.drain()))
    assert table.written == [[1], [2]]


async def test_who_drains_wakes_marks_that_wait_for_others(clock: FakeClock) -> None:
    table, marks = make(clock)
    table.may_answer.release()
    marks.add([1])
    await asyncio.sleep(0)
    assert table.asked.locked()
    await finish(asyncio.ensure_future(marks.drain()))
    assert table.written == [[1]]
    assert marks.ids == frozenset()


async def test_a_table_that_refuses_is_asked_again_after_a_while_also_when_somebody_waits(clock: FakeClock) -> None:
    table, marks = make(clock)
    table.refuses = True
    marks.add([1])
    drain = asyncio.ensure_future(marks.drain())
    table.may_answer.release()
    await table.asked.acquire()
    for _ in range(10):
        await asyncio.sleep(0)
    assert table.asked.locked()
    table.refuses = False
    table.may_answer.release()
    clock.advance(RETRY_S * 1000)
    await finish(drain)
    assert table.written == [[1]]


async def test_without_anybody_waiting_marks_gather(clock: FakeClock) -> None:
    table, marks = make(clock)
    table.may_answer.release()
    marks.add([1])
    await asyncio.sleep(0)
    marks.add([2])
    clock.advance(GATHER_S * 1000)
    await finish(asyncio.ensure_future(table.asked.acquire()))
    await finish(asyncio.ensure_future(marks.drain()))
    assert table.written == [[1, 2]]
