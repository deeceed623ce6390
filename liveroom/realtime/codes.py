"""Error codes and close codes of `live.v1.json`.

The range of a close code tells a client what to do, so that a client which meets a code from a newer
server still does the right thing: 4000-4099 reconnect and resume, 4100-4199 reconnect after a backoff,
4400-4499 do not reconnect. Published in AsyncAPI; never renumbered.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class CloseCode(IntEnum):
    """Why a connection was closed (RFC 6455 §7.4.2 leaves 4000-4999 to the application)."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> CloseCode:
        """Make a member that carries its meaning beside the number."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    DRAINING = 4000, "this node is stopping; reconnect and resume"
    RESYNC_REQUIRED = 4001, "your position is gone; reconnect and take a snapshot"
    NO_PONG = 4002, "no sign of life within the heartbeat"
    TOKEN_EXPIRED = 4003, "the token has expired; get a new one, then reconnect"
    FORCED_RECONNECT = 4004, "an operator asks you to reconnect"
    SLOW_CONSUMER = 4100, "you read more slowly than the room speaks"
    RATE_LIMITED = 4101, "you went on sending above the limit"
    OVERLOADED = 4102, "this node has no room for you now"
    INTERNAL_ERROR = 4103, "the server has a fault"
    BAD_MESSAGE = 4400, "you keep sending messages that cannot be read"
    INVALID_TOKEN = 4401, "the token is not valid"
    FORBIDDEN = 4403, "you are banned or not allowed here"
    CONNECT_TIMEOUT = 4408, "no connect frame in time"
    REPLACED = 4409, "a newer session of yours took over"
    MESSAGE_TOO_BIG = 4413, "the message is larger than the limit"
    UNSUPPORTED_VERSION = 4426, "this protocol version is not spoken here"

    @property
    def reconnect(self) -> bool:
        """Whether a client should come back by itself."""
        return self < 4400


class ErrorCode(StrEnum):
    """What can be wrong with a command; stable strings, each with its retry rule in `RETRYABLE`."""

    _value_: str
    meaning: str

    def __new__(cls, value: str, meaning: str = "") -> ErrorCode:
        """Make a member that carries its meaning beside the string."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    BAD_JSON = "bad_json", "the message is not one JSON object in UTF-8"
    TOO_DEEP = "too_deep", "the message nests deeper than the limit"
    INVALID_FIELD = "invalid_field", "a field is missing or has a wrong type or value; `field` names it"
    UNKNOWN_FIELD = "unknown_field", "a field is not known here; `field` names it"
    UNKNOWN_TYPE = "unknown_type", "there is no command of this type"
    CONNECT_FIRST = "connect_first", "a command came before `connect`"
    ALREADY_CONNECTED = "already_connected", "`connect` is sent once"
    INVALID_TOKEN = "invalid_token", "the token or key is not accepted; another of the same kind will not be either"
    TOKEN_EXPIRED = "token_expired", "the token was good and has run out; get a new one"
    GUESTS_NOT_ALLOWED = "guests_not_allowed", "this room needs a token"
    FORBIDDEN = "forbidden", "your role may not do this here"
    BANNED = "banned", "you are shut out of this room or of the whole server"
    MUTED = "muted", "you may not write here, or nobody may at the moment; `until` says how long"
    KICKED = "kicked", "you were sent out of this room; you may come back"
    TEXT_REFUSED = "text_refused", "this text is not allowed here; `reason` says what is in it"
    ROOM_NOT_FOUND = "room_not_found", "there is no room of this name"
    ROOM_EXISTS = "room_exists", "a room of this name exists already"
    ROOM_NOT_OPEN = "room_not_open", "nobody can talk here before the room opens or after it has ended"
    TOO_MANY_ROOMS = "too_many_rooms", "this connection is in as many rooms as it may be"
    NOT_JOINED = "not_joined", "join the room first"
    WRONG_STATE = "wrong_state", "not possible in the present state; `state` names it"
    NOT_FOUND = "not_found", "what the command points at does not exist or is gone"
    KEY_CONFLICT = "key_conflict", "this key was used for another command; make a new key"
    RATE_LIMITED = "rate_limited", "too fast; wait `retry_after_ms`"
    OVERLOADED = "overloaded", "more waits here than can be taken; wait `retry_after_ms`"
    UNAVAILABLE = "unavailable", "something behind this server did not answer in time; try again with the same key"
    INTERNAL = "internal", "the server has a fault; try again with the same key"


RETRYABLE: frozenset[str] = frozenset(
    {ErrorCode.RATE_LIMITED, ErrorCode.OVERLOADED, ErrorCode.UNAVAILABLE, ErrorCode.INTERNAL, ErrorCode.TOKEN_EXPIRED}
)
"""Codes after which the same command may be sent again, later or with a new token."""

SUBPROTOCOL = "live.v1.json"
PATH = "/ws"

MESSAGE_BYTES = 65_536
"""Largest message in either direction from a client, after inflating (RFC 6455 close 1009 above it)."""

JSON_DEPTH = 8
ROOM_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
ROOMS_PER_CONNECTION = 16
