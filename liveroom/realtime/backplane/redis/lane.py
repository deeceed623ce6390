"""Messages from node to node: a room of their own, numbered and repaired like any other.

Promise: every node hears them in the same order and once. Those that went with the history of a server that lost
its data cannot be repaired; that they may be missing is said.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from liveroom.realtime.backplane.redis.channel import Batch, Private
from liveroom.realtime.backplane.redis.ears import Ears, Sink
from liveroom.realtime.backplane.redis.keys import LANE
from liveroom.realtime.errors import BackplaneUnavailable

logger = logging.getLogger(__name__)


class Lane:
    """See the module.

    Args:
        tell: gets each message.
        tell_missed: hears that some may be missing for good.
    """

    def __init__(self, ears: Ears, tell: Callable[[bytes], None], tell_missed: Callable[[], None]) -> None:
        self._ears = ears
        self._tell = tell
        self._tell_missed = tell_missed
        self._repair: asyncio.Task[None] | None = None
        self._is_torn_again = False

    def sink(self, private: Callable[[Private], None]) -> Sink:
        """Where the words of this room go; `private` gets those that are for people in any room."""
        return Sink(self._hear, lambda latest: None, private, self._mend)

    def stop(self) -> None:
        """Tell nothing more."""
        if self._repair is not None:
            self._repair.cancel()

    def _hear(self, batch: Batch) -> None:
        for event in batch.events:
            self._tell(event.payload)

    def _mend(self) -> None:
        if self._repair is not None and not self._repair.done():
            self._is_torn_again = True
            return
        self._repair = asyncio.ensure_future(self._read())
        self._repair.add_done_callback(self._mended)

    async def _read(self) -> None:
        heard = next(ear.hearing.position for ear in self._ears.all() if ear.room == LANE)
        try:
            _, missed = await self._ears.read_after(LANE, heard)
        except BackplaneUnavailable:
            return  # said to be torn once more when a read can succeed
        if missed is None:
            logger.warning("messages from other nodes may have been missed: the server lost its history")
            self._tell_missed()
        for message in missed or ():
            self._tell(message)

    def _mended(self, repair: asyncio.Task[None]) -> None:
        if self._is_torn_again and not repair.cancelled():
            self._is_torn_again = False
            self._mend()
