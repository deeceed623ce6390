"""What a room has to send and to keep: collected while its state turns, taken out by its actor.

Promise: what could not be sent stays until it can, within bounds that say what goes first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from liveroom.realtime.backplane.base import Publication, Target
from liveroom.realtime.catalogue import Model
from liveroom.rooms.rules.visits import PastVisits

Private = tuple[Target, Model]
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
    privates: deque[Private] = field(default_factory=lambda: deque(maxlen=MAX_PRIVATES))
    visits: dict[str, PastVisits] = field(default_factory=dict)

    def keep_visits(self, visits: Mapping[str, PastVisits]) -> None:
        """Add visits that are over."""
        self.visits.update(visits)
        while len(self.visits) > MAX_VISITS_KEPT:
            del self.visits[next(iter(self.visits))]

    def visits_kept(self, visits: Mapping[str, PastVisits]) -> None:
        """These are in the store; who left once more meanwhile has another one here, which stays."""
        for user_id, past in visits.items():
            if self.visits.get(user_id) is past:
                del self.visits[user_id]

    def take_privates(self, most: int) -> list[Private]:
        """Take out the oldest, at most so many, to send them."""
        return [self.privates.popleft() for _ in range(min(most, len(self.privates)))]

    def put_back(self, privates: Sequence[Private]) -> None:
        """These were taken and not sent: they come first again; when there is no place, the oldest go."""
        places = MAX_PRIVATES - len(self.privates)
        self.privates.extendleft(reversed(privates[max(0, len(privates) - places) :]))

    @property
    def has_messages(self) -> bool:
        """Whether anything waits to be sent, beside what is to be kept."""
        return bool(self.owed or self.events or self.privates)

    def __bool__(self) -> bool:
        return self.has_messages or bool(self.visits)
