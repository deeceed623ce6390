"""ICE on addresses and ports of our choice, with media taken from the socket at once. The private names of aioice.

aioice binds any port of any interface and passes each datagram through its STUN parser and a queue. Here media goes
straight to a callback, and everything a stranger can make grow is bounded. Only this module and `transport.py` use
names that the libraries do not promise; tests/media/test_private_names.py fails when an upgrade changes them.

Promise: media and DTLS are taken only from addresses that have answered a connectivity check, STUN only with the
password of this connection; no packet is ever sent to an address that the peer has merely named.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from aioice import Candidate, Connection
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import CandidatePair, StunProtocol
from aioice.stun import Class, Message, Transaction

from liveroom.realtime.media.errors import MediaOverloaded

logger = logging.getLogger(__name__)

ADDRESSES = 16
"""Most addresses that one peer may be seen at; beyond that new ones are not answered."""
QUEUED = 64
"""Most DTLS datagrams that wait to be read."""
PORT_TRIES = 64
GONE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
ANSWER_S = 2.0
"""An answer to a check of ours may take so long; aioice itself waits for half a second."""
CONSENT_EVERY_S = 5.0
CONSENT_S = 30.0
"""Who answers no check for so long is not sent to any more (RFC 7675 §5.1)."""

Address = tuple[str, int]
OnMedia = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Reach:
    """Where this worker can be reached.

    Args:
        binds: local addresses, one socket each for a connection.
        advertised: what clients are told instead of `binds`, in the same order; empty: the same.
        ports: first and last port to use; (0, 0): any.
        gone: those of `binds` that this machine did not have when last asked.
    """

    binds: tuple[str, ...] = ("127.0.0.1",)
    advertised: tuple[str, ...] = ()
    ports: tuple[int, int] = (0, 0)
    gone: set[str] = field(default_factory=set, compare=False)


class Check:
    """A request of ours that waits for its answer, in the place of aioice's transaction."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def response_received(self, message: Message, addr: Address) -> None:
        """An answer came; a forged one is none."""
        if message.check_message_integrity(self._key) and not self.answer.done():
            self.answer.set_result(message.message_class is Class.RESPONSE)


class Port(StunProtocol):
    """One socket. Media passes by the parser of aioice."""

    receiver: Ice

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        """Sort by the first byte (RFC 7983)."""
        if not data or isinstance(data, str):
            return
        first = data[0]
        address = (addr[0], addr[1])
        if 127 < first < 192:
            if address in self.receiver.known:
                self.receiver.on_media(data)
        elif first < 4:
            try:
                super().datagram_received(data, addr)
            except (ValueError, KeyError, TypeError, AssertionError):
                self.receiver.malformed += 1  # signed by the peer itself, and still not what RFC 8445 asks for
        elif 19 < first < 64 and address in self.receiver.known:
            self.receiver.data_received(data, 1)


class Ice(Connection):
    """See the module."""

    def __init__(self, reach: Reach, on_media: OnMedia) -> None:
        super().__init__(
            ice_controlling=False,
            local_username=secrets.token_hex(4),
            local_password=secrets.token_hex(16),
        )
        self.on_media = on_media
        self.known: set[Address] = set()
        self.malformed = 0
        self.heard_stun: Callable[[], None] | None = None
        self._reach = reach
        self._route: tuple[asyncio.DatagramTransport, Address] | None = None

    async def gather_candidates(self) -> None:
        """Bind the sockets; an address that this machine has no longer is left out.

        Raises:
            MediaOverloaded: no port of the range is free, or there is no address.
        """
        candidates: list[Candidate] = []
        for index, address in enumerate(self._reach.binds):
            port = await self._bind(address)
            if port is not None:
                self._protocols.append(port)
                candidates.append(self._advertise(index, port))
        if not candidates:
            raise MediaOverloaded("audio and video have no address now; try again later")
        self._local_candidates = candidates
        self._local_candidates_start = self._local_candidates_end = True

    async def _bind(self, address: str) -> Port | None:
        loop, gone = asyncio.get_running_loop(), self._reach.gone
        for number in _pick_ports(self._reach.ports):
            try:
                _, protocol = await loop.create_datagram_endpoint(lambda: Port(self), local_addr=(address, number))
            except OSError as error:
                if error.errno not in GONE:
                    continue
                if address not in gone:
                    logger.warning("%s is no address of this machine; media goes by the others", address)
                gone.add(address)
                return None
            gone.discard(address)
            bound = protocol.transport.get_extra_info("sockname")
            protocol.local_candidate = _candidate(bound[0], bound[1])
            return protocol
        raise MediaOverloaded("no port for audio and video is free now; try again later")

    def _advertise(self, index: int, port: StunProtocol) -> Candidate:
        shown = self._reach.advertised or self._reach.binds
        return _candidate(shown[min(index, len(shown) - 1)], port.local_candidate.port)

    def send_now(self, data: bytes) -> None:
        """Send to the peer; lost when there is no way to it yet."""
        route = self._route
        if route is not None and not route[0].is_closing():
            route[0].sendto(data, route[1])

    def data_received(self, data: bytes, component: int) -> None:
        """A DTLS datagram, to be read by the handshake."""
        if self._queue.qsize() < QUEUED:
            super().data_received(data, component)

    def request_received(self, message: Message, addr: Address, protocol: StunProtocol) -> None:
        """A check of the peer. aioice verifies its integrity."""
        if len(self._remote_candidates) >= ADDRESSES and addr not in self.known:
            return
        known = len(self._remote_candidates)
        super().request_received(message, addr, protocol)
        if self.heard_stun is not None and (addr in self.known or len(self._remote_candidates) > known):
            self.heard_stun()

    def check_complete(self, pair: CandidatePair) -> None:
        """A check of ours has an outcome."""
        super().check_complete(pair)
        if pair.state is CandidatePair.State.SUCCEEDED:
            self.known.add(pair.remote_addr)
        chosen = self._nominated.get(1)
        if chosen is not None:
            self._route = (chosen.protocol.transport, chosen.remote_addr)

    async def ping(self) -> float | None:
        """Ask the peer for a sign of life; the seconds that it took, None: none came within `ANSWER_S`."""
        pair = self._nominated.get(1)
        if pair is None or self.remote_password is None:
            return None
        loop, key = asyncio.get_running_loop(), self.remote_password.encode()
        request = self.build_request(pair, nominate=False)
        request.add_message_integrity(key)
        check, waiting, asked_s = Check(key), pair.protocol.transactions, loop.time()
        waiting[request.transaction_id] = cast("Transaction", check)
        try:
            pair.protocol.send_stun(request, pair.remote_addr)
            async with asyncio.timeout(ANSWER_S):
                is_there = await check.answer
        except TimeoutError:
            return None
        finally:
            del waiting[request.transaction_id]
        return loop.time() - asked_s if is_there else None

    async def query_consent(self) -> None:
        """Go on sending as long as the peer answers; for aioice a line that takes half a second does not."""
        loop = asyncio.get_running_loop()
        answered_s = loop.time()
        while loop.time() - answered_s < CONSENT_S:
            await asyncio.sleep(CONSENT_EVERY_S * (0.8 + secrets.randbelow(400) / 1000))
            if await self.ping() is not None:
                answered_s = loop.time()
        self._query_consent_task = None  # or closing would wait for this
        await self.close()


def _candidate(host: str, port: int) -> Candidate:
    foundation = candidate_foundation("host", "udp", host)
    return Candidate(foundation, 1, "udp", candidate_priority(1, "host"), host, port, "host")


def _pick_ports(ports: tuple[int, int]) -> Sequence[int]:
    first, last = ports
    if not last:
        return (0,)
    size = last - first + 1
    start = secrets.randbelow(size)
    return [first + (start + step) % size for step in range(min(size, PORT_TRIES))]
