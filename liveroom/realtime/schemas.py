"""JSON Schemas of the wire, made from its models.

The two directions differ. The server refuses fields it does not know, so what a client sends is closed; a client
must ignore them, so what the server sends is open to fields of a newer server. The server leaves a field out instead
of writing null or its default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core import core_schema

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import SUBPROTOCOL
from liveroom.realtime.frame_models import FrameModels

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Json = dict[str, Any]


class SentByClient(GenerateJsonSchema):
    """Closed objects, as the decoder checks them."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """No: the name of a field is title enough."""
        return False

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> Json:
        """Without `discriminator`, which JSON Schema does not know and AsyncAPI understands differently."""
        made = super().tagged_union_schema(schema)
        made.pop("discriminator", None)
        return made

    def dict_schema(self, schema: core_schema.DictSchema) -> Json:
        """Names that do not match are not allowed, which JSON Schema takes for granted only when told."""
        made = super().dict_schema(schema)
        made.pop("propertyNames", None)
        return made | {"additionalProperties": False} if "patternProperties" in made else made


class SentByServer(SentByClient):
    """Open objects; a field is absent rather than null."""

    def model_schema(self, schema: core_schema.ModelSchema) -> Json:
        """An object that may have further fields."""
        made = super().model_schema(schema)
        made.pop("additionalProperties", None)
        return made

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Json:
        """The value with its default; null is never written where it is the default."""
        inner = schema["schema"]
        if schema.get("default", ...) is None and inner["type"] == "nullable":
            return self.generate_inner(inner["schema"])
        return super().default_schema(schema)


Direction = Literal["client", "server"]
GENERATORS: Mapping[Direction, type[GenerateJsonSchema]] = {"client": SentByClient, "server": SentByServer}


def describe_models(
    models: Iterable[type[Model]], direction: Direction, place: str
) -> tuple[dict[type[Model], Json], Json]:
    """Describe models in JSON Schema.

    Args:
        models: in any order.
        direction: who sends them.
        place: where definitions will be, such as `#/$defs/`.

    Returns:
        A reference for each model, and all definitions by name.
    """
    mode: JsonSchemaMode = "validation"
    wanted = list(dict.fromkeys(models))
    references, definitions = models_json_schema(
        [(model, mode) for model in wanted], ref_template=place + "{model}", schema_generator=GENERATORS[direction]
    )
    by_model = {model: references[(model, mode)] for model in wanted}
    return by_model, definitions.get("$defs", {})


class BothDirections(NamedTuple):
    """References by model for what a client sends and for what the server sends, and all definitions by name."""

    sent: dict[type[Model], Json]
    pushed: dict[type[Model], Json]
    definitions: Json


def describe_both(models: FrameModels, place: str) -> BothDirections:
    """Describe all frames.

    A model that both sides send is two definitions where they differ: what a client sends is closed and gets the
    ending `Sent`.
    """
    sent, client = describe_models(models.client.values(), "client", place)
    server_models = [*models.server.values(), *models.events.values(), *models.acks.values(), *models.ack_data.values()]
    pushed, server = describe_models(server_models, "server", place)
    renamed: dict[str, str] = {}
    while clashes := [name for name in client.keys() - renamed.keys() & server.keys() if client[name] != server[name]]:
        # What refers to a renamed definition differs from the other direction itself from now on.
        renamed |= {name: f"{name}Sent" for name in clashes}
        client = {name: _rename(definition, renamed, place) for name, definition in client.items()}
    sent = {model: _rename(reference, renamed, place) for model, reference in sent.items()}
    client = {renamed.get(name, name): definition for name, definition in client.items()}
    return BothDirections(sent, pushed, dict(sorted({**client, **server}.items())))


def _rename(part: Any, renamed: Mapping[str, str], place: str) -> Any:
    """A schema with its references to renamed definitions put right."""
    if isinstance(part, dict):
        made = {name: _rename(inner, renamed, place) for name, inner in part.items()}
        target = str(made.get("$ref", "")).removeprefix(place)
        return made | {"$ref": place + renamed[target]} if target in renamed else made
    if isinstance(part, list):
        return [_rename(inner, renamed, place) for inner in part]
    return part


def make_schemas(models: FrameModels, *, version: str) -> Json:
    """One JSON Schema for all frames; `x-frames` says which definition belongs to which name on the wire."""
    place = "#/$defs/"
    sent, pushed, definitions = describe_both(models, place)
    definitions["FromClient"] = {
        "description": "Any frame a client may send.",
        "oneOf": [sent[model] for model in models.client.values()],
    }
    definitions["FromServer"] = {
        "description": "Any frame of this server. Ignore what is none of these: it comes from a newer one.",
        "oneOf": [pushed[model] for model in models.server.values()],
    }
    return {
        "$schema": DIALECT,
        "title": SUBPROTOCOL,
        "description": "Frames of the wire, one JSON object in each text message. See docs/protocol.md.",
        "version": version,
        "oneOf": [{"$ref": f"{place}FromClient"}, {"$ref": f"{place}FromServer"}],
        "x-frames": {
            "client": {name: sent[model]["$ref"] for name, model in sorted(models.client.items())},
            "server": {name: pushed[model]["$ref"] for name, model in sorted(models.server.items())},
            "events": {kind: pushed[model]["$ref"] for kind, model in sorted(models.events.items())},
            "acks": {name: pushed[model]["$ref"] for name, model in sorted(models.acks.items())},
        },
        "$defs": dict(sorted(definitions.items())),
    }
