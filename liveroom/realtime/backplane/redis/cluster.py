"""The primaries of a cluster, and which of them has which slots.

Promise: servers that are new are connected, those that have no slots any more are closed, and whoever asks for a
room gets the server that had its slot when it was last found out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from liveroom.realtime.backplane.redis.dial import Dialler
from liveroom.realtime.backplane.redis.fleet import MakeServer, Server, stay_at
from liveroom.realtime.backplane.redis.keys import SLOTS, slot
from liveroom.realtime.backplane.redis.location import Address
from liveroom.realtime.errors import BackplaneUnavailable

logger = logging.getLogger(__name__)


class Cluster:
    """A `Fleet`.

    Args:
        changed: hears that rooms may be elsewhere.
    """

    def __init__(self, dialler: Dialler, make: MakeServer, changed: Callable[[], None]) -> None:
        self._dialler = dialler
        self._make = make
        self._changed = changed
        self._servers: dict[Address, Server] = {}
        self._slots: list[Server | None] = [None] * SLOTS
        self._refreshing: asyncio.Task[None] | None = None

    @property
    def servers(self) -> Sequence[Server]:
        """See `Fleet.servers`."""
        return tuple(self._servers.values())

    async def start(self) -> None:
        """See `Fleet.start`."""
        await self._take_over(await self._find_slots())

    async def close(self) -> None:
        """See `Fleet.close`."""
        if self._refreshing is not None:
            self._refreshing.cancel()
        await asyncio.gather(*(server.close() for server in self._servers.values()))

    def server_of(self, tag: str) -> Server:
        """See `Fleet.server_of`."""
        server = self._slots[slot(tag)]
        if server is None:
            raise BackplaneUnavailable
        return server

    async def refresh(self) -> None:
        """See `Fleet.refresh`; those who ask at the same time share one answer."""
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.ensure_future(self._refresh())
        await asyncio.shield(self._refreshing)

    async def _refresh(self) -> None:
        try:
            ranges = await self._find_slots()
        except OSError as error:
            logger.warning("nobody of the cluster tells who has which slots: %s", error)
            return
        await self._take_over(ranges)
        self._changed()

    async def _find_slots(self) -> list[tuple[int, int, Address]]:
        """Ask those that are known, then those of the URL, until one answers.

        Raises:
            ConnectionError: none does.
        """
        reason = "none of them answers"
        for address in dict.fromkeys((*self._servers, *self._dialler.location.addresses)):
            try:
                link = await self._dialler.dial(address)
            except (OSError, TimeoutError) as error:
                reason = str(error) or reason
                continue
            try:
                answer = await link.ask("CLUSTER", "SLOTS")
            except BackplaneUnavailable:
                continue
            finally:
                link.abort("answered")
            if isinstance(answer, list) and answer:
                return [_read_range(entry, address) for entry in answer]
            reason = "this is no cluster, or it has no slots yet"
        raise ConnectionError(reason)

    async def _take_over(self, ranges: Sequence[tuple[int, int, Address]]) -> None:
        before, self._servers = self._servers, {}
        self._slots = [None] * SLOTS
        for first, last, address in ranges:
            server = self._servers.get(address) or before.pop(address, None)
            if server is None:
                server = self._make(str(address), stay_at(address))
                server.start()
            self._servers[address] = server
            self._slots[first : last + 1] = [server] * (last - first + 1)
        await asyncio.gather(*(server.close() for server in before.values()))


def _read_range(entry: list[Any], asked: Address) -> tuple[int, int, Address]:
    """One entry of CLUSTER SLOTS: first slot, last slot, primary, replicas …; no host means: the one you asked."""
    first, last, primary = entry[:3]
    host = primary[0].decode() if primary[0] else asked.host
    return int(first), int(last), Address(host, int(primary[1]))
