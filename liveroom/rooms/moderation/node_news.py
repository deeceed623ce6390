"""Words to all nodes that follow from something committed: through the outbox, so that none is lost with a process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from liveroom.realtime.backplane.base import Backplane
from liveroom.rooms.storage.outbox import Lane, Message, OutboxRow

LANE = "nodes"


def node_message(room: str, word: str, about: Mapping[str, str] | str) -> Message:
    """The outbox message that tells every node `{word: about}`."""
    return Message(Lane(LANE, room), orjson.dumps({word: about}))


class NodeNews:
    """Sends the rows of the lane `nodes`; hearing one twice does no harm."""

    def __init__(self, backplane: Backplane) -> None:
        self._backplane = backplane

    async def __call__(self, room: str, rows: Sequence[OutboxRow]) -> None:
        """Tell them in order.

        Raises:
            BackplaneUnavailable: they are told again later.
        """
        for row in rows:
            await self._backplane.tell_nodes(row.payload)
