"""From the bytes of a message to a checked frame, or to a `WireError` that says what is wrong.

Promise: only `WireError` escapes, whatever the bytes (fuzzed in tests). A good message is validated from its
JSON text in one compiled call; nesting is bounded by the models, which know no free-form fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any, Literal, Protocol, cast

import orjson
from pydantic import Field, TypeAdapter, ValidationError, create_model

from liveroom.realtime.catalogue import Catalogue, CommandType, Model
from liveroom.realtime.codes import JSON_DEPTH, ErrorCode
from liveroom.realtime.errors import WireError
from liveroom.realtime.wire import CommandId, Connect, Key, Ping, Pong, RoomId

EXPLANATIONS = {
    "extra_forbidden": (ErrorCode.UNKNOWN_FIELD, "this field is not known here"),
    "missing": (ErrorCode.INVALID_FIELD, "this field is missing"),
}


MAX_FAULTS = 20


class Command(Protocol):
    """A checked command: envelope and data. The concrete classes are made from the catalogue."""

    @property
    def id(self) -> int | None:
        """Where the answer goes; None: no answer wanted."""

    @property
    def type(self) -> str:
        """A type of the catalogue."""

    @property
    def room(self) -> str:
        """The room addressed; empty for commands of the connection."""

    @property
    def key(self) -> str | None:
        """Idempotency key."""

    @property
    def data(self) -> Model:
        """The command's own fields."""


class Decoder:
    """Decodes messages of one catalogue.

    Args:
        catalogue: complete; commands declared later are not known to this decoder.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.envelopes, adapter = _compile(tuple(catalogue.commands.values()))
        self._types = {"connect", "pong", "ping", *self.envelopes}
        self._validate = adapter.validator.validate_json

    def decode(self, message: bytes) -> Connect | Pong | Ping | Command:
        """Check one message.

        Args:
            message: the payload of a text message, at most `MESSAGE_BYTES`.

        Raises:
            WireError: with the code, the field and, where readable, the command's id.
        """
        try:
            return cast("Connect | Pong | Ping | Command", self._validate(message))
        except ValidationError as refused:
            raise self._explain(message, refused) from None

    def _explain(self, message: bytes, refused: ValidationError) -> WireError:
        if _is_deeper_than(message, JSON_DEPTH):
            return WireError(ErrorCode.TOO_DEEP, f"the message nests deeper than {JSON_DEPTH} levels")
        try:
            frame = orjson.loads(message)
        except orjson.JSONDecodeError:
            return WireError(ErrorCode.BAD_JSON, "the message is not JSON in UTF-8")
        if not isinstance(frame, dict):
            return WireError(ErrorCode.BAD_JSON, "the message must be a JSON object")
        command_id = _readable_id(frame.get("id"))
        type_ = frame.get("type")
        if not isinstance(type_, str):
            return WireError(ErrorCode.INVALID_FIELD, "`type` must be a string", command_id=command_id, field="type")
        if type_ not in self._types:
            text = f"the command {type_[:64]!r} is not known here"
            return WireError(ErrorCode.UNKNOWN_TYPE, text, command_id=command_id, field="type")
        return _first_fault(refused, command_id)


@lru_cache(maxsize=4)
def _compile(commands: tuple[CommandType, ...]) -> tuple[Mapping[str, type[Model]], TypeAdapter[Any]]:
    """The whole-frame models by type, and what tells them apart; kept, for it takes a third of a second."""
    envelopes = {declared.name: _envelope(declared) for declared in commands}
    members: Any = Connect | Pong | Ping
    for model in envelopes.values():
        members = members | model
    return MappingProxyType(envelopes), TypeAdapter(Annotated[members, Field(discriminator="type")])


def _envelope(declared: CommandType) -> type[Model]:
    """The whole-frame model of one command; `data` may be left out where all its fields may."""
    optional = not any(field.is_required() for field in declared.model.model_fields.values())
    fields: dict[str, Any] = {
        "id": (CommandId | None, None),
        "type": (Literal[declared.name], ...),
        "key": (Key | None, None),
        "data": (declared.model, declared.model() if optional else ...),
        "room": (RoomId, ...) if declared.room else (Literal[""], Field("", description="concerns the connection")),
    }
    name = "".join(part.capitalize() for part in declared.name.replace(".", "_").split("_"))
    return create_model(f"{name}Command", __base__=Model, __doc__=declared.model.__doc__, **fields)


def _is_deeper_than(message: bytes, limit: int) -> bool:
    """Whether brackets outside of strings nest deeper than `limit`; linear and without recursion."""
    if message.count(b"{") + message.count(b"[") <= limit:
        return False
    depth = 0
    for part in _outside_strings(message):
        for byte in part:
            if byte in b"{[":
                depth += 1
                if depth > limit:
                    return True
            elif byte in b"}]":
                depth -= 1
    return False


def _outside_strings(message: bytes) -> list[bytes]:
    """The parts of a JSON text that are not inside string literals."""
    unescaped = message.replace(b"\\\\", b"").replace(b'\\"', b"")
    return unescaped.split(b'"')[::2]


def _readable_id(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 2**53:
        return value
    return None


def _first_fault(refused: ValidationError, command_id: int | None) -> WireError:
    if refused.error_count() > MAX_FAULTS:
        # Describing each of them would cost far more than finding them.
        return WireError(ErrorCode.INVALID_FIELD, "the message has too many faults to name", command_id=command_id)
    fault = refused.errors(include_url=False, include_context=False, include_input=False)[0]
    # The first element of the location is the member of the union, which the sender knows as `type`.
    field = ".".join(str(part)[:64] for part in fault["loc"][1:]) or "type"
    code, text = EXPLANATIONS.get(fault["type"], (ErrorCode.INVALID_FIELD, fault["msg"]))
    return WireError(code, f"`{field}`: {text}", command_id=command_id, field=field)
