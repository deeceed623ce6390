"""Numbers of shows on a node: their parts, put together, and told to the staff who are here.

Promise: the staff have new numbers every `TICK_S` while a show is live, and the last ones with its highlights when it
is over. While the database is away the numbers stand still; the show does not notice.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import orjson

from liveroom.realtime.backplane.base import Event, Target
from liveroom.realtime.clock import TimerHandle
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.hub import REPAIRED
from liveroom.realtime.identity import Identity
from liveroom.realtime.wire import as_fragment
from liveroom.rooms.area import Area
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import read_state
from liveroom.rooms.messages.numbers import NumbersChanged
from liveroom.rooms.messages.room import ShowStats
from liveroom.rooms.numbers.counting import CountQuestions, ShowCounter
from liveroom.rooms.numbers.machine import RECORD
from liveroom.rooms.numbers.shows import Running, Shows
from liveroom.rooms.pushing import push_here
from liveroom.rooms.room import STAFF_ROLES, Room
from liveroom.rooms.rules.highlights import view
from liveroom.rooms.rules.show_record import Fight, Record
from liveroom.rooms.storage.endings import DatabaseTasks
from liveroom.rooms.storage.room_documents import Place, RoomDocuments
from liveroom.server.area_means import AreaMeans

logger = logging.getLogger(__name__)

TICK_S = 5.0
MOST_ENDED = 1_000
LOOKED_INTO = frozenset({"room.went_live", "room.ended", "battle.changed", REPAIRED})


class Numbers(Area):
    """See the module."""

    machines = (RECORD,)

    def __init__(self, means: AreaMeans, questions: CountQuestions) -> None:
        storage = means.storage
        self._means = means
        self._records = RoomDocuments(storage.database)
        counter = ShowCounter(storage.database, questions)
        currencies = means.settings.currency, means.settings.gift_currency
        self.shows = Shows(means.keeper, counter, lambda room: means.find_room(room), means.clock, currencies)
        self._ended: OrderedDict[str, Record] = OrderedDict()
        self._tasks = DatabaseTasks()
        self._timer: TimerHandle | None = None
        self._is_running = False

    def opened(self, room: Room) -> None:
        """See `Area.opened`."""
        show = room.document.show
        if show is not None:
            self.shows.follow(room.id, show.id, show.started_at)
            self._plan()

    def mine(self, room: Room, identity: Identity) -> Mapping[str, object]:
        """See `Area.mine`. For the staff: the numbers as they were counted last."""
        if identity.role_in(room.id) not in STAFF_ROLES:
            return {}
        running = self.shows.running.get(room.id)
        record = running.record if running is not None else self._ended.get(room.id)
        return {"numbers": as_fragment(view(record))} if record is not None else {}

    async def read(self, room: Room, show: str | None) -> Record:
        """The record of a show; of the one that runs, as it is now.

        Args:
            show: None: the one that runs, else the last one.

        Raises:
            Refusal: `not_found`.
            RealtimeError: the database is away.
        """
        running = self.shows.running.get(room.id)
        live = room.document.show.id if room.document.show is not None else None
        if running is not None and running.show == live and show in (None, live):
            record = await self.shows.count(running)
            if record is not None:
                return record
        if show is None:
            found, _ = await self._records.list_page(RECORD.kind, room.id, None, 1)
            kept = read_state(RECORD, found[0]) if found else None
        else:
            kept = await self._means.keeper.load(RECORD, show)
        if kept is None or kept.room != room.id:
            raise Refusal(ErrorCode.NOT_FOUND, "there is no show of this id in this room", field="show")
        return await self.shows.close_missed(kept, live)

    async def page(self, room: Room, after: Place | None, limit: int) -> tuple[Sequence[Record], Place | None]:
        """The shows of a room, the one that was counted last first, and where the next page begins."""
        found, end = await self._records.list_page(RECORD.kind, room.id, after, limit)
        return [read_state(RECORD, document) for document in found], end

    async def start(self) -> None:
        """See `Area.start`."""
        self._is_running = True
        self._means.hub.observe(self._observe)
        self._plan()

    async def stop(self) -> None:
        """See `Area.stop`."""
        self._is_running = False
        if self._timer is not None:
            self._timer.cancel()
        await self._tasks.end()

    async def settle(self) -> None:
        """Wait until what is under way is done."""
        await self._tasks.settle()

    def _plan(self) -> None:
        if self._is_running and self._timer is None and self.shows.running:
            self._timer = self._means.clock.call_later(TICK_S, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._spawn(self._count_all())

    async def _count_all(self) -> None:
        try:
            for running in list(self.shows.running.values()):
                if self._is_running:
                    await self._count(running)
        finally:
            self._plan()

    async def _count(self, running: Running) -> None:
        try:
            record = await self.shows.count(running)
        except RealtimeError as error:
            logger.info("a show is not counted now: %s", error)
            return
        except Exception:
            # The other shows are counted all the same.
            logger.exception("a show could not be counted")
            return
        if record is not None:
            self._tell(record)

    def _observe(self, room: str, events: Sequence[Event]) -> None:
        running = self.shows.running.get(room)
        if running is not None:
            running.heard += sum(event.kind == "comment.sent" for event in events)
        for event in events:
            if event.kind in LOOKED_INTO:
                told = orjson.loads(event.payload)
                self._hear(room, told["kind"], told["data"])

    def _hear(self, room: str, kind: str, data: Mapping[str, Any]) -> None:
        if kind == "room.went_live":
            self.shows.follow(room, data["show_id"], data["started_at"])
            self._plan()
        elif kind == "room.ended" and room in self.shows.running:
            self._spawn(self._end(room, data))
        elif kind == "battle.changed" and room in self.shows.running:
            fight = _read_fight(data["battle"])
            if fight is not None:
                self._spawn(self._note_fight(room, fight))
        elif kind == "comment.sent" and room in self.shows.running:
            # One that was read from the history: those that come by themselves are counted as they come.
            self.shows.running[room].heard += 1

    async def _note_fight(self, room: str, fight: Fight) -> None:
        running = self.shows.running.get(room)
        if running is not None:
            await self.shows.note_fight(running, fight)

    async def _end(self, room: str, data: Mapping[str, Any]) -> None:
        running = self.shows.running.get(room)
        if running is None or running.show != data.get("show_id"):
            return
        told = data.get("stats")
        stats = ShowStats.model_validate_json(orjson.dumps(told)) if told is not None else None
        record = await self.shows.end(running, data["ended_at"], stats)
        if self.shows.running.get(room) is running:
            del self.shows.running[room]
        self._ended[room] = record
        self._ended.move_to_end(room)
        while len(self._ended) > MOST_ENDED:
            self._ended.popitem(last=False)
        self._tell(record)

    def _tell(self, record: Record) -> None:
        fanout = self._means.hub.get(record.room)
        if fanout is None or not fanout.staff(STAFF_ROLES):
            return
        told = NumbersChanged(numbers=view(record))
        push_here(self._means.hub, self._means.clock, record.room, Target(roles=STAFF_ROLES), told)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        self._tasks.start(self._do(work))

    async def _do(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except RealtimeError as error:
            # The record is closed when it is read next; a battle stays without its mark.
            logger.warning("the numbers of a show were not kept: %s", error)


def _read_fight(battle: Mapping[str, Any]) -> Fight | None:
    """The round that a battle has just settled."""
    result = battle.get("result")
    if battle["status"] != "settled" or result is None:
        return None
    winner = result.get("winner")
    rooms = tuple(party["room"] for party in battle["parties"] if winner is not None and party["side"] == winner)
    return Fight(battle["id"], result["round"], result["settled_at"], rooms)
