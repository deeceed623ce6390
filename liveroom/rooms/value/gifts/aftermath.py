"""What follows a commit with gifts in it: the timer of its combos, the ranks of its room, a thank-you.

It is the sender of an outbox lane, so it hears of every commit, also of those that a process could not follow any
more. Promise: nothing here can fail a gift; what is lost shows itself with the next gift or the next look.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.storage.outbox import OutboxRow
from liveroom.rooms.value.gifts.board import GiftBoard, Show
from liveroom.rooms.value.gifts.closer import ComboCloser
from liveroom.rooms.value.gifts.telling import read_following
from liveroom.rooms.value.gifts.thanking import Thanking

logger = logging.getLogger(__name__)


class Aftermath:
    """See the module."""

    def __init__(self, closer: ComboCloser, board: GiftBoard, thanking: Thanking) -> None:
        self._closer = closer
        self._board = board
        self._thanking = thanking

    async def __call__(self, room: str, rows: Sequence[OutboxRow]) -> None:
        """See `Send`."""
        followed = read_following(row.payload for row in rows)
        shows = [Show(each.started_at, each.show) for each in followed if each.started_at is not None]
        self._board.touch(room, max(shows, default=None))
        is_open = [each.due_at_ms for each in followed if not each.is_closed]
        if is_open:
            self._closer.expect(min(is_open))
        closed = [each.combo for each in followed if each.is_closed]
        if closed:
            try:
                await self._thanking.thank(room, closed)
            except (RealtimeError, TimeoutError) as error:
                logger.info("nobody was told to say thanks in room %s: %s", room, type(error).__name__)
