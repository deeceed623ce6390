"""SIGTERM without a lost command: the order in which a node leaves.

Not ready → clients told where to go and when, spread over the drain → accepted commands answered → the rest closed
in paced batches → uvicorn's own shutdown. uvicorn closes sockets before its lifespan ends, so the drain has to come
before `Server.shutdown`, not in the lifespan.
"""

from __future__ import annotations

import asyncio
import logging
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn

from liveroom.realtime.codes import CloseCode
from liveroom.realtime.connection import Connection
from liveroom.realtime.phase import Phase
from liveroom.realtime.wire import encode_frame
from liveroom.server.node import Node

logger = logging.getLogger(__name__)

BATCHES = 20
ANSWER_S = 3.0
"""Longest wait for answers to commands that were accepted before the end."""
LEAVE_SHARE = 0.7
"""Share of the drain in which clients leave by themselves."""


class DrainingServer(uvicorn.Server):
    """uvicorn's server with a drain before its shutdown."""

    def __init__(self, config: uvicorn.Config, node: Node) -> None:
        super().__init__(config)
        self._node = node
        self.has_started = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the sockets and tell who waits for them."""
        await super().startup(sockets)
        self.has_started.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """A signal ends the node with exit status 0: uvicorn would raise it again after its shutdown."""
        with super().capture_signals():
            try:
                yield
            finally:
                self._captured_signals.clear()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain, then stop."""
        await drain(self._node)
        await super().shutdown(sockets)


async def drain(node: Node) -> None:
    """Move all clients away within `settings.drain_s` seconds and answer what was accepted."""
    node.is_ready = False
    node.gateway.is_draining = True
    drain_s = node.settings.drain_s
    connections = [each for each in node.gateway.connections if each.phase is Phase.OPEN]
    logger.info("drain_started", extra={"connections": len(connections), "drain_s": drain_s})
    leave_s = drain_s * LEAVE_SHARE
    where = {} if node.settings.drain_url is None else {"url": node.settings.drain_url}
    for connection in connections:
        after_ms = int(random.uniform(0, leave_s) * 1000)  # noqa: S311 - spreads returns over time, keeps nothing secret
        connection.send(encode_frame("reconnect", after_ms=after_ms, **where))
    await _wait_for_leave(node, leave_s)
    started_s = node.clock.monotonic_s()
    try:
        async with asyncio.timeout(ANSWER_S):
            await node.rooms.open_rooms.drain()
            await node.value.desk.drain()
    except TimeoutError:
        logger.warning("drain_unanswered", extra={"after_s": ANSWER_S})
    waited_s = node.clock.monotonic_s() - started_s
    await _close_rest(node, max(0.0, drain_s - leave_s - waited_s))
    logger.info("drain_ended", extra={"connections": len(node.gateway.connections)})


async def _wait_for_leave(node: Node, leave_s: float) -> None:
    """Nobody is waited for longer than this; who stays is closed later."""
    with suppress(TimeoutError):
        async with asyncio.timeout(leave_s):
            await node.gateway.wait_empty()


async def _close_rest(node: Node, within_s: float) -> None:
    rest: list[Connection] = list(node.gateway.connections)
    size = max(1, -(-len(rest) // BATCHES))
    for at in range(0, len(rest), size):
        for connection in rest[at : at + size]:
            connection.close(CloseCode.DRAINING)
        await asyncio.sleep(within_s / BATCHES)
