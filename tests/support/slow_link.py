"""A line between two programs that takes its time. Promise: bytes come in order, and none is lost while it runs."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class SlowLink:
    """Forwards a port of this machine.

    Args:
        target: port that is forwarded.
        delay_s: for each piece of data, in each direction.
    """

    def __init__(self, target: int, delay_s: float) -> None:
        self.port = 0
        self.delay_s = delay_s
        self._target = target
        self._tasks: set[asyncio.Task[None]] = set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection."""
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self._target)
        for source, sink in ((reader, other_writer), (other_reader, writer)):
            task = asyncio.ensure_future(self._forward(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Cut everything."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _forward(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        try:
            while data := await source.read(65_536):
                # Not one after the other: a line has a length, not a rate.
                loop.call_later(self.delay_s, sink.write, data)
        except OSError:
            pass
        finally:
            with suppress(OSError):
                sink.close()


@asynccontextmanager
async def slow_link(target: int, delay_s: float, tls: ssl.SSLContext | None = None) -> AsyncIterator[SlowLink]:
    """A line to a port of this machine; with `tls` its first half is encrypted."""
    link = SlowLink(target, delay_s)
    server = await asyncio.start_server(link.accept, "127.0.0.1", 0, ssl=tls)
    link.port = server.sockets[0].getsockname()[1]
    try:
        yield link
    finally:
        server.close()
        await link.stop()
