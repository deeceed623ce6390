"""The AsyncAPI document: complete, sound, and true to the catalogue.

The specification's own JSON Schema is not part of this repository; what it asks of our document is checked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.codes import RETRYABLE, CloseCode, ErrorCode
from liveroom.server.handbook.documents import asyncapi, frame_models
from tests.support.json_values import resolve

SPEC = asyncapi()
MESSAGES = SPEC["components"]["messages"]
CHANNEL = SPEC["channels"]["live"]


def references(node: Any) -> Iterator[str]:
    """All `$ref`s below a node."""
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_it_has_what_asyncapi_3_requires() -> None:
    assert SPEC["asyncapi"] == "3.0.0"
    assert SPEC["info"].keys() >= {"title", "version"}
    extensions = {key for key in SPEC if key not in ASYNCAPI_ROOT}
    assert not extensions
    for server in SPEC["servers"].values():
        assert server.keys() >= {"host", "protocol"}
        assert set(re.findall(r"\{(\w+)\}", server["host"])) == set(server.get("variables", {}))
    for operation in SPEC["operations"].values():
        assert operation["action"] in ("send", "receive")


ASYNCAPI_ROOT = {"asyncapi", "id", "info", "defaultContentType", "servers", "channels", "operations", "components"}


def test_every_reference_leads_somewhere() -> None:
    found = set(references(SPEC))
    assert len(found) > 100
    for reference in found:
        assert resolve({"$ref": reference}, SPEC)


def test_names_are_those_components_may_have() -> None:
    for group in SPEC["components"].values():
        for name in group:
            assert re.fullmatch(r"[A-Za-z0-9._-]+", name)


def test_nothing_is_defined_that_is_not_used() -> None:
    found = set(references(SPEC))
    for name in SPEC["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in found, name


@pytest.mark.parametrize("key", sorted(MESSAGES))
def test_a_message_has_a_name_a_summary_and_a_payload_that_is_a_schema(key: str) -> None:
    message = MESSAGES[key]
    assert message["name"]
    assert message["summary"].endswith((".", "…"))
    payload = resolve(message["payload"], SPEC)
    Draft202012Validator.check_schema(payload)
    assert payload["type"] == "object"


def test_operations_speak_only_of_messages_of_their_channel() -> None:
    for operation in SPEC["operations"].values():
        reply = operation.get("reply", {})
        used = [message["$ref"] for message in (*operation["messages"], *reply.get("messages", ()))]
        assert used
        for reference in used:
            assert reference.startswith("#/channels/live/messages/")
            assert reference.rpartition("/")[2] in CHANNEL["messages"]


def test_every_message_of_the_channel_belongs_to_an_operation() -> None:
    used = {reference.rpartition("/")[2] for reference in references(SPEC["operations"]) if "/messages/" in reference}
    assert set(CHANNEL["messages"]) == used


def test_every_command_can_be_sent_and_is_answered_by_its_ack_or_an_error() -> None:
    for name in catalogue.commands:
        operation = SPEC["operations"][name]
        assert operation["action"] == "receive"
        answers = [message["$ref"].rpartition("/")[2] for message in operation["reply"]["messages"]]
        assert answers == [f"ack.{name}", "server.error"]


def test_every_frame_of_the_server_is_pushed_or_answers() -> None:
    pushed = {name.removeprefix("push.") for name in SPEC["operations"] if name.startswith("push.")}
    assert pushed | {"connected", "ack", "error", "pong"} == set(frame_models().server)


@pytest.mark.parametrize("name", sorted(catalogue.commands))
def test_a_command_says_who_may_send_it_and_how_often(name: str) -> None:
    declared, message = catalogue.commands[name], MESSAGES[name]
    assert set(message["x-roles"]) == {role.value for role in declared.roles}
    assert message["x-rate"]["per_s"] == declared.rate.per_s
    assert message["x-rate"]["burst"] == declared.rate.burst
    assert ("x-ack" in message) == (declared.ack is not None or name == "room.join")


@pytest.mark.parametrize("kind", sorted(catalogue.events))
def test_an_event_says_how_it_is_delivered(kind: str) -> None:
    declared, message = catalogue.events[kind], MESSAGES[kind]
    assert message["x-delivery-class"] == declared.delivery.value
    assert message["x-vital"] == declared.vital
    carrier = resolve(MESSAGES[f"server.{message['x-frame']}"]["payload"], SPEC)
    assert message["payload"]["$ref"] in set(references({"all": list(_reached(carrier))}))


def _reached(schema: Any) -> Iterator[Any]:
    """A schema and, one step on, what it refers to."""
    yield schema
    for reference in references(schema):
        yield resolve({"$ref": reference}, SPEC)


def test_codes_and_limits_are_those_of_the_code() -> None:
    info = SPEC["info"]
    assert {each["code"]: each["reconnect"] for each in info["x-close-codes"]} == {
        int(code): code.reconnect for code in CloseCode
    }
    assert {each["code"]: each["retryable"] for each in info["x-error-codes"]} == {
        code.value: code in RETRYABLE for code in ErrorCode
    }
    assert all(each["meaning"] for each in (*info["x-close-codes"], *info["x-error-codes"]))
    assert info["x-limits"]["message_bytes"] == 65_536
