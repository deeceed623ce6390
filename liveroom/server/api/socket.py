"""What an ordinary HTTP request finds at the address of the WebSocket."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import PlainTextResponse

from liveroom.realtime.codes import PATH

router = APIRouter()


@router.get(PATH, include_in_schema=False)
async def read_socket() -> PlainTextResponse:
    """426: this address speaks WebSocket alone (RFC 9110 §15.5.22)."""
    headers = {"Upgrade": "websocket", "Connection": "Upgrade"}
    return PlainTextResponse("WebSockets are served here; ask for an upgrade\n", 426, headers)
