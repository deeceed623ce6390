"""One connection to the house: the real `Connection` and all behind it, with a transport that keeps what is written."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import orjson

from liveroom.realtime.connection import Connection
from tests.realtime.consumers import FrameReader

Frame = dict[str, Any]


class FakeTransport:
    """A socket whose peer reads everything at once."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.written.append(data)

    def get_write_buffer_size(self) -> int:
        """The peer has read all."""
        return 0

    def set_write_buffer_limits(self, high: int, low: int) -> None:
        """Never reached."""

    def pause_reading(self) -> None:
        """Nothing is read from a socket here."""

    resume_reading = close = abort = pause_reading


class Line:
    """A person at the other end.

    Args:
        connection: after its handshake.
        settle: lets the house do what it has to do.
    """

    def __init__(self, connection: Connection, transport: FakeTransport, settle: Callable[[], Any]) -> None:
        self.connection = connection
        self.heard: list[Frame] = []
        self._transport = transport
        self._settle = settle
        self._reader = FrameReader()
        self._ids = itertools.count(1)

    def say(self, type_: str, data: Frame | None = None, *, key: str | None = None, room: str = "demo") -> int:
        """Send a command and do not wait; returns its id."""
        number = next(self._ids)
        frame: Frame = {"id": number, "type": type_, "room": room, "data": data or {}}
        self.send(frame | ({"key": key} if key is not None else {}))
        return number

    def send(self, frame: Frame) -> None:
        """Send a frame."""
        self.connection.receive(orjson.dumps(frame))

    async def ask(self, type_: str, data: Frame | None = None, *, key: str | None = None) -> Frame:
        """Send a command and return its answer."""
        number = self.say(type_, data, key=key)
        await self._settle()
        return self.answer(number)

    async def join(self, position: Frame | None = None, room: str = "demo") -> Frame:
        """Enter a room, or repair a position; returns the join result."""
        number = self.say("room.join", position, room=room)
        await self._settle()
        answer = self.answer(number)
        return answer["data"] if answer["type"] == "ack" else answer

    @property
    def writes(self) -> list[bytes]:
        """What was written and not heard yet, write by write."""
        return list(self._transport.written)

    def hear(self) -> list[Frame]:
        """Everything heard so far."""
        data = b"".join(self._transport.written)
        self._transport.written.clear()
        self.heard += self._reader.read(data)
        return self.heard

    def answer(self, number: int) -> Frame:
        """The answer to a command."""
        [answer] = [frame for frame in self.hear() if frame.get("id") == number and frame["type"] in ("ack", "error")]
        return answer

    def events(self, kind: str | None = None) -> list[Frame]:
        """The sequenced events heard, each with its number."""
        found = []
        for frame in self.hear():
            if frame["type"] == "events":
                first = frame["seq"] - len(frame["events"]) + 1
                found += [event | {"seq": seq} for seq, event in enumerate(frame["events"], first)]
        return [event for event in found if kind is None or event["kind"] == kind]

    def private(self, kind: str) -> list[Frame]:
        """The data of the private words of a kind."""
        words = [word for frame in self.hear() if frame["type"] == "private" for word in frame["events"]]
        return [word["data"] for word in words if word["kind"] == kind]

    def latest(self, kind: str) -> list[Frame]:
        """The absolute values of a kind, in the order heard."""
        return [frame["values"][kind] for frame in self.hear() if frame["type"] == "latest" and kind in frame["values"]]

    def hang_up(self) -> None:
        """The socket is cut."""
        self.connection.connection_lost(None)
