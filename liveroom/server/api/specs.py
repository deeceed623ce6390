"""What this server says about its own interface: `/asyncapi.json`, `/schemas.json`, `/openapi.json`.

Promise: made and compressed once, when the application is made, from the models that do the checking.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, FastAPI, Header, Request, Response

import liveroom
from liveroom.realtime.asyncapi import make_asyncapi
from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.frame_models import FrameModels, make_frame_models
from liveroom.realtime.schemas import make_schemas
from liveroom.rooms import messages as _declared  # noqa: F401 - importing fills the catalogue
from liveroom.rooms.messages.joined import MyPart, RoomSnapshot
from liveroom.server.api.errors import stranger_refusals
from liveroom.server.api.openapi import make_openapi
from liveroom.server.documents import make_document

ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
"""Tools in a browser may read them: they say nothing secret."""


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
    served = make_document(orjson.dumps(document), "application/json")

    async def read_spec(request: Request, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        return served.answer(request, ANY_ORIGIN)

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
            **stranger_refusals(),
        },
        include_in_schema=in_schema,
    )
