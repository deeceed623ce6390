"""An app's billing on a real socket: it keeps its promises about money, and answers as badly as a test wants.

A charge takes its behaviour from `plan`, one after the other, the last one stays: `accept`, `refuse`; `twice` (charged,
answered two times), `confused` (not charged, answered with the acceptance of another charge), `hang` (never answered,
not charged), `late` (charged, answered at `let_go`), `later` (charged at `let_go`, then answered), `error` (charged,
then 500), `garbage` (charged, then nonsense), `cut` (charged, then silence).
A void takes its behaviour from `void_plan`: `accept`, `hang`, `error`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
ACCEPTED = {"outcome": "accepted"}


class Till:
    """See the module."""

    def __init__(self) -> None:
        self.plan = ["accept"]
        self.void_plan = ["accept"]
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.charged: dict[str, int] = {}
        self.voided: set[str] = set()
        self.labels = False
        """Whether answers to charges say which one they are about."""
        self.connections = 0
        self.let_go = asyncio.Event()
        self.fell_silent: Callable[[], None] | None = None
        """Called when a charge has come that is not answered, or not before `let_go`."""
        self.under_way = 0
        self.most_under_way = 0
        self.port = 0
        self._more = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/billing"

    @property
    def kept(self) -> dict[str, int]:
        """What stays charged, by id."""
        return {id_: amount for id_, amount in self.charged.items() if id_ not in self.voided}

    def asked(self, call: str) -> list[str]:
        """The ids of the calls of a kind, in order."""
        return [about["id"] for type_, about in self.calls if type_ == f"gift.{call}"]

    async def wait_for(self, done: Callable[[], bool]) -> None:
        """Wait until a condition holds, which is looked at after each call."""
        async with asyncio.timeout(60):
            while not done():
                self._more.clear()
                await self._more.wait()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
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
        body = await reader.readexactly(int(headers["content-length"]))
        _check_signature(headers, body)
        said = json.loads(body)
        self.calls.append((said["type"], said["data"]))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        self._more.set()
        try:
            if said["type"] == "gift.void":
                return await self._void(writer, said["data"])
            return await self._charge(writer, said["data"])
        finally:
            self.under_way -= 1
            self._more.set()

    async def _void(self, writer: asyncio.StreamWriter, about: dict[str, Any]) -> bool:
        behaviour = _next(self.void_plan)
        if behaviour == "hang":
            await asyncio.Event().wait()
        self.voided.add(about["id"])
        return await _answer(writer, 500 if behaviour == "error" else 204, b"")

    async def _charge(self, writer: asyncio.StreamWriter, about: dict[str, Any]) -> bool:
        behaviour = _next(self.plan)
        if behaviour in ("hang", "later") and self.fell_silent is not None:
            self.fell_silent()
        if behaviour == "hang":
            await asyncio.Event().wait()
        if behaviour == "later":
            await self.let_go.wait()
        if behaviour == "confused":
            return await _answer(writer, 200, json.dumps(ACCEPTED | {"id": "another"}).encode())
        if behaviour == "refuse" or about["id"] in self.voided:
            label = {"id": about["id"]} if self.labels else {}
            refusal = {"outcome": "refused", "reason": "balance", **label}
            return await _answer(writer, 200, json.dumps(refusal).encode())
        self.charged[about["id"]] = about["amount"]
        if behaviour == "late":
            if self.fell_silent is not None:
                self.fell_silent()
            await self.let_go.wait()
        if behaviour == "cut":
            return False
        answer = json.dumps(ACCEPTED | ({"id": about["id"]} if self.labels else {})).encode()
        if behaviour == "twice":
            writer.write(_write_head(200, answer) + answer)
            return await _answer(writer, 200, answer)
        status = 500 if behaviour == "error" else 200
        return await _answer(writer, status, b"<html>" if behaviour == "garbage" else answer)


def _next(plan: list[str]) -> str:
    return plan.pop(0) if len(plan) > 1 else plan[0]


def _check_signature(headers: dict[str, str], body: bytes) -> None:
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    assert headers["webhook-signature"] == Webhook(SECRET).sign(headers["webhook-id"], at, body.decode())


def _write_head(status: int, body: bytes) -> bytes:
    return f"HTTP/1.1 {status} x\r\ncontent-length: {len(body)}\r\n\r\n".encode()


async def _answer(writer: asyncio.StreamWriter, status: int, body: bytes) -> bool:
    writer.write(_write_head(status, body) + body)
    await writer.drain()
    return True


@asynccontextmanager
async def running_till() -> AsyncIterator[Till]:
    """Start one on a free port of this machine."""
    till = Till()
    server = await asyncio.start_server(till.accept, "127.0.0.1", 0)
    till.port = server.sockets[0].getsockname()[1]
    try:
        yield till
    finally:
        server.close()
        await till.close()
        await server.wait_closed()
