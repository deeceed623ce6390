"""What only those who keep a room may see of it: of one that is there, or of whatever has its name."""

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
    require_role(caller, room)


def require_role(caller: Identity, room: str) -> None:
    """Check that the caller keeps the room; whether it is there is not asked.

    Raises:
        RealtimeError: `forbidden`.
    """
    if caller.role_in(room) not in STAFF:
        raise RealtimeError(ErrorCode.FORBIDDEN, "this is for the staff of the room", room=room)
