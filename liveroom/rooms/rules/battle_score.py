"""What a gift, likes or a vote are worth in a battle (L17).

Promise: whole points, rounded down; of several boosts the largest counts; nothing counts before the start or from the
end on, by the server's clock at the commit, nor for a room that is out; caps are never passed.
"""

from __future__ import annotations

from typing import NamedTuple

from liveroom.rooms.messages.battle_terms import TaskTerms
from liveroom.rooms.messages.money import LARGEST_SUM
from liveroom.rooms.rules.battle_state import FIGHTING, RUNNING, BattleState

PERCENT = 100


class Tally(NamedTuple):
    """What a room has so far in the round, in points.

    Args:
        score: all of it.
        likes, votes: of it from likes and from votes.
        task: of it made while the task ran.
    """

    score: int = 0
    likes: int = 0
    votes: int = 0
    task: int = 0


class Gain(NamedTuple):
    """What is added; `points` is all of it."""

    points: int = 0
    likes: int = 0
    votes: int = 0
    task: int = 0


NOTHING = Gain()


def is_open(state: BattleState, room: str, now_ms: int) -> bool:
    """Whether something counts for a room now."""
    if state.status not in FIGHTING or state.starts_at_ms is None or state.ends_at_ms is None:
        return False
    party = state.find(room)
    return party is not None and party.is_in and state.starts_at_ms <= now_ms < state.ends_at_ms


def gift(state: BattleState, room: str, amount: int, tally: Tally, now_ms: int, *, is_first: bool) -> Gain:
    """What gifts count.

    Args:
        amount: of all of them, in minor units.
        is_first: nothing was given to this room by this viewer in the round before.
    """
    if not is_open(state, room, now_ms):
        return NOTHING
    terms = state.terms.score
    base = amount * terms.gift // PERCENT
    extras = [0]
    if is_first:
        extras.append(min(terms.first_gift_cap, _extra(base, terms.first_gift)))
    if is_last(state, now_ms):
        extras.append(_extra(base, terms.last))
    if terms.task is not None and is_rewarded(state, tally, now_ms):
        extras.append(_extra(base, terms.task.reward))
    return _gain(state, base + max(extras), tally, now_ms)


def likes(state: BattleState, room: str, count: int, tally: Tally, now_ms: int) -> Gain:
    """What likes count; those of one viewer have been capped before."""
    if not is_open(state, room, now_ms):
        return NOTHING
    terms = state.terms.score
    gain = _gain(state, min(count * terms.like, max(0, terms.likes_cap - tally.likes)), tally, now_ms)
    return gain._replace(likes=gain.points)


def vote(state: BattleState, room: str, tally: Tally, now_ms: int) -> Gain:
    """What a vote counts."""
    if not is_open(state, room, now_ms):
        return NOTHING
    terms = state.terms.score
    gain = _gain(state, min(terms.vote, max(0, terms.votes_cap - tally.votes)), tally, now_ms)
    return gain._replace(votes=gain.points)


def add(tally: Tally, gain: Gain) -> Tally:
    """What a room has afterwards."""
    return Tally(tally.score + gain.points, tally.likes + gain.likes, tally.votes + gain.votes, tally.task + gain.task)


def is_last(state: BattleState, now_ms: int) -> bool:
    """Whether the last seconds run; overtime has none."""
    if state.status is not RUNNING or state.ends_at_ms is None:
        return False
    return now_ms >= state.ends_at_ms - state.terms.score.last_s * 1000


def task_window(state: BattleState, task: TaskTerms) -> tuple[int, int]:
    """From when until when the task runs, in epoch ms."""
    begins_ms = (state.starts_at_ms or 0) + task.after_s * 1000
    return begins_ms, begins_ms + task.lasts_s * 1000


def is_rewarded(state: BattleState, tally: Tally, now_ms: int) -> bool:
    """Whether a room has done the task, and its reward runs."""
    task = state.terms.score.task
    if task is None or tally.task < task.target:
        return False
    _, ended_ms = task_window(state, task)
    return ended_ms <= now_ms < ended_ms + task.reward_s * 1000


def _extra(base: int, percent: int) -> int:
    return base * (percent - PERCENT) // PERCENT


def _gain(state: BattleState, points: int, tally: Tally, now_ms: int) -> Gain:
    points = min(points, LARGEST_SUM - tally.score)
    task = state.terms.score.task
    if task is None:
        return Gain(points)
    begins_ms, ends_ms = task_window(state, task)
    return Gain(points, task=points if begins_ms <= now_ms < ends_ms else 0)
