"""A room store without a database, for tests of what happens in rooms. Promise: it passes the tests of every store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.rules.bans import Ban, require_rank
from liveroom.rooms.rules.lifecycle import RoomState
from liveroom.rooms.rules.visits import PastVisits
from liveroom.rooms.storage.lifetimes import DAY_MS
from liveroom.rooms.storage.outbox import Message

MAX_BANS = 10_000


class MemoryRoomStore:
    """Keeps everything in the process and forgets it with it."""

    def __init__(self) -> None:
        self._rooms: dict[str, RoomState] = {}
        self._bans: dict[str, dict[str, Ban]] = {}
        self._past: dict[tuple[str, str], PastVisits] = {}
        self.told: list[Message] = []

    async def create(self, state: RoomState, *, who: str = "", command: str = "") -> None:
        """See `RoomStore.create`."""
        if state.id in self._rooms:
            raise Refusal(ErrorCode.ROOM_EXISTS, "a room of this name exists already", room=state.id)
        self._rooms[state.id] = state

    async def load(self, room: str) -> RoomState | None:
        """See `RoomStore.load`."""
        return self._rooms.get(room)

    async def save(
        self,
        state: RoomState,
        expected_version: int,
        *,
        who: str = "",
        command: str = "",
        told: Sequence[Message] = (),
    ) -> bool:
        """See `RoomStore.save`."""
        kept = self._rooms.get(state.id)
        if kept is None or kept.version != expected_version:
            return False
        self._rooms[state.id] = state
        self.told += told
        return True

    async def list(self, after: str | None, limit: int) -> list[RoomState]:
        """See `RoomStore.list`."""
        ids = sorted(room for room in self._rooms if after is None or room > after)
        return [self._rooms[room] for room in ids[:limit]]

    async def bans(self, room: str) -> Mapping[str, Ban]:
        """See `RoomStore.bans`."""
        return dict(self._bans.get(room, {}))

    async def ban(self, room: str, ban: Ban, told: Sequence[Message] = ()) -> None:
        """See `RoomStore.ban`."""
        bans = self._bans.setdefault(room, {})
        require_rank(bans.get(ban.user_id), ban.by_role, ban.at_ms)
        for over in [
            each for each in bans.values() if each.until_ms is not None and each.until_ms < ban.at_ms - DAY_MS
        ]:
            del bans[over.user_id]
        if len(bans) >= MAX_BANS and ban.user_id not in bans:
            raise Refusal(ErrorCode.OVERLOADED, f"a room keeps {MAX_BANS} bans; lift some first", room=room)
        bans[ban.user_id] = ban
        self.told += told

    async def unban(self, room: str, user_id: str, role: Role, now_ms: int, told: Sequence[Message] = ()) -> bool:
        """See `RoomStore.unban`."""
        require_rank(self._bans.get(room, {}).get(user_id), role, now_ms)
        was_banned = self._bans.get(room, {}).pop(user_id, None) is not None
        self.told += told if was_banned else ()
        return was_banned

    async def ban_of(self, room: str, user_id: str) -> Ban | None:
        """See `RoomStore.ban_of`."""
        return self._bans.get(room, {}).get(user_id)

    async def past_visits(self, room: str, user_id: str) -> PastVisits | None:
        """See `RoomStore.past_visits`."""
        return self._past.get((room, user_id))

    async def remember_visits(self, room: str, visits: Mapping[str, PastVisits]) -> None:
        """See `RoomStore.remember_visits`."""
        self._past |= {(room, user_id): past for user_id, past in visits.items()}
