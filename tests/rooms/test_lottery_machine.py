"""Lotteries under any history, against a model that only keeps a list of entrants: taps, commands, a jumping clock."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.lottery import Entry, EntryOutcome, Winner
from liveroom.rooms.messages.people import Person
from liveroom.rooms.rules import draw, entries, lottery
from liveroom.rooms.rules.claims import Claimant
from liveroom.rooms.rules.lottery_state import (
    CANCELLED,
    DRAWING,
    DRAWN,
    HIDDEN,
    OPEN,
    Cancel,
    Command,
    Draw,
    Drawn,
    Elapse,
    Hide,
)
from tests.rooms.builders import MACHINE, NOW
from tests.rooms.polls import make_lottery

PEOPLE = st.sampled_from("stuvwxyz")


class LotteryMachine(RuleBasedStateMachine):
    """The rules on one side; on the other everybody who was told to have entered, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.state = make_lottery()
        self.now_ms = NOW
        self.entered: dict[str, Entry] = {}
        self.winners: tuple[Winner, ...] | None = None

    def work_out(self) -> Drawn:
        """What the draw comes to, from the list alone."""
        urn = draw.Urn()
        urn.add([entry.ticket for entry in self.entered.values()])
        people = list(self.entered)
        drawn = draw.draw(self.state.id, self.state.seed, urn, draw.places(self.state.prizes))
        return Drawn(
            urn.entries_hash,
            tuple(
                Winner(
                    prize=prize,
                    number=number,
                    ticket=urn.tickets[number - 1],
                    user=Person(id=people[number - 1], name=people[number - 1]),
                )
                for prize, number in draw.hand_out(self.state.prizes, drawn)
            ),
        )

    @rule(user=PEOPLE)
    def enter(self, user: str) -> None:
        before = self.entered.get(user)
        may = self.state.status is OPEN and self.now_ms < self.state.ends_at_ms
        answer = entries.rule(self.state, len(self.entered), before, Claimant(user), user, self.now_ms, said=False)
        if before is not None:
            assert (answer.outcome, answer.entry) == (EntryOutcome.ALREADY_ENTERED, before)
        elif not may:
            assert answer.outcome is EntryOutcome.NOT_OPEN
        else:
            assert answer.entry is not None
            assert answer.entry.number == len(self.entered) + 1
            self.entered[user] = answer.entry

    @rule(which=st.sampled_from([Draw, Cancel, Hide, Elapse]))
    def order(self, which: type[Command]) -> None:
        count = len(self.entered) if lottery.asks_entries(self.state, which, self.now_ms) else None
        drawn = self.work_out() if lottery.asks_winners(self.state, which, self.now_ms) else None
        made: dict[type[Command], Command] = {
            Draw: Draw(count or 0),
            Cancel: Cancel(),
            Hide: Hide(),
            Elapse: Elapse(count, drawn),
        }
        try:
            self.state = lottery.apply(self.state, made[which], self.now_ms)
        except Refusal:
            return
        if self.winners is None:
            self.winners = self.state.winners

    @rule(ms=st.sampled_from([-86_400_000, -1_000, 1, 3_000, 60_000, 120_000]))
    def let_the_clock_jump(self, ms: int) -> None:
        self.now_ms += ms

    @invariant()
    def the_winners_are_drawn_once_and_anyone_can_work_them_out(self) -> None:
        assert self.state.winners == self.winners
        if self.winners is not None:
            drawn = self.work_out()
            assert (drawn.entries_hash, drawn.winners) == (self.state.entries_hash, self.winners)
            assert self.state.entries == len(self.entered)
            assert len(self.winners) == min(3, len(self.entered))

    @invariant()
    def the_seed_is_told_with_the_winners(self) -> None:
        view = self.state.view()
        assert (view.seed is not None) == (view.winners is not None) == (self.state.status in (DRAWN, HIDDEN))
        assert view.commitment == draw.commit(view.id, self.state.seed, view.prizes)

    @invariant()
    def whatever_is_shown_ends_by_itself(self) -> None:
        assert (self.state.due_at_ms is None) == (self.state.status in (CANCELLED, HIDDEN))
        if self.state.status is DRAWING:
            assert self.state.entries == len(self.entered)


LotteryMachine.TestCase.settings = MACHINE
TestLotteries = LotteryMachine.TestCase
