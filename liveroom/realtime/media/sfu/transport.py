"""ICE, DTLS and SRTP of one connection, by aiortc. The private names of aiortc.

aiortc reads packets one by one through a queue and hands them to receivers that decode. Here the handshakes are
aiortc's, and what comes afterwards is decrypted in the callback of the socket and handed on.

Promise: what `on_rtp` and `on_rtcp` get was encrypted by the owner of the fingerprint in the offer, and is no replay;
everything else is counted and dropped. `send_rtp` never waits and never fails: what cannot be encrypted is counted in
`unsent`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pylibsrtp
from aiortc import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceParameters,
    RTCIceTransport,
)
from OpenSSL import SSL

from liveroom.realtime.media.sfu.ice_port import Ice, Reach
from liveroom.realtime.media.sfu.rtp import is_rtcp

RESEND_S = 0.1
"""A flight of the handshake is sent again after this; OpenSSL itself would wait for a second."""
CONNECT_S = 15.0
PACKET_BYTES = 1_350
"""Largest packet that is sent: SRTP adds to it, and libsrtp takes 1,500 bytes with that."""

SENDERS = 64
"""Most stream numbers (SSRC) of one peer: libsrtp keeps some kilobytes for each, for good. Browsers use one for each
section, and one more for each layer and its repairs."""

RECORD_BYTES = 16_384
OnPacket = Callable[[bytes], None]
Protect = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Remote:
    """The peer's side of a description.

    Args:
        is_server: the peer waits for our DTLS hello; otherwise it sends its own.
    """

    username: str
    password: str
    fingerprint_kind: str
    fingerprint: str
    is_server: bool


class Handshake(RTCDtlsTransport):
    """aiortc's DTLS, which sends a lost flight again soon."""

    def __init__(self, transport: RTCIceTransport, ice: Ice, certificate: RTCCertificate) -> None:
        super().__init__(transport, [certificate])
        self._flight: list[bytes] = []
        self._answered = True
        self._ice = ice
        transport._send = self._send_part
        transport._recv = self._receive_part

    async def _send_part(self, data: bytes) -> None:
        if self._answered:
            self._flight, self._answered = [], False
        self._flight.append(data)
        self._ice.send_now(data)

    async def _receive_part(self) -> bytes:
        data = await self._ice.recv()
        self._answered = True
        return data

    async def _recv_next(self) -> None:
        if self.encrypted:
            await super()._recv_next()
            await self._read_rest()
            return
        try:
            async with asyncio.timeout(RESEND_S):
                await super()._recv_next()
        except TimeoutError:
            for part in self._flight:
                self._ice.send_now(part)

    async def _read_rest(self) -> None:
        """Nobody sends data here, but whatever a datagram holds beside its first record would be kept by OpenSSL.

        Raises:
            ConnectionError: the peer has ended it, or OpenSSL reads nothing any more.
        """
        try:
            while self._ssl is not None:
                self._ssl.recv(RECORD_BYTES)
                await self._write_ssl()
        except SSL.WantReadError:
            await self._write_ssl()
        except SSL.Error:
            raise ConnectionError from None

    @property
    def sessions(self) -> tuple[pylibsrtp.Session, pylibsrtp.Session] | None:
        """Decrypting and encrypting, once the peer is who it said."""
        return (self._rx_srtp, self._tx_srtp) if self.state == "connected" else None

    def take_role(self, role: str) -> None:
        """`client` sends the first hello, `server` waits for it."""
        self._set_role(role)


class Transport:
    """See the module.

    Args:
        on_rtp, on_rtcp: get decrypted packets, on the event loop.
        certificate: of this worker.
    """

    def __init__(self, reach: Reach, certificate: RTCCertificate, on_rtp: OnPacket, on_rtcp: OnPacket) -> None:
        self._on_rtp = on_rtp
        self._on_rtcp = on_rtcp
        self._loop = asyncio.get_running_loop()
        self._ice = Ice(reach, self._take)
        self._ice.heard_stun = self._hear
        gatherer = RTCIceGatherer(iceServers=[])
        gatherer._connection = self._ice
        self._transport = RTCIceTransport(gatherer)
        self._dtls = Handshake(self._transport, self._ice, certificate)
        self._sessions: tuple[pylibsrtp.Session, pylibsrtp.Session] | None = None
        self.heard_s = self._loop.time()
        self.dropped = self.unsent = 0
        self._senders: set[bytes] = set()

    async def open(self) -> None:
        """Bind the sockets. Raises MediaOverloaded when there is no free port."""
        await self._ice.gather_candidates()

    @property
    def username(self) -> str:
        """The local ufrag."""
        return self._ice.local_username

    @property
    def password(self) -> str:
        """The local ICE password."""
        return self._ice.local_password

    @property
    def candidates(self) -> list[str]:
        """The local candidates as they stand in SDP."""
        return [candidate.to_sdp() for candidate in self._ice.local_candidates]

    async def connect(self, remote: Remote) -> bool:
        """Do both handshakes; whether the peer was reached and is who it said."""
        self._dtls.take_role("client" if remote.is_server else "server")
        fingerprint = RTCDtlsFingerprint(remote.fingerprint_kind, remote.fingerprint)
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._transport.start(RTCIceParameters(remote.username, remote.password))
                if self._transport.state != "completed":
                    return False
                await self._dtls.start(RTCDtlsParameters([fingerprint]))
        except (TimeoutError, ConnectionError):
            return False
        self._sessions = self._dtls.sessions
        self._hear()
        return self._sessions is not None

    @property
    def is_connected(self) -> bool:
        """Whether packets can be sent."""
        return self._sessions is not None

    @property
    def is_ended(self) -> bool:
        """Whether the peer has closed the connection."""
        return self._dtls.state in ("closed", "failed")

    async def ping(self) -> float | None:
        """Ask the peer for a sign of life, which counts as heard; the seconds that it took, None: none came in time."""
        took_s = await self._ice.ping()
        if took_s is not None:
            self._hear()
        return took_s

    def send_rtp(self, data: bytes) -> None:
        """Encrypt and send."""
        if self._sessions is not None and len(data) <= PACKET_BYTES:
            self._send(self._sessions[1].protect, data)

    def send_rtcp(self, data: bytes) -> None:
        """Encrypt and send."""
        if self._sessions is not None and len(data) <= PACKET_BYTES:
            self._send(self._sessions[1].protect_rtcp, data)

    def _send(self, protect: Protect, data: bytes) -> None:
        try:
            self._ice.send_now(protect(data))
        except pylibsrtp.Error:
            self.unsent += 1  # its number is too old for libsrtp, or the key has been used up: only this peer's loss

    async def close(self) -> None:
        """End the connection and tell the peer."""
        self._sessions = None
        self._ice.heard_stun = None
        await self._dtls.stop()
        await self._transport.stop()

    def _hear(self) -> None:
        self.heard_s = self._loop.time()

    def _take(self, data: bytes) -> None:
        sessions = self._sessions
        if sessions is None:
            return
        is_report = is_rtcp(data)
        sender = data[4:8] if is_report else data[8:12]
        is_new = sender not in self._senders
        if is_new and len(self._senders) >= SENDERS:
            self.dropped += 1
            return
        try:
            plain = sessions[0].unprotect_rtcp(data) if is_report else sessions[0].unprotect(data)
        except (pylibsrtp.Error, ValueError):
            self.dropped += 1  # not encrypted by the peer, replayed, or too long
            return
        if is_new:
            self._senders.add(sender)
        self.heard_s = self._loop.time()
        if is_report:
            self._on_rtcp(plain)
        else:
            self._on_rtp(plain)
