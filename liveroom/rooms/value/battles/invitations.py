"""Invitations to battles: who can be invited, and two who invite each other (L16).

Promise: a refusal says why, as `reason`, and which room is meant. Of two invitations that cross, the older one is
accepted and the other one taken back, whichever of the two hosts says so first; who takes what at the same moment is
decided by the claims of the battles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import Keeper
from liveroom.rooms.messages.battle import MOST_INVITATIONS, InviteBattle, Obstacle
from liveroom.rooms.messages.battle_view import Answer, BattleMode
from liveroom.rooms.messages.room import RoomStatus
from liveroom.rooms.room import Room
from liveroom.rooms.rules.battle_commands import Accept, Cancel, Invite, Rival
from liveroom.rooms.rules.battle_state import INVITED, BattleState
from liveroom.rooms.scene import Scene
from liveroom.rooms.storage.claims import Claimed
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.store import RoomStore
from liveroom.rooms.value.battles.finder import BattleFinder
from liveroom.rooms.value.battles.machine import BATTLE


class Invitations:
    """See the module.

    Args:
        scenes: by name.
    """

    def __init__(self, keeper: Keeper, finder: BattleFinder, store: RoomStore, scenes: Mapping[str, Scene]) -> None:
        self._keeper = keeper
        self._finder = finder
        self._store = store
        self._scenes = scenes

    async def invite(self, room: Room, wanted: InviteBattle, who: str, key: str) -> BattleState:
        """Invite others.

        Raises:
            Refusal: `wrong_state` with `reason` (`Obstacle`) and `room`; `room_not_found`; `invalid_field`.
        """
        battle_id = "b_" + blake2b(f"{room.id}\n{who}\n{key}".encode(), digest_size=10).hexdigest()
        known = await self._keeper.load(BATTLE, battle_id)
        if known is not None:
            return known
        require_battles(room)
        crossing = await self._find_crossing(room.id, wanted)
        if crossing is not None:
            return await self.accept(room, crossing.id, who)
        rivals = [await self._rival(each) for each in wanted.opponents]
        partner = await self._rival(wanted.partner) if wanted.partner is not None else None
        invited = [*wanted.opponents, *([wanted.partner] if wanted.partner else [])]
        await self._require_free(invited)
        command = Invite(
            battle_id,
            wanted.mode,
            Rival(room.id, room.document.host),
            tuple(rivals),
            partner,
            room.scene.battle,
            wanted.invite_s,
            wanted.duration_s,
        )
        return await self._keeper.create(BATTLE, battle_id, command, Cause(who, "battle.invite"))

    async def accept(self, room: Room, battle: str, who: str) -> BattleState:
        """Join a battle; an own invitation that nobody has accepted is taken back for it.

        Raises:
            Refusal: as the rule says; `Claimed`, the room is in another battle.
        """
        require_battles(room)
        cause = Cause(who, "battle.accept")
        try:
            return await self._keeper.carry_out(BATTLE, battle, Accept(room.id), cause)
        except Claimed as taken:
            own = await self._keeper.load(BATTLE, taken.owner)
            theirs = await self._keeper.load(BATTLE, battle)
            if own is None or theirs is None or not _can_take_back(own, room.id):
                raise
        if theirs.by is not None and _crosses(own, theirs) and _age(own) < _age(theirs):
            await self._take_back(theirs.id, theirs.by, cause)
            return await self._keeper.carry_out(BATTLE, own.id, Accept(theirs.by), cause)
        await self._take_back(own.id, room.id, cause)
        return await self._keeper.carry_out(BATTLE, battle, Accept(room.id), cause)

    async def _take_back(self, battle: str, room: str, cause: Cause) -> None:
        # Somebody may have answered it meanwhile; then the acceptance that follows says what is the case.
        with suppress(Refusal):
            await self._keeper.carry_out(BATTLE, battle, Cancel(room), cause)

    async def _find_crossing(self, room: str, wanted: InviteBattle) -> BattleState | None:
        """The duel to which the only opponent has invited this room."""
        if wanted.mode is not BattleMode.DUEL or len(wanted.opponents) != 1:
            return None
        found = await self._finder.invitations(room)
        same = (each for each in found if each.mode is BattleMode.DUEL and each.by == wanted.opponents[0])
        return next(same, None)

    async def _rival(self, room: str) -> Rival:
        document = await self._store.load(room)
        if document is None:
            raise Refusal(ErrorCode.ROOM_NOT_FOUND, "there is no room of this name", room=room)
        scene = self._scenes.get(document.scene)
        if scene is None or not scene.battle.on:
            raise refuse(Obstacle.OFF, room)
        if document.status is not RoomStatus.LIVE:
            raise refuse(Obstacle.NOT_LIVE, room)
        return Rival(room, document.host)

    async def _require_free(self, rooms: Sequence[str]) -> None:
        for room, battle in (await self._finder.busy(rooms)).items():
            # Whoever only waits for an answer of their own may still accept this one instead.
            state = await self._keeper.load(BATTLE, battle)
            if state is not None and not _can_take_back(state, room):
                raise refuse(Obstacle.BUSY, room)
        counts = await self._finder.count_invitations(rooms)
        for room, count in counts.items():
            if count >= MOST_INVITATIONS:
                raise refuse(Obstacle.TOO_MANY, room)


def require_battles(room: Room) -> None:
    """Check that there can be battles in a room now.

    Raises:
        Refusal: `wrong_state` with `reason`.
    """
    if not room.scene.battle.on:
        raise refuse(Obstacle.OFF, room.id)
    if room.document.status is not RoomStatus.LIVE:
        raise refuse(Obstacle.NOT_LIVE, room.id)


WHY: Mapping[Obstacle, str] = {
    Obstacle.OFF: "the scene of this room has no battles",
    Obstacle.NOT_LIVE: "this room is not live",
    Obstacle.BUSY: "this room is in a battle",
    Obstacle.TOO_MANY: "this room has more invitations than it can answer",
}


def refuse(obstacle: Obstacle, room: str) -> Refusal:
    """The refusal for an obstacle."""
    return Refusal(ErrorCode.WRONG_STATE, WHY[obstacle], state=obstacle.value, reason=obstacle.value, room=room)


def _can_take_back(state: BattleState, room: str) -> bool:
    """Whether a room has invited and nobody has joined it."""
    return state.status is INVITED and state.by == room and state.rooms == (room,)


def _crosses(own: BattleState, theirs: BattleState) -> bool:
    """Whether the inviter of one is asked by the other to the same kind of battle."""
    both = own.mode is BattleMode.DUEL and theirs.mode is BattleMode.DUEL
    party = own.find(theirs.by or "")
    return both and party is not None and party.answer is Answer.WAITING


def _age(state: BattleState) -> tuple[int, str]:
    return state.created_at_ms, state.id
