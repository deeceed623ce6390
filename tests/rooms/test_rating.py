"""Ratings of hosts: who wins gains, the more the stronger the other was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from liveroom.rooms.rules.rating import START, K, Standing, changes


def duel(first: int, second: int, ranks: tuple[int, int] = (1, 2)) -> tuple[int, int]:
    changed = changes([Standing("a", 1, ranks[0], first), Standing("b", 2, ranks[1], second)])
    return changed["a"], changed["b"]


def test_among_equals_a_win_moves_both_by_half_of_k() -> None:
    assert duel(START, START) == (K // 2, -K // 2)


def test_a_draw_among_equals_moves_nobody_and_else_the_weaker_up() -> None:
    assert duel(START, START, (1, 1)) == (0, 0)
    weaker, stronger = duel(1_400, 1_600, (1, 1))
    assert weaker > 0 > stronger


def test_beating_somebody_stronger_counts_more() -> None:
    assert duel(1_400, 1_600)[0] > duel(1_500, 1_500)[0] > duel(1_600, 1_400)[0]


def test_partners_do_not_meet_each_other() -> None:
    team = [Standing("a", 1, 1, START), Standing("b", 1, 1, START), Standing("c", 2, 2, START)]
    assert changes(team) == {"a": 16, "b": 16, "c": -16}
    assert changes(team[:2]) == {"a": 0, "b": 0}


@given(st.lists(st.tuples(st.integers(-(10**6), 10**6), st.integers(1, 4)), min_size=2, max_size=4))
def test_nobody_moves_by_more_than_k_and_what_is_won_is_lost(hosts: list[tuple[int, int]]) -> None:
    standings = [Standing(str(at), at, rank, rating) for at, (rating, rank) in enumerate(hosts)]
    changed = changes(standings).values()
    assert all(-K <= change <= K for change in changed)
    assert abs(sum(changed)) <= len(hosts)
