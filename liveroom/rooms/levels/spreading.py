"""Tells every node, and the person, where somebody stands now.

Promise: sent at least once, in the order of the commits of a room; so every node ends with the newest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson

from liveroom.realtime.backplane.base import Backplane, Target
from liveroom.realtime.clock import Clock
from liveroom.realtime.hub import NodeMessage
from liveroom.realtime.wire import encode_event
from liveroom.rooms.levels.standings import Standings
from liveroom.rooms.levels.telling import read_standings
from liveroom.rooms.messages.level import LevelChanged
from liveroom.rooms.room import Room
from liveroom.rooms.rules.standing import Standing
from liveroom.rooms.storage.outbox import OutboxRow

STANDINGS = "standings"


class Spreading:
    """Sends the rows of the lane `standings`, and hears what other nodes send.

    Args:
        find: a room that is open on this node.
    """

    def __init__(
        self, standings: Standings, backplane: Backplane, find: Callable[[str], Room | None], clock: Clock
    ) -> None:
        self._standings = standings
        self._backplane = backplane
        self._find = find
        self._clock = clock

    async def __call__(self, room: str, rows: Sequence[OutboxRow]) -> None:
        """Tell.

        Raises:
            BackplaneUnavailable: it is told later.
        """
        found = read_standings(row.payload for row in rows)
        told = [[each.user_id, *each.standing] for each in found]
        await self._backplane.tell_nodes(orjson.dumps({STANDINGS: room, "people": told}))
        now_ms = self._clock.now_ms()
        for each in found:
            payload = encode_event("level.changed", now_ms, LevelChanged.model_validate_json(each.mine))
            await self._backplane.send_private(room, Target(user_id=each.user_id), payload)

    def hear(self, told: NodeMessage) -> None:
        """A message to all nodes."""
        room = told.get(STANDINGS)
        if room is None:
            return
        opened = self._find(room)
        for user_id, level, club in told["people"]:
            standing = Standing(level, club)
            self._standings.keep(room, user_id, standing)
            if opened is not None:
                opened.attendance.restate(user_id, standing)
