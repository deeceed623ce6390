"""Takes comments back: tells the room, then takes them out of the history that is given out again (L9, L10).

Promise: once a removal is told, nobody who joins or resumes on any node is given the comment, what quotes it, or what
has it pinned; nor can it be pinned from then on; a removal whose process died is carried out by another.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import orjson

from liveroom.realtime.backplane.base import Backplane, Event, Publication
from liveroom.realtime.clock import Clock
from liveroom.realtime.identity import Role
from liveroom.realtime.wire import encode_event
from liveroom.rooms.machines import Keeper
from liveroom.rooms.messages.talk import MAX_REMOVED, CommentsRemoved
from liveroom.rooms.moderation.orders import Order, carry_out
from liveroom.rooms.moderation.talk_machine import TALK
from liveroom.rooms.retold import Retold
from liveroom.rooms.rules.redaction import REMOVED, find_by, redact_all
from liveroom.rooms.rules.talk_state import TakeBack
from liveroom.rooms.storage.outbox import Lane, Message, OutboxRow

LANE = "removals"
MOST_EVENTS = 65_536
"""The largest history that can be set (`ring_events`)."""
WHO = "staff"
"""In the history of the document; who it was is filed with the removal."""
PART = 200
"""Events replaced in one call."""


def removal_message(room: str, *, comment_id: str | None = None, user_id: str | None = None) -> Message:
    """The outbox message that takes back one comment, or all of somebody."""
    return Message(Lane(LANE, room), orjson.dumps({"comment_id": comment_id, "user_id": user_id}))


class RemovalSender:
    """Carries out the rows of the lane `removals`."""

    def __init__(self, keeper: Keeper, backplane: Backplane, clock: Clock, retold: Retold | None = None) -> None:
        self._keeper = keeper
        self._backplane = backplane
        self._clock = clock
        self._retold = retold

    async def __call__(self, room: str, rows: Sequence[OutboxRow]) -> None:
        """Remove in order.

        Raises:
            RealtimeError: it is done, or done again, later.
        """
        for row in rows:
            ids = await self._find(room, row)
            if ids:
                await self._tell(room, row, ids)
                await self._replace(room, ids)

    async def _find(self, room: str, row: OutboxRow) -> Sequence[str]:
        wanted = orjson.loads(row.payload)
        if wanted["comment_id"] is not None:
            return [wanted["comment_id"]]
        _, payloads = await self._backplane.recent(room, MOST_EVENTS)
        ids = find_by(wanted["user_id"], payloads)
        if ids:
            # Before they are told: once they are replaced, a second try would not find them.
            order = Order(room, TakeBack(ids), WHO, Role.SERVICE, "comment.remove_all")
            await carry_out(self._keeper, TALK, order)
        return ids

    async def _tell(self, room: str, row: OutboxRow, ids: Sequence[str]) -> None:
        left, now_ms, events = iter(ids), self._clock.now_ms(), []
        while part := tuple(islice(left, MAX_REMOVED)):
            payload = encode_event(REMOVED, now_ms, CommentsRemoved(ids=part))
            events.append(Event(REMOVED, payload, vital=True))
        key = f"removal\n{row.id}\n{row.created_at_ms}"
        await self._backplane.publish(room, [Publication(tuple(events), key)])
        if self._retold is not None:
            self._retold.redact(room, ids)
            self._retold.keep(room, [event.payload for event in events])

    async def _replace(self, room: str, ids: Sequence[str]) -> None:
        # After it was told, so that what was said until then is found too.
        position, payloads = await self._backplane.recent(room, MOST_EVENTS)
        changed = redact_all(position.seq - len(payloads) + 1, payloads, frozenset(ids))
        while part := dict(islice(changed, PART)):
            await self._backplane.replace(room, position.epoch, part)
