"""Who of those that matter (the hosts of a battle, the guests on stage) is connected to a room, on whatever node.

Each node renews a lease in the database for those it has; whose leases have all run out is gone. So a socket that
closes is noticed at once, and a node that dies, or the only process there is, within `LEASE_MS`. Promise: areas are
told of everybody who is gone until they have dealt with it, at least once, and of who came back at once. Nothing is
written while nobody matters.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.areas import Areas
from liveroom.rooms.room import Room
from liveroom.rooms.storage.endings import let_end
from liveroom.rooms.storage.presences import EXPECTED, Lease, Lost, Presences

logger = logging.getLogger(__name__)

LEASE_MS = 4_000
RENEW_S = 1.0
Who = tuple[str, str]
"""Room and user id."""


class Whereabouts:
    """See the module.

    Args:
        find_room: a room that is open on this node.
        node: name of this process, unique among all that run.
    """

    def __init__(
        self, presences: Presences, areas: Areas, find_room: Callable[[str], Room | None], node: str, clock: Clock
    ) -> None:
        self._presences = presences
        self._areas = areas
        self._find_room = find_room
        self._node = node
        self._clock = clock
        self._here: Counter[Who] = Counter()
        self._leased: set[Who] = set()
        self._left: set[Who] = set()
        self._came: set[Who] = set()
        self._timer: TimerHandle | None = None
        self._round: asyncio.Task[None] | None = None
        self._again = False
        self._is_running = False

    def start(self) -> None:
        """Begin to renew, and to look for those who are gone."""
        self._is_running = True
        self._renew()

    async def stop(self) -> None:
        """End; who was here is gone when the lease has run out, unless another node has them."""
        self._is_running = False
        if self._timer is not None:
            self._timer.cancel()
        if self._round is not None:
            await let_end([self._round])

    def came(self, room: Room, user_id: str) -> None:
        """Somebody has connected to a room here, with one more connection."""
        who = (room.id, user_id)
        self._here[who] += 1
        self._left.discard(who)
        if user_id in self._areas.people(room):
            # The lease is written before they are told of, so that who finds no lease has not been told yet.
            self._came.add(who)
            self._renew()

    def left(self, room: str, user_id: str) -> None:
        """A connection of somebody has left a room here."""
        who = (room, user_id)
        self._here[who] -= 1
        if self._here[who] > 0:
            return
        del self._here[who]
        self._came.discard(who)
        found = self._find_room(room)
        if who in self._leased or (found is not None and user_id in self._areas.people(found)):
            self._leased.discard(who)
            self._left.add(who)
            self._renew()

    def is_here(self, room: str, user_id: str) -> bool:
        """Whether somebody is connected to a room on this node."""
        return (room, user_id) in self._here

    async def expect(self, room: str, user_ids: Iterable[str]) -> None:
        """Somebody begins to matter: whoever is not found on any node within `LEASE_MS` is gone.

        Raises:
            DatabaseUnavailable: try again.
        """
        now_ms = self._clock.now_ms()
        await self._presences.put([Lease(room, each, EXPECTED, now_ms, now_ms + LEASE_MS) for each in user_ids])

    async def settle(self) -> None:
        """Wait until what is under way is done."""
        while self._round is not None:
            await asyncio.wait([self._round])

    def _renew(self) -> None:
        if self._round is not None:
            self._again = True
            return
        if self._timer is not None:
            self._timer.cancel()
        if self._is_running:
            self._round = asyncio.ensure_future(self._look())
            self._round.add_done_callback(self._renewed)

    def _renewed(self, task: asyncio.Task[None]) -> None:
        self._round = None
        if not self._is_running:
            return
        if self._again:
            self._again = False
            self._renew()
        else:
            self._timer = self._clock.call_later(RENEW_S, self._renew)

    async def _look(self) -> None:
        try:
            await self._write_leases()
            for who in list(self._came):
                await self._areas.came(*who)
                self._came.discard(who)
            for lost in await self._presences.find_lost(self._clock.now_ms()):
                await self._tell_gone(lost)
        except RealtimeError as error:
            logger.warning("who is gone is found out at the next look: %s", error.message)
        except Exception:
            logger.exception("who is gone could not be found out")

    async def _write_leases(self) -> None:
        now_ms = self._clock.now_ms()
        matter = {who for who in self._here if self._matters(who)}
        over = self._left | (self._leased - matter)
        leases = [Lease(*who, self._node, now_ms, now_ms + LEASE_MS) for who in matter]
        leases += [Lease(*who, self._node, now_ms, now_ms) for who in over]
        if leases:
            await self._presences.put(leases)
        self._leased = matter
        self._left -= over

    def _matters(self, who: Who) -> bool:
        room = self._find_room(who[0])
        return room is not None and who[1] in self._areas.people(room)

    async def _tell_gone(self, lost: Lost) -> None:
        if not self.is_here(lost.room, lost.user_id):
            await self._areas.gone(lost.room, lost.user_id, lost.seen_at_ms)
            if await self._presences.is_live(lost.room, lost.user_id, self._clock.now_ms()):
                # They came to some node while this was being told; the areas may have heard it the wrong way round.
                await self._areas.came(lost.room, lost.user_id)
        await self._presences.clear(lost, self._clock.now_ms())
