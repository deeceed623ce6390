"""What the areas of a node are made of: given to each when it is put together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from liveroom.realtime.clock import Clock
from liveroom.realtime.hub import Hub
from liveroom.rooms.boards import Boards
from liveroom.rooms.machines import Keeper
from liveroom.rooms.retold import Retold
from liveroom.rooms.room import Room
from liveroom.rooms.scene import Scene
from liveroom.rooms.whereabouts import Whereabouts
from liveroom.server.db import Storage
from liveroom.server.metrics import Metrics
from liveroom.server.settings import Settings


@dataclass
class AreaMeans:
    """See the module.

    Args:
        boards: tells absolute values of several things in one `latest` kind.
        keeper: carries out commands on the documents of all machines; its timers fire what is due.
        open_room: a room, opened on this node if need be; raises `room_not_found`. Only from `start` on.
        find_room: a room that is open on this node. Only from `start` on.
        whereabouts: of those who matter. Only from `start` on.
    """

    settings: Settings
    storage: Storage
    hub: Hub
    clock: Clock
    metrics: Metrics
    scenes: Mapping[str, Scene]
    boards: Boards
    keeper: Keeper
    retold: Retold
    open_room: Callable[[str], Awaitable[Room]] = field(init=False)
    find_room: Callable[[str], Room | None] = field(init=False)
    whereabouts: Whereabouts = field(init=False)
