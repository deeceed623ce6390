"""Likes: a total that is always right, told a few times a second, with milestones (L13).

Promise: every accepted like is in the total exactly once; each milestone is announced once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from liveroom.rooms.messages.like import LikeMilestoneReached, LikesCounted

FIRST_MILESTONE = 100
PUBLISH_EVERY_MS = 200


class Likes(NamedTuple):
    """The state: the total, and what of it was told when."""

    total: int = 0
    told_total: int = 0
    told_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class AddLikes:
    """A batch of `count` likes, at least 1."""

    count: int


def apply(state: Likes, command: AddLikes, now_ms: int) -> tuple[Likes, tuple[LikeMilestoneReached, ...]]:
    """Add a batch; `now_ms` is part of the form of all rules and does not matter here."""
    total = state.total + command.count
    after = Likes(total, state.told_total, state.told_at_ms)
    if total < FIRST_MILESTONE:
        return after, ()
    return after, tuple(LikeMilestoneReached(total=passed) for passed in milestones_passed(state.total, total))


def publication(state: Likes, now_ms: int) -> tuple[Likes, LikesCounted | None]:
    """The total to tell now, or None when it is told already or was told less than `PUBLISH_EVERY_MS` ago."""
    at_ms = due_at(state)
    if at_ms is None or now_ms < at_ms:
        return state, None
    return Likes(state.total, state.total, now_ms), LikesCounted(total=state.total)


def due_at(state: Likes) -> int | None:
    """When the total is to be told, in epoch ms; None: nothing is new."""
    return state.told_at_ms + PUBLISH_EVERY_MS if state.total != state.told_total else None


def milestones_passed(before: int, after: int) -> list[int]:
    """The milestones m with before < m <= after, of 1, 2, 5 times a power of ten, from 100."""
    passed: list[int] = []
    unit = FIRST_MILESTONE
    while unit <= after:
        passed += [unit * factor for factor in (1, 2, 5) if before < unit * factor <= after]
        unit *= 10
    return passed
