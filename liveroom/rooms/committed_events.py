"""Events of a committed change on their way into the room: through the outbox to the backplane.

Promise: an event of a change that was committed reaches the room once, in the order of the changes, also when the
process that made the change died before it could tell.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from liveroom.realtime.backplane.base import Backplane, Event, Publication
from liveroom.rooms.storage.outbox import Lane, Message, OutboxRow

LANE = "events"


def room_message(room: str, events: Sequence[Event]) -> Message:
    """The outbox message that publishes these events together."""
    payload = orjson.dumps([[event.kind, event.vital, event.payload.decode()] for event in events])
    return Message(Lane(LANE, room), payload)


class EventSender:
    """Sends the rows of the lane `events`; what the backplane has seen under the same id has no second effect."""

    def __init__(self, backplane: Backplane) -> None:
        self._backplane = backplane

    async def __call__(self, room: str, rows: Sequence[OutboxRow]) -> None:
        """Publish in order.

        Raises:
            BackplaneUnavailable: nothing was published.
        """
        await self._backplane.publish(room, [_read(row) for row in rows])


def _read(row: OutboxRow) -> Publication:
    events = tuple(Event(kind, payload.encode(), vital) for kind, vital, payload in orjson.loads(row.payload))
    return Publication(events, key=f"outbox\n{row.id}")
