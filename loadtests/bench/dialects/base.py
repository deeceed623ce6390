"""The contract between the generator and the protocol of a server.

A dialect is stateless: it turns payloads into facts and facts into payloads. Positions are what makes a
loss visible: every event of a reader must follow the one before it by exactly one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from loadtests.bench.messages import Stamp

Event = tuple[int, Stamp | None]
"""Position in the room, and the stamp if the event is one of ours."""


@dataclass(slots=True)
class Reading:
    """What the frames of a few received bytes said."""

    events: list[Event] = field(default_factory=list)
    replies: list[bytes] = field(default_factory=list)
    """Payloads the server expects back (answers to its pings)."""
    notices: list[str] = field(default_factory=list)
    """Frames that are no event but matter to the report, such as `resync`."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a connection that is being opened stands after one more payload."""

    position: int | None = None
    """Last position before the first event to come; None while not joined."""
    replies: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a payload means to the one who spoke."""

    refused: str | None = None
    """Error code, if the command had no effect."""
    reply: bytes | None = None
    """Payload the server expects back; then it is no answer to a command."""


class Dialect(Protocol):
    """One protocol over WebSocket text frames."""

    path: str
    subprotocol: str | None

    def open(self, token: str) -> Opening:
        """What to send right after the upgrade, and the position if that alone is a seat."""

    def follow(self, payload: bytes) -> Opening:
        """The next step while joining. Raises JoinRefused."""

    def say(self, number: int, text: str) -> bytes:
        """The payload that makes the server pass `text` to everybody; `number` is new on this connection."""

    def read(self, payload: bytes, reading: Reading) -> None:
        """Add what one payload says to `reading`. Raises ProtocolFault."""

    def answer(self, payload: bytes) -> Answer | None:
        """What one payload means to a speaker; None when it is for everybody."""
