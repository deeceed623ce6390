"""Lets any worker answer `/metrics` for all workers of its supervisor.

A request reaches one worker, nobody knows which. So each gives its own metrics to the others, on a socket in a
directory that only their user may enter; the one that is asked puts them together.
Promise: a worker that does not answer within `ANSWER_S` is left out, and said to be (`liveroom_worker_up`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from liveroom.server.workers.exposition import merge

logger = logging.getLogger(__name__)

ANSWER_S = 1.0
MOST_BYTES = 16 * 1024 * 1024


class Siblings:
    """The workers, seen from one of them.

    Args:
        directory: where their sockets are.
        number: of this one, from 1.
        count: how many there are.
    """

    def __init__(self, directory: Path, number: int, count: int) -> None:
        self._directory = directory
        self._number = number
        self._count = count
        self._server: asyncio.Server | None = None

    async def start(self, render: Callable[[], bytes]) -> None:
        """Give the others what `render` writes, whenever they ask."""

        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                writer.write(render())
                async with asyncio.timeout(ANSWER_S):
                    await writer.drain()
            except (OSError, TimeoutError):
                writer.transport.abort()
            finally:
                writer.close()

        path = self._path(self._number)
        path.unlink(missing_ok=True)  # of the one before, which was killed
        self._server = await asyncio.start_unix_server(answer, path)

    async def stop(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._path(self._number).unlink(missing_ok=True)

    async def gather(self, own: bytes) -> bytes:
        """The metrics of all, each sample with the number of its worker."""
        others = [number for number in range(1, self._count + 1) if number != self._number]
        answers = await asyncio.gather(*(self._ask(number) for number in others))
        texts = {number: text for number, text in zip(others, answers, strict=True) if text is not None}
        return merge({**texts, self._number: own}, self._count)

    async def _ask(self, number: int) -> bytes | None:
        try:
            async with asyncio.timeout(ANSWER_S):
                reader, writer = await asyncio.open_unix_connection(self._path(number), limit=MOST_BYTES)
                try:
                    return await reader.read()
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return None

    def _path(self, number: int) -> Path:
        return self._directory / f"metrics-{number}"
