"""Likes of one show on one node: a total that is always right, told a few times a second, with milestones (L13).

Every node counts what it accepted and hands it over to the sum of all nodes; so each milestone is passed by exactly
one addition of one node, which announces it. Promise: every accepted like is in the total exactly once;
each milestone is announced once; what could not be told stays due.
"""

from __future__ import annotations

from typing import NamedTuple

from liveroom.rooms.messages.like import LikesCounted
from liveroom.rooms.rules.rhythm import next_turn

FIRST_MILESTONE = 100
PUBLISH_EVERY_MS = 200
UNTOLD = -1
"""As `told_total`: viewers have not been told anything of this show."""


class Likes(NamedTuple):
    """The state.

    `given`: accepted on this node; `handed`: how many of them were handed over, perhaps without an answer yet;
    `summed`: how many are known to be in the sum of all nodes; `total`: that sum, when last heard; `told_total`,
    `told_at_ms`: what viewers were told last; `milestones`: passed by likes of this node and not yet announced.
    """

    given: int = 0
    handed: int = 0
    summed: int = 0
    total: int = 0
    told_total: int = 0
    told_at_ms: int = 0
    milestones: tuple[int, ...] = ()

    @property
    def so_far(self) -> int:
        """The best known total: the sum, and what waits here."""
        return self.total + self.given - self.summed


def begin_show(state: Likes) -> Likes:
    """Another show: from zero, and told at once. Taps that nobody has summed yet count for it rather than for none."""
    return Likes(given=state.given - state.handed, told_total=UNTOLD)


def add(state: Likes, count: int) -> Likes:
    """A batch of likes, at least 1, was accepted."""
    return Likes(state.given + count, *state[1:])


def hand_over(state: Likes) -> Likes:
    """Everything given is to be summed, or once more what was handed over without an answer."""
    return state if state.handed != state.summed else state._replace(handed=state.given)


def summed(state: Likes, added: int, total: int) -> Likes:
    """`added` likes of this node went into the sum of all nodes, which was `total` right after that."""
    passed = milestones_passed(total - added, total)
    return state._replace(
        summed=state.summed + added,
        total=max(state.total, total),
        milestones=(*state.milestones, *passed),
    )


def due_at(state: Likes, now_ms: int) -> int | None:
    """When something is to be summed, told or announced, in epoch ms; None: nothing is new."""
    is_quiet = state.given == state.summed and state.total == state.told_total and not state.milestones
    return None if is_quiet else next_turn(state.told_at_ms, now_ms, PUBLISH_EVERY_MS)


def publication(state: Likes) -> LikesCounted | None:
    """The total to tell, or None when it is told already."""
    return None if state.total == state.told_total else LikesCounted(total=state.total)


def told(state: Likes, counted: LikesCounted, now_ms: int) -> Likes:
    """Viewers were told."""
    return state._replace(told_total=counted.total, told_at_ms=now_ms)


def announced(state: Likes, milestone: int) -> Likes:
    """The milestone was announced."""
    return state._replace(milestones=tuple(other for other in state.milestones if other != milestone))


def milestones_passed(before: int, after: int) -> list[int]:
    """The milestones m with before < m <= after, of 1, 2, 5 times a power of ten, from 100."""
    passed: list[int] = []
    unit = FIRST_MILESTONE
    while unit <= after:
        passed += [unit * factor for factor in (1, 2, 5) if before < unit * factor <= after]
        unit *= 10
    return passed
