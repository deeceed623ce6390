"""Events of a committed change reach the room once and in order, whatever the outbox sends twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from liveroom.realtime.backplane.base import Event, Target
from liveroom.realtime.backplane.memory import MemoryBackplane
from liveroom.realtime.errors import BackplaneUnavailable
from liveroom.rooms.committed_events import LANE, EventSender, room_message
from liveroom.rooms.storage.outbox import OutboxRow
from tests.storage.desk import Desk
from tests.support.clock import FakeClock

GRANTED = Event("coupon.granted", '{"type":"coupon.granted","name":"小满"}'.encode(), vital=True)
LEFT = Event("coupon.left", b'{"type":"coupon.left","left":1.50}')


class Listener:
    """A node that notes the events of rooms."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def on_events(self, room: str, epoch: str, first_seq: int, events: Sequence[Event]) -> None:
        """See `Receiver`."""
        self.events.extend(events)

    def on_latest(self, room: str, kind: str, value: bytes) -> None:
        """See `Receiver`."""

    def on_private(self, room: str | None, target: Target, payload: bytes) -> None:
        """See `Receiver`."""

    def on_gap(self, room: str) -> None:
        """See `Receiver`."""

    def on_node_message(self, message: bytes) -> None:
        """See `Receiver`."""

    def on_nodes_missed(self) -> None:
        """See `Receiver`."""


@pytest.fixture
async def backplane(clock: FakeClock) -> MemoryBackplane:
    """With nobody listening yet."""
    return MemoryBackplane(clock, ring_events=64, ring_bytes=65_536)


async def test_events_arrive_as_they_were_committed(backplane: MemoryBackplane) -> None:
    """Bytes, kinds and urgency, in order; a row that is sent again has no second effect."""
    listener = Listener()
    await backplane.start(listener)
    await backplane.subscribe("r1", 0)
    send = EventSender(backplane)
    rows = [
        OutboxRow(number, message.lane, message.payload)
        for number, message in enumerate([room_message("r1", [GRANTED, LEFT]), room_message("r1", [LEFT])], start=1)
    ]
    await send("r1", rows[:1])
    await send("r1", rows)
    await backplane.close()
    assert listener.events == [GRANTED, LEFT, LEFT]
    assert rows[0].lane == (LANE, "r1")


async def test_a_backplane_that_is_away_leaves_the_rows_for_later(
    desk: Desk, backplane: MemoryBackplane, clock: FakeClock
) -> None:
    """They are committed, so they are told when it is back."""
    listener = Listener()
    await backplane.start(listener)
    await backplane.subscribe("r1", 0)
    send, outages = EventSender(backplane), [BackplaneUnavailable()]

    async def send_or_fail(room: str, rows: Sequence[OutboxRow]) -> None:
        if outages:
            raise outages.pop()
        await send(room, rows)
        await desk.sent(room, rows)

    desk.relay._senders = {LANE: send_or_fail}
    await desk.start()
    async with desk.database.write() as connection:
        written = await desk.outbox.write(connection, [room_message("r1", [GRANTED])], desk.clock.now_ms())
    desk.outbox.committed(written)
    sent = asyncio.ensure_future(desk.sent.wait_for(lambda rows: len(rows) == 1))
    while not sent.done():
        clock.advance(50)
        await asyncio.wait([sent], timeout=0.01)
    await backplane.close()
    assert listener.events == [GRANTED]
