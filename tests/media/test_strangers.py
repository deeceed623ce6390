"""What is not the peer's, was sent before, or is only part of a packet changes nothing, though it comes to the right
port."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from OpenSSL import SSL

from liveroom.realtime.media.base import Answer
from liveroom.realtime.media.events import Connected, MediaEvent
from liveroom.realtime.media.places import Person
from liveroom.realtime.media.sfu.connection import MediaConnection
from liveroom.realtime.media.sfu.house import Conditions, House
from liveroom.realtime.media.sfu.ice_port import Reach
from liveroom.realtime.media.sfu.rtcp import write_receiver_report
from liveroom.realtime.media.sfu.rtp import HEADER
from liveroom.realtime.media.sfu.transport import SENDERS
from tests.support.media_robot import PATIENCE_S, Robot, only_loopback

__all__ = ["only_loopback"]

pytestmark = pytest.mark.usefixtures("only_loopback")
GUEST = Person("r", "guest")
HELD = 12


@dataclass
class Wire:
    """The socket of a peer, which sends only what it is told to once `held` has begun; in the order of sending."""

    transport: Any
    target: tuple[str, int]
    sent: list[bytes] = field(default_factory=list)
    held: list[bytes] = field(default_factory=list)
    holds: bool = False

    def take_over(self) -> None:
        """Look at every datagram of media from now on."""
        usual = self.transport.sendto

        def send(data: bytes, address: tuple[str, int] | None = None) -> None:
            if not 127 < data[0] < 192 or 192 <= data[1] <= 223:
                usual(data, address)
            elif self.holds:
                self.held.append(bytes(data))
            else:
                self.sent.append(bytes(data))
                usual(data, address)

        self.send = usual
        self.protocol.transport = _Seen(self.transport, send)

    protocol: Any = None
    dtls: Any = None

    def put(self, data: bytes) -> None:
        """Send from the peer's own address."""
        self.send(data, self.target)


class _Seen:
    """A transport whose `sendto` is another one."""

    def __init__(self, transport: Any, sendto: Callable[..., None]) -> None:
        self._transport = transport
        self.sendto = sendto

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - arrival of packets is not announced
            await asyncio.sleep(0.005)


@pytest.fixture
async def met() -> AsyncIterator[tuple[Wire, MediaConnection]]:
    """A guest who has sent something and holds back the rest, and the connection of the worker."""
    told: list[MediaEvent] = []
    house = House(Conditions(Reach()), told.append)
    house.start()
    robot = Robot(None, GUEST.room, GUEST.user_id)  # type: ignore[arg-type] # the worker is reached directly
    sdp = await house.answer(GUEST, "m_1", await robot.offer(0))
    await robot.accept(Answer("m_1", sdp))
    await _until(lambda: any(isinstance(event, Connected) for event in told))
    house.board.grant(GUEST, 1, frozenset())
    connection = house.board.connection_of(GUEST)
    assert connection is not None
    assert robot.connection is not None
    dtls = robot.connection.getTransceivers()[0].sender.transport
    pair = dtls.transport._connection._nominated[1]
    found = re.search(r"127\.0\.0\.1 (\d+) typ host", sdp)
    assert found is not None
    wire = Wire(pair.protocol.transport, ("127.0.0.1", int(found[1])), protocol=pair.protocol, dtls=dtls)
    wire.take_over()
    await _until(lambda: len(wire.sent) >= HELD and connection.peer.packets_in > 0)
    wire.holds = True
    await _until(lambda: len(wire.held) >= HELD)
    yield wire, connection
    await robot.close()
    await house.stop()


async def _settle(wire: Wire, connection: MediaConnection) -> int:
    """A good packet comes after whatever was sent before; gives how many were taken since then, without it."""
    before = connection.peer.packets_in
    wire.put(wire.held.pop(0))
    await _until(lambda: connection.peer.packets_in > before)
    return connection.peer.packets_in - before - 1


async def test_the_round_trip_is_known_of_somebody_who_receives_nothing(met: tuple[Wire, MediaConnection]) -> None:
    _, connection = met
    await _until(lambda: connection.peer.rtt_s > 0)
    assert connection.peer.rtt_s < 1


async def test_what_was_sent_before_is_not_taken_again(met: tuple[Wire, MediaConnection]) -> None:
    wire, connection = met
    await _settle(wire, connection)
    dropped = connection.dropped
    for data in wire.sent[-HELD:] * 3:
        wire.put(data)
    assert await _settle(wire, connection) == 0
    assert connection.dropped == dropped + 3 * HELD


async def test_parts_of_packets_and_changed_ones_are_dropped(met: tuple[Wire, MediaConnection]) -> None:
    wire, connection = met
    await _settle(wire, connection)
    dropped = connection.dropped
    good = wire.held[0]
    cut = [good[:length] for length in (1, 2, 11, 12, 13, len(good) // 2, len(good) - 1)]
    changed = [bytes([*good[:at], good[at] ^ 1, *good[at + 1 :]]) for at in (1, 3, 5, 9, len(good) // 2, len(good) - 1)]
    for data in (*cut, *changed, good + b"\x00", b"\x80\xc8" + bytes(26), b"\x80\xc8"):
        wire.put(data)
    assert await _settle(wire, connection) == 0, "the packet itself is taken afterwards, once"
    assert connection.dropped == dropped + len(cut) + len(changed) + 3


async def test_a_good_packet_from_an_unknown_address_is_not_read(met: tuple[Wire, MediaConnection]) -> None:
    wire, connection = met
    await _settle(wire, connection)
    dropped = connection.dropped
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for data in wire.held:
            stranger.sendto(data, wire.target)
        assert await _settle(wire, connection) == 0
    assert connection.dropped == dropped, "it is not even decrypted, so nobody else's packets cost anything"


async def test_a_peer_cannot_fill_the_memory_with_streams(met: tuple[Wire, MediaConnection]) -> None:
    """libsrtp keeps a context for each number that was once encrypted well."""
    wire, connection = met
    await _settle(wire, connection)
    dropped = connection.dropped
    keys, some = wire.dtls._tx_srtp, 3 * SENDERS
    for number in range(some):
        wire.put(keys.protect(HEADER.pack(0x80, 96, 1, 2, 50_000 + number) + b"stream"))
        wire.put(keys.protect_rtcp(write_receiver_report(90_000 + number, ())))
        if number % 16 == 15:
            await _settle(wire, connection)
    await _settle(wire, connection)
    assert len(connection._transport._senders) == SENDERS
    assert connection.dropped - dropped >= 2 * some - SENDERS, "what was known goes on, and nothing else"


async def test_data_beside_media_is_not_kept(met: tuple[Wire, MediaConnection]) -> None:
    """aiortc reads one record of a datagram; a peer may put many into it."""
    wire, connection = met
    ours, theirs = connection._transport._dtls, wire.dtls._ssl
    read = 0
    before = ours._receive_part

    async def count() -> bytes:
        nonlocal read
        data = await before()
        read += 1
        return data

    ours.transport._recv = count
    for _ in range(20):
        for _ in range(30):
            theirs.send(b"x")
        wire.put(theirs.bio_read(3_000))
    await _until(lambda: read >= 19)
    await _settle(wire, connection)
    assert ours._ssl is not None
    with pytest.raises(SSL.WantReadError):
        ours._ssl.recv(1)
    assert not connection.is_ended


async def test_who_ends_it_in_the_middle_of_a_datagram_has_ended_it(met: tuple[Wire, MediaConnection]) -> None:
    wire, connection = met
    theirs = wire.dtls._ssl
    for _ in range(3):
        theirs.send(b"x")
    theirs.shutdown()
    wire.put(theirs.bio_read(3_000))
    await _until(lambda: connection.is_ended)


async def test_a_packet_that_cannot_be_encrypted_is_the_loss_of_its_receiver_alone(
    met: tuple[Wire, MediaConnection],
) -> None:
    _, connection = met
    transport = connection._transport
    for seq in (30_000, 1):  # further back than libsrtp looks
        transport.send_rtp(HEADER.pack(0x80, 96, seq, 2, 77) + b"x")
    assert transport.unsent == 1
