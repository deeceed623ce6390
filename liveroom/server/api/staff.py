"""What only those who keep a room may see of it."""

from __future__ import annotations

from liveroom.realtime.catalogue import STAFF
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Identity
from liveroom.server.node import Node


async def require_staff(node: Node, caller: Identity, room: str) -> None:
    """Check that the room is there, and that the caller may be in it and keeps it.

    Raises:
        RealtimeError: `room_not_found`, `forbidden`, `banned`.
    """
    node.rooms.admit(await node.rooms.room(room), caller)
    if caller.role_in(room) not in STAFF:
        raise RealtimeError(ErrorCode.FORBIDDEN, "this is for the staff of the room", room=room)
