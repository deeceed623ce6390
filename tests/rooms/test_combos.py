"""Combos against a naive model: one list of gifts for each, whatever is given, waited for and settled."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.money import LARGEST_SUM
from liveroom.rooms.messages.people import Person, Visitor
from liveroom.rooms.rules import combos
from liveroom.rooms.rules.combos import CLOSED, NAMES, OPEN, TABLE, Combo, ComboKey, ComboStatus, Give, Settle
from tests.rooms.builders import MACHINE, NOW

WINDOW_MS = 5_000
BY = Visitor(id="u1", name="小雨")
TO = Person(id="host", name="阿木")
KEY = ComboKey("demo", "show_1", "u1", "rose", "host")
GIVE = Give(1, 10, WINDOW_MS)


def make_combo(given: Give = GIVE, now_ms: int = NOW) -> Combo:
    """A combo that has just begun."""
    return combos.begin("c1", KEY, BY, TO, given, now_ms)


@dataclass
class Naive:
    """What happened, gift by gift."""

    gifts: list[tuple[int, int]] = field(default_factory=list)
    last_ms: int = 0
    closed: bool = False


class Machine(RuleBasedStateMachine):
    """One giver who gives, waits and is settled by an impatient and forgetful server, with a clock that may jump."""

    @initialize()
    def begin(self) -> None:
        self.now_ms = NOW
        self.combo: Combo | None = None
        self.naive = Naive()
        self.settlements: list[str] = []
        self.given = 0
        self.settled = 0
        self.numbers = 0

    @rule(count=st.integers(1, 999), amount=st.integers(0, 10**12))
    def give(self, count: int, amount: int) -> None:
        given = Give(count, amount, WINDOW_MS)
        belongs = bool(self.naive.gifts) and not self.naive.closed and self.now_ms < self.naive.last_ms + WINDOW_MS
        assert combos.goes_on(self.combo, given, self.now_ms) == belongs
        if belongs and self.combo is not None:
            self.combo = combos.apply(self.combo, given, self.now_ms)
        else:
            self.leave_to_the_sweep()
            self.numbers += 1
            self.combo = combos.begin(f"c{self.numbers}", KEY, BY, TO, given, self.now_ms)
            self.naive = Naive(last_ms=self.now_ms)
        self.naive.gifts.append((count, amount))
        self.naive.last_ms = max(self.naive.last_ms, self.now_ms)
        self.given += amount

    def leave_to_the_sweep(self) -> None:
        """A combo whose time is over is closed later; here at once."""
        if self.combo is not None and self.combo.status is OPEN:
            self.close(self.combo)

    def close(self, combo: Combo) -> None:
        closed = combos.apply(combo, Settle(), max(self.now_ms, combo.due_at_ms))
        self.settlements.append(closed.settlement_id)
        self.settled += closed.amount
        self.combo = closed

    @rule(ms=st.integers(-20_000, 20_000))
    def pass_time(self, ms: int) -> None:
        self.now_ms += ms

    @precondition(lambda self: self.combo is not None)
    @rule()
    def settle(self) -> None:
        assert self.combo is not None
        is_due = not self.naive.closed and self.now_ms >= self.naive.last_ms + WINDOW_MS
        if not is_due:
            with pytest.raises(Refusal) as refused:
                combos.apply(self.combo, Settle(), self.now_ms)
            assert refused.value.code == ErrorCode.WRONG_STATE
            return
        closed = combos.apply(self.combo, Settle(), self.now_ms)
        self.settlements.append(closed.settlement_id)
        self.settled += closed.amount
        self.combo, self.naive.closed = closed, True

    @invariant()
    def the_numbers_are_those_of_the_list(self) -> None:
        if getattr(self, "combo", None) is None:
            return
        combo = self.combo
        assert combo is not None
        assert combo.count == sum(count for count, _ in self.naive.gifts)
        assert combo.amount == sum(amount for _, amount in self.naive.gifts)
        assert combo.due_at_ms == combo.last_at_ms + WINDOW_MS

    @invariant()
    def each_combo_is_settled_once_and_nothing_is_lost(self) -> None:
        if not hasattr(self, "settlements"):
            return
        assert len(set(self.settlements)) == len(self.settlements)
        still_open = self.combo.amount if self.combo is not None and self.combo.status is OPEN else 0
        assert self.settled + still_open == self.given


TestCombos = Machine.TestCase
TestCombos.settings = MACHINE


def test_the_table_is_the_whole_machine() -> None:
    done = combos.apply(make_combo(), Settle(), NOW + WINDOW_MS)
    states = {OPEN: make_combo(), CLOSED: done}
    commands: dict[type[Give | Settle], Give | Settle] = {Give: GIVE, Settle: Settle()}
    assert set(NAMES) == set(commands)
    for state in ComboStatus:
        for kind, command in commands.items():
            after = TABLE.get((state, kind))
            if after is None:
                with pytest.raises(Refusal) as refused:
                    combos.apply(states[state], command, NOW + WINDOW_MS)
                assert refused.value.facts == {"state": state.value}
            else:
                assert combos.apply(states[state], command, NOW + WINDOW_MS).status is after


def test_a_sum_that_would_no_longer_be_exact_begins_another_combo() -> None:
    full = make_combo(Give(1, LARGEST_SUM - 5, WINDOW_MS))
    assert combos.goes_on(full, Give(1, 5, WINDOW_MS), NOW)
    assert not combos.goes_on(full, Give(1, 6, WINDOW_MS), NOW)


def test_without_a_window_a_combo_is_due_at_once() -> None:
    combo = make_combo(Give(1, 10, 0))
    assert not combos.goes_on(combo, GIVE, NOW)
    assert combos.apply(combo, Settle(), NOW).settlement_id == "settle_c1"
