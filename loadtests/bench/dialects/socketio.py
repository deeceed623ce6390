"""Socket.IO 4 over Engine.IO 4, WebSocket transport only.

Packets: `0` open, `2` ping, `3` pong, `40` connect to the namespace, `42` event with a JSON array
(socket.io-protocol, revision 5).
"""

from __future__ import annotations

from loadtests.bench.dialects.base import Answer, Opening, Reading
from loadtests.bench.errors import JoinRefused, ProtocolFault
from loadtests.bench.messages import read_stamp


class SocketIoDialect:
    """Texts as the one argument of an event named `m`; the counter is the position."""

    path = "/socket.io/?EIO=4&transport=websocket"
    subprotocol: str | None = None

    def open(self, token: str) -> Opening:
        """The server speaks first."""
        return Opening()

    def follow(self, payload: bytes) -> Opening:
        """Answer `0{…}` with a connect to the default namespace and wait for `40{…}`."""
        if payload[:1] == b"0":
            return Opening(replies=(b"40",))
        if payload[:2] == b"40":
            return Opening(position=0)
        if payload[:1] == b"2":
            return Opening(replies=(b"3",))
        raise JoinRefused(f"socket.io answered the connect with {payload[:80]!r}")

    def say(self, number: int, text: str) -> bytes:
        """An event without acknowledgement; the text needs no JSON escapes."""
        return f'42["m","{text}"]'.encode()

    def read(self, payload: bytes, reading: Reading) -> None:
        """`42["m","…"]` is one event; `2` asks for `3`."""
        if payload[:2] == b"42":
            stamp = read_stamp(payload)
            if stamp is None:
                raise ProtocolFault(f"an event without a stamp came back: {payload[:80]!r}")
            reading.events.append((stamp.counter, stamp))
        elif payload[:1] == b"2":
            reading.replies.append(b"3")
        else:
            reading.notices.append(payload[:2].decode("ascii", "replace"))

    def answer(self, payload: bytes) -> Answer | None:
        """Only the heartbeat wants something."""
        return Answer(reply=b"3") if payload == b"2" else None
