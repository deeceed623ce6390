"""What the server writes, as models.

The encoders of `wire.py` put these frames together by hand, because nothing is made more often; the models say what
they promise. AsyncAPI and the JSON Schemas are made from them, and tests read real frames with them, so that an
encoder cannot drift from what is published.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.realtime.wire import CommandId, Epoch, RoomId

EpochMs = Annotated[int, Field(ge=0, le=2**53 - 1, description="epoch ms, UTC")]
LastSeq = Annotated[int, Field(ge=0, le=2**53 - 1, description="position of the last event")]
RetryAfterMs = Annotated[int | None, Field(ge=1, description="lower bound for the next try")]


class ErrorObject(Model):
    """What is wrong, for programs (`code`, `retryable`) and for people (`message`). More facts may stand beside."""

    model_config = ConfigDict(extra="allow")

    code: ErrorCode
    message: Annotated[str, Field(min_length=1, description="one sentence for a person")]
    retryable: Annotated[bool, Field(description="whether sending the same again can succeed")]
    retry_after_ms: RetryAfterMs = None
    field: Annotated[str | None, Field(description="the field at fault, dotted")] = None
    room: RoomId | None = None


class SessionUser(Model):
    """Who the server takes the client for."""

    id: Annotated[str, Field(description="`sub` of the token")]
    name: Annotated[str, Field(description="name to show")]
    role: Annotated[Role, Field(description="role of the token; the role in a room is in `me` of the join")]
    guest: Annotated[bool, Field(description="came without a token of a user")]


class ClientLimits(Model):
    """What this connection may send."""

    message_bytes: Annotated[int, Field(description="largest message, inflated")]
    commands_per_s: Annotated[float, Field(description="commands in the long run; bursts may be more")]
    comment_chars: Annotated[int, Field(description="longest comment")]


class RoomRefused(Model):
    """In the place of a room that cannot be entered."""

    error: ErrorObject


class JoinedBase(Model):
    """What entering a room answers; `snapshot`, `totals` and `me` are those of the product on top."""

    room: RoomId
    epoch: Epoch
    seq: LastSeq
    recovered: Annotated[bool, Field(description="true: `events` lead to `seq`; false: see `snapshot`")]


class ConnectedBase(Model):
    """The answer to `connect`: who you are, what you may send, and the rooms you are in."""

    type: Literal["connected"]
    id: CommandId
    session: Annotated[str, Field(description="public name of this connection")]
    node: Annotated[str, Field(description="name of the process")]
    server_time: EpochMs
    heartbeat_ms: Annotated[int, Field(ge=1, description="about how often `ping` comes")]
    user: SessionUser
    guest_token: Annotated[str | None, Field(description="brings the same guest back")] = None
    token_expires_at: EpochMs
    limits: ClientLimits


class AckBase(Model):
    """The command took effect."""

    type: Literal["ack"]
    id: CommandId
    seq: Annotated[int | None, Field(ge=1, description="position of the command's event in the room")] = None
    duplicate: Annotated[Literal[True] | None, Field(description="a repeat; this is the first answer")] = None


class Ack(AckBase):
    """The command took effect."""

    data: Annotated[dict[str, Any] | None, Field(description="depends on the command")] = None


class ErrorReply(Model):
    """The command had no effect; without `id`, the message could not be read."""

    type: Literal["error"]
    id: CommandId | None = None
    error: ErrorObject


class Resync(Model):
    """Your position is gone: send `room.join` without one."""

    type: Literal["resync"]
    room: RoomId
    reason: Annotated[
        Literal["ring", "epoch", "role"],
        Field(description="ring: more happened than is kept; epoch: the numbering began anew; role: you have another"),
    ]


class Left(Model):
    """You are no longer in this room; the connection goes on."""

    type: Literal["left"]
    room: RoomId
    code: ErrorCode
    message: Annotated[str, Field(description="one sentence for a person")]


class ServerPing(Model):
    """Answer with `pong` and this `t`."""

    type: Literal["ping"]
    t: EpochMs


class ServerPong(Model):
    """The answer to the client's `ping`."""

    type: Literal["pong"]
    id: CommandId | None = None
    server_time: EpochMs


class Reconnect(Model):
    """This node is about to stop: after `after_ms` open a new connection and resume, then drop this one."""

    type: Literal["reconnect"]
    after_ms: Annotated[int, Field(ge=0, description="spread over all clients")]
    url: Annotated[str | None, Field(description="where to; absent: the same address")] = None


class Disconnect(Model):
    """The last frame before a close; browsers often hide the close code itself."""

    type: Literal["disconnect"]
    code: Annotated[int, Field(ge=4000, le=4999, description="the close code")]
    reason: Annotated[str, Field(description="one sentence for a person")]
    reconnect: Annotated[bool, Field(description="whether to come back by itself")]
    retry_after_ms: RetryAfterMs = None
