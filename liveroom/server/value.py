"""What is worth money on a node: the deciders of the ledger and the desk at which its commands are taken.

Each area (coupons, gifts, orders) brings its deciders, its handlers and what it keeps in memory; here they meet.
"""

from __future__ import annotations

from collections.abc import Mapping

from liveroom.realtime.backplane.base import Backplane
from liveroom.realtime.clock import Clock
from liveroom.realtime.telemetry import Telemetry
from liveroom.rooms.desk import Desk, DeskHandler
from liveroom.rooms.ledger import Decider
from liveroom.server.db import Storage


def make_deciders() -> Mapping[str, Decider]:
    """The deciders, by the kind of fact they rule on."""
    return {}


class Value:
    """See the module."""

    def __init__(self, storage: Storage, backplane: Backplane, clock: Clock, telemetry: Telemetry) -> None:
        handlers: dict[str, DeskHandler] = {}
        self.desk = Desk(handlers, storage.ledger, backplane, clock, telemetry)

    async def start(self) -> None:
        """Load what is kept in memory and go on with what a stop has left unfinished; the storage has been started."""

    async def stop(self) -> None:
        """Answer what was taken; the storage is stopped afterwards."""
        await self.desk.drain()
