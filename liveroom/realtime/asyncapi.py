"""The AsyncAPI 3.0 document of the wire, made from the catalogue and the frame models.

Everything in it is read from the models and tables the server runs with; nothing is written down twice.
Operations are named from the side of the server: it receives commands and sends frames (AsyncAPI 3.0, Operation
Object). What AsyncAPI has no word for is in extensions: `x-roles`, `x-rate` and `x-ack` of commands,
`x-delivery-class` and `x-vital` of events, and in `info` `x-close-codes`, `x-error-codes` and `x-limits`.
"""

from __future__ import annotations

from dataclasses import asdict

from liveroom.realtime.backplane.base import KEY_TTL_S
from liveroom.realtime.catalogue import Catalogue, CommandType, Delivery, EventKind, Model, Rate
from liveroom.realtime.codes import (
    JSON_DEPTH,
    MESSAGE_BYTES,
    PATH,
    RETRYABLE,
    ROOM_PATTERN,
    ROOMS_PER_CONNECTION,
    SUBPROTOCOL,
    CloseCode,
    ErrorCode,
)
from liveroom.realtime.frame_models import FrameModels
from liveroom.realtime.schemas import Json, describe_both

PLACE = "#/components/schemas/"
CHANNEL = "live"
CARRIERS = {Delivery.SEQUENCED: "events", Delivery.LATEST: "latest", Delivery.PRIVATE: "private"}
"""The frame in which the events of a delivery class travel."""

DESCRIPTION = """\
One WebSocket, subprotocol `live.v1.json`, one JSON object in each text message. The first frame is `connect`; it
carries the token (never in the URL), the rooms to enter and the positions to resume from. A command with an `id` is
answered by one `ack` or one `error`. The prose for authors of clients is docs/protocol.md; the conformance suite
(docs/conformance.md) checks a client against it."""


def make_asyncapi(catalogue: Catalogue, models: FrameModels, *, version: str) -> Json:
    """Make the document.

    Args:
        catalogue: complete.
        models: its frames (`make_frame_models`).
        version: of the product.
    """
    return Document(catalogue, models).make(version)


class Document:
    """Puts the parts together; see `make_asyncapi`."""

    def __init__(self, catalogue: Catalogue, models: FrameModels) -> None:
        self._catalogue = catalogue
        self._models = models
        self._sent, self._pushed, self._definitions = describe_both(models, PLACE)

    def make(self, version: str) -> Json:
        """The whole document."""
        events = {kind: self._event_message(declared) for kind, declared in self._catalogue.events.items()}
        framed = self._frame_messages()
        return {
            "asyncapi": "3.0.0",
            "id": "urn:liveroom:live.v1.json",
            "info": self._info(version),
            "defaultContentType": "application/json",
            "servers": _servers(),
            "channels": {CHANNEL: _channel(sorted(framed.keys() - {"server.ack"}))},
            "operations": dict(sorted(self._operations().items())),
            "components": {
                "messages": dict(sorted({**framed, **events}.items())),
                "schemas": self._definitions,
                "correlationIds": {
                    "id": {"description": "the answer repeats the `id`", "location": "$message.payload#/id"}
                },
            },
        }

    def _info(self, version: str) -> Json:
        return {
            "title": "liveroom",
            "version": version,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            "x-close-codes": [
                {"code": int(code), "name": code.name, "meaning": code.meaning, "reconnect": code.reconnect}
                for code in CloseCode
            ],
            "x-error-codes": [
                {"code": code.value, "meaning": code.meaning, "retryable": code in RETRYABLE} for code in ErrorCode
            ],
            "x-limits": {
                "message_bytes": MESSAGE_BYTES,
                "json_depth": JSON_DEPTH,
                "room_pattern": ROOM_PATTERN,
                "rooms_per_connection": ROOMS_PER_CONNECTION,
                "key_ttl_s": KEY_TTL_S,
            },
        }

    def _frame_messages(self) -> Json:
        """What really travels: the frames of both sides, and the ack of each command."""
        client = {_client_key(name): self._client_message(name) for name in self._models.client}
        server = {f"server.{name}": self._server_message(name) for name in self._models.server}
        acks = {f"ack.{name}": self._ack_message(name) for name in self._models.acks}
        return {**client, **server, **acks}

    def _client_message(self, name: str) -> Json:
        model = self._models.client[name]
        message = _message(name, model, self._sent[model])
        declared = self._catalogue.commands.get(name)
        if declared is not None:
            message |= self._rules_of(declared)
        if name != "pong":
            message["correlationId"] = {"$ref": "#/components/correlationIds/id"}
        return message

    def _rules_of(self, declared: CommandType) -> Json:
        rules: Json = {
            "x-roles": [role.value for role in sorted(declared.roles, key=lambda role: (role.power, role.value))],
            "x-rate": _rate(declared.rate),
        }
        data = self._models.ack_data.get(declared.name)
        if data is not None:
            rules["x-ack"] = self._pushed[data]
        return rules

    def _server_message(self, name: str) -> Json:
        model = self._models.server[name]
        message = _message(name, model, self._pushed[model])
        if "id" in model.model_fields:
            message["correlationId"] = {"$ref": "#/components/correlationIds/id"}
        return message

    def _ack_message(self, command: str) -> Json:
        model = self._models.acks[command]
        message = _message("ack", model, self._pushed[model])
        return message | {"correlationId": {"$ref": "#/components/correlationIds/id"}, "x-answers": command}

    def _event_message(self, declared: EventKind) -> Json:
        model = self._models.events[declared.kind]
        return _message(declared.kind, model, self._pushed[model]) | {
            "x-delivery-class": declared.delivery.value,
            "x-vital": declared.vital,
            "x-frame": CARRIERS[declared.delivery],
        }

    def _operations(self) -> Json:
        received = {name: _receive(name, _answers(name)) for name in self._models.client if name != "pong"}
        sent = {f"push.{name}": _send(f"server.{name}") for name in self._models.server if name not in REPLIES}
        sent["push.ping"]["reply"] = _reply(["client.pong"])
        return {**received, **sent}


REPLIES = {"connected", "ack", "error", "pong"}
"""Frames of the server that only answer."""


def _answers(name: str) -> list[str]:
    if name == "connect":
        return ["server.connected", "server.error"]
    return ["server.pong"] if name == "ping" else [f"ack.{name}", "server.error"]


def _client_key(name: str) -> str:
    return name if "." in name else f"client.{name}"


def _message(name: str, model: type[Model], payload: Json) -> Json:
    text = " ".join((model.__doc__ or "").split())
    return {"name": name, "summary": text, "contentType": "application/json", "payload": payload}


def _rate(rate: Rate) -> Json:
    return {name: value for name, value in asdict(rate).items() if value is not None}


def _servers() -> Json:
    spoken = {"protocolVersion": "13", "pathname": "/"}
    return {
        "local": {"host": "127.0.0.1:8000", "protocol": "ws", "description": "`make run`", **spoken},
        "public": {
            "host": "{host}",
            "protocol": "wss",
            "description": "behind a proxy that ends TLS",
            "variables": {"host": {"default": "live.example.org", "description": "where the proxy is reached"}},
            **spoken,
        },
    }


def _channel(keys: list[str]) -> Json:
    offered = {"type": "string", "const": SUBPROTOCOL}
    headers = {
        "type": "object",
        "properties": {"Sec-WebSocket-Protocol": offered},
        "required": ["Sec-WebSocket-Protocol"],
    }
    return {
        "address": PATH,
        "description": "Everything, for all rooms of a client.",
        "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in keys},
        "bindings": {"ws": {"method": "GET", "headers": headers, "bindingVersion": "0.1.0"}},
    }


def _channel_messages(keys: list[str]) -> list[Json]:
    return [{"$ref": f"#/channels/{CHANNEL}/messages/{key}"} for key in keys]


def _reply(keys: list[str]) -> Json:
    return {"channel": {"$ref": f"#/channels/{CHANNEL}"}, "messages": _channel_messages(keys)}


def _receive(name: str, answers: list[str]) -> Json:
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{CHANNEL}"},
        "messages": _channel_messages([_client_key(name)]),
        "reply": _reply(answers),
    }


def _send(key: str) -> Json:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{CHANNEL}"},
        "messages": _channel_messages([key]),
    }
