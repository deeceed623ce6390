"""How well shows are seen on a node: reports of clients, and what they come to."""

from __future__ import annotations

from liveroom.rooms.area import Area
from liveroom.rooms.media.watching import WatchBook
from liveroom.rooms.storage.watches import Watches
from liveroom.server.area_means import AreaMeans


class Watching(Area):
    """See the module."""

    keyless = ("watch.report",)

    def __init__(self, means: AreaMeans) -> None:
        self.watches = Watches(means.storage.database)
        self.book = WatchBook(self.watches, means.clock)
        self.handlers = {"watch.report": self.book.report}

    async def stop(self) -> None:
        """See `Area.stop`."""
        await self.book.stop()
