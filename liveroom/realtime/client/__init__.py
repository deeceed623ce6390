"""The Python client of liveroom: what a program needs to take part in a room over the wire.

Promise: events once and in order, commands that take effect once; cuts, restarts of the server and expiring tokens
are its business. It behaves as `liveroom.js` does; both pass the same conformance suite (docs/clients.md).
"""

from __future__ import annotations

from liveroom.realtime.client.errors import (
    AnswerMissing,
    ClientClosed,
    ClientError,
    CommandRefused,
    MessageTooBig,
    TooManyPending,
)
from liveroom.realtime.client.events import Event, EventStream, Lane
from liveroom.realtime.client.live import LiveRoomClient
from liveroom.realtime.client.room import Room
from liveroom.realtime.client.transport import Transport, TransportClosed, open_websocket

__all__ = [
    "AnswerMissing",
    "ClientClosed",
    "ClientError",
    "CommandRefused",
    "Event",
    "EventStream",
    "Lane",
    "LiveRoomClient",
    "MessageTooBig",
    "Room",
    "TooManyPending",
    "Transport",
    "TransportClosed",
    "open_websocket",
]
