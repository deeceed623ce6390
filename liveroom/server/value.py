"""What is worth money on a node: the deciders of the ledger and the desk at which its commands are taken.

Each area (coupons, gifts, orders) brings its deciders, its handlers and what it keeps in memory; here they meet.
"""

from __future__ import annotations

from collections.abc import Mapping

from liveroom.realtime.clock import Clock
from liveroom.realtime.hub import Hub
from liveroom.rooms.desk import Desk, DeskHandler
from liveroom.rooms.ledger import Decider
from liveroom.rooms.service import RoomService
from liveroom.rooms.storage.relay import Send
from liveroom.server.coupons import Coupons, make_coupon_deciders
from liveroom.server.db import Storage
from liveroom.server.gifts import Gifts, make_gift_deciders
from liveroom.server.metrics import Metrics
from liveroom.server.settings import Settings


def make_deciders(settings: Settings) -> Mapping[str, Decider]:
    """The deciders, by the kind of fact they rule on."""
    return {**make_gift_deciders(settings), **make_coupon_deciders(settings)}


class Value:
    """See the module."""

    def __init__(self, settings: Settings, storage: Storage, hub: Hub, clock: Clock, metrics: Metrics) -> None:
        self.gifts = Gifts(settings, storage, hub, clock, metrics.gifts)
        self.coupons = Coupons(storage, hub, clock, metrics.coupons)
        handlers: dict[str, DeskHandler] = {**self.gifts.handlers, **self.coupons.handlers}
        self.desk = Desk(handlers, storage.ledger, hub.backplane, clock, metrics, self.coupons.count)
        self.senders: Mapping[str, Send] = {**self.gifts.senders, **self.coupons.senders}
        """What the areas send by lanes of the outbox."""

    def bind(self, rooms: RoomService) -> None:
        """Give the areas the rooms, which need the desk themselves."""
        self.gifts.thanking.find_room = rooms.room
        rooms.open_rooms.listeners.append(lambda room: self.gifts.board.touch(room.id))

    async def start(self) -> None:
        """Load what is kept in memory and go on with what a stop has left unfinished; the storage has been started."""
        await self.gifts.start()
        await self.coupons.start()

    async def stop(self) -> None:
        """Answer what was taken; the storage is stopped afterwards."""
        await self.desk.drain()
        await self.gifts.stop()
        await self.coupons.stop()
