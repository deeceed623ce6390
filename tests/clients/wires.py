"""A network that fails on demand between the Python client and a real server."""

from __future__ import annotations

import asyncio

from liveroom.realtime.client import Transport, TransportClosed, open_websocket


class Wire:
    """Opens transports that can be cut, or that lose what the server says."""

    def __init__(self) -> None:
        self.opened = 0
        self.loses_answers = False
        self.is_up = asyncio.Event()
        self.is_up.set()
        self._cut = asyncio.Event()

    async def connect(self, url: str) -> Transport:
        """For `LiveRoomClient(connect=…)`; waits while the network is down."""
        await self.is_up.wait()
        self.opened += 1
        return Strand(self, await open_websocket(url), self._cut)

    def cut(self, *, stay_down: bool = False) -> None:
        """Drop everything without a word."""
        self.loses_answers = False
        if stay_down:
            self.is_up.clear()
        self._cut.set()
        self._cut = asyncio.Event()


class Strand:
    """One connection over the wire."""

    def __init__(self, wire: Wire, transport: Transport, cut: asyncio.Event) -> None:
        self._wire = wire
        self._transport = transport
        self._cut = cut

    async def send(self, text: str) -> None:
        """To the server."""
        await self._transport.send(text)

    async def receive(self) -> str:
        """From the server, unless it gets lost."""
        while True:
            reading = asyncio.ensure_future(self._transport.receive())
            cutting = asyncio.ensure_future(self._cut.wait())
            try:
                await asyncio.wait((reading, cutting), return_when=asyncio.FIRST_COMPLETED)
                if self._cut.is_set():
                    raise TransportClosed(1006, "cut by the test")
                text = reading.result()
            finally:
                reading.cancel()
                cutting.cancel()
            if not self._wire.loses_answers:
                return text

    async def close(self) -> None:
        """The client closes."""
        await self._transport.close()
