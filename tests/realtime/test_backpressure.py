"""Who must go because of a full buffer: whoever takes less than the least, and nobody for a thin line."""

from __future__ import annotations

from typing import Any, cast

import pytest

from liveroom.realtime.backpressure import Backpressure
from liveroom.realtime.codes import CloseCode
from liveroom.realtime.connection import Connection
from liveroom.realtime.passage import LEAST_BYTES
from liveroom.realtime.telemetry import NullTelemetry
from tests.support.clock import FakeClock

SLOW_CLOSE_S = 5
FULL_BYTES = 600 * 1024


class Peer:
    """As much of a connection as is looked at; `read` is what the other end does."""

    def __init__(self, pressure: Backpressure, full_bytes: int = FULL_BYTES) -> None:
        self.transport = self
        self.fed_bytes = full_bytes
        self.unread_bytes = full_bytes
        self.closed: CloseCode | None = None
        self._pressure = pressure
        pressure.begin(cast(Connection, self))

    def get_extra_info(self, name: str) -> Any:
        return None

    def backlog_bytes(self) -> int:
        return self.unread_bytes

    def read(self, size: int) -> None:
        self.unread_bytes -= min(size, self.unread_bytes)

    def feed(self, size: int) -> None:
        self.fed_bytes += size
        self.unread_bytes += size

    def close(self, code: CloseCode, reason: str = "", retry_after_ms: int | None = None) -> None:
        self.closed = code
        self._pressure.end(cast(Connection, self))


@pytest.fixture
def pressure(clock: FakeClock) -> Backpressure:
    return Backpressure(clock, NullTelemetry(), SLOW_CLOSE_S)


def live_through(clock: FakeClock, pressure: Backpressure, peer: Peer, seconds: int, read: int, fed: int = 0) -> int:
    """Seconds until the peer is closed, at most those given."""
    for second in range(1, seconds + 1):
        peer.feed(fed)
        peer.read(read)
        clock.advance(1_000)
        pressure.sweep()
        if peer.closed is not None:
            return second
    return seconds


def test_a_peer_that_takes_nothing_is_closed_with_4100_and_not_a_moment_before(
    clock: FakeClock, pressure: Backpressure
) -> None:
    peer = Peer(pressure)
    clock.advance(SLOW_CLOSE_S * 1_000 - 1)
    pressure.sweep()
    assert peer.closed is None
    clock.advance(1)
    pressure.sweep()
    assert peer.closed is CloseCode.SLOW_CONSUMER


def test_a_thin_line_that_goes_on_reading_is_not_closed(clock: FakeClock, pressure: Backpressure) -> None:
    """200 kbit/s: half a megabyte takes it 20 s."""
    peer = Peer(pressure)
    live_through(clock, pressure, peer, 24, 25_000)
    assert peer.closed is None
    assert peer.unread_bytes < 16_384


def test_a_line_that_carries_just_what_the_room_says_is_not_closed(clock: FakeClock, pressure: Backpressure) -> None:
    """Its buffer stays as full as it is, and all of it is new every few seconds."""
    peer = Peer(pressure, 100 * 1024)
    live_through(clock, pressure, peer, 600, read=20_000, fed=20_000)
    assert peer.closed is None


@pytest.mark.parametrize("read", [1, (LEAST_BYTES - 1) // SLOW_CLOSE_S])
def test_a_few_bytes_now_and_then_do_not_hold_the_memory(clock: FakeClock, pressure: Backpressure, read: int) -> None:
    peer = Peer(pressure)
    assert live_through(clock, pressure, peer, 60, read) == SLOW_CLOSE_S
    assert peer.closed is CloseCode.SLOW_CONSUMER


def test_who_stops_in_the_middle_is_closed_in_the_same_time(clock: FakeClock, pressure: Backpressure) -> None:
    peer = Peer(pressure)
    live_through(clock, pressure, peer, 10, 25_000)
    assert live_through(clock, pressure, peer, 60, 0) == SLOW_CLOSE_S


def test_what_was_written_past_the_count_is_not_charged_to_the_peer(clock: FakeClock, pressure: Backpressure) -> None:
    peer = Peer(pressure)
    peer.unread_bytes += 300_000
    live_through(clock, pressure, peer, 12, 5_000)
    assert peer.closed is None


def test_a_buffer_that_has_drained_is_looked_at_no_more(clock: FakeClock, pressure: Backpressure) -> None:
    peer = Peer(pressure)
    pressure.end(cast(Connection, peer))
    live_through(clock, pressure, peer, 60, 0)
    assert peer.closed is None
