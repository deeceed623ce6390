"""Where the LiveKit server tells what happens in its rooms, signed with its API secret."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from liveroom.server.api.access import DOCUMENTED, NodeOf
from liveroom.server.api.errors import WITH_BODY, refusals

router = APIRouter(prefix="/api/v1/livekit", tags=["media"], dependencies=DOCUMENTED)

CONTENT = {"application/webhook+json": {"schema": {"type": "object"}}}
EVENT: dict[str, Any] = {"requestBody": {"required": True, "content": CONTENT}}


@router.post("", status_code=204, responses=refusals(*WITH_BODY), openapi_extra=EVENT)
async def take_livekit_webhook(request: Request, node: NodeOf) -> None:
    """A webhook of the LiveKit server that carries audio and video (`LIVEROOM_LIVEKIT_URL`); all nodes are told."""
    token = request.headers.get("authorization", "")
    await node.value.media.take_news(await request.body(), token)
