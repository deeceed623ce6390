"""`live.v1.json`, the protocol of liveroom (docs/protocol.md).

Its envelope is larger than the bare text the other servers send: a comment carries its id, author and
time. The comparison counts the same 200 bytes of text for all, so the difference is at our expense.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from loadtests.bench.dialects.base import Answer, Opening, Reading
from loadtests.bench.errors import JoinRefused, ProtocolFault
from loadtests.bench.messages import Stamp, read_stamp

_SILENT: Final = frozenset({"ack", "latest", "private", "pong", "connected"})


class LiveDialect:
    """One room of the protocol; `seq` is the position."""

    path = "/ws"
    subprotocol: str | None = "live.v1.json"

    def __init__(self, room: str) -> None:
        """Speak about this room."""
        self.room = room

    def open(self, token: str) -> Opening:
        """`connect` carries the token and the room: one round trip."""
        return Opening(replies=(_connect_frame(token, self.room),))

    def follow(self, payload: bytes) -> Opening:
        """`connected` is the seat; its `seq` is the position."""
        frame = orjson.loads(payload)
        if frame.get("type") != "connected":
            raise JoinRefused(f"the server answered `connect` with {payload[:300].decode('utf-8', 'replace')}")
        room: dict[str, Any] = frame.get("rooms", {}).get(self.room, {})
        if "seq" not in room:
            raise JoinRefused(f"the room was not entered: {orjson.dumps(room)[:300].decode()}")
        return Opening(position=int(room["seq"]))

    def say(self, number: int, text: str) -> bytes:
        """A comment with a key, as a client sends it; the counter in the text makes the key unique."""
        return orjson.dumps(
            {"id": number, "type": "comment.send", "room": self.room, "data": {"text": text}, "key": text[:30]}
        )

    def read(self, payload: bytes, reading: Reading) -> None:
        """`events` move the position; `ping` wants a `pong`; everything unexpected becomes a notice."""
        frame = orjson.loads(payload)
        kind = frame.get("type")
        if kind == "events":
            _read_events(frame, reading)
        elif kind == "ping":
            reading.replies.append(_pong(frame))
        elif kind == "error":
            reading.notices.append(f"error {frame['error'].get('code')}")
        elif kind not in _SILENT:
            reading.notices.append(str(kind))

    def answer(self, payload: bytes) -> Answer | None:
        """`ack`, `error` and `ping` are for the speaker; the room's own frames are not looked into."""
        if b'"type":"events"' in payload[:64]:
            return None
        frame = orjson.loads(payload)
        kind = frame.get("type")
        if kind == "ack":
            return Answer()
        if kind == "error":
            return Answer(refused=str(frame["error"].get("code")))
        return Answer(reply=_pong(frame)) if kind == "ping" else None


def _pong(frame: dict[str, Any]) -> bytes:
    return orjson.dumps({"type": "pong", "t": frame["t"]})


def _connect_frame(token: str, room: str) -> bytes:
    return orjson.dumps(
        {"id": 1, "type": "connect", "token": token, "client": {"name": "bench", "version": "1"}, "rooms": {room: {}}}
    )


def _read_events(frame: dict[str, Any], reading: Reading) -> None:
    events = frame["events"]
    if not events:
        raise ProtocolFault("an `events` frame without events")
    first = int(frame["seq"]) - len(events) + 1
    for position, event in enumerate(events, first):
        reading.events.append((position, _find_stamp(event)))


def _find_stamp(event: dict[str, Any]) -> Stamp | None:
    if event.get("kind") != "comment.sent":
        return None
    text = event["data"].get("text")
    return read_stamp(text.encode()) if isinstance(text, str) else None
