"""Likes: the total is right, milestones are announced once, and totals are told a few times a second."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.rooms.messages.like import LikesCounted
from liveroom.rooms.rules import likes
from liveroom.rooms.rules.likes import PUBLISH_EVERY_MS, AddLikes, Likes, milestones_passed
from tests.rooms.builders import NOW

MILESTONES = [factor * 10**power for power in range(2, 16) for factor in (1, 2, 5)]


@pytest.mark.parametrize(
    ("before", "after", "passed"),
    [
        (0, 99, []),
        (99, 100, [100]),
        (100, 100, []),
        (100, 199, []),
        (0, 1000, [100, 200, 500, 1000]),
        (999, 5000, [1000, 2000, 5000]),
    ],
)
def test_milestones_are_one_two_and_five_from_a_hundred(before: int, after: int, passed: list[int]) -> None:
    assert milestones_passed(before, after) == passed


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_milestones_are_those_of_the_plain_list(before: int, more: int) -> None:
    assert milestones_passed(before, before + more) == [m for m in MILESTONES if before < m <= before + more]


@given(st.lists(st.integers(1, 50), max_size=300))
def test_no_like_is_lost_and_no_milestone_announced_twice(batches: list[int]) -> None:
    state, announced = Likes(), []
    for count in batches:
        state, events = likes.apply(state, AddLikes(count), NOW)
        announced += [event.total for event in events]
    assert state.total == sum(batches)
    assert announced == [m for m in MILESTONES if m <= state.total]


def test_the_total_is_told_at_once_then_at_most_every_200_ms_and_never_twice() -> None:
    state, _ = likes.apply(Likes(), AddLikes(3), NOW)
    state, told = likes.publication(state, NOW)
    assert told == LikesCounted(total=3)
    assert likes.publication(state, NOW + 60_000) == (state, None)
    state, _ = likes.apply(state, AddLikes(1), NOW + 10)
    assert likes.due_at(state) == NOW + PUBLISH_EVERY_MS
    assert likes.publication(state, NOW + PUBLISH_EVERY_MS - 1)[1] is None
    state, told = likes.publication(state, NOW + PUBLISH_EVERY_MS)
    assert told == LikesCounted(total=4)
    assert likes.due_at(state) is None
