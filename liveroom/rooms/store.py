"""Where rooms are kept: the document of each, its bans, and who was there before.

`RoomStore` is the contract; documents are changed by compare-and-set on their version, so that two nodes cannot
overwrite each other. `MemoryRoomStore` keeps everything in the process and forgets it with it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Protocol

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.rules.bans import Ban
from liveroom.rooms.rules.lifecycle import RoomState
from liveroom.rooms.rules.visits import PastVisits

MAX_ROOMS = 10_000
MAX_PAST_VISITS = 500_000
MAX_BANS = 10_000


class RoomStore(Protocol):
    """See the module."""

    async def create(self, state: RoomState) -> None:
        """Keep a new room.

        Raises:
            Refusal: `room_exists`, or `overloaded` when no more rooms can be kept.
        """

    async def load(self, room: str) -> RoomState | None:
        """The document of a room."""

    async def save(self, state: RoomState, expected_version: int) -> bool:
        """Replace a document; False when somebody else has changed it since `expected_version`."""

    async def list(self, after: str | None, limit: int) -> list[RoomState]:
        """Documents in the order of their ids, after the id given."""

    async def bans(self, room: str) -> Mapping[str, Ban]:
        """All bans of a room by user id."""

    async def ban(self, room: str, ban: Ban) -> None:
        """Keep a ban; replaces an older one of the same user.

        Raises:
            Refusal: `overloaded`, too many bans in the room.
        """

    async def unban(self, room: str, user_id: str) -> bool:
        """Drop a ban; False when there was none."""

    async def past_visits(self, room: str, user_id: str) -> PastVisits | None:
        """What is known of somebody's earlier visits."""

    async def remember_visits(self, room: str, visits: Mapping[str, PastVisits]) -> None:
        """Keep what is known of visits that are over."""


class MemoryRoomStore:
    """Rooms of a single process."""

    def __init__(self) -> None:
        self._rooms: dict[str, RoomState] = {}
        self._bans: dict[str, dict[str, Ban]] = {}
        self._past: OrderedDict[tuple[str, str], PastVisits] = OrderedDict()

    async def create(self, state: RoomState) -> None:
        """See `RoomStore.create`."""
        if state.id in self._rooms:
            raise Refusal(ErrorCode.ROOM_EXISTS, "a room of this name exists already", room=state.id)
        if len(self._rooms) >= MAX_ROOMS:
            raise Refusal(ErrorCode.OVERLOADED, f"this server keeps {MAX_ROOMS} rooms; use a database for more")
        self._rooms[state.id] = state

    async def load(self, room: str) -> RoomState | None:
        """See `RoomStore.load`."""
        return self._rooms.get(room)

    async def save(self, state: RoomState, expected_version: int) -> bool:
        """See `RoomStore.save`."""
        kept = self._rooms.get(state.id)
        if kept is None or kept.version != expected_version:
            return False
        self._rooms[state.id] = state
        return True

    async def list(self, after: str | None, limit: int) -> list[RoomState]:
        """See `RoomStore.list`."""
        ids = sorted(room for room in self._rooms if after is None or room > after)
        return [self._rooms[room] for room in ids[:limit]]

    async def bans(self, room: str) -> Mapping[str, Ban]:
        """See `RoomStore.bans`."""
        return dict(self._bans.get(room, {}))

    async def ban(self, room: str, ban: Ban) -> None:
        """See `RoomStore.ban`."""
        bans = self._bans.setdefault(room, {})
        if len(bans) >= MAX_BANS and ban.user_id not in bans:
            raise Refusal(ErrorCode.OVERLOADED, f"a room keeps {MAX_BANS} bans; lift some first", room=room)
        bans[ban.user_id] = ban

    async def unban(self, room: str, user_id: str) -> bool:
        """See `RoomStore.unban`."""
        return self._bans.get(room, {}).pop(user_id, None) is not None

    async def past_visits(self, room: str, user_id: str) -> PastVisits | None:
        """See `RoomStore.past_visits`."""
        return self._past.get((room, user_id))

    async def remember_visits(self, room: str, visits: Mapping[str, PastVisits]) -> None:
        """See `RoomStore.remember_visits`; the longest unseen are forgotten first."""
        for user_id, past in visits.items():
            self._past[(room, user_id)] = past
            self._past.move_to_end((room, user_id))
        while len(self._past) > MAX_PAST_VISITS:
            self._past.popitem(last=False)
