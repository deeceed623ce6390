"""Tells each room who gave most in its show and how much was given, as latest values.

Promise: they are read from what was committed, so they are what the ledger says; a room is told at most once in
`EVERY_MS`, and always after its last gift, also when the show has ended meanwhile. Rooms are told independently; one
that cannot be told is tried again.
"""

from __future__ import annotations

import asyncio
import logging
from typing import NamedTuple

from liveroom.realtime.backplane.base import Backplane
from liveroom.realtime.catalogue import Model
from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.wire import encode_value
from liveroom.rooms.messages.gift import TOP, GiftRanks, GiftTotals, Giver
from liveroom.rooms.messages.money import LARGEST_SUM
from liveroom.rooms.storage.endings import let_end
from liveroom.rooms.storage.gift_ranks import GiftRanks as Ranks
from liveroom.rooms.storage.gift_ranks import Place, Standing
from liveroom.rooms.store import RoomStore

logger = logging.getLogger(__name__)

EVERY_MS = 1_000
TELL_S = 5.0


class Show(NamedTuple):
    """A show in which something was given; the later one is the greater one."""

    started_at: int
    id: str


class Told(NamedTuple):
    """A room that was told, or is to be told: when it may be told, whether there is news, and of which show at least.

    The show is None where nobody has said which one.
    """

    at_ms: int
    has_news: bool
    show: Show | None


class GiftBoard:
    """See the module. Holds one entry for each room with gifts in the last second."""

    def __init__(self, ranks: Ranks, rooms: RoomStore, backplane: Backplane, clock: Clock, currency: str) -> None:
        self._ranks = ranks
        self._rooms = rooms
        self._backplane = backplane
        self._clock = clock
        self._currency = currency
        self._told: dict[str, Told] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_running = True

    async def stop(self) -> None:
        """Tell nothing more."""
        self._is_running = False
        await let_end(self._tasks)

    async def drain(self) -> None:
        """Wait until what is being told is told; what waits for its time is left."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def touch(self, room: str, show: Show | None = None) -> None:
        """Something was given in a room, in a show; or somebody has opened it."""
        known = self._told.get(room)
        if known is not None:
            self._told[room] = known._replace(has_news=True, show=_later(known.show, show))
            return
        self._begin(room, show)

    def _begin(self, room: str, show: Show | None) -> None:
        if not self._is_running:
            return
        self._told[room] = Told(self._clock.now_ms() + EVERY_MS, has_news=False, show=show)
        task = asyncio.ensure_future(self._tell(room))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, room: str) -> None:
        try:
            async with asyncio.timeout(TELL_S):
                await self._read_and_tell(room)
        except (RealtimeError, TimeoutError):
            logger.warning("the ranks of room %s could not be told; trying again", room)
            self._told[room] = self._told[room]._replace(has_news=True)
        except Exception:
            logger.exception("the ranks of room %s could not be told", room)
        finally:
            wait_ms = max(0, self._told[room].at_ms - self._clock.now_ms())
            self._clock.call_later(wait_ms / 1000, lambda: self._go_on(room))

    def _go_on(self, room: str) -> None:
        told = self._told.pop(room)
        if told.has_news:
            self._begin(room, told.show)

    async def _read_and_tell(self, room: str) -> None:
        state = await self._rooms.load(room)
        running = Show(state.show.started_at, state.show.id) if state is not None and state.show else None
        # Of a show that has ended the ranks stay on the screens: its last gifts belong to them.
        told = _later(running, self._told[room].show)
        if told is None:
            return
        show = told.id
        # The standing first: a rank that is newer than its version only comes early.
        standing = await self._ranks.standing(room, show)
        version = (told.started_at, standing.gifts)
        top = [_shown(place) for place in await self._ranks.page(room, show, TOP)]
        await self._set(room, "gift_ranks", GiftRanks(show_id=show, top=tuple(top)), version)
        await self._set(room, "gift_totals", self._totals(show, standing), version)

    def _totals(self, show: str, standing: Standing) -> GiftTotals:
        return GiftTotals(
            show_id=show,
            gifts=min(standing.gifts, LARGEST_SUM),
            amount=min(standing.amount, LARGEST_SUM),
            givers=standing.givers,
            currency=self._currency,
        )

    async def _set(self, room: str, kind: str, value: Model, version: tuple[int, int]) -> None:
        await self._backplane.set_latest(room, kind, encode_value(value), version)


def _later(one: Show | None, other: Show | None) -> Show | None:
    return max((show for show in (one, other) if show is not None), default=None)


def _shown(place: Place) -> Giver:
    return Giver(user=place.user, amount=min(place.amount, LARGEST_SUM))
