"""The scenarios, one module for each part of docs/protocol.md. Importing this package declares them all."""

from __future__ import annotations

from liveroom.server.conformance.scenarios import (
    closing,
    commands,
    connecting,
    delivery,
    framing,
    life,
    moving,
    positions,
    rooms,
    tokens,
)

__all__ = [
    "closing",
    "commands",
    "connecting",
    "delivery",
    "framing",
    "life",
    "moving",
    "positions",
    "rooms",
    "tokens",
]
