"""Finds battles: the one a room is in, and those it is invited to.

Promise: read from the claims in the database, so it is right on every node, also right after a restart.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import func, select

from liveroom.rooms.machines import Keeper
from liveroom.rooms.messages.battle import MOST_INVITATIONS
from liveroom.rooms.rules.battle_state import INVITED, BattleState
from liveroom.rooms.storage.battle_points import read_counters, read_supporters
from liveroom.rooms.storage.claims import find_owners, list_claims
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.tables import documents
from liveroom.rooms.value.battles.machine import BATTLE, INVITATION_CLAIM, ROOM_CLAIM
from liveroom.rooms.value.battles.telling import score_entry, score_key


class BattleFinder:
    """See the module. Every method raises `DatabaseUnavailable` when it cannot be done."""

    def __init__(self, database: Database, keeper: Keeper) -> None:
        self._database = database
        self._keeper = keeper

    async def of_room(self, room: str) -> BattleState | None:
        """The battle that a room is in."""
        async with self._database.read() as connection:
            owners = await find_owners(connection, {(ROOM_CLAIM, room)}, self._database.dialect)
        if room not in owners:
            return None
        return await self._keeper.load(BATTLE, owners[room])

    async def busy(self, rooms: Collection[str]) -> Mapping[str, str]:
        """The battles that some rooms are in, by room."""
        keys = {(ROOM_CLAIM, room) for room in rooms}
        async with self._database.read() as connection:
            return await find_owners(connection, keys, self._database.dialect)

    async def invitations(self, room: str) -> Sequence[BattleState]:
        """Battles that a room is invited to and has not answered."""
        async with self._database.read() as connection:
            ids = await list_claims(connection, INVITATION_CLAIM, room, MOST_INVITATIONS)
        found: list[BattleState] = []
        for id_ in ids:
            state = await self._keeper.load(BATTLE, id_)
            if state is not None and state.status is INVITED:
                found.append(state)
        return found

    async def count_invitations(self, rooms: Collection[str]) -> Mapping[str, int]:
        """How many open invitations some rooms have; those without one are absent."""
        statement = (
            select(documents.c.room, func.count())
            .where(documents.c.kind == INVITATION_CLAIM, documents.c.room.in_(sorted(rooms)))
            .group_by(documents.c.room)
        )
        async with self._database.read() as connection:
            return {room: count for room, count in await connection.execute(statement)}

    async def scores(self, state: BattleState) -> Mapping[str, Mapping[str, object]]:
        """The points of the round as the board has them."""
        async with self._database.read() as connection:
            counts = (await read_counters(connection, {state.tally}))[state.tally]
            tops = await read_supporters(connection, state.tally, state.rooms)
        return {
            score_key(state, room): score_entry(
                state,
                room,
                counts.get(f"n:{room}", 0),
                counts.get(f"score:{room}", 0),
                counts.get(f"task:{room}", 0),
                tops[room],
            )
            for room in state.rooms
        }
