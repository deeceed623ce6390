"""Likes: the total is right over all nodes, milestones are announced once, and totals are told a few times a second."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.rooms.messages.like import LikesCounted
from liveroom.rooms.rules import likes
from liveroom.rooms.rules.likes import PUBLISH_EVERY_MS, Likes, milestones_passed
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


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 50), st.booleans()), max_size=200))
def test_no_like_of_any_node_is_lost_and_no_milestone_announced_twice(batches: list[tuple[int, int, bool]]) -> None:
    nodes, total, announced = [Likes(), Likes(), Likes()], 0, []
    for node, count, is_due in [*batches, *((node, 1, True) for node in range(3))]:
        state = likes.add(nodes[node], count)
        if is_due:
            state = likes.hand_over(state)
            added = state.handed - state.summed
            total += added
            state = likes.summed(state, added, total)
            for milestone in state.milestones:
                announced.append(milestone)
                state = likes.announced(state, milestone)
        nodes[node] = state
    assert total == sum(count for _, count, _ in batches) + 3
    assert announced == [m for m in MILESTONES if m <= total]
    assert max(state.total for state in nodes) == total


def test_the_total_is_told_at_once_then_at_most_every_200_ms_and_never_twice() -> None:
    state = likes.add(Likes(), 3)
    assert likes.due_at(state, NOW) == PUBLISH_EVERY_MS, "long ago: now"
    state = likes.summed(state, 3, 3)
    told = likes.publication(state)
    assert told == LikesCounted(total=3)
    state = likes.told(state, told, NOW)
    assert likes.publication(state) is None
    assert likes.due_at(state, NOW) is None
    assert likes.due_at(likes.add(state, 1), NOW) == NOW + PUBLISH_EVERY_MS


def test_what_was_summed_and_not_told_or_announced_stays_due() -> None:
    state = likes.summed(likes.add(Likes(), 100), 100, 100)
    assert likes.due_at(state, NOW) is not None
    told = likes.told(state, LikesCounted(total=100), NOW)
    assert likes.due_at(told, NOW) == NOW + PUBLISH_EVERY_MS, "the milestone waits"
    assert likes.due_at(likes.announced(told, 100), NOW) is None


def test_the_known_total_is_the_sum_and_what_waits_here() -> None:
    state = likes.add(likes.summed(likes.add(Likes(), 5), 5, 50), 3)
    assert state.so_far == 53


def test_a_late_answer_with_an_older_sum_does_not_turn_the_total_back() -> None:
    state = likes.summed(likes.add(Likes(), 5), 5, 50)
    assert likes.summed(likes.add(state, 1), 1, 20).total == 50


def test_a_new_show_begins_at_zero_is_told_at_once_and_keeps_the_taps_that_wait() -> None:
    state = likes.summed(likes.hand_over(likes.add(Likes(), 150)), 150, 150)
    state = likes.told(state, LikesCounted(total=150), NOW)
    state = likes.begin_show(likes.add(state, 4))
    assert likes.publication(state) == LikesCounted(total=0)
    assert likes.due_at(state, NOW) == PUBLISH_EVERY_MS
    assert (state.given, state.summed, state.milestones) == (4, 0, ())


def test_what_was_handed_over_without_an_answer_is_handed_over_again_alone_and_stays_with_its_show() -> None:
    state = likes.hand_over(likes.add(Likes(), 5))
    state = likes.hand_over(likes.add(state, 2))
    assert (state.handed, state.given) == (5, 7)
    assert likes.begin_show(state).given == 2
    state = likes.hand_over(likes.summed(state, 5, 5))
    assert (state.handed, state.summed) == (7, 5)
