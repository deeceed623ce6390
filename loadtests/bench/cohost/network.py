"""A network between people and the server, in user space: everything takes so long, and some packets are lost."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Any, cast

HOST = "127.0.0.1"


class SlowNetwork:
    """Relays TCP and UDP to the server, each way `delay_s` late; a share of datagrams gets lost.

    Args:
        loss: 0 to 1, each way.
        seed: of what gets lost.
    """

    def __init__(self, delay_s: float, loss: float, seed: int) -> None:
        self._delay_s = delay_s
        self._loss = loss
        self._chance = random.Random(seed)
        self._servers: list[asyncio.Server] = []
        self._transports: list[asyncio.BaseTransport] = []

    async def relay_tcp(self, port: int) -> int:
        """A port that leads to this one."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            far_reader, far_writer = await asyncio.open_connection(HOST, port)
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

        server = await asyncio.start_server(serve, HOST, 0)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                loop.call_later(self._delay_s, _write, writer, data)
        loop.call_later(self._delay_s, writer.close)

    async def relay_udp(self, port: int) -> int:
        """A port for one peer that leads to this one of the server."""
        loop = asyncio.get_running_loop()
        near, far = _End(self), _End(self)
        near.other, far.other = far, near
        await loop.create_datagram_endpoint(lambda: near, local_addr=(HOST, 0))
        await loop.create_datagram_endpoint(lambda: far, local_addr=(HOST, 0))
        far.peer, far.is_far = (HOST, port), True
        self._transports += [near.transport, far.transport]
        return int(near.transport.get_extra_info("sockname")[1])

    def carry(self, data: bytes, end: _End) -> None:
        """Bring a datagram to the other side, or lose it."""
        if self._loss and self._chance.random() < self._loss:
            return
        asyncio.get_running_loop().call_later(self._delay_s, end.send, data)

    async def close(self) -> None:
        """End."""
        for transport in self._transports:
            transport.close()
        for server in self._servers:
            server.close()


class _End(asyncio.DatagramProtocol):
    def __init__(self, network: SlowNetwork) -> None:
        self._network = network
        self.other: _End
        self.transport: asyncio.DatagramTransport
        self.peer: Any = None
        self.is_far = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if not self.is_far:
            self.peer = addr
        self._network.carry(data, self.other)

    def send(self, data: bytes) -> None:
        """Send to whoever is at this end."""
        if self.peer is not None and not self.transport.is_closing():
            self.transport.sendto(data, self.peer)


def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    if not writer.is_closing():
        writer.write(data)
