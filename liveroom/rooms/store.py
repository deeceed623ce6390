"""Where rooms are kept: the document of each, its bans, and who was there before.

`RoomStore` is the contract; documents are changed by compare-and-set on their version, so that two nodes cannot
overwrite each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from liveroom.realtime.identity import Role
from liveroom.rooms.rules.bans import Ban
from liveroom.rooms.rules.lifecycle import RoomState
from liveroom.rooms.rules.visits import PastVisits
from liveroom.rooms.storage.outbox import Message


class RoomStore(Protocol):
    """See the module."""

    async def create(self, state: RoomState, *, who: str, command: str) -> None:
        """Keep a new room.

        Args:
            who: id of the user or server that wants it, for the history.
            command: the command they gave, for the same.

        Raises:
            Refusal: `room_exists`.
        """

    async def load(self, room: str) -> RoomState | None:
        """The document of a room."""

    async def save(
        self, state: RoomState, expected_version: int, *, who: str, command: str, told: Sequence[Message] = ()
    ) -> bool:
        """Replace a document; False when somebody else has changed it since `expected_version`.

        Args:
            who, command: as for `create`.
            told: kept with the change and sent after it.
        """

    async def list(self, after: str | None, limit: int) -> list[RoomState]:
        """Documents in the order of their ids, after the id given."""

    async def bans(self, room: str) -> Mapping[str, Ban]:
        """All bans of a room by user id."""

    async def ban(self, room: str, ban: Ban, told: Sequence[Message] = ()) -> None:
        """Keep a ban; replaces an older one of the same user.

        Args:
            told: kept with the ban and sent after it.

        Raises:
            Refusal: `overloaded`, too many bans in the room; `forbidden`, a higher rank imposed the one that holds.
        """

    async def unban(self, room: str, user_id: str, role: Role, now_ms: int, told: Sequence[Message] = ()) -> bool:
        """Drop a ban; False when there was none, and then nothing is told.

        Args:
            role: of who lifts it.
            told: as for `ban`.

        Raises:
            Refusal: `forbidden`, a higher rank imposed it, and it holds.
        """

    async def ban_of(self, room: str, user_id: str) -> Ban | None:
        """The ban of somebody, also one that is over; what other nodes have stored is known at once."""

    async def past_visits(self, room: str, user_id: str) -> PastVisits | None:
        """What is known of somebody's earlier visits."""

    async def remember_visits(self, room: str, visits: Mapping[str, PastVisits]) -> None:
        """Keep what is known of visits that are over."""
