"""A connection that ends, or asks twice, while its join is under way leaves nobody behind in the room."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from liveroom.realtime import entrance
from liveroom.rooms.storage.exclusions import What
from tests.support.raw_socket import RawSocket, connect, open_socket
from tests.support.time_machine import TimeMachine, running_time_machine

ROOM = "slow"
PATIENCE_S = 60.0


class Gate:
    """Holds every join at the store until it is opened."""

    def __init__(self, machine: TimeMachine) -> None:
        self._machine = machine
        self._open: asyncio.Event | None = None
        self._find = machine.node.store.past_visits
        self.is_reached = threading.Event()
        self.is_passed = threading.Event()

    async def past_visits(self, room: str, user_id: str) -> Any:
        """The store's answer, late."""
        self._open = self._open or asyncio.Event()
        self.is_reached.set()
        await self._open.wait()
        try:
            return await self._find(room, user_id)
        finally:
            self._machine.loop.call_soon(self.is_passed.set)

    def open(self) -> None:
        """Let them go on."""
        assert self._open is not None
        self._machine.loop.call_soon_threadsafe(self._open.set)


@pytest.fixture
def machine() -> Iterator[TimeMachine]:
    """A server with one live room."""
    with running_time_machine() as machine:
        headers = {"Authorization": f"Bearer {machine.token('op', role='operator')}"}
        with httpx.Client(
            base_url=f"http://127.0.0.1:{machine.port}/api/v1", headers=headers, timeout=PATIENCE_S
        ) as http:
            assert http.post("/rooms", json={"id": ROOM, "title": "t", "host": {"id": "h", "name": "h"}}).is_success
            assert http.post(f"/rooms/{ROOM}/go_live").is_success
        yield machine


@pytest.fixture
def gate(machine: TimeMachine, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """The store answers when the test says so, and a join waits for that."""
    monkeypatch.setattr(entrance, "STEP_S", PATIENCE_S)
    gate = Gate(machine)
    monkeypatch.setattr(machine.node.store, "past_visits", gate.past_visits)
    return gate


def ask(machine: TimeMachine, look: Callable[[], tuple[int, int]]) -> tuple[int, int]:
    """Look at the server's state on its own thread."""

    async def answer() -> tuple[int, int]:
        return look()

    return asyncio.run_coroutine_threadsafe(answer(), machine.loop).result(PATIENCE_S)


def come_to(machine: TimeMachine, gate: Gate, look: Callable[[], int], wanted: int) -> None:
    """Wait until what was held has gone through to its end, and the server's state is as wanted."""
    assert gate.is_passed.wait(PATIENCE_S)
    until = time.monotonic() + PATIENCE_S
    while (found := ask(machine, lambda: (len(machine.node.dialogue._entrance._tasks), look()))) != (0, wanted):
        assert time.monotonic() < until, found


def present(machine: TimeMachine) -> int:
    """How many people are counted into the room."""
    actor = machine.node.rooms.open_rooms.get(ROOM)
    assert actor is not None
    return sum(viewer.visit.left_at_ms is None for viewer in actor.room.attendance.viewers.values())


def members(machine: TimeMachine) -> int:
    """How many connections hear the room."""
    fanout = machine.node.hub.get(ROOM)
    return len(fanout.members) if fanout is not None else 0


def test_a_connection_closed_during_its_join_is_counted_out(machine: TimeMachine, gate: Gate) -> None:
    """A ban strikes while the store is asked: the join ends afterwards, for nobody."""
    with open_socket(machine.port) as raw:
        raw.say(id=1, type="connect", token=machine.token("cut"), rooms={ROOM: {}})
        assert gate.is_reached.wait(PATIENCE_S)
        banned = machine.node.doorkeeper.put(What.USER, "cut", "op", machine.clock.now_ms() + 60_000)
        asyncio.run_coroutine_threadsafe(banned, machine.loop)
        assert raw.read_close()[0] == 4403
        gate.open()
        come_to(machine, gate, lambda: members(machine), 0)
        come_to(machine, gate, lambda: present(machine), 0)


@pytest.mark.parametrize("leave", [RawSocket.reset, lambda raw: raw.socket.close()])
def test_a_peer_that_vanishes_during_its_join_is_counted_out(
    machine: TimeMachine, gate: Gate, leave: Callable[[RawSocket], None]
) -> None:
    """Nothing is read meanwhile, so its end is noticed only afterwards."""
    raw = open_socket(machine.port)
    raw.say(id=1, type="connect", token=machine.token("gone"), rooms={ROOM: {}})
    assert gate.is_reached.wait(PATIENCE_S)
    leave(raw)
    gate.open()
    come_to(machine, gate, lambda: members(machine), 0)
    come_to(machine, gate, lambda: present(machine), 0)


def test_two_joins_under_way_count_once(machine: TimeMachine, gate: Gate) -> None:
    """A client that asks twice for the same room leaves it with one departure."""
    with connect(machine.port, machine.token("twice")) as raw:
        raw.say(id=2, type="room.join", room=ROOM)
        raw.say(id=3, type="room.join", room=ROOM)
        assert gate.is_reached.wait(PATIENCE_S)
        gate.open()
        assert {raw.hear("ack")["id"], raw.hear("ack")["id"]} == {2, 3}
        come_to(machine, gate, lambda: present(machine), 1)
        raw.say(id=4, type="room.leave", room=ROOM)
        assert raw.hear("ack")["id"] == 4
        come_to(machine, gate, lambda: present(machine), 0)


def test_a_join_the_store_does_not_answer_is_given_up(
    machine: TimeMachine, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`unavailable`, retryable, in the place of the room; the connection itself is open."""
    monkeypatch.setattr(entrance, "STEP_S", 0.2)
    with open_socket(machine.port) as raw:
        raw.say(id=1, type="connect", token=machine.token("patient"), rooms={ROOM: {}})
        answer = raw.hear("connected")["rooms"][ROOM]["error"]
        assert (answer["code"], answer["retryable"]) == ("unavailable", True)
        raw.say(id=2, type="ping")
        assert raw.hear("pong")["id"] == 2
        gate.open()
