"""The clock of a battle: what is due, hosts who are lost, and time in which nobody could look."""

from __future__ import annotations

import pytest

from liveroom.rooms.messages.battle_terms import BattleTerms
from liveroom.rooms.messages.battle_view import Answer, BattleMode, BattleStatus, Closing, Ending, Out
from liveroom.rooms.rules import battle, battle_clock
from liveroom.rooms.rules.battle_commands import Accept, Elapse, Lose, Rematch, Return, Settle
from liveroom.rooms.rules.battle_state import BattleState
from tests.rooms.battles import SECOND, accepted, do, in_status, invite, running, settled
from tests.rooms.builders import NOW

HOUR = 3_600 * SECOND


def at(seconds: float) -> int:
    return NOW + round(seconds * SECOND)


def test_a_battle_that_is_left_alone_goes_through_all_its_parts() -> None:
    state = accepted()
    seen = []
    while (due_ms := battle_clock.due(state)) is not None:
        seen.append((state.status, (due_ms - NOW) // SECOND))
        state = battle.apply(state, Elapse(), due_ms)
        if state.status is BattleStatus.COUNTING:
            state = battle.apply(state, Settle({"a": 1}), due_ms)
    assert seen == [
        (BattleStatus.READY, 3),
        (BattleStatus.RUNNING, 303),
        (BattleStatus.SETTLED, 308),
        (BattleStatus.PUNISHMENT, 428),
        (BattleStatus.REMATCH, 458),
    ]
    assert state.closed is Closing.OVER


@pytest.mark.parametrize("status", sorted(set(BattleStatus) - {BattleStatus.ENDED}))
def test_something_is_always_due_until_the_end(status: BattleStatus) -> None:
    state, _ = in_status(status)
    due_ms = battle_clock.due(state)
    assert due_ms is not None
    assert battle.apply(state, Elapse(), due_ms - 1) is state
    assert battle.apply(state, Elapse(), due_ms) is not state


def test_nothing_is_due_after_the_end() -> None:
    assert battle_clock.due(in_status(BattleStatus.ENDED)[0]) is None


def test_a_round_that_nobody_watched_over_leads_to_its_result() -> None:
    late = do(accepted(), Elapse(), at_ms=HOUR)
    assert (late.status, late.ending) == (BattleStatus.COUNTING, Ending.TIME_UP)
    assert late.asked == 1
    assert late.ends_at_ms == at(303)


def test_points_that_nobody_counted_are_asked_for_again() -> None:
    state, at_ms = in_status(BattleStatus.COUNTING)
    again = do(state, Elapse(), at_ms=at_ms + battle_clock.AGAIN_MS)
    assert (again.status, again.asked) == (BattleStatus.COUNTING, state.asked + 1)
    due_ms = battle_clock.due(again)
    assert due_ms is not None
    assert due_ms > NOW + at_ms + battle_clock.AGAIN_MS


def test_an_invitation_is_of_no_use_long_after_its_time() -> None:
    state = do(invite("abc", BattleMode.SOLO), Accept("b"))
    assert do(state, Elapse(), at_ms=20 * SECOND).status is BattleStatus.READY
    late = do(state, Elapse(), at_ms=21 * SECOND)
    assert (late.status, late.closed) == (BattleStatus.ENDED, Closing.EXPIRED)
    assert late.party("c").answer is Answer.MISSED


def test_a_draw_has_one_overtime() -> None:
    drawn, _ = in_status(BattleStatus.OVERTIME)
    assert drawn.ends_at_ms == at(363)
    over = do(drawn, Elapse(), at_ms=363 * SECOND)
    result = do(over, Settle({"a": 6, "b": 6}), at_ms=363 * SECOND)
    assert result.status is BattleStatus.SETTLED
    assert result.result is not None
    assert result.result.winner is None
    assert [place.rank for place in result.result.places] == [1, 1]
    assert do(result, Elapse(), at_ms=368 * SECOND).status is BattleStatus.REMATCH, "after a draw nobody is punished"


def test_a_host_lost_before_a_draw_is_away_as_soon_as_the_overtime_begins() -> None:
    lost = do(running(), Lose("a", NOW + 300 * SECOND), at_ms=300 * SECOND)
    counting = do(lost, Elapse(), at_ms=303 * SECOND)
    draw = do(counting, Settle({}), at_ms=305 * SECOND)
    assert (draw.status, draw.party("a").is_away) == (BattleStatus.OVERTIME, True)


def test_without_overtime_a_draw_is_the_result() -> None:
    over = do(running(terms=BattleTerms(on=True, overtime_s=0)), Elapse(), at_ms=303 * SECOND)
    assert do(over, Settle({}), at_ms=303 * SECOND).status is BattleStatus.SETTLED


def test_without_punishment_and_rematch_the_result_is_the_end() -> None:
    over = do(running(terms=BattleTerms(on=True, punishment_s=0, rematch_s=0)), Elapse(), at_ms=303 * SECOND)
    state = do(over, Settle({"a": 1}), at_ms=303 * SECOND)
    assert do(state, Elapse(), at_ms=308 * SECOND).closed is Closing.OVER


def lost(since_s: float = 10, heard_s: float = 10) -> BattleState:
    """The host of `a` is away."""
    return do(running(), Lose("a", at(since_s)), at_ms=round(heard_s * SECOND))


def test_a_host_who_is_lost_is_marked_after_5_s_and_forfeits_after_90_s() -> None:
    assert do(lost(), Elapse(), at_ms=15 * SECOND - 1).party("a").is_away is False
    marked = do(lost(), Elapse(), at_ms=15 * SECOND)
    assert (marked.status, marked.party("a").is_away) == (BattleStatus.RUNNING, True)
    assert do(marked, Elapse(), at_ms=100 * SECOND - 1) is marked
    over = do(marked, Elapse(), at_ms=100 * SECOND)
    assert (over.status, over.ending, over.party("a").out) == (BattleStatus.COUNTING, Ending.FORFEIT, Out.LOST)
    result = do(over, Settle({"a": 50}), at_ms=100 * SECOND).result
    assert result is not None
    assert result.winner == 2


def test_a_host_who_comes_back_in_time_carries_on() -> None:
    back = do(do(lost(), Elapse(), at_ms=50 * SECOND), Return("a"), at_ms=99 * SECOND)
    assert (back.party("a").is_away, back.party("a").lost_at_ms) == (False, None)
    assert do(back, Elapse(), at_ms=302 * SECOND).status is BattleStatus.RUNNING


def test_time_away_counts_from_when_it_began_and_not_from_when_it_was_heard() -> None:
    assert lost(since_s=10, heard_s=20).party("a").is_away is True
    assert do(lost(since_s=10, heard_s=60), Elapse(), at_ms=100 * SECOND).ending is Ending.FORFEIT


def test_hosts_who_are_found_lost_after_an_outage_can_come_back_or_lose_together() -> None:
    """One after the other is told; the first has not lost by then."""
    first = lost(since_s=10, heard_s=110)
    assert (first.status, first.party("a").is_away) == (BattleStatus.RUNNING, True)
    both = do(first, Lose("b", at(12)), at_ms=112 * SECOND)
    assert do(both, Elapse(), at_ms=140 * SECOND - 1).status is BattleStatus.RUNNING
    over = do(both, Elapse(), at_ms=140 * SECOND)
    assert [party.out for party in over.parties] == [Out.LOST, Out.LOST]
    back = do(do(both, Return("a"), at_ms=120 * SECOND), Elapse(), at_ms=142 * SECOND)
    assert (back.party("a").out, back.party("b").out) == (None, Out.LOST)


def test_time_away_before_the_round_does_not_count() -> None:
    state = do(accepted(), Lose("a", NOW - HOUR), at_ms=SECOND)
    fought = do(state, Elapse(), at_ms=3 * SECOND)
    assert fought.party("a").lost_at_ms == at(3)
    assert do(fought, Elapse(), at_ms=92 * SECOND).status is BattleStatus.RUNNING
    assert do(fought, Elapse(), at_ms=93 * SECOND).ending is Ending.FORFEIT


def test_hosts_who_are_lost_together_lose_together() -> None:
    both = do(lost(), Lose("b", at(14)), at_ms=14 * SECOND)
    over = do(both, Elapse(), at_ms=100 * SECOND)
    assert [party.out for party in over.parties] == [Out.LOST, Out.LOST]
    result = do(over, Settle({"a": 9, "b": 3}), at_ms=100 * SECOND).result
    assert result is not None
    assert result.winner is None
    assert [place.rank for place in result.places] == [1, 1]


def test_a_host_who_is_lost_later_than_the_other_has_won() -> None:
    both = do(lost(), Lose("b", at(16)), at_ms=16 * SECOND)
    over = do(both, Elapse(), at_ms=100 * SECOND)
    assert [party.out for party in over.parties] == [Out.LOST, None]


def test_the_end_of_the_round_comes_before_a_forfeit() -> None:
    state = do(running(), Lose("a", at(213)), at_ms=213 * SECOND)
    over = do(state, Elapse(), at_ms=303 * SECOND)
    assert (over.ending, over.party("a").out) == (Ending.TIME_UP, None)


def test_a_clock_that_jumps_back_ends_nothing_early_and_one_that_jumps_ahead_hangs_nothing() -> None:
    assert do(running(), Elapse(), at_ms=-HOUR).status is BattleStatus.RUNNING
    assert lost(since_s=10, heard_s=5).party("a").lost_at_ms == at(5), "nobody is lost in the future"
    assert do(settled(), Elapse(), at_ms=24 * HOUR).status is BattleStatus.ENDED


def test_rounds_are_bounded() -> None:
    state, at_ms = in_status(BattleStatus.REMATCH)
    rounds = 1
    while state.status is BattleStatus.REMATCH:
        state = do(state, Rematch("a"), Rematch("b"), at_ms=at_ms)
        rounds += 1
        at_ms += 303 * SECOND
        state = do(do(state, Elapse(), at_ms=at_ms), Settle({"a": 1}), at_ms=at_ms)
        at_ms += 126 * SECOND
        state = do(state, Elapse(), at_ms=at_ms)
    assert (rounds, state.round, state.closed) == (20, 20, Closing.OVER)
    assert sum(party.wins for party in state.parties) == 20
