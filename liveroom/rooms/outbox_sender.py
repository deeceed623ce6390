"""Sends what waits in a room's outbox; visits, which are kept and not sent, have a writer of their own.

Promise: what was sent is taken out, so that a failure leaves exactly the rest for the next turn; private events for one
target keep their order.
"""

from __future__ import annotations

import asyncio
from collections import deque

from liveroom.realtime.backplane.base import Backplane, Publication, Target
from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.clock import Clock
from liveroom.realtime.wire import encode_event
from liveroom.rooms.outbox import Private
from liveroom.rooms.publications import encode_model, own_key
from liveroom.rooms.room import Room

PIECE = 256
"""Private events under way at once: thousands of cards may be due together, and each is a way to the backplane."""


class OutboxSender:
    """See the module."""

    def __init__(self, room: Room, backplane: Backplane, clock: Clock) -> None:
        self._room = room
        self._backplane = backplane
        self._clock = clock

    async def pay_debts(self) -> None:
        """Publish the changes that are stored already.

        Raises:
            BackplaneUnavailable: they stay owed.
        """
        outbox = self._room.outbox
        if outbox.owed:
            await self._backplane.publish(self._room.id, outbox.owed)
            outbox.owed.clear()

    async def send(self) -> None:
        """Send all of it.

        Raises:
            BackplaneUnavailable: the rest waits.
        """
        outbox = self._room.outbox
        if outbox.events:
            now_ms = self._clock.now_ms()
            events = tuple(encode_model(event, now_ms) for event in outbox.events)
            outbox.owed.append(Publication(events, own_key()))
            outbox.events.clear()
        await self.pay_debts()
        while outbox.privates:
            await self._send_privates()

    async def _send_privates(self) -> None:
        outbox = self._room.outbox
        by_target: dict[Target, deque[Private]] = {}
        for private in outbox.take_privates(PIECE):
            by_target.setdefault(private[0], deque()).append(private)
        try:
            results = await asyncio.gather(*map(self._send_to_one, by_target.values()), return_exceptions=True)
        finally:
            outbox.put_back([private for unsent in by_target.values() for private in unsent])
        for result in results:
            if result is not None:
                raise result

    async def _send_to_one(self, waiting: deque[Private]) -> None:
        now_ms = self._clock.now_ms()
        while waiting:
            target, model = waiting[0]
            kind = catalogue.kinds_by_model[type(model)].kind
            await self._backplane.send_private(self._room.id, target, encode_event(kind, now_ms, model))
            waiting.popleft()
