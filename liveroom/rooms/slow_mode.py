"""Where the room is slow, one comment of each in a while; staff is not slowed down, and a repeat is no second comment.

Promise: a turn is spent by what was said. What the rule refuses gives it back; what could not be done has its turn
still when it comes again under its key. Those remembered are bounded: above `MOST_KEPT` the oldest has to wait.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from liveroom.realtime.backplane.base import Backplane, Take
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.attendance import AUDIENCE
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room

MOST_KEPT = 1_024
STEP_S = 1.0
"""Longest time for giving back; the answers are sent by then, but the next commands wait."""


class SlowMode:
    """See the module."""

    def __init__(self, room: Room, backplane: Backplane) -> None:
        self._room = room
        self._backplane = backplane
        self._kept: OrderedDict[str, Take] = OrderedDict()

    async def take(self, batch: Sequence[Request]) -> None:
        """Take the turns of the comments that have no verdict yet; who has none is refused.

        Raises:
            BackplaneUnavailable: nobody was refused.
        """
        slow_s = self._room.talk.rules.slow_s
        asked = [each for each in batch if slow_s and each.verdict is None and _is_slowed(each)]
        asked = [each for each in asked if not self._find(each)]
        if not asked:
            return
        for each in asked:
            # Before the answer, which may be lost when they are taken.
            each.turn = Take(f"slow\n{self._room.id}\n{each.identity.user_id}", 1 / slow_s, 1.0)
        wishes = [each.turn for each in asked if each.turn is not None]
        for request, wait_ms in zip(asked, await self._backplane.take(wishes), strict=True):
            if wait_ms:
                request.turn = None
                text = f"one comment in {slow_s} s here; wait a moment"
                request.verdict = RealtimeError(ErrorCode.RATE_LIMITED, text, retry_after_ms=wait_ms)

    async def give_back(self, batch: Sequence[Request]) -> None:
        """Give back the turns of what was refused."""
        refused = [each for each in batch if each.turn is not None and isinstance(each.verdict, RealtimeError)]
        if not refused:
            return
        try:
            async with asyncio.timeout(STEP_S):
                turns = [each.turn for each in refused if each.turn is not None]
                await self._backplane.take([replace(turn, cost=-turn.cost) for turn in turns])
        except (RealtimeError, TimeoutError):
            for each in refused:
                self.keep(each)

    def keep(self, request: Request) -> None:
        """A comment came to nothing, as far as is known: when it comes again under its key it has its turn."""
        if request.turn is not None and request.key is not None:
            self._kept[request.unique_key] = request.turn
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        request.turn = None

    def _find(self, request: Request) -> bool:
        if request.key is not None and self._kept:
            request.turn = self._kept.pop(request.unique_key, None)
        return request.turn is not None


def _is_slowed(request: Request) -> bool:
    return request.declared.name == "comment.send" and request.role in AUDIENCE and not request.has_waited
