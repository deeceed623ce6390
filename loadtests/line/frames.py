"""The frames a user of the load test writes, as bytes (docs/protocol.md)."""

from __future__ import annotations

from typing import Any

import orjson


def make_connect(token: str | None, room: str, position: tuple[str, int] | None = None) -> bytes:
    """The first frame: who, which room, and after a cut the position in it (epoch and seq)."""
    frame: dict[str, Any] = {
        "id": 1,
        "type": "connect",
        "client": {"name": "loadtest", "version": "1"},
        "rooms": {room: {} if position is None else {"epoch": position[0], "seq": position[1]}},
    }
    if token is not None:
        frame["token"] = token
    return orjson.dumps(frame)


def make_command(number: int, type_: str, room: str, data: dict[str, Any], key: str | None = None) -> bytes:
    """A command; `number` is new on its connection, `key` new for its user."""
    frame: dict[str, Any] = {"id": number, "type": type_, "room": room, "data": data}
    if key is not None:
        frame["key"] = key
    return orjson.dumps(frame)


def make_pong(sent: int, room: str, seq: int) -> bytes:
    """The answer to a `ping`, with how far this viewer is."""
    return orjson.dumps({"type": "pong", "t": sent, "seqs": {room: seq}})
