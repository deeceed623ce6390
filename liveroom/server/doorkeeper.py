"""Keeps the list of who is shut out of the whole server the same on every node, and in the database.

A change is written there first. Then every node is told that there is one, and reads it; a node that was not told, or
starts later, finds it by itself.
Promise: what was put is found again after a restart, by each node: at once, or `LOOK_S` later when telling failed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import orjson

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.codes import CloseCode
from liveroom.realtime.connection import Connection
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.gateway import Gateway
from liveroom.realtime.hub import NodeMessage
from liveroom.rooms.storage.exclusions import LANE, Exclusion, Exclusions, What
from liveroom.rooms.storage.outbox import OutboxRow
from liveroom.server.auth.revocations import CAPACITY, Revocations

logger = logging.getLogger(__name__)

CHANGED = {"exclusions": "changed"}
"""Told to all nodes."""
LOOK_S = 10.0
OVERLAP_MS = 30_000
"""Clocks of nodes differ, and a change is committed some time after it was dated."""


class Doorkeeper:
    """See the module.

    Args:
        revocations: the list, as it is asked at every connect.
    """

    def __init__(self, table: Exclusions, revocations: Revocations, gateway: Gateway, clock: Clock) -> None:
        self._table = table
        self._revocations = revocations
        self._gateway = gateway
        self._clock = clock
        self._seen_ms = 0
        self._timer: TimerHandle | None = None
        self._reading: asyncio.Task[None] | None = None
        self._is_told_again = False
        self._is_stopping = False
        self.senders = {LANE: self._tell}

    async def start(self) -> None:
        """Learn what holds.

        Raises:
            DatabaseUnavailable: it cannot be read.
        """
        self._gateway.hub.listen(self.hear)
        await self._read()
        self._look_later()

    async def stop(self) -> None:
        """Read no more."""
        self._is_stopping = True
        if self._timer is not None:
            self._timer.cancel()
        if self._reading is not None:
            await self._reading

    async def put(self, what: What, subject: str, who: str, until_ms: int) -> None:
        """Shut somebody or a token out of every room and every node until `until_ms` (epoch ms); 0 lifts it.

        Raises:
            DatabaseUnavailable: it does not hold.
        """
        kept = await self._table.put(Exclusion(what, subject, who, self._clock.now_ms(), until_ms))
        # For this node it holds when this returns, whether or not the others can be told, or it be read, now.
        self._apply(kept)
        await self._read_quietly()

    def hear(self, message: NodeMessage) -> None:
        """What nodes tell each other."""
        if message != CHANGED or self._is_stopping:
            return
        if self._reading is not None:
            self._is_told_again = True
            return
        self._reading = asyncio.ensure_future(self._read_quietly())
        self._reading.add_done_callback(self._read_again)

    async def _tell(self, _: str, rows: Sequence[OutboxRow]) -> None:
        """The sender of the outbox: however many changes, one word."""
        await self._gateway.hub.backplane.tell_nodes(orjson.dumps(CHANGED))

    async def _read(self) -> None:
        # A change may be dated ahead, by a clock that has been put right since: what came after it lies before it.
        now_ms = self._clock.now_ms()
        self._seen_ms = min(self._seen_ms, now_ms)
        for entry in await self._table.changed_since(self._seen_ms - OVERLAP_MS, CAPACITY):
            self._seen_ms = max(self._seen_ms, min(entry.changed_at_ms, now_ms))
            self._apply(entry)

    async def _read_quietly(self) -> None:
        try:
            await self._read()
        except RealtimeError as error:
            logger.warning("exclusions_unread", extra={"reason": error.message, "again_in_s": LOOK_S})
        except Exception:
            logger.exception("exclusions_unread", extra={"again_in_s": LOOK_S})

    def _read_again(self, _: asyncio.Task[None]) -> None:
        self._reading = None
        if self._is_told_again:
            self._is_told_again = False
            self.hear(CHANGED)

    def _look_later(self) -> None:
        self._timer = self._clock.call_later(LOOK_S, self._look)

    def _look(self) -> None:
        self.hear(CHANGED)
        self._look_later()

    def _apply(self, entry: Exclusion) -> None:
        if not self._revocations.replace(entry.what.value, entry.subject, entry.until_ms):
            return
        if entry.what is What.USER:
            for consumer in self._gateway.hub.connections_of(entry.subject):
                if isinstance(consumer, Connection):
                    consumer.close(CloseCode.FORBIDDEN, "you are banned")
            return
        for connection in list(self._gateway.connections):
            if connection.identity is not None and connection.identity.token_id == entry.subject:
                connection.close(CloseCode.INVALID_TOKEN, "the token was revoked")
