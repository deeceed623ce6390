"""The shelf of a node: its parts, put together.

Promise: a room shows what is on its shelf from the moment it can be joined; what was explained in a show that is over
is explained no more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from liveroom.realtime.backplane.base import Event
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.wire import as_sent
from liveroom.rooms.area import Area
from liveroom.rooms.gathering import Gatherer
from liveroom.rooms.ledger import Decider
from liveroom.rooms.rules.explaining import EXPLAINING
from liveroom.rooms.rules.parts import Parts
from liveroom.rooms.rules.product_state import ON
from liveroom.rooms.shelf.favouring import FAVOUR, FavourDecider
from liveroom.rooms.shelf.handlers import ShelfHandlers
from liveroom.rooms.shelf.looking import LOOK, LookDecider, Looks
from liveroom.rooms.shelf.machines import PRODUCT, SHELF
from liveroom.rooms.shelf.shelves import Shelves
from liveroom.rooms.shelf.tallies import ShelfTallies
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.storage.endings import let_end
from liveroom.server.area_means import AreaMeans
from liveroom.server.settings import Settings

logger = logging.getLogger(__name__)

CLOCK = Cause("clock", "shelf.close")
CLOSE_S = 5.0


def make_shelf_deciders(settings: Settings) -> Mapping[str, Decider]:
    """The deciders of the shelf, by the kind of fact they rule on."""
    return {FAVOUR: FavourDecider(settings.dialect), LOOK: LookDecider()}


class Shelf(Area):
    """See the module."""

    machines = (PRODUCT, SHELF)

    def __init__(self, means: AreaMeans) -> None:
        storage, clock = means.storage, means.clock
        looks = Looks()
        self.shelves = Shelves(means.keeper, storage.database, storage.rooms, means.settings.currency)
        self.tallies = ShelfTallies(storage.database, means.hub.backplane)
        self.handlers = ShelfHandlers(self.shelves, looks).by_command()
        self.looks = Gatherer(looks.collect, storage.ledger, clock, f"{storage.outbox.writer}-looks")
        self._rooms = storage.rooms
        self._tasks: set[asyncio.Task[None]] = set()
        means.hub.observe(self._observe)

    async def load_parts(self, room: str) -> Parts:
        """See `Area.load_parts`."""
        document = await self._rooms.load(room)
        show = document.show if document is not None else None
        await self.shelves.close(room, show.id if show else None, CLOCK)
        if show is not None:
            await self.tallies.tell_favourites(room, show)
        products = {state.id: as_sent(state.view()) for state in await self.shelves.list(room) if state.status is ON}
        shelf = await self.shelves.shelf(room)
        explained = {"shelf": as_sent(shelf.view())} if shelf is not None and shelf.status is EXPLAINING else {}
        return {name: views for name, views in (("products", products), ("shelf", explained)) if views}

    async def start(self) -> None:
        """Begin to write down what is looked at."""
        self.looks.start()

    async def stop(self) -> None:
        """Write what was counted, and end."""
        await let_end(self._tasks)
        await self.looks.stop()

    def _observe(self, room: str, events: Sequence[Event]) -> None:
        """Every node that has the room hears of its end; the first one closes the shelf, the others find it closed."""
        if any(event.kind == "room.ended" for event in events):
            task = asyncio.ensure_future(self._close(room))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _close(self, room: str) -> None:
        try:
            async with asyncio.timeout(CLOSE_S):
                document = await self._rooms.load(room)
                show = document.show if document is not None else None
                await self.shelves.close(room, show.id if show else None, CLOCK)
        except (RealtimeError, TimeoutError):
            logger.warning("room %s still names what was explained; it is put right when the room is opened", room)
