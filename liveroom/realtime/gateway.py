"""All WebSockets of this process: who may come, who is alive, who goes.

The gateway owns the set of connections and the agenda; what is said on a connection is the dialogue's.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from liveroom.realtime.agenda import Agenda
from liveroom.realtime.backpressure import Backpressure
from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.codes import MESSAGE_BYTES, CloseCode
from liveroom.realtime.connection import Connection
from liveroom.realtime.errors import HandshakeRefused
from liveroom.realtime.fanout import Fanout
from liveroom.realtime.handshake import (
    Handshake,
    HandshakePolicy,
    answer_handshake,
    check_request,
    client_address,
    receive_handshake,
)
from liveroom.realtime.hub import Hub
from liveroom.realtime.limits import Bucket
from liveroom.realtime.occupancy import Occupancy
from liveroom.realtime.passage import Passage, follow
from liveroom.realtime.phase import Phase
from liveroom.realtime.telemetry import Telemetry
from liveroom.realtime.upgrade import read_upgrade
from liveroom.realtime.wire import encode_frame

if TYPE_CHECKING:
    from liveroom.realtime.dialogue import Dialogue

BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
PROBE_S = 0.5
GRACE_S = 10.0
"""A ping not answered within this is a dead connection (docs/protocol.md, Heartbeat)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what strangers may do.

    Args:
        message_bytes: largest message of a client, inflated.
        connect_timeout_s: from the upgrade to the `connect` frame.
        heartbeat_s: between two pings.
        commands_per_s: of one connection, with bursts of `command_burst`.
        handshakes_per_s: upgrades a second for this process; more are sent away with Retry-After.
        max_connections: WebSockets in this process.
        max_http_connections: further sockets for plain HTTP and for handshakes under way.
        max_connections_per_ip: sockets of one address or IPv6 /64; 0: no limit (many viewers can be behind one).
        slow_close_s: how long a connection with a full buffer may need to take the least (`backpressure.py`).
    """

    message_bytes: int = MESSAGE_BYTES
    connect_timeout_s: float = 5.0
    heartbeat_s: float = 25.0
    commands_per_s: float = 20.0
    command_burst: float = 40.0
    handshakes_per_s: float = 2000.0
    max_connections: int = 20_000
    max_http_connections: int = 1_000
    max_connections_per_ip: int = 0
    slow_close_s: float = 5.0


class Gateway:
    """See the module.

    Args:
        node: name of this process, told to clients.
    """

    def __init__(
        self, hub: Hub, clock: Clock, telemetry: Telemetry, *, limits: Limits, policy: HandshakePolicy, node: str
    ) -> None:
        self.hub = hub
        self.clock = clock
        self.telemetry = telemetry
        self.limits = limits
        self.policy = policy
        self.node = node
        self.agenda = Agenda(clock)
        self.backpressure = Backpressure(clock, telemetry, limits.slow_close_s)
        self.connections: set[Connection] = set()
        self.is_draining = False
        self.dialogue: Dialogue
        self.occupancy = Occupancy(
            max_sockets=limits.max_connections + limits.max_http_connections,
            max_per_address=limits.max_connections_per_ip,
        )
        self._handshakes = Bucket(2 * limits.handshakes_per_s, clock.monotonic_s())
        self._numbers = 0
        self._prober: TimerHandle | None = None
        self._empty = asyncio.Event()
        self._empty.set()
        self._name = secrets.token_hex(4)

    def protocol_class(self) -> type[Connection]:
        """The class for uvicorn's `ws` setting, bound to this gateway."""
        return type("BoundConnection", (Connection,), {"__slots__": (), "gateway": self})

    def start(self) -> None:
        """Begin the sweep of slow readers and the measuring of the loop."""
        self._sweep()
        self._probe(self.clock.monotonic_s())

    def stop(self) -> None:
        """Forget all that is due."""
        self.agenda.stop()
        if self._prober is not None:
            self._prober.cancel()

    async def wait_empty(self) -> None:
        """Wait until no connection is left."""
        await self._empty.wait()

    def session_of(self, connection: Connection) -> str:
        """The public name of a connection; not a secret."""
        return f"s_{self._name}_{connection.number:x}"

    def answer_handshake(self, connection: Connection, data: bytes) -> None:
        """Answer an upgrade request and begin, or refuse and close."""
        ordinary = read_upgrade(data, self.policy)
        if ordinary is None:
            self._answer_unusual(connection, data)
            return
        refused = self._find_refusal(connection, ordinary.forwarded)
        if refused is None:
            self._finish_handshake(connection, ordinary.accept())
            return
        protocol, request = receive_handshake(data, self.policy)
        if request is not None:
            self._finish_handshake(connection, answer_handshake(protocol, request, refused))

    def receive(self, connection: Connection, payload: bytes) -> None:
        """A text message arrived."""
        self.dialogue.receive(connection, payload)

    def pause(self, connection: Connection) -> None:
        """The connection's buffer passed the first mark."""
        self.backpressure.begin(connection)
        for fanout in self._fanouts(connection.rooms):
            fanout.pause(connection)

    def resume(self, connection: Connection) -> None:
        """The connection's buffer has drained; its rooms may fill it again."""
        self.backpressure.end(connection)
        for fanout in self._fanouts(connection.rooms):
            fanout.resume(connection)

    def depart(self, connection: Connection) -> None:
        """The connection is closing: its rooms and its user are free of it at once."""
        self.backpressure.end(connection)
        self.dialogue.depart(connection)

    def forget(self, connection: Connection) -> None:
        """The socket is gone."""
        self.backpressure.end(connection)
        self.dialogue.depart(connection)
        if connection in self.connections:
            self.connections.discard(connection)
            self.occupancy.leave(connection.address)
            self.telemetry.connection_closed(connection.close_code)
            if not self.connections:
                self._empty.set()

    def _answer_unusual(self, connection: Connection, data: bytes) -> None:
        """The same for a request that only the library can judge."""
        protocol, request = receive_handshake(data, self.policy)
        if request is None:
            # The library has an answer of its own to a header that is too large.
            self._refuse(connection, "malformed", b"".join(protocol.data_to_send()) or BAD_REQUEST)
            return
        refused: HandshakeRefused | None = None
        try:
            check_request(request, self.policy)
        except HandshakeRefused as error:
            refused = error
        forwarded = ",".join(request.headers.get_all("X-Forwarded-For"))
        refused = refused or self._find_refusal(connection, forwarded)
        self._finish_handshake(connection, answer_handshake(protocol, request, refused))

    def _find_refusal(self, connection: Connection, forwarded: str) -> HandshakeRefused | None:
        """Note where the connection comes from, and whether there is no room for it."""
        peer = connection.transport.get_extra_info("peername")
        connection.address = client_address(str(peer[0]) if peer else "", forwarded, self.policy)
        try:
            self._check_room(connection.address)
        except HandshakeRefused as error:
            return error
        return None

    def _finish_handshake(self, connection: Connection, handshake: Handshake) -> None:
        if not handshake.accepted:
            self._refuse(connection, handshake.reason, handshake.response)
            return
        connection.extended = handshake.extended
        connection.deflate = handshake.deflate
        connection.write(handshake.response)
        self._welcome(connection)

    def _check_room(self, address: str) -> None:
        if self.is_draining:
            raise HandshakeRefused(503, "this node is stopping", reason="draining", retry_after_s=1)
        if len(self.connections) >= self.limits.max_connections:
            raise HandshakeRefused(503, "this node is full", reason="full", retry_after_s=5)
        if self.occupancy.is_full_for(address):
            raise HandshakeRefused(503, "too many connections from this address", reason="address", retry_after_s=30)
        per_s = self.limits.handshakes_per_s
        wait_ms = self._handshakes.take(per_s, 2 * per_s, 1, self.clock.monotonic_s())
        if wait_ms:
            text = "too many arrive at once"
            raise HandshakeRefused(503, text, reason="rate", retry_after_s=1 + wait_ms // 1000)

    def _refuse(self, connection: Connection, reason: str, response: bytes) -> None:
        self.telemetry.handshake_refused(reason)
        connection.refuse(response)

    def _welcome(self, connection: Connection) -> None:
        self._numbers += 1
        connection.number = self._numbers
        connection.phase = Phase.ARRIVED
        self.connections.add(connection)
        self._empty.clear()
        self.occupancy.enter(connection.address)
        self.telemetry.connection_opened()
        self.agenda.add(self.limits.connect_timeout_s, self._expect, connection)

    def _expect(self, connection: Connection) -> None:
        """The time for `connect` is over; the heartbeat begins at a random moment of its interval."""
        if connection.phase is Phase.ARRIVED:
            connection.close(CloseCode.CONNECT_TIMEOUT)
        if connection.is_ending():
            return
        longest_s = max(0.0, self.limits.heartbeat_s - self.limits.connect_timeout_s)
        spread_s = random.uniform(0, longest_s)  # noqa: S311 - spreads pings over time, keeps nothing secret
        self.agenda.add(spread_s, self._ping, connection)

    def _ping(self, connection: Connection) -> None:
        if connection.phase is Phase.CONNECTING:
            self.agenda.add(1.0, self._ping, connection)
        elif connection.phase is Phase.OPEN:
            connection.heard = False
            connection.send(encode_frame("ping", t=self.clock.now_ms()))
            self.agenda.add(GRACE_S, self._check_life, connection, follow(connection))

    def _check_life(self, connection: Connection, ping: Passage | None) -> None:
        if connection.phase is not Phase.OPEN:
            return
        if connection.is_paused:
            # The ping waits behind what it has not read, and it is watched already: see `backpressure.py`.
            self.agenda.add(1.0, self._check_life, connection, ping)
        elif connection.heard:
            self.agenda.add(max(1.0, self.limits.heartbeat_s - GRACE_S), self._ping, connection)
        elif ping is not None and ping.goes_on(connection):
            self.agenda.add(GRACE_S, self._check_life, connection, ping)
        else:
            connection.close(CloseCode.NO_PONG)

    def _fanouts(self, rooms: Iterable[str]) -> list[Fanout]:
        return [fanout for room in rooms if (fanout := self.hub.get(room)) is not None]

    def _probe(self, expected_s: float) -> None:
        """Measure how late the loop runs a timer."""
        now_s = self.clock.monotonic_s()
        self.telemetry.loop_lagged(max(0.0, now_s - expected_s))
        self._prober = self.clock.call_later(PROBE_S, partial(self._probe, now_s + PROBE_S))

    def _sweep(self) -> None:
        self.agenda.add(1.0, self._sweep)
        self.backpressure.sweep()
        self.hub.sweep()
