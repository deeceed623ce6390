"""Commands of battles at the desk: what hosts and viewers want becomes a step of the battle, or a fact.

Promise: a host speaks for the room the command is addressed to; a repeat of a command in the state it has led to is
answered the same and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import cast

import orjson

from liveroom.rooms.desk import DeskHandler
from liveroom.rooms.ledger import Fact
from liveroom.rooms.machines import Keeper
from liveroom.rooms.messages.battle import (
    BattleAck,
    BattleSearchAck,
    BattleVoteAck,
    InviteBattle,
    Obstacle,
    OfBattle,
    VoteBattle,
    VoteOutcome,
)
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules.battle_commands import (
    AgreeEnd,
    Cancel,
    CutShort,
    DeclineRematch,
    GoOn,
    Quit,
    Refuse,
    Rematch,
)
from liveroom.rooms.rules.battle_state import tally_of
from liveroom.rooms.rules.battle_view import view
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.value.battles.finder import BattleFinder
from liveroom.rooms.value.battles.invitations import Invitations, refuse, require_battles
from liveroom.rooms.value.battles.machine import BATTLE
from liveroom.rooms.value.battles.search import BattleSearches
from liveroom.rooms.value.battles.votes import VOTE, Vote

OfRoom = AgreeEnd | Cancel | CutShort | DeclineRematch | GoOn | Quit | Refuse | Rematch

PLAIN: Mapping[str, type[OfRoom]] = {
    "battle.refuse": Refuse,
    "battle.cancel": Cancel,
    "battle.agree_end": AgreeEnd,
    "battle.go_on": GoOn,
    "battle.quit": Quit,
    "battle.cut_short": CutShort,
    "battle.rematch": Rematch,
    "battle.decline_rematch": DeclineRematch,
}
"""Commands of a room that are a command of the rule as they are."""


class BattleHandlers:
    """See the module."""

    def __init__(
        self, keeper: Keeper, invitations: Invitations, searches: BattleSearches, finder: BattleFinder
    ) -> None:
        self._keeper = keeper
        self._invitations = invitations
        self._searches = searches
        self._finder = finder

    def by_command(self) -> Mapping[str, DeskHandler]:
        """For the desk."""
        return {
            "battle.invite": self.invite,
            "battle.accept": self.accept,
            "battle.vote": self.vote,
            "battle.seek": self.seek,
            "battle.stop_seeking": self.stop_seeking,
            **{name: partial(self.say, command) for name, command in PLAIN.items()},
        }

    async def invite(self, room: Room, request: Request, now_ms: int) -> BattleAck:
        """`battle.invite`; the same key is the same battle."""
        wanted, who = cast(InviteBattle, request.data), request.identity.user_id
        return BattleAck(battle=view(await self._invitations.invite(room, wanted, who, request.key or "")))

    async def accept(self, room: Room, request: Request, now_ms: int) -> BattleAck:
        """`battle.accept`"""
        battle = cast(OfBattle, request.data).battle
        return BattleAck(battle=view(await self._invitations.accept(room, battle, request.identity.user_id)))

    async def say(self, command: type[OfRoom], room: Room, request: Request, now_ms: int) -> BattleAck:
        """A command of `PLAIN`."""
        battle = cast(OfBattle, request.data).battle
        cause = Cause(request.identity.user_id, request.declared.name)
        return BattleAck(battle=view(await self._keeper.carry_out(BATTLE, battle, command(room.id), cause)))

    async def vote(self, room: Room, request: Request, now_ms: int) -> Fact | BattleVoteAck:
        """`battle.vote`"""
        wanted, identity = cast(VoteBattle, request.data), request.identity
        shown = room.snapshot.parts.get("battles", {}).get(wanted.battle)
        round_ = None if shown is None else shown.get("round", 1)
        if round_ is None:
            # This node may be behind, and a repeat of a vote is answered as the first time.
            state = await self._keeper.load(BATTLE, wanted.battle)
            if state is None or room.id not in state.rooms:
                return BattleVoteAck(outcome=VoteOutcome.NOT_RUNNING)
            round_ = state.round
        viewer = room.attendance.viewers.get(identity.user_id)
        by = (viewer.traits if viewer else room.traits_of(identity)).visitor()
        room.act(identity.user_id, now_ms)
        body = orjson.dumps({"battle": wanted.battle, "to": wanted.to})
        scope, key = tally_of(wanted.battle, round_), request.key or ""
        return Fact(VOTE, room.id, scope, identity.user_id, key, body, now_ms, Vote(wanted.battle, wanted.to, by))

    async def seek(self, room: Room, request: Request, now_ms: int) -> BattleSearchAck:
        """`battle.seek`"""
        require_battles(room)
        if room.id in await self._finder.busy([room.id]):
            raise refuse(Obstacle.BUSY, room.id)
        return BattleSearchAck(search=await self._searches.seek(room, request.identity.user_id))

    async def stop_seeking(self, room: Room, request: Request, now_ms: int) -> BattleSearchAck:
        """`battle.stop_seeking`"""
        return BattleSearchAck(search=await self._searches.stop(room, request.identity.user_id))
