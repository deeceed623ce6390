"""What this server says about its own interface: `/asyncapi.json`, `/schemas.json`, `/openapi.json`.

Promise: made once, when the application is made, from the models that do the checking; a client that has the
present version is answered 304 without a body (RFC 9110 §13.1.2).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, FastAPI, Header, Response

import liveroom
from liveroom.realtime.asyncapi import make_asyncapi
from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.frame_models import FrameModels, make_frame_models
from liveroom.realtime.schemas import make_schemas
from liveroom.rooms import messages as _declared  # noqa: F401 - importing fills the catalogue
from liveroom.rooms.messages.joined import MyPart, RoomSnapshot
from liveroom.server.api.openapi import make_openapi


@dataclass(frozen=True, slots=True)
class Spec:
    """One document as it is served."""

    body: bytes
    etag: str

    def answer(self, known: str | None) -> Response:
        """The document, or 304 when `known` (an `If-None-Match` header) names it."""
        headers = {"ETag": self.etag, "Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
        tags = {tag.strip().removeprefix("W/") for tag in (known or "").split(",")}
        if self.etag in tags or "*" in tags:
            return Response(status_code=304, headers=headers)
        return Response(self.body, headers=headers, media_type="application/json")


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


def add_specs(application: FastAPI) -> None:
    """Serve the documents; call it when all other routes are there."""
    router = APIRouter(tags=["interface"])
    _add(router, "/asyncapi.json", "The WebSocket, as AsyncAPI 3.0.", asyncapi())
    _add(router, "/schemas.json", "The frames of the WebSocket, as JSON Schema.", schemas())
    application.include_router(router)
    _add(application.router, "/openapi.json", "HTTP, as OpenAPI 3.1.", make_openapi(application), in_schema=False)


def _add(router: APIRouter, path: str, summary: str, document: dict[str, Any], *, in_schema: bool = True) -> None:
    body = orjson.dumps(document)
    spec = Spec(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')

    async def read_spec(if_none_match: Annotated[str | None, Header(max_length=1000)] = None) -> Response:
        return spec.answer(if_none_match)

    router.add_api_route(
        path,
        read_spec,
        methods=["GET"],
        summary=summary,
        operation_id=f"read{path.replace('/', '_').replace('.', '_')}",
        response_class=Response,
        responses={
            200: {"content": {"application/json": {"schema": {"type": "object"}}}},
            304: {"description": "the version that `If-None-Match` names is the present one"},
        },
        include_in_schema=in_schema,
    )
