"""Battles under any history, against a model that only knows who has said what: four rooms and a clock that jumps."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.battle_view import Answer, BattleMode, BattleResult, BattleStatus, Ending
from liveroom.rooms.rules import battle, battle_clock, battle_score
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
from liveroom.rooms.rules.battle_score import Tally
from liveroom.rooms.rules.battle_view import view
from tests.rooms.battles import invite
from tests.rooms.builders import MACHINE, NOW

ROOMS = st.sampled_from("abcd")
ORDER = list(BattleStatus)
OF_ROOM = [Accept, Refuse, Cancel, AgreeEnd, GoOn, Quit, CutShort, Rematch, DeclineRematch, EndRoom, Return]
MAKEUP = {BattleMode.DUEL: "ab", BattleMode.TEAMS: "abcd", BattleMode.SOLO: "abc", BattleMode.ONE_AGAINST_ALL: "abcd"}


class BattleMachine(RuleBasedStateMachine):
    """The rule on one side; on the other a book of points, and what was promised so far."""

    @initialize(mode=st.sampled_from(BattleMode))
    def begin(self, mode: BattleMode) -> None:
        self.state = invite(MAKEUP[mode], mode)
        self.now_ms = NOW
        self.books: dict[str, dict[str, Tally]] = {}
        self.results: dict[int, BattleResult] = {}

    @rule(mode=st.sampled_from(BattleMode))
    def begin_anew(self, mode: BattleMode) -> None:
        if self.state.status is BattleStatus.ENDED:
            self.begin(mode)

    @property
    def book(self) -> dict[str, Tally]:
        return self.books.setdefault(self.state.tally, {})

    def do(self, command: Command) -> None:
        before = self.state
        try:
            after = battle.apply(before, command, self.now_ms)
        except Refusal:
            return
        assert (after is before) == (after == before)
        assert after.version == before.version + (after is not before)
        if before.status is BattleStatus.ENDED:
            assert after is before, "what has ended stays as it was"
        assert after.round in (before.round, before.round + 1)
        self.state = after
        assert battle.apply(after, Elapse(), self.now_ms) is after, "whoever acts has heard the clock"
        if after.result is not None:
            assert self.results.setdefault(after.result.round, after.result) == after.result, "a result never changes"

    @rule(room=ROOMS, command=st.sampled_from(OF_ROOM))
    def say(self, room: str, command: type) -> None:
        self.do(command(room))

    @rule(room=ROOMS, ago_ms=st.sampled_from([0, 4_000, 50_000, 100_000]))
    def lose(self, room: str, ago_ms: int) -> None:
        self.do(Lose(room, self.now_ms - ago_ms))

    @rule(ms=st.sampled_from([-5_000, 1, 1_000, 3_000, 5_000, 30_000, 90_000, 300_000]))
    def pass_time(self, ms: int) -> None:
        self.now_ms += ms
        self.do(Elapse())

    @rule()
    def wait_until_due(self) -> None:
        due_ms = battle_clock.due(self.state)
        if due_ms is not None:
            self.now_ms = max(self.now_ms, due_ms)
            self.do(Elapse())

    @rule()
    def all_accept(self) -> None:
        for room in "bcd":
            self.do(Accept(room))

    @rule(room=ROOMS, amount=st.integers(1, 500))
    def give(self, room: str, amount: int) -> None:
        tally = self.book.get(room, Tally())
        gain = battle_score.gift(self.state, room, amount, tally, self.now_ms, is_first=tally.score == 0)
        counts = self.state.status in (BattleStatus.RUNNING, BattleStatus.OVERTIME)
        assert not gain.points or (counts and self.now_ms < (self.state.ends_at_ms or 0))
        self.book[room] = battle_score.add(tally, gain)

    @rule()
    def count(self) -> None:
        scores = {room: tally.score for room, tally in self.book.items()}
        was = self.state
        self.do(Settle(scores))
        result = self.state.result
        if was.status is BattleStatus.COUNTING and self.state.status is BattleStatus.SETTLED:
            assert result is not None
            assert {place.room: place.score for place in result.places} == {
                room: scores.get(room, 0) for room in self.state.rooms
            }
            best = self.naive_winner(scores)
            assert result.winner == best
            assert result.ending is not Ending.FORFEIT or len(was.sides_in) < 2

    def naive_winner(self, scores: dict[str, int]) -> int | None:
        still = {party.side for party in self.state.parties if party.answer is Answer.JOINED and party.out is None}
        sums = {
            side: sum(scores.get(party.room, 0) for party in self.state.joined if party.side == side) for side in still
        }
        most = [side for side, points in sums.items() if points == max(sums.values())]
        return most[0] if len(most) == 1 else None

    @invariant()
    def it_never_hangs(self) -> None:
        assert (battle_clock.due(self.state) is None) == (self.state.status is BattleStatus.ENDED)

    @invariant()
    def it_is_whole(self) -> None:
        state = self.state
        if state.status in ORDER[1:-1]:
            assert len({party.side for party in state.joined}) > 1
        if state.status in (BattleStatus.RUNNING, BattleStatus.OVERTIME):
            assert len(state.sides_in) > 1
            assert state.ending is None
        if state.status in (BattleStatus.SETTLED, BattleStatus.PUNISHMENT, BattleStatus.REMATCH):
            assert state.result is not None
            assert state.result.round == state.round
            assert view(state).result == state.result
        assert sum(party.wins > 0 for party in state.parties) <= sum(
            result.winner is not None for result in self.results.values()
        ) * len(state.parties)


TestBattleMachine = BattleMachine.TestCase
TestBattleMachine.settings = MACHINE


@pytest.mark.parametrize("mode", BattleMode)
def test_every_mode_comes_to_an_end_by_time_alone(mode: BattleMode) -> None:
    state, now_ms, steps = invite(MAKEUP[mode], mode), NOW, 0
    for room in MAKEUP[mode][1:]:
        state = battle.apply(state, Accept(room), now_ms)
    while (due_ms := battle_clock.due(state)) is not None:
        steps += 1
        now_ms = max(now_ms, due_ms)
        after = battle.apply(state, Elapse(), now_ms)
        assert after is not state
        state = battle.apply(after, Settle({}), now_ms) if after.status is BattleStatus.COUNTING else after
    assert steps < 12
