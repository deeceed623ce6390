"""The OpenAPI document of the HTTP routes.

FastAPI makes it from the routes and their models; what concerns all of them is added here.
Promise: an error that a route can answer is documented there with the error object, and nothing is documented that
FastAPI would say by default but this server never does.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from liveroom.server.api.errors import MEANINGS, REFUSED, ErrorAnswer

TAGS = [
    {"name": "rooms", "description": "Rooms and their life: create, open, go live, end, change."},
    {"name": "talk", "description": "What is said in a room, from an app's own servers."},
    {"name": "coupons", "description": "Campaigns and red packets; what becomes of the coupons that were granted."},
    {"name": "bans", "description": "Keep people out of one room or of the whole server."},
    {"name": "moderation", "description": "Who may write, what they may write, what is taken back, who did what."},
    {"name": "gifts", "description": "The catalogue, gifts that the app has charged itself, ranks, charges."},
    {"name": "shelf", "description": "Products, prices and stock; what is explained, picked and looked at."},
    {"name": "levels", "description": "What people have earned in a room, and its fan club."},
    {"name": "orders", "description": "Orders of the shop: shown in the room, counted for what people have spent."},
    {"name": "webhooks", "description": "Be told what happens, by signed requests; look after what did not arrive."},
    {"name": "running", "description": "For orchestrators and Prometheus."},
    {"name": "interface", "description": "What this server says about its WebSocket."},
    {"name": "demo", "description": "Only with LIVEROOM_DEMO=true: anybody may be anybody."},
]

DESCRIPTION = """\
Everything an app's own servers can do, in the words of the WebSocket (`/asyncapi.json`): the same commands, the same
rules, the same error object `{"error": {"code", "message", "retryable", …}}`.

Send `Authorization: Bearer` with an API key (`liveroom api-key NAME`) or with a user's token. A key may do everything;
a token what its role may do in the room. Times are epoch ms in UTC. A repeat of a command with the same
`Idempotency-Key` within 10 minutes has no second effect and returns the first answer."""


def make_openapi(application: FastAPI) -> dict[str, Any]:
    """The document of all routes that are on the application now."""
    document = get_openapi(
        title=application.title,
        version=application.version,
        summary=application.summary,
        description=DESCRIPTION,
        routes=application.routes,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    _name_our_errors(document)
    used = {tag for path in document["paths"].values() for route in path.values() for tag in route.get("tags", ())}
    document["tags"] = [tag for tag in TAGS if tag["name"] in used]
    return document


def _name_our_errors(document: dict[str, Any]) -> None:
    """FastAPI documents 422 with an object of its own; `errors.py` answers with ours."""
    for path in document["paths"].values():
        for route in path.values():
            refused = route["responses"].get("422")
            if refused is not None:
                refused |= {"description": MEANINGS[422], **REFUSED}
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
    _, made = models_json_schema([(ErrorAnswer, "serialization")], ref_template="#/components/schemas/{model}")
    document["components"]["schemas"] |= made["$defs"]
