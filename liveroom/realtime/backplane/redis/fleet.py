"""The servers of a deployment, and which of them has a room."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from liveroom.realtime.backplane.redis.caller import Caller
from liveroom.realtime.backplane.redis.dial import Dialler
from liveroom.realtime.backplane.redis.link import Hear, Link
from liveroom.realtime.backplane.redis.listener import Listener, Told
from liveroom.realtime.backplane.redis.location import Address
from liveroom.realtime.clock import Clock

Locate = Callable[[], Awaitable[Address]]


class Server:
    """The two connections to one server.

    Args:
        name: for the log.
        locate: where it is now; asked before each connection.
        hear: gets what its channels say.
    """

    def __init__(
        self,
        name: str,
        locate: Locate,
        dialler: Dialler,
        clock: Clock,
        *,
        hear: Hear,
        confirmed_again: Told,
        sent_away: Told,
    ) -> None:
        self.name = name
        self.refusal = ""
        """Why it answers and does not write; empty: it writes (`refusals.py`)."""
        self._locate = locate
        self._dialler = dialler
        self._hear = hear
        self.caller = Caller(name, self._dial, clock)
        self.listener = Listener(
            name, self._dial_to_listen, clock, confirmed_again=confirmed_again, sent_away=sent_away
        )

    def start(self) -> None:
        """Begin to connect."""
        self.caller.start()
        self.listener.start()

    async def close(self) -> None:
        """Close both connections."""
        await asyncio.gather(self.caller.close(), self.listener.close())

    async def _dial(self) -> Link:
        return await self._dialler.dial(await self._locate())

    async def _dial_to_listen(self) -> Link:
        return await self._dialler.dial(await self._locate(), self._hear, self.listener.unsubscribed)


MakeServer = Callable[[str, Locate], Server]


class Fleet(Protocol):
    """All servers of a deployment."""

    @property
    def servers(self) -> Sequence[Server]:
        """Those that are in use now."""

    async def start(self) -> None:
        """Find them and begin to connect.

        Raises:
            OSError, TimeoutError: they cannot be found.
        """

    async def close(self) -> None:
        """Close all connections."""

    def server_of(self, tag: str) -> Server:
        """The server that has a room.

        Raises:
            BackplaneUnavailable: nobody has it now.
        """

    async def refresh(self) -> None:
        """Find out anew who has what; never raises."""


class Single:
    """One primary; where it is may change."""

    def __init__(self, name: str, locate: Locate, make: MakeServer) -> None:
        self._server = make(name, locate)

    @property
    def servers(self) -> Sequence[Server]:
        """See `Fleet.servers`."""
        return (self._server,)

    async def start(self) -> None:
        """See `Fleet.start`."""
        self._server.start()

    async def close(self) -> None:
        """See `Fleet.close`."""
        await self._server.close()

    def server_of(self, tag: str) -> Server:
        """See `Fleet.server_of`."""
        return self._server

    async def refresh(self) -> None:
        """See `Fleet.refresh`; each connection looks for itself."""


def stay_at(address: Address) -> Locate:
    """A server that does not move."""
    return partial(_present, address)


async def _present(address: Address) -> Address:
    return address
