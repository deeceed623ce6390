"""A load peer: aiortc does the handshakes, then packets go over its socket as fast as Python can.

Of what comes in, the numbers stand in the clear; one packet in `SAMPLE` is decrypted for its time of sending.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import time
from typing import Any

from aiortc import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceParameters,
    RTCIceTransport,
)
from aiortc.rtcicetransport import RTCIceCandidate

from loadtests.bench.cohost.line import Line
from loadtests.bench.cohost.packets import Camera, Microphone, read_sent_s
from loadtests.bench.errors import ServerFailed
from loadtests.bench.histogram import Histogram

SAMPLE = 16
CONNECT_S = 10.0

_HEAD = """v=0
o=- 1 1 IN IP4 0.0.0.0
s=-
t=0 0
a=group:BUNDLE {mids}
a=ice-ufrag:{username}
a=ice-pwd:{password}
a=fingerprint:sha-256 {fingerprint}
a=setup:actpass
"""
_AUDIO = """m=audio 9 UDP/TLS/RTP/SAVPF 111
a=mid:{mid}
a={direction}
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=ssrc:{ssrc} cname:load
"""
_VIDEO = """m=video 9 UDP/TLS/RTP/SAVPF 96 97
a=mid:{mid}
a={direction}
a=rtcp-mux
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=ssrc:{ssrc} cname:load
"""


class LoadPeer:
    """One person of a session.

    Args:
        latencies: takes how long sampled packets were on the way.
    """

    def __init__(self, line: Line, certificate: RTCCertificate, latencies: Histogram) -> None:
        self.line = line
        self.received = 0
        self.camera = Camera(secrets.randbits(31) | 1)
        self.microphone = Microphone(secrets.randbits(31) | 1)
        self._latencies = latencies
        self._gatherer = RTCIceGatherer(iceServers=[])
        self._ice = RTCIceTransport(self._gatherer)
        self._dtls = RTCDtlsTransport(self._ice, [certificate])
        self._route: tuple[Any, tuple[str, int]] | None = None
        self._first: asyncio.Future[float] | None = None

    async def connect(self, slots: int) -> None:
        """Connect with a ticket of its own. Raises ServerFailed."""
        ticket = await self.line.ask("media.prepare")
        await self._gatherer.gather()
        answer = await self.line.ask("media.offer", ticket=ticket["ticket"], sdp=self._describe(slots))
        sdp = answer["sdp"]
        self._ice._connection.ice_controlling = True
        for found in re.finditer(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", sdp):
            candidate = RTCIceCandidate(1, "1", found[1], int(found[2]), 1, "udp", "host")
            await self._ice.addRemoteCandidate(candidate)
        username, password = _find(sdp, "ice-ufrag"), _find(sdp, "ice-pwd")
        fingerprint = RTCDtlsFingerprint("sha-256", _find(sdp, "fingerprint:sha-256", " "))
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(CONNECT_S):
                await self._ice.start(RTCIceParameters(username, password))
                await self._dtls.start(RTCDtlsParameters([fingerprint]))
        if self._dtls.state != "connected":
            raise ServerFailed(f"a load peer could not connect its media within {CONNECT_S:g} s")
        self._take_over()

    def _describe(self, slots: int) -> str:
        own = self._gatherer.getLocalParameters()
        fingerprint = self._dtls.getLocalParameters().fingerprints[0].value
        parts = [
            _AUDIO.format(mid=0, direction="sendonly", ssrc=self.microphone.ssrc),
            _VIDEO.format(mid=1, direction="sendonly", ssrc=self.camera.ssrc),
        ]
        for slot in range(slots):
            parts.append(_AUDIO.format(mid=2 + 2 * slot, direction="recvonly", ssrc=1 + 2 * slot))
            parts.append(_VIDEO.format(mid=3 + 2 * slot, direction="recvonly", ssrc=2 + 2 * slot))
        mids = " ".join(str(number) for number in range(len(parts)))
        head = _HEAD.format(mids=mids, username=own.usernameFragment, password=own.password, fingerprint=fingerprint)
        return (head + "".join(parts)).replace("\n", "\r\n")

    def _take_over(self) -> None:
        """From now on media goes past the queues of aiortc."""
        pair = self._ice._connection._nominated[1]
        protocol, usual = pair.protocol, pair.protocol.datagram_received
        self._route = (protocol.transport, pair.remote_addr)

        def receive(data: bytes, address: tuple[Any, ...]) -> None:
            if 127 < data[0] < 192:
                self._take(data)
            else:
                usual(data, address)

        protocol.datagram_received = receive  # type: ignore[method-assign, assignment] # of this one socket

    def _take(self, data: bytes) -> None:
        if 192 <= data[1] <= 223:
            return
        self.received += 1
        if self._first is not None and not self._first.done():
            self._first.set_result(time.monotonic())
        if data[3] % SAMPLE == 0:
            sent_s = read_sent_s(self._dtls._rx_srtp.unprotect(data))
            if sent_s is not None:
                self._latencies.add(int(1e9 * (time.monotonic() - sent_s)))

    def expect(self) -> asyncio.Future[float]:
        """When the next packet comes, in monotonic seconds."""
        self._first = asyncio.get_running_loop().create_future()
        return self._first

    def send(self, packet: bytes) -> None:
        """Encrypt and send."""
        if self._route is not None:
            transport, address = self._route
            transport.sendto(self._dtls._tx_srtp.protect(packet), address)

    async def close(self) -> None:
        """End."""
        await self._dtls.stop()
        await self._ice.stop()
        await self.line.close()


def _find(sdp: str, name: str, mark: str = ":") -> str:
    found = re.search(rf"a={re.escape(name)}{mark}(\S+)", sdp)
    if found is None:
        raise ServerFailed(f"the answer has no {name}")
    return found[1]
