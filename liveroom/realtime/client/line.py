"""The line to the server: which connection is in use, and when the next one is opened.

Promise: at most one connection in use, one being opened and one being retired; a wanted move opens the new one
before the old one is dropped; every cut ends in another attempt or in `on_stopped`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from liveroom.realtime.client.backoff import Backoff, may_reconnect
from liveroom.realtime.client.errors import ClientClosed
from liveroom.realtime.client.link import Down, Frame, Link
from liveroom.realtime.client.surroundings import Surroundings
from liveroom.realtime.client.tokens import Tokens
from liveroom.realtime.clock import TimerHandle
from liveroom.realtime.codes import CloseCode
from liveroom.realtime.task_set import TaskSet

RETIRE_S = 2.0
"""How long the old connection may still answer commands after a move."""

log = logging.getLogger("liveroom.client")


class LineOwner(Protocol):
    """Who hears the line."""

    def on_open(self, link: Link) -> None:
        """Send `connect` on this link."""

    def on_frame(self, link: Link, frame: Frame) -> None:
        """A frame came on one of the links."""

    def owed_since_s(self, link: Link) -> float | None:
        """When the oldest command without an answer went out on this link; None when none waits."""

    def on_released(self, link: Link) -> None:
        """This link carries nothing any more."""

    def on_cut(self, down: Down, wait_ms: float) -> None:
        """There is no connection; the next attempt is made after `wait_ms`."""

    def on_stopped(self, error: ClientClosed) -> None:
        """There will be no connection again."""


class Line:
    """Keeps one connection alive."""

    def __init__(self, url: str, tokens: Tokens, owner: LineOwner, surroundings: Surroundings) -> None:
        self.link: Link | None = None
        self._url = url
        self._tokens = tokens
        self._owner = owner
        self._clock = surroundings.clock
        self._connect = surroundings.connect
        self._backoff = Backoff(surroundings.random)
        self._next: Link | None = None
        self._old: Link | None = None
        self._dialing: asyncio.Task[None] | None = None
        self._timer: TimerHandle | None = None
        self._retire_timer: TimerHandle | None = None
        self._due_s = 0.0  # when the next attempt is made, on the monotonic clock
        self._not_before_s = 0.0  # `retry_after_ms` of the last refusal, on the monotonic clock
        self._tasks = TaskSet()

    def dial(self, url: str | None = None) -> None:
        """Open a connection at `url` or at home; an attempt under way is given up."""
        self._cancel_timer()
        if self._next is not None:
            self._next.drop()
            self._next = None
        if self._dialing is not None:
            self._dialing.cancel()
        self._dialing = self._tasks.start(self._open(url or self._url))

    def check(self) -> None:
        """This machine's network came back or changed: see whether the connection still lives.

        Between two attempts, make the next one soon; not before what the server asked.
        """
        if self.link is not None:
            self.link.check()
        elif self._is_waiting() and self._clock.monotonic_s() >= self._not_before_s:
            left_ms = (self._due_s - self._clock.monotonic_s()) * 1000
            self._wait(min(left_ms, self._backoff.soon_ms()))

    def move(self, after_ms: float, url: str | None) -> None:
        """The server is about to stop: open a new connection after `after_ms`, then drop this one."""
        self._cancel_timer()
        target = self._resolve(url) if url else None
        self._timer = self._clock.call_later(after_ms / 1000, lambda: self.dial(target))

    def promote(self, link: Link, heartbeat_ms: float) -> None:
        """`connected` came on `link`: it is the one in use, the former one is retired."""
        self._finish_old()
        self._old, self.link, self._next = self.link, link, None
        link.ready(heartbeat_ms)

    def retire(self, owed: Callable[[Link], int]) -> None:
        """Drop the former connection once it owes no answer, at the latest after two seconds."""
        if self._old is None:
            return
        if owed(self._old) == 0:
            self._finish_old()
        elif self._retire_timer is None:
            self._retire_timer = self._clock.call_later(RETIRE_S, self._finish_old)

    def end(self) -> None:
        """Close everything; nothing is opened again."""
        self._cancel_timer()
        if self._retire_timer is not None:
            self._retire_timer.cancel()
        if self._dialing is not None:
            self._dialing.cancel()
        for link in (self.link, self._next, self._old):
            if link is not None:
                link.drop()
        self.link = self._next = self._old = None

    async def wait_closed(self) -> None:
        """Return when every socket that was opened is closed; call after `end`."""
        await self._tasks.wait()

    def on_open(self, link: Link) -> None:
        """A link is open."""
        self._owner.on_open(link)

    def on_frame(self, link: Link, frame: Frame) -> None:
        """A frame came."""
        self._owner.on_frame(link, frame)

    def owed_since_s(self, link: Link) -> float | None:
        """When the oldest command without an answer went out on a link."""
        return self._owner.owed_since_s(link)

    def on_down(self, link: Link, down: Down) -> None:
        """A link ended: decide what follows."""
        was_next, in_use = link is self._next, link is self.link
        if link is self._old:
            self._old = None
        if was_next:
            self._next = None
        if in_use:
            self.link = None
        self._owner.on_released(link)
        if link.ready_at_s is not None:
            self._backoff.lasted(self._clock.monotonic_s() - link.ready_at_s)
        if in_use and (self._next is not None or self._dialing is not None):
            self._owner.on_cut(down, 0)
        elif in_use or was_next:
            self._decide(link, down)

    def _decide(self, link: Link, down: Down) -> None:
        may = down.reconnect if down.reconnect is not None else may_reconnect(down.code)
        if may and down.code == CloseCode.TOKEN_EXPIRED:
            may = self._tokens.expire()
        refusal = link.refusal or {}
        if may:
            self._later(down.retry_after_ms or refusal.get("retry_after_ms") or 0, down, alone=link.alone)
        elif self.link is None:  # else a move failed: stay until this connection ends too
            message = refusal.get("message") or down.reason or f"the server closed with {down.code}"
            self._stop(ClientClosed(refusal.get("code", f"closed_{down.code}"), message))

    async def _open(self, url: str) -> None:
        try:
            token = await self._tokens.current()
        except Exception as fault:  # noqa: BLE001 - the source is the caller's code: whatever it raises, we try again
            log.warning("no token for the next connection: %s", type(fault).__name__)
            self._dialing = None
            self._later(0, Down(1006, "no token"))
            return
        self._dialing = None
        self._next = Link(url, token, self, self._clock, self._connect)
        self._tasks.keep(self._next.task)

    def _is_waiting(self) -> bool:
        return self._timer is not None and self._next is None and self._dialing is None

    def _later(self, least_ms: float, down: Down, *, alone: bool = False) -> None:
        wait_ms = self._backoff.soon_ms(least_ms) if alone else self._backoff.next_ms(least_ms)
        self._not_before_s = self._clock.monotonic_s() + least_ms / 1000
        self._wait(wait_ms)
        if self.link is None:
            self._owner.on_cut(down, wait_ms)

    def _wait(self, wait_ms: float) -> None:
        self._cancel_timer()
        self._due_s = self._clock.monotonic_s() + wait_ms / 1000
        self._timer = self._clock.call_later(max(0.0, wait_ms) / 1000, self.dial)

    def _finish_old(self) -> None:
        if self._retire_timer is not None:
            self._retire_timer.cancel()
            self._retire_timer = None
        old, self._old = self._old, None
        if old is not None:
            old.drop()
            self._owner.on_released(old)

    def _stop(self, error: ClientClosed) -> None:
        self.end()
        self._owner.on_stopped(error)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _resolve(self, url: str) -> str | None:
        target = urljoin(self._url, url)
        weaker = urlsplit(self._url).scheme == "wss" and urlsplit(target).scheme != "wss"
        return None if weaker else target  # a token never moves to a connection that others can read
