"""Battles and searches as the keeper keeps them: documents, deadlines, claims, and what is told of a change.

Promise: a room is in one battle at a time, since the battle claims it; an invitation is found by the room it is for.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from liveroom.rooms.machines import Elapse, Machine, Step
from liveroom.rooms.messages.battle_view import Answer
from liveroom.rooms.rules import battle, battle_clock, battle_commands, battle_search
from liveroom.rooms.rules.battle_search import SearchState
from liveroom.rooms.rules.battle_state import ENDED, INVITED, BattleState
from liveroom.rooms.storage.claims import NO_CLAIMS, Claim
from liveroom.rooms.value.battles.telling import tell

ROOM_CLAIM = "battle.room"
"""By room: its battle. Nobody else can have it."""
INVITATION_CLAIM = "battle.invited"
"""By battle and room, listed under the room: it is invited and has not answered."""


def claims(state: BattleState) -> frozenset[Claim]:
    """What a battle claims."""
    if state.status is ENDED:
        return NO_CLAIMS
    held = {Claim(ROOM_CLAIM, room, room) for room in state.rooms}
    if state.status is INVITED:
        waited_for = [party.room for party in state.parties if party.answer is Answer.WAITING]
        held |= {Claim(INVITATION_CLAIM, f"{state.id}.{room}", room) for room in waited_for}
    return frozenset(held)


def _apply_battle(state: BattleState | None, command: Any, now_ms: int) -> Step[BattleState]:
    after = battle.apply(state, battle_commands.Elapse() if isinstance(command, Elapse) else command, now_ms)
    return Step(after, tell(state, after))


def _apply_search(state: SearchState | None, command: Any, now_ms: int) -> Step[SearchState]:
    return Step(battle_search.apply(state, battle_search.Elapse() if isinstance(command, Elapse) else command, now_ms))


def _home(state: BattleState) -> str:
    return state.by or state.parties[0].room


BATTLE: Machine[BattleState] = Machine(
    "battle", TypeAdapter(BattleState), _apply_battle, battle_clock.due, _home, claims=claims
)
SEARCH: Machine[SearchState] = Machine(
    "battle_search", TypeAdapter(SearchState), _apply_search, battle_search.due, lambda state: state.scene
)
