"""Brings what was committed anywhere into the memory of this node: states of one machine, newest first served.

Promise: `take` is called with every state this node commits, and with what other nodes committed in rooms that matter
here, read from the database. A message between nodes may be lost; then the next change of the same document, a resync
of its room, or the next opening of it brings what was missed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import orjson

from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.hub import Hub, NodeMessage
from liveroom.rooms.machines.contract import Machine
from liveroom.rooms.machines.keeper import Keeper
from liveroom.rooms.storage.endings import DatabaseTasks

logger = logging.getLogger(__name__)

S = TypeVar("S")

TELL_S = 1.0
AGAIN_S = 1.0
MOST = 1_000
"""Reads under way; above, what other nodes tell is left to the next change."""


class Changes(Generic[S]):
    """See the module.

    Args:
        version: of a state.
        wants: whether a document (room, id, version) matters here and is not known so far.
        take: a state, which may be older than what was taken before.
    """

    def __init__(
        self,
        machine: Machine[S],
        keeper: Keeper,
        hub: Hub,
        clock: Clock,
        *,
        version: Callable[[S], int],
        wants: Callable[[str, str, int], bool],
        take: Callable[[str, S], None],
    ) -> None:
        self._machine = machine
        self._keeper = keeper
        self._backplane = hub.backplane
        self._clock = clock
        self._version = version
        self._wants = wants
        self._take = take
        self._reading: set[str] = set()
        self._tasks = DatabaseTasks()
        self._is_stopping = False
        keeper.observe(self._committed)
        hub.listen(self._hear)

    async def stop(self) -> None:
        """Tell and read nothing more."""
        self._is_stopping = True
        await self._tasks.end()

    async def settle(self) -> None:
        """Wait until what is under way is done."""
        await self._tasks.settle()

    def read(self, document_id: str) -> None:
        """Read a document anew and take it."""
        if not self._is_stopping and document_id not in self._reading and len(self._reading) < MOST:
            self._reading.add(document_id)
            self._tasks.start(self._read(document_id))

    def _committed(self, kind: str, document_id: str, state: Any) -> None:
        if kind != self._machine.kind:
            return
        self._take(document_id, state)
        if not self._is_stopping:
            told = [kind, document_id, self._machine.room(state), self._version(state)]
            self._tasks.start(self._tell(orjson.dumps({"document_changed": told})))

    def _hear(self, message: NodeMessage) -> None:
        told = message.get("document_changed")
        if told is None or told[0] != self._machine.kind:
            return
        _, document_id, room, version = told
        if self._wants(room, document_id, version):
            self.read(document_id)

    async def _tell(self, message: bytes) -> None:
        try:
            async with asyncio.timeout(TELL_S):
                await self._backplane.tell_nodes(message)
        except (RealtimeError, TimeoutError):
            logger.warning("other nodes were not told that a %s has changed", self._machine.kind)

    async def _read(self, document_id: str) -> None:
        try:
            state = await self._keeper.load(self._machine, document_id)
        except RealtimeError as error:
            logger.warning("a %s that changed elsewhere was not read; trying again: %s", self._machine.kind, error)
            self._clock.call_later(AGAIN_S, lambda: self.read(document_id))
            return
        finally:
            self._reading.discard(document_id)
        if state is not None:
            self._take(document_id, state)
