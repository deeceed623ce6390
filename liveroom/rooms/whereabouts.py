"""Who of those that matter (the hosts of a battle, the guests on stage) is connected to a room, on whatever node.

Each node renews a lease in the database for those it has; whose leases have all run out is gone. So a socket that
closes is noticed at once, and a node that dies, or the only process there is, within `LEASE_MS`. Promise: areas are
told of everybody who is gone until they have dealt with it, at least once, and of who came back at once; who is
connected is not left as gone, however long the database was away. Nothing is written while nobody matters.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.areas import Areas
from liveroom.rooms.errors import DatabaseUnavailable
from liveroom.rooms.room import Room
from liveroom.rooms.storage.database import TRANSACTION_S
from liveroom.rooms.storage.endings import let_end
from liveroom.rooms.storage.presences import EXPECTED, Lease, Lost, Presences

logger = logging.getLogger(__name__)

LEASE_MS = 4_000
RENEW_S = 1.0
APART_MS = 1_000
"""How far the clocks of two nodes may be apart."""
PATIENCE_MS = round((TRANSACTION_S + 2 * RENEW_S) * 1000)
"""After it could not look for long, a node leaves the others so much time to renew: to give up one transaction that
hangs, and to try again."""
AT_ONCE = 16
"""People of whom is told at the same time."""
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
        self._came: dict[Who, None] = {}
        self._unheard: set[Who] = set()
        self._held_until_ms = clock.now_ms() + LEASE_MS
        self._looked_at_ms = clock.now_ms()
        self._patient_until_ms = 0
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
            self._came[who] = None
            self._renew()

    def left(self, room: str, user_id: str) -> None:
        """A connection of somebody has left a room here."""
        who = (room, user_id)
        self._here[who] -= 1
        if self._here[who] > 0:
            return
        del self._here[who]
        self._came.pop(who, None)
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
            # Nobody's leases may run out here while others are told of: who is left over is told of at the next look.
            until_s = self._clock.monotonic_s() + RENEW_S
            await self._tell_came(until_s)
            await self._tell_lost(await self._find_lost(), until_s)
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
        if self._clock.now_ms() > self._held_until_ms - APART_MS:
            # Another node may have found none of them anywhere; whoever tells that from here on finds the new leases.
            self._came |= dict.fromkeys(matter)
        self._held_until_ms = now_ms + LEASE_MS

    def _matters(self, who: Who) -> bool:
        room = self._find_room(who[0])
        return room is not None and who[1] in self._areas.people(room)

    async def _tell_came(self, until_s: float) -> None:
        failed: list[Who] = []
        is_away = False
        while self._came and not is_away and not self._is_time_over(until_s):
            told = list(islice(self._came, AT_ONCE))
            for who in told:
                del self._came[who]
            errors = await asyncio.gather(*(_try(self._areas.came(*who), who) for who in told))
            failed += [who for who, error in zip(told, errors, strict=True) if error is not None]
            is_away = any(isinstance(error, DatabaseUnavailable) for error in errors)
        self._came |= dict.fromkeys(who for who in failed if who in self._here)

    async def _find_lost(self) -> Iterable[Lost]:
        """Whom no node has; nobody, while the others may not have been able to renew either."""
        lost = await self._presences.find_lost(self._clock.now_ms())
        now_ms = self._clock.now_ms()
        if now_ms > self._looked_at_ms + LEASE_MS - APART_MS:
            self._patient_until_ms = now_ms + PATIENCE_MS
        self._looked_at_ms = now_ms
        self._unheard &= {(each.room, each.user_id) for each in lost}
        return lost if now_ms >= self._patient_until_ms else ()

    async def _tell_lost(self, found: Iterable[Lost], until_s: float) -> None:
        """One whom an area cannot deal with holds up nobody else."""
        for lost in sorted(found, key=lambda each: each[:2] in self._unheard):
            if self._is_time_over(until_s):
                break
            who = (lost.room, lost.user_id)
            self._unheard.discard(who)
            error = await _try(self._tell_gone(lost), who)
            if error is not None:
                self._unheard.add(who)
            if isinstance(error, DatabaseUnavailable):
                break

    def _is_time_over(self, until_s: float) -> bool:
        is_over = self._clock.monotonic_s() > until_s
        self._again = self._again or is_over
        return is_over

    async def _tell_gone(self, lost: Lost) -> None:
        if not self.is_here(lost.room, lost.user_id):
            await self._areas.gone(lost.room, lost.user_id, lost.seen_at_ms)
            if await self._presences.is_live(lost.room, lost.user_id, self._clock.now_ms()):
                # They came to some node while this was being told; the areas may have heard it the wrong way round.
                await self._areas.came(lost.room, lost.user_id)
        await self._presences.clear(lost, self._clock.now_ms())


async def _try(telling: Awaitable[None], who: Who) -> Exception | None:
    try:
        await telling
    except RealtimeError as error:
        logger.warning("where %s is in room %s is told again: %s", who[1], who[0], error.message)
        return error
    except Exception as error:
        logger.exception("where %s is in room %s could not be told", who[1], who[0])
        return error
    return None
