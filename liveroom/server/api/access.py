"""Who calls an HTTP route: a server with an API key, or a person with a token.

A server may do everything everywhere; a person what their role in the room allows, the same as on the socket.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Path, Request, Security
from fastapi.security import HTTPBearer

from liveroom.realtime.codes import ROOM_PATTERN, ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import FAR_FUTURE_MS, Identity, Role
from liveroom.server.auth import read_bearer
from liveroom.server.callers import address_of
from liveroom.server.errors import InvalidToken
from liveroom.server.node import Node

API_KEY = HTTPBearer(
    scheme_name="api_key", description="Key of another server, made by `liveroom api-key NAME`.", auto_error=False
)
TOKEN = HTTPBearer(
    scheme_name="token", bearerFormat="JWT", description="Token of a user, as for the WebSocket.", auto_error=False
)
"""For OpenAPI alone; `get_caller` reads the header itself and tells the two apart."""


async def get_node(request: Request) -> Node:
    """The node of this application; a plain function would be called in a thread."""
    node: Node = request.app.state.node
    return node


async def get_caller(
    request: Request,
    node: Annotated[Node, Depends(get_node)],
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Identity:
    """The caller, if they may call now, and may be where the call leads.

    Raises:
        InvalidToken: neither a known API key nor an acceptable token.
        RealtimeError: `rate_limited`; `banned`: a guest from where a guest was banned (docs/operations.md).
    """
    identity = await _identify(node, authorization)
    address = address_of(request)
    await node.call_rates.charge(identity, address)
    if "room" in request.path_params:
        node.rooms.admit_address(request.path_params["room"], identity, address)
    return identity


async def _identify(node: Node, authorization: str | None) -> Identity:
    name = node.api_keys.verify(authorization)
    if name is not None:
        return Identity(user_id=f"service:{name}", name=name, role=Role.SERVICE, expires_at_ms=FAR_FUTURE_MS)
    token = read_bearer(authorization)
    if token is None:
        raise InvalidToken("send `Authorization: Bearer` with an API key or a token")
    return await node.verifier.verify(token)


async def get_operator(caller: Annotated[Identity, Depends(get_caller)]) -> Identity:
    """A caller who may do what concerns the whole server.

    Raises:
        RealtimeError: `forbidden`.
    """
    if caller.role < Role.OPERATOR:
        raise RealtimeError(ErrorCode.FORBIDDEN, "this is for operators and servers with an API key")
    return caller


NodeOf = Annotated[Node, Depends(get_node)]
Caller = Annotated[Identity, Depends(get_caller)]
Operator = Annotated[Identity, Depends(get_operator)]
DOCUMENTED = [Security(API_KEY), Security(TOKEN)]
"""Dependencies of a router whose routes need a caller."""
RoomName = Annotated[str, Path(pattern=ROOM_PATTERN, description="name of the room")]
IdempotencyKey = Annotated[
    str | None, Header(min_length=1, max_length=64, description="a repeat with the same key has no second effect")
]
