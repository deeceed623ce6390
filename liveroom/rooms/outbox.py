"""What a room has to send and to keep: collected while its state turns, taken out by its actor.

Promise: what could not be sent stays until it can, within bounds that say what goes first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from liveroom.realtime.backplane.base import Publication, Target
from liveroom.realtime.catalogue import Model
from liveroom.rooms.rules.visits import PastVisits

MAX_PRIVATES = 50_000
MAX_VISITS_KEPT = 100_000


@dataclass(slots=True)
class Outbox:
    """What timers and entries want sent; the actor takes out what was sent, so that a failure loses nothing.

    Args:
        owed: publications of changes that are stored already; nothing else happens in the room before they are told.
        events: to be published; their rules limit them.
        privates: beyond `MAX_PRIVATES` the oldest go: they are in `me` too.
        visits: that are over; beyond `MAX_VISITS_KEPT` the oldest go: those people are greeted as new.
    """

    owed: list[Publication] = field(default_factory=list)
    events: list[Model] = field(default_factory=list)
    privates: deque[tuple[Target, Model]] = field(default_factory=lambda: deque(maxlen=MAX_PRIVATES))
    visits: dict[str, PastVisits] = field(default_factory=dict)

    def keep_visits(self, visits: Mapping[str, PastVisits]) -> None:
        """Add visits that are over."""
        self.visits.update(visits)
        while len(self.visits) > MAX_VISITS_KEPT:
            del self.visits[next(iter(self.visits))]

    def __bool__(self) -> bool:
        return bool(self.owed or self.events or self.privates or self.visits)
