"""When a room is flushed: idle at once, busy on its own rhythm, vital at once, totals calmly, in bearable pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime import volley as volley_module
from liveroom.realtime.codes import MESSAGE_BYTES
from liveroom.realtime.fanout import Fanout
from liveroom.realtime.identity import Role
from liveroom.realtime.telemetry import NullTelemetry
from liveroom.realtime.tick import Tick
from tests.realtime.consumers import FakeConsumer
from tests.realtime.rooms import make_event, make_fanout, numbers_of
from tests.support.clock import FakeClock


def join(fanout: Fanout, *, deflate: bool = False) -> FakeConsumer:
    consumer = FakeConsumer(fanout, deflate=deflate)
    fanout.attach(consumer, Role.VIEWER, None)
    return consumer


def spend(clock: FakeClock, consumer: FakeConsumer, cost_s: float) -> None:
    """Each write to this consumer costs CPU time."""

    def cost(data: bytes) -> None:
        clock.spent_s += cost_s

    consumer.before_write = cost


@given(st.floats(0, 10))
def test_a_tick_is_nine_times_the_cost_within_bounds_and_leaves_a_third_of_the_core(cost_s: float) -> None:
    tick_s = Tick().after(cost_s)
    assert tick_s >= 0.005
    assert tick_s >= 1.6 * cost_s
    assert tick_s <= max(0.150, 1.6 * cost_s)
    if 0.005 <= 9 * cost_s <= 0.150:
        assert tick_s == 9 * cost_s


@given(st.floats(0, 10))
def test_values_alone_wait_twenty_times_the_cost_of_a_flush(cost_s: float) -> None:
    assert Tick().latest_after(cost_s) == max(0.200, 20 * cost_s)


def test_in_a_costly_room_values_alone_wait_longer_and_with_events_they_travel_at_once(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    viewer = join(fanout)
    spend(clock, viewer, 0.050)
    fanout.set_latest("likes", b'{"total":1}')
    clock.advance(0)
    fanout.set_latest("likes", b'{"total":2}')
    clock.advance(999)
    assert [message["type"] for message in viewer.messages()] == ["latest"]
    fanout.publish([make_event(1)])
    clock.advance(0)
    assert [message["type"] for message in viewer.messages()] == ["events", "latest"]


def test_an_idle_room_is_flushed_at_once(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    viewer = join(fanout)
    for number in range(3):
        clock.advance(1_000)
        fanout.publish([make_event(number)])
        clock.advance(0)
        assert numbers_of(viewer.messages()) == [number]


def test_a_busy_room_gathers_what_comes_within_its_tick(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    viewer = join(fanout)
    spend(clock, viewer, 0.004)
    fanout.publish([make_event(0)])
    clock.advance(0)
    for number in (1, 2, 3):
        clock.advance(8)
        fanout.publish([make_event(number)])
    assert numbers_of(viewer.messages()) == [0]
    assert fanout.flush_wait_s() == pytest.approx(0.012)
    clock.advance(11.9)
    assert viewer.messages() == []
    clock.advance(0.1)
    [message] = viewer.messages()
    assert numbers_of([message]) == [1, 2, 3]
    assert message["seq"] == 4


def test_the_tick_counts_from_the_start_of_a_flush(clock: FakeClock) -> None:
    told: list[tuple[float, float]] = []

    class Listener(NullTelemetry):
        def room_flushed(self, cost_s: float, tick_s: float) -> None:
            told.append((round(cost_s, 6), round(tick_s, 6)))

    fanout = make_fanout(clock, telemetry=Listener())
    spend(clock, join(fanout), 0.010)
    for number in range(2):
        fanout.publish([make_event(number)])
        clock.advance(90)
    assert told == [(0.01, 0.09), (0.01, 0.09)]


def test_a_vital_event_does_not_wait_for_the_tick(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    viewer = join(fanout)
    spend(clock, viewer, 1.0)
    fanout.publish([make_event(0)])
    clock.advance(0)
    fanout.publish([make_event(1)])
    clock.advance(1)
    assert numbers_of(viewer.messages()) == [0]
    fanout.publish([make_event(2, vital=True)])
    clock.advance(0)
    assert numbers_of(viewer.messages()) == [1, 2]


def test_a_vital_event_waits_at_most_for_the_volley_under_way(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(volley_module, "CHUNK", 1)
    fanout = make_fanout(clock)
    viewers = [join(fanout) for _ in range(3)]

    def interrupt(data: bytes) -> None:
        if fanout.position.seq == 2:
            fanout.publish([make_event(2, vital=True)])

    viewers[0].before_write = interrupt
    spend(clock, viewers[1], 1.0)
    for number in range(2):
        clock.advance(5_000)
        fanout.publish([make_event(number)])
        clock.advance(0)
    assert [numbers_of(viewer.messages()) for viewer in viewers] == [[0, 1, 2]] * 3


def test_an_ordinary_event_that_comes_during_a_volley_waits_for_the_tick(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(volley_module, "CHUNK", 1)
    fanout = make_fanout(clock)
    viewers = [join(fanout) for _ in range(2)]

    def interrupt(data: bytes) -> None:
        if fanout.position.seq == 1:
            fanout.publish([make_event(1)])

    viewers[0].before_write = interrupt
    fanout.publish([make_event(0)])
    clock.advance(0)
    assert [numbers_of(viewer.messages()) for viewer in viewers] == [[0]] * 2
    clock.advance(5)
    assert [numbers_of(viewer.messages()) for viewer in viewers] == [[1]] * 2


def test_totals_go_out_at_once_then_at_most_every_200_ms_and_only_the_newest(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    viewer = join(fanout)
    began_ms = clock.now_ms()
    times: list[int] = []
    viewer.before_write = lambda data: times.append(clock.now_ms() - began_ms)
    for total in range(60):
        fanout.set_latest("likes", b'{"total":%d}' % total)
        clock.advance(10)
    assert times == [0, 200, 400, 600]
    assert [message["values"]["likes"]["total"] for message in viewer.messages()] == [0, 19, 39, 59]
    fanout.set_latest("likes", b'{"total":60}')
    clock.advance(200)
    assert viewer.messages()[-1]["values"] == {"likes": {"total": 60}}


def test_totals_are_calm_in_a_room_that_is_flushed_all_the_time(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    viewer = join(fanout)
    for number in range(60):
        fanout.set_latest("likes", b'{"total":%d}' % number)
        fanout.publish([make_event(number)])
        clock.advance(10)
    kinds = [message["type"] for message in viewer.messages()]
    assert (kinds.count("events"), kinds.count("latest")) == (60, 4)


def test_totals_ride_with_the_events_of_a_flush_that_is_due(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    viewer = join(fanout)
    clock.advance(1_000)
    fanout.set_latest("likes", b'{"total":1}')
    fanout.publish([make_event(0)])
    clock.advance(0)
    assert [message["type"] for message in viewer.messages()] == ["events", "latest"]
    assert len(viewer.writes) == 1, "one write carries both"


@pytest.mark.parametrize("deflate", [False, True])
def test_a_large_flush_is_split_into_frames_that_every_client_takes(clock: FakeClock, *, deflate: bool) -> None:
    fanout = make_fanout(clock)
    viewer = join(fanout, deflate=deflate)
    fanout.publish([make_event(number, 3_000) for number in range(100)])
    clock.advance(0)
    messages = viewer.messages()
    assert len(messages) > 1
    assert max(viewer.sizes) <= MESSAGE_BYTES
    assert numbers_of(messages) == list(range(100))
    assert [message["seq"] for message in messages][-1] == 100
    assert len(viewer.writes) == 1, "one system call for all of them"


def test_both_variants_say_the_same_and_the_deflated_one_is_smaller(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    plain, deflated = join(fanout), join(fanout, deflate=True)
    for number in range(20):
        fanout.publish([make_event(number, 10 * number * number)])
        clock.advance(200)
    assert plain.messages() == deflated.messages()
    assert sum(map(len, deflated.writes)) < sum(map(len, plain.writes)) / 4


def test_all_who_are_in_step_get_the_very_same_bytes(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    viewers = [join(fanout) for _ in range(10)]
    fanout.publish([make_event(0)])
    clock.advance(0)
    assert len({id(viewer.writes[0]) for viewer in viewers}) == 1


def test_a_volley_yields_to_the_loop_after_each_chunk(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    viewers = [join(fanout) for _ in range(volley_module.CHUNK + 1)]
    reached: list[int] = []
    fanout.publish([make_event(0)])
    # Set after the flush, for the same moment: what runs between two chunks.
    clock.call_later(0, lambda: reached.append(sum(len(viewer.writes) for viewer in viewers)))
    clock.advance(0)
    assert reached == [volley_module.CHUNK]
    assert all(numbers_of(viewer.messages()) == [0] for viewer in viewers)


def test_who_comes_first_in_a_volley_changes(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    order: list[int] = []
    for index in range(10):
        join(fanout).before_write = lambda data, index=index: order.append(index)
    first = []
    for number in range(5):
        order.clear()
        fanout.publish([make_event(number)])
        clock.advance(200)
        assert sorted(order) == list(range(10))
        first.append(order[0])
    assert all(one != other for one, other in pairwise(first))


def test_what_was_delivered_is_told_with_its_delay(clock: FakeClock) -> None:
    told: list[tuple[str, float, int]] = []

    class Listener(NullTelemetry):
        def event_delivered(self, kind: str, seconds: float, viewers: int) -> None:
            told.append((kind, round(seconds, 3), viewers))

    fanout = make_fanout(clock, telemetry=Listener())
    join(fanout)
    fanout.publish([make_event(0)])
    clock.advance(0)
    fanout.publish([make_event(1)])
    clock.advance(100)
    assert told == [("said", 0.0, 1), ("said", 0.005, 1)]


def test_a_flush_tells_how_long_its_first_event_waited_and_how_long_it_wrote(clock: FakeClock) -> None:
    steps: list[tuple[str, float]] = []

    class Listener(NullTelemetry):
        def step_taken(self, step: str, seconds: float) -> None:
            steps.append((step, round(seconds, 3)))

    fanout = make_fanout(clock, telemetry=Listener())
    join(fanout)
    fanout.publish([make_event(0)])
    clock.advance(0)
    fanout.publish([make_event(1)])
    fanout.set_latest("likes", b"{}")
    clock.advance(100)
    assert steps == [("tick", 0.0), ("socket", 0.0), ("tick", 0.005), ("socket", 0.0)], "values alone are no event"
