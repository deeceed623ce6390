"""A TCP proxy that can be cut: the network between a browser and the server, as it fails in life.

Promise: `cut` drops every connection without a close frame and refuses new ones until `mend`; `lose` lets those that
are open carry nothing any more, as after a walk out of reach, while new ones are let in; `lose_answers` loses what
comes from the server alone.
"""

from __future__ import annotations

import asyncio
import contextlib

CHUNK_BYTES = 65_536


class Proxy:
    """Forwards connections to a port of this machine."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._lost: set[asyncio.StreamWriter] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._to_browsers: set[asyncio.StreamWriter] = set()
        self._is_cut = False
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", 0)

    @property
    def address(self) -> str:
        """Where the browser connects."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        """Drop all connections, let none in."""
        self._is_cut = True
        for writer in list(self._writers):
            writer.transport.abort()

    def lose(self) -> None:
        """Let the open connections carry nothing any more; neither end is told."""
        self._lost |= self._writers

    def lose_answers(self) -> None:
        """Let the open connections carry nothing to browsers any more."""
        self._lost |= self._to_browsers

    def mend(self) -> None:
        """Let connections in again."""
        self._is_cut = False

    async def stop(self) -> None:
        """End."""
        self.cut()
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        ends = {writer, far_writer}
        self._writers |= ends
        self._to_browsers.add(writer)
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        self._writers -= ends
        self._lost -= ends
        self._to_browsers.discard(writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(CHUNK_BYTES):
                if writer not in self._lost:
                    writer.write(chunk)
                    await writer.drain()
        writer.close()
