"""Addresses of the worker, and lines that are slow, fail or end: nobody is cut off who is there, and nothing is left
over."""

from __future__ import annotations

import asyncio
import logging
import os
from types import SimpleNamespace
from typing import Any

import pytest
from aioice.stun import Class, Message, Method

from liveroom.realtime.media.errors import MediaOverloaded
from liveroom.realtime.media.events import Closed, Ended, MediaEvent
from liveroom.realtime.media.places import Person
from liveroom.realtime.media.sfu.connection import PINGS, MediaConnection
from liveroom.realtime.media.sfu.house import Conditions, House
from liveroom.realtime.media.sfu.ice_port import ANSWER_S, CONSENT_S, Ice, Reach
from tests.media.streams import offer
from tests.support.fast_loop import run_fast
from tests.support.ports import free_port

FOREIGN = "203.0.113.9"
PASSWORD = "p" * 24


class Far:
    """A peer that answers checks after a while, with its password."""

    def __init__(self, rtt_s: float, password: str = PASSWORD) -> None:
        self.rtt_s: float | None = rtt_s
        self.transactions: dict[bytes, Any] = {}
        self._password = password
        self.asked = 0

    def send_stun(self, message: Message, addr: object) -> None:
        self.asked += 1
        if self.rtt_s is not None:
            asyncio.get_running_loop().call_later(self.rtt_s, self._answer, message.transaction_id)

    def _answer(self, number: bytes) -> None:
        answer = Message(message_method=Method.BINDING, message_class=Class.RESPONSE, transaction_id=number)
        answer.add_message_integrity(self._password.encode())
        if number in self.transactions:
            self.transactions[number].response_received(answer, ("127.0.0.1", 1))


def _connect(far: Far) -> Ice:
    ice = Ice(Reach(), lambda data: None)
    ice.remote_username, ice.remote_password = "ufrag", PASSWORD
    pair: Any = SimpleNamespace(component=1, protocol=far, remote_addr=("127.0.0.1", 1))
    ice._nominated[1] = pair
    return ice


@pytest.mark.parametrize("rtt_s", [0.05, 0.7, 1.5])
def test_a_slow_line_is_kept_and_its_round_trip_is_known(rtt_s: float) -> None:
    async def talk() -> None:
        far = Far(rtt_s)
        ice = _connect(far)
        consent = asyncio.create_task(ice.query_consent())
        assert await ice.ping() == pytest.approx(rtt_s)
        done, _ = await asyncio.wait([consent], timeout=600)
        assert not done
        assert not far.transactions or len(far.transactions) == 1
        consent.cancel()

    run_fast(talk())


@pytest.mark.parametrize("password", [PASSWORD, "x" * 24])
def test_who_does_not_answer_or_not_as_himself_is_not_sent_to(password: str) -> None:
    async def talk() -> None:
        far = Far(0.05, password)
        if password == PASSWORD:
            far.rtt_s = None
        ice, loop = _connect(far), asyncio.get_running_loop()
        began_s = loop.time()
        assert await ice.ping() is None
        assert loop.time() - began_s == pytest.approx(ANSWER_S)
        assert not far.transactions
        began_s = loop.time()
        await ice.query_consent()
        assert CONSENT_S <= loop.time() - began_s < CONSENT_S + 10
        assert ice._closed

    run_fast(talk())


def _sockets() -> int:
    return sum(os.path.basename(os.readlink(f"/proc/self/fd/{fd}")).startswith("socket:") for fd in _open_files())


def _open_files() -> list[str]:
    return [fd for fd in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{fd}")]


async def test_a_refused_offer_leaves_no_socket() -> None:
    port = free_port()
    house = House(Conditions(Reach(("127.0.0.1", "127.0.0.1"), ports=(port, port))), lambda event: None)
    before = _sockets()
    for _ in range(5):
        with pytest.raises(MediaOverloaded):
            await house.answer(Person("r", "u"), "m_1", offer())
    assert _sockets() == before
    assert house.count == 0


async def test_an_address_that_is_gone_is_left_out_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    reach = Reach((FOREIGN, "127.0.0.1"), ("198.51.100.1", "198.51.100.2"))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            ice = Ice(reach, lambda data: None)
            await ice.gather_candidates()
            assert [candidate.host for candidate in ice.local_candidates] == ["198.51.100.2"]
            await ice.close()
    assert len(caplog.records) == 1
    with pytest.raises(MediaOverloaded):
        await Ice(Reach((FOREIGN,)), lambda data: None).gather_candidates()


async def test_checks_that_wait_for_an_answer_are_few() -> None:
    house = House(Conditions(Reach()), lambda event: None)
    await house.answer(Person("r", "u"), "m_1", offer())
    (connection,) = house._connections.values()
    never = asyncio.Event()

    async def ping() -> None:
        await never.wait()

    connection._transport.ping = ping  # type: ignore[method-assign]
    for step in range(50):
        connection.look_alive(connection._now_s() + 2 + step)
    assert len(connection._pings) == PINGS
    await house.stop()


def _fail(*given: object) -> None:
    raise RuntimeError("no way on")


async def test_a_connection_that_fails_is_ended_and_the_others_are_looked_after(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[MediaEvent] = []
    house = House(Conditions(Reach()), told.append)
    for name in ("bad", "good"):
        await house.answer(Person("r", name), name, offer())
        house._standing.add(name)
    bad, good = (house._connections[name] for name in ("bad", "good"))
    ticks: list[float] = []
    for chore in ("tick", "look", "report"):
        setattr(bad.peer, chore, _fail)
        setattr(good.peer, chore, ticks.append)
    with caplog.at_level(logging.ERROR):
        house._repair(1.0)
        house._look(2.0)
        house._report(3.0)
    assert ticks == [1.0, 2.0, 3.0]
    assert [event for event in told if isinstance(event, Closed)] == [Closed("r", "bad", "bad", Ended.LOST)]
    assert len(caplog.records) == 1
    await house.stop()


async def test_handshakes_that_fail_in_an_unknown_way_end_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    async def connect(connection: MediaConnection) -> bool:
        raise ValueError("no certificate as anybody knows it")

    monkeypatch.setattr(MediaConnection, "connect", connect)
    told: list[MediaEvent] = []
    house = House(Conditions(Reach()), told.append)
    before = _sockets()
    for number in range(3):
        await house.answer(Person("r", "u"), f"m_{number}", offer())
        await asyncio.gather(*house._tasks)
    assert [(event.session, event.why) for event in told if isinstance(event, Closed)] == [
        (f"m_{number}", Ended.LOST) for number in range(3)
    ]
    await asyncio.gather(*house._closing)
    assert (house.count, _sockets()) == (0, before)


async def test_packets_that_cannot_be_handled_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    house = House(Conditions(Reach()), lambda event: None)
    await house.answer(Person("r", "u"), "m_1", offer())
    (connection,) = house._connections.values()
    connection.peer.take_rtp = connection.peer.take_rtcp = _fail  # type: ignore[method-assign]
    with caplog.at_level(logging.ERROR):
        for _ in range(50):
            connection._take_rtp(b"packet")
            connection._take_rtcp(b"report")
    assert connection.faults == 100
    assert len(caplog.records) == 1
    await house.stop()
