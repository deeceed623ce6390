"""The line between two processes of the engine: JSON in frames over a Unix socket.

Promise: a frame is whole or the line is closed; nothing larger than `FRAME_BYTES` is read, and no more than
`QUEUED_BYTES` wait to be written: a side that does not read loses the line.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any, get_args

import orjson
from pydantic import TypeAdapter

from liveroom.realtime.media.events import MediaEvent

FRAME_BYTES = 1 << 20
QUEUED_BYTES = 8 << 20
SIZE_BYTES = 4

Message = dict[str, Any]

_EVENTS: dict[str, TypeAdapter[Any]] = {kind.__name__: TypeAdapter(kind) for kind in get_args(MediaEvent)}


class Line:
    """One end of it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def receive(self) -> Message | None:
        """The next message; None when the line has ended."""
        try:
            size = int.from_bytes(await self._reader.readexactly(SIZE_BYTES), "big")
            if size > FRAME_BYTES:
                return None
            message: Message = orjson.loads(await self._reader.readexactly(size))
        except (asyncio.IncompleteReadError, ConnectionError, orjson.JSONDecodeError):
            return None
        return message

    def send(self, message: Message) -> None:
        """Send a message; ends the line when the other side does not read."""
        data = orjson.dumps(message)
        transport = self._writer.transport
        if transport.is_closing():
            return
        if transport.get_write_buffer_size() > QUEUED_BYTES or len(data) > FRAME_BYTES:
            self.abort()
            return
        self._writer.write(len(data).to_bytes(SIZE_BYTES, "big") + data)

    def close(self) -> None:
        """End the line, once the other side has read what was sent."""
        self._writer.close()

    def abort(self) -> None:
        """End the line now."""
        self._writer.transport.abort()


async def open_line(end: socket.socket) -> Line:
    """A line over one end of a socket pair."""
    end.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=end, limit=FRAME_BYTES + SIZE_BYTES)
    return Line(reader, writer)


def pack_event(event: MediaEvent) -> Message:
    """An event as a message."""
    name = type(event).__name__
    return {"event": name, "data": _EVENTS[name].dump_python(event, mode="json")}


def unpack_event(message: Message) -> MediaEvent:
    """The event in a message of `pack_event`. Raises pydantic's ValidationError for anything else."""
    event: MediaEvent = _EVENTS[message["event"]].validate_python(message["data"], strict=False)
    return event
