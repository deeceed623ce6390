"""Private pushes to the people of this node alone: for what every node knows by itself and tells its own people.

Promise: nothing waits and nothing is sent to other nodes; what is for people wherever they are goes by the backplane.
"""

from __future__ import annotations

from liveroom.realtime.backplane.base import Target
from liveroom.realtime.catalogue import Model, catalogue
from liveroom.realtime.clock import Clock
from liveroom.realtime.hub import Hub
from liveroom.realtime.wire import encode_event


def push_here(hub: Hub, clock: Clock, room: str, target: Target, event: Model) -> None:
    """Tell some people of a room who are connected here.

    Args:
        event: of a kind that is private.
    """
    kind = catalogue.kinds_by_model[type(event)].kind
    hub.on_private(room, target, encode_event(kind, clock.now_ms(), event))
