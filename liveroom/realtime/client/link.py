"""One connection to the server.

Promise: the owner hears `on_open`, the frames and exactly one `on_down`; a connection that opens too slowly, falls
silent, or does not take what we write is down without waiting for the network to say so. At most `OUTBOX_MAX`
frames wait to be written; one more means that the peer does not read, and the connection is given up.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from liveroom.realtime.client.transport import OPEN_TIMEOUT_S, Connector, Transport, TransportClosed
from liveroom.realtime.clock import Clock, TimerHandle

GRACE_S = 10.0
"""Silence beyond the heartbeat after which a connection is taken for cut (docs/protocol.md, Heartbeat)."""

OUTBOX_MAX = 1_024
Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Down:
    """Why a connection ended; `reconnect` None lets the close code decide."""

    code: int
    reason: str = ""
    reconnect: bool | None = None
    retry_after_ms: int | None = None


class LinkOwner(Protocol):
    """Who hears a link."""

    def on_open(self, link: Link) -> None:
        """The WebSocket is open: send `connect`."""

    def on_frame(self, link: Link, frame: Frame) -> None:
        """A frame came."""

    def on_down(self, link: Link, down: Down) -> None:
        """The link is of no more use."""


class Link:
    """One WebSocket with its heartbeat watch; it connects as soon as it is made."""

    def __init__(self, url: str, token: str | None, owner: LinkOwner, clock: Clock, connect: Connector) -> None:
        self.token = token
        self.asked: tuple[str, ...] = ()
        self.ready_at_s: float | None = None
        self.refusal: Mapping[str, Any] | None = None
        self._owner = owner
        self._clock = clock
        self._farewell: Frame = {}
        self._last_id = 0
        self._heard_at_s = clock.monotonic_s()
        self._timer: TimerHandle | None = None
        self._is_down = False
        self._outbox: deque[str] = deque()
        self._wake = asyncio.Event()
        self._watch(OPEN_TIMEOUT_S)
        self.task = asyncio.create_task(self._run(url, connect))

    def next_id(self) -> int:
        """A number for the next command: increasing, unique on this connection."""
        self._last_id += 1
        return self._last_id

    def send(self, frame: Mapping[str, Any]) -> None:
        """Queue a frame; fields that are None are left out."""
        if self._is_down:
            return
        if len(self._outbox) >= OUTBOX_MAX:
            self._give_up("the server does not take what we send")
            return
        self._outbox.append(orjson.dumps({k: v for k, v in frame.items() if v is not None}).decode())
        self._wake.set()

    def ready(self, heartbeat_ms: float) -> None:
        """`connected` came: from now on silence longer than the heartbeat and ten seconds is a cut."""
        self.ready_at_s = self._clock.monotonic_s()
        self._watch(heartbeat_ms / 1000 + GRACE_S)

    def part(self, frame: Frame) -> None:
        """Remember the server's last word before its close."""
        self._farewell = frame

    def drop(self) -> None:
        """Close without telling the owner."""
        self._release()
        self.task.cancel()

    async def _run(self, url: str, connect: Connector) -> None:
        try:
            transport = await connect(url)
        except TransportClosed as failed:
            self._down(Down(failed.code, failed.reason, failed.reconnect, failed.retry_after_ms))
            return
        writer = asyncio.create_task(self._write(transport))
        try:
            self._owner.on_open(self)
            while True:
                self._read(await transport.receive())
        except TransportClosed as ended:
            self._down(Down(ended.code, ended.reason))
        finally:
            writer.cancel()
            await transport.close()

    async def _write(self, transport: Transport) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._outbox:
                try:
                    await transport.send(self._outbox.popleft())
                except TransportClosed:
                    return  # the reader tells why

    def _read(self, text: str) -> None:
        if self._is_down:
            return
        self._heard_at_s = self._clock.monotonic_s()
        try:
            frame = orjson.loads(text)
        except orjson.JSONDecodeError:
            return  # not ours to judge: a hole in the positions will show what was lost
        if isinstance(frame, dict):
            self._owner.on_frame(self, frame)

    def _watch(self, limit_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        left_s = self._heard_at_s + limit_s - self._clock.monotonic_s()
        self._timer = self._clock.call_later(max(left_s, 0.0), lambda: self._check(limit_s))

    def _check(self, limit_s: float) -> None:
        if self._clock.monotonic_s() - self._heard_at_s < limit_s:
            self._watch(limit_s)
        else:
            self._give_up("the server was silent")

    def _give_up(self, reason: str) -> None:
        self._down(Down(1006, reason))
        self.task.cancel()

    def _down(self, down: Down) -> None:
        if self._is_down:
            return
        self._release()
        last = self._farewell
        code, reason = last.get("code", down.code), last.get("reason", down.reason)
        wait_ms = last.get("retry_after_ms", down.retry_after_ms)
        self._owner.on_down(self, Down(code, reason, last.get("reconnect", down.reconnect), wait_ms))

    def _release(self) -> None:
        self._is_down = True
        if self._timer is not None:
            self._timer.cancel()
