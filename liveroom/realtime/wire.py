"""The envelopes of `live.v1.json`: what a frame must look like, and how it becomes bytes.

The pydantic models here and in the catalogue are the only source of the protocol; AsyncAPI, the JSON
Schemas and the decoder are made from them. Decoding one command is one call into compiled code; the slow
path runs only to tell a sender what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field

from liveroom.realtime.catalogue import Delivery, Model, Rate, command, event
from liveroom.realtime.codes import ROOM_PATTERN, ROOMS_PER_CONNECTION, CloseCode

CommandId = Annotated[int, Field(ge=1, le=2**53 - 1, description="chosen by the client, unique on the connection")]
RoomId = Annotated[str, Field(pattern=ROOM_PATTERN, description="name of the room")]
Key = Annotated[str, Field(min_length=1, max_length=64, description="idempotency key, kept 10 minutes")]
Lang = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$", description="BCP 47 language tag")]
Epoch = Annotated[str, Field(min_length=1, max_length=32, description="life of the room's numbering")]
Seq = Annotated[int, Field(ge=0, le=2**53 - 1, description="position of the last event the client has")]


class RoomPosition(Model):
    """Where a client is in a room; both or neither."""

    epoch: Epoch | None = None
    seq: Seq | None = None


class ClientInfo(Model):
    """Who wrote the client, for the operator's numbers."""

    name: Annotated[str, Field(max_length=64, description="such as `my-app`")]
    version: Annotated[str, Field(max_length=32, description="its version")] = ""


class Connect(Model):
    """The first frame: identity, rooms and resume positions in one round trip (L1)."""

    id: CommandId = 1
    type: Literal["connect"]
    token: Annotated[str, Field(max_length=8192, description="JWT; absent: a guest")] | None = None
    client: ClientInfo | None = None
    lang: Lang | None = None
    rooms: Annotated[
        dict[RoomId, RoomPosition],
        Field(max_length=ROOMS_PER_CONNECTION, description="rooms to enter, each with the position in it"),
    ] = Field(default_factory=dict)


class Pong(Model):
    """The answer to the server's `ping`."""

    type: Literal["pong"]
    t: Annotated[int, Field(ge=0, description="`t` of the ping")]
    seqs: Annotated[
        dict[RoomId, Seq], Field(max_length=ROOMS_PER_CONNECTION, description="how far the client is in each room")
    ] = Field(default_factory=dict)


class Ping(Model):
    """A client measures its round trip."""

    type: Literal["ping"]
    id: CommandId | None = None


@command("room.join", rate=Rate(per_s=5, burst=20))
class JoinRoom(RoomPosition):
    """Enter a room, or repair a hole by telling the last position."""


@command("room.leave", rate=Rate(per_s=5, burst=20))
class LeaveRoom(Model):
    """Leave a room; the connection goes on."""


class TokenRefreshed(Model):
    """Until when the connection may stay."""

    token_expires_at: Annotated[int, Field(description="epoch ms, UTC")]


@command("auth.refresh", rate=Rate(per_s=0.2, burst=5), room=False, ack=TokenRefreshed)
class RefreshToken(Model):
    """Extend the connection with a newer token of the same user."""

    token: Annotated[str, Field(max_length=8192, description="JWT of the same user")]


@event("token.expiring", delivery=Delivery.PRIVATE)
class TokenExpiring(Model):
    """The token ends soon: send `auth.refresh`."""

    expires_at: Annotated[int, Field(description="epoch ms, UTC")]


def encode_ack(
    command_id: int, *, seq: int | None = None, data: object | None = None, duplicate: bool = False
) -> bytes:
    """An `ack`; `data` is anything orjson writes, or an `orjson.Fragment` of bytes already encoded."""
    ack: dict[str, object] = {"type": "ack", "id": command_id}
    if seq is not None:
        ack["seq"] = seq
    if data is not None:
        ack["data"] = data
    if duplicate:
        ack["duplicate"] = True
    return orjson.dumps(ack)


def encode_plain_ack(command_id: int, data: bytes) -> bytes:
    """The `ack` of something that was done for the first time; `data` is encoded already. The same bytes, sooner."""
    return b'{"type":"ack","id":%d,"data":%b}' % (command_id, data)


def encode_error(command_id: int | None, error: Mapping[str, object]) -> bytes:
    """An `error`; without an id when the message could not be read."""
    if command_id is None:
        return orjson.dumps({"type": "error", "error": error})
    return orjson.dumps({"type": "error", "id": command_id, "error": error})


def encode_event(kind: str, at_ms: int, data: Model) -> bytes:
    """One event object `{kind, ts, data}`: encoded once, spliced into every frame that carries it."""
    body = data.__pydantic_serializer__.to_json(data, exclude_none=True, exclude_defaults=True)
    return b'{"kind":"%b","ts":%d,"data":%b}' % (kind.encode(), at_ms, body)


def encode_value(data: Model) -> bytes:
    """The value of a `latest` kind."""
    return data.__pydantic_serializer__.to_json(data, exclude_none=True, exclude_defaults=True)


def as_fragment(data: Model) -> orjson.Fragment:
    """A value inside of something that orjson writes."""
    return orjson.Fragment(encode_value(data))


def as_sent(data: Model) -> dict[str, Any]:
    """What a client reads from `encode_value`: JSON values, without what has its default."""
    sent: dict[str, Any] = data.__pydantic_serializer__.to_python(
        data, mode="json", exclude_none=True, exclude_defaults=True
    )
    return sent


def encode_events(room: str, last_seq: int, events: Sequence[bytes]) -> bytes:
    """An `events` frame from event objects that are already encoded."""
    return b'{"type":"events","room":"%b","seq":%d,"events":[%b]}' % (room.encode(), last_seq, b",".join(events))


def encode_values(values: Mapping[str, bytes]) -> bytes:
    """A JSON object of latest kinds and their encoded values."""
    return b"{%b}" % b",".join(b'"%b":%b' % (kind.encode(), value) for kind, value in values.items())


def encode_latest(room: str, values: Mapping[str, bytes]) -> bytes:
    """A `latest` frame."""
    return b'{"type":"latest","room":"%b","values":%b}' % (room.encode(), encode_values(values))


def encode_private(room: str | None, events: Sequence[bytes]) -> bytes:
    """A `private` frame."""
    if room is None:
        return b'{"type":"private","events":[%b]}' % b",".join(events)
    return b'{"type":"private","room":"%b","events":[%b]}' % (room.encode(), b",".join(events))


def encode_frame(type_: str, **fields: Any) -> bytes:
    """Any rare frame: `connected`, `resync`, `left`, `ping`, `pong`, `reconnect`; absent fields are left out."""
    return orjson.dumps({"type": type_} | {name: value for name, value in fields.items() if value is not None})


def encode_disconnect(code: CloseCode, reason: str, retry_after_ms: int | None = None) -> bytes:
    """The frame before a close; browsers often hide the close code itself."""
    return encode_frame(
        "disconnect", code=int(code), reason=reason, reconnect=code.reconnect, retry_after_ms=retry_after_ms
    )
