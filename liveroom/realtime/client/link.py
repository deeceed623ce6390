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

from liveroom.realtime.client.pulse import Pulse
from liveroom.realtime.client.transport import OPEN_TIMEOUT_S, Connector, Transport, TransportClosed
from liveroom.realtime.clock import Clock

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

    def owed_since_s(self, link: Link) -> float | None:
        """When the oldest command without an answer went out on it, on the monotonic clock; None when none waits."""

    def on_down(self, link: Link, down: Down) -> None:
        """The link is of no more use."""


class Link:
    """One WebSocket with the watch over its life; it connects as soon as it is made.

    Attributes:
        is_down: it is of no more use; what is sent goes nowhere.
        alone: found dead because this machine's network changed: the next attempt is made soon.
    """

    def __init__(self, url: str, token: str | None, owner: LinkOwner, clock: Clock, connect: Connector) -> None:
        self.token = token
        self.asked: tuple[str, ...] = ()
        self.ready_at_s: float | None = None
        self.refusal: Mapping[str, Any] | None = None
        self.alone = False
        self._owner = owner
        self._clock = clock
        self._farewell: Frame = {}
        self._last_id = 0
        self.is_down = False
        self._outbox: deque[str] = deque()
        self._wake = asyncio.Event()
        self._pulse = Pulse(clock, OPEN_TIMEOUT_S, self)
        self.task = asyncio.create_task(self._run(url, connect))

    def next_id(self) -> int:
        """A number for the next command: increasing, unique on this connection."""
        self._last_id += 1
        return self._last_id

    def send(self, frame: Mapping[str, Any]) -> None:
        """Queue a frame; fields that are None are left out."""
        if self.is_down:
            return
        if len(self._outbox) >= OUTBOX_MAX:
            self._give_up("the server does not take what we send")
            return
        self._outbox.append(orjson.dumps({k: v for k, v in frame.items() if v is not None}).decode())
        self._wake.set()

    def ready(self, heartbeat_ms: float) -> None:
        """`connected` came: from now on silence longer than the heartbeat and ten seconds is a cut."""
        self.ready_at_s = self._clock.monotonic_s()
        self._pulse.limit(heartbeat_ms / 1000 + GRACE_S)

    def expect(self) -> None:
        """A command went out: with an answer due, silence is noticed within seconds."""
        self._pulse.expect()

    def check(self) -> None:
        """Ask the server for a sign of life now."""
        if self.ready_at_s is not None:
            self._pulse.ask(alone=True)

    def ask(self) -> None:
        """Send the question."""
        self.send({"type": "ping"})

    def owed_since_s(self) -> float | None:
        """When the oldest command without an answer went out, on the monotonic clock; None when none waits."""
        return self._owner.owed_since_s(self)

    def on_silent(self, *, alone: bool) -> None:
        """Nothing is heard any more."""
        self.alone = alone
        self._give_up("the server was silent")

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
        if self.is_down:
            return
        self._pulse.heard()
        try:
            frame = orjson.loads(text)
        except orjson.JSONDecodeError:
            return  # not ours to judge: a hole in the positions will show what was lost
        if isinstance(frame, dict):
            self._owner.on_frame(self, frame)

    def _give_up(self, reason: str) -> None:
        self._down(Down(1006, reason))
        self.task.cancel()

    def _down(self, down: Down) -> None:
        if self.is_down:
            return
        self._release()
        last = self._farewell
        code, reason = last.get("code", down.code), last.get("reason", down.reason)
        wait_ms = last.get("retry_after_ms", down.retry_after_ms)
        self._owner.on_down(self, Down(code, reason, last.get("reconnect", down.reconnect), wait_ms))

    def _release(self) -> None:
        self.is_down = True
        self._pulse.end()
