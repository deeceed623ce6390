"""Slow readers: what they are spared, and how they come back."""

from __future__ import annotations

import pytest

from liveroom.realtime import volley as volley_module
from liveroom.realtime.backplane.base import Position
from liveroom.realtime.fanout import ANSWER_BYTES, Fanout
from liveroom.realtime.identity import Role
from liveroom.realtime.member import LAG_BYTES, PAUSE_BYTES
from liveroom.realtime.ring import CATCH_UP_BYTES, Ring
from liveroom.realtime.volley import FRAME_BYTES
from tests.realtime.consumers import FakeConsumer
from tests.realtime.rooms import EPOCH, make_event, make_fanout, numbers_of
from tests.support.clock import FakeClock

KIB = 1024


def join(fanout: Fanout, after: Position | None = None) -> FakeConsumer:
    consumer = FakeConsumer(fanout)
    fanout.attach(consumer, Role.VIEWER, after)
    return consumer


def say(fanout: Fanout, clock: FakeClock, first: int, count: int, size_bytes: int = 10 * KIB) -> None:
    for number in range(first, first + count):
        fanout.publish([make_event(number, size_bytes)])
        clock.advance(200)


def test_a_slow_reader_gets_events_but_no_totals_until_it_is_well(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    viewer = join(fanout)
    viewer.is_reading = False
    say(fanout, clock, 0, 7)
    assert viewer.is_paused
    fanout.set_latest("likes", b'{"total":1}')
    say(fanout, clock, 7, 3)
    messages = viewer.messages()
    assert numbers_of(messages) == list(range(10))
    assert {message["type"] for message in messages} == {"events"}
    viewer.is_reading = True
    viewer.take()
    assert viewer.messages() == [{"type": "latest", "room": "r", "values": {"likes": {"total": 1}}}]


def test_a_slow_reader_is_sent_as_few_bytes_as_the_others(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    viewer = FakeConsumer(fanout, deflate=True)
    fanout.attach(viewer, Role.VIEWER, None)
    viewer.is_reading = False
    viewer.send(b'{"type":"x","pad":"' + b"x" * 70 * KIB + b'"}')
    say(fanout, clock, 0, 100)
    assert viewer.backlog_bytes() < 100 * KIB
    assert numbers_of(viewer.messages()) == list(range(100))


def test_a_reader_that_stopped_costs_a_bounded_buffer_and_catches_up_from_the_ring(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    viewer, other = join(fanout), join(fanout)
    viewer.is_reading = False
    say(fanout, clock, 0, 70)
    assert LAG_BYTES < viewer.backlog_bytes() <= LAG_BYTES + 11 * KIB
    assert numbers_of(other.messages()) == list(range(70))
    viewer.is_reading = True
    viewer.take()
    say(fanout, clock, 70, 1)
    assert numbers_of(viewer.messages()) == list(range(71))


def test_a_replay_that_fills_the_buffer_again_goes_on_when_it_has_drained(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    viewer = join(fanout)
    viewer.is_reading = False
    say(fanout, clock, 0, 33)
    before = viewer.backlog_bytes()
    viewer.take()
    # Some 70 KiB were missing: above the first mark, and nothing is left to replay.
    assert viewer.is_paused
    assert before > LAG_BYTES > viewer.backlog_bytes() > PAUSE_BYTES
    say(fanout, clock, 33, 45)
    assert viewer.backlog_bytes() <= LAG_BYTES + 11 * KIB, "a reader that stops again is in no fast set"
    viewer.is_reading = True
    viewer.take()
    assert numbers_of(viewer.messages()) == list(range(78))


def test_who_joins_with_a_full_buffer_begins_as_a_slow_reader(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    viewer = FakeConsumer(fanout)
    viewer.is_reading = False
    viewer.send(b"x" * 2 * PAUSE_BYTES)
    viewer.writes.clear()
    fanout.attach(viewer, Role.VIEWER, None)
    say(fanout, clock, 0, 100)
    assert viewer.backlog_bytes() <= LAG_BYTES + 11 * KIB


def test_who_resumes_far_behind_gets_a_first_part_with_the_answer_and_the_rest_as_its_line_takes_it(
    clock: FakeClock,
) -> None:
    fanout = make_fanout(clock)
    say(fanout, clock, 0, 45)
    viewer = FakeConsumer(fanout)
    viewer.is_reading = False
    missed = fanout.attach(viewer, Role.VIEWER, Position(EPOCH, 0))
    assert missed is not None
    assert 0 < sum(map(len, missed)) <= ANSWER_BYTES
    assert viewer.writes == [], "nothing comes before the answer"
    most = 0
    for number in range(45, 75):
        clock.advance(200)
        fanout.publish([make_event(number, KIB)])
        most = max(most, viewer.backlog_bytes())
        viewer.take(25 * KIB)
    clock.advance(200)
    assert most <= PAUSE_BYTES + FRAME_BYTES + 11 * KIB
    assert numbers_of(viewer.messages()) == list(range(len(missed), 75)), "goes on at the answer, without a hole"


def test_no_message_of_events_takes_a_thin_line_longer_than_clients_wait(clock: FakeClock) -> None:
    """In step, late, slow, lagging, and after a resume."""
    fanout = make_fanout(clock)
    fast, slow, lagging = join(fanout), join(fanout), join(fanout)
    slow.is_reading = lagging.is_reading = False
    slow.send(b'{"type":"x","pad":"' + b"x" * 70 * KIB + b'"}')
    lagging.send(b'{"type":"x","pad":"' + b"x" * 300 * KIB + b'"}')
    fanout.publish([make_event(number, KIB) for number in range(50)])
    late = join(fanout, Position(EPOCH, 0))
    clock.advance(200)
    fanout.publish([make_event(number, KIB) for number in range(50, 100)])
    later = join(fanout, Position(EPOCH, 100))
    fanout.publish([make_event(number, KIB) for number in range(100, 150)])
    clock.advance(1_000)
    for viewer in (slow, lagging):
        viewer.is_reading = True
        viewer.take()
    for viewer in (fast, slow, lagging, late, later):
        sizes = [len(str(each)) for each in viewer.messages() if each["type"] == "events"]
        assert sizes
        assert max(sizes) <= FRAME_BYTES + 2 * KIB
    assert ANSWER_BYTES + 6 * KIB <= 7 * 26_000 // 8, "an answer too, with all that it says besides"


def test_who_lags_by_more_than_a_resume_is_sent_is_told_to_take_a_snapshot(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    viewer = join(fanout)
    viewer.is_reading = False
    say(fanout, clock, 0, 27 + CATCH_UP_BYTES // (10 * KIB))
    viewer.is_reading = True
    viewer.take()
    assert viewer.messages()[-1] == {"type": "resync", "room": "r", "reason": "ring"}


def test_totals_reach_who_is_far_behind_with_each_part_that_is_taken(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    viewer = join(fanout)
    viewer.is_reading = False
    say(fanout, clock, 0, 60)
    viewer.messages()
    for total in range(3):
        fanout.set_latest("likes", b'{"total":%d}' % total)
        viewer.take(viewer.backlog_bytes())
        assert viewer.is_paused, "still behind"
        *events, latest = viewer.messages()
        assert latest["values"] == {"likes": {"total": total}}
        assert {each["type"] for each in events} == {"events"}
    assert viewer.backlog_bytes() <= PAUSE_BYTES + FRAME_BYTES + 11 * KIB


def test_a_room_does_not_go_on_while_another_fills_the_buffer_again(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    viewer = join(fanout)
    viewer.is_reading = False
    say(fanout, clock, 0, 7)
    assert viewer.is_paused
    fanout.resume(viewer)
    say(fanout, clock, 7, 60)
    assert viewer.backlog_bytes() <= LAG_BYTES + 11 * KIB
    viewer.is_reading = True
    viewer.take()
    assert numbers_of(viewer.messages()) == list(range(67))


def test_who_comes_between_a_total_and_its_flush_gets_the_total(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    fanout.publish([make_event(0)])
    viewer = join(fanout)
    fanout.set_latest("likes", b'{"total":7}')
    clock.advance(0)
    assert viewer.messages() == [{"type": "latest", "room": "r", "values": {"likes": {"total": 7}}}]


def test_who_is_paused_during_a_volley_is_still_reached_by_it(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(volley_module, "CHUNK", 1)
    fanout = make_fanout(clock)
    viewers = [join(fanout) for _ in range(4)]

    def pause_the_others(data: bytes) -> None:
        for viewer in viewers:
            fanout.pause(viewer)

    for viewer in viewers:
        viewer.before_write = pause_the_others
    fanout.publish([make_event(0)])
    clock.advance(0)
    assert [numbers_of(viewer.messages()) for viewer in viewers] == [[0]] * 4
    for viewer in viewers:
        viewer.before_write = lambda data: None
    fanout.publish([make_event(1)])
    clock.advance(1_000)
    assert [numbers_of(viewer.messages()) for viewer in viewers] == [[1]] * 4


def test_who_leaves_during_a_volley_hears_nothing_more(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volley_module, "CHUNK", 1)
    fanout = make_fanout(clock)
    viewers = [join(fanout) for _ in range(5)]

    def end_all(data: bytes) -> None:
        for viewer in viewers:
            fanout.detach(viewer)

    for viewer in viewers:
        viewer.before_write = end_all
    fanout.publish([make_event(0)])
    clock.advance(0)
    assert sum(len(viewer.writes) for viewer in viewers) == 1, "the one that was written to when they left"


def test_a_reader_behind_the_ring_is_told_to_resync_and_then_left_alone(clock: FakeClock) -> None:
    fanout = make_fanout(clock, ring=Ring(max_events=20))
    viewer = join(fanout)
    viewer.is_reading = False
    say(fanout, clock, 0, 60)
    viewer.is_reading = True
    viewer.take()
    *_, last = viewer.messages()
    assert last == {"type": "resync", "room": "r", "reason": "ring"}
    say(fanout, clock, 60, 3)
    fanout.set_latest("likes", b'{"total":1}')
    clock.advance(500)
    assert viewer.messages() == []
    assert fanout.attach(viewer, Role.VIEWER, Position(EPOCH, 61)) is not None
    say(fanout, clock, 63, 1)
    assert 63 in numbers_of(viewer.messages())


def test_a_new_epoch_tells_everybody_to_resync_and_says_nothing_of_the_old_one(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    viewer = join(fanout)
    fanout.publish([make_event(0)])
    fanout.replace(Position("e2", 7))
    clock.advance(1_000)
    assert viewer.messages() == [{"type": "resync", "room": "r", "reason": "epoch"}]
    assert fanout.attach(viewer, Role.VIEWER, Position(EPOCH, 1)) is None
    fanout.publish([make_event(1)])
    clock.advance(1_000)
    [message] = viewer.messages()
    assert message["seq"] == 8


@pytest.mark.parametrize("pace", ["fast", "late", "slow", "lagging"])
def test_a_transport_that_fails_does_not_stop_the_others(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, pace: str
) -> None:
    fanout = make_fanout(clock)
    before, broken, after = join(fanout), FakeConsumer(fanout), FakeConsumer(fanout)
    if pace == "late":
        fanout.publish([make_event(0)])
    fanout.attach(broken, Role.VIEWER, None)
    fanout.attach(after, Role.VIEWER, None)
    if pace in ("slow", "lagging"):
        broken.is_reading = False
        broken.send(b"x" * (70 if pace == "slow" else 300) * KIB)
    broken.is_broken = True
    fanout.publish([make_event(1)])
    clock.advance(200)
    if pace == "lagging":
        broken.take()
    fanout.publish([make_event(2)])
    clock.advance(200)
    assert numbers_of(before.messages())[-2:] == [1, 2]
    assert numbers_of(after.messages()) == [1, 2]
    assert "a write failed" in caplog.text


def test_only_staff_is_found_by_role(clock: FakeClock) -> None:
    fanout = make_fanout(clock)
    people = {role: FakeConsumer(fanout) for role in Role}
    for role, consumer in people.items():
        fanout.attach(consumer, role, None)
    assert fanout.staff(frozenset({Role.HOST, Role.MODERATOR})) == [people[Role.HOST], people[Role.MODERATOR]]
    fanout.detach(people[Role.HOST])
    assert fanout.staff(frozenset({Role.HOST})) == []
