"""A socket that has joined and is neither speaker nor audience: what comes is read, pings are answered.

Promise: whatever the server does to it ends the run with a sentence that says to whom it was done.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Final

import orjson

from loadtests.bench.errors import ServerFailed
from loadtests.bench.frames import CLOSE, PING, PONG, TEXT, make_frame, split_frames

_MASK: Final = b"\x3b\x91\xe4\x16"
_READ_BYTES: Final = 262_144


class Seat:
    """See the module.

    Args:
        socket: not blocking.
        rest: bytes behind its join.
        who: sits there, for messages.
    """

    __slots__ = ("_tail", "_who", "number", "socket")

    def __init__(self, socket: socket.socket, rest: bytes, who: str) -> None:
        """Nothing is sent yet."""
        self.socket = socket
        self.number = 1
        """Of its newest command; the first one was `connect`."""
        self._tail = rest
        self._who = who

    def read(self) -> Sequence[bytes]:
        """The texts that have come. Raises ServerFailed."""
        try:
            data = self.socket.recv(_READ_BYTES)
        except OSError as error:
            raise ServerFailed(f"the connection of {self._who} broke: {error}") from error
        if not data:
            raise ServerFailed(f"the server closed the connection of {self._who}")
        frames, self._tail = split_frames(self._tail + data)
        for opcode, payload in frames:
            if opcode == PING:
                self._send(make_frame(payload, _MASK, PONG))
            elif opcode == CLOSE:
                raise ServerFailed(f"the server closed {self._who}: {payload[2:]!r}")
        return [payload for opcode, payload in frames if opcode == TEXT]

    def command(self, type_: str, room: str, data: dict[str, str], key: str) -> int:
        """Send a command; gives its number. Raises ServerFailed."""
        self.number += 1
        frame = {"id": self.number, "type": type_, "room": room, "data": data, "key": key}
        self._send(make_frame(orjson.dumps(frame), _MASK))
        return self.number

    def pong(self, ping: bytes) -> None:
        """Answer a `ping` of the protocol. Raises ServerFailed."""
        answer = {"type": "pong", "t": orjson.loads(ping)["t"]}
        self._send(make_frame(orjson.dumps(answer), _MASK))

    def _send(self, frame: bytes) -> None:
        try:
            if self.socket.send(frame) < len(frame):
                raise ServerFailed(f"the server does not read what {self._who} sends")
        except OSError as error:
            raise ServerFailed(f"the server cut off {self._who}: {error}") from error
