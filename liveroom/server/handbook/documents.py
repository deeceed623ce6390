"""The machine-readable descriptions of the wire as files, for those who read them without a running server.

Promise: the same document as the one that is served, with one key a line, so that a change can be read in a diff.
"""

from __future__ import annotations

import json
from typing import Any

from liveroom.server.api.specs import asyncapi, schemas


def render_asyncapi() -> str:
    """docs/asyncapi.json"""
    return _render(asyncapi())


def render_schemas() -> str:
    """docs/schemas.json"""
    return _render(schemas())


def _render(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
