"""People with an independent WebRTC stack (aiortc), who send a small picture and count what they get.

Promise: nothing outside of this machine is asked.
"""

from __future__ import annotations

import asyncio
import fractions
from collections.abc import Callable
from typing import Any

import aioice.ice
import av
import pytest
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import AudioStreamTrack

from liveroom.realtime.media.base import Answer, MediaEngine
from liveroom.realtime.media.events import Kind

PATIENCE_S = 60.0
FRAMES_PER_S = 20
WIDTH, HEIGHT = 160, 120


class SmallPicture(MediaStreamTrack):
    """A picture whose brightness changes."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._number = 0
        self._began_s: float | None = None

    async def recv(self) -> av.VideoFrame:
        """The next picture, in its time."""
        loop = asyncio.get_running_loop()
        self._began_s = loop.time() if self._began_s is None else self._began_s
        await asyncio.sleep(max(0.0, self._began_s + self._number / FRAMES_PER_S - loop.time()))
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([self._number % 200 + 20]) * plane.buffer_size)
        frame.pts = self._number * 90_000 // FRAMES_PER_S
        frame.time_base = fractions.Fraction(1, 90_000)
        self._number += 1
        return frame


class Robot:
    """One person of a room."""

    def __init__(self, engine: MediaEngine, room: str, user_id: str) -> None:
        self.engine = engine
        self.room = room
        self.user_id = user_id
        self.ticket = ""
        self.session = ""
        self.counts: dict[str, int] = {}
        self.ice_servers: list[RTCIceServer] = []
        self.connection: RTCPeerConnection | None = None
        self._connections: list[RTCPeerConnection] = []
        self._readers: list[asyncio.Task[None]] = []
        self._heard = asyncio.Condition()

    async def offer(self, slots: int = 2, sends: bool = True) -> str:
        """A description of what this person sends and can receive."""
        config = RTCConfiguration(iceServers=self.ice_servers, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        self.connection = connection = RTCPeerConnection(config)
        self._connections.append(connection)
        if sends:
            connection.addTransceiver(AudioStreamTrack(), direction="sendonly")
            connection.addTransceiver(SmallPicture(), direction="sendonly")
        for _ in range(slots):
            connection.addTransceiver("audio", direction="recvonly")
            connection.addTransceiver("video", direction="recvonly")
        connection.on("track", self._count)
        await connection.setLocalDescription(await connection.createOffer())
        return str(connection.localDescription.sdp)

    async def connect(self, slots: int = 2, sends: bool = True, watch: bool = False) -> Robot:
        """Get a ticket, and connect with it."""
        if not self.ticket:
            self.ticket = (await self.engine.prepare(self.room, self.user_id, watch=watch)).ticket
        await self.accept(await self.engine.answer(self.ticket, await self.offer(slots, sends)))
        return self

    async def accept(self, answer: Answer) -> None:
        """Take the answer and wait for the transport."""
        assert self.connection is not None
        self.session = answer.session
        stands = asyncio.Event()
        self.connection.on("connectionstatechange", stands.set)
        await self.connection.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        async with asyncio.timeout(PATIENCE_S):
            while self.connection.connectionState != "connected":
                stands.clear()
                await stands.wait()

    def _count(self, track: MediaStreamTrack) -> None:
        self._readers.append(asyncio.ensure_future(self._read(track)))

    async def _read(self, track: Any) -> None:
        mid = next(t.mid for t in self.connection.getTransceivers() if t.receiver.track is track)  # type: ignore[union-attr] # it is connected
        while True:
            try:
                await track.recv()
            except Exception:  # noqa: BLE001 - the track has ended
                return
            async with self._heard:
                self.counts[mid] = self.counts.get(mid, 0) + 1
                self._heard.notify_all()

    async def until_gets(self, mid: str, count: int) -> None:
        """Wait until so many decoded frames came in a section, from now on."""
        before = self.counts.get(mid, 0)
        async with asyncio.timeout(PATIENCE_S), self._heard:
            await self._heard.wait_for(lambda: self.counts.get(mid, 0) >= before + count)

    async def until_silent(self, mid: str, beside: str, count: int = 5) -> None:
        """Wait until nothing comes in a section while frames come in another; what was on its way comes out before."""
        async with asyncio.timeout(PATIENCE_S):
            heard = -1
            while heard != self.counts.get(mid, 0):
                heard = self.counts.get(mid, 0)
                await self.until_gets(beside, count)

    async def vanish(self) -> None:
        """Be gone without a word, as by a power cut: no goodbye is sent."""
        assert self.connection is not None
        for transceiver in self.connection.getTransceivers():
            dtls = transceiver.receiver.transport
            dtls._ssl = None
            for protocol in list(dtls.transport._connection._protocols):
                protocol.transport.abort()

    async def close(self) -> None:
        """End."""
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        for connection in self._connections:
            await connection.close()


@pytest.fixture
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Robots are reached at this machine alone, so the tests need no network."""
    find: Callable[..., list[str]] = lambda **_: ["127.0.0.1"]  # noqa: E731 - as short as it is
    monkeypatch.setattr(aioice.ice, "get_host_addresses", find)


AUDIO, VIDEO = Kind.AUDIO, Kind.VIDEO
