"""What only the sum of all workers can tell: the slowest receiver, what values came to, and what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from loadtests.plan.kinds import EACH, KINDS, LAST
from loadtests.record.coupon_book import find_coupon_faults
from loadtests.record.curve import Shown, count_behind, count_wrong, trace_total
from loadtests.record.ledger import Ledger
from loadtests.record.mark_book import trace_marks
from loadtests.record.room_book import count_missing, count_not_shown, count_repeated
from loadtests.record.total_book import TotalBook

_MS = 1_000_000
NOT_EVERYBODY: Final = "not shown to everybody"


def close_books(ledger: Ledger) -> Counter[str]:
    """Add the series that need the sum of all workers.

    Args:
        ledger: the sum.

    Returns:
        What was wrong, by name.
    """
    for room in ledger.rooms.values():
        for message in room.messages.values():
            ledger.measure(message.stamp.kind, LAST, message.stamp.intended_ns, message.last_ns)
    faults = _find_faults(ledger)
    for book in ledger.totals.values():
        if KINDS[book.kind].by_total:
            faults[f"{KINDS[book.kind].many} never shown"] += _measure(ledger, book.kind, trace_total(book))
    for mark in ledger.marks.values():
        faults[f"{KINDS[mark.kind].many} never shown"] += _measure(ledger, mark.kind, trace_marks(mark))
    return faults


def count_due(ledger: Ledger) -> dict[str, int]:
    """By kind, the acts of the window whose answers say that everybody sees them; of taps, those that got a coupon."""
    due = {kind: sends.fulfilled for kind, sends in ledger.sends.items()}
    given = (act for book in ledger.totals.values() if book.kind == "coupon" for act, _ in book.given)
    return due | {"coupon": sum(act in ledger.window for act in given)}


def _measure(ledger: Ledger, kind: str, acts: Iterable[Shown]) -> int:
    """Take every receipt and the slowest one of each act; how many acts nobody saw."""
    unseen = 0
    for shown in acts:
        if not shown.arrivals_ms:
            unseen += 1
            continue
        ledger.measure(kind, LAST, shown.intended_ns, max(shown.arrivals_ms) * _MS)
        if shown.intended_ns in ledger.window:
            since_s = ledger.window.since_begin_s(shown.intended_ns)
            ledger.series.at(kind, EACH, since_s).add_spread(shown.arrivals_ms, shown.intended_ns)
    return unseen


def _find_faults(ledger: Ledger) -> Counter[str]:
    faults: Counter[str] = Counter()
    for room in ledger.rooms.values():
        faults.update(room.faults)
        faults["acked and not shown"] += count_not_shown(room)
        faults["doubled"] += count_repeated(room)
    faults["lost"] += count_missing(ledger.rooms.values())
    for book in ledger.totals.values():
        wrong = count_wrong(book)
        many = KINDS[book.kind].many
        faults[f"{many} {'doubled' if wrong > 0 else 'lost'}"] += abs(wrong)
        standing = {room: ledger.room(room).standing for room in _find_rooms(ledger, book)}
        faults[f"{many} {NOT_EVERYBODY}"] += count_behind(book, standing)
    for campaign, coupon in ledger.coupons.items():
        left = ledger.total(f"coupon:{campaign}").after
        faults.update(find_coupon_faults(coupon, None if left is None else -left))
    return faults


def _find_rooms(ledger: Ledger, book: TotalBook) -> set[str]:
    """The rooms that are told this value: where it was seen; of a score, every room in which its battle was."""
    if book.kind != "battle":
        return set(book.ends)
    battle = book.name.rpartition(".")[0]
    scores = [score for score in ledger.totals.values() if score.name.rpartition(".")[0] == battle]
    own = {score.name.rpartition(".")[2] for score in scores} & ledger.rooms.keys()
    return own.union(*(score.ends for score in scores))
