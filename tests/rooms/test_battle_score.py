"""What things are worth in a battle: weights, boosts, caps, the task, and the times between which anything counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.rooms.messages.battle_terms import BattleTerms, ScoreTerms, TaskTerms
from liveroom.rooms.messages.battle_view import BattleMode, BattleStatus
from liveroom.rooms.messages.money import LARGEST_SUM
from liveroom.rooms.rules import battle_score
from liveroom.rooms.rules.battle_commands import Quit
from liveroom.rooms.rules.battle_score import NOTHING, Tally
from liveroom.rooms.rules.battle_state import BattleState
from tests.rooms.battles import TASK, do, in_status, running
from tests.rooms.builders import NOW

NONE = Tally()


def at(seconds: float) -> int:
    return NOW + round(seconds * 1_000)


def gift(
    amount: int = 100,
    *,
    tally: Tally = NONE,
    at_s: float = 10,
    is_first: bool = False,
    state: BattleState | None = None,
) -> int:
    """The points of a gift to `a`; the round runs from 3 s to 303 s."""
    return battle_score.gift(state or running(), "a", amount, tally, at(at_s), is_first=is_first).points


def test_a_gift_counts_by_its_price_rounded_down() -> None:
    assert gift(100) == 100
    half = running(terms=BattleTerms(score=ScoreTerms(gift=50)))
    assert [gift(amount, state=half) for amount in (1, 2, 3)] == [0, 1, 1]


def test_the_first_gift_of_a_viewer_counts_more_up_to_a_cap() -> None:
    assert gift(100, is_first=True) == 200
    assert gift(50_000, is_first=True) == 51_000


def test_the_last_seconds_count_more_and_overtime_does_not() -> None:
    assert [gift(at_s=second) for second in (272.999, 273, 302.999)] == [100, 150, 150]
    drawn, _ = in_status(BattleStatus.OVERTIME)
    assert gift(at_s=362, state=drawn) == 100


def test_of_several_boosts_the_largest_counts() -> None:
    assert gift(100, at_s=300, is_first=True) == 200
    assert gift(10_000, at_s=300, is_first=True) == 15_000


@pytest.mark.parametrize(("second", "points"), [(2.999, 0), (3, 100), (302.999, 150), (303, 0)])
def test_nothing_counts_before_the_start_and_from_the_end_on(second: float, points: int) -> None:
    assert gift(at_s=second) == points


@pytest.mark.parametrize("status", sorted(set(BattleStatus) - {BattleStatus.RUNNING, BattleStatus.OVERTIME}))
def test_nothing_counts_in_any_other_state(status: BattleStatus) -> None:
    state, at_ms = in_status(status)
    for now_ms in (NOW + at_ms, at(100)):
        assert battle_score.gift(state, "a", 100, NONE, now_ms, is_first=True) is NOTHING
        assert battle_score.likes(state, "a", 100, NONE, now_ms) is NOTHING
        assert battle_score.vote(state, "a", NONE, now_ms) is NOTHING


def test_nothing_counts_for_a_room_that_is_out_or_a_stranger() -> None:
    state = do(running("abc", BattleMode.SOLO), Quit("a"), at_ms=4_000)
    assert gift(state=state) == 0
    assert battle_score.is_open(state, "b", at(10))
    assert not battle_score.is_open(state, "z", at(10))


def test_likes_and_votes_stop_at_their_caps() -> None:
    state = running(terms=BattleTerms(score=ScoreTerms(like=2, likes_cap=25, vote=10, votes_cap=15)))
    likes, votes = Tally(), Tally()
    for _ in range(4):
        likes = battle_score.add(likes, battle_score.likes(state, "a", 4, likes, at(10)))
        votes = battle_score.add(votes, battle_score.vote(state, "a", votes, at(10)))
    assert (likes.score, likes.likes) == (25, 25)
    assert (votes.score, votes.votes) == (15, 15)


def test_the_task_is_done_by_points_made_in_its_time_and_boosts_what_comes_after() -> None:
    state = running(terms=TASK)
    before = battle_score.gift(state, "a", 100, NONE, at(62.999), is_first=False)
    assert before.task == 0
    within = battle_score.gift(state, "a", 100, NONE, at(63), is_first=False)
    assert (within.points, within.task) == (100, 100)
    done, missed = Tally(200, task=100), Tally(200, task=99)
    assert [gift(tally=done, at_s=second, state=state) for second in (122.999, 123, 152.999, 153)] == [
        100,
        300,
        300,
        100,
    ]
    assert gift(tally=missed, at_s=130, state=state) == 100


def test_a_score_stays_a_number_that_every_client_can_read() -> None:
    assert gift(1_000, tally=Tally(LARGEST_SUM - 1)) == 1


@given(
    amounts=st.lists(st.integers(0, 10**12), max_size=20),
    second=st.floats(0, 310),
    terms=st.builds(
        ScoreTerms,
        gift=st.integers(0, 10_000),
        first_gift=st.integers(100, 1_000),
        first_gift_cap=st.integers(0, 10**9),
        last=st.integers(100, 1_000),
        task=st.one_of(st.none(), st.builds(TaskTerms, reward=st.integers(100, 1_000))),
    ),
)
def test_points_are_whole_never_negative_and_never_more_than_the_largest_boost(
    amounts: list[int], second: float, terms: ScoreTerms
) -> None:
    state = running(terms=BattleTerms(score=terms))
    tally = Tally()
    for nth, amount in enumerate(amounts):
        gain = battle_score.gift(state, "a", amount, tally, at(second), is_first=nth == 0)
        assert 0 <= gain.points <= amount * terms.gift // 100 * 10
        tally = battle_score.add(tally, gain)
    assert tally.score <= LARGEST_SUM
