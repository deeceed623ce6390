"""The machine-readable descriptions of the interface, as files: the server serves them, generators of code read them.

Promise: made from the models that do the checking, with one key a line, so that a change can be read in a diff.
"""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import liveroom
from liveroom.realtime.asyncapi import make_asyncapi
from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.frame_models import FrameModels, make_frame_models
from liveroom.realtime.schemas import make_schemas
from liveroom.rooms import messages as _declared  # noqa: F401 - importing fills the catalogue
from liveroom.rooms.messages.joined import MyPart, RoomSnapshot
from liveroom.server.api.openapi import make_openapi
from liveroom.server.application import make_application
from liveroom.server.node import Node
from liveroom.server.settings import load_settings


@cache
def frame_models() -> FrameModels:
    """The frames this product speaks."""
    return make_frame_models(catalogue, snapshot=RoomSnapshot, me=MyPart)


@cache
def asyncapi() -> dict[str, Any]:
    """The AsyncAPI document of the WebSocket."""
    return make_asyncapi(catalogue, frame_models(), version=liveroom.__version__)


@cache
def schemas() -> dict[str, Any]:
    """The JSON Schemas of all frames."""
    return make_schemas(frame_models(), version=liveroom.__version__)


@cache
def openapi() -> dict[str, Any]:
    """The OpenAPI document of the HTTP routes, without those of the demo."""
    with tempfile.TemporaryDirectory() as unused:
        return make_openapi(make_application(Node(load_settings(data_dir=Path(unused)))))


def render_asyncapi() -> str:
    """specs/asyncapi.json"""
    return _render(asyncapi())


def render_schemas() -> str:
    """specs/schemas.json"""
    return _render(schemas())


def render_openapi() -> str:
    """specs/openapi.json"""
    return _render(openapi())


def _render(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
