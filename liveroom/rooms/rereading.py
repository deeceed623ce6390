"""What is kept in memory of a room and changed by any node, read anew when that is heard of.

Promise: of one room there is one read at a time, so an older one never ends last; what was heard of while it was under
way is read after it, once, however often it was heard. What this node itself has changed meanwhile, a reading does not
take back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Rereading:
    """See the module.

    Args:
        read: reads what belongs to the room of a name and puts it in its place.
    """

    def __init__(self, read: Callable[[str], Awaitable[None]]) -> None:
        self._read = read
        self._is_stale: dict[str, bool] = {}

    async def ask(self, room: str) -> None:
        """Read it; while it is being read, have that done once more and return at once."""
        is_reading = room in self._is_stale
        self._is_stale[room] = True
        if is_reading:
            return
        try:
            while self._is_stale[room]:
                self._is_stale[room] = False
                await self._read(room)
        finally:
            del self._is_stale[room]


def keep_changes(before: Mapping[K, V], read: Mapping[K, V], now: Mapping[K, V]) -> dict[K, V]:
    """What was read, with what was changed here since the reading began.

    Args:
        before: what was in memory when the reading began.
        now: what is there by now.
    """
    kept = dict(read)
    for key in before.keys() | now.keys():
        if before.get(key) == now.get(key):
            continue
        if key in now:
            kept[key] = now[key]
        else:
            kept.pop(key, None)
    return kept
