"""What the handlers of a room may use beside the room, and the ids they give."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from liveroom.realtime.backplane.base import Backplane
from liveroom.realtime.hub import Hub
from liveroom.rooms.areas import Areas
from liveroom.rooms.retold import nothing_retold
from liveroom.rooms.store import RoomStore


@dataclass(frozen=True, slots=True)
class Means:
    """What handlers may use beside the room.

    Args:
        areas: what else is shown and told in rooms.
        retold: what was told again to a room after the start of this process.
    """

    store: RoomStore
    backplane: Backplane
    hub: Hub
    areas: Areas = field(default_factory=Areas)
    retold: Callable[[str], Sequence[bytes]] = nothing_retold


_prefix = secrets.token_hex(3)
_numbers = itertools.count(1)


def new_id(kind: str) -> str:
    """An id that is unique over processes and restarts; not a secret."""
    return f"{kind}_{_prefix}{next(_numbers):x}"
