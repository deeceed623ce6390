"""What is said on a connection: messages are decoded, limited and handed on; faults are answered.

Every message is answered or counted; a peer that keeps sending what cannot be read, or goes on above its
rate, is told why and closed.
"""

from __future__ import annotations

from collections.abc import Callable

from liveroom.realtime.application import Application
from liveroom.realtime.codes import CloseCode, ErrorCode
from liveroom.realtime.connection import Connection
from liveroom.realtime.decoder import Command, Decoder
from liveroom.realtime.entrance import Entrance
from liveroom.realtime.errors import RealtimeError, WireError
from liveroom.realtime.gateway import Gateway
from liveroom.realtime.limits import Bucket, Buckets
from liveroom.realtime.phase import Phase
from liveroom.realtime.strikes import count_refusal, strike
from liveroom.realtime.wire import Connect, Ping, Pong, encode_error, encode_frame

CONNECT_BYTES = 16_384
"""Largest message of somebody who is not known yet: a token and 16 rooms fit twice."""
STRIKE_BYTES = 4_096
"""A faulty message counts once more for each of these: to say what is wrong with a large one costs up to 60 ms."""
ROUND_TRIP_MAX_MS = 60_000
DECODE_SAMPLE = 16
"""One message of so many is measured: reading the clock costs a part of what decoding does."""


class Dialogue:
    """See the module.

    Args:
        comment_chars: told to clients in `limits`.
    """

    def __init__(self, gateway: Gateway, application: Application, decoder: Decoder, *, comment_chars: int) -> None:
        self._clock = gateway.clock
        self._telemetry = gateway.telemetry
        self._limits = gateway.limits
        self._application = application
        self._decoder = decoder
        self._rates = Buckets()
        self._decoded = 0
        self._entrance = Entrance(gateway, application, comment_chars=comment_chars)
        self._own: dict[str, Callable[[Connection, Command], None]] = {
            "room.join": self._entrance.join,
            "room.leave": self._entrance.leave,
            "auth.refresh": self._entrance.refresh,
        }

    def receive(self, connection: Connection, payload: bytes) -> None:
        """Take one text message; whatever is wrong with it becomes an answer."""
        if len(payload) > CONNECT_BYTES and connection.identity is None:
            connection.close(CloseCode.MESSAGE_TOO_BIG, f"before connect a message has at most {CONNECT_BYTES} bytes")
            return
        try:
            frame = self._decode(payload)
        except WireError as error:
            self._reject(connection, payload, error)
            return
        if isinstance(frame, Connect):
            self._begin(connection, frame)
        elif isinstance(frame, Pong):
            # Charged like a command: the honest send one in a heartbeat.
            if self._allow(connection, None):
                self._hear(connection, frame)
        elif connection.phase is not Phase.OPEN:
            self._strike(connection, WireError(ErrorCode.CONNECT_FIRST, "send connect first", command_id=frame.id))
        elif self._allow(connection, frame.id):
            self._take(connection, frame)

    def _decode(self, payload: bytes) -> Connect | Ping | Pong | Command:
        """Check one message, and measure it once in a while. Raises WireError."""
        self._decoded += 1
        if self._decoded % DECODE_SAMPLE:
            return self._decoder.decode(payload)
        began_s = self._clock.monotonic_s()
        frame = self._decoder.decode(payload)
        self._telemetry.step_taken("decode", self._clock.monotonic_s() - began_s)
        return frame

    def depart(self, connection: Connection) -> None:
        """The connection closes: its rooms and its user are free of it."""
        self._entrance.depart(connection)

    def remove(self, connection: Connection, room: str, code: ErrorCode, message: str) -> None:
        """Take a connection out of a room and tell it."""
        if room in connection.rooms:
            self._entrance.let_go(connection, room)
            connection.send(encode_frame("left", room=room, code=code, message=message))

    def _begin(self, connection: Connection, connect: Connect) -> None:
        if connection.phase is Phase.ARRIVED:
            self._entrance.connect(connection, connect)
        else:
            error = WireError(ErrorCode.ALREADY_CONNECTED, "connect is sent once", command_id=connect.id)
            self._strike(connection, error)

    def _take(self, connection: Connection, frame: Ping | Command) -> None:
        if isinstance(frame, Ping):
            connection.send(encode_frame("pong", id=frame.id, server_time=self._clock.now_ms()))
            return
        own = self._own.get(frame.type)
        try:
            if own is not None:
                self._limit(connection, frame)
                own(connection, frame)
            else:
                self._application.submit(connection, frame)
        except RealtimeError as error:
            self._telemetry.error_replied(frame.type, error.code)
            connection.send(encode_error(frame.id, error.as_object()))
            count_refusal(connection, error)

    def _limit(self, connection: Connection, command: Command) -> None:
        """Charge one of the connection's own commands to its user; those of rooms are charged there.

        Raises:
            RealtimeError: `rate_limited`.
        """
        if connection.identity is None:
            return
        rate = self._decoder.catalogue.commands[command.type].rate
        name = f"{command.type}\n{connection.identity.user_id}"
        wait_ms = self._rates.take(name, rate.per_s, rate.burst, 1, self._clock.monotonic_s())
        if wait_ms:
            text = f"too many {command.type}; wait a moment"
            raise RealtimeError(ErrorCode.RATE_LIMITED, text, retry_after_ms=wait_ms)

    def _hear(self, connection: Connection, pong: Pong) -> None:
        elapsed_ms = self._clock.now_ms() - pong.t
        if connection.phase is Phase.OPEN and 0 <= elapsed_ms <= ROUND_TRIP_MAX_MS:
            self._telemetry.pong_received(elapsed_ms / 1000)

    def _allow(self, connection: Connection, command_id: int | None) -> bool:
        now_s = self._clock.monotonic_s()
        if connection.bucket is None:
            connection.bucket = Bucket(self._limits.command_burst, now_s)
        wait_ms = connection.bucket.take(self._limits.commands_per_s, self._limits.command_burst, 1, now_s)
        if not wait_ms:
            return True
        text = "too many commands on this connection"
        self._strike(connection, WireError(ErrorCode.RATE_LIMITED, text, command_id=command_id, retry_after_ms=wait_ms))
        return False

    def _reject(self, connection: Connection, payload: bytes, error: WireError) -> None:
        """Answer what cannot be read; bytes that are not UTF-8 end the connection (RFC 6455 §8.1)."""
        if error.code in (ErrorCode.BAD_JSON, ErrorCode.TOO_DEEP):
            try:
                payload.decode()
            except UnicodeDecodeError:
                connection.fail_text()
                return
        self._strike(connection, error, 1 + len(payload) // STRIKE_BYTES)

    def _strike(self, connection: Connection, error: WireError, cost: int = 1) -> None:
        """Answer a fault or an excess; close who does not stop."""
        self._telemetry.error_replied("", error.code)
        connection.send(encode_error(error.command_id, error.as_object()))
        is_excess = error.code == ErrorCode.RATE_LIMITED
        code = CloseCode.RATE_LIMITED if is_excess else CloseCode.BAD_MESSAGE
        strike(connection, code, cost=cost, retry_after_ms=error.retry_after_ms)
