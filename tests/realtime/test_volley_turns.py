"""A flush shares the loop: small parts while it has little else to do, larger ones while its turns are long."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import cast

import pytest

from liveroom.realtime.clock import Clock
from liveroom.realtime.member import Consumer
from liveroom.realtime.telemetry import NullTelemetry
from liveroom.realtime.volley import CHUNK, MOST_CHUNKS, Volley
from tests.realtime.rooms import make_event

WRITE_S = 0.00001


class BusyLoop:
    """A clock on which every write takes `WRITE_S`, and every turn of the loop as long as a test wants."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.waiting: list[Callable[[], object]] = []

    def monotonic_s(self) -> float:
        """Seconds."""
        return self.now_s

    cpu_s = monotonic_s

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> None:
        """For the next turn."""
        self.waiting.append(callback)


class Viewer:
    """Counts what is written to it."""

    deflate = False

    def __init__(self, loop: BusyLoop) -> None:
        self.loop = loop
        self.writes = 0

    def write(self, data: bytes) -> None:
        """A system call."""
        self.loop.now_s += WRITE_S
        self.writes += 1


def fly(other_s: float, viewers: int) -> tuple[list[int], float]:
    """How many are written to in each turn while the loop does `other_s` of other work between, and the cost told."""
    loop = BusyLoop()
    costs: list[float] = []
    volley = Volley("r", cast(Clock, loop), NullTelemetry(), lambda started_s, cost_s: costs.append(cost_s))
    crowd = [Viewer(loop) for _ in range(viewers)]
    for viewer in crowd:
        volley.add(cast(Consumer, viewer))
    volley.load([make_event(0)])
    turns = [0]
    volley.fire(1, {}, loop.now_s)
    turns.append(sum(viewer.writes for viewer in crowd))
    while loop.waiting:
        loop.now_s += other_s
        loop.waiting.pop()()
        turns.append(sum(viewer.writes for viewer in crowd))
    assert all(viewer.writes == 1 for viewer in crowd)
    return [after - before for before, after in pairwise(turns)], costs[0]


def test_a_loop_with_little_else_to_do_has_its_turn_after_every_part() -> None:
    turns, cost_s = fly(CHUNK * WRITE_S / 2, 5 * CHUNK + 1)
    assert turns == [CHUNK] * 5 + [1]
    assert cost_s == pytest.approx((5 * CHUNK + 1) * WRITE_S)


def test_a_loop_whose_turns_are_long_gets_larger_parts() -> None:
    turns, cost_s = fly(0.050, 10 * CHUNK)
    assert turns == [CHUNK, 2 * CHUNK, MOST_CHUNKS * CHUNK, 3 * CHUNK]
    assert cost_s == pytest.approx(10 * CHUNK * WRITE_S), "what the loop does meanwhile is not its cost"


def test_the_last_part_is_not_followed_by_an_empty_turn() -> None:
    assert fly(0.050, CHUNK - 1)[0] == [CHUNK - 1]
