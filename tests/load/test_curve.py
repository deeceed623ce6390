"""Likes are timed by the moment a total holds them, and must add up."""

from __future__ import annotations

from collections import Counter

from loadtests.record.curve import count_wrong, trace_total
from loadtests.record.total_book import TotalBook

MS = 1_000_000


def make_book(given: list[tuple[int, int]], curve: dict[tuple[int, int], dict[int, int]]) -> TotalBook:
    arrivals = {span: Counter(times) for span, times in curve.items()}
    return TotalBook("like:r", arrivals, given, before=100, after=max(total for _, total in curve))


def test_each_batch_is_shown_by_the_first_total_that_holds_all_of_it() -> None:
    book = make_book([(20 * MS, 5), (10 * MS, 2)], {(100, 102): {30: 3}, (102, 106): {40: 3}, (106, 107): {50: 3}})
    assert [(shown.intended_ns, dict(shown.arrivals_ms)) for shown in trace_total(book)] == [
        (10 * MS, {30: 3}),
        (20 * MS, {50: 3}),
    ]
    assert count_wrong(book) == 0


def test_a_reader_who_was_spared_a_total_counts_with_the_next() -> None:
    book = make_book([(10 * MS, 2), (20 * MS, 5)], {(100, 102): {30: 1}, (102, 107): {50: 1}, (100, 107): {55: 1}})
    first, second = (shown.arrivals_ms for shown in trace_total(book))
    assert first == {30: 1, 55: 1}
    assert second == {50: 1, 55: 1}


def test_likes_that_were_lost_or_doubled_do_not_add_up() -> None:
    assert count_wrong(make_book([(0, 10)], {(100, 107): {1: 1}})) == -3
    assert count_wrong(make_book([(0, 5)], {(100, 107): {1: 1}})) == 2


def test_a_batch_that_no_total_held_has_no_arrivals() -> None:
    (shown,) = trace_total(make_book([(0, 10)], {(100, 107): {1: 1}}))
    assert not shown.arrivals_ms
