"""The battle as a table: every pair, and what hosts do to each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.battle_view import Answer, BattleMode, BattleStatus, Closing, Ending, Out
from liveroom.rooms.rules import battle
from liveroom.rooms.rules.battle_commands import (
    Accept,
    AgreeEnd,
    Cancel,
    Command,
    CutShort,
    DeclineRematch,
    Elapse,
    EndRoom,
    GoOn,
    Lose,
    Quit,
    Refuse,
    Rematch,
    Return,
    Settle,
)
from liveroom.rooms.rules.battle_view import view
from tests.rooms.battles import SECOND, accepted, do, in_status, invite, match, running, settled
from tests.rooms.builders import NOW

COMMANDS: Mapping[type[Command], Command] = {
    Accept: Accept("b"),
    Refuse: Refuse("b"),
    Cancel: Cancel("a"),
    Elapse: Elapse(),
    Settle: Settle({"a": 2, "b": 1}),
    AgreeEnd: AgreeEnd("a"),
    GoOn: GoOn("a"),
    Quit: Quit("a"),
    Lose: Lose("a", NOW + 10**6),
    Return: Return("a"),
    EndRoom: EndRoom("a"),
    CutShort: CutShort("b"),
    Rematch: Rematch("a"),
    DeclineRematch: DeclineRematch("a"),
}
REPEATS = {
    *((status, Accept) for status in BattleStatus if status not in (BattleStatus.INVITED, BattleStatus.ENDED)),
    (BattleStatus.ENDED, Cancel),
    (BattleStatus.REMATCH, CutShort),
}
"""What was said before on the way to the states that the builders make; and a punishment that is over is over."""
LEADS_ON: Mapping[tuple[BattleStatus, type[Command]], BattleStatus] = {
    (BattleStatus.INVITED, Accept): BattleStatus.READY,
    (BattleStatus.INVITED, Refuse): BattleStatus.ENDED,
    (BattleStatus.INVITED, EndRoom): BattleStatus.ENDED,
    (BattleStatus.READY, Quit): BattleStatus.ENDED,
    (BattleStatus.READY, EndRoom): BattleStatus.ENDED,
    (BattleStatus.RUNNING, Quit): BattleStatus.COUNTING,
    (BattleStatus.RUNNING, EndRoom): BattleStatus.COUNTING,
    (BattleStatus.OVERTIME, Quit): BattleStatus.COUNTING,
    (BattleStatus.OVERTIME, EndRoom): BattleStatus.COUNTING,
    (BattleStatus.PUNISHMENT, EndRoom): BattleStatus.ENDED,
}
"""Where the answer of the one other room is the last one."""


def test_every_command_is_tried_and_named() -> None:
    assert set(COMMANDS) == set(get_args(Command)) == set(battle.NAMES)


@pytest.mark.parametrize("status", BattleStatus)
@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: type(command).__name__)
def test_every_pair_does_what_the_table_says(status: BattleStatus, command: Command) -> None:
    state, at_ms = in_status(status)
    assert state.status is status
    pair = (status, type(command))
    if isinstance(command, Elapse):
        assert do(state, command, at_ms=at_ms) is state or status is BattleStatus.COUNTING, "nothing is due yet"
        at_ms = (state.until_ms or NOW) - NOW
    if pair in battle.TABLE:
        assert do(state, command, at_ms=at_ms).status is LEADS_ON.get(pair, battle.TABLE[pair])
    elif isinstance(command, battle.PASSING) or pair in REPEATS:
        assert do(state, command, at_ms=at_ms) is state
    else:
        with pytest.raises(Refusal) as refused:
            do(state, command, at_ms=at_ms)
        assert refused.value.code == ErrorCode.WRONG_STATE
        assert refused.value.facts["state"] == status.value
        assert battle.NAMES[type(command)] not in str(refused.value.facts["possible"])


@pytest.mark.parametrize("status", sorted(set(BattleStatus) - {BattleStatus.ENDED}))
@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: type(command).__name__)
def test_a_repeat_at_once_changes_nothing(status: BattleStatus, command: Command) -> None:
    state, at_ms = in_status(status)
    try:
        once = do(state, command, at_ms=at_ms)
    except Refusal:
        return
    if once.status is not BattleStatus.ENDED or not isinstance(command, Accept):
        assert do(once, command, at_ms=at_ms) is once


def test_the_battle_begins_when_all_have_answered_and_one_has_accepted() -> None:
    state = do(invite("abcd", BattleMode.SOLO), Accept("b"), Refuse("c"), at_ms=SECOND)
    assert state.status is BattleStatus.INVITED
    begun = do(state, Accept("d"), at_ms=2 * SECOND)
    assert (begun.status, begun.rooms) == (BattleStatus.READY, ("a", "b", "d"))
    assert (begun.starts_at_ms, begun.ends_at_ms) == (NOW + 5 * SECOND, NOW + 305 * SECOND)
    assert [party.room for party in view(begun).parties] == ["a", "b", "d"]


def test_whoever_does_not_answer_in_time_is_left_out() -> None:
    state = do(invite("abc", BattleMode.ONE_AGAINST_ALL), Accept("b"), at_ms=SECOND)
    begun = do(state, Elapse(), at_ms=10 * SECOND)
    assert begun.status is BattleStatus.READY
    assert begun.party("c").answer is Answer.MISSED
    with pytest.raises(Refusal) as refused:
        do(begun, Quit("c"), at_ms=11 * SECOND)
    assert refused.value.code == ErrorCode.NOT_FOUND


def test_an_answer_after_the_time_is_too_late_even_before_the_clock_was_heard() -> None:
    with pytest.raises(Refusal) as refused:
        do(invite(), Accept("b"), at_ms=10 * SECOND)
    assert refused.value.facts["state"] == "ended"


def test_teams_begin_with_all_four_or_not_at_all() -> None:
    begun = accepted("abcd", BattleMode.TEAMS)
    assert {party.room: party.side for party in begun.parties} == {"a": 1, "b": 1, "c": 2, "d": 2}
    three = do(invite("abcd", BattleMode.TEAMS), Accept("b"), Accept("c"), Refuse("d"))
    assert (three.status, three.closed) == (BattleStatus.ENDED, Closing.DECLINED)


@pytest.mark.parametrize(
    ("rooms", "mode"),
    [
        ("a", BattleMode.DUEL),
        ("abc", BattleMode.DUEL),
        ("ab", BattleMode.SOLO),
        ("abcde", BattleMode.SOLO),
        ("ab", BattleMode.ONE_AGAINST_ALL),
        ("abc", BattleMode.TEAMS),
        ("aa", BattleMode.DUEL),
        ("abca", BattleMode.SOLO),
    ],
)
def test_what_makes_no_battle_is_refused(rooms: str, mode: BattleMode) -> None:
    with pytest.raises(Refusal) as refused:
        invite(rooms, mode)
    assert refused.value.code == ErrorCode.INVALID_FIELD


def test_two_who_were_found_begin_at_once() -> None:
    state = match()
    assert (state.status, state.rooms, state.by) == (BattleStatus.READY, ("a", "b"), None)


def test_only_the_inviter_cancels_and_does_not_refuse() -> None:
    with pytest.raises(Refusal) as cancelled:
        do(invite(), Cancel("b"))
    assert cancelled.value.code == ErrorCode.FORBIDDEN
    with pytest.raises(Refusal) as refused:
        do(invite(), Refuse("a"))
    assert refused.value.code == ErrorCode.WRONG_STATE


def test_a_stranger_room_is_told_so() -> None:
    with pytest.raises(Refusal) as refused:
        do(running(), Quit("z"), at_ms=4 * SECOND)
    assert refused.value.code == ErrorCode.NOT_FOUND


def test_a_round_ends_early_when_all_agree_and_goes_on_when_one_does_not() -> None:
    asked = do(running(), AgreeEnd("a"), at_ms=4 * SECOND)
    assert (asked.status, asked.party("a").agrees) == (BattleStatus.RUNNING, True)
    goes_on = do(asked, GoOn("b"), AgreeEnd("b"), at_ms=5 * SECOND)
    assert goes_on.status is BattleStatus.RUNNING
    over = do(goes_on, AgreeEnd("a"), at_ms=6 * SECOND)
    assert (over.status, over.ending) == (BattleStatus.COUNTING, Ending.CONSENT)
    assert do(over, AgreeEnd("a"), at_ms=6 * SECOND) is over


def test_whoever_quits_has_lost_whatever_the_points() -> None:
    over = do(running(), Quit("a"), at_ms=4 * SECOND)
    assert (over.status, over.ending) == (BattleStatus.COUNTING, Ending.FORFEIT)
    result = do(over, Settle({"a": 100, "b": 1}), at_ms=4 * SECOND).result
    assert result is not None
    assert result.winner == 2
    assert [(place.room, place.rank, place.score) for place in result.places] == [("b", 1, 1), ("a", 2, 100)]


def test_a_team_goes_on_while_one_of_it_is_left() -> None:
    state = do(running("abcd", BattleMode.TEAMS), Quit("c"), at_ms=4 * SECOND)
    assert state.status is BattleStatus.RUNNING
    assert do(state, Quit("d"), at_ms=5 * SECOND).ending is Ending.FORFEIT


def test_a_show_that_ends_takes_its_room_out() -> None:
    over = do(running(), EndRoom("b"), at_ms=4 * SECOND)
    assert over.party("b").out is Out.ENDED
    after = do(do(over, Settle({}), at_ms=4 * SECOND), Elapse(), at_ms=9 * SECOND)
    assert (after.status, after.closed) == (BattleStatus.ENDED, Closing.OVER), "nobody is left to be punished"


def test_a_show_that_ends_while_points_are_counted_changes_no_result() -> None:
    counting, at_ms = in_status(BattleStatus.COUNTING)
    result = do(counting, EndRoom("a"), Settle({"a": 9, "b": 1}), at_ms=at_ms).result
    assert result is not None
    assert result.winner == 1


def test_the_punishment_is_cut_short_by_the_winner_or_by_all() -> None:
    state, at_ms = in_status(BattleStatus.PUNISHMENT)
    asked = do(state, CutShort("b"), at_ms=at_ms)
    assert asked.status is BattleStatus.PUNISHMENT
    assert do(asked, CutShort("a"), at_ms=at_ms).status is BattleStatus.REMATCH
    assert do(state, CutShort("a"), at_ms=at_ms).status is BattleStatus.REMATCH


def test_all_losers_together_do_not_end_the_punishment() -> None:
    over = do(running("abc", BattleMode.SOLO), Elapse(), at_ms=303 * SECOND)
    state = do(do(over, Settle({"a": 3}), at_ms=303 * SECOND), Elapse(), at_ms=308 * SECOND)
    assert do(state, CutShort("b"), CutShort("c"), at_ms=309 * SECOND).status is BattleStatus.PUNISHMENT


def test_a_rematch_is_another_round_with_points_of_its_own() -> None:
    state, at_ms = in_status(BattleStatus.REMATCH)
    again = do(state, Rematch("a"), Rematch("b"), at_ms=at_ms)
    assert (again.status, again.round) == (BattleStatus.READY, 2)
    assert again.tally != state.tally
    assert again.result == state.result, "the last result is shown until there is another"
    assert [party.wins for party in again.parties] == [1, 0]
    assert do(again, Rematch("b"), at_ms=at_ms) is again


def test_a_rematch_that_all_wanted_before_begins_after_the_punishment() -> None:
    wanted = do(settled(), Rematch("a"), Rematch("b"), at_ms=304 * SECOND)
    assert wanted.status is BattleStatus.SETTLED
    assert do(wanted, Elapse(), at_ms=428 * SECOND).status is BattleStatus.READY


def test_after_somebody_has_quit_there_is_no_rematch() -> None:
    state = do(do(running(), Quit("b"), at_ms=4 * SECOND), Settle({}), at_ms=4 * SECOND)
    with pytest.raises(Refusal):
        do(state, Rematch("a"), at_ms=5 * SECOND)
    assert do(state, Elapse(), at_ms=200 * SECOND).status is BattleStatus.ENDED


def test_every_change_has_a_version_of_its_own() -> None:
    state = invite()
    assert (state.version, do(state, Accept("b")).version) == (1, 2)
    assert battle.apply(state, Elapse(), NOW) is state
