"""Levels and the fan club of a node: their parts, put together.

Promise: whoever has joined a room is shown with what they have earned there; what people do is counted without making
anybody wait, and written until the ledger has it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from functools import partial

import orjson
from sqlalchemy import bindparam, select

from liveroom.realtime.identity import Identity, Role
from liveroom.realtime.wire import encode_value
from liveroom.rooms.area import Area, Spoken
from liveroom.rooms.gathering import Gatherer
from liveroom.rooms.ledger import Decider
from liveroom.rooms.levels import gains, telling
from liveroom.rooms.levels.club import CHANGE, MEMBERS, MOVES, ClubDecider
from liveroom.rooms.levels.crediting import CreditDecider
from liveroom.rooms.levels.deeds import CREDIT, DeedBook, fans_scope, terms_of
from liveroom.rooms.levels.gains import GainSender
from liveroom.rooms.levels.handlers import LevelHandlers
from liveroom.rooms.levels.minutes import MinuteHand
from liveroom.rooms.levels.spreading import Spreading
from liveroom.rooms.levels.standings import Standings
from liveroom.rooms.levels.telling import my_level
from liveroom.rooms.messages.club import ClubSize
from liveroom.rooms.room import Room
from liveroom.rooms.rules.parts import NO_PARTS, Parts
from liveroom.rooms.rules.points import Action, Fan, standing_of
from liveroom.rooms.storage.fan_tables import fans
from liveroom.rooms.storage.fans import FanPages, read_fan
from liveroom.rooms.storage.pair_reader import PairReader
from liveroom.rooms.storage.tables import counters
from liveroom.server.area_means import AreaMeans
from liveroom.server.settings import Settings


def make_level_deciders(settings: Settings) -> Mapping[str, Decider]:
    """The deciders of points and of the fan club, by the kind of fact they rule on."""
    return {CREDIT: CreditDecider(settings.dialect), CHANGE: ClubDecider(settings.dialect)}


class Levels(Area):
    """See the module."""

    def __init__(self, means: AreaMeans) -> None:
        storage, clock = means.storage, means.clock
        self.standings = Standings()
        self.pages = FanPages(storage.database)
        self._book = DeedBook()
        self._reader = PairReader(storage.database, fans, select(fans), read_fan)
        self._database = storage.database
        self._backplane = means.hub.backplane
        self._clock = clock
        self._means = means
        self._spreading = Spreading(self.standings, self._backplane, self._find, clock)
        self.deeds = Gatherer(self._book.collect, storage.ledger, clock, f"{storage.outbox.writer}-deeds")
        self.minutes = MinuteHand(self._book, self._find, clock)
        self.handlers = LevelHandlers(self._book).by_command()
        self.senders = {
            gains.LANE: GainSender(storage.rooms, means.scenes, storage.ledger, clock),
            telling.LANE: self._spreading,
        }
        means.hub.listen(self._spreading.hear)

    async def load_parts(self, room: str) -> Parts:
        """Tell how many members the club has; it is no part of the snapshot."""
        async with self._database.read() as connection:
            found = {name: value for name, value in await connection.execute(_SIZE, {"scope_is": fans_scope(room)})}
        if MEMBERS in found:
            value = encode_value(ClubSize(members=found[MEMBERS]))
            await self._backplane.set_latest(room, "club_size", value, (0, found[MOVES]))
        return NO_PARTS

    def opened(self, room: Room) -> None:
        """See `Area.opened`."""
        if not room.scene.levels.on:
            return
        room.standing_of = partial(self.standings.find, room.id)
        room.like_listeners.append(lambda user_id, count: self._book.add(room, user_id, Action.LIKE, count))
        self.minutes.watch(room)

    def commented(self, room: Room, identity: Identity, spoken: Spoken, now_ms: int) -> None:
        """See `Area.commented`."""
        self._book.add(room, identity.user_id, Action.COMMENT, 1)

    def fetch(self, room: Room, identity: Identity) -> Awaitable[Mapping[str, object]] | None:
        """See `Area.fetch`: what somebody has earned, read with that of others who join."""
        if not room.scene.levels.on or identity.role is Role.GUEST:
            return None
        return self._read(room, identity.user_id)

    async def start(self) -> None:
        """Begin to count, and to write."""
        self.deeds.start()
        self.minutes.start()

    async def stop(self) -> None:
        """Write what was counted, and end."""
        await self.minutes.stop()
        await self.deeds.stop()

    async def _read(self, room: Room, user_id: str) -> Mapping[str, object]:
        fan = await self._reader.find(room.id, user_id) or Fan(user_id, user_id)
        terms = terms_of(room)
        self.standings.keep(room.id, user_id, standing_of(fan, terms.levels, terms.club))
        return {"level": orjson.Fragment(encode_value(my_level(fan, terms, self._clock.now_ms())))}

    def _find(self, room: str) -> Room | None:
        return self._means.find_room(room)


_SIZE = select(counters.c.name, counters.c.value).where(
    counters.c.scope == bindparam("scope_is"), counters.c.name.in_([MEMBERS, MOVES])
)
