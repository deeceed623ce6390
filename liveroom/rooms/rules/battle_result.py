"""What a round comes to: places, winner or draw, and whether there is overtime (L16, L17).

Promise: a result is made once, of points that cannot change any more, and never changes; a side that has given up as a
whole never wins, whatever its points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby

from liveroom.rooms.messages.battle_view import BattleResult, Ending, Place
from liveroom.rooms.rules.battle_commands import Settle
from liveroom.rooms.rules.battle_state import OVERTIME, SETTLED, BattleState


def settle(state: BattleState, command: Settle, now_ms: int) -> BattleState:
    """Overtime for a draw, once; else the result."""
    ranks = rank_sides(state, command.scores)
    winner = find_winner(state, ranks)
    if winner is None and _may_go_on(state):
        ends_at_ms = now_ms + state.terms.overtime_s * 1000
        return replace(
            state,
            status=OVERTIME,
            since_ms=now_ms,
            until_ms=ends_at_ms,
            ends_at_ms=ends_at_ms,
            ending=None,
            asked=0,
            overtimes=state.overtimes + 1,
        )
    result = BattleResult(
        round=state.round,
        ending=state.ending or Ending.TIME_UP,
        winner=winner,
        places=_places(state, command, ranks),
        settled_at=now_ms,
    )
    parties = tuple(
        replace(party, wins=party.wins + (party.side == winner), is_away=False, lost_at_ms=None)
        for party in state.parties
    )
    until_ms = now_ms + state.terms.result_s * 1000
    return replace(state, status=SETTLED, result=result, parties=parties, since_ms=now_ms, until_ms=until_ms)


def rank_sides(state: BattleState, scores: Mapping[str, int]) -> dict[int, int]:
    """The rank of each side; equal ones share it, and so do those that are out: they come last, whatever they have."""
    points: dict[int, int] = {}
    for party in state.joined:
        points[party.side] = points.get(party.side, 0) + scores.get(party.room, 0)

    def worth(side: int) -> tuple[bool, int]:
        is_in = side in state.sides_in
        return is_in, points[side] if is_in else 0

    ranks: dict[int, int] = {}
    for _, equal in groupby(sorted(points, key=worth, reverse=True), key=worth):
        first = len(ranks) + 1
        ranks |= dict.fromkeys(equal, first)
    return ranks


def find_winner(state: BattleState, ranks: Mapping[int, int]) -> int | None:
    """The side that stands alone at the top; None: a draw."""
    first = [side for side, rank in ranks.items() if rank == 1]
    return first[0] if len(first) == 1 and first[0] in state.sides_in else None


def _may_go_on(state: BattleState) -> bool:
    is_over = state.ending is not Ending.TIME_UP or state.overtimes
    return bool(state.terms.overtime_s) and not is_over and len(state.sides_in) > 1


def _places(state: BattleState, command: Settle, ranks: Mapping[int, int]) -> tuple[Place, ...]:
    places = [
        Place(
            room=party.room,
            side=party.side,
            rank=ranks[party.side],
            score=command.scores.get(party.room, 0),
            supporters=command.supporters.get(party.room, ()),
        )
        for party in state.joined
    ]
    return tuple(sorted(places, key=lambda place: (place.rank, -place.score, place.room)))
