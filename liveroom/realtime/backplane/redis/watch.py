"""The second hand of the backplane: looks after what no message tells.

Each second it goes after servers that are away or do not write and rooms that are torn, refreshes a part of the viewer
counts, and looks where a part of the rooms stand. Promise: a room that moves without this node hearing it is found out
within 10 s, even if the connection seems to be in order.
"""

from __future__ import annotations

import asyncio
import logging
from zlib import crc32

from liveroom.realtime.backplane.base import Position
from liveroom.realtime.backplane.redis.ears import Ear, Ears
from liveroom.realtime.backplane.redis.fleet import Fleet
from liveroom.realtime.backplane.redis.hearing import Phase
from liveroom.realtime.backplane.redis.keys import Keys
from liveroom.realtime.backplane.redis.presence import Presence
from liveroom.realtime.backplane.redis.refusals import find_refusals
from liveroom.realtime.backplane.redis.router import Router
from liveroom.realtime.backplane.redis.scripts import KEEP_S, LOOK, fresh_epoch
from liveroom.realtime.errors import BackplaneUnavailable

logger = logging.getLogger(__name__)

SECOND_S = 1.0
LOOK_EVERY = 8
"""Seconds between two looks at the same room; the second after it shows whether the node is deaf."""
AWAY_S = 0.3


class Watch:
    """See the module."""

    def __init__(self, keys: Keys, fleet: Fleet, router: Router, ears: Ears, presence: Presence) -> None:
        self._keys = keys
        self._fleet = fleet
        self._router = router
        self._ears = ears
        self._presence = presence
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.ensure_future(self._run())

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        second = 0
        while True:
            await asyncio.sleep(SECOND_S)
            second += 1
            try:
                await self._turn(second)
            except Exception:
                # Without this hand a deaf node would stay deaf.
                logger.exception("a look after the backplane failed")

    async def _turn(self, second: int) -> None:
        if any(server.caller.upkeep.away_s() > AWAY_S for server in self._fleet.servers):
            await self._fleet.refresh()
        self._ears.follow_moves()
        self._ears.remind()
        self._find_deaf()
        rooms = [ear for ear in self._ears.all() if crc32(ear.room.encode()) % LOOK_EVERY == second % LOOK_EVERY]
        looks = (self._look(ear) for ear in rooms)
        await asyncio.gather(find_refusals(self._fleet), self._presence.refresh(second), *looks)

    def _find_deaf(self) -> None:
        for ear in self._ears.all():
            ahead, ear.ahead = ear.ahead, None
            if ahead is None or ear.hearing.phase is not Phase.STEADY or ear.server is None:
                continue
            heard = ear.hearing.position
            if heard.epoch == ahead.epoch and heard.seq < ahead.seq:
                logger.warning("room %s spoke and was not heard; listening anew", ear.room)
                ear.server.listener.upkeep.drop("deaf")
                self._ears.tear(ear)

    async def _look(self, ear: Ear) -> None:
        """Find out where a room stands, by the connection that asks."""
        names = self._keys
        keys = (names.room(ear.room), names.history(ear.room), names.values(ear.room), names.sums(ear.room))
        try:
            epoch, seq = await self._router.run(ear.room, LOOK, keys, fresh_epoch(), KEEP_S)
        except BackplaneUnavailable:
            return
        if ear.hearing.phase is not Phase.STEADY:
            return
        position = Position(epoch.decode(), seq)
        if position.epoch != ear.hearing.position.epoch:
            self._ears.tear(ear)
        elif position.seq > ear.hearing.position.seq:
            ear.ahead = position
