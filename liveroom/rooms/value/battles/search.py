"""The search for an opponent as a service: who joins the queue, and battles for those who were put together.

Promise: a pair gets one battle, since its id is that of the pair; whoever was put together with somebody who is no
longer free goes on searching, with the time already waited. A pair that a process died over is begun by another.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from liveroom.realtime.backplane.base import Backplane, Target
from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.wire import encode_event
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import Keeper
from liveroom.rooms.messages.battle import BattleSearch, BattleSearchChanged, SearchStatus
from liveroom.rooms.messages.room import RoomStatus
from liveroom.rooms.room import Room
from liveroom.rooms.rules.battle_commands import Match, Rival
from liveroom.rooms.rules.battle_search import Begun, Open, Pair, SearchState, Seek, Seeker, StopSeeking
from liveroom.rooms.scene import Scene
from liveroom.rooms.storage.claims import Claimed
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.store import RoomStore
from liveroom.rooms.value.battles.machine import BATTLE, SEARCH
from liveroom.rooms.value.battles.ratings import Ratings

logger = logging.getLogger(__name__)

TELL_S = 1.0
CLOCK = Cause("clock", "battle.match")
OVER = BattleSearch(status=SearchStatus.OVER)


class BattleSearches:
    """See the module.

    Args:
        scenes: by name.
        spawn: runs a task that is waited for at the stop.
    """

    def __init__(
        self,
        keeper: Keeper,
        store: RoomStore,
        ratings: Ratings,
        scenes: Mapping[str, Scene],
        backplane: Backplane,
        clock: Clock,
        spawn: Callable[..., None],
    ) -> None:
        self._keeper = keeper
        self._store = store
        self._ratings = ratings
        self._scenes = scenes
        self._backplane = backplane
        self._clock = clock
        self._spawn = spawn
        self._beginning: set[str] = set()

    async def seek(self, room: Room, who: str) -> BattleSearch:
        """A room looks for an opponent; the same again changes nothing."""
        host, scene = room.document.host, room.document.scene
        rating = (await self._ratings.of([host.id]))[host.id].rating
        now_ms = self._clock.now_ms()
        seeker = Seeker(room.id, host, rating, now_ms, now_ms + room.scene.battle.seek_s * 1000)
        await self._open(scene)
        state = await self._keeper.carry_out(SEARCH, scene, Seek(seeker), Cause(who, "battle.seek"))
        return _describe(state, room.id)

    async def stop(self, room: Room, who: str) -> BattleSearch:
        """A room looks no longer."""
        scene = room.document.scene
        await self._open(scene)
        cause = Cause(who, "battle.stop_seeking")
        return _describe(await self._keeper.carry_out(SEARCH, scene, StopSeeking(room.id), cause), room.id)

    async def of(self, room: Room) -> BattleSearch | None:
        """The search of a room; None: it does not search."""
        state = await self._keeper.load(SEARCH, room.document.scene)
        found = OVER if state is None else _describe(state, room.id)
        return None if found is OVER else found

    def changed(self, state: SearchState) -> None:
        """A search has changed here: begin what is to be begun."""
        for pair in state.pairs:
            if pair.id not in self._beginning:
                self._beginning.add(pair.id)
                self._spawn(self._begin(state.scene, pair))

    async def _open(self, scene: str) -> None:
        if await self._keeper.load(SEARCH, scene) is not None:
            return
        try:
            await self._keeper.create(SEARCH, scene, Open(scene), Cause("clock", "battle.open_search"))
        except Refusal as refused:
            if refused.code != ErrorCode.WRONG_STATE:
                raise

    async def _begin(self, scene: str, pair: Pair) -> None:
        try:
            again = await self._make_battle(scene, pair)
            await self._keeper.carry_out(SEARCH, scene, Begun(pair.id, again), CLOCK)
        except RealtimeError as error:
            logger.warning("a battle of two who were found has not begun; it is tried again: %s", error.message)
        finally:
            self._beginning.discard(pair.id)

    async def _make_battle(self, scene: str, pair: Pair) -> tuple[str, ...]:
        """The rooms that go on searching: none when the battle has begun."""
        both = (pair.first, pair.second)
        free = [seeker for seeker in both if await self._is_live(seeker.room)]
        if len(free) < len(both):
            return tuple(seeker.room for seeker in free)
        first, second = (Rival(seeker.room, seeker.host) for seeker in both)
        terms = self._scenes[scene].battle
        try:
            await self._keeper.create(BATTLE, pair.id, Match(pair.id, first, second, terms), CLOCK)
        except Claimed as taken:
            return tuple(seeker.room for seeker in both if seeker.room != taken.claim.room)
        except Refusal as refused:
            if refused.code != ErrorCode.WRONG_STATE:
                raise
        for seeker in both:
            await self._tell(seeker.room, seeker.host.id, BattleSearch(status=SearchStatus.FOUND))
        return ()

    async def _is_live(self, room: str) -> bool:
        document = await self._store.load(room)
        return document is not None and document.status is RoomStatus.LIVE

    async def _tell(self, room: str, host: str, search: BattleSearch) -> None:
        """A private push to the host; the next join has the same."""
        event = encode_event("battle.search_changed", self._clock.now_ms(), BattleSearchChanged(search=search))
        try:
            async with asyncio.timeout(TELL_S):
                await self._backplane.send_private(room, Target(user_id=host), event)
        except (TimeoutError, RealtimeError) as error:
            logger.warning("a host was not told of the search: %s", type(error).__name__)


def _describe(state: SearchState, room: str) -> BattleSearch:
    seeker = next((each for each in state.seekers if each.room == room), None)
    if seeker is not None:
        return BattleSearch(
            status=SearchStatus.SEARCHING, rating=seeker.rating, since=seeker.since_ms, until=seeker.until_ms
        )
    if any(room in (pair.first.room, pair.second.room) for pair in state.pairs):
        return BattleSearch(status=SearchStatus.FOUND)
    return OVER
