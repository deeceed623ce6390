"""Limits what somebody who does not say who they are may ask for over HTTP: pages, their parts, documents."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from liveroom.realtime.errors import RealtimeError
from liveroom.server.api.errors import answer_error
from liveroom.server.call_rates import CallRates
from liveroom.server.callers import address_of, carries_credentials

UNLIMITED = frozenset({"/healthz", "/readyz"})
"""Asked for by orchestrators, who would take a refusal for a fault; they cost next to nothing."""

PARTS = "/web/"
PART_COST = 0.05
"""Of a call. A page has some sixty parts, which come from memory; a whole office may open it at once."""


class StrangerLimit:
    """ASGI middleware: 429 with `Retry-After` for an address above its rate.

    A call with credentials is charged where they are checked: to its caller, or to its address when they are refused.
    """

    def __init__(self, app: ASGIApp, rates: CallRates) -> None:
        self._app = app
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, if its address may ask now."""
        if scope["type"] == "http" and scope["path"] not in UNLIMITED:
            request = Request(scope)
            if not carries_credentials(request):
                try:
                    cost = PART_COST if scope["path"].startswith(PARTS) else 1.0
                    await self._rates.charge_stranger(address_of(request), cost)
                except RealtimeError as error:
                    await answer_error(error)(scope, receive, send)
                    return
        await self._app(scope, receive, send)
