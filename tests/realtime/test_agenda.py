"""The agenda: never early, at most one step late, one timer for all, and one fault stops nobody else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.agenda import STEP_S, Agenda
from tests.support.clock import FakeClock

EPSILON_S = 1e-5


@given(
    st.integers(0, 5_000),
    st.lists(st.tuples(st.integers(0, 3_000), st.floats(0, 20)), min_size=1, max_size=30),
    st.lists(st.integers(0, 700), max_size=10),
)
def test_nothing_fires_early_and_nothing_more_than_a_step_late(
    begin_ms: int, entries: list[tuple[int, float]], chained_ms: list[int]
) -> None:
    clock = FakeClock()
    clock.advance(begin_ms)
    agenda = Agenda(clock)
    late: list[float] = []

    def fire(due_s: float, chain: list[int]) -> None:
        late.append(clock.monotonic_s() - due_s)
        if chain:
            agenda.add(chain[0] / 1000, fire, clock.monotonic_s() + chain[0] / 1000, chain[1:])

    for pause_ms, delay_s in entries:
        clock.advance(pause_ms)
        agenda.add(delay_s, fire, clock.monotonic_s() + delay_s, [])
        assert clock.pending <= 1
    agenda.add(0, fire, clock.monotonic_s(), chained_ms)
    clock.advance(40_000)
    assert len(late) == len(entries) + 1 + len(chained_ms)
    assert all(-EPSILON_S <= each <= STEP_S + EPSILON_S for each in late)
    assert clock.pending == 0, "nothing is due and no timer runs"


def test_a_call_that_adds_a_call_does_not_add_a_timer(clock: FakeClock) -> None:
    agenda = Agenda(clock)
    beats = 0

    def beat() -> None:
        nonlocal beats
        beats += 1
        agenda.add(1.0, beat)

    agenda.add(1.0, beat)
    agenda.add(100_000.0, beat)
    for _ in range(50):
        clock.advance(1_000)
        assert clock.pending == 1
    assert 38 <= beats <= 50


def test_a_faulty_call_is_logged_and_the_rest_goes_on(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    agenda = Agenda(clock)
    fired: list[int] = []
    agenda.add(1.0, fired.append, 1)
    agenda.add(1.0, lambda: 1 // 0)
    agenda.add(1.0, fired.append, 2)
    agenda.add(2.0, fired.append, 3)
    clock.advance(2_500)
    assert fired == [1, 2, 3]
    assert "ZeroDivisionError" in caplog.text


class BusyLoopClock(FakeClock):
    """Its timers run when the loop comes to it, however late."""

    late_s = 0.0

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self.late_s


def test_what_was_missed_while_the_loop_was_busy_is_done_at_once_and_in_order() -> None:
    clock = BusyLoopClock()
    agenda = Agenda(clock)
    fired: list[int] = []
    for number in (3, 1, 2):
        agenda.add(number, fired.append, number)
    clock.late_s = 60.0
    clock.advance(250)
    assert fired == [1, 2, 3]


def test_after_stop_nothing_fires_and_no_timer_runs(clock: FakeClock) -> None:
    agenda = Agenda(clock)
    fired: list[int] = []
    agenda.add(1.0, agenda.stop)
    agenda.add(1.5, fired.append, 1)
    clock.advance(5_000)
    assert fired == []
    assert clock.pending == 0
    agenda.add(1.0, fired.append, 2)
    clock.advance(1_300)
    assert fired == [2]
