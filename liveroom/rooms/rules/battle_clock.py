"""What time brings to a battle: the next part when one is over, the mark of a host who is away, and the forfeit (L18).

Promise: what happened while nobody could look is made up for in its order; the clock of a round never stops, so
`ends_at` holds whatever happens; a battle always comes to an end by time alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from liveroom.rooms.messages.battle_view import MOST_ROUNDS, Answer, Closing, Ending, Out
from liveroom.rooms.rules import battle_sides
from liveroom.rooms.rules.battle_state import (
    COUNTING,
    ENDED,
    FIGHTING,
    INVITED,
    PUNISHMENT,
    READY,
    REMATCH,
    RUNNING,
    SETTLED,
    BattleState,
    Party,
)

AWAY_MS = 5_000
"""A host who is away for so long is marked as such."""
FORFEIT_MS = 90_000
"""A host who is away for so long has lost the round."""
LEFT_MS = 30_000
"""What a host has at least to come back in, from when they are found lost: nobody could look before."""
LATE_MS = 10_000
"""An invitation that was answered is of no use so long after its time: the server was down."""
AGAIN_MS = 2_000
"""The points are asked for again after this; whoever was to count them has died."""


def due(state: BattleState) -> int | None:
    """When something is to happen by itself, in epoch ms; None: never."""
    if state.status not in FIGHTING or state.ends_at_ms is None:
        return state.until_ms
    return min([state.ends_at_ms, *(_deadline(party) for party in _lost(state))])


def elapse(state: BattleState, now_ms: int) -> BattleState:
    """Everything that is due by now, one after the other; the same object when nothing is."""
    while (at_ms := due(state)) is not None and at_ms <= now_ms:
        before = state
        state = _pass(state, at_ms, now_ms)
        if state.status is COUNTING and before.status is COUNTING:
            break
    return state


def answered(state: BattleState, now_ms: int) -> BattleState:
    """After an answer, or after the time for it: the countdown, the end, or waiting for the others."""
    if any(party.answer is Answer.WAITING for party in state.parties):
        return state
    if battle_sides.has_enough(state):
        return battle_sides.begin_round(state, now_ms)
    refused = any(party.answer is Answer.REFUSED for party in state.parties)
    return end(state, Closing.DECLINED if refused else Closing.EXPIRED, now_ms)


def end(state: BattleState, why: Closing, at_ms: int) -> BattleState:
    """It has ended."""
    return replace(state, status=ENDED, closed=why, since_ms=at_ms, until_ms=None)


def count(state: BattleState, ending: Ending, at_ms: int) -> BattleState:
    """The round is over; its points are asked for."""
    parties = tuple(replace(party, agrees=False) for party in state.parties)
    until_ms = at_ms + AGAIN_MS
    return replace(state, status=COUNTING, ending=ending, since_ms=at_ms, until_ms=until_ms, parties=parties)


def put_out(state: BattleState, parties: Sequence[Party], why: Out, at_ms: int) -> BattleState:
    """Rooms cannot win any more; when fewer than two sides are left, the round is over, or there is none to begin."""
    after = state
    for party in parties:
        after = after.with_party(replace(party, out=why, is_away=False, agrees=False))
    if len(after.sides_in) > 1:
        return after
    return end(after, Closing.LEFT, at_ms) if state.status is READY else count(after, Ending.FORFEIT, at_ms)


def offer(state: BattleState, at_ms: int) -> BattleState:
    """After the result and the punishment: another round, where that is possible."""
    parties = tuple(replace(party, agrees=False) for party in state.parties)
    state = replace(state, parties=parties)
    if not may_go_on(state) or not state.terms.rematch_s:
        return end(state, Closing.OVER, at_ms)
    until_ms = at_ms + state.terms.rematch_s * 1000
    return rematch_if_wanted(replace(state, status=REMATCH, since_ms=at_ms, until_ms=until_ms), at_ms)


def rematch_if_wanted(state: BattleState, at_ms: int) -> BattleState:
    """Another round, when all want it."""
    if state.status is not REMATCH or not all(party.rematch for party in state.joined):
        return state
    return battle_sides.begin_round(replace(state, round=state.round + 1), at_ms)


def may_go_on(state: BattleState) -> bool:
    """Whether there can be another round: everybody is still there and has not given up."""
    return state.round < MOST_ROUNDS and not any(party.has_left or party.out is Out.QUIT for party in state.joined)


def _pass(state: BattleState, at_ms: int, now_ms: int) -> BattleState:
    if state.status is INVITED:
        return _close_answers(state, now_ms)
    if state.status is READY:
        return replace(state, status=RUNNING, since_ms=at_ms, until_ms=state.ends_at_ms)
    if state.status in FIGHTING:
        return _pass_in_fight(state, at_ms)
    if state.status is COUNTING:
        return replace(state, asked=state.asked + 1, until_ms=now_ms + AGAIN_MS)
    if state.status is SETTLED and _has_punishment(state):
        until_ms = at_ms + state.terms.punishment_s * 1000
        return replace(state, status=PUNISHMENT, since_ms=at_ms, until_ms=until_ms)
    if state.status in (SETTLED, PUNISHMENT):
        return offer(state, at_ms)
    return end(state, Closing.OVER, at_ms)


def _close_answers(state: BattleState, now_ms: int) -> BattleState:
    parties = tuple(
        replace(party, answer=Answer.MISSED) if party.answer is Answer.WAITING else party for party in state.parties
    )
    closed = replace(state, parties=parties)
    if state.until_ms is not None and now_ms > state.until_ms + LATE_MS:
        return end(closed, Closing.EXPIRED, now_ms)
    return answered(closed, now_ms)


def _pass_in_fight(state: BattleState, at_ms: int) -> BattleState:
    """The end of the round comes before a forfeit of the same moment."""
    if state.ends_at_ms == at_ms:
        return count(state, Ending.TIME_UP, at_ms)
    party = min(_lost(state), key=_deadline)
    if party.is_away:
        # Those who were lost together, as when a server dies, lose together: nobody wins by some milliseconds.
        gone = [each for each in _lost(state) if each.is_away and _deadline(each) <= at_ms + AWAY_MS]
        return put_out(state, gone, Out.LOST, at_ms)
    return state.with_party(replace(party, is_away=True))


def _has_punishment(state: BattleState) -> bool:
    result = state.result
    sides = {party.side for party in state.joined if not party.has_left}
    return bool(state.terms.punishment_s) and result is not None and result.winner is not None and len(sides) > 1


def _lost(state: BattleState) -> list[Party]:
    return [party for party in state.parties if party.is_in and party.lost_at_ms is not None]


def _deadline(party: Party) -> int:
    return (party.lost_at_ms or 0) + (FORFEIT_MS if party.is_away else AWAY_MS)
