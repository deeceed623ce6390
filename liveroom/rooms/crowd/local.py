"""Those who are in a room on this node, in their order.

Promise: a room is sorted at most once in `KEPT_S`, however many ask; one that nobody asks for costs nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from liveroom.realtime.clock import Clock
from liveroom.rooms.attendance import AUDIENCE
from liveroom.rooms.messages.people import Visitor
from liveroom.rooms.room import Room
from liveroom.rooms.rules.crowd import Place, place_of, read_place

KEPT_S = 2.0
ROOMS = 64


class _Sorted(NamedTuple):
    """A room's people at some time; `places` has the key of each."""

    at_s: float
    people: Sequence[Visitor]
    places: Sequence[Place]


class LocalCrowd:
    """See the module."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sorted: OrderedDict[str, _Sorted] = OrderedDict()

    def list(self, room: Room, after: str | None, limit: int) -> Sequence[Visitor]:
        """At most `limit` people who come after a place."""
        known = self._sorted.get(room.id)
        if known is None or self._clock.monotonic_s() - known.at_s > KEPT_S:
            known = self._sort(room)
        first = bisect_right(known.places, read_place(after)) if after is not None else 0
        return known.people[first : first + limit]

    def _sort(self, room: Room) -> _Sorted:
        here = [
            viewer.traits.visitor()
            for viewer in room.attendance.viewers.values()
            if viewer.counted and viewer.traits.role in AUDIENCE
        ]
        here.sort(key=place_of)
        known = _Sorted(self._clock.monotonic_s(), here, [place_of(user) for user in here])
        self._sorted[room.id] = known
        self._sorted.move_to_end(room.id)
        while len(self._sorted) > ROOMS:
            self._sorted.popitem(last=False)
        return known
