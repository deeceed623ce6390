"""What goes beyond talk on a node: the areas (coupons, gifts, battles …), their deciders, the desk and the timers.

Each area brings its deciders, its handlers and what it keeps in memory; here they meet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from liveroom.realtime.clock import Clock
from liveroom.realtime.hub import Hub
from liveroom.rooms import committed_latest
from liveroom.rooms.area import Area
from liveroom.rooms.areas import Areas
from liveroom.rooms.boards import LANE, Boards, TotalsSender
from liveroom.rooms.committed_latest import LatestSender
from liveroom.rooms.desk import Desk, DeskHandler
from liveroom.rooms.ledger import Decider
from liveroom.rooms.machines import Keeper, Timers
from liveroom.rooms.retold import Retold
from liveroom.rooms.room import Room
from liveroom.rooms.scene import Scene
from liveroom.rooms.service import RoomService
from liveroom.rooms.storage.presences import Presences
from liveroom.rooms.storage.relay import Send
from liveroom.rooms.whereabouts import Whereabouts
from liveroom.server.area_means import AreaMeans
from liveroom.server.battles import Battles, make_battle_deciders
from liveroom.server.coupons import Coupons, make_coupon_deciders
from liveroom.server.db import Storage
from liveroom.server.gifts import Gifts, make_gift_deciders
from liveroom.server.levels import Levels, make_level_deciders
from liveroom.server.lotteries import LotteryArea, make_lottery_deciders
from liveroom.server.media import Media
from liveroom.server.metrics import Metrics
from liveroom.server.moderation import Moderation
from liveroom.server.numbers import Numbers
from liveroom.server.polls import PollArea, make_poll_deciders
from liveroom.server.questions import Questions
from liveroom.server.reading import Reading
from liveroom.server.settings import Settings
from liveroom.server.shelf import Shelf, make_shelf_deciders
from liveroom.server.stage import Stage
from liveroom.server.topics import TopicArea, make_topic_deciders
from liveroom.server.watching import Watching


def make_deciders(settings: Settings) -> Mapping[str, Decider]:
    """The deciders, by the kind of fact they rule on."""
    made = (
        make_gift_deciders,
        make_coupon_deciders,
        make_shelf_deciders,
        make_poll_deciders,
        make_lottery_deciders,
        make_topic_deciders,
        make_battle_deciders,
        make_level_deciders,
    )
    return {kind: decider for make in made for kind, decider in make(settings).items()}


class Value:
    """See the module."""

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        hub: Hub,
        clock: Clock,
        metrics: Metrics,
        scenes: Mapping[str, Scene],
        retold: Retold,
    ) -> None:
        boards = Boards(hub.backplane)
        keeper = Keeper(storage.documents, hub.backplane, clock)
        self.means = AreaMeans(settings, storage, hub, clock, metrics, scenes, boards, keeper, retold)
        self.gifts = Gifts(self.means, metrics.gifts)
        self.coupons = Coupons(self.means, metrics.coupons)
        self.shelf = Shelf(self.means)
        self.polls = PollArea(self.means)
        self.battles = Battles(self.means)
        self.moderation = Moderation(self.means)
        self.lotteries = LotteryArea(self.means)
        self.stage = Stage(self.means)
        self.media = Media(self.means, metrics.media, self.stage.expects)
        self.levels, self.reading, self.watching = Levels(self.means), Reading(self.means), Watching(self.means)
        self.questions, self.topics = Questions(self.means), TopicArea(self.means)
        self.numbers = Numbers(self.means, self.questions.memory.count)
        asked: tuple[Area, ...] = (self.polls, self.lotteries, self.questions, self.topics, self.numbers)
        sold: tuple[Area, ...] = (self.gifts, self.coupons, self.shelf)
        seen: tuple[Area, ...] = (self.media, self.stage, self.levels, self.reading, self.watching)
        each = (*sold, *asked, self.battles, self.moderation, *seen)
        self.areas = Areas(each)
        self._timers = Timers(keeper, storage.documents, clock)
        self._take_up(each)

    def _take_up(self, each: Sequence[Area]) -> None:
        """Keep, rule on and send what the areas have."""
        means, backplane = self.means, self.means.hub.backplane
        for area in each:
            means.keeper.take_up(area.machines)
        handlers: dict[str, DeskHandler] = {type_: area.handlers[type_] for area in each for type_ in area.handlers}
        keyless = frozenset(type_ for area in each for type_ in area.keyless)
        ledger, clock, metrics = means.storage.ledger, means.clock, means.metrics
        self.desk = Desk(handlers, ledger, backplane, clock, metrics, self.coupons.count, keyless)
        self.senders: Mapping[str, Send] = {
            LANE: TotalsSender(means.boards),
            committed_latest.LANE: LatestSender(backplane),
            **{lane: area.senders[lane] for area in each for lane in area.senders},
        }
        """What the areas send by lanes of the outbox."""

    def bind(self, rooms: RoomService) -> None:
        """Give the areas the rooms, which need the desk themselves."""

        def find(room: str) -> Room | None:
            actor = rooms.open_rooms.get(room)
            return actor.room if actor is not None else None

        means = self.means
        self._whereabouts = Whereabouts(
            Presences(means.storage.database), self.areas, find, means.storage.outbox.writer, means.clock
        )
        means.open_room, means.find_room, means.whereabouts = rooms.room, find, self._whereabouts
        rooms.whereabouts = self._whereabouts
        self.gifts.thanking.find_room = rooms.room
        self.moderation.remove = rooms.open_rooms.remove
        rooms.open_rooms.listeners.append(self.areas.opened)
        rooms.open_rooms.listeners.append(lambda room: self.gifts.board.touch(room.id))

    async def start(self) -> None:
        """Load what is kept in memory and go on with what a stop has left unfinished; the storage has been started."""
        for area in self.areas.all:
            await area.start()
        await self._timers.start()
        self._whereabouts.start()

    async def stop(self) -> None:
        """Answer what was taken; the storage is stopped afterwards."""
        await self.desk.drain()
        await self._whereabouts.stop()
        await self._timers.stop()
        for area in self.areas.all:
            await area.stop()
