"""How far a connection is, from the upgrade to the last byte."""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """See the module."""

    HANDSHAKE = "handshake"
    ARRIVED = "arrived"
    CONNECTING = "connecting"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


TALKING = frozenset({Phase.ARRIVED, Phase.CONNECTING, Phase.OPEN})
"""There is a WebSocket, and nobody has said Close."""
