"""The published JSON Schemas and the code that checks and writes frames say the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from liveroom.realtime.catalogue import Delivery, catalogue
from liveroom.realtime.decoder import Decoder
from liveroom.realtime.errors import WireError
from liveroom.realtime.wire import encode_event, encode_events, encode_latest, encode_private, encode_value
from liveroom.server.handbook.documents import frame_models, schemas
from tests.support.json_schema import validator_of
from tests.support.json_values import ANYTHING, resolve, values_of

SCHEMAS = schemas()
FRAMES = SCHEMAS["x-frames"]
DECODER = Decoder(catalogue)
few = settings(max_examples=12, deadline=None)


def validator(reference: str) -> Validator:
    """Checks against one definition."""
    return validator_of({"$ref": reference}, {"$schema": SCHEMAS["$schema"], "$defs": SCHEMAS["$defs"]})


FROM_CLIENT = validator("#/$defs/FromClient")
FROM_SERVER = validator("#/$defs/FromServer")


def decodes(frame: Any) -> bool:
    """Whether the server takes a frame."""
    try:
        DECODER.decode(json.dumps(frame).encode())
    except WireError:
        return False
    return True


def test_the_document_is_json_schema() -> None:
    Draft202012Validator.check_schema(SCHEMAS)


def test_every_frame_command_and_event_is_in_it() -> None:
    assert set(FRAMES["client"]) == {"connect", "ping", "pong", *catalogue.commands}
    assert set(FRAMES["events"]) == set(catalogue.events)
    assert set(FRAMES["acks"]) == set(catalogue.commands)
    assert set(FRAMES["server"]) == set(frame_models().server)
    named = {reference for group in FRAMES.values() for reference in group.values()}
    for reference in named:
        assert resolve({"$ref": reference}, SCHEMAS)["type"] == "object"


@pytest.mark.parametrize("name", sorted(FRAMES["client"]))
def test_the_server_takes_what_the_schema_of_a_client_frame_allows(name: str) -> None:
    @few
    @given(frame=values_of({"$ref": FRAMES["client"][name]}, SCHEMAS))
    def takes(frame: dict[str, Any]) -> None:
        assert decodes(frame)
        assert FROM_CLIENT.is_valid(frame)

    takes()


@pytest.mark.parametrize("name", sorted(FRAMES["client"]))
def test_the_schema_of_a_client_frame_allows_only_what_the_server_takes(name: str) -> None:
    """Frames that are nearly right: one field is dropped, added or replaced by anything."""
    check = validator(FRAMES["client"][name])

    @few
    @given(frame=values_of({"$ref": FRAMES["client"][name]}, SCHEMAS), damage=st.data())
    def agrees(frame: dict[str, Any], damage: st.DataObject) -> None:
        inner = frame["data"] if isinstance(frame.get("data"), dict) and damage.draw(st.booleans()) else frame
        field = damage.draw(st.sampled_from([*inner, "more"]).filter(lambda field: field != "type"))
        if damage.draw(st.booleans()):
            inner.pop(field, None)
        else:
            # White space at the end is where patterns of Python and of JSON Schema differ.
            inner[field] = damage.draw(
                ANYTHING.filter(lambda value: "\n" not in json.dumps(value).replace("\\n", "\n"))
            )
        assert check.is_valid(frame) == decodes(frame)

    agrees()


@pytest.mark.parametrize("kind", sorted(catalogue.events))
def test_what_the_encoders_write_fits_the_models_and_the_schemas(kind: str) -> None:
    declared = catalogue.events[kind]
    data_schema = resolve({"$ref": FRAMES["events"][kind]}, SCHEMAS)
    if declared.delivery is not Delivery.LATEST:
        data_schema = data_schema["properties"]["data"]

    @few
    @given(data=values_of(data_schema, SCHEMAS), seq=st.integers(1, 2**53 - 1))
    def fits(data: dict[str, Any], seq: int) -> None:
        model = declared.model.model_validate_json(json.dumps(data))
        event = encode_event(kind, 1_790_000_000_000, model)
        frame = {
            Delivery.SEQUENCED: lambda: encode_events("demo", seq, [event, event]),
            Delivery.LATEST: lambda: encode_latest("demo", {kind: encode_value(model)}),
            Delivery.PRIVATE: lambda: encode_private("demo", [event]),
        }[declared.delivery]()
        read = json.loads(frame)
        frame_models().server[read["type"]].model_validate_json(frame)
        FROM_SERVER.validate(read)

    fits()


def test_a_frame_of_a_newer_server_still_fits() -> None:
    """Clients must ignore fields they do not know, so the schemas of what they receive must not forbid them."""
    frame = {"type": "ping", "t": 1, "moon": "full"}
    assert FROM_SERVER.is_valid(frame)
    assert not FROM_CLIENT.is_valid({"type": "ping", "moon": "full"})


def test_a_field_that_may_be_absent_is_never_null_in_what_the_server_sends() -> None:
    joined = SCHEMAS["$defs"]["MyPart"]["properties"]
    assert joined["welcome"]["$ref"] == "#/$defs/WelcomeShown"
    assert "show" in SCHEMAS["$defs"]["RoomSnapshot"]["required"]
    assert {"type": "null"} in SCHEMAS["$defs"]["RoomSnapshot"]["properties"]["show"]["anyOf"]


@pytest.mark.parametrize("name", sorted(SCHEMAS["$defs"]))
def test_every_field_says_what_it_means(name: str) -> None:
    for field, schema in SCHEMAS["$defs"][name].get("properties", {}).items():
        told = [schema, *schema.get("anyOf", ())]
        assert "const" in schema or any("description" in each or "$ref" in each for each in told), f"{name}.{field}"
