"""Health, readiness and metrics."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Request, Response, Security
from fastapi.security import HTTPBearer

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.server.api.access import NodeOf
from liveroom.server.api.errors import REFUSED, stranger_refusals
from liveroom.server.auth import bearer_matches
from liveroom.server.callers import is_local
from liveroom.server.errors import InvalidToken
from liveroom.server.metrics import CONTENT_TYPE

router = APIRouter(tags=["running"])

METRICS_TOKEN = HTTPBearer(
    scheme_name="metrics_token",
    description="LIVEROOM_METRICS_TOKEN; where it is not set, `/metrics` answers this machine alone, unless "
    "LIVEROOM_METRICS_OPEN lets everybody read it.",
    auto_error=False,
)


class Health(Model):
    """The process runs."""

    status: Literal["ok"] = "ok"


class Readiness(Model):
    """Whether new clients should be sent here; `database`, `backplane`: it does not work, so nobody can enter."""

    status: Literal["ready", "starting", "draining", "database", "backplane"]


@router.get("/healthz")
async def read_health() -> Health:
    """The process runs and its event loop turns."""
    return Health()


NOT_READY: dict[int | str, dict[str, Any]] = {
    503: {"description": "starting, draining, or no database or backplane", "model": Readiness}
}


@router.get("/readyz", responses=NOT_READY)
async def read_readiness(node: NodeOf, response: Response) -> Readiness:
    """Whether new clients should be sent here."""
    if not node.is_ready:
        response.status_code = 503
        return Readiness(status="draining" if node.gateway.is_draining else "starting")
    if not await node.probe.is_reachable():
        response.status_code = 503
        return Readiness(status="database")
    if not node.hub.backplane.is_available():
        response.status_code = 503
        return Readiness(status="backplane")
    return Readiness(status="ready")


@router.get(
    "/metrics",
    response_class=Response,
    dependencies=[Security(METRICS_TOKEN)],
    responses={
        200: {"description": "Prometheus text format", "content": {"text/plain": {"schema": {"type": "string"}}}},
        401: {"description": "a metrics token is set and was not sent", **REFUSED},
        403: {"description": "no metrics token is set, and the caller is on another machine", **REFUSED},
        **stranger_refusals(),
    },
)
async def read_metrics(
    request: Request, node: NodeOf, authorization: Annotated[str | None, Header(include_in_schema=False)] = None
) -> Response:
    """Prometheus metrics of this process, or of all workers on its port."""
    token = node.settings.metrics_token
    if token is None and not (node.settings.metrics_open or is_local(request)):
        text = "metrics are for this machine alone; set LIVEROOM_METRICS_TOKEN to read them from elsewhere"
        raise RealtimeError(ErrorCode.FORBIDDEN, text)
    if token is not None and not bearer_matches(authorization, token):
        raise InvalidToken("send `Authorization: Bearer` with the metrics token")
    return Response(await node.read_metrics(), media_type=CONTENT_TYPE)
