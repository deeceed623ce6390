"""Sessions of a host and three guests, all sending: what forwarding costs and how long a packet takes.

The load runs in this process, pinned to the generator's core; the workers run on the server's.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from dataclasses import dataclass
from typing import Any

from aiortc import RTCCertificate

from loadtests.bench.cohost.line import Line, open_line
from loadtests.bench.cohost.packets import AUDIO_PER_S, FRAMES_PER_S
from loadtests.bench.cohost.peer import LoadPeer
from loadtests.bench.errors import ServerFailed
from loadtests.bench.histogram import Histogram
from loadtests.bench.live_server import LiveServer
from loadtests.bench.process import find_family, read_cpu_s
from loadtests.bench.servers import ServerProcess
from loadtests.bench.tokens import TokenMaker

GUESTS = 3
WARMUP_S = 3.0
TRY_S = 2.2
"""People may apply every two seconds."""
CALM_S = 0.7
LATE_S = 0.5
"""A sender that is later than this drops what it owes instead of flooding."""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What one run came to. CPU as shares of a core."""

    sessions: int
    streams: int
    sent: int
    received: int
    expected: int
    worker_cpu: float
    load_cpu: float
    p50_ms: float
    p99_ms: float
    seconds: float

    def as_report(self) -> dict[str, Any]:
        """For the report."""
        per_stream = self.worker_cpu / self.streams if self.streams else 0.0
        return {
            "sessions": self.sessions,
            "forwarded_streams": self.streams,
            "packets_sent": self.sent,
            "packets_received": self.received,
            "delivered_share": round(self.received / max(1, self.expected), 4),
            "worker_cpu": round(self.worker_cpu, 3),
            "load_cpu": round(self.load_cpu, 3),
            "cpu_per_stream": round(per_stream, 5),
            "us_per_packet": round(1e6 * self.worker_cpu * self.seconds / max(1, self.received), 1),
            "latency_p50_ms": self.p50_ms,
            "added_p99_ms": self.p99_ms,
        }


class Session:
    """One room with a host and its guests."""

    def __init__(self, room: str, latencies: Histogram) -> None:
        self.room = room
        self.peers: list[LoadPeer] = []
        self._latencies = latencies

    async def open(self, port: int, tokens: TokenMaker, certificate: RTCCertificate) -> None:
        """Bring everybody onto the stage. Raises ServerFailed."""
        host = await open_line(port, tokens.make(f"host-{self.room}", "host", [self.room]), self.room)
        await self.connect(host, certificate)
        for number in range(GUESTS):
            name = f"guest-{self.room}-{number}"
            line = await open_line(port, tokens.make(name, "viewer"), self.room)
            await line.ask("stage.apply", kind="video")
            await self.connect(line, certificate)
            await host.ask("stage.accept", user_id=tokens.name_user(name))

    async def connect(self, line: Line, certificate: RTCCertificate) -> None:
        """Connect one more person's media. Raises ServerFailed."""
        peer = LoadPeer(line, certificate, self._latencies)
        await peer.connect(GUESTS)
        self.peers.append(peer)

    async def close(self) -> None:
        """End."""
        for peer in self.peers:
            await peer.close()


async def measure(server: LiveServer, process: ServerProcess, port: int, rooms: list[str], seconds: float) -> Forwarded:
    """Run sessions in these rooms and measure them. Raises ServerFailed."""
    latencies = Histogram()
    certificate = RTCCertificate.generateCertificate()
    sessions = [Session(room, latencies) for room in rooms]
    for session in sessions:
        await session.open(port, server.tokens, certificate)
    peers = [peer for session in sessions for peer in session.peers]
    await send(peers, WARMUP_S)
    workers = [pid for pid in find_family(process.pid) if pid != process.pid]
    received = sum(peer.received for peer in peers)
    cpu_s, own_s, at_s = read_cpu_s(workers), time.process_time(), time.monotonic()
    latencies.clear()
    sent = await send(peers, seconds)
    passed_s = time.monotonic() - at_s
    worker_cpu, load_cpu = (read_cpu_s(workers) - cpu_s) / passed_s, (time.process_time() - own_s) / passed_s
    got = sum(peer.received for peer in peers) - received
    for session in sessions:
        await session.close()
    streams = len(sessions) * (GUESTS + 1) * GUESTS
    return Forwarded(
        len(sessions), streams, sent, got, sent * GUESTS, worker_cpu, load_cpu,
        latencies.percentile_ms(50), latencies.percentile_ms(99), passed_s,
    )  # fmt: skip


async def measure_accepts(server: LiveServer, port: int, room: str, times: int) -> Histogram:
    """From «accept» to the first packet, at both ends, when both are connected already. Raises ServerFailed."""
    found = Histogram()
    certificate = RTCCertificate.generateCertificate()
    session = Session(room, Histogram())
    tokens, name = server.tokens, f"guest-{room}"
    host = await open_line(port, tokens.make(f"host-{room}", "host", [room]), room)
    await session.connect(host, certificate)
    guest = await open_line(port, tokens.make(name, "viewer"), room)
    await guest.ask("stage.apply", kind="video")
    await session.connect(guest, certificate)
    sending = asyncio.create_task(send(session.peers, times * TRY_S + CALM_S))
    for number in range(times):
        if number:
            await guest.ask("stage.apply", kind="video")
        await asyncio.sleep(CALM_S)
        firsts = [peer.expect() for peer in session.peers]
        began_s = time.monotonic()
        await host.ask("stage.accept", user_id=tokens.name_user(name))
        try:
            async with asyncio.timeout(TRY_S):
                for first in firsts:
                    found.add(int(1e9 * (await first - began_s)))
        except TimeoutError:
            raise ServerFailed(f"no packet came within {TRY_S:g} s after «accept»") from None
        await guest.ask("stage.leave")
        await asyncio.sleep(TRY_S - CALM_S)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await session.close()
    return found


async def send(peers: list[LoadPeer], seconds: float) -> int:
    """Send as cameras and microphones do, for so long; gives how many packets."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    due = [(begin + index / len(peers) / FRAMES_PER_S, index, True) for index in range(len(peers))]
    due += [(begin + index / len(peers) / AUDIO_PER_S, index, False) for index in range(len(peers))]
    heapq.heapify(due)
    sent = 0
    while due[0][0] < begin + seconds:
        at_s, index, is_video = due[0]
        now_s = loop.time()
        if at_s > now_s:
            await asyncio.sleep(at_s - now_s)
            now_s = loop.time()
        peer = peers[index]
        if now_s - at_s < LATE_S:
            stamp_s = time.monotonic()
            packets = peer.camera.shoot(stamp_s) if is_video else [peer.microphone.hear(stamp_s)]
            for packet in packets:
                peer.send(packet)
            sent += len(packets)
        heapq.heapreplace(due, (at_s + 1 / (FRAMES_PER_S if is_video else AUDIO_PER_S), index, is_video))
        if sent % 16 == 0:
            await asyncio.sleep(0)
    return sent
