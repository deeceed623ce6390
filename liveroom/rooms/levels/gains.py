"""From gifts to points: a message of the gift's transaction that becomes a fact of points.

Promise: a gift is credited exactly once, also when the process dies between the two: the message is sent at least once,
and the fact is keyed by its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import orjson

from liveroom.realtime.clock import Clock
from liveroom.rooms.ledger import Fact, Ledger
from liveroom.rooms.levels.deeds import CREDIT, Credits, LevelTerms, fans_scope
from liveroom.rooms.rules.points import Action, Deeds
from liveroom.rooms.scene import Scene
from liveroom.rooms.storage.combos import Gain
from liveroom.rooms.storage.outbox import Lane, Message, OutboxRow
from liveroom.rooms.store import RoomStore

LANE = "gains"
PAYER = "gains"


def tell_gains(gains: Iterable[Gain]) -> list[Message]:
    """The messages that have what was given credited."""
    rooms: dict[str, list[object]] = {}
    for gain in gains:
        by = gain.by
        rooms.setdefault(gain.room, []).append([by.id, by.name, by.demo, gain.amount])
    return [Message(Lane(LANE, room), orjson.dumps(each)) for room, each in rooms.items()]


class GainSender:
    """Sends the rows of the lane `gains` into the ledger."""

    def __init__(self, rooms: RoomStore, scenes: Mapping[str, Scene], ledger: Ledger, clock: Clock) -> None:
        self._rooms = rooms
        self._scenes = scenes
        self._ledger = ledger
        self._clock = clock

    async def __call__(self, room: str, rows: Sequence[OutboxRow]) -> None:
        """Credit what was given.

        Raises:
            RealtimeError: it is credited later.
        """
        state = await self._rooms.load(room)
        scene = self._scenes.get(state.scene) if state is not None else None
        if state is None or scene is None or not scene.levels.on:
            return
        terms = LevelTerms(scene.levels, scene.club, state.settings.utc_offset_min)
        waiting = [self._ledger.submit(self._make_fact(room, row, terms)) for row in rows]
        for answer in waiting:
            await answer

    def _make_fact(self, room: str, row: OutboxRow, terms: LevelTerms) -> Fact:
        deeds = [
            Deeds(user_id, name, demo, {Action.GIFT: amount})
            for user_id, name, demo, amount in orjson.loads(row.payload)
        ]
        key = f"{row.id} {row.created_at_ms}"
        return Fact(
            CREDIT, room, fans_scope(room), PAYER, key, b"{}", self._clock.now_ms(), Credits(tuple(deeds), terms)
        )
