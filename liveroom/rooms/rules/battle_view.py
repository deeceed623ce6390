"""A battle as everybody sees it.

Promise: while rooms are invited all of them are in it; from the countdown on those that have joined.
"""

from __future__ import annotations

from liveroom.rooms.messages.battle_view import Answer, BattleView, PartyView
from liveroom.rooms.rules.battle_state import ENDED, INVITED, BattleState, Party


def view(state: BattleState) -> BattleView:
    """The view."""
    is_open = state.status is INVITED or (state.status is ENDED and state.starts_at_ms is None)
    return BattleView(
        id=state.id,
        version=state.version,
        round=state.round,
        status=state.status,
        mode=state.mode,
        by=state.by,
        parties=tuple(_view(party) for party in state.parties if is_open or party.answer is Answer.JOINED),
        terms=state.terms,
        duration_s=state.duration_s,
        since=state.since_ms,
        until=state.until_ms,
        starts_at=state.starts_at_ms,
        ends_at=state.ends_at_ms,
        result=state.result,
        closed=state.closed,
    )


def _view(party: Party) -> PartyView:
    return PartyView(
        room=party.room,
        host=party.host,
        side=party.side,
        answer=party.answer,
        away=party.is_away,
        out=party.out,
        agrees=party.agrees,
        rematch=party.rematch,
        wins=party.wins,
    )
