"""Health, readiness and metrics."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Response

from liveroom.server.api.access import NodeOf
from liveroom.server.auth import bearer_matches
from liveroom.server.errors import InvalidToken
from liveroom.server.metrics import CONTENT_TYPE

router = APIRouter(tags=["running"])


@router.get("/healthz")
async def read_health() -> dict[str, str]:
    """The process runs and its event loop turns."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "starting or draining"}})
async def read_readiness(node: NodeOf, response: Response) -> dict[str, str]:
    """Whether new clients should be sent here."""
    if not node.is_ready:
        response.status_code = 503
        return {"status": "draining" if node.gateway.is_draining else "starting"}
    return {"status": "ready"}


@router.get("/metrics", response_class=Response, responses={401: {"description": "a metrics token is set"}})
async def read_metrics(node: NodeOf, authorization: Annotated[str | None, Header()] = None) -> Response:
    """Prometheus metrics of this process."""
    token = node.settings.metrics_token
    if token is not None and not bearer_matches(authorization, token):
        raise InvalidToken("send `Authorization: Bearer` with the metrics token")
    return Response(node.metrics.render(), media_type=CONTENT_TYPE)
