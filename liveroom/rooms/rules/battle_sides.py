"""How a battle is put together: who stands on which side, and whether enough have joined (L19).

Promise: a battle has at least two sides; in teams all four have to join.
"""

from __future__ import annotations

from dataclasses import replace

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.battle_view import Answer, BattleMode
from liveroom.rooms.rules.battle_commands import Invite, Match
from liveroom.rooms.rules.battle_state import INVITED, READY, BattleState, Party

TEAM = 2
SIZES = {
    BattleMode.DUEL: (1, 1),
    BattleMode.TEAMS: (TEAM, TEAM),
    BattleMode.SOLO: (2, 3),
    BattleMode.ONE_AGAINST_ALL: (2, 3),
}
"""Least and most opponents."""


def begin(command: Invite | Match, now_ms: int) -> BattleState:
    """A new battle.

    Raises:
        Refusal: `invalid_field`, the rooms do not make such a battle.
    """
    if isinstance(command, Match):
        return _begin_match(command, now_ms)
    _check(command)
    rivals = [command.by, *([command.partner] if command.partner else ()), *command.opponents]
    parties = [
        Party(rival.room, rival.host, _side(command, at), Answer.JOINED if rival is command.by else Answer.WAITING)
        for at, rival in enumerate(rivals)
    ]
    return BattleState(
        id=command.id,
        mode=command.mode,
        by=command.by.room,
        terms=command.terms,
        duration_s=command.duration_s or command.terms.duration_s,
        parties=tuple(parties),
        status=INVITED,
        since_ms=now_ms,
        until_ms=now_ms + (command.invite_s or command.terms.invite_s) * 1000,
        created_at_ms=now_ms,
    )


def has_enough(state: BattleState) -> bool:
    """Whether those who have joined make a battle."""
    if state.mode is BattleMode.TEAMS:
        return len(state.joined) == len(state.parties)
    return len(state.sides_in) > 1


def begin_round(state: BattleState, at_ms: int) -> BattleState:
    """The countdown of a round."""
    starts_at_ms = at_ms + state.terms.ready_s * 1000
    return replace(
        state,
        status=READY,
        since_ms=at_ms,
        until_ms=starts_at_ms,
        starts_at_ms=starts_at_ms,
        ends_at_ms=starts_at_ms + state.duration_s * 1000,
        parties=tuple(
            replace(party, lost_at_ms=None, is_away=False, out=None, agrees=False, rematch=False)
            for party in state.parties
        ),
        ending=None,
        asked=0,
        overtimes=0,
    )


def _begin_match(command: Match, now_ms: int) -> BattleState:
    parties = (
        Party(command.first.room, command.first.host, 1, Answer.JOINED),
        Party(command.second.room, command.second.host, 2, Answer.JOINED),
    )
    waiting = BattleState(
        id=command.id,
        mode=BattleMode.DUEL,
        by=None,
        terms=command.terms,
        duration_s=command.terms.duration_s,
        parties=parties,
        status=INVITED,
        since_ms=now_ms,
        until_ms=now_ms,
        created_at_ms=now_ms,
    )
    return begin_round(waiting, now_ms)


def _side(command: Invite, at: int) -> int:
    if command.mode is BattleMode.TEAMS:
        return 1 if at < TEAM else 2
    if command.mode is BattleMode.ONE_AGAINST_ALL:
        return 1 if at == 0 else 2
    return at + 1


def _check(command: Invite) -> None:
    least, most = SIZES[command.mode]
    if not least <= len(command.opponents) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        text = f"{command.mode.value} is against {wanted} rooms"
        raise Refusal(ErrorCode.INVALID_FIELD, text, field="opponents")
    if (command.partner is not None) != (command.mode is BattleMode.TEAMS):
        raise Refusal(ErrorCode.INVALID_FIELD, "teams need a partner, other modes have none", field="partner")
    rooms = [command.by.room, *(rival.room for rival in command.opponents)]
    if command.partner is not None:
        rooms.append(command.partner.room)
    if len(set(rooms)) < len(rooms):
        raise Refusal(ErrorCode.INVALID_FIELD, "a room can be in a battle once", field="opponents")
