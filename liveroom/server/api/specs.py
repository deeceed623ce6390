"""What this server says about its own interface: `/asyncapi.json`, `/schemas.json`, `/openapi.json`.

To make them takes seconds, which a starting server has not, so they lie beside the code, written by `make docs`.
Promise: each is read and compressed once; a test fails when one is not what the models say.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

import orjson
from fastapi import APIRouter, FastAPI, Header, Request, Response

from liveroom.server.api.errors import stranger_refusals
from liveroom.server.documents import Document, make_document

SPECS = Path(__file__).parents[1] / "specs"
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
"""Tools in a browser may read them: they say nothing secret."""


@cache
def read_document(name: str) -> Document:
    """One of the files in `SPECS`, without the line breaks that are for readers of diffs."""
    return make_document(orjson.dumps(orjson.loads((SPECS / name).read_bytes())), "application/json")


def add_specs(application: FastAPI) -> None:
    """Serve the documents."""
    router = APIRouter(tags=["interface"])
    _add(router, "asyncapi.json", "The WebSocket, as AsyncAPI 3.0.")
    _add(router, "schemas.json", "The frames of the WebSocket, as JSON Schema.")
    application.include_router(router)
    _add(application.router, "openapi.json", "HTTP, as OpenAPI 3.1.", in_schema=False)


def _add(router: APIRouter, name: str, summary: str, *, in_schema: bool = True) -> None:
    def read_spec(request: Request, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        # In a thread: the first to ask has it compressed, for which the connections of a show cannot wait.
        return read_document(name).answer(request, ANY_ORIGIN)

    router.add_api_route(
        f"/{name}",
        read_spec,
        methods=["GET"],
        summary=summary,
        operation_id=f"read_{name.replace('.', '_')}",
        response_class=Response,
        responses={
            200: {"content": {"application/json": {"schema": {"type": "object"}}}},
            304: {"description": "the version that `If-None-Match` names is the present one"},
            **stranger_refusals(),
        },
        include_in_schema=in_schema,
    )
