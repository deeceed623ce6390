"""Takes orders of the shop: checks what concerns this server, and has them recorded.

Promise: what a shop sends twice is answered twice the same way and counted once.
"""

from __future__ import annotations

from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Answer, Ledger
from liveroom.rooms.messages.order import RecordOrder
from liveroom.rooms.room import Room
from liveroom.rooms.value.orders.recording import Told, record_fact


class OrderRecorder:
    """See the module.

    Args:
        currency: of all orders; sums over several would mean nothing.
    """

    def __init__(self, ledger: Ledger, clock: Clock, currency: str) -> None:
        self.currency = currency
        self._ledger = ledger
        self._clock = clock

    async def record(self, room: Room, order: RecordOrder) -> Answer:
        """Record an order in a room.

        Raises:
            Refusal: `invalid_field`, another currency; else as `Ledger.write`.
        """
        if order.currency != self.currency:
            text = f"orders are counted in {self.currency} here (LIVEROOM_CURRENCY)"
            raise Refusal(ErrorCode.INVALID_FIELD, text, field="currency")
        fact = record_fact(room.id, Told(order, room.scene.orders), self._clock.now_ms())
        return await self._ledger.write(fact)
