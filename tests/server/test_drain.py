"""Who stays on a node that drains is closed at the end of it, not everybody in one moment (R11)."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from liveroom.realtime.clock import LoopClock
from liveroom.realtime.codes import CloseCode
from liveroom.realtime.phase import Phase
from liveroom.server.drain import BATCHES, LEAVE_SHARE, drain
from tests.support.fast_loop import run_fast

DRAIN_S = 10.0
CROWD = 200


class Stayer:
    """A connection that is told to go and does not; notes when it was closed."""

    phase = Phase.OPEN

    def __init__(self) -> None:
        self.closed_at_s = 0.0

    def send(self, frame: bytes) -> None:
        """It was told."""

    def close(self, code: CloseCode) -> None:
        """It is closed."""
        assert code is CloseCode.DRAINING
        self.closed_at_s = asyncio.get_running_loop().time()


async def at_once() -> None:
    """Nothing is under way."""


def make_node(connections: list[Stayer]) -> Any:
    """As much of a node as a drain asks."""
    gateway = SimpleNamespace(connections=connections, wait_empty=asyncio.Event().wait, is_draining=False)
    rooms = SimpleNamespace(open_rooms=SimpleNamespace(drain=at_once))
    value = SimpleNamespace(desk=SimpleNamespace(drain=at_once))
    settings = SimpleNamespace(drain_s=DRAIN_S, drain_url=None)
    return SimpleNamespace(
        is_ready=True, gateway=gateway, settings=settings, clock=LoopClock(), rooms=rooms, value=value
    )


def test_who_stays_is_closed_in_small_batches_over_the_rest_of_the_drain() -> None:
    crowd = [Stayer() for _ in range(CROWD)]
    node = make_node(crowd)
    run_fast(drain(node))
    assert (node.is_ready, node.gateway.is_draining) == (False, True)
    closed_at = [each.closed_at_s for each in crowd]
    assert min(closed_at) >= DRAIN_S * LEAVE_SHARE, "until then they may go by themselves"
    assert max(closed_at) <= DRAIN_S
    assert max(closed_at) - min(closed_at) > 0.8 * DRAIN_S * (1 - LEAVE_SHARE)
    assert max(closed_at.count(at_s) for at_s in set(closed_at)) == CROWD / BATCHES
