"""Finds the moments of a show that stand out (L31), from its record.

Promise: pure. The best minute of each kind is a highlight; up to `PEAKS` when others have at least `STANDS_OUT` times
as much as the average minute and are `APART` minutes from a better one. Of viewers only the best minute is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from liveroom.rooms.messages.numbers import Highlight, HighlightKind, ShowNumbers
from liveroom.rooms.rules.show_record import MINUTE_MS, Fight, Record, Sample

PEAKS = 3
STANDS_OUT = 2
APART = 3

Sum = Callable[[Sample], int]


def find_highlights(state: Record) -> tuple[Highlight, ...]:
    """The highlights in order of time."""
    sums: dict[HighlightKind, Sum] = {
        HighlightKind.COMMENTS: lambda each: each.comments,
        HighlightKind.GIFTS: lambda each: each.gifts,
        HighlightKind.SALES: lambda each: each.sales,
    }
    found = [_peak(state, kind, *peak) for kind, sum_of in sums.items() for peak in _peaks(_by_minute(state, sum_of))]
    crowd = {each.minute: each.viewers for each in state.samples}
    found += [_peak(state, HighlightKind.VIEWERS, *peak) for peak in _peaks(crowd)[:1]]
    found += [_ending(state, fight) for fight in state.fights]
    return tuple(sorted(found, key=lambda each: (each.at, each.kind)))


def view(state: Record) -> ShowNumbers:
    """The numbers of a show as those who run it see them."""
    comments = _by_minute(state, lambda each: each.comments)
    last = max(0, state.counted_ms - state.started_ms) // MINUTE_MS
    return ShowNumbers(
        show_id=state.id,
        status=state.status,
        started_at=state.started_ms,
        ended_at=state.ended_ms,
        at=state.counted_ms,
        comments_per_min=comments.get(last - 1, 0),
        currency=state.currency,
        gift_currency=state.gift_currency,
        figures=state.figures,
        highlights=find_highlights(state),
    )


def _by_minute(state: Record, sum_of: Sum) -> dict[int, int]:
    """What each minute has added; what came while nobody counted is spread over that time."""
    added: dict[int, int] = {}
    last, total = -1, 0
    for each in state.samples:
        gain, gap = max(0, sum_of(each) - total), each.minute - last
        for missed in range(last + 1, each.minute + 1):
            added[missed] = gain // gap
        added[each.minute] += gain % gap
        last, total = each.minute, max(total, sum_of(each))
    return added


def _peaks(by_minute: dict[int, int]) -> list[tuple[int, int]]:
    """Minutes that stand out with their values, the best first."""
    if not by_minute:
        return []
    ranked = sorted(by_minute.items(), key=lambda each: (-each[1], each[0]))
    average = sum(by_minute.values()) / len(by_minute)
    chosen: list[tuple[int, int]] = []
    for minute, value in ranked:
        is_enough = value >= STANDS_OUT * average if chosen else value > 0
        if len(chosen) == PEAKS or not is_enough:
            break
        if _is_apart(minute, chosen):
            chosen.append((minute, value))
    return chosen


def _is_apart(minute: int, chosen: Sequence[tuple[int, int]]) -> bool:
    return all(abs(minute - other) >= APART for other, _ in chosen)


def _peak(state: Record, kind: HighlightKind, minute: int, value: int) -> Highlight:
    offset_ms = minute * MINUTE_MS
    return Highlight(kind=kind, at=state.started_ms + offset_ms, offset_s=offset_ms // 1000, value=value)


def _ending(state: Record, fight: Fight) -> Highlight:
    offset_s = max(0, fight.at_ms - state.started_ms) // 1000
    return Highlight(
        kind=HighlightKind.BATTLE,
        at=fight.at_ms,
        offset_s=offset_s,
        value=fight.round,
        battle=fight.battle,
        winners=fight.winners,
    )
