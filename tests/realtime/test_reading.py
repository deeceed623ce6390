"""Whoever is behind in a room is heard all the same; whoever does not read is not read either."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from liveroom.realtime.backpressure import ASKED_BYTES, ASKED_MOST_BYTES
from liveroom.realtime.hub import Hub
from liveroom.realtime.identity import Identity, Role
from liveroom.realtime.member import LAG_BYTES, PAUSE_BYTES, Pace
from liveroom.realtime.phase import Phase
from tests.realtime.consumers import FrameReader
from tests.realtime.gateways import make_gateway, make_line
from tests.realtime.rooms import make_event, make_fanout
from tests.support.clock import FakeClock
from tests.support.raw_socket import PING, make_frame, make_text

KIB = 1024
STEP_MS = 100


PING_FRAME = make_text({"type": "ping", "id": 1})


def test_a_ping_of_a_line_that_never_catches_up_is_answered(clock: FakeClock) -> None:
    """The room says 60 kB/s, the line carries 40."""
    gateway, talk = make_gateway(clock)
    fanout = make_fanout(clock)
    gateway.hub = cast(Hub, SimpleNamespace(get=lambda room: fanout, sweep=lambda: None))
    line = make_line(gateway)
    line.connection.rooms = ("r",)
    fanout.attach(line.connection, Role.VIEWER, None)
    number = 0
    most_behind, lagging_s = 0, 0.0
    for step in range(400):
        fanout.publish([make_event(number + index, KIB) for index in range(6)])
        number += 6
        clock.advance(STEP_MS)
        line.carry(4_000)
        if step % 10 == 0:
            asked = talk.heard
            line.bring(PING_FRAME)
            assert talk.heard == asked + 1, f"not read after {step * STEP_MS / 1000} s"
        most_behind = max(most_behind, line.backlog)
        lagging_s += STEP_MS / 1000 * (fanout.members[line.connection].pace is Pace.LAGGING)
    assert lagging_s > 10, "the test says nothing"
    assert most_behind <= LAG_BYTES + 20 * KIB
    reader = FrameReader()
    pongs = [each for each in reader.read(line.written) if each["type"] == "pong"]
    assert len(pongs) == talk.heard


@pytest.mark.parametrize("phase", [Phase.ARRIVED, Phase.OPEN])
@pytest.mark.parametrize(
    ("frame", "answer_bytes"), [(PING_FRAME, 2_000), (PING_FRAME, 20_000), (make_frame(PING, b"x" * 125), 0)]
)
def test_a_peer_that_asks_and_does_not_read_is_soon_not_read(
    clock: FakeClock, phase: Phase, frame: bytes, answer_bytes: int
) -> None:
    gateway, _ = make_gateway(clock, answer_bytes)
    line = make_line(gateway, phase)
    for _ in range(80):
        line.bring(*[frame] * 20)
        clock.advance(1_000)
    assert not line.is_reading
    assert line.backlog <= PAUSE_BYTES + ASKED_BYTES + 2 * answer_bytes + KIB


def test_who_takes_a_little_but_never_drains_its_buffer_is_not_read_on(clock: FakeClock) -> None:
    """Enough for not to be closed: more than 16 KiB in 5 s."""
    gateway, _ = make_gateway(clock, 2_000)
    line = make_line(gateway, Phase.CONNECTING)
    line.connection.transport.pause_reading()
    line.connection.send(b"x" * 200 * KIB)
    line.connection.open(cast(Identity, None))
    most = 0
    for _ in range(30):
        line.bring(*[PING_FRAME] * 20)
        line.carry(4 * KIB)
        most = max(most, line.backlog)
    assert most <= 200 * KIB + ASKED_BYTES + 3 * KIB


def test_a_buffer_that_has_drained_lets_its_peer_ask_again(clock: FakeClock) -> None:
    gateway, talk = make_gateway(clock, 2_000)
    line = make_line(gateway)
    line.bring(*[PING_FRAME] * 200)
    before = talk.heard
    assert before < 200
    line.carry(line.backlog)
    assert talk.heard > before
    while line.backlog:
        line.carry(line.backlog)
    assert talk.heard == 200


def test_answers_to_what_had_been_read_already_are_bounded_too(clock: FakeClock) -> None:
    """A hundred commands under way, each answered with 20 KiB after reading has stopped."""
    gateway, _ = make_gateway(clock)
    line = make_line(gateway)
    for _ in range(100):
        line.connection.send(b"x" * 20 * KIB)
    assert line.connection.phase is Phase.CLOSING
    assert line.connection.close_code == 4100
    assert line.backlog <= PAUSE_BYTES + ASKED_MOST_BYTES + 3 * 20 * KIB


def test_who_fills_its_buffer_before_connect_and_stops_reading_is_closed(clock: FakeClock) -> None:
    gateway, _ = make_gateway(clock, 2_000)
    line = make_line(gateway, Phase.ARRIVED)
    line.bring(*[PING_FRAME] * 60)
    assert line.connection.is_paused
    line.connection.phase = Phase.OPEN
    gateway.start()
    clock.advance(7_000)
    gateway.stop()
    assert line.connection.close_code == 4100


def test_who_was_closed_before_connect_was_answered_stays_closed(clock: FakeClock) -> None:
    gateway, _ = make_gateway(clock)
    line = make_line(gateway, Phase.CONNECTING)
    line.connection.abort()
    line.connection.connection_lost(None)
    line.connection.open(cast(Identity, None))
    assert line.connection.phase is Phase.CLOSED
