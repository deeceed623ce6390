"""A server that sends every text it gets to everybody, as it is: one frame for each message."""

from __future__ import annotations

from loadtests.bench.dialects.base import Answer, Opening, Reading
from loadtests.bench.errors import ProtocolFault
from loadtests.bench.messages import read_stamp


class PlainDialect:
    """The text alone. Being connected is being in the room; the counter is the position."""

    subprotocol: str | None = None

    def __init__(self, path: str = "/") -> None:
        """Speak at this path."""
        self.path = path

    def open(self, token: str) -> Opening:
        """Nothing to send: joined."""
        return Opening(position=0)

    def follow(self, payload: bytes) -> Opening:
        """Never called: the seat was there at once."""
        raise ProtocolFault("a plain server sent a text before it was asked for anything")

    def say(self, number: int, text: str) -> bytes:
        """The text alone."""
        return text.encode()

    def read(self, payload: bytes, reading: Reading) -> None:
        """One text is one event."""
        stamp = read_stamp(payload)
        if stamp is None:
            raise ProtocolFault(f"a text without a stamp came back: {payload[:80]!r}")
        reading.events.append((stamp.counter, stamp))

    def answer(self, payload: bytes) -> Answer | None:
        """Nothing is answered."""
        return None
