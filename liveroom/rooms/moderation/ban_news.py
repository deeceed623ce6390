"""Word to all nodes that the bans of a room have changed, so that they cut connections everywhere (L2).

Promise: `ban_message` is stored with the change, so it is told even if whoever made it died, or the nodes could not be
reached; `tell_at_once` is quicker where they can be, and says no more than that.
"""

from __future__ import annotations

import logging

import orjson

from liveroom.realtime.backplane.base import Backplane
from liveroom.realtime.errors import BackplaneUnavailable
from liveroom.rooms.moderation.node_news import node_message
from liveroom.rooms.storage.outbox import Message

logger = logging.getLogger(__name__)

CHANGED = "bans_changed"


def ban_message(room: str) -> Message:
    """The outbox message."""
    return node_message(room, CHANGED, room)


async def tell_at_once(backplane: Backplane, room: str) -> None:
    """Tell what is stored by now."""
    try:
        await backplane.tell_nodes(orjson.dumps({CHANGED: room}))
    except BackplaneUnavailable as error:
        logger.warning("the bans of room %s are told to the other nodes later: %s", room, error.message)
