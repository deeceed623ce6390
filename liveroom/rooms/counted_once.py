"""Keys of commands that are only counted in memory, so that a repeat is not counted again.

Promise: bounded: above `MOST` the oldest is forgotten. A repeat that comes to another node counts once more: what is
worth remembering for all nodes is a fact, or is published.
"""

from __future__ import annotations

from collections import OrderedDict

from liveroom.rooms.errors import key_conflict
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room

KEEP_MS = 600_000
MOST = 20_000


class CountedOnce:
    """See the module."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str], tuple[bytes, int]] = OrderedDict()

    def is_repeat(self, room: Room, request: Request, now_ms: int) -> bool:
        """Whether a command has come before; it is noted if not.

        Raises:
            Refusal: `key_conflict`, another command came under its key.
        """
        name = (room.id, request.unique_key)
        digest, seen_at_ms = self._seen.get(name, (b"", 0))
        if digest and 0 <= now_ms - seen_at_ms < KEEP_MS:
            if digest != request.digest:
                raise key_conflict()
            return True
        self._seen[name] = (request.digest, now_ms)
        self._seen.move_to_end(name)
        if len(self._seen) > MOST:
            self._seen.popitem(last=False)
        return False
