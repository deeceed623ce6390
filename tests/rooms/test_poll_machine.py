"""Polls under any history, against a model that only keeps a list of votes: taps, commands and a clock that jumps."""

from __future__ import annotations

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.poll import PollKind, Tally, VoteOutcome
from liveroom.rooms.rules import ballots, poll
from liveroom.rooms.rules.claims import Claimant
from liveroom.rooms.rules.poll_state import (
    CANCELLED,
    HIDDEN,
    OPEN,
    SETTLED,
    Cancel,
    Close,
    Command,
    Elapse,
    Hide,
    PollState,
    Settle,
)
from tests.rooms.builders import MACHINE, NOW
from tests.rooms.polls import make_poll

PEOPLE = st.sampled_from("stuvwxyz")
CHOICES = st.lists(st.sampled_from("abcd"), min_size=1, max_size=3)


class PollMachine(RuleBasedStateMachine):
    """The rules on one side; on the other everybody's vote, and the first result that was told."""

    state: PollState

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = NOW
        self.votes: dict[str, list[str]] = {}
        self.result: Tally | None = None
        self.right: str | None = None

    @initialize(kind=st.sampled_from(PollKind), picks=st.integers(1, 3))
    def open(self, kind: PollKind, picks: int) -> None:
        self.right = "c" if kind is PollKind.QUIZ else None
        self.state = make_poll(kind=kind, right=self.right, picks=picks if kind is PollKind.POLL else 1)

    @property
    def counted(self) -> dict[str, int]:
        """The counters, made anew from the list."""
        each = Counter(choice for choices in self.votes.values() for choice in choices)
        return {**each, "voters": len(self.votes)}

    @rule(user=PEOPLE, choices=CHOICES)
    def vote(self, user: str, choices: list[str]) -> None:
        may = self.state.status is OPEN and self.now_ms < self.state.ends_at_ms
        is_valid = len(set(choices)) == len(choices) and "d" not in choices
        before = self.votes.get(user)
        try:
            answer = ballots.rule(self.state, choices, before, Claimant(user), self.now_ms)
        except Refusal:
            assert not is_valid or len(choices) > self.state.picks
            return
        assert is_valid
        if before is not None:
            assert answer.outcome is VoteOutcome.ALREADY_VOTED
            assert answer.choices == tuple(before)
        elif may and len(choices) <= self.state.picks:
            assert answer.outcome is VoteOutcome.COUNTED
            self.votes[user] = sorted(choices)
        else:
            assert answer.outcome is VoteOutcome.NOT_OPEN

    @rule(which=st.sampled_from([Close, Settle, Cancel, Hide, Elapse]), right=st.sampled_from("abcd"))
    def order(self, which: type[Command], right: str) -> None:
        asked = self.counted if poll.asks_votes(self.state, which, self.now_ms) else {}
        made: dict[type[Command], Command] = {
            Close: Close(asked),
            Settle: Settle(right),
            Cancel: Cancel(),
            Hide: Hide(),
            Elapse: Elapse(asked),
        }
        before = self.state
        try:
            self.state = poll.apply(before, made[which], self.now_ms)
        except Refusal:
            return
        again = poll.apply(self.state, made[which], self.now_ms)
        assert again is self.state or which is Elapse, "a repeat changes nothing"
        if which is Settle:
            self.right = self.right or right
        if before.status is OPEN and self.state.closed_at_ms is not None:
            self.result = self.state.result

    @rule(ms=st.sampled_from([-86_400_000, -1_000, 1, 30_000, 60_000, 120_000, 86_400_000]))
    def let_the_clock_jump(self, ms: int) -> None:
        self.now_ms += ms

    @invariant()
    def the_result_is_the_list_and_is_frozen(self) -> None:
        assert self.state.result == self.result
        if self.result is not None:
            assert self.result == poll.read_votes(self.state, self.counted)

    @invariant()
    def the_right_answer_is_told_where_it_is_settled_and_nowhere_else(self) -> None:
        told = self.state.view().right
        if self.state.status is SETTLED:
            assert told == self.right
        elif self.state.status is not HIDDEN:
            assert told is None

    @invariant()
    def whatever_is_shown_ends_by_itself(self) -> None:
        assert (self.state.due_at_ms is None) == (self.state.status in (CANCELLED, HIDDEN))


PollMachine.TestCase.settings = MACHINE
TestPolls = PollMachine.TestCase
