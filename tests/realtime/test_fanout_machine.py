"""Whatever happens in a room, everybody in step hears every event once and in order, and nobody costs too much.

Random rooms against a client that forgives nothing: a hole, a double, a frame after leaving, or a byte written on a
full buffer fails at once. Marks, chunks and frames are small here, so that few bytes reach all paths.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from liveroom.realtime import fanout as fanout_module
from liveroom.realtime import volley as volley_module
from liveroom.realtime.backplane.base import Position
from liveroom.realtime.identity import Role
from liveroom.realtime.ring import Ring
from tests.realtime.consumers import FakeConsumer
from tests.realtime.rooms import EPOCH, make_event, make_fanout
from tests.support.clock import FakeClock

HIGH, LOW, LAG = 500, 120, 1_600
CLIENTS = 5
RING_EVENTS = 40
MACHINE = settings(
    max_examples=400, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


class OneByOneClock(FakeClock):
    """Also runs a single timer, so that other things can happen between two chunks of a volley."""

    def run_one(self) -> None:
        """Run the next timer if it is due now."""
        while self._timers and self._timers[0][0] <= self._elapsed_us:
            _, _, timer = self._timers.pop(0)
            self._timers.sort()
            if not timer.cancelled:
                timer.callback()
                return


class Client:
    """A viewer who checks every frame."""

    def __init__(self, consumer: FakeConsumer, deflate: bool) -> None:
        self.consumer = consumer
        self.is_member = False
        self.is_lost = False
        self.position: Position | None = None
        self.values: dict[str, Any] = {}
        consumer.deflate = deflate
        consumer.before_write = self._check_write

    def _check_write(self, data: bytes) -> None:
        assert self.is_member, "written to somebody who is not here"
        if b'"resync"' not in data:
            assert self.consumer.backlog_bytes() <= LAG, "written on a full buffer"

    def hear(self, said: dict[str, list[bytes]]) -> None:
        """Read what was written and check it against what was said."""
        for message in self.consumer.messages():
            if message["type"] == "resync":
                self.is_lost = True
            elif message["type"] == "latest":
                assert not self.is_lost
                self.values |= message["values"]
            elif message["type"] == "events":
                assert not self.is_lost, "events after resync"
                self._hear_events(message, said)

    def _hear_events(self, message: dict[str, Any], said: dict[str, list[bytes]]) -> None:
        assert self.position is not None
        first = message["seq"] - len(message["events"]) + 1
        assert first == self.position.seq + 1, f"at {self.position.seq} came {first}"
        expected = said[self.position.epoch][first - 1 : message["seq"]]
        assert message["events"] == [orjson.loads(payload) for payload in expected]
        self.position = Position(self.position.epoch, message["seq"])


class FanoutMachine(RuleBasedStateMachine):
    """Everything that can happen to one room of one process."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = OneByOneClock()
        self.clock.advance(1_000)
        ring = Ring(max_events=RING_EVENTS, max_bytes=6_000)
        self.fanout = make_fanout(self.clock, ring=ring)
        self.said: dict[str, list[bytes]] = {EPOCH: []}
        self.clients: list[Client] = []
        self.number = 0

    @initialize(deflated=st.lists(st.booleans(), min_size=CLIENTS, max_size=CLIENTS))
    def make_clients(self, deflated: list[bool]) -> None:
        for deflate in deflated:
            consumer = FakeConsumer(self.fanout, high=HIGH, low=LOW)
            self.clients.append(Client(consumer, deflate))
        for client in self.clients[:3]:
            self._join(client, None)

    def _hear(self) -> None:
        for client in self.clients:
            client.hear(self.said)

    def _join(self, client: Client, after: Position | None) -> None:
        self._hear()
        client.is_member = True
        missed = self.fanout.attach(client.consumer, Role.VIEWER, after, self.number % 2 * 700)
        position = self.fanout.position
        if missed is not None:
            assert after is not None
            all_missed = self.said[position.epoch][after.seq : position.seq]
            assert missed == all_missed[: len(missed)], "not what was missed"
            assert missed or not all_missed
            position = Position(position.epoch, after.seq + len(missed))
        client.position = position
        client.values = {kind: orjson.loads(value) for kind, value in self.fanout.values.items()}
        client.is_lost = False

    @rule(sizes=st.lists(st.integers(0, 400), min_size=1, max_size=12), vital=st.booleans())
    def publish(self, sizes: list[int], vital: bool) -> None:
        events = [make_event(self.number + index, size, vital=vital) for index, size in enumerate(sizes)]
        self.number += len(events)
        self.said[self.fanout.epoch] += [event.payload for event in events]
        self.fanout.publish(events)
        self._hear()

    @rule(counts=st.lists(st.integers(1, 3), min_size=1, max_size=6), ms=st.sampled_from([0, 5, 150]))
    def talk(self, counts: list[int], ms: int) -> None:
        """Several flushes in a row, which is what fills buffers."""
        for count in counts:
            self.publish([120] * count, vital=False)
            self.clock.advance(ms)
        self._hear()

    @rule(latest=st.booleans())
    def begin_volley(self, latest: bool) -> None:
        """Whatever comes next finds a volley under way."""
        if latest:
            self.clock.advance(200)
            self.set_latest("likes")
        self.publish([100], vital=True)
        self.clock.run_one()
        self._hear()

    @rule(who=st.integers(0, CLIENTS - 1), size=st.integers(0, 700))
    def tell_privately(self, who: int, size: int) -> None:
        """Something else is written to the same connection."""
        client = self.clients[who]
        if client.is_member and not client.consumer.is_broken and client.consumer.backlog_bytes() <= LAG:
            client.consumer.send(orjson.dumps({"type": "private", "pad": "x" * size}))

    @rule(kind=st.sampled_from(["likes", "audience"]))
    def set_latest(self, kind: str) -> None:
        self.number += 1
        self.fanout.set_latest(kind, orjson.dumps({"total": self.number}))
        self._hear()

    @rule(who=st.integers(0, CLIENTS - 1), with_position=st.booleans())
    def join(self, who: int, with_position: bool) -> None:
        client = self.clients[who]
        client.hear(self.said)
        self._join(client, client.position if with_position else None)

    @rule(who=st.integers(0, CLIENTS - 1))
    def leave(self, who: int) -> None:
        client = self.clients[who]
        client.hear(self.said)
        self.fanout.detach(client.consumer)
        client.is_member = False

    @rule(who=st.integers(0, CLIENTS - 1))
    def stop_reading(self, who: int) -> None:
        self.clients[who].consumer.is_reading = False

    @rule()
    def all_but_one_stop_reading(self) -> None:
        for client in self.clients[1:]:
            client.consumer.is_reading = False

    @rule(who=st.integers(0, CLIENTS - 1), size=st.integers(1, 3_000))
    def read_a_little(self, who: int, size: int) -> None:
        self.clients[who].consumer.take(size)
        self._hear()

    @rule(who=st.integers(0, CLIENTS - 1))
    def read_on(self, who: int) -> None:
        consumer = self.clients[who].consumer
        consumer.is_reading = True
        consumer.take()
        self._hear()

    @rule(who=st.integers(0, CLIENTS - 1))
    def break_transport(self, who: int) -> None:
        self.clients[who].consumer.is_broken = True

    @precondition(lambda self: any(client.consumer.is_broken for client in self.clients))
    @rule()
    def lose_broken(self) -> None:
        for client in self.clients:
            if client.consumer.is_broken:
                self.fanout.detach(client.consumer)
                client.is_member = False
                client.consumer.is_broken = False

    @rule()
    def run_one_timer(self) -> None:
        self.clock.run_one()
        self._hear()

    @rule(ms=st.sampled_from([0, 1, 5, 40, 150, 200, 1_000]))
    def wait(self, ms: int) -> None:
        self.clock.advance(ms)
        self._hear()

    @rule()
    def start_epoch(self) -> None:
        epoch = f"e{len(self.said) + 1}"
        self.said[epoch] = [b"{}"] * (self.number % 5)
        self.fanout.replace(Position(epoch, len(self.said[epoch])))
        self._hear()
        for client in self.clients:
            assert client.is_lost or not client.is_member or client.consumer.is_broken

    @rule()
    def come_to_rest(self) -> None:
        """Everybody reads on and time passes: who is here, not lost and not broken has everything."""
        for _ in range(2):
            for client in self.clients:
                client.consumer.is_reading = True
                client.consumer.take()
            self.clock.advance(1_000)
        self._hear()
        values = {kind: orjson.loads(value) for kind, value in self.fanout.values.items()}
        for client in self.clients:
            if client.is_member and not client.is_lost and not client.consumer.is_broken:
                assert client.position == self.fanout.position
                assert client.values == values

    def teardown(self) -> None:
        if self.clients:
            self.come_to_rest()


@contextmanager
def _small_marks(patch: pytest.MonkeyPatch) -> Iterator[None]:
    with patch.context() as marks:
        marks.setattr(volley_module, "CHUNK", 2)
        marks.setattr(volley_module, "FRAME_BYTES", 900)
        marks.setattr(fanout_module, "PAUSE_BYTES", HIGH)
        marks.setattr(fanout_module, "LAG_BYTES", LAG)
        marks.setattr(fanout_module, "FRAME_BYTES", 900)
        marks.setattr(fanout_module, "CATCH_UP_BYTES", 4_000)
        yield


def test_nobody_in_step_misses_or_doubles_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    with _small_marks(monkeypatch):
        run_state_machine_as_test(FanoutMachine, settings=MACHINE)
