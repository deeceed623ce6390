"""How many viewers this node has in each room, told to all nodes for as long as it lives.

Promise: the numbers of a node that died are out of the sums `VALID_S` later; those of a node that stops, at once.
"""

from __future__ import annotations

import asyncio
import secrets
from zlib import crc32

from liveroom.realtime.backplane.redis.keys import Keys
from liveroom.realtime.backplane.redis.router import Router
from liveroom.realtime.backplane.redis.scripts import REPORT_VIEWERS
from liveroom.realtime.errors import BackplaneUnavailable

VALID_S = 30.0
REFRESH_S = 10


class Presence:
    """See the module. `node` names this process for as long as it runs."""

    def __init__(self, keys: Keys, router: Router) -> None:
        self.node = secrets.token_hex(6)
        self._keys = keys
        self._router = router
        self._viewers: dict[str, int] = {}

    async def report(self, room: str, viewers: int) -> int:
        """See `Backplane.report_viewers`."""
        if viewers:
            self._viewers[room] = viewers
        else:
            self._viewers.pop(room, None)
        keys = (self._keys.viewers(room),)
        valid_ms = int(VALID_S * 1000)
        total: int = await self._router.run(room, REPORT_VIEWERS, keys, self.node, viewers, valid_ms)
        return total

    async def refresh(self, second: int) -> None:
        """Called every second: a tenth of the rooms is told again, so that each is within `REFRESH_S`."""
        rooms = [room for room in self._viewers if crc32(room.encode()) % REFRESH_S == second % REFRESH_S]
        await self._report_again(rooms)

    async def leave(self) -> None:
        """This node has no viewers any more."""
        rooms = list(self._viewers)
        self._viewers = dict.fromkeys(rooms, 0)
        await self._report_again(rooms)

    async def _report_again(self, rooms: list[str]) -> None:
        told = [self.report(room, self._viewers[room]) for room in rooms]
        for outcome in await asyncio.gather(*told, return_exceptions=True):
            # What could not be told is told with the next round.
            if isinstance(outcome, BaseException) and not isinstance(outcome, BackplaneUnavailable):
                raise outcome
