"""Events of a room's own life, from `room.opened` to `room.ended`: stored with its document, and told from there, too.

Promise: whoever changed the room tells it at once; where they died before that, or never heard that their change was
stored, the outbox tells it. Both tell under one key, so it is told once.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from liveroom.realtime.backplane.base import KEY_TTL_S, Backplane, Outcome, Publication
from liveroom.realtime.clock import Clock
from liveroom.rooms.committed_events import read_events, write_events
from liveroom.rooms.retold import Retold
from liveroom.rooms.storage.outbox import Lane, Message, OutboxRow

LANE = "life"
LATEST_MS = KEY_TTL_S * 1000 // 2
"""What is older is not told any more: its key may be forgotten, and everybody has had the room's state since."""


def life_message(room: str, told: Publication) -> Message:
    """The outbox message of what is told of a change."""
    known_by = [told.key, told.digest.hex(), told.answer.decode()]
    return Message(Lane(LANE, room), orjson.dumps([*known_by, write_events(told.events)]))


class LifeSender:
    """Sends the rows of the lane `life`.

    Args:
        retold: notes what is told right after the start.
    """

    def __init__(self, backplane: Backplane, clock: Clock, retold: Retold | None = None) -> None:
        self._backplane = backplane
        self._clock = clock
        self._retold = retold

    async def __call__(self, room: str, rows: Sequence[OutboxRow]) -> None:
        """Publish in order what has not been told.

        Raises:
            BackplaneUnavailable: nothing was published.
        """
        since_ms = self._clock.now_ms() - LATEST_MS
        publications = [_read(row) for row in rows if row.created_at_ms >= since_ms]
        if not publications:
            return
        results = await self._backplane.publish(room, publications)
        if self._retold is None:
            return
        for each, result in zip(publications, results, strict=True):
            if result.outcome is Outcome.FRESH:
                self._retold.keep(room, [event.payload for event in each.events])


def _read(row: OutboxRow) -> Publication:
    key, digest, answer, told = orjson.loads(row.payload)
    return Publication(read_events(told), key, bytes.fromhex(digest), answer.encode())
