"""A real server in a thread, whose time a test can move forward: what takes a minute takes a moment.

Promise: sockets, event loop and protocol are those of production; only the clock runs ahead. What is logged as a
warning or worse is kept in `faults`.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from liveroom.realtime.clock import LoopClock
from liveroom.realtime.identity import Role
from liveroom.server.node import Node
from liveroom.server.serve import make_server
from liveroom.server.settings import load_settings
from tests.support.databases import lay_tables

START_S = 60.0
STOP_S = 60.0
PAUSE_S = 0.01
TURNS = 5
MOST_S = 0.3
SECRET = "the secret of the servers of these tests"


class LeapingClock(LoopClock):
    """The time that this process had, and what was leapt over.

    Between two looks at it, which come at least with every step of the agenda, no more than `MOST_S` pass: while the
    process has no processor, nobody in it grows late.
    """

    __slots__ = ("_ahead_s", "_began_ms", "_began_s", "_lock", "_looked_s")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ahead_s = 0.0
        self._began_ms = super().now_ms()
        self._began_s = self._looked_s = super().monotonic_s()

    def now_ms(self) -> int:
        """Wall time, ahead."""
        return self._began_ms + int((self.monotonic_s() - self._began_s) * 1000)

    def monotonic_s(self) -> float:
        """Monotonic time, ahead."""
        with self._lock:
            now_s = super().monotonic_s()
            # What passed beyond it is left out.
            self._ahead_s -= max(0.0, now_s - self._looked_s - MOST_S)
            self._looked_s = now_s
            return now_s + self._ahead_s

    def leap(self, seconds: float) -> None:
        """Move forward at once; what is due meanwhile happens within the next step of the agenda."""
        with self._lock:
            self._ahead_s += seconds


class Faults(logging.Handler):
    """Keeps warnings and errors."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.lines.append(self.format(record))


@dataclass(frozen=True, slots=True)
class TimeMachine:
    """A running server."""

    port: int
    node: Node
    clock: LeapingClock
    loop: asyncio.AbstractEventLoop
    config: uvicorn.Config

    def leap(self, seconds: float) -> None:
        """Move time forward; what was sent before has been read, and what is due by then has happened."""
        asyncio.run_coroutine_threadsafe(_turn(), self.loop).result(STOP_S)
        done = threading.Event()
        self.loop.call_soon_threadsafe(self._leap, seconds, done)
        assert done.wait(STOP_S), "the agenda of the server does not turn"

    def _leap(self, seconds: float, done: threading.Event) -> None:
        self.clock.leap(seconds)
        self.node.gateway.agenda.add(0, done.set)

    def token(
        self, user_id: str, *, role: str = "viewer", rooms: list[str] | None = None, lifetime_s: int = 600
    ) -> str:
        """A token by the server's own time."""
        return self.node.issuer.issue(user_id, role=Role(role), rooms=rooms, lifetime_s=lifetime_s)


@contextmanager
def running_time_machine(**settings: Any) -> Iterator[TimeMachine]:
    """Start a server with these settings in a thread; at the end it has stopped and logged no fault."""
    temporary = tempfile.TemporaryDirectory(prefix="liveroom-test-")
    with temporary as directory:
        lay_tables(Path(directory))
        with _running({"data_dir": directory} | settings) as machine:
            yield machine


@contextmanager
def _running(settings: dict[str, Any]) -> Iterator[TimeMachine]:
    clock = LeapingClock()
    options = {"host": "127.0.0.1", "port": 0, "drain_s": 0, "secret": SECRET} | settings
    server, node = make_server(load_settings(**options), clock)
    faults = Faults()
    logging.getLogger().addHandler(faults)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until = time.monotonic() + START_S
        while not server.started:
            assert time.monotonic() < until, "the server did not start"
            time.sleep(PAUSE_S)
        listener = server.servers[0]
        yield TimeMachine(listener.sockets[0].getsockname()[1], node, clock, listener.get_loop(), server.config)
    finally:
        server.should_exit = True
        thread.join(STOP_S)
        logging.getLogger().removeHandler(faults)
    assert not thread.is_alive(), "the server did not stop"
    assert not faults.lines, faults.lines


async def _turn() -> None:
    """Let the loop accept and read what the kernel has for it."""
    for _ in range(TURNS):
        await asyncio.sleep(PAUSE_S / TURNS)
