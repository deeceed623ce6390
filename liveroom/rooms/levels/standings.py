"""Where people stand, in the memory of this node: read when they join, kept up by what every node is told.

Promise: a comment or an entry never waits for it. Who is not known here stands nowhere: level 0, no member. At most
`KEPT` people are remembered; those used least go first.
"""

from __future__ import annotations

from collections import OrderedDict

from liveroom.rooms.rules.standing import NOBODY, Standing

KEPT = 200_000


class Standings:
    """See the module."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Standing] = OrderedDict()

    def find(self, room: str, user_id: str) -> Standing:
        """Where somebody stands in a room."""
        return self._kept.get((room, user_id), NOBODY)

    def keep(self, room: str, user_id: str, standing: Standing) -> None:
        """It was read, or told."""
        who = (room, user_id)
        self._kept.pop(who, None)
        if standing != NOBODY:
            self._kept[who] = standing
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
