"""Events of a committed change on their way into the room: through the outbox to the backplane.

Promise: an event of a change that was committed reaches the room once, in the order of the changes, also when the
process that made the change died before it could tell.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from liveroom.realtime.backplane.base import Backplane, Event, Publication
from liveroom.rooms.retold import Retold
from liveroom.rooms.storage.outbox import Lane, Message, OutboxRow

LANE = "events"
WrittenEvent = tuple[str, bool, str]


def room_message(room: str, events: Sequence[Event]) -> Message:
    """The outbox message that publishes these events together."""
    return Message(Lane(LANE, room), orjson.dumps(write_events(events)))


def write_events(events: Sequence[Event]) -> list[WrittenEvent]:
    """Events as they stand in a row of the outbox."""
    return [(event.kind, event.vital, event.payload.decode()) for event in events]


def read_events(written: Sequence[WrittenEvent]) -> tuple[Event, ...]:
    """The same back from the row."""
    return tuple(Event(kind, payload.encode(), vital) for kind, vital, payload in written)


class EventSender:
    """Sends the rows of the lane `events`; what the backplane has seen under the same id has no second effect.

    Args:
        retold: notes what is told right after the start.
    """

    def __init__(self, backplane: Backplane, retold: Retold | None = None) -> None:
        self._backplane = backplane
        self._retold = retold

    async def __call__(self, room: str, rows: Sequence[OutboxRow]) -> None:
        """Publish in order.

        Raises:
            BackplaneUnavailable: nothing was published.
        """
        publications = [_read(row) for row in rows]
        await self._backplane.publish(room, publications)
        if self._retold is not None:
            self._retold.keep(room, [event.payload for each in publications for event in each.events])


def _read(row: OutboxRow) -> Publication:
    events = read_events(orjson.loads(row.payload))
    return Publication(events, key=f"outbox\n{row.id}\n{row.created_at_ms}")
