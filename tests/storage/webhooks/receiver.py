"""A receiver of webhooks on a real socket, that behaves as badly as a test wants.

Behaviours are taken from `plan` one by one, the last one stays: an answer, perhaps a late one, or one of `hang`
(no answer), `drip` (a byte of an endless header now and then), `garbage`, `cut`. What waits goes on at `let_go`.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

DRIP_S = 0.02


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered; a late one not before `let_go`."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Got:
    """A request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The id of the event."""
        return self.headers["webhook-id"]

    @property
    def data(self) -> Any:
        """What is told."""
        return json.loads(self.body)["data"]


class Receiver:
    """See the module."""

    def __init__(self) -> None:
        self.plan: list[Answer | str] = [Answer()]
        self.got: list[Got] = []
        self.let_go = asyncio.Event()
        self.cut_after: list[int] = []
        self.port = 0
        self._more = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def wait_for(self, done: Callable[[list[Got]], bool]) -> list[Got]:
        """Wait until what came fulfils a condition."""
        async with asyncio.timeout(60):
            while not done(self.got):
                self._more.clear()
                await self._more.wait()
        return self.got

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while await self._take(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def close(self) -> None:
        """Leave everybody."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        behaviour = self.plan.pop(0) if len(self.plan) > 1 else self.plan[0]
        self.got.append(Got(head[0].split(" ")[1], headers, body))
        self._more.set()
        if isinstance(behaviour, Answer):
            return await self._answer(writer, behaviour)
        await getattr(self, f"_{behaviour}")(writer)
        return False

    async def _answer(self, writer: asyncio.StreamWriter, answer: Answer) -> bool:
        if answer.is_late:
            await self.let_go.wait()
        lines = {"content-length": str(len(answer.body))} | answer.headers
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(f"HTTP/1.1 {answer.status} x\r\n{head}\r\n".encode())
        sent = 0
        try:
            for start in range(0, len(answer.body), 65_536):
                writer.write(answer.body[start : start + 65_536])
                await writer.drain()
                sent = start
        except ConnectionError:
            self.cut_after.append(sent)
            return False
        return True

    async def _hang(self, writer: asyncio.StreamWriter) -> None:
        await self.let_go.wait()

    async def _drip(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nx-long: ")
        while not self.let_go.is_set():
            writer.write(b"x")
            await writer.drain()
            await asyncio.wait([asyncio.ensure_future(self.let_go.wait())], timeout=DRIP_S)

    async def _garbage(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 smtp.example.org ready\r\n\r\n")
        await writer.drain()

    async def _cut(self, writer: asyncio.StreamWriter) -> None:
        """Say nothing."""


@asynccontextmanager
async def running_receiver(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Start one on a free port of this machine."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.accept, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        receiver.let_go.set()
        await receiver.close()
        server.close()
        await server.wait_closed()
