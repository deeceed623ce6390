"""Battles of a node: their parts, put together.

Promise: what a process that died has left half done is finished by the clock and the outbox of another; `stop` leaves
nothing running.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Collection, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any

from liveroom.realtime.catalogue import Model
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Identity, Role
from liveroom.realtime.wire import as_sent
from liveroom.rooms.area import Area
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Decider
from liveroom.rooms.messages.room import RoomEnded
from liveroom.rooms.room import Room
from liveroom.rooms.rules.battle_commands import Lose, Return
from liveroom.rooms.rules.battle_search import SearchState
from liveroom.rooms.rules.battle_state import COUNTING, FIGHTING, INVITED, READY, RUNNING, SHOWN, BattleState
from liveroom.rooms.rules.battle_view import view
from liveroom.rooms.rules.lifecycle import RoomState
from liveroom.rooms.rules.parts import NO_PARTS, Parts
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.storage.endings import let_end
from liveroom.rooms.storage.outbox import Message
from liveroom.rooms.value.battles.finder import BattleFinder
from liveroom.rooms.value.battles.following import BattleFollowing
from liveroom.rooms.value.battles.handlers import BattleHandlers
from liveroom.rooms.value.battles.invitations import Invitations
from liveroom.rooms.value.battles.like_collector import LikeCollector
from liveroom.rooms.value.battles.likes import LIKE, CountLikes
from liveroom.rooms.value.battles.machine import BATTLE, SEARCH
from liveroom.rooms.value.battles.ratings import RATE, RateHosts, Ratings
from liveroom.rooms.value.battles.search import BattleSearches
from liveroom.rooms.value.battles.settlement import Settlement
from liveroom.rooms.value.battles.telling import FIELD, LANE, SCORES, ended_message
from liveroom.rooms.value.battles.votes import VOTE, VoteBattles
from liveroom.server.area_means import AreaMeans
from liveroom.server.settings import Settings

logger = logging.getLogger(__name__)

MATTERS = FIGHTING | {READY}
"""Statuses in which it matters whether a host is there."""
JUST_MS = 1_000
"""A status that is younger has just begun; later changes do not make anybody expected anew who is gone by then."""


def make_battle_deciders(_: Settings) -> Mapping[str, Decider]:
    """The deciders of battles, by the kind of fact they rule on; gifts count by their own."""
    return {VOTE: VoteBattles(), LIKE: CountLikes(), RATE: RateHosts()}


class Battles(Area):
    """See the module."""

    def __init__(self, means: AreaMeans) -> None:
        storage, keeper, clock = means.storage, means.keeper, means.clock
        self._means = means
        self._keeper = keeper
        self._tasks: set[asyncio.Task[Any]] = set()
        self.finder = BattleFinder(storage.database, keeper)
        self.ratings = Ratings(storage.database)
        self.likes = LikeCollector(storage.ledger, clock, storage.outbox.writer)
        self._settlement = Settlement(storage.database, keeper)
        self.searches = BattleSearches(
            keeper, storage.rooms, self.ratings, means.scenes, means.hub.backplane, clock, self._spawn
        )
        invitations = Invitations(keeper, self.finder, storage.rooms, means.scenes)
        self.machines = (BATTLE, SEARCH)
        self.handlers = BattleHandlers(keeper, invitations, self.searches, self.finder).by_command()
        self.senders = {LANE: BattleFollowing(storage.ledger, keeper, self.finder, clock)}
        keeper.observe(self._changed)

    async def load_parts(self, room: str) -> Parts:
        """See `Area.load_parts`."""
        state = await self.finder.of_room(room)
        if state is None or state.status not in SHOWN:
            return NO_PARTS
        await self._means.boards.tell(room, SCORES, FIELD, await self.finder.scores(state))
        return {"battles": {state.id: as_shown(state)}}

    def fetch(self, room: Room, identity: Identity) -> Awaitable[Mapping[str, object]] | None:
        """See `Area.fetch`: for the host, who is told in private."""
        is_host = identity.role_in(room.id) is Role.HOST and room.scene.battle.on
        return self._fetch(room) if is_host else None

    async def _fetch(self, room: Room) -> Mapping[str, object]:
        own = await self.finder.of_room(room.id)
        invited = [*([own] if own is not None and own.status is INVITED else [])]
        invited += await self.finder.invitations(room.id)
        search = await self.searches.of(room)
        mine: dict[str, object] = {"battle_invitations": [as_shown(state) for state in invited]} if invited else {}
        if search is not None:
            mine["battle_search"] = as_sent(search)
        return mine

    async def find(self, battle: str) -> BattleState | None:
        """A battle by its id."""
        return await self._keeper.load(BATTLE, battle)

    def people(self, room: Room) -> Collection[str]:
        """See `Area.people`: the host while a battle is ahead or runs."""
        views = room.snapshot.parts.get("battles")
        if not views or not any(each["status"] in MATTERS for each in views.values()):
            return ()
        return (room.document.host.id,)

    async def gone(self, room: str, user_id: str, since_ms: int) -> None:
        """See `Area.gone`."""
        await self._tell(room, user_id, Lose(room, since_ms), Cause("clock", "host.gone"))

    async def came(self, room: str, user_id: str) -> None:
        """See `Area.came`."""
        await self._tell(room, user_id, Return(room), Cause(user_id, "host.came"))

    def follow(self, state: RoomState, events: Sequence[Model]) -> Sequence[Message]:
        """See `Area.follow`: a show that ends takes its room out of the battle."""
        return [ended_message(state.id)] if any(isinstance(event, RoomEnded) for event in events) else []

    def opened(self, room: Room) -> None:
        """A room was opened on this node: its likes may count."""
        room.like_listeners.append(partial(self.likes.hear, room))

    async def stop(self) -> None:
        """End; what is under way is finished."""
        await let_end(self._tasks)
        await self.likes.stop()

    async def settle(self) -> None:
        """Wait until what is under way is done."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _tell(self, room: str, user_id: str, command: Lose | Return, cause: Cause) -> None:
        state = await self.finder.of_room(room)
        party = state.find(room) if state is not None else None
        if state is not None and party is not None and party.host.id == user_id:
            await self._keeper.carry_out(BATTLE, state.id, command, cause)

    def _changed(self, kind: str, document_id: str, state: Any) -> None:
        if isinstance(state, SearchState):
            self.searches.changed(state)
        elif isinstance(state, BattleState):
            if state.status is COUNTING:
                self._spawn(self._settlement.settle(document_id))
            elif state.status in (READY, RUNNING) and self._means.clock.now_ms() < state.since_ms + JUST_MS:
                self._spawn(self._expect(state))

    async def _expect(self, state: BattleState) -> None:
        """Hosts matter from the countdown on; one who is nowhere is found to be gone."""
        try:
            for party in state.joined:
                await self._means.whereabouts.expect(party.room, [party.host.id])
        except RealtimeError as error:
            logger.warning("hosts of a battle are not looked after yet: %s", error.message)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None and not isinstance(fault, Refusal):
            logger.error("something of a battle failed", exc_info=fault)


def as_shown(state: BattleState) -> Mapping[str, Any]:
    """A battle as `battle.changed` carries it: what has its default is left out."""
    return as_sent(view(state))
