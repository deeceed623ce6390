"""A process that is short of CPU flushes its large rooms less often, so that it has some left for everything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.rhythm import LoadMeter
from liveroom.realtime.tick import STRAINED, Tick
from tests.realtime.rooms import make_event, make_fanout, numbers_of
from tests.realtime.test_tick import join, spend
from tests.support.clock import FakeClock


@given(st.floats(0, 10))
def test_while_the_process_is_short_of_cpu_a_tick_may_be_twice_as_long(cost_s: float) -> None:
    calm_s, strained_s = Tick().after(cost_s, STRAINED - 0.01), Tick().after(cost_s, STRAINED)
    assert calm_s == Tick().after(cost_s)
    assert calm_s <= strained_s <= max(0.300, 1.6 * cost_s)
    if 7 * cost_s <= 0.150:
        assert strained_s == calm_s


def test_load_is_the_share_of_cpu_since_the_last_look(clock: FakeClock) -> None:
    meter = LoadMeter(clock)
    clock.spent_s += 0.3
    clock.advance(1_000)
    assert meter.read() == pytest.approx(0.3)
    clock.advance(500)
    assert meter.read() == 0
    assert meter.read() == 0, "no time has passed"


def test_a_large_room_is_flushed_half_as_often_while_the_process_is_short_of_cpu(clock: FakeClock) -> None:
    """What uses the CPU may be something else: joins, commands, other rooms."""
    fanout = make_fanout(clock)
    viewer = join(fanout)
    spend(clock, viewer, 0.050)
    fanout.publish([make_event(0)])
    clock.advance(0)
    clock.spent_s += 0.9
    clock.advance(1_000)
    fanout.publish([make_event(1)])
    clock.advance(0)
    assert numbers_of(viewer.messages()) == [0, 1]
    fanout.publish([make_event(2)])
    clock.advance(299)
    assert viewer.messages() == []
    clock.advance(1)
    assert numbers_of(viewer.messages()) == [2]
    fanout.publish([make_event(3)])
    clock.advance(150)
    assert numbers_of(viewer.messages()) == [3], "the load is over"
