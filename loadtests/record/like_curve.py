"""How long likes take into the total that viewers see.

A total does not say which likes are in it. So the n-th like that was due is compared with the moment at which a
reader's total passed n: the horizontal distance between what was given and what was shown. Every reader counts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from loadtests.record.room_book import RoomBook


class Shown(NamedTuple):
    """One batch of likes, and when its readers saw it in their total."""

    intended_ns: int
    arrivals_ms: Counter[int]


def trace_likes(room: RoomBook) -> Iterator[Shown]:
    """Every acked batch of this room; without arrivals when nobody saw a total that holds it."""
    given = sorted(room.likes_given)
    base = room.likes_before or 0
    # A batch counts as shown when the total holds all of it.
    levels = [base + level for level in accumulate(count for _, count in given)]
    arrivals: list[Counter[int]] = [Counter() for _ in given]
    for (before, total), times in room.curve.items():
        for batch in range(bisect_right(levels, before), bisect_right(levels, total)):
            arrivals[batch].update(times)
    for (intended_ns, _), seen in zip(given, arrivals, strict=True):
        yield Shown(intended_ns, seen)


def count_wrong_likes(room: RoomBook) -> int:
    """How far the last total is from what was given: above zero too many, below zero too few."""
    if room.likes_before is None:
        return 0
    return room.likes_after - room.likes_before - sum(count for _, count in room.likes_given)
