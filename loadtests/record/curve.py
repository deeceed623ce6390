"""How long an act takes into the value that viewers see.

A total does not say which likes are in it. So the n-th like that was due is compared with the moment at which a
reader's total passed n: the horizontal distance between what was given and what was shown. Every reader counts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import NamedTuple

from loadtests.record.total_book import TotalBook


class Shown(NamedTuple):
    """One act, and when its readers saw it, by millisecond."""

    intended_ns: int
    arrivals_ms: Counter[int]


def trace_total(book: TotalBook) -> Iterator[Shown]:
    """Every acked act; without arrivals when nobody saw a value that holds it."""
    given = sorted(book.given)
    base = book.before or 0
    # An act counts as shown when the value holds all of it.
    levels = [base + level for level in accumulate(amount for _, amount in given)]
    arrivals: list[Counter[int]] = [Counter() for _ in given]
    for (before, value), times in book.curve.items():
        for act in range(bisect_right(levels, before), bisect_right(levels, value)):
            arrivals[act].update(times)
    for (intended_ns, _), seen in zip(given, arrivals, strict=True):
        yield Shown(intended_ns, seen)


def count_behind(book: TotalBook, standing: Mapping[str, int]) -> int:
    """Readers who ended with another value than the last one.

    Args:
        book: the sum of all workers.
        standing: by room whose readers are told this value, how many were there all the time and stayed to the end.
            Who was told none is taken to have the first one.
    """
    if book.after is None:
        return 0
    behind = 0
    for room, readers in standing.items():
        ends = book.ends.get(room, Counter())
        untold = readers - ends.total()
        behind += ends.total() - ends[book.after] + (untold if book.after != (book.before or 0) else 0)
    return behind


def count_wrong(book: TotalBook) -> int:
    """How far the last value is from what was given: above zero too much, below zero too little."""
    given = sum(amount for _, amount in book.given)
    if book.before is None or book.after is None:
        return -given
    return book.after - book.before - given
