"""The parts of the cohost benchmark: what it sends can be read, and its network does what it says."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from aiortc import rtp
from aiortc.codecs.vpx import VpxPayloadDescriptor

from loadtests.bench.cohost.decoding import measure
from loadtests.bench.cohost.network import SlowNetwork
from loadtests.bench.cohost.packets import PACKETS_PER_FRAME, Camera, Microphone, read_sent_s
from loadtests.bench.cohost.pages import find_program


def test_a_camera_sends_whole_pictures_that_others_can_read() -> None:
    camera = Camera(7, seq=65_534)
    packets = [rtp.RtpPacket.parse(data) for _ in range(2) for data in camera.shoot(1.5)]
    assert [packet.sequence_number for packet in packets] == [(65_534 + n) & 0xFFFF for n in range(10)]
    assert [packet.marker for packet in packets] == [0, 0, 0, 0, 1] * 2
    descriptor, rest = VpxPayloadDescriptor.parse(packets[0].payload)
    assert (descriptor.partition_start, descriptor.picture_id) == (1, 0)
    assert not rest[0] & 1, "the first picture is a key frame"
    assert len({packet.timestamp for packet in packets[:PACKETS_PER_FRAME]}) == 1


def test_the_browser_of_a_machine_for_tests_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIVEROOM_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_program() is None
    shell = tmp_path / "chromium-headless-shell"
    shell.touch(mode=0o755)
    assert find_program() == str(shell)


def test_the_time_of_sending_is_found_with_and_without_an_extension() -> None:
    for data in (Camera(7).shoot(12.25)[2], Microphone(9).hear(12.25)):
        assert read_sent_s(data) == 12.25
        extended = bytes([data[0] | 0x10]) + data[1:12] + b"\xbe\xde\x00\x01" + bytes(4) + data[12:]
        assert read_sent_s(extended) == 12.25
    assert read_sent_s(bytes(20)) is None


async def test_datagrams_go_both_ways_through_the_slow_network() -> None:
    loop = asyncio.get_running_loop()
    network = SlowNetwork(0.01, 0.0, seed=1)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer,
    ):
        for each in (server, peer):
            each.bind(("127.0.0.1", 0))
            each.setblocking(False)
        near = await network.relay_udp(server.getsockname()[1])
        began_s = loop.time()
        await loop.sock_sendto(peer, b"ping", ("127.0.0.1", near))
        data, address = await asyncio.wait_for(loop.sock_recvfrom(server, 100), 60)
        await loop.sock_sendto(server, data + b"pong", address)
        answer, _ = await asyncio.wait_for(loop.sock_recvfrom(peer, 100), 60)
        assert answer == b"pingpong"
        assert loop.time() - began_s >= 0.019
    await network.close()


async def test_so_many_datagrams_get_lost_as_wanted() -> None:
    network = SlowNetwork(0.0, 0.3, seed=1)

    class End:
        def __init__(self) -> None:
            self.got = 0

        def send(self, data: bytes) -> None:
            self.got += 1

    end = End()
    for _ in range(1_000):
        network.carry(b"x", end)  # type: ignore[arg-type] # as much of an end as is used
    await asyncio.sleep(0.01)
    assert end.got == pytest.approx(700, abs=60)


def test_coding_costs_something() -> None:
    assert 0 < measure(frames=4) < 10
