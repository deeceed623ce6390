"""The clock of a process, and the clock that tests turn."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.clock import Clock, LoopClock
from tests.support.clock import START_MS, FakeClock


def test_wall_time_is_epoch_milliseconds() -> None:
    before_ms = time.time_ns() // 1_000_000
    assert before_ms <= LoopClock().now_ms() <= time.time_ns() // 1_000_000


def test_monotonic_time_never_goes_back() -> None:
    clock = LoopClock()
    readings = [clock.monotonic_s() for _ in range(1000)]
    assert readings == sorted(readings)


async def test_a_timer_fires_on_the_loop_and_not_before_its_time() -> None:
    clock = LoopClock()
    fired = asyncio.Event()
    set_at_s = clock.monotonic_s()
    clock.call_later(0.01, fired.set)
    await asyncio.wait_for(fired.wait(), timeout=60)
    assert clock.monotonic_s() - set_at_s >= 0.009


async def test_a_cancelled_timer_does_not_fire() -> None:
    clock = LoopClock()
    fired: list[str] = []
    done = asyncio.Event()
    clock.call_later(0, lambda: fired.append("cancelled")).cancel()
    clock.call_later(-1, lambda: fired.append("kept"))
    clock.call_later(0.001, done.set)
    await asyncio.wait_for(done.wait(), timeout=60)
    assert fired == ["kept"]


def test_a_timer_needs_a_running_loop() -> None:
    with pytest.raises(RuntimeError):
        LoopClock().call_later(0, lambda: None)


def test_the_fake_clock_runs_what_is_due_in_order_at_its_own_time() -> None:
    clock = FakeClock()
    as_clock: Clock = clock
    seen: list[tuple[str, int]] = []
    as_clock.call_later(0.2, lambda: seen.append(("b", clock.now_ms())))
    as_clock.call_later(0.1, lambda: seen.append(("a", clock.now_ms())))
    as_clock.call_later(0.2, lambda: seen.append(("c", clock.now_ms())))
    as_clock.call_later(0.15, lambda: seen.append(("never", 0))).cancel()
    clock.advance(199)
    assert seen == [("a", START_MS + 100)]
    clock.advance(1)
    assert seen == [("a", START_MS + 100), ("b", START_MS + 200), ("c", START_MS + 200)]
    assert clock.pending == 0


def test_a_timer_set_by_a_timer_fires_in_the_same_advance() -> None:
    clock = FakeClock()
    seen: list[float] = []

    def tick() -> None:
        seen.append(clock.monotonic_s())
        clock.call_later(0.1, tick)

    clock.call_later(0.1, tick)
    clock.advance(350)
    assert seen == pytest.approx([0.1, 0.2, 0.3])


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 300)), max_size=20))
def test_every_timer_fires_exactly_when_it_is_due(steps: list[tuple[int, int]]) -> None:
    clock = FakeClock()
    fired: list[tuple[int, int]] = []
    for delay_ms, pause_ms in steps:
        due_ms = clock.now_ms() + delay_ms
        clock.call_later(delay_ms / 1000, lambda due_ms=due_ms: fired.append((due_ms, clock.now_ms())))  # type: ignore[misc]  # a default binds the loop variable
        clock.advance(pause_ms)
    clock.advance(1000)
    assert len(fired) == len(steps)
    assert all(due_ms == at_ms for due_ms, at_ms in fired)
    assert fired == sorted(fired)
