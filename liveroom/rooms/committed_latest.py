"""Absolute values of a committed change on their way into the room: through the outbox to the backplane.

For a value that the transaction knows whole (a tally, a size); what several nodes know in parts is a board
(`boards.py`). Promise: the newest value is told, also when the process that made it died before it could tell.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from liveroom.realtime.backplane.base import Backplane, Version
from liveroom.realtime.catalogue import Model, catalogue
from liveroom.realtime.wire import encode_value
from liveroom.rooms.storage.outbox import Lane, Message, OutboxRow

LANE = "latest"


def latest_message(room: str, value: Model, version: Version) -> Message:
    """The outbox message that tells a value.

    Args:
        value: of a `latest` kind.
        version: grows with every change of it.
    """
    kind = catalogue.kinds_by_model[type(value)].kind
    return Message(Lane(LANE, room), orjson.dumps([kind, version, encode_value(value).decode()]))


class LatestSender:
    """Sends the rows of the lane `latest`: of many rows only the newest of each kind."""

    def __init__(self, backplane: Backplane) -> None:
        self._backplane = backplane

    async def __call__(self, room: str, rows: Sequence[OutboxRow]) -> None:
        """Tell the newest values.

        Raises:
            BackplaneUnavailable: they are told later.
        """
        newest: dict[str, tuple[Version, bytes]] = {}
        for row in rows:
            kind, (term, number), value = orjson.loads(row.payload)
            known = newest.get(kind)
            if known is None or known[0] < (term, number):
                newest[kind] = (term, number), value.encode()
        for kind, (version, value) in newest.items():
            await self._backplane.set_latest(room, kind, value, version)
