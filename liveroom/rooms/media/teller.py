"""Tells people and rooms what has changed about audio and video.

Promise: values of one person and of one room go out in their order, the newest at last; while the backplane is away
only the newest of each waits.
"""

from __future__ import annotations

import asyncio
import logging

from liveroom.realtime.backplane.base import Backplane, Target
from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.wire import encode_event, encode_value
from liveroom.rooms.media.air import Who
from liveroom.rooms.messages.media import MediaChanged, MediaStage, MyMedia

logger = logging.getLogger(__name__)

AGAIN_S = 0.5
SEND_S = 2.0


class Teller:
    """See the module."""

    def __init__(self, backplane: Backplane, clock: Clock) -> None:
        self._backplane = backplane
        self._clock = clock
        self._mine: dict[Who, MyMedia] = {}
        self._shown: dict[str, tuple[MediaStage, int]] = {}
        self._number = 0
        self._task: asyncio.Task[None] | None = None

    def push(self, who: Who, mine: MyMedia) -> None:
        """Tell one person."""
        self._mine.pop(who, None)
        self._mine[who] = mine
        self._wake()

    def show(self, room: str, stage: MediaStage) -> None:
        """Tell a room."""
        self._number += 1
        self._shown[room] = (stage, self._number)
        self._wake()

    async def settle(self) -> None:
        """Wait until everything is told."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def stop(self) -> None:
        """Tell nothing more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _wake(self) -> None:
        if self._task is None:
            self._task = asyncio.ensure_future(self._send())
            self._task.add_done_callback(self._rest)

    def _rest(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and (self._mine or self._shown):
            self._wake()  # it came after the last look and before the end

    async def _send(self) -> None:
        while self._mine or self._shown:
            try:
                async with asyncio.timeout(SEND_S):
                    await self._send_one()
            except (RealtimeError, TimeoutError):
                logger.warning("news of audio and video wait for the backplane")
                await asyncio.sleep(AGAIN_S)
            except Exception:
                logger.exception("news of audio and video could not be told; they are told again")
                await asyncio.sleep(AGAIN_S)

    async def _send_one(self) -> None:
        now_ms = self._clock.now_ms()
        if self._mine:
            (room, user_id), mine = next(iter(self._mine.items()))
            kind = catalogue.kinds_by_model[MediaChanged].kind
            payload = encode_event(kind, now_ms, MediaChanged(media=mine))
            await self._backplane.send_private(room, Target(user_id=user_id), payload)
            if self._mine.get((room, user_id)) is mine:
                del self._mine[(room, user_id)]
            return
        room, (stage, number) = next(iter(self._shown.items()))
        kind = catalogue.kinds_by_model[MediaStage].kind
        await self._backplane.set_latest(room, kind, encode_value(stage), (now_ms, number))
        if self._shown.get(room) == (stage, number):
            del self._shown[room]
